//! The runtimes as their own users call them.

use std::future::{Future, ready};
use std::sync::Arc;
use std::thread;
use std::time::Duration;

use smol::stream::StreamExt;
use tokio::runtime::Runtime;

use super::api::{Api, Joined};
use super::probes;

/// `tokio::spawn`, `tokio::time`, `tokio::task`.
#[derive(Clone, Copy)]
pub(super) struct Tokio(&'static Runtime);

pub(super) fn tokio_runtime(workers: usize) -> Runtime {
    let mut builder = tokio::runtime::Builder::new_multi_thread();
    builder.worker_threads(workers).enable_all().build().expect("a tokio runtime starts")
}

impl Tokio {
    pub(super) fn start(workers: usize) -> Self {
        Self(Box::leak(Box::new(tokio_runtime(workers))))
    }

    pub(super) fn shutdown() -> &'static str {
        let spawn = |rt: &Runtime, future| drop(rt.spawn(future));
        probes::shutdown(tokio_runtime(2), spawn, drop)
    }
}

impl Api for Tokio {
    type Task = tokio::task::JoinHandle<u32>;
    type Interval = tokio::time::Interval;

    fn block_on<F: Future>(self, future: F) -> F::Output {
        self.0.block_on(future)
    }

    fn spawn<F>(self, future: F) -> Self::Task
    where
        F: Future<Output = u32> + Send + 'static,
    {
        tokio::spawn(future)
    }

    fn spawn_blocking<F>(self, f: F) -> Self::Task
    where
        F: FnOnce() -> u32 + Send + 'static,
    {
        tokio::task::spawn_blocking(f)
    }

    async fn join(task: Self::Task) -> Joined {
        match task.await {
            Ok(value) => Joined::Value(value),
            Err(error) => error.try_into_panic().map_or(Joined::Cancelled, Joined::Panicked),
        }
    }

    async fn abort(task: Self::Task) -> Joined {
        task.abort();
        Self::join(task).await
    }

    fn sleep(self, duration: Duration) -> impl Future + Send + 'static {
        tokio::time::sleep(duration)
    }

    fn interval(self, period: Duration) -> Option<Self::Interval> {
        Some(tokio::time::interval(period))
    }

    fn tick(interval: &mut Self::Interval) -> impl Future + Send {
        interval.tick()
    }

    async fn ready_beats_timeout(self) -> Option<bool> {
        Some(tokio::time::timeout(Duration::ZERO, ready(())).await.is_ok())
    }
}

/// smol: an executor of one's own, or else the global one.
#[derive(Clone, Copy)]
pub(super) struct Smol<const GLOBAL: bool>(Option<&'static smol::Executor<'static>>);

impl Smol<true> {
    pub(super) fn start(_workers: usize) -> Self {
        Self(None)
    }
}

impl Smol<false> {
    pub(super) fn start(workers: usize) -> Self {
        let executor: &'static _ = Box::leak(Box::new(smol::Executor::new()));
        for _ in 0..workers {
            thread::spawn(move || smol::block_on(executor.run(std::future::pending::<()>())));
        }
        Self(Some(executor))
    }

    pub(super) fn shutdown() -> &'static str {
        let executor = Arc::new(smol::Executor::new());
        let spawn = |executor: &Arc<smol::Executor<'static>>, future| {
            executor.spawn(future).detach();
            while executor.try_tick() {}
        };
        probes::shutdown(executor, spawn, drop)
    }
}

impl<const GLOBAL: bool> Api for Smol<GLOBAL> {
    type Task = smol::Task<u32>;
    type Interval = smol::Timer;

    const WORKERS: usize = if GLOBAL { 1 } else { 2 };

    fn block_on<F: Future>(self, future: F) -> F::Output {
        smol::block_on(future)
    }

    fn spawn<F>(self, future: F) -> Self::Task
    where
        F: Future<Output = u32> + Send + 'static,
    {
        match self.0 {
            Some(executor) => executor.spawn(future),
            None => smol::spawn(future),
        }
    }

    fn spawn_blocking<F>(self, f: F) -> Self::Task
    where
        F: FnOnce() -> u32 + Send + 'static,
    {
        smol::unblock(f)
    }

    async fn join(task: Self::Task) -> Joined {
        Joined::Value(task.await)
    }

    async fn abort(task: Self::Task) -> Joined {
        task.cancel().await.into()
    }

    fn sleep(self, duration: Duration) -> impl Future + Send + 'static {
        smol::Timer::after(duration)
    }

    fn interval(self, period: Duration) -> Option<Self::Interval> {
        Some(smol::Timer::interval(period))
    }

    fn tick(interval: &mut Self::Interval) -> impl Future + Send {
        interval.next()
    }

    /// smol has no timeout.
    async fn ready_beats_timeout(self) -> Option<bool> {
        None
    }
}

/// `async_std::task`, `async_std::stream::interval`, `async_std::future::timeout`.
#[derive(Clone, Copy)]
pub(super) struct AsyncStd;

impl Api for AsyncStd {
    type Task = async_std::task::JoinHandle<u32>;
    type Interval = async_std::stream::Interval;

    fn block_on<F: Future>(self, future: F) -> F::Output {
        async_std::task::block_on(future)
    }

    fn spawn<F>(self, future: F) -> Self::Task
    where
        F: Future<Output = u32> + Send + 'static,
    {
        async_std::task::spawn(future)
    }

    fn spawn_blocking<F>(self, f: F) -> Self::Task
    where
        F: FnOnce() -> u32 + Send + 'static,
    {
        async_std::task::spawn_blocking(f)
    }

    async fn join(task: Self::Task) -> Joined {
        Joined::Value(task.await)
    }

    async fn abort(task: Self::Task) -> Joined {
        task.cancel().await.into()
    }

    fn sleep(self, duration: Duration) -> impl Future + Send + 'static {
        async_std::task::sleep(duration)
    }

    fn interval(self, period: Duration) -> Option<Self::Interval> {
        Some(async_std::stream::interval(period))
    }

    fn tick(interval: &mut Self::Interval) -> impl Future + Send {
        interval.next()
    }

    async fn ready_beats_timeout(self) -> Option<bool> {
        Some(async_std::future::timeout(Duration::ZERO, ready(())).await.is_ok())
    }
}
