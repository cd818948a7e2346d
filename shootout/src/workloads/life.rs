//! The runtime itself: its start, its end, and what it does when there is nothing to do.

use std::future::pending;
use std::hint::black_box;
use std::sync::Arc;
use std::thread;
use std::time::{Duration, Instant};

use anyrt::BuildError;
use anyrt::prelude::*;
use anyrt::task::yield_now;

use super::wakes::Slot;
use super::{Contest, Info, Workload, number, time};
use crate::measure::{Clock, Job, Outcome, cost, nanos};

const NEED: &str = "a runtime for a short while, or many of them";

pub(super) struct StartStop;

impl Contest for StartStop {
    const INFO: Info = Info::new(
        NEED,
        "start_stop",
        "build the runtime, run one task, drop the runtime",
        &[time("start, 1 task, stop")],
    )
    .needs_an_end();

    fn drive<B: BlockOn>(
        build: impl Fn() -> Result<B, BuildError>,
        job: &Job,
    ) -> Result<Outcome, BuildError> {
        let times = if job.quick { 20 } else { 100 };
        let clock = Clock::start(job);
        let mut best = f64::INFINITY;
        for i in 0..times {
            let start = Instant::now();
            let owner = build()?;
            let task = owner.handle().spawn(async move { black_box(i) });
            assert_eq!(owner.block_on(task).expect("it neither panics nor is aborted"), i);
            drop(owner);
            best = best.min(nanos(start.elapsed()));
        }
        Ok(Outcome::new(vec![best], times, clock.stop()))
    }
}

pub(super) struct ShutDown;

impl Contest for ShutDown {
    const INFO: Info = Info::new(
        NEED,
        "shut_down",
        "drop a runtime with 10,000 parked tasks; all destructors run",
        &[time("stop with 10k tasks"), number("tasks not dropped")],
    )
    .needs_an_end();

    fn drive<B: BlockOn>(
        build: impl Fn() -> Result<B, BuildError>,
        job: &Job,
    ) -> Result<Outcome, BuildError> {
        const TASKS: usize = 10_000;
        let owner = build()?;
        let rt = owner.handle();
        let alive = Arc::new(());
        for _ in 0..TASKS {
            let alive = alive.clone();
            rt.spawn(async move {
                pending::<()>().await;
                drop(alive);
            })
            .detach();
        }
        owner.block_on(rt.spawn(yield_now())).expect("it neither panics nor is aborted");
        let clock = Clock::start(job);
        drop((owner, rt));
        let spent = clock.stop();
        let left = Arc::strong_count(&alive) - 1;
        Ok(Outcome::new(vec![spent.wall_ns, left as f64], TASKS as u64, spent))
    }
}

pub(super) struct Ready;

impl Contest for Ready {
    const INFO: Info = Info::new(
        "to call async code from code that is not",
        "block_on",
        "block_on of a future that is ready: going in and out",
        &[time("block_on, ready")],
    )
    .countable();

    fn drive<B: BlockOn>(
        build: impl Fn() -> Result<B, BuildError>,
        job: &Job,
    ) -> Result<Outcome, BuildError> {
        let owner = build()?;
        let outcome = futures_lite::future::block_on(cost(job, |n| {
            for i in 0..n {
                assert_eq!(owner.block_on(async { black_box(i) }), i);
            }
            async {}
        }));
        Ok(outcome)
    }
}

pub(super) struct Idle;

impl Workload for Idle {
    const INFO: Info = Info::new(
        "to sleep when there is nothing to do",
        "idle",
        "a second with 100 parked tasks (quick: 0.2 s): processor time and wake-ups",
        &[time("idle: CPU per s"), number("idle: switches per s")],
    );

    async fn run<R: Runtime>(rt: R, job: Job) -> Outcome {
        let parked = (0..100).map(|_| rt.spawn(pending::<()>())).collect::<Vec<_>>();
        let length = Duration::from_millis(if job.quick { 200 } else { 1_000 });
        let slot = Arc::new(Slot::default());
        let sleeper = thread::spawn({
            let slot = slot.clone();
            let job = job.clone();
            move || {
                thread::sleep(Duration::from_millis(50)); // what runs after the start is not idleness
                let clock = Clock::start(&job);
                thread::sleep(length);
                let spent = clock.stop();
                slot.put();
                spent
            }
        });
        slot.take().await;
        let spent = sleeper.join().expect("the sleeping thread does not panic");
        assert!(parked.iter().all(|task| !task.is_finished()));
        let per_second = |value: Option<f64>| value.map_or(f64::NAN, |v| v / length.as_secs_f64());
        // The sleeping thread's own switch is in it, on all alike.
        Outcome::new(vec![per_second(spent.cpu_ns), per_second(spent.switches)], 1, spent)
    }
}
