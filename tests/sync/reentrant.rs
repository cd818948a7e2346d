//! `ReentrantLock` (Python's `RLock` tests, re-expressed).

use std::collections::HashSet;
use std::panic::{AssertUnwindSafe, catch_unwind};
use std::pin::pin;
use std::sync::Arc;
use std::sync::atomic::{AtomicU32, AtomicUsize, Ordering::SeqCst};
use std::time::Duration;

use anyrt::TimedOut;
use anyrt::prelude::*;
use anyrt::sync::{Owner, ReentrantLock, ReentrantLockGuard};
use futures_lite::future::block_on;

use crate::support::{Counter, poll, poll_with, watched};

#[test]
fn an_owner_enters_again_and_others_wait_for_its_last_guard() {
    watched(|| {
        let lock = ReentrantLock::new(());
        let (me, other) = (Owner::new(), Owner::new());
        let first = block_on(lock.lock(me));
        let second = lock.lock_blocking(me);
        let third = lock.try_lock(me).unwrap();
        let fourth = lock.lock_within_blocking(me, Duration::ZERO).unwrap();
        assert_eq!(lock.statistics().depth, 4);
        for guard in [second, first, fourth] {
            assert!(lock.is_locked_by(me) && !lock.is_locked_by(other));
            assert!(lock.try_lock(other).is_none());
            drop(guard);
        }
        assert!(lock.try_lock(other).is_none());
        drop(third);
        assert!(!lock.is_locked() && !lock.is_locked_by(me));
        assert!(lock.try_lock(other).is_some());
    });
}

#[test]
fn threads_are_owners_by_themselves() {
    watched(|| {
        static LOCK: ReentrantLock<AtomicU32> = ReentrantLock::new(AtomicU32::new(0));
        let threads = (0..4).map(|_| {
            std::thread::spawn(|| {
                for _ in 0..500 {
                    let outer = LOCK.lock_blocking(Owner::thread());
                    let seen = outer.load(SeqCst);
                    let inner = LOCK.lock_blocking(Owner::thread());
                    inner.store(seen + 1, SeqCst); // a lost update if anybody else is inside
                }
            })
        });
        threads.collect::<Vec<_>>().into_iter().for_each(|thread| thread.join().unwrap());
        assert_eq!(LOCK.lock_blocking(Owner::thread()).load(SeqCst), 2000);
    });
}

#[test]
fn each_owner_is_one_of_a_kind() {
    let threads: Vec<_> = (0..4)
        .map(|_| {
            std::thread::spawn(|| {
                assert_eq!(Owner::thread(), Owner::thread());
                let mut mine: Vec<_> = (0..100).map(|_| Owner::new()).collect();
                mine.push(Owner::thread());
                mine
            })
        })
        .collect();
    let all: Vec<_> = threads.into_iter().flat_map(|thread| thread.join().unwrap()).collect();
    assert_eq!(all.iter().collect::<HashSet<_>>().len(), all.len());
}

#[test]
fn tasks_that_move_between_threads_stay_the_owner() {
    static LOCK: ReentrantLock<AtomicUsize> = ReentrantLock::new(AtomicUsize::new(0));

    async fn recurse(me: Owner, depth: u32) {
        let guard = LOCK.lock(me).await;
        let seen = guard.load(SeqCst);
        anyrt::task::yield_now().await; // perhaps on another thread now
        if depth > 0 {
            Box::pin(recurse(me, depth - 1)).await;
        }
        assert!(LOCK.is_locked_by(me));
        assert_eq!(guard.load(SeqCst), seen + depth as usize, "somebody else was inside");
        guard.fetch_add(1, SeqCst);
    }

    let owner = anyrt::ThreadsOwner::builder().workers(2).build().unwrap();
    owner.run(|rt| async move {
        let tasks: Vec<_> = (0..20).map(|_| rt.spawn(recurse(Owner::new(), 4))).collect();
        for task in tasks {
            task.await.unwrap();
        }
    });
    assert_eq!(LOCK.lock_blocking(Owner::thread()).load(SeqCst), 100);
}

#[test]
fn joined_futures_of_one_owner_are_inside_together_and_others_are_not() {
    watched(|| {
        let lock = ReentrantLock::new(());
        let (me, other) = (Owner::new(), Owner::new());
        block_on(async {
            let guard = lock.lock(me).await;
            let mut outside = pin!(lock.lock(other));
            assert!(poll(outside.as_mut()).is_pending());
            // One who waits does not keep the owner out.
            let inner = futures_lite::future::zip(lock.lock(me), lock.lock(me)).await;
            assert_eq!(lock.statistics().depth, 3);
            drop(guard);
            assert!(poll(outside.as_mut()).is_pending());
            drop(inner);
            drop(outside.await);
        });
        assert_eq!(lock.statistics().waiting, 0);
    });
}

