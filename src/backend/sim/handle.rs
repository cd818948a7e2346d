use std::fmt;
use std::future::Future;
use std::pin::Pin;
use std::task::{Context, Poll};

use crate::backend::task_handle::TaskHandle;
use crate::contract::JoinHandle;
use crate::error::JoinError;
use crate::primitives::diagnosis::Awaits;

/// The handle of a task or job of a simulation, which knows who awaits whom.
pub struct SimHandle<T> {
    inner: TaskHandle<T>,
    awaits: Awaits,
}

impl<T> SimHandle<T> {
    pub(super) fn new(inner: TaskHandle<T>, unit: u32) -> Self {
        Self { inner, awaits: Awaits::new(unit) }
    }
}

impl<T> Future for SimHandle<T> {
    type Output = Result<T, JoinError>;

    #[inline]
    fn poll(mut self: Pin<&mut Self>, cx: &mut Context<'_>) -> Poll<Self::Output> {
        let joined = Pin::new(&mut self.inner).poll(cx);
        if joined.is_pending() {
            self.awaits.begin();
        } else {
            self.awaits.end();
        }
        joined
    }
}

impl<T: Send + 'static> JoinHandle<T> for SimHandle<T> {
    fn abort(&mut self) {
        self.inner.abort();
    }

    fn is_finished(&self) -> bool {
        self.inner.is_finished()
    }
}

impl<T> fmt::Debug for SimHandle<T> {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.debug_tuple("SimHandle").field(&self.inner).finish()
    }
}
