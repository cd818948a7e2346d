//! SYNC-LOCK.

use std::pin::pin;
use std::sync::Arc;
use std::task::Waker;
use std::time::Duration;

use super::super::kit::{Tally, poll_with, ready_by_now};
use super::queue;
use crate::contract::{FamilyLock, Runtime};
use crate::family::Lock;
use crate::task::yield_now;

/// Tasks that read, take a turn, and write.
pub async fn lock_1_no_update_is_lost<R: Runtime>(rt: R) {
    let lock = Arc::new(Lock::<R, usize>::new(0));
    let tasks: Vec<_> = (0..8)
        .map(|_| {
            let lock = Arc::clone(&lock);
            rt.spawn(async move {
                for _ in 0..100 {
                    let mut value = lock.lock().await;
                    let seen = *value;
                    yield_now().await;
                    *value = seen + 1;
                }
            })
        })
        .collect();
    for task in tasks {
        task.await.unwrap();
    }
    assert_eq!(*lock.lock().await, 800);
}

/// Locked here, unlocked in a task.
pub async fn lock_1_an_owned_guard_goes_anywhere<R: Runtime>(rt: R) {
    let lock = Arc::new(Lock::<R, u8>::new(0));
    let mut guard = Arc::clone(&lock).lock_owned().await;
    let task = rt.spawn(async move { *guard += 1 });
    assert_eq!(*lock.lock().await, 1);
    task.await.unwrap();
    assert_eq!(Arc::into_inner(lock).map(Lock::<R, u8>::into_inner), Some(1));
}

/// The one behind it goes on.
pub async fn lock_2_a_queued_wait_is_dropped<R: Runtime>(_: R) {
    let lock = Lock::<R, ()>::new(());
    let held = lock.lock().await;
    let (mut first, mut second) = (Box::pin(lock.lock()), Box::pin(lock.lock()));
    queue(&mut first).await;
    let woken = queue(&mut second).await;
    drop(first);
    drop(held);
    assert!(woken.count() > 0, "it is the first now, and was not woken");
    ready_by_now(&mut second).await;
}

/// The lock was meant for it, and goes to the next.
pub async fn lock_2_a_woken_wait_is_dropped<R: Runtime>(_: R) {
    let lock = Lock::<R, ()>::new(());
    let held = lock.lock().await;
    let (mut first, mut second) = (Box::pin(lock.lock()), Box::pin(lock.lock()));
    let first_woken = queue(&mut first).await;
    let woken = queue(&mut second).await;
    drop(held);
    assert!(first_woken.count() > 0);
    drop(first);
    assert!(woken.count() > 0, "the wake-up was lost with the one that was dropped");
    ready_by_now(&mut second).await;
}

/// A lock is there for the next, however far a wait had come.
pub async fn lock_2_dropped_after_each_poll<R: Runtime>(_: R) {
    let lock = Lock::<R, ()>::new(());
    for polls in 0..4 {
        for release_before in 0..=polls {
            let mut held = Some(lock.lock().await);
            let mut wait = Box::pin(lock.lock());
            for poll in 0..polls {
                if poll == release_before {
                    held = None;
                }
                if poll_with(&mut wait, Waker::noop()).is_ready() {
                    break; // a future is not polled after its end
                }
            }
            drop(wait);
            drop(held);
            ready_by_now(&mut Box::pin(lock.lock())).await;
        }
    }
}

/// Many give up at any point; what is counted is what was had.
pub async fn lock_2_a_storm_of_timeouts<R: Runtime>(rt: R) {
    let lock = Arc::new(Lock::<R, usize>::new(0));
    let tasks: Vec<_> = (0..64)
        .map(|n| {
            let (rt, lock) = (rt.clone(), Arc::clone(&lock));
            let limit = Duration::from_micros(n * 7 % 50);
            rt.clone().spawn(async move {
                let mut had = 0;
                for _ in 0..10 {
                    if let Ok(mut value) = rt.timeout(limit, pin!(lock.lock())).await {
                        yield_now().await;
                        *value += 1;
                        had += 1;
                    }
                }
                had
            })
        })
        .collect();
    let mut had = 0;
    for task in tasks {
        had += task.await.unwrap();
    }
    assert_eq!(*lock.lock().await, had);
}

/// `None` while it is held, a guard when it is free.
pub async fn lock_3_try_lock_does_not_wait<R: Runtime>(_: R) {
    let lock = Lock::<R, u8>::new(0);
    let held = lock.try_lock();
    assert!(held.is_some());
    assert!(lock.try_lock().is_none());
    drop(held);
    *lock.try_lock().unwrap() += 1;
    assert_eq!(lock.into_inner(), 1);
}

/// A wait that moves to another task is woken there.
pub async fn lock_4_the_last_waker_is_woken<R: Runtime>(_: R) {
    let lock = Lock::<R, ()>::new(());
    let held = lock.lock().await;
    let mut wait = Box::pin(lock.lock());
    queue(&mut wait).await;
    let woken = queue(&mut wait).await;
    drop(held);
    assert!(woken.count() > 0);
    ready_by_now(&mut wait).await;
}

/// "Futurelock": a task has a wait that was woken, does not poll it, and asks once more.
pub async fn lock_5_asked_for_after_the_release<R: Runtime>(_: R) {
    let lock = Lock::<R, ()>::new(());
    let held = lock.lock().await;
    let mut dormant = Box::pin(lock.lock());
    queue(&mut dormant).await;
    drop(held);
    ready_by_now(&mut Box::pin(lock.lock())).await;
    ready_by_now(&mut dormant).await; // it has kept its place
}

/// Likewise, but both were queued when the lock was released.
pub async fn lock_6_asked_for_before_the_release<R: Runtime>(_: R) {
    let lock = Lock::<R, ()>::new(());
    let held = lock.lock().await;
    let task = Tally::new(); // one task, so one waker
    let (mut dormant, mut second) = (Box::pin(lock.lock()), Box::pin(lock.lock()));
    queue(&mut dormant).await;
    queue(&mut second).await;
    assert!(poll_with(&mut dormant, &task.waker()).is_pending());
    assert!(poll_with(&mut second, &task.waker()).is_pending());
    drop(held);
    assert!(task.count() > 0);
    ready_by_now(&mut second).await;
    ready_by_now(&mut dormant).await;
}

/// A loop over a lock that is always free returns to its executor now and then.
pub async fn lock_7_a_loop_takes_turns<R: Runtime>(rt: R) {
    let lock = Arc::new(Lock::<R, ()>::new(()));
    let task = rt.spawn(async move {
        let mut hog = Box::pin(async {
            for _ in 0..10_000 {
                drop(lock.lock().await);
            }
        });
        poll_with(&mut hog, Waker::noop()).is_pending()
    });
    assert!(task.await.unwrap(), "ten thousand locks in one poll");
}
