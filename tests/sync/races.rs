//! Threads that hit the same word at the same time, so that exchanges fail and are tried again.

use std::sync::Barrier;
use std::sync::atomic::{AtomicU32, Ordering};
use std::thread;

use anyrt::sync::{BoundedSemaphore, Event, Latch, Owner, ReentrantLock, Semaphore};

use crate::support::watched;

const THREADS: u32 = 4;
const ROUNDS: u32 = 300_000;

/// Does it on several threads, with the number of the round.
fn race(f: impl Fn(u32) + Sync) {
    let together = Barrier::new(THREADS as usize);
    thread::scope(|scope| {
        for _ in 0..THREADS {
            scope.spawn(|| {
                together.wait();
                (0..ROUNDS).for_each(&f);
            });
        }
    });
}

#[test]
fn permits_are_neither_lost_nor_invented() {
    for semaphore in [Semaphore::new(100), Semaphore::fair(100), Semaphore::new(2)] {
        watched(move || {
            let before = semaphore.available();
            let gone = AtomicU32::new(0);
            race(|round| match round % 3 {
                0 => drop(semaphore.acquire_blocking().expect("open")),
                1 => semaphore.add(1).expect("far from full"),
                _ => _ = gone.fetch_add(semaphore.forget(1), Ordering::Relaxed),
            });
            let added = THREADS * (ROUNDS / 3);
            assert_eq!(semaphore.available() + gone.into_inner(), before + added);
            assert_eq!(semaphore.statistics().waiting, 0);
        });
    }
}

#[test]
fn what_was_forgotten_is_given_back_once() {
    watched(|| {
        let semaphore = BoundedSemaphore::new(THREADS);
        let (forgotten, given_back) = (AtomicU32::new(0), AtomicU32::new(0));
        race(|round| {
            if round % 2 == 0 {
                if let Ok(permit) = semaphore.try_acquire() {
                    permit.forget();
                    forgotten.fetch_add(1, Ordering::Relaxed);
                }
            } else if semaphore.release(1).is_ok() {
                given_back.fetch_add(1, Ordering::Relaxed);
            }
            assert!(semaphore.available() <= semaphore.bound());
        });
        let missing = forgotten.into_inner() - given_back.into_inner();
        assert_eq!(semaphore.available(), semaphore.bound() - missing);
        assert_eq!(semaphore.release(missing), Ok(()));
        assert!(semaphore.release(1).is_err());
    });
}

#[test]
fn a_latch_opens_when_all_have_counted() {
    watched(|| {
        let latch = Latch::new(THREADS * ROUNDS + 1);
        race(|_| latch.count_down(1));
        assert!(!latch.is_open());
        latch.count_down(1);
        latch.wait_blocking();
        assert!(latch.is_open());
    });
}

#[test]
fn a_wait_for_an_event_that_comes_and_goes_ends() {
    watched(|| {
        let (event, left) = (Event::new(), AtomicU32::new(THREADS));
        thread::scope(|scope| {
            for _ in 0..THREADS {
                scope.spawn(|| {
                    (0..ROUNDS / 100).for_each(|_| event.wait_blocking());
                    left.fetch_sub(1, Ordering::Relaxed);
                });
            }
            while left.load(Ordering::Relaxed) > 0 {
                event.set();
                event.clear();
            }
        });
        assert!(!event.is_set());
    });
}

#[test]
fn shares_of_a_reentrant_lock_are_the_owners() {
    watched(|| {
        let lock = ReentrantLock::new(());
        let inside = AtomicU32::new(0);
        race(|_| {
            let owner = Owner::thread();
            let outer = lock.lock_blocking(owner);
            assert_eq!(inside.fetch_add(1, Ordering::Relaxed), 0);
            drop(lock.try_lock(owner).expect("it is ours"));
            inside.fetch_sub(1, Ordering::Relaxed);
            drop(outer);
        });
        assert!(lock.try_lock(Owner::thread()).is_some());
    });
}
