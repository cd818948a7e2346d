//! The same wait at two levels: it blocks the task, or it blocks the thread.

#![allow(clippy::unused_async, reason = "it shows a task that never awaits")]

use std::sync::Arc;
use std::time::Duration;

use anyrt::prelude::*;
use anyrt::sync::Event;

// ANCHOR: levels
/// Waits for a signal from a task of the same runtime.
async fn block_the_task<R: Runtime>(rt: R) -> &'static str {
    let signal = Arc::new(Event::new());
    let sender = Arc::clone(&signal);
    let _task = rt.spawn(async move { sender.set() });
    match rt.timeout(Duration::from_secs(60), signal.wait()).await {
        Ok(()) => "the signal came",
        Err(_) => "no signal",
    }
}

/// The same, but it keeps its thread while it waits.
async fn block_the_thread<R: Runtime>(rt: R) -> &'static str {
    let signal = Arc::new(Event::new());
    let sender = Arc::clone(&signal);
    let _task = rt.spawn(async move { sender.set() });
    match signal.wait_within_blocking(Duration::from_millis(200)) {
        Ok(()) => "the signal came",
        Err(_) => "no signal",
    }
}

fn main() {
    let one = anyrt::ThreadsOwner::builder().workers(1).build().expect("a thread");
    let task = one.handle().spawn(block_the_task(one.handle()));
    println!("the task waits:   {}", one.block_on(task).expect("no panic"));
    let task = one.handle().spawn(block_the_thread(one.handle()));
    println!("the thread waits: {}", one.block_on(task).expect("no panic"));
}
// ANCHOR_END: levels
