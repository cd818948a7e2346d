//! SYNC-COND.

use std::sync::Arc;

use super::super::kit::{Tally, poll_once, poll_with, ready_by_now};
use super::queue;
use crate::contract::{FamilyCondition, FamilyLock, Runtime};
use crate::family::{Condition, Lock};
use crate::task::yield_now;

/// Two tasks that hand a value to and fro: each change is seen, or the rounds would end.
pub async fn cond_1_no_change_is_missed<R: Runtime>(rt: R) {
    let shared = Arc::new((Lock::<R, usize>::new(0), Condition::<R>::new()));
    let player = |turn: usize| {
        let shared = Arc::clone(&shared);
        rt.spawn(async move {
            let (lock, condition) = &*shared;
            for round in 0..200 {
                let mine = 2 * round + turn;
                let guard = lock.lock().await;
                let mut value = condition.wait_for(guard, move |value| *value == mine).await;
                *value += 1;
                drop(value);
                condition.notify(1);
            }
        })
    };
    let players = [player(0), player(1)];
    for player in players {
        player.await.unwrap();
    }
    assert_eq!(*shared.0.lock().await, 400);
}

/// It unlocks while it waits, and has the lock when it is ready.
pub async fn cond_1_a_wait_has_the_lock_again<R: Runtime>(_: R) {
    let (lock, condition) = (Lock::<R, u8>::new(0), Condition::<R>::new());
    let mut wait = Box::pin(condition.wait(lock.lock().await));
    let woken = queue(&mut wait).await;
    let mut guard = lock.try_lock().expect("it was unlocked");
    *guard += 1;
    condition.notify(1);
    assert!(woken.count() > 0);
    let woken = queue(&mut wait).await; // for the lock
    drop(guard);
    assert!(woken.count() > 0);
    let guard = ready_by_now(&mut wait).await;
    assert_eq!(*guard, 1);
    assert!(lock.try_lock().is_none());
}

/// As soon as the lock is free, a notification reaches the wait.
pub async fn cond_1_unlocks_and_listens_in_one_step<R: Runtime>(_: R) {
    let (lock, condition) = (Lock::<R, ()>::new(()), Condition::<R>::new());
    let mut wait = Box::pin(condition.wait(lock.lock().await));
    let guard = loop {
        assert!(poll_once(&mut wait).is_pending());
        match lock.try_lock() {
            Some(guard) => break guard,
            None => yield_now().await,
        }
    };
    condition.notify(1);
    drop(guard);
    drop(ready_by_now(&mut wait).await);
}

/// Those who have waited longest.
pub async fn cond_2_as_many_as_were_notified<R: Runtime>(_: R) {
    let (lock, condition) = (Lock::<R, ()>::new(()), Condition::<R>::new());
    let mut waits = Vec::new();
    for _ in 0..3 {
        let mut wait = Box::pin(condition.wait(lock.lock().await));
        queue(&mut wait).await;
        waits.push(wait);
    }
    condition.notify(2);
    drop(ready_by_now(&mut waits[0]).await);
    drop(ready_by_now(&mut waits[1]).await);
    queue(&mut waits[2]).await;
    condition.notify(9);
    drop(ready_by_now(&mut waits[2]).await);
}

/// A notification is for those who wait; it is not kept.
pub async fn cond_2_not_those_who_come_later<R: Runtime>(_: R) {
    let (lock, condition) = (Lock::<R, ()>::new(()), Condition::<R>::new());
    condition.notify(1);
    condition.notify_all();
    let mut early = Box::pin(condition.wait(lock.lock().await));
    queue(&mut early).await;
    condition.notify(1);
    condition.notify(1); // one too many
    let mut late = Box::pin(condition.wait(lock.lock().await));
    queue(&mut late).await;
    drop(ready_by_now(&mut early).await);
    queue(&mut late).await;
}

