//! Time: what a timer costs, and how late it is.

use std::future::{Future, poll_fn};
use std::hint::black_box;
use std::pin::pin;
use std::sync::Arc;
use std::sync::atomic::{AtomicBool, Ordering};
use std::task::Poll;
use std::time::{Duration, Instant};

use anyrt::prelude::*;
use anyrt::task::yield_now;

use super::{Info, Workload, time};
use crate::measure::{Clock, Job, Latencies, Outcome, cost, nanos};

/// Sleeps, and says how much too long, in nanoseconds.
async fn lateness<R: Runtime>(rt: &R, duration: Duration) -> f64 {
    let due = Instant::now() + duration;
    rt.sleep_until(Some(due)).await;
    nanos(Instant::now().saturating_duration_since(due))
}

pub(super) struct Sleeps;

impl Workload for Sleeps {
    const INFO: Info = Info::new(
        "sleeps",
        "100,000 tasks sleep 0.1 to 1.1 s (quick: 10,000)",
        &[time("100k sleeps: CPU each"), time("100k sleeps: late p99")],
    );

    async fn run<R: Runtime>(rt: R, job: Job) -> Outcome {
        let (count, range) = if job.quick { (10_000, 50..250) } else { (100_000, 100..1_100) };
        let mut random = fastrand::Rng::with_seed(7); // the same deadlines for every executor
        let clock = Clock::start();
        let mut sleeps = Vec::with_capacity(count);
        for _ in 0..count {
            let rt_ = rt.clone();
            let duration = Duration::from_micros(random.u64(range.start * 1000..range.end * 1000));
            sleeps.push(rt.spawn(async move { lateness(&rt_, duration).await }));
        }
        let mut late = Vec::with_capacity(count);
        for sleep in sleeps {
            late.push(sleep.await.expect("it neither panics nor is aborted"));
        }
        let spent = clock.stop();
        let late = Latencies::new(late);
        let cpu = spent.cpu_ns.unwrap_or(f64::NAN) / count as f64;
        late.outcome(vec![cpu, late.percentile(99)], spent)
    }
}

pub(super) struct ShortSleep;

impl Workload for ShortSleep {
    const INFO: Info = Info::new(
        "sleep_1ms",
        "a task sleeps 1 ms, again and again: how late it wakes",
        &[time("1 ms sleep: late p50")],
    );

    async fn run<R: Runtime>(rt: R, job: Job) -> Outcome {
        let count = if job.quick { 30 } else { 100 };
        let clock = Clock::start();
        let mut late = Vec::with_capacity(count);
        for _ in 0..count {
            late.push(lateness(&rt, Duration::from_millis(1)).await);
        }
        let late = Latencies::new(late);
        late.outcome(vec![late.percentile(50)], clock.stop())
    }
}

pub(super) struct CancelTimer;

impl Workload for CancelTimer {
    const INFO: Info = Info::new(
        "timer_cancel",
        "create a timer, poll it once, drop it: an unused timeout",
        &[time("timer, made+dropped")],
    );

    async fn run<R: Runtime>(rt: R, job: Job) -> Outcome {
        cost(&job, |n| {
            let rt = rt.clone();
            async move {
                for i in 0..n {
                    // Not all the same deadline, as timeouts of a server would not be.
                    let sleep = pin!(rt.sleep(Duration::from_micros(60_000_000 + i % 1024)));
                    assert!(black_box(poll_once(sleep).await).is_pending());
                }
            }
        })
        .await
    }
}

async fn poll_once<F: Future>(future: std::pin::Pin<&mut F>) -> Poll<F::Output> {
    let mut future = future;
    poll_fn(|cx| Poll::Ready(future.as_mut().poll(cx))).await
}

pub(super) struct Hogs;

impl Workload for Hogs {
    const INFO: Info = Info::new(
        "hogs",
        "the same beside a hog per worker that computes 0.2 ms at a time",
        &[time("beside hogs: late p99")],
    );

    async fn run<R: Runtime>(rt: R, job: Job) -> Outcome {
        let count = if job.quick { 30 } else { 100 };
        let stop = Arc::new(AtomicBool::new(false));
        let hogs: Vec<_> = (0..job.threads).map(|_| rt.spawn(hog(stop.clone()))).collect();
        let clock = Clock::start();
        let mut late = Vec::with_capacity(count);
        for _ in 0..count {
            late.push(lateness(&rt, Duration::from_millis(1)).await);
        }
        let spent = clock.stop();
        stop.store(true, Ordering::Release);
        for hog in hogs {
            hog.await.expect("it neither panics nor is aborted");
        }
        let late = Latencies::new(late);
        late.outcome(vec![late.percentile(99)], spent)
    }
}

/// What a hog computes between two yields.
const STRETCH: Duration = Duration::from_micros(200);

/// Computes, and gives way politely after every stretch.
async fn hog(stop: Arc<AtomicBool>) {
    let mut sum = 0_u64;
    while !stop.load(Ordering::Acquire) {
        let start = Instant::now();
        while start.elapsed() < STRETCH {
            sum = black_box(sum.wrapping_add(1));
        }
        yield_now().await;
    }
}
