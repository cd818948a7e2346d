//! Who gets the lock, and whether a wait that was given up counts: anyrt's, tokio's, smol's.

use std::sync::Arc;
use std::time::Duration;

use anyrt::prelude::*;
use anyrt::sim::Policy;
use anyrt::sync::{Barrier, Lock};
use anyrt::{Sim, SimOwner};
use tokio::sync::Mutex;

// ANCHOR: who
/// A has the lock, wants it again at once, and so on; B and C come meanwhile.
macro_rules! who_gets {
    ($rt:expr, $lock:expr) => {{
        let (rt, lock) = ($rt.clone(), Arc::new($lock));
        let tasks = [('A', 8), ('B', 1), ('C', 1)].map(|(name, turns)| {
            let (sim, lock) = (rt.clone(), Arc::clone(&lock));
            rt.spawn(async move {
                for _ in 0..turns {
                    let mut had = lock.lock().await;
                    had.push(name);
                    sim.sleep(Duration::from_micros(300)).await; // a database ...
                }
            })
        });
        for task in tasks {
            task.await.expect("no panic");
        }
        let had = lock.lock().await.clone();
        had
    }};
}
// ANCHOR_END: who

// ANCHOR: given_up
/// A barrier for two. One comes and gives up; then another comes. Is it alone?
macro_rules! is_alone {
    ($rt:expr, $barrier:expr) => {{
        let (barrier, second) = ($barrier, Duration::from_secs(1));
        _ = $rt.timeout(second, barrier.wait()).await;
        $rt.timeout(second, barrier.wait()).await.is_err()
    }};
}
// ANCHOR_END: given_up

async fn ask(rt: Sim) {
    println!("Lock::new      {}", who_gets!(rt, Lock::new(String::new())));
    println!("Lock::fair     {}", who_gets!(rt, Lock::fair(String::new())));
    println!("tokio's Mutex  {}", who_gets!(rt, Mutex::new(String::new())));
    println!();
    println!("alone at Barrier(2), after one gave up?");
    println!("anyrt          {}", is_alone!(rt, Barrier::new(2)));
    println!("tokio          {}", is_alone!(rt, tokio::sync::Barrier::new(2)));
    println!("async-lock     {}", is_alone!(rt, async_lock::Barrier::new(2)));
}

fn main() {
    // In the simulator's time, and in the order in which tasks are woken.
    SimOwner::builder().policy(Policy::Fifo).build().run(ask);
}
