//! A counter that two threads change: right in three ways.

use std::sync::atomic::{AtomicU32, Ordering};
use std::thread;

use anyrt::sync::{Lock, Owner, ReentrantLock};

const TIMES: u32 = 1000;

// ANCHOR: lock
fn with_a_lock() -> u32 {
    let counter = Lock::new(0);
    thread::scope(|scope| {
        for _ in 0..2 {
            scope.spawn(|| {
                for _ in 0..TIMES {
                    *counter.lock_blocking() += 1; // locked until the end of this line
                }
            });
        }
    });
    counter.into_inner()
}
// ANCHOR_END: lock

// ANCHOR: atomic
fn with_an_atomic() -> u32 {
    let counter = AtomicU32::new(0);
    thread::scope(|scope| {
        for _ in 0..2 {
            scope.spawn(|| {
                for _ in 0..TIMES {
                    counter.fetch_add(1, Ordering::Relaxed); // one step, not two
                }
            });
        }
    });
    counter.into_inner()
}
// ANCHOR_END: atomic

// ANCHOR: join
fn with_nothing_shared() -> u32 {
    thread::scope(|scope| {
        let counts =
            [(); 2].map(|()| scope.spawn(|| (0..TIMES).map(|_| 1).sum::<u32>()));
        counts.into_iter().map(|count| count.join().expect("no panic")).sum()
    })
}
// ANCHOR_END: join

fn main() {
    println!("lock: {}", with_a_lock());
    println!("atomic: {}", with_an_atomic());
    println!("nothing shared: {}", with_nothing_shared());

    // ANCHOR: poison
    let std_lock = std::sync::Mutex::new(1);
    let our_lock = Lock::new(1);
    thread::scope(|scope| {
        let died = scope.spawn(|| {
            let _held = (std_lock.lock(), our_lock.lock_blocking());
            panic!("while holding both");
        });
        died.join().expect_err("it panicked");
    });
    println!("std's is poisoned: {}", std_lock.lock().is_err());
    println!("anyrt's goes on: {}", *our_lock.lock_blocking());
    // ANCHOR_END: poison

    // ANCHOR: again
    let ledger = ReentrantLock::new(AtomicU32::new(0));
    let pay = |sum| {
        ledger.lock_blocking(Owner::thread()).fetch_add(sum, Ordering::Relaxed)
    };
    let outer = ledger.lock_blocking(Owner::thread());
    pay(1); // locks again: this thread has it already
    pay(1);
    println!("re-entrant: {}", outer.load(Ordering::Relaxed));
    // ANCHOR_END: again
}
