use std::fmt;
use std::future::Future;
use std::mem;
use std::panic::{AssertUnwindSafe, catch_unwind};
use std::pin::Pin;
use std::task::{Context, Poll};

use async_task::FallibleTask;

use super::watched::{Stopping, stop};
use crate::contract::JoinHandle;
use crate::error::JoinError;
use crate::primitives::diagnosis::Awaits;

/// The handle of a task that `async-task` carries: on [`Threads`](crate::Threads), smol and the
/// blocking pool, and for local tasks ([`LocalHandle`]).
///
/// Only an abort allocates.
pub struct TaskHandle<T, Cancel = dyn Future<Output = Option<T>> + Send>
where
    Cancel: Future<Output = Option<T>> + ?Sized,
{
    state: State<T, Cancel>,
    awaits: Awaits,
}

/// The handle of a local task; stays on its thread.
///
/// ```compile_fail,E0277
/// // Its task's future is dropped where it was made.
/// fn needs_send<T: Send>() {}
/// needs_send::<anyrt::LocalHandle<u8>>();
/// ```
pub type LocalHandle<T> = TaskHandle<T, dyn Future<Output = Option<T>>>;

enum State<T, Cancel>
where
    Cancel: Future<Output = Option<T>> + ?Sized,
{
    Running(FallibleTask<T>),
    /// Aborted, or never started. Boxed, so that the usual case stays two words.
    Stopping(Box<Stopping<Cancel>>),
    /// Between two states, within `stop_with` only.
    Changing,
}

impl<T, Cancel: Future<Output = Option<T>> + ?Sized> TaskHandle<T, Cancel> {
    #[inline]
    pub(super) fn new(task: FallibleTask<T>, awaits: Awaits) -> Self {
        Self { state: State::Running(task), awaits }
    }

    /// The handle of a task that was dropped instead of started.
    pub(super) fn cancelled() -> Self {
        let state = State::Stopping(Box::new(Stopping::ended(Ok(None))));
        Self { state, awaits: Awaits::nobody() }
    }

    fn stop_with(&mut self, cancel: impl FnOnce(FallibleTask<T>) -> Pin<Box<Cancel>>) {
        self.state = match mem::replace(&mut self.state, State::Changing) {
            State::Running(task) => State::Stopping(Box::new(stop(cancel(task)))),
            other => other,
        };
    }

    fn finished(&self) -> bool {
        match &self.state {
            State::Running(task) => task.is_finished(),
            State::Stopping(stopping) => stopping.is_finished(),
            State::Changing => unreachable!("only within `stop_with`"),
        }
    }
}

impl<T, Cancel: Future<Output = Option<T>> + ?Sized> Future for TaskHandle<T, Cancel> {
    type Output = Result<T, JoinError>;

    #[expect(clippy::inline_always, reason = "the call is 1 % of a spawn+join; see the benches")]
    #[inline(always)]
    fn poll(mut self: Pin<&mut Self>, cx: &mut Context<'_>) -> Poll<Self::Output> {
        let polled = match &mut self.state {
            // Spelled out: combinators here cost a spawn+join one per cent of its instructions.
            State::Running(task) => {
                match catch_unwind(AssertUnwindSafe(|| Pin::new(task).poll(cx))) {
                    Ok(Poll::Pending) => Poll::Pending,
                    Ok(Poll::Ready(Some(value))) => Poll::Ready(Ok(value)),
                    Ok(Poll::Ready(None)) => Poll::Ready(Err(JoinError::Cancelled)),
                    Err(payload) => Poll::Ready(Err(JoinError::from_panic(payload))),
                }
            }
            State::Stopping(stopping) => {
                stopping.poll(cx).map(|output| output?.ok_or(JoinError::Cancelled))
            }
            State::Changing => unreachable!("only within `stop_with`"),
        };
        self.awaits.polled(&polled);
        polled
    }
}

impl<T: Send + 'static> JoinHandle<T> for TaskHandle<T> {
    fn abort(&mut self) {
        self.stop_with(|task| Box::pin(task.cancel()));
    }

    fn is_finished(&self) -> bool {
        self.finished()
    }
}

impl<T: 'static> JoinHandle<T> for LocalHandle<T> {
    fn abort(&mut self) {
        self.stop_with(|task| Box::pin(task.cancel()));
    }

    fn is_finished(&self) -> bool {
        self.finished()
    }
}

impl<T, Cancel: Future<Output = Option<T>> + ?Sized> Drop for TaskHandle<T, Cancel> {
    /// Detaches, where `async-task` would cancel.
    #[inline]
    fn drop(&mut self) {
        // Of an abort that has been told, the rest only waits.
        if let State::Running(task) = mem::replace(&mut self.state, State::Changing) {
            task.detach();
        }
    }
}

impl<T, Cancel: Future<Output = Option<T>> + ?Sized> fmt::Debug for TaskHandle<T, Cancel> {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.write_str(match self.state {
            State::Running(_) => "TaskHandle(running)",
            State::Stopping(_) => "TaskHandle(aborted)",
            State::Changing => "TaskHandle",
        })
    }
}
