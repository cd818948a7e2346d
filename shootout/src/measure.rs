//! What a workload measures with, inside its child process.

use std::future::Future;
use std::path::PathBuf;
use std::time::{Duration, Instant};

use hdrhistogram::Histogram;
use serde::{Deserialize, Deserializer, Serialize};

use crate::alloc;

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
    /// Requests per second, where clients ask at a rate of their own.
    pub(crate) rate: Option<f64>,
    pub(crate) mode: Mode,
}

/// What a sample is for.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Serialize, Deserialize)]
pub(crate) enum Mode {
    /// To know how long it takes.
    Time,
    /// To know what it allocates: slower, so its times count for nothing.
    Allocations,
    /// For callgrind: exactly so many operations, once.
    Exactly(u64),
}

/// What it found: one sample.
#[derive(Debug, Clone, Default, Serialize, Deserialize)]
pub(crate) struct Outcome {
    /// A value for each of the workload's rows, in the unit of the row; not a number where the system does
    /// not tell.
    #[serde(deserialize_with = "numbers")]
    pub(crate) values: Vec<f64>,
    /// Operations measured.
    pub(crate) operations: u64,
    pub(crate) spent: Spent,
    /// Of a latency: percentages with the nanoseconds that so many did not exceed.
    #[serde(default, skip_serializing_if = "Vec::is_empty")]
    pub(crate) curve: Vec<(f64, f64)>,
    /// What the program found out. The same on every executor, or one of them is wrong.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub(crate) answer: Option<String>,
    /// The most memory that the process ever had, in bytes.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub(crate) peak_rss: Option<u64>,
}

/// JSON has null for what is not a number.
fn numbers<'de, D: Deserializer<'de>>(from: D) -> Result<Vec<f64>, D::Error> {
    let values = Vec::<Option<f64>>::deserialize(from)?;
    Ok(values.into_iter().map(|value| value.unwrap_or(f64::NAN)).collect())
}

impl Outcome {
    pub(crate) fn new(values: Vec<f64>, operations: u64, spent: Spent) -> Self {
        Self { values, operations, spent, ..Self::default() }
    }

    /// For a batch whose every operation was `count` smaller ones.
    pub(crate) fn per(mut self, count: u64) -> Self {
        self.operations *= count;
        self.values.iter_mut().for_each(|value| *value /= count as f64);
        self
    }
}

/// What the operations took of the machine. `None` where the system does not tell.
#[derive(Debug, Clone, Copy, Default, Serialize, Deserialize)]
pub(crate) struct Spent {
    pub(crate) wall_ns: f64,
    /// Of all processors together.
    pub(crate) cpu_ns: Option<f64>,
    /// Context switches, of both kinds.
    pub(crate) switches: Option<f64>,
    /// Only in a sample that counts them.
    pub(crate) allocations: Option<f64>,
    pub(crate) allocated_bytes: Option<f64>,
}

/// A stopwatch for all of that.
pub(crate) struct Clock {
    wall: Instant,
    cpu: Option<f64>,
    switches: Option<f64>,
    counts: bool,
}

impl Clock {
    pub(crate) fn start(job: &Job) -> Self {
        let counts = job.mode == Mode::Allocations;
        if counts {
            alloc::start_counting();
        }
        let (cpu, switches) = (system::process_cpu(), system::switches());
        Self { wall: Instant::now(), cpu, switches, counts }
    }

    pub(crate) fn stop(&self) -> Spent {
        let wall_ns = nanos(self.wall.elapsed());
        let since = |now: Option<f64>, then: Option<f64>| Some(now? - then?);
        let counted = Some(alloc::counted()).filter(|_| self.counts && alloc::is_installed());
        Spent {
            wall_ns,
            cpu_ns: since(system::process_cpu(), self.cpu),
            switches: since(system::switches(), self.switches),
            allocations: counted.map(|(count, _)| count as f64),
            allocated_bytes: counted.map(|(_, bytes)| bytes as f64),
        }
    }
}

/// What the system knows of this process.
#[cfg(unix)]
pub(crate) mod system {
    use std::os::unix::process::ExitStatusExt;
    use std::process::ExitStatus;

    use nix::sys::resource::{Resource, Usage, UsageWho, getrlimit, getrusage, setrlimit};
    use nix::sys::time::TimeValLike;
    use nix::time::{ClockId, clock_gettime};

