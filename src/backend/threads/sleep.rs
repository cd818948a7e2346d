use std::fmt;
use std::future::Future;
use std::pin::Pin;
use std::sync::Arc;
use std::task::{Context, Poll, ready};
use std::time::Instant;

use super::scheduler::Shared;
use super::timers::Key;
use crate::task::poll_spend;

/// A sleep on [`Threads`](super::Threads).
///
/// Takes its place among the timers when first polled; made and dropped before that it costs nothing.
#[must_use = "futures do nothing unless awaited"]
pub struct ThreadsSleep {
    shared: Arc<Shared>,
    /// `None`: never.
    at: Option<Instant>,
    /// Its place among the timers, while it waits.
    key: Option<Key>,
}

impl ThreadsSleep {
    pub(super) fn new(shared: Arc<Shared>, at: Option<Instant>) -> Self {
        Self { shared, at, key: None }
    }
}

impl Future for ThreadsSleep {
    type Output = ();

    fn poll(mut self: Pin<&mut Self>, cx: &mut Context<'_>) -> Poll<()> {
        let this = &mut *self;
        let Some(at) = this.at else { return Poll::Pending };
        if at <= Instant::now() {
            ready!(poll_spend(cx));
            if let Some(key) = this.key.take() {
                this.shared.timers.remove(key);
            }
            return Poll::Ready(());
        }
        if let Some(key) = this.key
            && this.shared.timers.update(key, cx.waker())
        {
            return Poll::Pending;
        }
        this.key = Some(this.shared.add_timer(at, cx.waker()));
        Poll::Pending
    }
}

impl Drop for ThreadsSleep {
    fn drop(&mut self) {
        if let Some(key) = self.key {
            self.shared.timers.remove(key);
        }
    }
}

impl fmt::Debug for ThreadsSleep {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.debug_struct("ThreadsSleep").field("at", &self.at).finish_non_exhaustive()
    }
}
