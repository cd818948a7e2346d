//! A pool by hand, and what one wants from a real one.

use std::sync::{Arc, mpsc};
use std::thread;

use anyrt::executor::{Executor, Inline, Shutdown, ThreadPool, as_completed};
use anyrt::queue::Fifo;
use anyrt::sync::Event;

fn main() {
    by_hand();
    handles();
    completed();
    nested();
    shutdown();
}

// ANCHOR: by_hand
type Job = Box<dyn FnOnce() + Send>;

fn by_hand() {
    let jobs: Fifo<Job> = Fifo::unbounded();
    let (tell, told) = mpsc::channel();
    thread::scope(|scope| {
        for _worker in 0..2 {
            scope.spawn(|| jobs.iter_blocking().for_each(|job| job()));
        }
        for n in 1..=4 {
            let tell = tell.clone();
            let job = Box::new(move || tell.send(n * n).expect("somebody listens"));
            assert!(jobs.try_put(job).is_ok(), "there is always room");
        }
        jobs.close();
    });
    println!("by hand: {}", told.try_iter().sum::<u32>());
}
// ANCHOR_END: by_hand

// ANCHOR: handles
fn handles() {
    let pool = ThreadPool::with_workers(2);
    let letters = pool.submit(|| "waiting".len());
    println!("submit: {}", letters.join_blocking().expect("no panic"));

    let squares = pool.map(|n: u32| n * n, 1..); // lazy: the input may be endless
    let squares: Vec<_> = squares.take(4).map(Result::unwrap).collect();
    println!("map: {squares:?}");

    let failed = pool.submit(|| "12a".parse::<u32>().expect("a number"));
    println!(
        "a panic is a value: {}",
        failed.join_blocking().is_err_and(|e| e.is_panic())
    );

    let (tell, told) = mpsc::channel();
    pool.submit(|| 42)
        .on_done(move |answer| tell.send(answer.unwrap()).expect("heard"));
    println!("callback: {}", told.recv().expect("told"));
}
// ANCHOR_END: handles

// ANCHOR: completed
fn completed() {
    let pool = ThreadPool::builder().workers(2).inline(Inline::Workers).build();
    let pool = pool.expect("a good number of workers");
    let (gate, wait) = (Arc::new(Event::new()), Arc::new(Event::new()));
    let (open, shut) = (Arc::clone(&gate), Arc::clone(&wait));
    let slow = pool.submit(move || open.wait_blocking());
    let quick = pool.submit(move || shut.set());
    wait.wait_blocking();
    let mut results = as_completed([("slow", slow), ("quick", quick)]);
    let (first, _) = results.next().expect("two jobs");
    gate.set(); // only now can the slow one end
    let (second, _) = results.next().expect("two jobs");
    println!("as_completed: {first}, {second}");
}
// ANCHOR_END: completed

// ANCHOR: nested
fn nested() {
    let pool = Arc::new(ThreadPool::with_workers(1));
    let same = Arc::clone(&pool);
    let outer = pool.submit(move || {
        let inner = same.submit(|| 20);
        inner.join_blocking().expect("no panic") + 22 // the only worker waits here
    });
    println!("nested: {}", outer.join_blocking().expect("no panic"));
}
// ANCHOR_END: nested

// ANCHOR: shutdown
fn shutdown() {
    let pool = ThreadPool::with_workers(2);
    let jobs: Vec<_> = (0..10).map(|n| pool.submit(move || n)).collect();
    let cancelled = pool.shutdown(Shutdown::Wait); // runs what is queued
    let sum: u32 =
        jobs.into_iter().map(|job| job.join_blocking().expect("it ran")).sum();
    println!("shutdown: {} cancelled, the others' sum is {sum}", cancelled.len());
}
// ANCHOR_END: shutdown