#[test]
fn waits_that_were_queued_before_their_owner_got_in_are_ready_when_polled() {
    let lock = ReentrantLock::new(());
    let me = Owner::new();
    let held = lock.try_lock(Owner::new()).unwrap();
    let (mut first, mut second) = (Box::pin(lock.lock(me)), Box::pin(lock.lock(me)));
    let mut behind = Box::pin(lock.lock(Owner::new()));
    assert!(poll(first.as_mut()).is_pending());
    assert!(poll(second.as_mut()).is_pending());
    let (woken, waker) = Counter::new();
    assert!(poll_with(behind.as_mut(), &waker).is_pending());
    drop(held);
    let one = block_on(first.as_mut());
    let two = block_on(second.as_mut());
    assert_eq!((lock.statistics().depth, lock.statistics().waiting), (2, 1));
    drop(one);
    assert_eq!(woken.count(), 0);
    drop(two);
    assert_eq!(woken.count(), 1);
    drop(block_on(behind));
}

#[test]
fn a_wait_dropped_at_each_poll_leaves_the_lock_to_the_next() {
    for released in [false, true] {
        let lock = ReentrantLock::new(());
        let me = Owner::new();
        let held = (lock.try_lock(me).unwrap(), lock.try_lock(me).unwrap());
        let mut gives_up = Box::pin(lock.lock(Owner::new()));
        let mut next = Box::pin(lock.lock(Owner::new()));
        let (woken, waker) = Counter::new();
        assert!(poll(gives_up.as_mut()).is_pending());
        assert!(poll_with(next.as_mut(), &waker).is_pending());
        if released {
            drop(held);
            drop(gives_up);
        } else {
            drop(gives_up);
            drop(held);
        }
        assert_eq!(woken.count(), 1);
        assert!(poll(next.as_mut()).is_ready());
    }
}

#[test]
fn deadlines() {
    let lock = Arc::new(ReentrantLock::new(()));
    let guard = lock.try_lock(Owner::new()).unwrap();
    let soon = Duration::from_millis(5);
    assert_eq!(lock.lock_within_blocking(Owner::thread(), soon).err(), Some(TimedOut));
    anyrt::ThreadsOwner::new().unwrap().run(async |rt: anyrt::Threads| {
        assert_eq!(rt.timeout(soon, lock.lock(Owner::new())).await.err(), Some(TimedOut));
    });
    assert_eq!(lock.statistics().waiting, 0);
    drop(guard);
    assert!(lock.lock_within_blocking(Owner::thread(), Duration::ZERO).is_ok());
}

#[test]
fn owned_guards_go_to_other_threads() {
    watched(|| {
        let lock = Arc::new(ReentrantLock::new(5));
        let me = Owner::new();
        let first = block_on(Arc::clone(&lock).lock_owned(me));
        let second = Arc::clone(&lock).lock_owned_blocking(me);
        let third = Arc::clone(&lock).try_lock_owned(me).unwrap();
        let back = Arc::clone(&lock).try_lock_owned(Owner::new()).unwrap_err();
        assert!(Arc::ptr_eq(&back, &lock));
        drop(back);
        let threads =
            [first, second, third].map(|guard| std::thread::spawn(move || assert_eq!(*guard, 5)));
        assert_eq!(*lock.lock_blocking(Owner::thread()), 5);
        for thread in threads {
            thread.join().unwrap();
        }
        assert_eq!(Arc::into_inner(lock).map(ReentrantLock::into_inner), Some(5));
    });
}

#[test]
fn a_panic_gives_the_guards_back() {
    let lock = ReentrantLock::new(());
    let result = catch_unwind(AssertUnwindSafe(|| {
        let _guards = (lock.lock_blocking(Owner::thread()), lock.lock_blocking(Owner::thread()));
        panic!("as it should");
    }));
    assert!(result.is_err());
    assert!(lock.try_lock(Owner::new()).is_some());
}

#[test]
fn always_ready_waits_take_turns() {
    let lock = ReentrantLock::new(());
    let me = Owner::new();
    let _outer = lock.try_lock(me).unwrap();
    let mut hog = pin!(async {
        for _ in 0..1_000 {
            drop(lock.lock(me).await);
        }
    });
    assert!(poll(hog.as_mut()).is_pending(), "a thousand locks in one poll");
    block_on(hog);
}

#[test]
fn what_it_says_of_itself() {
    let mut lock = ReentrantLock::from(7);
    let guard = lock.try_lock(Owner::new()).unwrap();
    assert!(lock.is_locked());
    assert_eq!(format!("{guard:?}"), "7");
    assert_eq!(format!("{lock:?}"), "ReentrantLock { depth: 1, value: 7, .. }");
    assert!(std::ptr::eq(ReentrantLockGuard::lock_ref(&guard), &raw const lock));
    drop(guard);
    *lock.get_mut() += 1;
    assert_eq!(lock.into_inner(), 8);
    assert_eq!(*ReentrantLock::<u8>::default().lock_blocking(Owner::thread()), 0);
    assert!(format!("{:?}", Owner::new()).starts_with("Owner("));
    let erased: &ReentrantLock<dyn Send> = &ReentrantLock::new(1);
    assert!(erased.try_lock(Owner::thread()).is_some());
}
