//! The same program on four runtimes: the same answer, and not the same run.

use std::sync::{Arc, Mutex};
use std::time::Duration;

use anyrt::prelude::*;
use anyrt::{AsyncStd, SmolOwner, ThreadsOwner, TokioOwner};

// ANCHOR: same
/// A hundred tasks, each of which waits a little and then gives its number.
async fn sum<R: Runtime>(rt: R) -> u64 {
    let tasks: Vec<_> = (1..=100)
        .map(|n| {
            let own = rt.clone();
            rt.spawn(async move {
                own.sleep(Duration::from_micros(n)).await;
                n
            })
        })
        .collect();
    let mut sum = 0;
    for task in tasks {
        sum += task.await.expect("no panic");
    }
    sum
}
// ANCHOR_END: same

// ANCHOR: turns
/// Spawns three, then gives the thread back; each notes its two turns.
async fn turns<R: Runtime>(rt: R) -> String {
    let turns = Arc::new(Mutex::new(String::new()));
    let note = |name| turns.lock().expect("no panic").push(name);
    let tasks = ['a', 'b', 'c'].map(|name| {
        let turns = Arc::clone(&turns);
        rt.spawn(async move {
            for _ in 0..2 {
                turns.lock().expect("no panic").push(name);
                anyrt::task::yield_now().await;
            }
        })
    });
    note('P');
    anyrt::task::yield_now().await;
    note('P');
    for task in tasks {
        task.await.expect("no panic");
    }
    let turns = turns.lock().expect("no panic");
    turns.clone()
}
// ANCHOR_END: turns

// ANCHOR: main
fn main() {
    let threads = ThreadsOwner::builder().workers(1).build().expect("a thread");
    let tokio = TokioOwner::with_workers(1).expect("a thread");
    let smol = SmolOwner::with_workers(1).expect("a thread");
    println!("the sum");
    println!("threads    {}", threads.run(sum));
    println!("tokio      {}", tokio.run(sum));
    println!("smol       {}", smol.run(sum));
    println!("async-std  {}", AsyncStd.run(sum));
    println!();
    println!("the turns, on one worker: P is the parent");
    println!("threads    {}", in_a_task(&threads));
    println!("tokio      {}", in_a_task(&tokio));
    println!("smol       {}", in_a_task(&smol));
}

/// `turns` as a task, so that the parent is on the worker, too.
fn in_a_task<O: BlockOn>(owner: &O) -> String {
    let rt = owner.handle();
    owner.block_on(rt.spawn(turns(rt.clone()))).expect("no panic")
}
// ANCHOR_END: main
