//! Tasks that take long beside tasks that must not wait.

use std::future::poll_fn;
use std::hint::black_box;
use std::sync::Arc;
use std::sync::atomic::{AtomicBool, Ordering};
use std::task::Poll;
use std::time::{Duration, Instant};

use anyrt::prelude::*;
use anyrt::task::yield_now;

use super::timers::lateness;
use super::wakes::Slot;
use super::{Info, Workload, time};
use crate::measure::{Clock, Job, Latencies, Outcome, nanos};

const NEED: &str = "quick answers while other tasks compute";

/// How late a sleep of 1 ms ends, again and again, beside a task per worker that `disturb`s.
async fn beside<R, F>(rt: R, job: Job, disturb: impl Fn(Arc<AtomicBool>) -> F) -> Outcome
where
    R: Runtime,
    F: Future<Output = ()> + Send + 'static,
{
    let count = if job.quick { 30 } else { 100 };
    let stop = Arc::new(AtomicBool::new(false));
    let others: Vec<_> = (0..job.threads).map(|_| rt.spawn(disturb(stop.clone()))).collect();
    let clock = Clock::start(&job);
    let mut late = Latencies::default();
    for _ in 0..count {
        late.add(lateness(&rt, Duration::from_millis(1)).await);
    }
    let spent = clock.stop();
    stop.store(true, Ordering::Release);
    for other in others {
        other.await.expect("it neither panics nor is aborted");
    }
    late.outcome(&[99.0], spent)
}

/// Computes for so long.
fn compute(length: Duration) {
    let (start, mut sum) = (Instant::now(), 0_u64);
    while start.elapsed() < length {
        sum = black_box(sum.wrapping_add(1));
    }
}

pub(super) struct Hogs;

impl Workload for Hogs {
    const INFO: Info = Info::new(
        NEED,
        "hogs",
        "sleeps of 1 ms beside a hog per worker that computes 0.2 ms at a time: how late",
        &[time("beside hogs: late p99")],
    );

    async fn run<R: Runtime>(rt: R, job: Job) -> Outcome {
        beside(rt, job, |stop| async move {
            while !stop.load(Ordering::Acquire) {
                compute(Duration::from_micros(200));
                yield_now().await;
            }
        })
        .await
    }
}

pub(super) struct SelfWaking;

impl Workload for SelfWaking {
    const INFO: Info = Info::new(
        NEED,
        "self_waking",
        "sleeps of 1 ms beside a task per worker that does nothing but wake itself: how late",
        &[time("beside spinners: p99")],
    );

    async fn run<R: Runtime>(rt: R, job: Job) -> Outcome {
        beside(rt, job, |stop| {
            poll_fn(move |cx| {
                if stop.load(Ordering::Acquire) {
                    return Poll::Ready(());
                }
                cx.waker().wake_by_ref();
                Poll::Pending
            })
        })
        .await
    }
}

pub(super) struct Mixed;

impl Workload for Mixed {
    const INFO: Info = Info::new(
        NEED,
        "mixed",
        "a task every 0.2 ms; one of 50 computes for 5 ms: when do the others begin",
        &[time("mixed: late p99")],
    );

    async fn run<R: Runtime>(rt: R, job: Job) -> Outcome {
        let count = if job.quick { 300 } else { 1_500 };
        let clock = Clock::start(&job);
        let done = Arc::new(Slot::default());
        let tell = done.clone();
        // A thread outside starts them: it keeps its times whatever the executor does.
        let starter = std::thread::spawn(move || {
            let start = Instant::now();
            let tasks = (0..count).map(|i| {
                let due = start + Duration::from_micros(200) * i;
                std::thread::sleep(due.saturating_duration_since(Instant::now()));
                let is_long = i % 50 == 49;
                let from = Instant::now();
                rt.spawn(async move {
                    let late = nanos(from.elapsed());
                    if is_long {
                        compute(Duration::from_millis(5));
                    }
                    (!is_long).then_some(late)
                })
            });
            let tasks = tasks.collect::<Vec<_>>();
            tell.put();
            tasks
        });
        done.take().await;
        let mut late = Latencies::default();
        for task in starter.join().expect("the thread that starts tasks does not panic") {
            if let Some(nanos) = task.await.expect("it neither panics nor is aborted") {
                late.add(nanos);
            }
        }
        late.outcome(&[99.0], clock.stop())
    }
}

pub(super) struct FanOut;

impl Workload for FanOut {
    const INFO: Info = Info::new(
        NEED,
        "fan_out",
        "1,000 tasks of 20 µs at once: from the start until each is done",
        &[time("1000 x 20 µs: p50"), time("1000 x 20 µs: p99")],
    );

    async fn run<R: Runtime>(rt: R, job: Job) -> Outcome {
        let rounds = if job.quick { 2 } else { 10 };
        let clock = Clock::start(&job);
        let mut done = Latencies::default();
        for _ in 0..rounds {
            let start = Instant::now();
            let tasks = (0..1_000).map(|_| {
                rt.spawn(async move {
                    compute(Duration::from_micros(20));
                    nanos(start.elapsed())
                })
            });
            for task in tasks.collect::<Vec<_>>() {
                done.add(task.await.expect("it neither panics nor is aborted"));
            }
        }
        done.outcome(&[50.0, 99.0], clock.stop())
    }
}
