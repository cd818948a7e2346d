//! All that two threads may see, as three searchers find it.

use std::collections::BTreeSet;
use std::future::Future;
use std::sync::{Arc, Mutex, mpsc};

use anyrt::Sim;
use anyrt::prelude::*;
use anyrt::sim::{Explore, explore};
use anyrt::task::yield_now;
use loom::sync::atomic::Ordering::{
    self, AcqRel, Acquire, Relaxed, Release, SeqCst,
};
use loom::sync::atomic::{AtomicBool, AtomicU32, fence};
use loom::thread;

fn main() {
    println!("what the reader sees, as (ready, data):");
    let relaxed = in_every_execution(|| publish(Relaxed, Relaxed));
    println!("  relaxed: {relaxed:?}");
    let ordered = in_every_execution(|| publish(Release, Acquire));
    println!("  release, acquire: {ordered:?}");

    println!("what two who write and then read see of each other:");
    let all = in_every_interleaving(tasks_write_then_read);
    println!("  every interleaving: {all:?}");
    let relaxed = in_every_execution(|| write_then_read(Relaxed, false));
    println!("  loom, relaxed: {relaxed:?}");
    let fenced = in_every_execution(|| write_then_read(Relaxed, true));
    println!("  loom, with fences: {fenced:?}");
    let strong = in_every_execution(|| write_then_read(SeqCst, false));
    println!("  loom, SeqCst: {strong:?}");

    println!("what two who swap a word and a third who looks twice see:");
    let all = in_every_interleaving(two_tasks_and_a_third);
    println!("  every interleaving: {all:?}");
    println!("  loom: {:?}", in_every_execution(two_and_a_third).seen);
}

// ANCHOR: search
/// What was seen, over all executions that loom finds, and how many these are.
#[derive(Debug)]
struct Found<T> {
    seen: BTreeSet<T>,
    #[allow(dead_code, reason = "printed")]
    executions: usize,
}

fn in_every_execution<T: Ord + Send + 'static>(
    program: impl Fn() -> T + Send + Sync + 'static,
) -> Found<T> {
    let all = Arc::new(Mutex::new((BTreeSet::new(), 0)));
    let notes = Arc::clone(&all);
    loom::model(move || {
        let seen = program();
        let mut notes = notes.lock().expect("not poisoned");
        notes.0.insert(seen);
        notes.1 += 1;
    });
    let mut all = all.lock().expect("not poisoned");
    Found { seen: std::mem::take(&mut all.0), executions: all.1 }
}
// ANCHOR_END: search

// ANCHOR: publish
fn publish(store: Ordering, load: Ordering) -> (bool, u32) {
    let shared = Arc::new((AtomicU32::new(0), AtomicBool::new(false)));
    let theirs = Arc::clone(&shared);
    thread::spawn(move || {
        let (data, ready) = &*theirs;
        data.store(42, Relaxed);
        ready.store(true, store);
    });
    let (data, ready) = &*shared;
    (ready.load(load), data.load(Relaxed))
}
// ANCHOR_END: publish

// ANCHOR: write_then_read
fn write_then_read(order: Ordering, fences: bool) -> (u32, u32) {
    let shared = Arc::new((AtomicU32::new(0), AtomicU32::new(0)));
    let theirs = Arc::clone(&shared);
    let one = thread::spawn(move || {
        let (x, y) = &*theirs;
        x.store(1, order);
        if fences {
            fence(SeqCst);
        }
        y.load(order)
    });
    let (x, y) = &*shared;
    y.store(1, order);
    if fences {
        fence(SeqCst);
    }
    let seen = x.load(order);
    (one.join().expect("no panic"), seen)
}
// ANCHOR_END: write_then_read

// ANCHOR: interleavings
fn in_every_interleaving<T, F>(program: fn(Sim) -> F) -> BTreeSet<T>
where
    T: Ord,
    F: Future<Output = T>,
{
    let (all, notes) = mpsc::channel();
    let done = explore(Explore::all(100_000), |rt| {
        let (seen, all) = (program(rt), all.clone());
        async move { all.send(seen.await).expect("somebody reads") }
    });
    assert!(done.is_complete());
    notes.try_iter().collect()
}

async fn tasks_write_then_read(rt: Sim) -> (u32, u32) {
    let words = Arc::new([(); 2].map(|()| Mutex::new(0)));
    let write_then_read = |mine: usize| {
        let words = Arc::clone(&words);
        rt.spawn(async move {
            *words[mine].lock().expect("not poisoned") = 1;
            yield_now().await; // here the other may come
            *words[1 - mine].lock().expect("not poisoned")
        })
    };
    let (one, two) = (write_then_read(0), write_then_read(1));
    (one.await.expect("no panic"), two.await.expect("no panic"))
}
// ANCHOR_END: interleavings

async fn two_tasks_and_a_third(rt: Sim) -> (u32, u32) {
    let word = Arc::new(Mutex::new(0));
    for mine in [1, 2] {
        let word = Arc::clone(&word);
        rt.spawn(async move {
            let before = *word.lock().expect("not poisoned");
            yield_now().await;
            let mut word = word.lock().expect("not poisoned");
            *word = if *word == before { mine } else { *word };
        })
        .detach();
    }
    let looks = rt.spawn(async move {
        let first = *word.lock().expect("not poisoned");
        yield_now().await;
        (first, *word.lock().expect("not poisoned"))
    });
    looks.await.expect("no panic")
}

// ANCHOR: third
fn two_and_a_third() -> (u32, u32) {
    let word = Arc::new(AtomicU32::new(0));
    for mine in [1, 2] {
        let word = Arc::clone(&word);
        thread::spawn(move || {
            let before = word.load(Acquire);
            _ = word.compare_exchange(before, mine, AcqRel, Acquire);
        });
    }
    (word.load(Acquire), word.load(Acquire))
}
// ANCHOR_END: third
