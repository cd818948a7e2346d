//! Python's `ConditionTests`, and what ours adds.

use std::panic::{AssertUnwindSafe, catch_unwind};
use std::pin::{Pin, pin};
use std::sync::atomic::{AtomicBool, AtomicUsize, Ordering};
use std::sync::{Arc, Mutex};
use std::task::{Poll, Waker};
use std::time::Duration;

use anyrt::TimedOut;
use anyrt::sync::{Condition, ConditionWait, Lock, OwnedLockGuard};

use crate::support::{Counter, hostile, poll, poll_with, watched};

const fn is_send_sync<T: Send + Sync>() {}

#[test]
fn auto_traits() {
    is_send_sync::<Condition>();
    is_send_sync::<ConditionWait<'static, 'static, u8>>();
    assert!(format!("{:?}", Condition::default()).contains("Condition"));
    let (lock, condition) = (Lock::new(()), Condition::new());
    let wait = condition.wait(lock.try_lock().unwrap());
    assert!(format!("{wait:?}").contains("slot: None"));
}

#[test]
fn waiting_gives_the_lock_up_and_has_it_again() {
    let (lock, condition) = (Lock::new(0), Condition::new());
    let mut wait = Box::pin(condition.wait(lock.try_lock().unwrap()));
    assert!(lock.is_locked(), "not polled yet");
    assert!(poll(wait.as_mut()).is_pending());
    *lock.try_lock().expect("given up") += 1;
    assert_eq!(condition.notify(1), 1);
    let Poll::Ready(guard) = poll(wait.as_mut()) else { panic!("notified") };
    assert_eq!(*guard, 1);
    assert!(lock.is_locked());
}

#[test]
fn a_wait_that_was_not_polled_unlocks_when_dropped() {
    let (lock, condition) = (Lock::new(0), Condition::new());
    drop(condition.wait(lock.try_lock().unwrap()));
    assert!(!lock.is_locked());
}

#[test]
fn notifies_as_many_as_asked_in_order() {
    let (lock, condition) = (Lock::new(()), Condition::new());
    let mut waits: Vec<_> = (0..100)
        .map(|_| Box::pin(async { drop(condition.wait(lock.try_lock().unwrap()).await) }))
        .collect();
    for wait in &mut waits {
        assert!(poll(wait.as_mut()).is_pending());
    }
    assert_eq!(condition.statistics().waiting, 100);
    assert_eq!(condition.notify(0), 0);
    assert_eq!(condition.notify(3), 3);
    let mut ready = |range: std::ops::Range<usize>| {
        waits[range]
            .iter_mut()
            .filter_map(|wait| poll(wait.as_mut()).is_ready().then_some(()))
            .count()
    };
    assert_eq!(ready(3..100), 0);
    assert_eq!(ready(0..3), 3);
    assert_eq!(condition.notify(50), 50);
    assert_eq!(ready(53..100), 0);
    assert_eq!(ready(3..53), 50);
    assert_eq!(condition.notify_all(), 47);
    assert_eq!(ready(53..100), 47);
    assert_eq!(condition.notify_all(), 0, "a notification is not kept");
}

#[test]
fn threads_and_tasks_wait_for_a_predicate() {
    watched(|| {
        let (lock, condition) = (Lock::new(0), Condition::new());
        let done = AtomicUsize::new(0);
        std::thread::scope(|scope| {
            for n in 0..6 {
                let (lock, condition, done) = (&lock, &condition, &done);
                scope.spawn(move || {
                    let guard = if n % 2 == 0 {
                        condition.wait_for_blocking(lock.lock_blocking(), |value| *value >= 3)
                    } else {
                        futures_lite::future::block_on(async {
                            condition.wait_for(lock.lock().await, |value| *value >= 3).await
                        })
                    };
                    assert_eq!(*guard, 3);
                    done.fetch_add(1, Ordering::SeqCst);
                });
            }
            while condition.statistics().waiting < 6 {
                std::thread::yield_now();
            }
            for _ in 0..3 {
                *lock.lock_blocking() += 1;
                condition.notify_all();
            }
        });
        assert_eq!(done.into_inner(), 6);
    });
}

#[test]
fn a_thread_gives_up_in_time_and_has_the_lock() {
    let (lock, condition) = (Lock::new(0), Condition::new());
    let limit = Duration::from_millis(5);
    let (guard, result) = condition.wait_within_blocking(lock.lock_blocking(), limit);
    assert_eq!(result, Err(TimedOut));
    assert!(lock.is_locked());
    assert_eq!(condition.statistics().waiting, 0);
    let (guard, result) = condition.wait_for_within_blocking(guard, limit, |value| *value > 0);
    assert_eq!(result, Err(TimedOut));
    let (guard, result) = condition.wait_for_within_blocking(guard, limit, |value| *value == 0);
    assert_eq!(result, Ok(()));
    drop(guard);
    watched(|| {
        static LOCK: Lock<bool> = Lock::new(false);
        static CONDITION: Condition = Condition::new();
        let thread = std::thread::spawn(|| {
            let never = Duration::MAX;
            CONDITION.wait_for_within_blocking(LOCK.lock_blocking(), never, |value| *value).1
        });
        *LOCK.lock_blocking() = true;
        CONDITION.notify(1);
        assert_eq!(thread.join().unwrap(), Ok(()));
    });
}

