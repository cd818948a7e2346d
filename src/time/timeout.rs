use std::fmt;
use std::future::Future;
use std::pin::Pin;
use std::task::{Context, Poll, ready};

use pin_project_lite::pin_project;

use crate::error::TimedOut;
use crate::task::{made_progress, poll_proceed};

pin_project! {
    /// The future of [`Timer::timeout`](crate::Timer::timeout).
    #[must_use = "futures do nothing unless awaited"]
    pub struct Timeout<F, S> {
        #[pin]
        future: F,
        #[pin]
        sleep: S,
    }
}

impl<F, S> Timeout<F, S> {
    #[inline]
    pub(crate) fn new(future: F, sleep: S) -> Self {
        Self { future, sleep }
    }
}

impl<F: Future, S: Future<Output = ()>> Future for Timeout<F, S> {
    type Output = Result<F::Output, TimedOut>;

    #[inline]
    fn poll(self: Pin<&mut Self>, cx: &mut Context<'_>) -> Poll<Self::Output> {
        let this = self.project();
        ready!(poll_proceed(cx)); // the future may be always ready (RT-COOP-1)
        // The future first: a value that is there beats a deadline that has passed (RT-TIME-7).
        if let Poll::Ready(value) = this.future.poll(cx) {
            made_progress();
            return Poll::Ready(Ok(value));
        }
        this.sleep.poll(cx).map(|()| Err(TimedOut))
    }
}

impl<F, S> fmt::Debug for Timeout<F, S> {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.debug_struct("Timeout").finish_non_exhaustive()
    }
}