    pub(crate) fn process_cpu() -> Option<f64> {
        let time = clock_gettime(ClockId::CLOCK_PROCESS_CPUTIME_ID).ok()?;
        Some(time.num_nanoseconds() as f64)
    }

    pub(crate) fn switches() -> Option<f64> {
        let usage = getrusage(UsageWho::RUSAGE_SELF).ok()?;
        Some((usage.voluntary_context_switches() + usage.involuntary_context_switches()) as f64)
    }

    pub(crate) fn peak_rss() -> Option<u64> {
        const UNIT: u64 = if cfg!(target_vendor = "apple") { 1 } else { 1024 };
        let usage = getrusage(UsageWho::RUSAGE_SELF).ok()?;
        Some(u64::try_from(usage.max_rss()).ok()? * UNIT)
    }

    /// Seconds of processor time of all children that have ended.
    pub(crate) fn children_cpu() -> Option<f64> {
        let seconds = |usage: &Usage| {
            (usage.user_time().num_microseconds() + usage.system_time().num_microseconds()) as f64
        };
        getrusage(UsageWho::RUSAGE_CHILDREN).ok().map(|usage| seconds(&usage) / 1e6)
    }

    /// Whether it ended by Ctrl-C.
    pub(crate) fn was_interrupted(status: ExitStatus) -> bool {
        const SIGINT: i32 = 2; // on every Unix
        status.signal() == Some(SIGINT)
    }

    /// As many sockets as the system allows; if not enough, who opens one too many says so.
    pub(crate) fn open_many_files() {
        if let Ok((_, most)) = getrlimit(Resource::RLIMIT_NOFILE) {
            let _ = setrlimit(Resource::RLIMIT_NOFILE, most, most);
        }
    }

    /// Gives the main thread, and those that it starts, the timers of any other program: how exact they are
    /// is inherited, even by another program, and an executor may have asked for more.
    pub(crate) fn ordinary_timers() {
        if cfg!(target_os = "linux") {
            let _refused = std::fs::write("/proc/self/timerslack_ns", "50000");
        }
    }
}

#[cfg(not(unix))]
pub(crate) mod system {
    use std::process::ExitStatus;

    pub(crate) fn process_cpu() -> Option<f64> {
        None
    }
    pub(crate) fn switches() -> Option<f64> {
        None
    }
    pub(crate) fn peak_rss() -> Option<u64> {
        None
    }
    pub(crate) fn children_cpu() -> Option<f64> {
        None
    }
    pub(crate) fn was_interrupted(_: ExitStatus) -> bool {
        false
    }
    pub(crate) fn open_many_files() {}
    pub(crate) fn ordinary_timers() {}
}

pub(crate) fn nanos(duration: Duration) -> f64 {
    duration.as_nanos() as f64
}

/// Batches per sample. The best of them is the sample: interruptions only ever add to a cost.
const BATCHES: u32 = 10;

/// The time of one operation. `batch(n)` does `n` of them; `n` is doubled until a batch takes its
/// share of the budget, which warms up as well. What is slow is done fewer times, but twice at least.
///
/// Not an `AsyncFnMut`, which would spare the clones of what a batch uses: the compiler does not see that its
/// futures are `Send`.
pub(crate) async fn cost<F, Fut>(job: &Job, mut batch: F) -> Outcome
where
    F: FnMut(u64) -> Fut,
    Fut: Future<Output = ()>,
{
    if let Mode::Exactly(n) = job.mode {
        batch(n).await;
        return Outcome::new(vec![0.0], n, Spent::default());
    }
    let share = job.budget / BATCHES;
    let mut n = 1;
    let batches = loop {
        let start = Instant::now();
        batch(n).await;
        let took = start.elapsed().max(Duration::from_nanos(1));
        if took * 4 >= share {
            n = ((n as f64 * nanos(share) / nanos(took)) as u64).max(1);
            break (nanos(job.budget * 2) / nanos(took)).clamp(1.0, f64::from(BATCHES)) as u32;
        }
        n *= 2;
    };
    let clock = Clock::start(job);
    let mut best = f64::INFINITY;
    for _ in 0..batches {
        let start = Instant::now();
        batch(n).await;
        best = best.min(nanos(start.elapsed()) / n as f64);
    }
    Outcome::new(vec![best], n * u64::from(batches), clock.stop())
}

