use std::fmt;
use std::future::{Future, poll_fn};
use std::pin::Pin;
use std::task::{Context, Poll, ready};
use std::time::{Duration, Instant};

use futures_core::Stream;

use crate::contract::Timer;
use crate::task::{made_progress, poll_proceed};

/// What an [`Interval`] does when a tick is taken so late that the next one is due as well.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Hash, Default)]
pub enum MissedTick {
    /// Leave the missed ticks out and keep to the original beat. The default: a program that was
    /// stalled is not hit by a burst of work when it wakes.
    #[default]
    Skip,
    /// Give the missed ticks at once, one after the other, until the beat is reached again.
    Burst,
    /// Start the beat anew: the next tick comes one period after the late one.
    Delay,
}

/// Ticks every period; made by [`Timer::interval`].
///
/// A beat, not a pause: the time that the caller spends between ticks does not add to the period.
/// Allocates once, at the first tick.
///
/// # Examples
///
/// ```
/// use anyrt::prelude::*;
/// use std::time::Duration;
///
/// anyrt::ThreadsOwner::new().unwrap().run(|rt| async move {
///     let start = rt.now();
///     let mut beat = rt.interval(Duration::from_millis(5));
///     beat.tick().await; // at once
///     beat.tick().await;
///     beat.tick().await;
///     assert!(rt.now() - start >= Duration::from_millis(10));
/// });
/// ```
pub struct Interval<R: Timer> {
    timer: R,
    period: Duration,
    missed: MissedTick,
    /// When the next tick is due; `None` is never (beyond the clock's range).
    due: Option<Instant>,
    /// The sleep until `due`, once polled. Boxed so that an interval can be moved between ticks.
    sleep: Option<Pin<Box<R::Sleep>>>,
}

impl<R: Timer> Interval<R> {
    #[track_caller]
    pub(crate) fn new(timer: R, period: Duration) -> Self {
        assert!(!period.is_zero(), "an interval needs a period longer than zero");
        let due = Some(timer.now());
        Self { timer, period, missed: MissedTick::default(), due, sleep: None }
    }

    /// Sets what happens to missed ticks.
    #[must_use = "it gives the interval back"]
    pub fn on_missed(mut self, policy: MissedTick) -> Self {
        self.missed = policy;
        self
    }

    /// The time between two ticks.
    pub fn period(&self) -> Duration {
        self.period
    }

    /// Starts the beat anew: the next tick comes one period from now.
    pub fn reset(&mut self) {
        self.arm(self.timer.now().checked_add(self.period));
    }

    /// Waits for the next tick and returns the instant that it was due.
    ///
    /// # Cancel safety
    ///
    /// Dropping the future loses no tick.
    pub async fn tick(&mut self) -> Instant {
        poll_fn(|cx| self.poll_tick(cx)).await
    }

    /// The poll form of [`tick`](Self::tick).
    pub fn poll_tick(&mut self, cx: &mut Context<'_>) -> Poll<Instant> {
        let Some(due) = self.due else { return Poll::Pending };
        // Under `Burst` ticks may be ready without end (RT-COOP-1).
        ready!(poll_proceed(cx));
        let timer = &self.timer;
        let sleep = self.sleep.get_or_insert_with(|| Box::pin(timer.sleep_until(Some(due))));
        ready!(sleep.as_mut().poll(cx));
        made_progress();
        self.arm(self.after(due));
        Poll::Ready(due)
    }

    /// When the tick after the one of `due` comes, taken now.
    fn after(&self, due: Instant) -> Option<Instant> {
        let (now, next) = (self.timer.now(), due.checked_add(self.period)?);
        if now < next {
            return Some(next);
        }
        match self.missed {
            MissedTick::Burst => Some(next),
            MissedTick::Delay => now.checked_add(self.period),
            MissedTick::Skip => {
                // A missed period has passed on the clock, so it and its remainder fit 64 bits.
                let into_period = (now - due).as_nanos() % self.period.as_nanos();
                let into_period = Duration::from_nanos(u64::try_from(into_period).unwrap_or(0));
                now.checked_add(self.period.saturating_sub(into_period))
            }
        }
    }

    /// Makes `due` the next tick, in the box that is there.
    fn arm(&mut self, due: Option<Instant>) {
        self.due = due;
        if let Some(sleep) = &mut self.sleep {
            sleep.set(self.timer.sleep_until(due));
        }
    }
}

impl<R: Timer + Unpin> Stream for Interval<R> {
    type Item = Instant;

    fn poll_next(mut self: Pin<&mut Self>, cx: &mut Context<'_>) -> Poll<Option<Instant>> {
        self.poll_tick(cx).map(Some)
    }
}

impl<R: Timer> fmt::Debug for Interval<R> {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.debug_struct("Interval")
            .field("period", &self.period)
            .field("missed", &self.missed)
            .field("due", &self.due)
            .finish_non_exhaustive()
    }
}
