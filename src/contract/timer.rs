use std::future::Future;
use std::time::{Duration, Instant};

use crate::time::{Interval, Timeout};

/// Tells and waits for time: a clock and a sleep. Everything else about time is written once on top.
///
/// # Examples
///
/// ```
/// use anyrt::prelude::*;
/// use std::time::Duration;
///
/// anyrt::ThreadsOwner::new().unwrap().run(|rt| async move {
///     let start = rt.now();
///     rt.sleep(Duration::from_millis(10)).await;
///     assert!(rt.now() - start >= Duration::from_millis(10));
/// });
/// ```
pub trait Timer: Clone + 'static {
    /// A future that is ready once its deadline has passed. Dropping it cancels the wait.
    // `Send + Sync` is what hyper asks of a sleep.
    type Sleep: Future<Output = ()> + Send + Sync + 'static;

    /// The only source of time: real, or virtual under a simulator or a paused clock.
    fn now(&self) -> Instant;

    /// Ready at `at`; `None` is never (RT-TIME-1 to RT-TIME-4).
    ///
    /// # Cancel safety
    ///
    /// A dropped sleep leaves nothing behind.
    fn sleep_until(&self, at: Option<Instant>) -> Self::Sleep;

    /// Ready after `duration`, which may be [`Duration::MAX`]: too far to reckon is never.
    #[inline]
    fn sleep(&self, duration: Duration) -> Self::Sleep {
        self.sleep_until(self.now().checked_add(duration))
    }

    /// Gives `future` so long to be ready (RT-TIME-7).
    ///
    /// # Cancel safety
    ///
    /// Dropping it, or its deadline passing, drops `future`. To keep that, pass `&mut future`.
    ///
    /// # Errors
    ///
    /// [`TimedOut`](crate::TimedOut) when the deadline came first.
    #[inline]
    fn timeout<F: Future>(&self, limit: Duration, future: F) -> Timeout<F, Self::Sleep> {
        Timeout::new(future, self.sleep(limit))
    }

    /// Ticks now and then every `period` (RT-TIME-5, RT-TIME-6).
    ///
    /// # Panics
    ///
    /// If `period` is zero.
    #[track_caller]
    fn interval(&self, period: Duration) -> Interval<Self> {
        Interval::new(self.clone(), period)
    }
}
