//! Wakers are other people's code: one that looks at, takes, waits for or changes the very primitive
//! it is called by, when it is cloned, called or dropped, must meet no lock; one that panics must cost
//! nobody else a wake-up.

use std::cell::Cell;
use std::future::Future;
use std::panic::{AssertUnwindSafe, catch_unwind};
use std::pin::Pin;
use std::sync::Arc;
use std::sync::atomic::{AtomicUsize, Ordering};
use std::task::{Poll, Waker};

use anyrt::sync::{Barrier, Condition, Event, Lock, Owner, ReentrantLock, RwLock, Semaphore};

use crate::support::{Counter, hostile, nosy, panicking, poll, poll_with, watched};

/// Takes many futures through waiting, a change of waker, cancellation and `wake`.
fn through_all_stages<'a, F: Future + 'a>(
    waker: &Waker,
    mut future: impl FnMut() -> F,
    mut wake: impl FnMut(),
) {
    let mut waits: Vec<Option<Pin<Box<F>>>> = (0..40).map(|_| Some(Box::pin(future()))).collect();
    let poll = |slot: &mut Option<Pin<Box<F>>>, waker: &Waker| {
        if let Some(wait) = slot
            && poll_with(wait.as_mut(), waker).is_ready()
        {
            *slot = None;
        }
    };
    for wait in &mut waits {
        poll(wait, waker); // cloned
        poll(wait, &waker.clone()); // compared, perhaps replaced
        poll(wait, Waker::noop()); // replaced, dropped
        poll(wait, waker); // and back
    }
    waits[20] = None; // cancelled while queued
    wake();
    waits[0] = None; // cancelled, perhaps when woken
    for wait in &mut waits {
        poll(wait, waker);
    }
    wake();
}

#[test]
fn a_nosy_waker_meets_no_lock_in_a_lock() {
    for fair in [false, true] {
        watched(move || {
            let lock = Arc::new(if fair { Lock::fair(0) } else { Lock::new(0) });
            let calls = Arc::new(AtomicUsize::new(0));
            let waker = nosy({
                let (lock, calls) = (Arc::clone(&lock), Arc::clone(&calls));
                move || {
                    calls.fetch_add(1, Ordering::Relaxed);
                    let _ = lock.statistics();
                    if let Some(mut guard) = lock.try_lock() {
                        *guard += 1;
                    }
                    let _ = poll(std::pin::pin!(lock.lock()));
                }
            });
            let held = Cell::new(lock.try_lock());
            through_all_stages(&waker, || lock.lock(), || drop(held.take()));
            assert!(lock.try_lock().is_some(), "free again");
            assert!(calls.load(Ordering::Relaxed) >= 80);
        });
    }
}

#[test]
fn a_nosy_waker_meets_no_lock_in_a_reentrant_lock() {
    watched(move || {
        let lock = Arc::new(ReentrantLock::new(()));
        let calls = Arc::new(AtomicUsize::new(0));
        let waker = nosy({
            let (lock, calls) = (Arc::clone(&lock), Arc::clone(&calls));
            move || {
                calls.fetch_add(1, Ordering::Relaxed);
                let _ = lock.statistics();
                drop((lock.try_lock(Owner::thread()), lock.try_lock(Owner::thread())));
                let _ = poll(std::pin::pin!(lock.lock(Owner::new())));
            }
        });
        let held = Cell::new(lock.try_lock(Owner::new()));
        through_all_stages(&waker, || lock.lock(Owner::new()), || drop(held.take()));
        assert!(lock.try_lock(Owner::new()).is_some(), "free again");
        assert!(calls.load(Ordering::Relaxed) >= 80);
    });
}

#[test]
fn a_nosy_waker_meets_no_lock_in_a_semaphore() {
    for fair in [false, true] {
        watched(move || {
            let semaphore = Arc::new(if fair { Semaphore::fair(0) } else { Semaphore::new(0) });
            let waker = nosy({
                let semaphore = Arc::clone(&semaphore);
                move || {
                    let _ = semaphore.statistics();
                    drop(semaphore.try_acquire());
                    let _ = poll(std::pin::pin!(semaphore.acquire_many(2)));
                }
            });
            through_all_stages(&waker, || semaphore.acquire(), || semaphore.add(35).unwrap());
            through_all_stages(&waker, || semaphore.acquire_many(9), || semaphore.close());
            assert_eq!(semaphore.available(), 70);
        });
    }
}

#[test]
fn a_nosy_waker_meets_no_lock_in_a_read_write_lock() {
    for fair in [false, true] {
        watched(move || {
            let lock = Arc::new(if fair { RwLock::fair(0) } else { RwLock::new(0) });
            let waker = nosy({
                let lock = Arc::clone(&lock);
                move || {
                    let _ = lock.statistics();
                    drop((lock.try_read(), lock.try_write()));
                    let _ = poll(std::pin::pin!(lock.read()));
                    let _ = poll(std::pin::pin!(lock.write()));
                }
            });
            let held = Cell::new(lock.try_write());
            through_all_stages(&waker, || lock.read(), || drop(held.take()));
            let held = Cell::new(lock.try_read());
            through_all_stages(&waker, || lock.write(), || drop(held.take()));
            assert!(lock.try_write().is_some());
        });
    }
}

