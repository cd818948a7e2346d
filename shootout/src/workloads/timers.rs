//! Time: what a timer costs, and how late it is.

use std::future::{Future, poll_fn};
use std::hint::black_box;
use std::pin::pin;
use std::task::Poll;
use std::time::{Duration, Instant};

use anyrt::prelude::*;

use super::{Info, Workload, time};
use crate::measure::{Clock, Job, Latencies, Outcome, cost, nanos};

const NEED: &str = "timers and timeouts";

/// Sleeps, and says how much too long, in nanoseconds.
pub(super) async fn lateness<R: Runtime>(rt: &R, duration: Duration) -> f64 {
    let due = Instant::now() + duration;
    rt.sleep_until(Some(due)).await;
    nanos(Instant::now().saturating_duration_since(due))
}

pub(super) struct Sleeps;

impl Workload for Sleeps {
    const INFO: Info = Info::new(
        NEED,
        "sleeps",
        "100,000 tasks sleep 0.1 to 1.1 s (quick: 10,000)",
        &[time("100k sleeps: CPU each"), time("100k sleeps: late p99")],
    );

    async fn run<R: Runtime>(rt: R, job: Job) -> Outcome {
        let (count, range) = if job.quick { (10_000, 50..250) } else { (100_000, 100..1_100) };
        let mut random = fastrand::Rng::with_seed(7); // the same deadlines for every executor
        let clock = Clock::start(&job);
        let mut sleeps = Vec::with_capacity(count);
        for _ in 0..count {
            let rt_ = rt.clone();
            let duration = Duration::from_micros(random.u64(range.start * 1000..range.end * 1000));
            sleeps.push(rt.spawn(async move { lateness(&rt_, duration).await }));
        }
        let mut late = Latencies::default();
        for sleep in sleeps {
            late.add(sleep.await.expect("it neither panics nor is aborted"));
        }
        let spent = clock.stop();
        let cpu = spent.cpu_ns.unwrap_or(f64::NAN) / count as f64;
        let mut outcome = late.outcome(&[99.0], spent);
        outcome.values.insert(0, cpu);
        outcome
    }
}

pub(super) struct ShortSleep;

impl Workload for ShortSleep {
    const INFO: Info = Info::new(
        NEED,
        "sleep_1ms",
        "a task sleeps 1 ms, again and again: how late it wakes",
        &[time("1 ms sleep: late p50")],
    );

    async fn run<R: Runtime>(rt: R, job: Job) -> Outcome {
        let count = if job.quick { 30 } else { 100 };
        let clock = Clock::start(&job);
        let mut late = Latencies::default();
        for _ in 0..count {
            late.add(lateness(&rt, Duration::from_millis(1)).await);
        }
        late.outcome(&[50.0], clock.stop())
    }
}

pub(super) struct CancelTimer;

impl Workload for CancelTimer {
    const INFO: Info = Info::new(
        NEED,
        "timer_cancel",
        "create a timer, poll it once, drop it: an unused timeout",
        &[time("timer, made+dropped")],
    )
    .countable();

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
