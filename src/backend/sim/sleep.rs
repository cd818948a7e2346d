use std::fmt;
use std::future::Future;
use std::pin::Pin;
use std::sync::Arc;
use std::task::{Context, Poll, ready};

use super::state::Shared;
use super::timers::TimerKey;
use crate::task::poll_spend;

/// A sleep in virtual time.
#[must_use = "futures do nothing unless awaited"]
pub struct SimSleep {
    shared: Arc<Shared>,
    /// Nanoseconds from the beginning; `None`: never.
    at: Option<u64>,
    /// Its place among the timers, while it waits.
    key: Option<TimerKey>,
}

impl SimSleep {
    pub(super) fn new(shared: Arc<Shared>, at: Option<u64>) -> Self {
        Self { shared, at, key: None }
    }
}

impl Future for SimSleep {
    type Output = ();

    fn poll(mut self: Pin<&mut Self>, cx: &mut Context<'_>) -> Poll<()> {
        let this = &mut *self;
        let Some(at) = this.at else { return Poll::Pending };
        if this.shared.elapsed() >= at {
            ready!(poll_spend(cx));
            this.forget();
            return Poll::Ready(());
        }
        this.key = Some(this.shared.set_timer(this.key, at, cx.waker().clone()));
        Poll::Pending
    }
}

impl SimSleep {
    fn forget(&mut self) {
        if let Some(key) = self.key.take() {
            self.shared.drop_timer(key);
        }
    }
}

impl Drop for SimSleep {
    fn drop(&mut self) {
        self.forget();
    }
}

impl fmt::Debug for SimSleep {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.debug_struct("SimSleep").field("at", &self.at).finish_non_exhaustive()
    }
}
