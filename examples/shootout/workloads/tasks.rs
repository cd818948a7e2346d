//! Tasks: starting them, holding many, taking turns.

use std::future::pending;
use std::hint::black_box;
use std::sync::Arc;
use std::sync::atomic::{AtomicUsize, Ordering};

use anyrt::prelude::*;
use anyrt::task::yield_now;

use super::{Driver, Info, Row, Unit, Workload, time};
use crate::alloc;
use crate::measure::{Clock, Job, Outcome, cost};

/// Spawns tasks one by one and awaits each.
async fn spawn_and_join<R: Runtime>(rt: R, job: Job) -> Outcome {
    cost(&job, |n| {
        let rt = rt.clone();
        async move {
            for i in 0..n {
                let echo = rt.spawn(async move { black_box(i) }).await;
                assert_eq!(echo.expect("it neither panics nor is aborted"), i);
            }
        }
    })
    .await
}

pub(super) struct SpawnTask;

impl Workload for SpawnTask {
    const INFO: Info = Info::new(
        "spawn_task",
        "spawn a task and await it, from inside a task",
        &[time("spawn+join, in a task")],
    );

    async fn run<R: Runtime>(rt: R, job: Job) -> Outcome {
        spawn_and_join(rt, job).await
    }
}

pub(super) struct SpawnRoot;

impl Workload for SpawnRoot {
    const INFO: Info = Info {
        driver: Driver::Root,
        ..Info::new(
            "spawn_root",
            "the same from the root block_on, as in a main function",
            &[time("spawn+join, from root")],
        )
    };

    async fn run<R: Runtime>(rt: R, job: Job) -> Outcome {
        spawn_and_join(rt, job).await
    }
}

pub(super) struct LiveTasks;

impl Workload for LiveTasks {
    const INFO: Info = Info::new(
        "live_tasks",
        "1,000,000 parked tasks (quick: 100,000): memory of each",
        &[Row { label: "memory of a live task", unit: Unit::Bytes }],
    );

    async fn run<R: Runtime>(rt: R, job: Job) -> Outcome {
        let count = if job.quick { 100_000 } else { 1_000_000 };
        let parked = Arc::new(AtomicUsize::new(0));
        let mut handles = Vec::with_capacity(count); // the caller's memory, not the executor's
        let clock = Clock::start();
        alloc::start_counting();
        for _ in 0..count {
            let parked = parked.clone();
            handles.push(rt.spawn(async move {
                parked.fetch_add(1, Ordering::Release);
                pending::<()>().await;
            }));
        }
        while parked.load(Ordering::Acquire) < count {
            yield_now().await;
        }
        let bytes = alloc::live_bytes() as f64 / count as f64;
        let spent = clock.stop();
        assert!(handles.iter().all(|handle| !handle.is_finished()));
        let operations = count as u64;
        Outcome { values: vec![bytes], operations, spent, parts: Vec::new(), answer: None }
    }
}

pub(super) struct Yield;

impl Workload for Yield {
    const INFO: Info = Info::new(
        "yield",
        "200 tasks take turns: one yield (a task that wakes itself)",
        &[time("yield, 200 tasks")],
    );

    async fn run<R: Runtime>(rt: R, job: Job) -> Outcome {
        const TASKS: u64 = 200;
        cost(&job, |n| {
            let rt = rt.clone();
            async move {
                let turns = move || async move {
                    for turn in 0..n {
                        black_box(turn);
                        yield_now().await;
                    }
                    n
                };
                let tasks: Vec<_> = (0..TASKS).map(|_| rt.spawn(turns())).collect();
                for task in tasks {
                    assert_eq!(task.await.expect("it neither panics nor is aborted"), n);
                }
            }
        })
        .await
        .per(TASKS)
    }
}