/// The last step of a notified waiter is to lock again; cancelled there, it must not swallow the
/// notification.
#[test]
fn a_waiter_cancelled_while_locking_again_passes_its_notification_on() {
    let (lock, condition) = (Lock::new(()), Condition::new());
    let mut first = Box::pin(condition.wait(lock.try_lock().unwrap()));
    assert!(poll(first.as_mut()).is_pending());
    let mut second = Box::pin(condition.wait(lock.try_lock().unwrap()));
    let (counter, waker) = Counter::new();
    assert!(poll_with(second.as_mut(), &waker).is_pending());
    let guard = lock.try_lock().unwrap();
    assert_eq!(condition.notify(1), 1);
    assert!(poll(first.as_mut()).is_pending(), "queued for the lock");
    assert_eq!(lock.statistics().waiting, 1);
    assert_eq!(counter.count(), 0);
    drop(first);
    assert_eq!(lock.statistics().waiting, 0);
    assert_eq!(counter.count(), 1);
    drop(guard);
    assert!(poll_with(second.as_mut(), &waker).is_ready());
}

#[test]
fn a_notified_waiter_that_is_cancelled_passes_its_notification_on() {
    let (lock, condition) = (Lock::new(()), Condition::new());
    let mut waits: Vec<_> = (0..3)
        .map(|_| {
            let mut wait = Box::pin(condition.wait(lock.try_lock().unwrap()));
            assert!(poll(wait.as_mut()).is_pending());
            wait
        })
        .collect();
    assert_eq!(condition.notify(1), 1);
    drop(waits.remove(0));
    assert_eq!(condition.statistics().waiting, 1);
    assert!(poll(waits[0].as_mut()).is_ready());
    assert!(poll(waits[1].as_mut()).is_pending());
}

#[test]
fn of_a_notification_to_all_nothing_is_left_to_pass_on() {
    let (lock, condition) = (Lock::new(()), Condition::new());
    let mut wait = Box::pin(condition.wait(lock.try_lock().unwrap()));
    assert!(poll(wait.as_mut()).is_pending());
    assert_eq!(condition.notify_all(), 1);
    let mut late = Box::pin(condition.wait(lock.try_lock().unwrap()));
    assert!(poll(late.as_mut()).is_pending());
    drop(wait);
    assert!(poll(late.as_mut()).is_pending());
    assert_eq!(condition.statistics().waiting, 1);
}

#[test]
fn a_finished_wait_passes_nothing_on() {
    let (lock, condition) = (Lock::new(()), Condition::new());
    let mut first = Box::pin(condition.wait(lock.try_lock().unwrap()));
    assert!(poll(first.as_mut()).is_pending());
    let mut second = Box::pin(condition.wait(lock.try_lock().unwrap()));
    assert!(poll(second.as_mut()).is_pending());
    condition.notify(1);
    assert!(poll(first.as_mut()).is_ready());
    drop(first);
    assert!(poll(second.as_mut()).is_pending());
}

#[test]
fn a_queued_wait_is_cancelled_without_a_trace() {
    let (lock, condition) = (Lock::new(()), Condition::new());
    let mut wait = Box::pin(condition.wait(lock.try_lock().unwrap()));
    assert!(poll(wait.as_mut()).is_pending());
    drop(wait);
    assert_eq!(condition.statistics().waiting, 0);
    assert_eq!(condition.notify(1), 0);
    assert!(!lock.is_locked());
}

#[test]
fn the_last_waker_is_the_one_that_counts() {
    let (lock, condition) = (Lock::new(()), Condition::new());
    let mut wait = pin!(condition.wait(lock.try_lock().unwrap()));
    let ((old, first), (new, second)) = (Counter::new(), Counter::new());
    assert!(poll_with(wait.as_mut(), &first).is_pending());
    assert!(poll_with(wait.as_mut(), &second).is_pending());
    assert!(poll_with(wait.as_mut(), &second).is_pending());
    condition.notify_all();
    assert_eq!((old.count(), new.count()), (0, 1));
}

#[test]
fn one_lock_at_a_time() {
    let (one, other, condition) = (Lock::new(()), Lock::new(()), Condition::new());
    let mut wait = Box::pin(condition.wait(one.try_lock().unwrap()));
    assert!(poll(wait.as_mut()).is_pending());
    let mut wrong = Box::pin(condition.wait(other.try_lock().unwrap()));
    let panic = catch_unwind(AssertUnwindSafe(|| poll(wrong.as_mut()).is_pending())).unwrap_err();
    assert!(panic.downcast_ref::<&str>().unwrap().contains("a condition per lock"));
    drop(wrong);
    assert!(!other.is_locked());
    drop(wait);
    let mut now = Box::pin(condition.wait(other.try_lock().unwrap()));
    assert!(poll(now.as_mut()).is_pending(), "free to use with another lock");
}

