//! A thousand people on hold, and one thread.

use std::collections::HashSet;
use std::thread;
use std::time::Duration;

use anyrt::prelude::*;

// ANCHOR: on_hold
async fn call<R: Runtime>(rt: R) -> thread::ThreadId {
    rt.sleep(Duration::from_millis(20)).await; // on hold
    thread::current().id() // who took the notes?
}

async fn calls<R: Runtime>(rt: R) -> usize {
    let calls: Vec<_> = (0..1000).map(|_| rt.spawn(call(rt.clone()))).collect();
    let mut threads = HashSet::new();
    for call in calls {
        threads.insert(call.await.expect("no panic"));
    }
    threads.len()
}

fn main() {
    let one = anyrt::ThreadsOwner::builder().workers(1).build().expect("a thread");
    println!("1000 calls, threads that took notes: {}", one.run(calls));
}
// ANCHOR_END: on_hold
