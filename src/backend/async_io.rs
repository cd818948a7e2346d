use std::fmt;
use std::future::Future;
use std::pin::Pin;
use std::task::{Context, Poll, ready};
use std::time::Instant;

use crate::task::{made_progress, poll_proceed};

/// A sleep of async-io's reactor, which smol and async-std share.
pub struct AsyncIoSleep(async_io::Timer);

impl AsyncIoSleep {
    #[inline]
    pub(super) fn until(at: Option<Instant>) -> Self {
        Self(at.map_or_else(async_io::Timer::never, async_io::Timer::at))
    }
}

impl Future for AsyncIoSleep {
    type Output = ();

    #[inline]
    fn poll(mut self: Pin<&mut Self>, cx: &mut Context<'_>) -> Poll<()> {
        ready!(poll_proceed(cx)); // a past deadline is always ready
        ready!(Pin::new(&mut self.0).poll(cx));
        made_progress();
        Poll::Ready(())
    }
}

impl fmt::Debug for AsyncIoSleep {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        self.0.fmt(f)
    }
}
