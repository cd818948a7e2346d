//! The owners of every backend in every configuration, plain and erased, for the suites.

use std::future::Future;
use std::pin::{Pin, pin};
use std::sync::OnceLock;

use anyrt::prelude::*;
use anyrt::sim::Policy;
use anyrt::{AnyRuntime, SimOwner, SmolOwner, ThreadsOwner, Tokio, TokioOwner};
use tokio::runtime::Builder;

/// A tokio runtime that somebody else has made and keeps, as `#[tokio::main]` does.
#[derive(Clone, Copy)]
pub(crate) struct Existing;

fn existing() -> &'static tokio::runtime::Runtime {
    static RUNTIME: OnceLock<tokio::runtime::Runtime> = OnceLock::new();
    RUNTIME
        .get_or_init(|| Builder::new_multi_thread().worker_threads(2).enable_all().build().unwrap())
}

impl BlockOn for Existing {
    type Handle = Tokio;

    fn handle(&self) -> Tokio {
        Tokio::from_handle(existing().handle().clone())
    }

    fn block_on<F: Future>(&self, future: F) -> F::Output {
        existing().block_on(future)
    }
}

/// One thread for blocking jobs, so that jobs are queued whenever one runs.
pub(crate) fn one_blocking_thread() -> TokioOwner {
    let mut builder = Builder::new_multi_thread();
    let builder = builder.worker_threads(2).max_blocking_threads(1).enable_all();
    TokioOwner::from_runtime(builder.build().unwrap())
}

pub(crate) fn tokio(workers: usize) -> TokioOwner {
    TokioOwner::with_workers(workers).unwrap()
}

pub(crate) fn smol(workers: usize) -> SmolOwner {
    SmolOwner::with_workers(workers).unwrap()
}

pub(crate) fn threads(workers: usize) -> ThreadsOwner {
    ThreadsOwner::builder().workers(workers).build().unwrap()
}

pub(crate) fn threads_with_one_blocking() -> ThreadsOwner {
    ThreadsOwner::builder().workers(2).max_blocking_threads(1).build().unwrap()
}

/// The suites have threads of their own, so the simulation is an open one; `tests/sim` has what holds
/// in closed ones only.
pub(crate) fn sim(policy: Policy) -> SimOwner {
    SimOwner::builder().seed(7).policy(policy).open().build()
}

/// An owner whose handle is [`AnyRuntime`], over each of the above.
///
/// The owner is erased as well: a suite is compiled once for all of them.
pub(crate) struct Erased(Box<dyn Owner>);

trait Owner: Send + Sync {
    fn any(&self) -> AnyRuntime;
    fn drive(&self, future: Pin<&mut dyn Future<Output = ()>>);
    fn end(self: Box<Self>) -> End;
    fn end_blocking(self: Box<Self>);
}

pub(crate) type End = Pin<Box<dyn Future<Output = ()> + Send>>;

/// An owner that can be shut down.
struct Ends<O>(O);

impl<O: Shutdown + Send + Sync> Owner for Ends<O> {
    fn any(&self) -> AnyRuntime {
        AnyRuntime::new(self.0.handle())
    }

    fn drive(&self, future: Pin<&mut dyn Future<Output = ()>>) {
        self.0.block_on(future);
    }

    fn end(self: Box<Self>) -> End {
        Box::pin(self.0.shutdown())
    }

    fn end_blocking(self: Box<Self>) {
        self.0.shutdown_blocking();
    }
}

/// One that can't.
struct Lasts<O>(O);

impl<O: BlockOn + Send + Sync> Owner for Lasts<O> {
    fn any(&self) -> AnyRuntime {
        AnyRuntime::new(self.0.handle())
    }

    fn drive(&self, future: Pin<&mut dyn Future<Output = ()>>) {
        self.0.block_on(future);
    }

    fn end(self: Box<Self>) -> End {
        unreachable!("its suite has no capability `shutdown`")
    }

    fn end_blocking(self: Box<Self>) {
        unreachable!("its suite has no capability `shutdown`")
    }
}

impl BlockOn for Erased {
    type Handle = AnyRuntime;

    fn handle(&self) -> AnyRuntime {
        self.0.any()
    }

    fn block_on<F: Future>(&self, future: F) -> F::Output {
        let mut output = None;
        self.0.drive(pin!(async { output = Some(future.await) }));
        output.expect("it was driven to its end")
    }
}

impl Shutdown for Erased {
    type Done = End;

    fn shutdown(self) -> End {
        self.0.end()
    }

    fn shutdown_blocking(self) {
        self.0.end_blocking();
    }
}

pub(crate) fn ends<O: Shutdown + Send + Sync + 'static>(owner: O) -> Erased {
    Erased(Box::new(Ends(owner)))
}

pub(crate) fn lasts<O: BlockOn + Send + Sync + 'static>(owner: O) -> Erased {
    Erased(Box::new(Lasts(owner)))
}
