use std::fmt;
use std::future::Future;
use std::panic::{AssertUnwindSafe, catch_unwind};
use std::pin::Pin;
use std::sync::{Mutex, MutexGuard, PoisonError};
use std::task::{Context, Poll, Waker};

use crate::error::JoinError;

/// Polls a native handle that unwinds when its task has panicked; gives the panic as a value.
#[inline]
pub(super) fn poll_caught<F: Future + Unpin>(
    future: &mut F,
    cx: &mut Context<'_>,
) -> Poll<Result<F::Output, JoinError>> {
    match catch_unwind(AssertUnwindSafe(|| Pin::new(future).poll(cx))) {
        Ok(poll) => poll.map(Ok),
        Err(payload) => Poll::Ready(Err(JoinError::from_panic(payload))),
    }
}

/// A native handle whose readiness can be asked without taking its output: for runtimes whose own
/// handle has no `is_finished`.
///
/// Asking polls, and so registers a waker; the waker of the last await is kept to be registered
/// again, so that the question never costs the awaiting task its wake-up (RT-JOIN-7). The mutex is
/// locked by that question only: a poll has the handle to itself.
pub(super) struct Watched<F: Future>(Mutex<Inner<F>>);

struct Inner<F: Future> {
    /// `None` once it was ready.
    future: Option<F>,
    /// Of the last await; a no-op before it.
    waker: Waker,
    /// What the question found.
    output: Option<Result<F::Output, JoinError>>,
}

impl<F: Future + Unpin> Watched<F> {
    pub(super) fn new(future: F) -> Self {
        Self::from_parts(Some(future), None)
    }

    /// One whose outcome is known.
    pub(super) fn ended(output: Result<F::Output, JoinError>) -> Self {
        Self::from_parts(None, Some(output))
    }

    fn from_parts(future: Option<F>, output: Option<Result<F::Output, JoinError>>) -> Self {
        Self(Mutex::new(Inner { future, waker: Waker::noop().clone(), output }))
    }

    pub(super) fn poll(&mut self, cx: &mut Context<'_>) -> Poll<Result<F::Output, JoinError>> {
        let inner = self.0.get_mut().unwrap_or_else(PoisonError::into_inner);
        if let Some(output) = inner.output.take() {
            return Poll::Ready(output);
        }
        let future = inner.future.as_mut().expect("a join handle gives its result only once");
        let poll = poll_caught(future, cx);
        if poll.is_ready() {
            inner.future = None;
        } else if !inner.waker.will_wake(cx.waker()) {
            inner.waker.clone_from(cx.waker());
        }
        poll
    }

    pub(super) fn is_finished(&self) -> bool {
        let mut inner = self.lock();
        let Inner { future, waker, output } = &mut *inner;
        if let Some(running) = future
            && let Poll::Ready(ready) = poll_caught(running, &mut Context::from_waker(waker))
        {
            *output = Some(ready);
            *future = None;
        }
        future.is_none()
    }

    /// The handle, or its output if that was found or taken.
    #[cfg(feature = "async-std")] // the only runtime whose own handle can't tell
    pub(super) fn into_inner(self) -> Result<F, Option<Result<F::Output, JoinError>>> {
        let inner = self.0.into_inner().unwrap_or_else(PoisonError::into_inner);
        inner.future.ok_or(inner.output)
    }

    fn lock(&self) -> MutexGuard<'_, Inner<F>> {
        self.0.lock().unwrap_or_else(PoisonError::into_inner)
    }
}

// The output is moved, never pinned.
impl<F: Future + Unpin> Unpin for Watched<F> {}

impl<F: Future> fmt::Debug for Watched<F> {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.debug_struct("Watched").finish_non_exhaustive()
    }
}

/// An abort under way: the native `cancel()`, which is ready once the task's future is dropped.
pub(super) type Stopping<F> = Watched<Pin<Box<F>>>;

/// Begins an abort. The first poll is what tells the task; the next await registers its own waker.
pub(super) fn stop<T, F>(mut cancel: Pin<Box<F>>) -> Stopping<F>
where
    F: Future<Output = Option<T>> + ?Sized,
{
    match poll_caught(&mut cancel, &mut Context::from_waker(Waker::noop())) {
        Poll::Ready(output) => Watched::ended(output),
        Poll::Pending => Watched::new(cancel),
    }
}
