//! Where the tasks of a comparison run.

use std::future::Future;
use std::sync::{Arc, LazyLock};
use std::thread;
use std::time::{Duration, Instant};

use crate::compare::Took;

/// Runs tasks.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub enum Host {
    /// tokio's multi-thread runtime with two workers.
    TokioTwo,
    /// tokio's current-thread runtime.
    TokioOne,
    /// A smol executor with two threads.
    SmolTwo,
    /// A smol executor with one thread.
    SmolOne,
    /// A thread per task, with smol's `block_on`.
    Threads,
}

type Smol = Arc<smol::Executor<'static>>;

static TOKIO_TWO: LazyLock<tokio::runtime::Runtime> = LazyLock::new(|| {
    let mut builder = tokio::runtime::Builder::new_multi_thread();
    builder.worker_threads(2).enable_all().build().expect("a runtime starts")
});
static SMOL_TWO: LazyLock<Smol> = LazyLock::new(|| smol_with_threads(2));
static SMOL_ONE: LazyLock<Smol> = LazyLock::new(|| smol_with_threads(1));

fn smol_with_threads(count: usize) -> Smol {
    let executor = Smol::default();
    for _ in 0..count {
        let executor = Arc::clone(&executor);
        thread::spawn(move || smol::block_on(executor.run(std::future::pending::<()>())));
    }
    executor
}

impl Host {
    /// For titles and ids.
    #[must_use]
    pub fn name(self) -> &'static str {
        match self {
            Self::TokioTwo => "tokio-2",
            Self::TokioOne => "tokio-1",
            Self::SmolTwo => "smol-2",
            Self::SmolOne => "smol-1",
            Self::Threads => "threads",
        }
    }

    /// Runs a future inside of a task, to its end.
    ///
    /// # Panics
    ///
    /// If it does.
    pub fn block_on<F: Future<Output: Send + 'static> + Send + 'static>(
        self,
        future: F,
    ) -> F::Output {
        match self {
            Self::TokioTwo => TOKIO_TWO.block_on(TOKIO_TWO.spawn(future)).expect("no panic"),
            Self::TokioOne => {
                let mut builder = tokio::runtime::Builder::new_current_thread();
                let runtime = builder.enable_all().build().expect("a runtime starts");
                runtime.block_on(runtime.spawn(future)).expect("no panic")
            }
            Self::SmolTwo => smol::block_on(SMOL_TWO.spawn(future)),
            Self::SmolOne => smol::block_on(SMOL_ONE.spawn(future)),
            Self::Threads => smol::block_on(future),
        }
    }

    /// Spawns a task beside this one, from inside of [`block_on`](Self::block_on), and lets it go.
    pub fn spawn<F: Future<Output = ()> + Send + 'static>(self, task: F) {
        match self {
            Self::TokioTwo | Self::TokioOne => drop(tokio::spawn(task)),
            Self::SmolTwo => SMOL_TWO.spawn(task).detach(),
            Self::SmolOne => SMOL_ONE.spawn(task).detach(),
            Self::Threads => drop(thread::spawn(|| smol::block_on(task))),
        }
    }

    /// Runs tasks at the same time, until all are over; threads begin when all are there. Tells how
    /// long that took, with so many operations.
    ///
    /// # Panics
    ///
    /// If one does.
    pub fn run<F>(self, tasks: Vec<F>, operations: u64) -> Took
    where
        F: Future<Output = ()> + Send + 'static,
    {
        let elapsed = match self {
            Self::TokioTwo | Self::TokioOne => self.block_on(async move {
                let start = Instant::now();
                let handles = tasks.into_iter().map(tokio::spawn).collect::<Vec<_>>();
                for handle in handles {
                    handle.await.expect("no panic");
                }
                start.elapsed()
            }),
            Self::SmolTwo => self.block_on(run_on_smol(&SMOL_TWO, tasks)),
            Self::SmolOne => self.block_on(run_on_smol(&SMOL_ONE, tasks)),
            Self::Threads => {
                let jobs = tasks.into_iter().map(|task| || smol::block_on(task)).collect();
                return run_threads(jobs, operations);
            }
        };
        Took { elapsed, operations }
    }
}

async fn run_on_smol<F>(executor: &Smol, tasks: Vec<F>) -> Duration
where
    F: Future<Output = ()> + Send + 'static,
{
    let start = Instant::now();
    let tasks = tasks.into_iter().map(|task| executor.spawn(task)).collect::<Vec<_>>();
    for task in tasks {
        task.await;
    }
    start.elapsed()
}

/// Runs jobs on a thread each, from when all threads are there until the last job is done.
///
/// # Panics
///
/// If one does.
pub fn run_threads<J: FnOnce() + Send>(jobs: Vec<J>, operations: u64) -> Took {
    let gate = std::sync::Barrier::new(jobs.len());
    let elapsed = thread::scope(|scope| {
        let threads = jobs.into_iter().map(|job| {
            scope.spawn(|| {
                gate.wait();
                let start = Instant::now();
                job();
                (start, Instant::now())
            })
        });
        let threads = threads.collect::<Vec<_>>();
        let times = threads.into_iter().map(|thread| thread.join().expect("no panic"));
        let times = times.collect::<Vec<_>>();
        let first = times.iter().map(|(start, _)| *start).min();
        let last = times.iter().map(|(_, end)| *end).max();
        last.zip(first).map_or(Duration::ZERO, |(last, first)| last - first)
    });
    Took { elapsed, operations }
}