/// Its notification goes to the next.
pub async fn cond_3_a_notified_wait_is_dropped<R: Runtime>(_: R) {
    let (lock, condition) = (Lock::<R, ()>::new(()), Condition::<R>::new());
    let mut first = Box::pin(condition.wait(lock.lock().await));
    let first_woken = queue(&mut first).await;
    let mut second = Box::pin(condition.wait(lock.lock().await));
    let woken = queue(&mut second).await;
    condition.notify(1);
    assert!(first_woken.count() > 0 && woken.count() == 0);
    drop(first);
    assert!(woken.count() > 0, "the notification was lost with the one that was dropped");
    drop(ready_by_now(&mut second).await);
}

/// It takes nothing from the others.
pub async fn cond_3_a_wait_is_dropped<R: Runtime>(_: R) {
    let (lock, condition) = (Lock::<R, ()>::new(()), Condition::<R>::new());
    let mut first = Box::pin(condition.wait(lock.lock().await));
    queue(&mut first).await;
    let mut second = Box::pin(condition.wait(lock.lock().await));
    let woken = queue(&mut second).await;
    drop(first);
    condition.notify(1);
    assert!(woken.count() > 0);
    drop(ready_by_now(&mut second).await);
    drop(condition.wait(lock.lock().await)); // never polled: the lock is given up
    drop(ready_by_now(&mut Box::pin(lock.lock())).await);
}

/// Its notification goes to the next, although it had seen it already.
pub async fn cond_4_dropped_while_it_locks_again<R: Runtime>(_: R) {
    let (lock, condition) = (Lock::<R, ()>::new(()), Condition::<R>::new());
    let mut first = Box::pin(condition.wait(lock.lock().await));
    queue(&mut first).await;
    let mut second = Box::pin(condition.wait(lock.lock().await));
    let woken = queue(&mut second).await;
    let held = lock.lock().await;
    condition.notify(1);
    queue(&mut first).await; // for the lock
    drop(first);
    drop(held);
    assert!(woken.count() > 0, "the notification was lost with the one that was dropped");
    drop(ready_by_now(&mut second).await);
}

/// Each gets the lock in turn.
pub async fn cond_5_notify_all_releases_all<R: Runtime>(rt: R) {
    let shared = Arc::new((Lock::<R, usize>::new(0), Condition::<R>::new()));
    let waiting = Tally::new();
    let tasks: Vec<_> = (0..50)
        .map(|_| {
            let shared = Arc::clone(&shared);
            rt.spawn(async move {
                let (lock, condition) = &*shared;
                let guard = lock.lock().await;
                waiting.hit();
                let mut value = condition.wait(guard).await;
                *value += 1;
            })
        })
        .collect();
    waiting.reach(50).await;
    // The last one hits before it waits, under the lock.
    let guard = shared.0.lock().await;
    shared.1.notify_all();
    drop(guard);
    for task in tasks {
        task.await.unwrap();
    }
    assert_eq!(*shared.0.lock().await, 50);
}

/// "Futurelock": a task has a wait that is locking again, does not poll it, and asks for the lock.
pub async fn cond_6_asked_for_while_it_locks_again<R: Runtime>(_: R) {
    let (lock, condition) = (Lock::<R, ()>::new(()), Condition::<R>::new());
    let mut dormant = Box::pin(condition.wait(lock.lock().await));
    queue(&mut dormant).await;
    let held = lock.lock().await;
    condition.notify(1);
    let task = Tally::new(); // one task, so one waker
    queue(&mut dormant).await; // for the lock
    let mut second = Box::pin(lock.lock());
    queue(&mut second).await;
    assert!(poll_with(&mut dormant, &task.waker()).is_pending());
    assert!(poll_with(&mut second, &task.waker()).is_pending());
    drop(held);
    assert!(task.count() > 0);
    drop(ready_by_now(&mut second).await);
    drop(ready_by_now(&mut dormant).await);
}
