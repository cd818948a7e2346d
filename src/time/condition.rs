//! The deadline forms of [`Condition`], whose waits must lock again when their time is up.

use std::time::Duration;

use crate::contract::Timer;
use crate::error::TimedOut;
use crate::sync::{Condition, LockGuard};

impl Condition {
    /// [`wait`](Self::wait), but for a notification no longer than `limit`. It locks again in either
    /// case.
    ///
    /// # Cancel safety
    ///
    /// As [`wait`](Self::wait).
    ///
    /// # Errors
    ///
    /// [`TimedOut`], beside the guard, when the lock was not had again in time; a notification that
    /// came by then went to the next who waits.
    ///
    /// # Panics
    ///
    /// As [`wait`](Self::wait).
    ///
    /// # Examples
    ///
    /// ```
    /// use anyrt::prelude::*;
    /// use anyrt::sync::{Condition, Lock};
    /// use std::time::Duration;
    ///
    /// anyrt::ThreadsOwner::new().unwrap().run(|rt| async move {
    ///     let (lock, condition) = (Lock::new(0), Condition::new());
    ///     let guard = lock.lock().await;
    ///     let (guard, result) = condition.wait_within(&rt, guard, Duration::from_millis(5)).await;
    ///     assert_eq!((*guard, result), (0, Err(anyrt::TimedOut)));
    /// });
    /// ```
    pub async fn wait_within<'l, R: Timer, T: ?Sized>(
        &self,
        timer: &R,
        guard: LockGuard<'l, T>,
        limit: Duration,
    ) -> (LockGuard<'l, T>, Result<(), TimedOut>) {
        let lock = LockGuard::lock_ref(&guard);
        match timer.timeout(limit, self.wait(guard)).await {
            Ok(guard) => (guard, Ok(())),
            Err(TimedOut) => (lock.lock().await, Err(TimedOut)),
        }
    }

    /// [`wait_for`](Self::wait_for), but no longer than `limit`. It locks again in either case.
    ///
    /// # Cancel safety
    ///
    /// As [`wait`](Self::wait).
    ///
    /// # Errors
    ///
    /// [`TimedOut`], beside the guard, when the predicate did not hold in time.
    ///
    /// # Panics
    ///
    /// As [`wait`](Self::wait).
    pub async fn wait_for_within<'l, R: Timer, T: ?Sized>(
        &self,
        timer: &R,
        mut guard: LockGuard<'l, T>,
        limit: Duration,
        mut predicate: impl FnMut(&mut T) -> bool,
    ) -> (LockGuard<'l, T>, Result<(), TimedOut>) {
        let start = timer.now();
        while !predicate(&mut guard) {
            let left = limit.saturating_sub(timer.now().duration_since(start));
            if left.is_zero() {
                return (guard, Err(TimedOut));
            }
            guard = self.wait_within(timer, guard, left).await.0;
        }
        (guard, Ok(()))
    }
}
