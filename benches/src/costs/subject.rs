use std::future::{Future, poll_fn};
use std::hint::black_box;
use std::pin::pin;
use std::task::Poll;
use std::time::Duration;

use clap::ValueEnum;
use serde::Serialize;

use crate::Allocated;

/// The operations.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Hash, ValueEnum, Serialize)]
#[serde(rename_all = "kebab-case")]
pub enum Workload {
    /// Spawn a task and await its result.
    Spawn,
    /// Create a sleep and drop it unpolled.
    Sleep,
    /// Create a sleep, poll it once, which registers it, and drop it.
    SleepPolled,
    /// Yield once.
    Yield,
    /// Run a blocking job and await its result.
    Blocking,
}

impl Workload {
    /// All, in the order of the report.
    pub const ALL: [Self; 5] =
        [Self::Spawn, Self::Sleep, Self::SleepPolled, Self::Yield, Self::Blocking];

    /// The heading in the report.
    #[must_use]
    pub fn title(self) -> &'static str {
        match self {
            Self::Spawn => "spawn a task and join it",
            Self::Sleep => "create a sleep, drop it unpolled",
            Self::SleepPolled => "create a sleep, poll it once, drop it",
            Self::Yield => "yield once",
            Self::Blocking => "run a blocking job and join it",
        }
    }

    /// The two numbers of operations whose difference is measured.
    #[must_use]
    pub fn counts(self) -> (u64, u64) {
        match self {
            // Two threads and two context switches each: fewer suffice.
            Self::Blocking => (200, 1_200),
            _ => (1_000, 5_000),
        }
    }
}

/// How an API spells the operations: the only thing in which the measured programs differ.
pub trait Subject: Send + Sync {
    /// Spawns `future` as a task and awaits its result.
    fn spawn_join<F>(&self, future: F) -> impl Future<Output = u64> + Send
    where
        F: Future<Output = u64> + Send + 'static;

    /// Runs `job` where it may block and awaits its result.
    fn blocking_join<F>(&self, job: F) -> impl Future<Output = u64> + Send
    where
        F: FnOnce() -> u64 + Send + 'static;

    /// A sleep.
    fn sleep(&self, duration: Duration) -> impl Future<Output: Send> + Send;

    /// Lets other tasks run.
    fn yield_now(&self) -> impl Future<Output = ()> + Send;
}

/// The measured program: `n` operations, after a few that warm up queues, slabs and thread pools.
pub async fn work<S: Subject>(subject: S, workload: Workload, n: u64) -> Allocated {
    repeat(&subject, workload, 200).await;
    let before = Allocated::so_far();
    repeat(&subject, workload, n).await;
    Allocated::so_far().since(before)
}

async fn repeat<S: Subject>(subject: &S, workload: Workload, n: u64) {
    const LONG: Duration = Duration::from_secs(3_600);
    let mut sum = 0;
    for i in 0..n {
        match workload {
            Workload::Spawn => sum += subject.spawn_join(async move { black_box(i) }).await,
            Workload::Blocking => sum += subject.blocking_join(move || black_box(i)).await,
            Workload::Yield => subject.yield_now().await,
            Workload::Sleep => {
                let sleep = pin!(subject.sleep(LONG));
                black_box(&sleep);
            }
            Workload::SleepPolled => {
                // tokio polls only 128 of its futures between two turns, then pretends.
                if i % 100 == 0 {
                    anyrt::task::yield_now().await;
                }
                let mut sleep = pin!(subject.sleep(LONG));
                let is_ready = poll_fn(|cx| Poll::Ready(sleep.as_mut().poll(cx).is_ready())).await;
                assert!(!is_ready, "an hour cannot have passed");
            }
        }
    }
    if matches!(workload, Workload::Spawn | Workload::Blocking) {
        assert_eq!(sum, n * n.saturating_sub(1) / 2, "an operation gave a wrong result");
    }
}
