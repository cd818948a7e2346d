//! The handle of a task or job of a model.

use super::seat::Seat;
use anyrt::{JoinError, JoinHandle};
use loom::sync::{Mutex, MutexGuard};
use std::fmt;
use std::mem;
use std::pin::Pin;
use std::sync::Arc;
use std::task::{Context, Poll, Waker};

/// The handle of a task or job: a future of its result.
pub struct LoomHandle<T> {
    slot: Arc<Slot<T>>,
    /// Of the thread; `None` of what was never started.
    seat: Option<Arc<Seat>>,
}

/// Where a thread leaves its result.
pub(super) struct Slot<T>(Mutex<Outcome<T>>);

enum Outcome<T> {
    /// Not yet; who awaits it.
    Pending(Option<Waker>),
    Ready(Result<T, JoinError>),
    Taken,
}

impl<T> Slot<T> {
    pub(super) fn new() -> Arc<Self> {
        Arc::new(Self(Mutex::new(Outcome::Pending(None))))
    }

    /// The last thing that a thread does with its task.
    pub(super) fn fill(&self, result: Option<T>) {
        let result = result.ok_or(JoinError::Cancelled);
        let before = mem::replace(&mut *self.outcome(), Outcome::Ready(result));
        if let Outcome::Pending(Some(waker)) = before {
            waker.wake();
        }
    }

    fn outcome(&self) -> MutexGuard<'_, Outcome<T>> {
        self.0.lock().expect("loom's mutex knows no poison")
    }
}

impl<T> LoomHandle<T> {
    pub(super) fn new(slot: Arc<Slot<T>>, seat: Arc<Seat>) -> Self {
        Self { slot, seat: Some(seat) }
    }

    /// Of a task that was dropped instead of started.
    pub(super) fn cancelled() -> Self {
        let outcome = Outcome::Ready(Err(JoinError::Cancelled));
        Self { slot: Arc::new(Slot(Mutex::new(outcome))), seat: None }
    }
}

impl<T> Future for LoomHandle<T> {
    type Output = Result<T, JoinError>;

    fn poll(self: Pin<&mut Self>, cx: &mut Context<'_>) -> Poll<Self::Output> {
        let mut outcome = self.slot.outcome();
        if let Outcome::Pending(awaiter) = &mut *outcome {
            let before = awaiter.replace(cx.waker().clone());
            drop(outcome);
            drop(before);
            return Poll::Pending;
        }
        match mem::replace(&mut *outcome, Outcome::Taken) {
            Outcome::Ready(result) => Poll::Ready(result),
            _ => panic!("a join handle gives its result only once"),
        }
    }
}

impl<T: Send + 'static> JoinHandle<T> for LoomHandle<T> {
    fn abort(&mut self) {
        if let Some(seat) = &self.seat {
            seat.abort();
        }
    }

    fn is_finished(&self) -> bool {
        !matches!(*self.slot.outcome(), Outcome::Pending(_))
    }
}

impl<T> fmt::Debug for LoomHandle<T> {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.debug_struct("LoomHandle").finish_non_exhaustive()
    }
}
