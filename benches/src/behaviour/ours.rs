//! The same through anyrt: one implementation for all backends.

use std::future::{Future, ready};
use std::time::Duration;

use anyrt::prelude::*;
use anyrt::time::Interval;
use anyrt::{AnyRuntime, JoinError, ThreadsOwner};

use super::api::{Api, Joined};
use super::probes;

/// An owner, never dropped so that a value can be copied into tasks, and a handle of it.
pub(super) struct Ours<O: 'static, R: 'static, const ALONE: bool = false> {
    owner: &'static O,
    rt: &'static R,
}

impl<O, R, const ALONE: bool> Clone for Ours<O, R, ALONE> {
    fn clone(&self) -> Self {
        *self
    }
}

impl<O, R, const ALONE: bool> Copy for Ours<O, R, ALONE> {}

impl<O: BlockOn, const ALONE: bool> Ours<O, O::Handle, ALONE> {
    pub(super) fn new(owner: O) -> Self {
        let rt = Box::leak(Box::new(owner.handle()));
        Self { owner: Box::leak(Box::new(owner)), rt }
    }
}

impl Ours<ThreadsOwner, AnyRuntime> {
    pub(super) fn erased(owner: ThreadsOwner) -> Self {
        let rt = Box::leak(Box::new(AnyRuntime::new(owner.handle())));
        Self { owner: Box::leak(Box::new(owner)), rt }
    }
}

pub(super) fn shutdown<O: Shutdown>(owner: O) -> &'static str {
    let spawn = |owner: &O, future| {
        owner.block_on(async {
            owner.handle().spawn(future).detach();
            owner.handle().sleep(Duration::from_millis(1)).await; // lets it start on this thread, too
        });
    };
    probes::shutdown(owner, spawn, Shutdown::shutdown_blocking)
}

impl<O, R, const ALONE: bool> Api for Ours<O, R, ALONE>
where
    O: BlockOn + Sync + 'static,
    R: Runtime,
{
    type Task = Task<R>;
    type Interval = Interval<R>;

    /// Owners without threads of their own block their only one.
    const WORKERS: usize = if ALONE { 1 } else { 2 };

    fn block_on<F: Future>(self, future: F) -> F::Output {
        self.owner.block_on(future)
    }

    fn spawn<F>(self, future: F) -> Self::Task
    where
        F: Future<Output = u32> + Send + 'static,
    {
        Task::Spawned(self.rt.spawn(future))
    }

    fn spawn_blocking<F>(self, f: F) -> Self::Task
    where
        F: FnOnce() -> u32 + Send + 'static,
    {
        Task::Blocking(self.rt.spawn_blocking(f))
    }

    async fn join(task: Self::Task) -> Joined {
        joined(match task {
            Task::Spawned(task) => task.await,
            Task::Blocking(job) => job.await,
        })
    }

    async fn abort(task: Self::Task) -> Joined {
        joined(match task {
            Task::Spawned(mut task) => {
                task.abort();
                task.await
            }
            Task::Blocking(mut job) => {
                job.abort();
                job.await
            }
        })
    }

    fn sleep(self, duration: Duration) -> impl Future + Send + 'static {
        self.rt.sleep(duration)
    }

    fn interval(self, period: Duration) -> Option<Self::Interval> {
        Some(self.rt.interval(period))
    }

    fn tick(interval: &mut Self::Interval) -> impl Future + Send {
        interval.tick()
    }

    async fn ready_beats_timeout(self) -> Option<bool> {
        Some(self.rt.timeout(Duration::ZERO, ready(())).await.is_ok())
    }

    fn wait<F: Future>(self, future: F) -> F::Output {
        if ALONE { self.owner.block_on(future) } else { smol::future::block_on(future) }
    }
}

/// Tasks and blocking jobs have handles of different types.
pub(super) enum Task<R: Runtime> {
    Spawned(R::JoinHandle<u32>),
    Blocking(R::BlockingHandle<u32>),
}

fn joined(result: Result<u32, JoinError>) -> Joined {
    match result {
        Ok(value) => Joined::Value(value),
        Err(JoinError::Cancelled) => Joined::Cancelled,
        Err(JoinError::Panicked(panic)) => Joined::Panicked(panic.into_payload()),
    }
}
