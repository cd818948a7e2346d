//! Time in a model.

use super::Shared;
use std::fmt;
use std::pin::Pin;
use std::sync::Arc;
use std::task::{Context, Poll};
use std::time::{Duration, Instant};

/// A sleep in a model: it may end at every moment from its first poll on.
#[must_use = "futures do nothing unless awaited"]
pub struct LoomSleep {
    shared: Arc<Shared>,
    /// Since the beginning; `None`: never.
    at: Option<Duration>,
    polled: bool,
}

impl LoomSleep {
    pub(super) fn new(shared: Arc<Shared>, at: Option<Instant>) -> Self {
        let at = at.map(|at| at.saturating_duration_since(shared.base));
        Self { shared, at, polled: false }
    }
}

impl Future for LoomSleep {
    type Output = ();

    fn poll(mut self: Pin<&mut Self>, cx: &mut Context<'_>) -> Poll<()> {
        let Some(at) = self.at else { return Poll::Pending };
        if self.polled {
            self.shared.pass(at);
            return Poll::Ready(());
        }
        self.polled = true;
        if self.shared.elapsed() >= at {
            return Poll::Ready(());
        }
        // Between this poll and the next the others run as far as the search lets them.
        cx.waker().wake_by_ref();
        Poll::Pending
    }
}

impl fmt::Debug for LoomSleep {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.debug_struct("LoomSleep").field("at", &self.at).finish_non_exhaustive()
    }
}