#[test]
fn a_nosy_waker_meets_no_lock_in_an_event() {
    watched(|| {
        let event = Arc::new(Event::new());
        let waker = nosy({
            let event = Arc::clone(&event);
            move || {
                let _ = event.statistics();
                event.set();
                event.clear();
                let _ = poll(std::pin::pin!(event.wait()));
            }
        });
        through_all_stages(&waker, || event.wait(), || event.set());
        event.clear();
        assert_eq!(event.statistics().waiting, 0);
    });
}

#[test]
fn a_nosy_waker_meets_no_lock_in_a_condition() {
    watched(|| {
        let shared = Arc::new((Lock::new(()), Condition::new()));
        let waker = nosy({
            let shared = Arc::clone(&shared);
            move || {
                let (lock, condition) = &*shared;
                let _ = condition.statistics();
                condition.notify(1);
                if let Some(guard) = lock.try_lock() {
                    let _ = poll(std::pin::pin!(condition.wait(guard)));
                }
            }
        });
        let (lock, condition) = &*shared;
        through_all_stages(
            &waker,
            || async {
                let guard = lock.lock().await;
                drop(condition.wait(guard).await);
            },
            || {
                condition.notify(20);
                condition.notify_all();
            },
        );
        assert_eq!((condition.statistics().waiting, lock.is_locked()), (0, false));
    });
}

#[test]
fn a_nosy_waker_meets_no_lock_in_a_barrier() {
    watched(|| {
        let barrier = Arc::new(Barrier::new(60));
        let waker = nosy({
            let barrier = Arc::clone(&barrier);
            move || {
                let _ = barrier.statistics();
                let _ = poll(std::pin::pin!(barrier.wait()));
            }
        });
        through_all_stages(
            &waker,
            || barrier.wait(),
            || {
                let mut rest: Vec<_> = (0..60).map(|_| Box::pin(barrier.wait())).collect();
                for wait in &mut rest {
                    let _ = poll(wait.as_mut());
                }
                barrier.abort();
                barrier.reset();
            },
        );
        assert_eq!(barrier.waiting(), 0);
    });
}

/// Every third of many waiters has a waker that panics; `wake` releases them all.
fn survives<F: Future>(mut future: impl FnMut() -> F, wake: impl FnOnce()) -> Vec<F::Output> {
    let (counter, waker) = Counter::new();
    let mut waits: Vec<_> = (0..90).map(|_| Box::pin(future())).collect();
    for (n, wait) in waits.iter_mut().enumerate() {
        let waker = if n % 3 == 0 { &panicking() } else { &waker };
        assert!(poll_with(wait.as_mut(), waker).is_pending());
    }
    let panic = catch_unwind(AssertUnwindSafe(wake)).expect_err("goes on after all are woken");
    assert_eq!(*panic.downcast::<&str>().unwrap(), "in a waker");
    assert_eq!(counter.count(), 60);
    waits
        .iter_mut()
        .map(|wait| match poll(wait.as_mut()) {
            Poll::Ready(output) => output,
            Poll::Pending => panic!("was released"),
        })
        .collect()
}

#[test]
fn a_panic_of_a_waker_costs_the_others_nothing() {
    let event = Event::new();
    survives(|| event.wait(), || event.set());

    let semaphore = Semaphore::new(0);
    let permits = survives(|| semaphore.acquire(), || semaphore.add(90).unwrap());
    drop(permits);
    assert_eq!(semaphore.available(), 90);

    let barrier = Barrier::new(91);
    let passed = survives(|| barrier.wait(), || assert!(barrier.wait_blocking().is_ok()));
    assert!(passed.iter().all(Result::is_ok));
}

#[test]
fn a_lock_survives_a_panic_of_a_waker() {
    let lock = Lock::new(());
    let guard = lock.try_lock().unwrap();
    let mut wait = Box::pin(lock.lock());
    assert!(poll_with(wait.as_mut(), &panicking()).is_pending());
    assert!(catch_unwind(AssertUnwindSafe(|| drop(guard))).is_err());
    assert!(poll(wait.as_mut()).is_ready());
    assert!(lock.try_lock().is_some());
}

/// A future that is polled again for another's sake costs no clone.
#[test]
fn a_waker_that_is_there_already_is_not_cloned_again() {
    let calls = Arc::new(AtomicUsize::new(0));
    let waker = hostile({
        let calls = Arc::clone(&calls);
        move || _ = calls.fetch_add(1, Ordering::SeqCst)
    });
    let (lock, event) = (Lock::new(()), Event::new());
    let _held = lock.try_lock().unwrap();
    let (mut locks, mut waits) = (Box::pin(lock.lock()), Box::pin(event.wait()));
    let mut polled = || {
        assert!(poll_with(locks.as_mut(), &waker).is_pending());
        assert!(poll_with(waits.as_mut(), &waker).is_pending());
        calls.load(Ordering::SeqCst)
    };
    assert_eq!(polled(), 2, "a clone each");
    assert_eq!(polled(), 2);
}