/// The distribution of a latency, in nanoseconds, to three digits.
#[derive(Debug, Clone, Serialize, Deserialize)]
#[serde(into = "Vec<(u64, u64)>", from = "Vec<(u64, u64)>")]
pub(crate) struct Latencies(Histogram<u64>);

const GROWS: &str = "the histogram grows as it must";

impl Default for Latencies {
    fn default() -> Self {
        Self(Histogram::new(3).expect("three digits are possible"))
    }
}

impl Latencies {
    pub(crate) fn add(&mut self, nanos: f64) {
        self.0.record(nanos.max(0.0) as u64).expect(GROWS);
    }

    pub(crate) fn merge(&mut self, other: &Self) {
        self.0.add(&other.0).expect(GROWS);
    }

    /// The smallest value that at least `percent` of all do not exceed.
    pub(crate) fn percentile(&self, percent: f64) -> f64 {
        if self.0.is_empty() { f64::NAN } else { self.0.value_at_percentile(percent) as f64 }
    }

    pub(crate) fn len(&self) -> u64 {
        self.0.len()
    }

    /// Those percentages that the number of values can tell, and the slowest.
    pub(crate) fn curve(&self) -> Vec<(f64, f64)> {
        const SHOWN: [f64; 12] =
            [0.0, 10.0, 25.0, 50.0, 75.0, 90.0, 95.0, 98.0, 99.0, 99.5, 99.9, 99.99];
        let told = |percent: &f64| self.len() as f64 * (100.0 - percent) > 99.99; // one value at least is beyond
        let shown = SHOWN.into_iter().filter(told).chain([100.0]);
        shown.map(|percent| (percent, self.percentile(percent))).collect()
    }

    /// A sample whose rows are these percentiles.
    pub(crate) fn outcome(&self, percents: &[f64], spent: Spent) -> Outcome {
        let values = percents.iter().map(|percent| self.percentile(*percent)).collect();
        Outcome { curve: self.curve(), ..Outcome::new(values, self.len(), spent) }
    }
}

impl FromIterator<f64> for Latencies {
    fn from_iter<I: IntoIterator<Item = f64>>(nanos: I) -> Self {
        let mut all = Self::default();
        nanos.into_iter().for_each(|nanos| all.add(nanos));
        all
    }
}

impl From<Latencies> for Vec<(u64, u64)> {
    fn from(latencies: Latencies) -> Self {
        let recorded = latencies.0.iter_recorded();
        recorded.map(|at| (at.value_iterated_to(), at.count_since_last_iteration())).collect()
    }
}

impl From<Vec<(u64, u64)>> for Latencies {
    fn from(pairs: Vec<(u64, u64)>) -> Self {
        let mut all = Self::default();
        for (value, count) in pairs {
            all.0.record_n(value, count).expect(GROWS);
        }
        all
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn what_the_system_does_not_tell_is_no_number_behind_json_either() {
        let outcome = Outcome::new(vec![1.5, f64::NAN], 1, Spent::default());
        let text = serde_json::to_string(&outcome).unwrap();
        let again: Outcome = serde_json::from_str(&text).unwrap();
        assert!(matches!(again.values[..], [first, second] if first > 1.0 && second.is_nan()));
    }

    #[test]
    fn latencies_keep_their_percentiles_on_the_way_through_json() {
        let all: Latencies = (1..=1000).map(|millis| f64::from(millis) * 1e6).collect();
        assert!((all.percentile(50.0) / 500e6 - 1.0).abs() < 1e-3);
        assert!((all.percentile(99.0) / 990e6 - 1.0).abs() < 1e-3);
        let text = serde_json::to_string(&all).unwrap();
        let again: Latencies = serde_json::from_str(&text).unwrap();
        assert_eq!((again.len(), again.curve()), (all.len(), all.curve()));
    }

    #[test]
    fn a_curve_shows_no_percentile_that_it_has_not_seen() {
        let percents = |count: u32| {
            let latencies: Latencies = (1..=count).map(f64::from).collect();
            latencies.curve().into_iter().map(|(percent, _)| percent).collect::<Vec<_>>()
        };
        assert_eq!(percents(10), [0.0, 10.0, 25.0, 50.0, 75.0, 90.0, 100.0]);
        assert!(!percents(999).contains(&99.9));
        assert!(percents(1_000).contains(&99.9));
    }
}
