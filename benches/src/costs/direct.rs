//! The runtimes, called as their own users call them.

use std::future::Future;
use std::sync::Arc;
use std::time::Duration;

use tokio::runtime::{Builder, Handle, Runtime};

use super::subject::{Subject, Workload, work};
use crate::Allocated;

/// The tokio runtime of every measurement on tokio: everything on one thread, so that counts repeat.
pub(super) fn tokio_runtime() -> Runtime {
    Builder::new_current_thread().enable_all().build().expect("a tokio runtime starts")
}

/// `Handle::spawn`; a sleep is made as it must be outside of tokio's context, or as it can be inside.
struct TokioHandle<const ENTERS: bool>(Handle);

impl<const ENTERS: bool> Subject for TokioHandle<ENTERS> {
    async fn spawn_join<F>(&self, future: F) -> u64
    where
        F: Future<Output = u64> + Send + 'static,
    {
        self.0.spawn(future).await.unwrap()
    }

    async fn blocking_join<F>(&self, job: F) -> u64
    where
        F: FnOnce() -> u64 + Send + 'static,
    {
        self.0.spawn_blocking(job).await.unwrap()
    }

    fn sleep(&self, duration: Duration) -> impl Future<Output: Send> + Send {
        let _context = ENTERS.then(|| self.0.enter());
        tokio::time::sleep(duration)
    }

    fn yield_now(&self) -> impl Future<Output = ()> + Send {
        tokio::task::yield_now()
    }
}

pub(super) fn tokio_handle(workload: Workload, n: u64) -> Allocated {
    let rt = tokio_runtime();
    let handle = rt.handle().clone();
    rt.block_on(rt.spawn(work(TokioHandle::<false>(handle), workload, n))).unwrap()
}

pub(super) fn tokio_entered(workload: Workload, n: u64) -> Allocated {
    let rt = tokio_runtime();
    let handle = rt.handle().clone();
    rt.block_on(rt.spawn(work(TokioHandle::<true>(handle), workload, n))).unwrap()
}

/// `tokio::spawn`.
struct TokioAmbient;

impl Subject for TokioAmbient {
    async fn spawn_join<F>(&self, future: F) -> u64
    where
        F: Future<Output = u64> + Send + 'static,
    {
        tokio::spawn(future).await.unwrap()
    }

    async fn blocking_join<F>(&self, job: F) -> u64
    where
        F: FnOnce() -> u64 + Send + 'static,
    {
        tokio::task::spawn_blocking(job).await.unwrap()
    }

    fn sleep(&self, duration: Duration) -> impl Future<Output: Send> + Send {
        tokio::time::sleep(duration)
    }

    fn yield_now(&self) -> impl Future<Output = ()> + Send {
        tokio::task::yield_now()
    }
}

pub(super) fn tokio_ambient(workload: Workload, n: u64) -> Allocated {
    let rt = tokio_runtime();
    rt.block_on(rt.spawn(work(TokioAmbient, workload, n))).unwrap()
}

/// `Executor::spawn` of smol, on an executor of one's own.
struct SmolExecutor(Arc<smol::Executor<'static>>);

impl Subject for SmolExecutor {
    async fn spawn_join<F>(&self, future: F) -> u64
    where
        F: Future<Output = u64> + Send + 'static,
    {
        self.0.spawn(future).await
    }

    async fn blocking_join<F>(&self, job: F) -> u64
    where
        F: FnOnce() -> u64 + Send + 'static,
    {
        smol::unblock(job).await
    }

    fn sleep(&self, duration: Duration) -> impl Future<Output: Send> + Send {
        smol::Timer::after(duration)
    }

    fn yield_now(&self) -> impl Future<Output = ()> + Send {
        smol::future::yield_now()
    }
}

pub(super) fn smol_executor(workload: Workload, n: u64) -> Allocated {
    let executor = Arc::new(smol::Executor::new());
    let runner = executor.clone();
    // The usual way: a thread that runs the executor, while `main` waits for a task.
    std::thread::spawn(move || smol::block_on(runner.run(std::future::pending::<()>())));
    smol::block_on(executor.spawn(work(SmolExecutor(executor.clone()), workload, n)))
}

/// `smol::spawn`, on smol's global executor.
struct SmolGlobal;

impl Subject for SmolGlobal {
    async fn spawn_join<F>(&self, future: F) -> u64
    where
        F: Future<Output = u64> + Send + 'static,
    {
        smol::spawn(future).await
    }

    async fn blocking_join<F>(&self, job: F) -> u64
    where
        F: FnOnce() -> u64 + Send + 'static,
    {
        smol::unblock(job).await
    }

    fn sleep(&self, duration: Duration) -> impl Future<Output: Send> + Send {
        smol::Timer::after(duration)
    }

    fn yield_now(&self) -> impl Future<Output = ()> + Send {
        smol::future::yield_now()
    }
}

pub(super) fn smol_global(workload: Workload, n: u64) -> Allocated {
    smol::block_on(smol::spawn(work(SmolGlobal, workload, n)))
}

/// `async_std::task::spawn`.
struct AsyncStd;

impl Subject for AsyncStd {
    async fn spawn_join<F>(&self, future: F) -> u64
    where
        F: Future<Output = u64> + Send + 'static,
    {
        async_std::task::spawn(future).await
    }

    async fn blocking_join<F>(&self, job: F) -> u64
    where
        F: FnOnce() -> u64 + Send + 'static,
    {
        async_std::task::spawn_blocking(job).await
    }

    fn sleep(&self, duration: Duration) -> impl Future<Output: Send> + Send {
        async_std::task::sleep(duration)
    }

    fn yield_now(&self) -> impl Future<Output = ()> + Send {
        async_std::task::yield_now()
    }
}

pub(super) fn async_std(workload: Workload, n: u64) -> Allocated {
    async_std::task::block_on(async_std::task::spawn(work(AsyncStd, workload, n)))
}
