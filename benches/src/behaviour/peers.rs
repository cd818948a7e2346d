//! The same through the peers, each as its own generic code would be written.

use std::future::{Future, ready};
use std::marker::PhantomData;
use std::pin::Pin;
use std::time::Duration;

use agnostic_lite::{AsyncBlockingSpawner, AsyncSpawner, LocalRuntimeLite, RuntimeLite};
use async_executors::{SpawnBlocking, SpawnHandle, SpawnHandleExt, Timer, TimerExt};
use async_rs::traits::{Executor, Reactor, RuntimeKit};
use smol::stream::{Stream, StreamExt};
use tokio::runtime::{Handle, Runtime};

use super::api::{Api, Joined};
use super::direct::tokio_runtime;
use super::probes;

/// A handle of one of two types: tasks and blocking jobs differ in some.
pub(super) enum Either<S, B> {
    Spawned(S),
    Blocking(B),
}

/// agnostic-lite. On tokio it needs a runtime that somebody else has started.
pub(super) struct Agnostic<R>(Option<&'static Runtime>, PhantomData<fn() -> R>);

impl<R> Clone for Agnostic<R> {
    fn clone(&self) -> Self {
        *self
    }
}

impl<R> Copy for Agnostic<R> {}

impl Agnostic<agnostic_lite::tokio::TokioRuntime> {
    pub(super) fn tokio(workers: usize) -> Self {
        Self(Some(Box::leak(Box::new(tokio_runtime(workers)))), PhantomData)
    }
}

impl Agnostic<agnostic_lite::smol::SmolRuntime> {
    pub(super) fn smol() -> Self {
        Self(None, PhantomData)
    }
}

type AgnosticTask<R> = Either<
    <<R as RuntimeLite>::Spawner as AsyncSpawner>::JoinHandle<u32>,
    <<R as LocalRuntimeLite>::BlockingSpawner as AsyncBlockingSpawner>::JoinHandle<u32>,
>;

impl<R: RuntimeLite> Api for Agnostic<R>
where
    R::Interval: Unpin,
{
    type Task = AgnosticTask<R>;
    type Interval = R::Interval;

    fn block_on<F: Future>(self, future: F) -> F::Output {
        match self.0 {
            Some(rt) if Handle::try_current().is_err() => rt.block_on(future),
            _ => <R as LocalRuntimeLite>::block_on(future),
        }
    }

    fn spawn<F>(self, future: F) -> Self::Task
    where
        F: Future<Output = u32> + Send + 'static,
    {
        Either::Spawned(<R as RuntimeLite>::spawn(future))
    }

    fn spawn_blocking<F>(self, f: F) -> Self::Task
    where
        F: FnOnce() -> u32 + Send + 'static,
    {
        Either::Blocking(<R as LocalRuntimeLite>::spawn_blocking(f))
    }

    /// Generic code sees an associated error that converts into an `io::Error`, no payload.
    async fn join(task: Self::Task) -> Joined {
        let joined = match task {
            Either::Spawned(task) => task.await.ok(),
            Either::Blocking(job) => job.await.ok(),
        };
        joined.map_or_else(|| Joined::Panicked(Box::new(())), Joined::Value)
    }

    /// `abort` consumes the handle; there is nothing to await.
    async fn abort(task: Self::Task) -> Joined {
        match task {
            Either::Spawned(task) => agnostic_lite::JoinHandle::abort(task),
            Either::Blocking(job) => agnostic_lite::JoinHandle::abort(job),
        }
        Joined::Unseen
    }

    fn sleep(self, duration: Duration) -> impl Future + Send + 'static {
        <R as RuntimeLite>::sleep(duration)
    }

    fn interval(self, period: Duration) -> Option<Self::Interval> {
        Some(<R as RuntimeLite>::interval(period))
    }

    fn tick(interval: &mut Self::Interval) -> impl Future + Send {
        interval.next()
    }

    async fn ready_beats_timeout(self) -> Option<bool> {
        Some(<R as RuntimeLite>::timeout(Duration::ZERO, ready(())).await.is_ok())
    }
}

/// async-rs.
pub(super) struct AsyncRs<K: RuntimeKit + 'static>(&'static async_rs::Runtime<K>);

impl<K: RuntimeKit> Clone for AsyncRs<K> {
    fn clone(&self) -> Self {
        *self
    }
}

impl<K: RuntimeKit> Copy for AsyncRs<K> {}

impl AsyncRs<async_rs::Tokio> {
    pub(super) fn tokio(workers: usize) -> Self {
        let rt = async_rs::TokioRuntime::tokio_with_runtime(tokio_runtime(workers));
        Self(Box::leak(Box::new(rt)))
    }

    pub(super) fn shutdown() -> &'static str {
        let owner = async_rs::TokioRuntime::tokio_with_runtime(tokio_runtime(2));
        let spawn = |rt: &async_rs::TokioRuntime, future| drop(rt.spawn(future));
        probes::shutdown(owner, spawn, |rt| drop(rt.shutdown_blocking()))
    }
}

