//! criterion's benches on any runtime.
//!
//! criterion's own `to_async` runs the routine in the root `block_on`, and its executors are built for a few
//! runtimes. [`OnRuntime`] is such an executor for every [`BlockOn`], and
//! [`iter_in_task`](OnRuntime::iter_in_task) measures where most programs live: inside a task. The two can
//! differ by a factor of forty.

use std::future::Future;
use std::hint::black_box;
use std::time::{Duration, Instant};

use criterion::Bencher;
use criterion::async_executor::AsyncExecutor;

use crate::contract::{BlockOn, Spawn};

/// A runtime's owner as criterion's executor.
///
/// # Examples
///
/// On each runtime, in one group, so that criterion draws them beside each other:
///
/// ```
/// use anyrt::criterion::OnRuntime;
/// use anyrt::prelude::*;
/// use anyrt::{AsyncStd, SmolOwner, ThreadsOwner, TokioOwner};
/// use criterion::{BenchmarkGroup, Criterion, measurement::WallTime};
///
/// async fn spawn_and_join<R: Runtime>(rt: R) -> u32 {
///     rt.spawn(async { 1 }).await.unwrap()
/// }
///
/// fn bench<O: BlockOn>(group: &mut BenchmarkGroup<'_, WallTime>, name: &str, owner: O) {
///     let on = OnRuntime(owner);
///     group.bench_function(name, |bencher| on.iter_in_task(bencher, spawn_and_join));
/// }
///
/// let mut criterion = Criterion::default().without_plots();
/// # criterion = criterion.sample_size(10).warm_up_time(std::time::Duration::from_millis(1))
/// #     .measurement_time(std::time::Duration::from_millis(10));
/// let mut group = criterion.benchmark_group("spawn and join");
/// bench(&mut group, "threads", ThreadsOwner::new().unwrap());
/// bench(&mut group, "tokio", TokioOwner::new().unwrap());
/// bench(&mut group, "smol", SmolOwner::new().unwrap());
/// bench(&mut group, "async-std", AsyncStd);
/// group.finish();
/// ```
///
/// As an executor of `to_async`, in the root `block_on`:
///
/// ```
/// use anyrt::ThreadsOwner;
/// use anyrt::criterion::OnRuntime;
/// use criterion::async_executor::AsyncExecutor;
///
/// let on = OnRuntime(ThreadsOwner::new().unwrap());
/// // bencher.to_async(on).iter(|| async { ... })
/// assert_eq!(on.block_on(async { 7 }), 7);
/// ```
#[derive(Debug, Clone, Copy)]
pub struct OnRuntime<O>(pub O);

impl<O: BlockOn> AsyncExecutor for OnRuntime<O> {
    fn block_on<T>(&self, future: impl Future<Output = T>) -> T {
        self.0.block_on(future)
    }
}

impl<O: BlockOn> OnRuntime<O> {
    /// Measures `routine`, run again and again inside one task; what starts the task is not measured.
    ///
    /// # Panics
    ///
    /// If `routine` does; inside a task, as [`BlockOn::block_on`].
    pub fn iter_in_task<F, Fut>(&self, bencher: &mut Bencher<'_>, routine: F)
    where
        F: Fn(O::Handle) -> Fut + Clone + Send + 'static,
        Fut: Future + Send,
    {
        bencher.iter_custom(|times| self.time_in_task(times, routine.clone()));
    }

    fn time_in_task<F, Fut>(&self, times: u64, routine: F) -> Duration
    where
        F: Fn(O::Handle) -> Fut + Send + 'static,
        Fut: Future + Send,
    {
        let rt = self.0.handle();
        let task = rt.spawn({
            let rt = rt.clone();
            async move {
                let start = Instant::now();
                for _ in 0..times {
                    black_box(routine(rt.clone()).await);
                }
                start.elapsed()
            }
        });
        self.0.block_on(task).unwrap_or_else(|error| error.resume())
    }
}
