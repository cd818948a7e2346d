//! The deadline forms for tasks: a timeout around the wait, which undoes it.

use std::time::Duration;

use anyrt::TimedOut;
use anyrt::prelude::*;
use anyrt::sync::{Barrier, Condition, Event, Lock, Semaphore};

const SOON: Duration = Duration::from_millis(5);

#[test]
fn a_timeout_leaves_nothing_behind() {
    anyrt::ThreadsOwner::new().unwrap().run(|rt| async move {
        let lock = Lock::new(());
        let guard = lock.lock().await;
        assert_eq!(rt.timeout(SOON, lock.lock()).await.err(), Some(TimedOut));
        assert_eq!(lock.statistics().waiting, 0);
        drop(guard);
        assert!(rt.timeout(SOON, lock.lock()).await.is_ok());

        let semaphore = Semaphore::new(0);
        assert_eq!(rt.timeout(SOON, semaphore.acquire()).await.err(), Some(TimedOut));
        assert_eq!(semaphore.statistics().waiting, 0);

        let event = Event::new();
        assert_eq!(rt.timeout(SOON, event.wait()).await, Err(TimedOut));
        assert_eq!(event.statistics().waiting, 0);

        let barrier = Barrier::new(2);
        assert!(rt.timeout(SOON, barrier.wait()).await.is_err());
        assert_eq!(barrier.waiting(), 0);
    });
}

#[test]
fn a_condition_locks_again() {
    anyrt::ThreadsOwner::new().unwrap().run(|rt| async move {
        static LOCK: Lock<u32> = Lock::new(0);
        static CONDITION: Condition = Condition::new();
        let (guard, result) = CONDITION.wait_within(&rt, LOCK.lock().await, SOON).await;
        assert_eq!(result, Err(TimedOut));
        assert!(LOCK.is_locked());
        let (guard, result) = CONDITION.wait_for_within(&rt, guard, SOON, |value| *value > 0).await;
        assert_eq!(result, Err(TimedOut));
        assert_eq!(CONDITION.statistics().waiting, 0);
        let task = rt.spawn(async {
            *LOCK.lock().await += 1;
            CONDITION.notify(1);
        });
        let never = Duration::MAX;
        let (guard, result) =
            CONDITION.wait_for_within(&rt, guard, never, |value| *value > 0).await;
        assert_eq!((*guard, result), (1, Ok(())));
        task.await.unwrap();
    });
}