impl AsyncRs<async_rs::Smol> {
    pub(super) fn smol() -> Self {
        Self(Box::leak(Box::new(async_rs::SmolRuntime::smol())))
    }
}

impl<K: RuntimeKit + Send + Sync> Api for AsyncRs<K> {
    type Task = async_rs::util::Task<<K as Executor>::Task<u32>>;
    type Interval = Pin<Box<dyn Stream<Item = std::time::Instant> + Send>>;

    fn block_on<F: Future>(self, future: F) -> F::Output {
        self.0.block_on(future)
    }

    fn spawn<F>(self, future: F) -> Self::Task
    where
        F: Future<Output = u32> + Send + 'static,
    {
        self.0.spawn(future)
    }

    fn spawn_blocking<F>(self, f: F) -> Self::Task
    where
        F: FnOnce() -> u32 + Send + 'static,
    {
        self.0.spawn_blocking(f)
    }

    async fn join(task: Self::Task) -> Joined {
        Joined::Value(task.await)
    }

    async fn abort(mut task: Self::Task) -> Joined {
        task.cancel().await.into()
    }

    fn sleep(self, duration: Duration) -> impl Future + Send + 'static {
        self.0.sleep(duration)
    }

    fn interval(self, period: Duration) -> Option<Self::Interval> {
        Some(Box::pin(self.0.interval(period)))
    }

    fn tick(interval: &mut Self::Interval) -> impl Future + Send {
        interval.next()
    }

    /// async-rs has no timeout.
    async fn ready_beats_timeout(self) -> Option<bool> {
        None
    }
}

/// `async_executors`, whose executors have each their own `block_on`.
pub(super) struct AsyncExecutors<E: 'static>(&'static E, fn(&E, Pin<&mut dyn Future<Output = ()>>));

impl<E> Clone for AsyncExecutors<E> {
    fn clone(&self) -> Self {
        *self
    }
}

impl<E> Copy for AsyncExecutors<E> {}

impl AsyncExecutors<async_executors::TokioTp> {
    pub(super) fn tokio(workers: usize) -> Self {
        let executor = async_executors::TokioTp::try_from(tokio_runtime(workers));
        let executor = executor.expect("a multi-thread runtime");
        Self(Box::leak(Box::new(executor)), |executor, future| executor.block_on(future))
    }

    pub(super) fn shutdown() -> &'static str {
        let owner = async_executors::TokioTp::try_from(tokio_runtime(2));
        let owner = owner.expect("a multi-thread runtime");
        let spawn = |executor: &async_executors::TokioTp, future| {
            executor.spawn_handle(future).expect("it always spawns").detach();
        };
        probes::shutdown(owner, spawn, drop)
    }
}

impl AsyncExecutors<async_executors::AsyncStd> {
    pub(super) fn async_std() -> Self {
        Self(&async_executors::AsyncStd, |_, future| async_executors::AsyncStd::block_on(future))
    }
}

impl<E> Api for AsyncExecutors<E>
where
    E: SpawnHandle<u32> + SpawnBlocking<u32> + Timer + Send + Sync,
{
    type Task = Either<async_executors::JoinHandle<u32>, async_executors::BlockingHandle<u32>>;
    /// There is no interval.
    type Interval = ();

    fn block_on<F: Future>(self, future: F) -> F::Output {
        let mut output = None;
        let future = async { output = Some(future.await) };
        (self.1)(self.0, std::pin::pin!(future));
        output.expect("`block_on` returns when the future is ready")
    }

    fn spawn<F>(self, future: F) -> Self::Task
    where
        F: Future<Output = u32> + Send + 'static,
    {
        Either::Spawned(self.0.spawn_handle(future).expect("these executors always spawn"))
    }

    fn spawn_blocking<F>(self, f: F) -> Self::Task
    where
        F: FnOnce() -> u32 + Send + 'static,
    {
        Either::Blocking(self.0.spawn_blocking(f))
    }

    async fn join(task: Self::Task) -> Joined {
        Joined::Value(match task {
            Either::Spawned(task) => task.await,
            Either::Blocking(job) => job.await,
        })
    }

    /// Dropping the handle is the way to abort; there is nothing to await.
    async fn abort(task: Self::Task) -> Joined {
        drop(task);
        Joined::Unseen
    }

    fn sleep(self, duration: Duration) -> impl Future + Send + 'static {
        self.0.sleep(duration)
    }

    fn interval(self, _period: Duration) -> Option<()> {
        None
    }

    fn tick(_interval: &mut ()) -> impl Future + Send {
        ready(())
    }

    async fn ready_beats_timeout(self) -> Option<bool> {
        Some(self.0.timeout(Duration::ZERO, ready(())).await.is_ok())
    }
}
