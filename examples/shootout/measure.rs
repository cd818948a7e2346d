//! What a workload measures with, inside its child process.

use std::future::Future;
use std::path::PathBuf;
use std::time::{Duration, Instant};

use serde::{Deserialize, Serialize};

use crate::workloads::pages::Answer;

/// What one child process has to do.
#[derive(Debug, Clone, Serialize, Deserialize)]
pub(crate) struct Job {
    pub(crate) workload: String,
    pub(crate) executor: String,
    /// Worker threads, where the executor has a choice.
    pub(crate) threads: usize,
    /// How long one sample should take, where a workload can be scaled.
    pub(crate) budget: Duration,
    /// Smaller counts, where it can't.
    pub(crate) quick: bool,
    /// The directory tree of `pages`.
    pub(crate) input: PathBuf,
}

/// What it found: one sample.
#[derive(Debug, Clone, Serialize, Deserialize)]
pub(crate) struct Outcome {
    /// A value for each of the workload's rows, in nanoseconds or bytes.
    pub(crate) values: Vec<f64>,
    /// Operations measured.
    pub(crate) operations: u64,
    pub(crate) spent: Spent,
    /// The parts of the sample, if it has any: batches, or quantiles of a latency.
    #[serde(default, skip_serializing_if = "Vec::is_empty")]
    pub(crate) parts: Vec<f64>,
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub(crate) answer: Option<Answer>,
}

impl Outcome {
    /// For a batch whose every operation was `count` smaller ones.
    pub(crate) fn per(mut self, count: u64) -> Self {
        self.operations *= count;
        self.values.iter_mut().chain(&mut self.parts).for_each(|value| *value /= count as f64);
        self
    }
}

/// Time spent, of the wall clock and of all processors together.
#[derive(Debug, Clone, Copy, Serialize, Deserialize)]
pub(crate) struct Spent {
    pub(crate) wall_ns: f64,
    /// `None` where the system does not tell.
    pub(crate) cpu_ns: Option<f64>,
}

/// A stopwatch for both.
pub(crate) struct Clock {
    wall: Instant,
    cpu: Option<Duration>,
}

impl Clock {
    pub(crate) fn start() -> Self {
        Self { wall: Instant::now(), cpu: process_cpu() }
    }

    pub(crate) fn stop(&self) -> Spent {
        let cpu = process_cpu().zip(self.cpu).map(|(now, then)| nanos(now.saturating_sub(then)));
        Spent { wall_ns: nanos(self.wall.elapsed()), cpu_ns: cpu }
    }
}

#[cfg(unix)]
fn process_cpu() -> Option<Duration> {
    use rustix::time::{ClockId, clock_gettime};
    clock_gettime(ClockId::ProcessCPUTime).try_into().ok()
}

#[cfg(not(unix))]
fn process_cpu() -> Option<Duration> {
    None
}

pub(crate) fn nanos(duration: Duration) -> f64 {
    duration.as_nanos() as f64
}

/// Batches per sample. The best of them is the sample: interruptions only ever add to a cost.
const BATCHES: u32 = 10;

/// The time of one operation. `batch(n)` does `n` of them; `n` is doubled until a batch takes its
/// share of the budget, which warms up as well.
pub(crate) async fn cost<F, Fut>(job: &Job, mut batch: F) -> Outcome
where
    F: FnMut(u64) -> Fut,
    Fut: Future<Output = ()>,
{
    let share = job.budget / BATCHES;
    let mut n = 1;
    loop {
        let start = Instant::now();
        batch(n).await;
        let took = start.elapsed().max(Duration::from_nanos(1));
        if took * 4 >= share {
            n = ((n as f64 * nanos(share) / nanos(took)) as u64).max(1);
            break;
        }
        n *= 2;
    }
    let clock = Clock::start();
    let mut parts = Vec::new();
    for _ in 0..BATCHES {
        let start = Instant::now();
        batch(n).await;
        parts.push(nanos(start.elapsed()) / n as f64);
    }
    let spent = clock.stop();
    let value = parts.iter().copied().fold(f64::INFINITY, f64::min);
    let operations = n * u64::from(BATCHES);
    Outcome { values: vec![value], operations, spent, parts, answer: None }
}

/// The distribution of a latency: sorted nanoseconds.
pub(crate) struct Latencies(Vec<f64>);

impl Latencies {
    pub(crate) fn new(mut nanos: Vec<f64>) -> Self {
        nanos.sort_by(f64::total_cmp);
        Self(nanos)
    }

    /// The smallest value that at least `percent` of all do not exceed.
    pub(crate) fn percentile(&self, percent: usize) -> f64 {
        let rank = (self.0.len() * percent).div_ceil(100);
        self.0.get(rank.saturating_sub(1)).copied().unwrap_or(f64::NAN)
    }

    /// A sample whose rows are `values`; p50, p90, p99 and the maximum go along.
    pub(crate) fn outcome(&self, values: Vec<f64>, spent: Spent) -> Outcome {
        let parts = [50, 90, 99, 100].map(|percent| self.percentile(percent)).to_vec();
        Outcome { values, operations: self.0.len() as u64, spent, parts, answer: None }
    }
}
