//! Threads and tasks that ask each other; and three ways to wait for ever, with what is said instead.

use std::panic::{AssertUnwindSafe, catch_unwind};
use std::sync::{Arc, mpsc};
use std::thread;

use anyrt::executor::{Executor, Handle, SubmitAsync, ThreadPool};
use anyrt::prelude::*;
use anyrt::queue::Fifo;
use anyrt::{Threads, ThreadsOwner};

fn main() {
    let owner = ThreadsOwner::builder().workers(1).build().expect("a thread");
    from_a_thread(&owner.handle());
    owner.block_on(from_a_task());
    on_one_object(&owner);
    println!();
    block_on_in_block_on(&owner);
    blocking_join_in_a_task(&owner.handle());
    a_circle_of_jobs();
}

// ANCHOR: from_a_thread
/// A thread hands a future to a runtime, and blocks itself until the task has ended.
fn from_a_thread(rt: &Threads) {
    let handle = rt.submit_async(async { 6 * 7 });
    println!(
        "a thread asked a task: {}",
        handle.join_blocking().expect("no panic")
    );
}
// ANCHOR_END: from_a_thread

// ANCHOR: from_a_task
/// A task hands a job to threads, and waits without blocking its own.
async fn from_a_task() {
    let pool = ThreadPool::with_workers(2);
    let handle = pool.submit(|| (1..=10).sum::<u32>()); // may block, may take its time
    println!("a task asked a thread: {}", handle.await.expect("no panic"));
}
// ANCHOR_END: from_a_task

// ANCHOR: on_one_object
/// Or they meet at one object, each with the form that is his.
fn on_one_object(owner: &ThreadsOwner) {
    let dishes = Fifo::bounded(1);
    thread::scope(|scope| {
        scope.spawn(|| {
            for dish in ["soup", "fish", "pear"] {
                dishes.put_blocking(dish).expect("the table is open");
            }
            dishes.close();
        });
        owner.block_on(async {
            while let Ok(dish) = dishes.get().await {
                println!("a task got from a thread: {dish}");
            }
        });
    });
}
// ANCHOR_END: on_one_object

// ANCHOR: block_on
/// 1. The thread that should run the inner future is the one that waits for it.
fn block_on_in_block_on(owner: &ThreadsOwner) {
    let nested = || owner.block_on(async { owner.block_on(async { 42 }) });
    let panic = catch_unwind(AssertUnwindSafe(nested)).expect_err("it is refused");
    say("1", panic.downcast_ref::<&str>().expect("a message"));
}
// ANCHOR_END: block_on

// ANCHOR: join
/// 2. A task blocks the only worker, and waits for a task that needs it.
fn blocking_join_in_a_task(rt: &Threads) {
    let same = rt.clone();
    let outer = rt.submit_async(async move {
        let inner = same.submit_async(async { 42 });
        inner.join_blocking() // `inner.await` would do
    });
    let inner = outer.join_blocking().expect("no panic");
    say("2", &inner.expect_err("it is refused").to_string());
}
// ANCHOR_END: join

// ANCHOR: circle
/// 3. A job waits for a job that waits for it.
fn a_circle_of_jobs() {
    let pool = Arc::new(ThreadPool::with_workers(1));
    let (give, given) = mpsc::channel::<Handle<()>>();
    let (tell, told) = mpsc::channel();
    let same = Arc::clone(&pool);
    let outer = pool.submit(move || {
        let inner = same.submit(move || {
            let outer = given.recv().expect("it comes");
            tell.send(outer.join_blocking()).expect("somebody listens");
        });
        inner.join_blocking().expect("no panic");
    });
    give.send(outer).expect("the job is there");
    let outer = told.recv().expect("it tells");
    say("3", &outer.expect_err("it is refused").to_string());
}
// ANCHOR_END: circle

/// In lines that fit on the page.
fn say(number: &str, text: &str) {
    let mut line = number.to_owned() + ".";
    for word in text.split_whitespace() {
        if line.len() + word.len() >= 78 {
            println!("{line}");
            "  ".clone_into(&mut line);
        }
        line = line + " " + word;
    }
    println!("{line}");
}
