//! The behaviour of `Lock`: Python's `LockTests`, fairness, cancellation, guards.

use std::cell::Cell;
use std::panic::{AssertUnwindSafe, catch_unwind};
use std::pin::pin;
use std::sync::Arc;
use std::time::Duration;

use crate::support::{Counter, poll, poll_with, run, watched};
use anyrt::TimedOut;
use anyrt::sync::{Lock, LockFuture, LockGuard, OwnedLockGuard};

const fn is_send<T: Send>() {}
const fn is_sync<T: Sync>() {}

#[test]
fn auto_traits() {
    is_send::<Lock<Cell<u8>>>();
    is_sync::<Lock<Cell<u8>>>();
    is_send::<LockGuard<'static, Cell<u8>>>();
    is_sync::<LockGuard<'static, u8>>();
    is_send::<OwnedLockGuard<Cell<u8>>>();
    is_sync::<OwnedLockGuard<u8>>();
    is_send::<LockFuture<'static, Cell<u8>>>();
    is_sync::<LockFuture<'static, u8>>();
}

#[test]
fn sizes_stay_small() {
    assert!(size_of::<Lock<()>>() <= 24);
    assert!(size_of::<LockFuture<'static, ()>>() <= 56);
}

#[test]
fn a_new_lock_is_free() {
    let lock = Lock::new(5);
    assert!(!lock.is_locked());
    assert_eq!(*lock.try_lock().unwrap(), 5);
    assert_eq!(lock.into_inner(), 5);
}

#[test]
fn locks_and_unlocks_again_and_again() {
    for lock in [Lock::new(0), Lock::fair(0)] {
        for _ in 0..1000 {
            *lock.lock_blocking() += 1;
            futures_lite::future::block_on(async { *lock.lock().await += 1 });
        }
        assert_eq!(*lock.try_lock().unwrap(), 2000);
    }
}

#[test]
fn a_held_lock_is_not_had_twice() {
    let lock = Arc::new(Lock::new(()));
    let guard = lock.try_lock().unwrap();
    assert!(lock.is_locked());
    assert!(lock.try_lock().is_none());
    assert!(Arc::clone(&lock).try_lock_owned().is_err());
    assert!(poll(pin!(lock.lock())).is_pending());
    let limit = Duration::from_millis(5);
    assert_eq!(lock.lock_within_blocking(limit).unwrap_err(), TimedOut);
    assert_eq!(lock.lock_within_blocking(Duration::ZERO).unwrap_err(), TimedOut);
    drop(guard);
    assert!(lock.lock_within_blocking(Duration::ZERO).is_ok());
    assert!(lock.lock_within_blocking(Duration::MAX).is_ok());
}

#[test]
fn many_threads_exclude_each_other() {
    for lock in [Lock::new(0), Lock::fair(0)] {
        let lock = Arc::new(lock);
        watched(move || {
            std::thread::scope(|scope| {
                for _ in 0..8 {
                    scope.spawn(|| {
                        for _ in 0..200 {
                            let mut guard = lock.lock_blocking();
                            let seen = *guard;
                            std::hint::black_box(&guard);
                            *guard = seen + 1;
                        }
                    });
                }
            });
            assert_eq!(*lock.try_lock().unwrap(), 1600);
        });
    }
}

#[test]
fn a_guard_may_unlock_on_another_thread() {
    let lock = Lock::new(0);
    std::thread::scope(|scope| {
        let guard = lock.try_lock().unwrap();
        scope.spawn(move || drop(guard)).join().unwrap();
        assert!(lock.try_lock().is_some());
    });
}

#[test]
fn a_panic_unlocks() {
    let lock = Lock::new(0);
    let panic = catch_unwind(AssertUnwindSafe(|| {
        *lock.lock_blocking() += 1;
        let _guard = lock.lock_blocking();
        panic!("in the section");
    }));
    assert!(panic.is_err());
    assert_eq!(*lock.try_lock().unwrap(), 1);
}

#[test]
fn owned_guards_keep_the_lock_alive() {
    run(async {
        let lock = Arc::new(Lock::new(1));
        let mut guard = Arc::clone(&lock).lock_owned().await;
        assert!(Arc::ptr_eq(OwnedLockGuard::lock_ref(&guard), &lock));
        assert!(lock.try_lock().is_none());
        let weak = Arc::downgrade(&lock);
        drop(lock);
        *guard += 1;
        assert_eq!(*guard, 2);
        assert!(weak.upgrade().unwrap().is_locked());
        drop(guard);
        assert!(weak.upgrade().is_none());
        let lock = Arc::new(Lock::new(3));
        assert_eq!(*Arc::clone(&lock).lock_owned_blocking(), 3);
        assert_eq!(*lock.try_lock_owned().unwrap(), 3);
    });
}

#[test]
fn an_owned_lock_that_is_cancelled_leaves_nothing() {
    let lock = Arc::new(Lock::new(()));
    let guard = lock.try_lock().unwrap();
    {
        let mut waits = pin!(Arc::clone(&lock).lock_owned());
        assert!(poll(waits.as_mut()).is_pending());
        assert_eq!(lock.statistics().waiting, 1);
    }
    assert_eq!(lock.statistics().waiting, 0);
    assert_eq!(Arc::strong_count(&lock), 1);
    drop(guard);
}

#[test]
fn unsized_values_and_the_usual_traits() {
    let lock: Box<Lock<[u8]>> = Box::new(Lock::new([1, 2, 3]));
    lock.lock_blocking()[0] = 9;
    assert_eq!(lock.lock_blocking().len(), 3);
    let mut lock = Lock::from(7);
    *lock.get_mut() += 1;
    assert_eq!(format!("{lock:?}"), "Lock(8)");
    let guard = lock.try_lock().unwrap();
    assert_eq!(format!("{lock:?}"), "Lock(<locked>)");
    assert_eq!(format!("{guard:?} {guard}"), "8 8");
    drop(guard);
    assert_eq!(*Lock::<u32>::default().try_lock().unwrap(), 0);
    let owned = Arc::new(Lock::new(4)).lock_owned_blocking();
    assert_eq!(format!("{owned:?} {owned}"), "4 4");
    assert!(format!("{:?}", Lock::new(0).lock()).contains("LockFuture"));
    let mut waits = Box::pin(lock.lock());
    let held = lock.try_lock().unwrap();
    assert!(poll(waits.as_mut()).is_pending());
    assert!(format!("{waits:?}").contains("Queued"));
    drop(held);
    assert!(format!("{waits:?}").contains("Woken"));
}

#[test]
fn waiters_are_woken_in_order() {
    for lock in [Lock::new(()), Lock::fair(())] {
        let guard = lock.try_lock().unwrap();
        let mut waits: Vec<_> = (0..5).map(|_| Box::pin(lock.lock())).collect();
        let (counters, wakers): (Vec<_>, Vec<_>) = (0..5).map(|_| Counter::new()).unzip();
        for (wait, waker) in waits.iter_mut().zip(&wakers) {
            assert!(poll_with(wait.as_mut(), waker).is_pending());
        }
        assert_eq!(lock.statistics().waiting, 5);
        drop(guard);
        for (turn, wait) in waits.iter_mut().enumerate() {
            let woken: Vec<_> = counters.iter().map(|counter| counter.count()).collect();
            assert_eq!(woken, (0..5).map(|n| usize::from(n <= turn)).collect::<Vec<_>>());
            assert!(poll_with(wait.as_mut(), &wakers[turn]).is_ready()); // and the guard drops
        }
        assert!(!lock.is_locked());
    }
}

#[test]
fn a_free_lock_may_be_barged_into_unless_fair() {
    for (lock, barges) in [(Lock::new(()), true), (Lock::fair(()), false)] {
        let guard = lock.try_lock().unwrap();
        let mut first = Box::pin(lock.lock());
        assert!(poll(first.as_mut()).is_pending());
        drop(guard); // first is woken
        assert_eq!(lock.try_lock().is_some(), barges);
        assert_eq!(poll(pin!(lock.lock())).is_ready(), barges);
        assert!(poll(first.as_mut()).is_ready());
        assert!(lock.try_lock().is_some());
    }
}

/// Fails without the fair round: each time the waiter is polled, somebody has the lock again.
#[test]
fn nobody_is_passed_over_for_ever() {
    let lock = Lock::new(());
    let mut guard = Some(lock.try_lock().unwrap());
    let mut unlucky = Box::pin(lock.lock());
    assert!(poll(unlucky.as_mut()).is_pending());
    let mut others: Vec<_> = (0..3).map(|_| Box::pin(lock.lock())).collect();
    for other in &mut others {
        assert!(poll(other.as_mut()).is_pending());
    }
    let mut rounds = 0;
    loop {
        drop(guard.take()); // wakes it ...
        guard = lock.try_lock(); // ... and is faster
        if guard.is_none() {
            break; // it is its turn
        }
        assert!(poll(unlucky.as_mut()).is_pending());
        std::thread::sleep(Duration::from_micros(100));
        rounds += 1;
        assert!(rounds < 100_000, "starves");
    }
    assert!(lock.try_lock().is_none(), "nobody passes now");
    assert!(poll(unlucky.as_mut()).is_ready());
    // The others of the round, in order, and nobody in between.
    for other in &mut others {
        assert!(lock.try_lock().is_none());
        assert!(poll(other.as_mut()).is_ready());
    }
    assert!(lock.try_lock().is_some(), "the round is over");
}

#[test]
fn cancelling_a_queued_waiter_leaves_the_others() {
    for lock in [Lock::new(()), Lock::fair(())] {
        let guard = lock.try_lock().unwrap();
        let mut waits: Vec<_> = (0..3).map(|_| Some(Box::pin(lock.lock()))).collect();
        for wait in &mut waits {
            assert!(poll(wait.as_mut().unwrap().as_mut()).is_pending());
        }
        for gone in [1, 0] {
            waits[gone] = None;
        }
        assert_eq!(lock.statistics().waiting, 1);
        drop(guard);
        assert!(poll(waits[2].as_mut().unwrap().as_mut()).is_ready());
        assert!(lock.try_lock().is_some());
    }
}

#[test]
fn cancelling_a_woken_waiter_wakes_the_next() {
    for lock in [Lock::new(()), Lock::fair(())] {
        let guard = lock.try_lock().unwrap();
        let mut first = Box::pin(lock.lock());
        assert!(poll(first.as_mut()).is_pending());
        let (counter, waker) = Counter::new();
        let mut second = Box::pin(lock.lock());
        assert!(poll_with(second.as_mut(), &waker).is_pending());
        drop(guard);
        assert_eq!(counter.count(), 0);
        drop(first);
        assert_eq!(counter.count(), 1);
        assert!(poll_with(second.as_mut(), &waker).is_ready());
        assert!(!lock.is_locked());
    }
}

#[test]
fn the_last_waker_is_the_one_that_counts() {
    let lock = Lock::new(());
    let guard = lock.try_lock().unwrap();
    let mut wait = pin!(lock.lock());
    let ((old, first), (new, second)) = (Counter::new(), Counter::new());
    assert!(poll_with(wait.as_mut(), &first).is_pending());
    assert!(poll_with(wait.as_mut(), &second).is_pending());
    assert_eq!(Arc::strong_count(&old), 2, "the first waker is dropped");
    drop(guard);
    assert_eq!((old.count(), new.count()), (0, 1));
}

#[test]
fn a_waiter_takes_the_lock_when_it_is_polled_by_chance() {
    let lock = Lock::new(());
    let guard = lock.try_lock().unwrap();
    let (mut first, mut second) = (Box::pin(lock.lock()), Box::pin(lock.lock()));
    assert!(poll(first.as_mut()).is_pending());
    assert!(poll(second.as_mut()).is_pending());
    drop(guard); // wakes the first
    assert!(poll(second.as_mut()).is_ready());
    assert!(poll(first.as_mut()).is_ready());
    assert_eq!(lock.statistics().waiting, 0);
}

#[test]
fn an_unpolled_future_holds_nothing() {
    let lock = Lock::new(());
    let wait = lock.lock();
    assert!(lock.try_lock().is_some());
    drop(wait);
    assert!(lock.try_lock().is_some());
}

#[test]
fn an_always_ready_loop_lets_others_run() {
    let lock = Lock::new(());
    let mut cx_polls = 0;
    let mut endless = pin!(async {
        loop {
            drop(lock.lock().await);
        }
    });
    let (counter, waker) = Counter::new();
    for _ in 0..10 {
        let poll: std::task::Poll<()> = poll_with(endless.as_mut(), &waker);
        assert!(poll.is_pending());
        cx_polls += 1;
    }
    assert_eq!(counter.count(), cx_polls, "and asks to be polled again");
}

#[test]
fn a_waiter_that_nobody_polls_does_no_harm() {
    let lock = Lock::new(());
    let guard = lock.try_lock().unwrap();
    let mut dormant = Box::pin(lock.lock());
    assert!(poll(dormant.as_mut()).is_pending());
    drop(guard);
    assert!(lock.try_lock().is_some());
    let mut guards = 0;
    for _ in 0..1000 {
        guards += usize::from(lock.try_lock().is_some());
    }
    assert_eq!(guards, 1000);
}

/// Its wake-up goes to the other one; the next in line must not wait for ever.
#[test]
fn a_waiter_behind_one_that_nobody_polls_is_reached() {
    let lock = Lock::new(());
    let guard = lock.try_lock().unwrap();
    let mut dormant = Box::pin(lock.lock());
    assert!(poll(dormant.as_mut()).is_pending());
    let (counter, waker) = Counter::new();
    let mut behind = Box::pin(lock.lock());
    assert!(poll_with(behind.as_mut(), &waker).is_pending());
    drop(guard);
    let mut rounds = 0;
    while counter.count() == 0 {
        drop(lock.try_lock().unwrap());
        std::thread::sleep(Duration::from_micros(20));
        rounds += 1;
        assert!(rounds < 100_000, "starves");
    }
    assert!(poll_with(behind.as_mut(), &waker).is_ready());
}

#[test]
fn a_timeout_is_a_drop() {
    run(async {
        let lock = Lock::new(());
        let guard = lock.lock().await;
        {
            let mut wait = pin!(lock.lock());
            assert!(poll(wait.as_mut()).is_pending());
        }
        drop(guard);
        assert_eq!(lock.statistics(), Lock::new(()).statistics());
    });
}