#[test]
fn ping_pong() {
    watched(|| {
        let turn = Arc::new((Lock::new(0_u32), Condition::new()));
        let player = |me: u32| {
            let turn = Arc::clone(&turn);
            move || {
                let (lock, condition) = &*turn;
                for _ in 0..200 {
                    let mut guard =
                        condition.wait_for_blocking(lock.lock_blocking(), |turn| *turn % 2 == me);
                    *guard += 1;
                    drop(guard);
                    condition.notify(1);
                }
            }
        };
        let players = [0, 1].map(|me| std::thread::spawn(player(me)));
        for player in players {
            player.join().unwrap();
        }
        assert_eq!(*turn.0.try_lock().unwrap(), 400);
    });
}

/// What comes between two batches of a `notify_all` is one after the other with it: to notify one more
/// reaches one more, not one that was to be notified with all.
#[test]
fn notify_all_and_notify_do_not_share_a_waiter() {
    type Wait = Pin<Box<ConditionWait<'static, 'static, ()>>>;
    static LOCK: Lock<()> = Lock::new(());
    static CONDITION: Condition = Condition::new();
    let late: Arc<Mutex<Option<Wait>>> = Arc::default();
    let armed = Arc::new(AtomicBool::new(false));
    let (slot, once) = (Arc::clone(&late), Arc::clone(&armed));
    let between = hostile(move || {
        if once.swap(false, Ordering::SeqCst) {
            let mut wait = Box::pin(CONDITION.wait(LOCK.try_lock().unwrap()));
            assert!(poll(wait.as_mut()).is_pending());
            *slot.lock().unwrap() = Some(wait);
            assert_eq!(CONDITION.notify(1), 1);
        }
    });
    let mut waits: Vec<_> = (0..100)
        .map(|at| {
            let mut wait = Box::pin(CONDITION.wait(LOCK.try_lock().unwrap()));
            let waker = if at == 0 { &between } else { Waker::noop() };
            assert!(poll_with(wait.as_mut(), waker).is_pending());
            wait
        })
        .collect();
    armed.store(true, Ordering::SeqCst);
    CONDITION.notify_all();
    assert_eq!(CONDITION.statistics().waiting, 0);
    waits.extend(late.lock().unwrap().take());
    assert_eq!(waits.len(), 101);
    for wait in &mut waits {
        assert!(poll(wait.as_mut()).is_ready());
    }
}

#[test]
fn owned_guards_wait_for_tasks_and_threads() {
    watched(|| {
        let lock = Arc::new(Lock::new(0));
        let condition = Arc::new(Condition::new());
        let wait = |until: i32, blocking: bool| {
            let (lock, condition) = (Arc::clone(&lock), Arc::clone(&condition));
            std::thread::spawn(move || {
                let guard = Arc::clone(&lock).lock_owned_blocking();
                let reached = |count: &mut i32| *count >= until;
                let mut guard = if blocking {
                    condition.wait_for_owned_blocking(guard, reached)
                } else {
                    futures_lite::future::block_on(condition.wait_for_owned(guard, reached))
                };
                assert!(Arc::ptr_eq(OwnedLockGuard::lock_ref(&guard), &lock));
                *guard += 1;
                condition.notify_all();
            })
        };
        let threads = [wait(2, true), wait(1, false)];
        while condition.statistics().waiting < 2 {
            std::thread::yield_now();
        }
        *lock.lock_blocking() += 1;
        condition.notify_all();
        for thread in threads {
            thread.join().unwrap();
        }
        assert_eq!(Arc::into_inner(lock).map(Lock::into_inner), Some(3));
    });
}

#[test]
fn an_owned_wait_unlocks_when_polled_and_keeps_nothing_when_dropped() {
    let (lock, condition) = (Arc::new(Lock::new(())), Condition::new());
    let mut wait = Box::pin(condition.wait_owned(Arc::clone(&lock).try_lock_owned().unwrap()));
    assert!(lock.is_locked(), "not polled yet");
    assert!(poll(wait.as_mut()).is_pending());
    assert!(!lock.is_locked());
    assert_eq!(condition.notify(1), 1);
    let Poll::Ready(guard) = poll(wait.as_mut()) else { panic!("it was notified") };
    assert!(lock.is_locked());
    drop(wait);

    let mut waits = Box::pin(condition.wait_owned(guard));
    assert!(poll(waits.as_mut()).is_pending());
    assert_eq!((Arc::strong_count(&lock), condition.statistics().waiting), (2, 1));
    drop(waits);
    assert_eq!((Arc::strong_count(&lock), condition.statistics().waiting), (1, 0));
    drop(condition.wait_owned(Arc::clone(&lock).try_lock_owned().unwrap())); // never polled
    assert!(!lock.is_locked());

    let guard = Arc::clone(&lock).try_lock_owned().unwrap();
    let thread = std::thread::scope(|scope| {
        let waits = scope.spawn(|| condition.wait_owned_blocking(guard));
        while condition.notify(1) == 0 {
            std::thread::yield_now();
        }
        waits.join().unwrap()
    });
    assert!(lock.is_locked());
    drop(thread);
    assert_eq!(Arc::strong_count(&lock), 1);
}
