//! Work that blocks a thread.

use std::fs;
use std::hint::black_box;
use std::sync::Arc;
use std::sync::atomic::{AtomicBool, AtomicUsize, Ordering};
use std::thread;
use std::time::{Duration, Instant};

use anyrt::prelude::*;

use super::{Info, Workload, number, time};
use crate::measure::{Clock, Job, Outcome, cost, nanos};

const NEED: &str = "to call functions that block";

pub(super) struct RoundTrip;

impl Workload for RoundTrip {
    const INFO: Info = Info::new(
        NEED,
        "blocking",
        "hand a function to the blocking threads and await its value",
        &[time("blocking round trip")],
    );

    async fn run<R: Runtime>(rt: R, job: Job) -> Outcome {
        cost(&job, |n| {
            let rt = rt.clone();
            async move {
                for i in 0..n {
                    let echo = rt.spawn_blocking(move || black_box(i)).await;
                    assert_eq!(echo.expect("it neither panics nor is aborted"), i);
                }
            }
        })
        .await
    }
}

/// Threads that this process has, if the system tells.
fn threads() -> Option<usize> {
    let status = fs::read_to_string("/proc/self/status").ok()?;
    status.lines().find_map(|line| line.strip_prefix("Threads:"))?.trim().parse().ok()
}

/// Looks at the number of threads again and again while something runs.
struct Watch {
    stop: Arc<AtomicBool>,
    peak: thread::JoinHandle<usize>,
}

impl Watch {
    fn start() -> Self {
        let stop = Arc::new(AtomicBool::new(false));
        let look = {
            let stop = stop.clone();
            move || {
                let mut peak = 0;
                // Once at least: what is watched may be over before this thread runs.
                loop {
                    let is_last = stop.load(Ordering::Acquire);
                    peak = peak.max(threads().unwrap_or(0));
                    if is_last {
                        return peak;
                    }
                    thread::sleep(Duration::from_millis(2));
                }
            }
        };
        Self { stop, peak: thread::spawn(look) }
    }

    /// The most there were, without the one that looked; not a number if the system does not tell.
    fn peak(self) -> f64 {
        self.stop.store(true, Ordering::Release);
        match self.peak.join().expect("the watch does not panic") {
            0 => f64::NAN,
            peak => (peak - 1) as f64,
        }
    }
}

pub(super) struct Flood;

impl Workload for Flood {
    const INFO: Info = Info::new(
        NEED,
        "blocking_flood",
        "100,000 short blocking jobs at once (quick: 10,000), and the threads that takes",
        &[time("100k blocking jobs"), number("100k jobs: threads")],
    );

    async fn run<R: Runtime>(rt: R, job: Job) -> Outcome {
        let count = if job.quick { 10_000 } else { 100_000 };
        let (watch, clock) = (Watch::start(), Clock::start(&job));
        let start = Instant::now();
        let jobs: Vec<_> =
            (0..count).map(|i: u64| rt.spawn_blocking(move || black_box(i))).collect();
        let mut sum = 0;
        for job in jobs {
            sum += job.await.expect("it neither panics nor is aborted");
        }
        assert_eq!(sum, count * (count - 1) / 2);
        let each = nanos(start.elapsed()) / count as f64;
        Outcome::new(vec![each, watch.peak()], count, clock.stop())
    }
}

pub(super) struct Waiting;

impl Workload for Waiting {
    const INFO: Info = Info::new(
        NEED,
        "blocking_sleep",
        "100 jobs block for 20 ms each, at once: until the last is done",
        &[time("100 x 20 ms blocking"), number("100 x 20 ms: threads")],
    );

    async fn run<R: Runtime>(rt: R, job: Job) -> Outcome {
        const JOBS: usize = 100;
        let (watch, clock) = (Watch::start(), Clock::start(&job));
        let (start, done) = (Instant::now(), Arc::new(AtomicUsize::new(0)));
        let jobs = (0..JOBS).map(|_| {
            let done = done.clone();
            rt.spawn_blocking(move || {
                thread::sleep(Duration::from_millis(20));
                done.fetch_add(1, Ordering::Relaxed);
            })
        });
        for job in jobs.collect::<Vec<_>>() {
            job.await.expect("it neither panics nor is aborted");
        }
        let took = nanos(start.elapsed());
        assert_eq!(done.load(Ordering::Relaxed), JOBS);
        Outcome::new(vec![took, watch.peak()], JOBS as u64, clock.stop())
    }
}
