use std::time::Duration;

use super::{Event, EventWait};
use crate::error::TimedOut;
use crate::primitives::{
    AtomicU32,
    Ordering::{AcqRel, Acquire, Relaxed},
    const_fn,
};

/// A count that goes down to zero, once, and those who wait for that.
///
/// Unlike a [`Barrier`](super::Barrier), who counts down does not wait, and may count more than once.
///
/// # Fairness
///
/// Waiters are woken in the order in which they came.
///
/// # Memory ordering
///
/// What was done before each [`count_down`](Self::count_down) happens-before a wait returns.
///
/// # Examples
///
/// ```
/// use anyrt::sync::Latch;
///
/// static LOADED: Latch = Latch::new(2);
///
/// let parts = [0, 1].map(|_| std::thread::spawn(|| LOADED.count_down(1)));
/// futures_lite::future::block_on(LOADED.wait());
/// assert!(LOADED.is_open());
/// # parts.map(|part| part.join().unwrap());
/// ```
#[derive(Debug)]
#[doc(alias = "CountDownLatch")]
pub struct Latch {
    left: AtomicU32,
    open: Event,
}

impl Latch {
    const_fn! {
        /// Makes a latch that opens after so many counts.
        ///
        /// # Panics
        ///
        /// If there are none: it could only be open for ever.
        ///
        /// # Examples
        ///
        /// ```
        /// assert_eq!(anyrt::sync::Latch::new(2).remaining(), 2);
        /// ```
        pub const fn new(count: u32) -> Self {
            assert!(count > 0, "a latch needs a count of at least one: it opens when that is gone");
            Self { left: AtomicU32::new(count), open: Event::new() }
        }
    }

    const_fn! {
        /// Gives it a name, for the reports of the simulator and of `diagnose`. Without the feature
        /// `diagnose` this does nothing, and costs nothing.
        ///
        /// # Examples
        ///
        /// ```
        /// use anyrt::sync::Latch;
        ///
        /// static LOADED: Latch = Latch::new(1).named("loaded");
        /// LOADED.count_down(1);
        /// ```
        #[must_use = "what has the name is what is returned"]
        pub const fn named(mut self, name: &'static str) -> Self {
            self.open.set_name(name);
            self
        }
    }

    /// Counts down by `n`; at zero, releases all who wait, for good. Beyond zero it changes nothing.
    ///
    /// Whoever finds nothing left finds the latch open afterwards.
    ///
    /// # Examples
    ///
    /// ```
    /// let latch = anyrt::sync::Latch::new(3);
    /// latch.count_down(2);
    /// assert!(!latch.is_open());
    /// latch.count_down(2); // beyond zero
    /// assert!(latch.is_open());
    /// ```
    pub fn count_down(&self, n: u32) {
        // Ordering: only a guess for the exchange.
        let mut left = self.left.load(Relaxed);
        loop {
            let next = left.saturating_sub(n);
            // Ordering: releases what came before to who counts next; the last one acquires all that,
            // and hands it to the waiters by the event.
            match self.left.compare_exchange(left, next, AcqRel, Relaxed) {
                // Also by who counts beyond zero: the last one may not have come to it yet.
                Ok(_) if next == 0 => return self.open.set(),
                Ok(_) => return,
                Err(now) => left = now,
            }
        }
    }

    /// How many counts are left, as of just now.
    ///
    /// # Examples
    ///
    /// ```
    /// let latch = anyrt::sync::Latch::new(3);
    /// latch.count_down(1);
    /// assert_eq!(latch.remaining(), 2);
    /// ```
    pub fn remaining(&self) -> u32 {
        // Ordering: acquires what came before the counts that are seen.
        self.left.load(Acquire)
    }

    /// Whether it has opened.
    ///
    /// # Examples
    ///
    /// ```
    /// let latch = anyrt::sync::Latch::new(1);
    /// assert!(!latch.is_open());
    /// latch.count_down(1);
    /// assert!(latch.is_open());
    /// ```
    pub fn is_open(&self) -> bool {
        self.open.is_set()
    }

    /// Waits until it is open.
    ///
    /// # Cancel safety
    ///
    /// Dropping the future leaves nothing behind.
    ///
    /// # Examples
    ///
    /// ```
    /// use futures_lite::future::{block_on, zip};
    ///
    /// let latch = anyrt::sync::Latch::new(1);
    /// block_on(zip(latch.wait(), async { latch.count_down(1) }));
    /// assert!(latch.is_open());
    /// ```
    #[track_caller]
    pub fn wait(&self) -> EventWait<'_> {
        self.open.wait()
    }

    /// Waits until it is open, on a thread.
    ///
    /// # Blocking
    ///
    /// Blocks the thread; inside of a task use [`wait`](Self::wait).
    ///
    /// # Examples
    ///
    /// ```
    /// let latch = anyrt::sync::Latch::new(1);
    /// std::thread::scope(|scope| {
    ///     scope.spawn(|| latch.count_down(1));
    ///     latch.wait_blocking();
    /// });
    /// assert!(latch.is_open());
    /// ```
    #[track_caller]
    pub fn wait_blocking(&self) {
        self.open.wait_blocking();
    }

    /// Waits until it is open, on a thread, but not for longer than `limit`.
    ///
    /// # Blocking
    ///
    /// As [`wait_blocking`](Self::wait_blocking), but not for longer than `limit`.
    ///
    /// # Errors
    ///
    /// [`TimedOut`] when it did not open in time.
    ///
    /// # Examples
    ///
    /// ```
    /// use anyrt::sync::Latch;
    /// use std::time::Duration;
    ///
    /// let latch = Latch::new(1);
    /// assert!(latch.wait_within_blocking(Duration::from_millis(1)).is_err());
    /// latch.count_down(1);
    /// assert!(latch.wait_within_blocking(Duration::ZERO).is_ok());
    /// ```
    #[track_caller]
    pub fn wait_within_blocking(&self, limit: Duration) -> Result<(), TimedOut> {
        self.open.wait_within_blocking(limit)
    }

    /// Who is there, as of just now. Takes time in proportion to the waiters.
    ///
    /// # Examples
    ///
    /// ```
    /// let statistics = anyrt::sync::Latch::new(2).statistics();
    /// assert_eq!((statistics.remaining, statistics.waiting), (2, 0));
    /// ```
    pub fn statistics(&self) -> LatchStatistics {
        LatchStatistics { remaining: self.remaining(), waiting: self.open.statistics().waiting }
    }
}

/// The view of [`Latch::statistics`].
///
/// # Examples
///
/// ```
/// let latch = anyrt::sync::Latch::new(2);
/// latch.count_down(1);
/// assert_eq!(latch.statistics().remaining, 1);
/// ```
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
#[non_exhaustive]
pub struct LatchStatistics {
    /// How many counts are left.
    pub remaining: u32,
    /// How many wait.
    pub waiting: usize,
}
