//! The peers, each on the runtimes that it offers and that are measured here.

use std::cell::RefCell;
use std::future::Future;
use std::marker::PhantomData;
use std::time::Duration;

use agnostic_lite::{LocalRuntimeLite, RuntimeLite};
use async_executors::{SpawnBlocking, SpawnHandle, SpawnHandleExt, Timer, YieldNow};
use async_rs::traits::{Executor, Reactor, RuntimeKit};

use super::direct::tokio_runtime;
use super::subject::{Subject, Workload, work};
use crate::Allocated;

/// agnostic-lite: static functions of a type.
struct AgnosticLite<R>(PhantomData<R>);

impl<R: RuntimeLite> Subject for AgnosticLite<R> {
    async fn spawn_join<F>(&self, future: F) -> u64
    where
        F: Future<Output = u64> + Send + 'static,
    {
        <R as RuntimeLite>::spawn(future).await.unwrap()
    }

    async fn blocking_join<F>(&self, job: F) -> u64
    where
        F: FnOnce() -> u64 + Send + 'static,
    {
        <R as LocalRuntimeLite>::spawn_blocking(job).await.unwrap()
    }

    fn sleep(&self, duration: Duration) -> impl Future<Output: Send> + Send {
        <R as RuntimeLite>::sleep(duration)
    }

    fn yield_now(&self) -> impl Future<Output = ()> + Send {
        <R as RuntimeLite>::yield_now()
    }
}

pub(super) fn agnostic_tokio(workload: Workload, n: u64) -> Allocated {
    let rt = tokio_runtime();
    let subject = AgnosticLite::<agnostic_lite::tokio::TokioRuntime>(PhantomData);
    rt.block_on(rt.spawn(work(subject, workload, n))).unwrap()
}

pub(super) fn agnostic_smol(workload: Workload, n: u64) -> Allocated {
    let subject = AgnosticLite::<agnostic_lite::smol::SmolRuntime>(PhantomData);
    smol::block_on(smol::spawn(work(subject, workload, n)))
}

/// async-rs: a runtime value over a kit.
struct AsyncRs<K: RuntimeKit>(async_rs::Runtime<K>);

impl<K: RuntimeKit + Send + Sync> Subject for AsyncRs<K>
where
    <K as Reactor>::Sleep: Future<Output: Send>,
{
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
        self.0.spawn_blocking(job).await
    }

    fn sleep(&self, duration: Duration) -> impl Future<Output: Send> + Send {
        self.0.sleep(duration)
    }

    async fn yield_now(&self) {
        unreachable!("async-rs has no yield; its entries leave this workload out")
    }
}

pub(super) fn async_rs_tokio(workload: Workload, n: u64) -> Allocated {
    let rt = tokio_runtime();
    let subject = AsyncRs(async_rs::TokioRuntime::tokio_with_handle(rt.handle().clone()));
    rt.block_on(rt.spawn(work(subject, workload, n))).unwrap()
}

pub(super) fn async_rs_smol(workload: Workload, n: u64) -> Allocated {
    let subject = AsyncRs(async_rs::SmolRuntime::smol());
    smol::block_on(smol::spawn(work(subject, workload, n)))
}

/// `async_executors`: object-safe traits on executor values.
struct AsyncExecutors<E>(E);

impl<E> Subject for AsyncExecutors<E>
where
    E: SpawnHandle<u64> + SpawnBlocking<u64> + Timer + YieldNow + Send + Sync,
{
    async fn spawn_join<F>(&self, future: F) -> u64
    where
        F: Future<Output = u64> + Send + 'static,
    {
        self.0.spawn_handle(future).unwrap().await
    }

    async fn blocking_join<F>(&self, job: F) -> u64
    where
        F: FnOnce() -> u64 + Send + 'static,
    {
        self.0.spawn_blocking(job).await
    }

    fn sleep(&self, duration: Duration) -> impl Future<Output: Send> + Send {
        self.0.sleep(duration)
    }

    fn yield_now(&self) -> impl Future<Output = ()> + Send {
        self.0.yield_now()
    }
}

pub(super) fn executors_async_std(workload: Workload, n: u64) -> Allocated {
    let subject = AsyncExecutors(async_executors::AsyncStd);
    async_std::task::block_on(async_std::task::spawn(work(subject, workload, n)))
}

/// `async_executors` on tokio's current-thread runtime.
///
/// Its executor value is not `Send`, so the task finds it in a thread-local: four instructions that
/// are ours, not the peer's.
struct AsyncExecutorsTokio;

thread_local! {
    static TOKIO_CT: RefCell<Option<async_executors::TokioCt>> = const { RefCell::new(None) };
}

fn with_tokio_ct<T>(f: impl FnOnce(&async_executors::TokioCt) -> T) -> T {
    TOKIO_CT.with_borrow(|executor| f(executor.as_ref().expect("set before the task starts")))
}

impl Subject for AsyncExecutorsTokio {
    async fn spawn_join<F>(&self, future: F) -> u64
    where
        F: Future<Output = u64> + Send + 'static,
    {
        with_tokio_ct(|executor| executor.spawn_handle(future)).unwrap().await
    }

    async fn blocking_join<F>(&self, job: F) -> u64
    where
        F: FnOnce() -> u64 + Send + 'static,
    {
        with_tokio_ct(|executor| executor.spawn_blocking(job)).await
    }

    fn sleep(&self, duration: Duration) -> impl Future<Output: Send> + Send {
        with_tokio_ct(|executor| executor.sleep(duration))
    }

    fn yield_now(&self) -> impl Future<Output = ()> + Send {
        with_tokio_ct(YieldNow::yield_now)
    }
}

pub(super) fn executors_tokio(workload: Workload, n: u64) -> Allocated {
    let rt = tokio_runtime();
    let executor = async_executors::TokioCt::try_from(rt.handle().clone()).expect("current-thread");
    TOKIO_CT.set(Some(executor));
    let allocated = rt.block_on(rt.spawn(work(AsyncExecutorsTokio, workload, n))).unwrap();
    TOKIO_CT.set(None);
    allocated
}
