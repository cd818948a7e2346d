//! anyrt: the same generic code on each backend.

use std::future::Future;
use std::time::Duration;

use anyrt::AnyRuntime;
use anyrt::prelude::*;

use super::direct::tokio_runtime;
use super::subject::{Subject, Workload, work};
use crate::Allocated;

/// Code that is generic over the runtime.
struct Through<R>(R);

impl<R: Runtime> Subject for Through<R> {
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
        self.0.sleep(duration)
    }

    fn yield_now(&self) -> impl Future<Output = ()> + Send {
        anyrt::task::yield_now()
    }
}

/// Code that finds its runtime in scope.
struct Ambient;

impl Subject for Ambient {
    async fn spawn_join<F>(&self, future: F) -> u64
    where
        F: Future<Output = u64> + Send + 'static,
    {
        anyrt::spawn(future).await.unwrap()
    }

    async fn blocking_join<F>(&self, job: F) -> u64
    where
        F: FnOnce() -> u64 + Send + 'static,
    {
        anyrt::spawn_blocking(job).await.unwrap()
    }

    fn sleep(&self, duration: Duration) -> impl Future<Output: Send> + Send {
        anyrt::sleep(duration)
    }

    fn yield_now(&self) -> impl Future<Output = ()> + Send {
        anyrt::task::yield_now()
    }
}

/// The owners, each with one thread.
pub(super) mod owners {
    use anyrt::{AsyncStd, SmolGlobal, SmolOwner, ThreadsOwner, TokioOwner};

    pub(crate) fn tokio() -> TokioOwner {
        TokioOwner::from_runtime(super::tokio_runtime())
    }

    pub(crate) fn smol() -> SmolOwner {
        SmolOwner::with_workers(1).expect("a thread starts")
    }

    pub(crate) fn smol_global() -> SmolGlobal {
        SmolGlobal
    }

    pub(crate) fn async_std() -> AsyncStd {
        AsyncStd
    }

    pub(crate) fn threads() -> ThreadsOwner {
        ThreadsOwner::builder().workers(1).build().expect("a thread starts")
    }
}

pub(super) fn generic<O: BlockOn>(owner: &O, workload: Workload, n: u64) -> Allocated {
    owner.run(|rt| rt.spawn(work(Through(rt.clone()), workload, n))).unwrap()
}

pub(super) fn erased<O: BlockOn>(owner: &O, workload: Workload, n: u64) -> Allocated {
    let rt = AnyRuntime::new(owner.handle());
    owner.block_on(rt.spawn(work(Through(rt.clone()), workload, n))).unwrap()
}

pub(super) fn ambient<O: BlockOn>(owner: &O, workload: Workload, n: u64) -> Allocated {
    owner.run(|rt| {
        anyrt::with_runtime(
            rt,
            async move { anyrt::spawn(work(Ambient, workload, n)).await.unwrap() },
        )
    })
}
