//! async-std, which is unmaintained: supported for those who are on it, and on their way out.

use std::fmt;
use std::future::Future;
use std::mem;
use std::pin::Pin;
use std::task::{Context, Poll};
use std::time::Instant;

use async_std::task::JoinHandle as NativeHandle;

use super::async_io::AsyncIoSleep;
use super::entered::{enter, is_entered};
use super::local::Local;
use super::task_handle::TaskHandle;
use super::watched::{Stopping, Watched, stop};
use crate::contract::{BlockOn, JoinHandle, LocalBlockOn, Runtime, Spawn, SpawnBlocking, Timer};
use crate::error::JoinError;
use crate::family::Portable;
use crate::primitives::diagnosis::{Awaits, Watch};
use crate::primitives::role::Role;

/// The process's async-std: its global executor is always there, so this is handle and owner in one.
///
/// There is nothing to shut down: async-std's threads live as long as the process.
///
/// # Examples
///
/// ```
/// use anyrt::{AsyncStd, prelude::*};
///
/// assert_eq!(AsyncStd.run(|rt| async move { rt.spawn(async { 42 }).await.unwrap() }), 42);
/// ```
#[derive(Debug, Clone, Copy, Default, PartialEq, Eq, Hash)]
pub struct AsyncStd;

impl Spawn for AsyncStd {
    type JoinHandle<T: Send + 'static> = AsyncStdHandle<T>;

    #[inline]
    fn spawn<F>(&self, future: F) -> AsyncStdHandle<F::Output>
    where
        F: Future + Send + 'static,
        F::Output: Send + 'static,
    {
        let watch = Watch::here::<F>(Role::Task);
        let native = async_std::task::spawn(watch.future(future));
        AsyncStdHandle { state: State::Running(Watched::new(native)), awaits: watch.awaits() }
    }
}

impl SpawnBlocking for AsyncStd {
    type BlockingHandle<T: Send + 'static> = TaskHandle<T>;

    /// On the pool that async-std uses, without the task that async-std puts around each job: an
    /// abort can so wait for a job that runs (RT-BLOCK-4).
    #[inline]
    fn spawn_blocking<F, T>(&self, f: F) -> TaskHandle<T>
    where
        F: FnOnce() -> T + Send + 'static,
        T: Send + 'static,
    {
        let watch = Watch::here::<F>(Role::Job);
        TaskHandle::new(blocking::unblock(watch.job(f)).fallible(), watch.awaits())
    }
}

impl Timer for AsyncStd {
    type Sleep = AsyncIoSleep;

    #[inline]
    fn now(&self) -> Instant {
        Instant::now()
    }

    #[inline]
    fn sleep_until(&self, at: Option<Instant>) -> AsyncIoSleep {
        AsyncIoSleep::until(at)
    }
}

impl Runtime for AsyncStd {
    type Sync = Portable;

    fn name(&self) -> &'static str {
        "async-std"
    }

    fn in_task(&self) -> fn() -> bool {
        // A `block_on` is a task to async-std, too, but its thread runs no other.
        || async_std::task::try_current().is_some() && !is_entered()
    }
}

impl BlockOn for AsyncStd {
    type Handle = Self;

    fn handle(&self) -> Self {
        Self
    }

    #[track_caller]
    fn block_on<F: Future>(&self, future: F) -> F::Output {
        let _entered = enter(async_std::task::try_current().is_some());
        async_std::task::block_on(Watch::here::<F>(Role::Root).future(future))
    }
}

impl LocalBlockOn for AsyncStd {
    type Local = Local<Self>;

    #[track_caller]
    fn block_on_local<F, Fut>(&self, app: F) -> Fut::Output
    where
        F: FnOnce(Local<Self>) -> Fut,
        Fut: Future,
    {
        self.block_on(Local::run(*self, app))
    }
}

/// The handle of a task on async-std.
pub struct AsyncStdHandle<T> {
    state: State<T>,
    awaits: Awaits,
}

enum State<T> {
    Running(Watched<NativeHandle<T>>),
    Stopping(Stopping<dyn Future<Output = Option<T>> + Send>),
    /// Between two states, within `abort` only.
    Changing,
}

impl<T> Future for AsyncStdHandle<T> {
    type Output = Result<T, JoinError>;

    #[inline]
    fn poll(mut self: Pin<&mut Self>, cx: &mut Context<'_>) -> Poll<Self::Output> {
        let polled = match &mut self.state {
            State::Running(task) => task.poll(cx),
            State::Stopping(stopping) => {
                stopping.poll(cx).map(|output| output?.ok_or(JoinError::Cancelled))
            }
            State::Changing => unreachable!("only within `abort`"),
        };
        self.awaits.polled(&polled);
        polled
    }
}

impl<T: Send + 'static> JoinHandle<T> for AsyncStdHandle<T> {
    fn abort(&mut self) {
        self.state = match mem::replace(&mut self.state, State::Changing) {
            State::Running(task) => State::Stopping(match task.into_inner() {
                Ok(native) => stop(Box::pin(native.cancel())),
                Err(Some(output)) => Watched::ended(output.map(Some)),
                Err(None) => Watched::ended(Ok(None)),
            }),
            other => other,
        };
    }

    fn is_finished(&self) -> bool {
        match &self.state {
            State::Running(task) => task.is_finished(),
            State::Stopping(stopping) => stopping.is_finished(),
            State::Changing => unreachable!("only within `abort`"),
        }
    }
}

impl<T> fmt::Debug for AsyncStdHandle<T> {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.debug_struct("AsyncStdHandle").finish_non_exhaustive()
    }
}
