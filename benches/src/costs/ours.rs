//! anyrt: the same generic code on each backend.

use std::future::Future;
use std::time::Duration;

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

pub(super) fn tokio(workload: Workload, n: u64) -> Allocated {
    let owner = anyrt::TokioOwner::from_runtime(tokio_runtime());
    owner.run(|rt| rt.spawn(work(Through(rt.clone()), workload, n))).unwrap()
}
