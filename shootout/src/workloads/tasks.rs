//! Tasks: starting them, holding many, taking turns.

use std::future::{Future, pending};
use std::hint::black_box;
use std::pin::Pin;
use std::sync::Arc;
use std::sync::atomic::{AtomicUsize, Ordering};

use anyrt::prelude::*;
use anyrt::sync::Event;
use anyrt::task::yield_now;

use super::wakes::Slot;
use super::{Driver, Info, Workload, bytes, time};
use crate::alloc;
use crate::measure::{Clock, Job, Mode, Outcome, cost, nanos};

const SHORT: &str = "many short tasks";
const MANY: &str = "many tasks at once, most of them waiting";

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
        SHORT,
        "spawn_task",
        "spawn a task and await it, from inside a task",
        &[time("spawn+join, in a task")],
    )
    .countable();

    async fn run<R: Runtime>(rt: R, job: Job) -> Outcome {
        spawn_and_join(rt, job).await
    }
}

pub(super) struct SpawnRoot;

impl Workload for SpawnRoot {
    const INFO: Info = Info {
        driver: Driver::Root,
        ..Info::new(
            SHORT,
            "spawn_root",
            "spawn a task and await it, from the root block_on, as in a main function",
            &[time("spawn+join, from root")],
        )
        .countable()
    };

    async fn run<R: Runtime>(rt: R, job: Job) -> Outcome {
        spawn_and_join(rt, job).await
    }
}

pub(super) struct SpawnForeign;

impl Workload for SpawnForeign {
    const INFO: Info = Info::new(
        SHORT,
        "spawn_thread",
        "spawn a task from a plain thread outside the runtime, which blocks until it is done",
        &[time("spawn+join, outside")],
    )
    .scales();

    async fn run<R: Runtime>(rt: R, job: Job) -> Outcome {
        let done = Arc::new(Slot::default());
        cost(&job, |n| {
            let (rt, done) = (rt.clone(), done.clone());
            async move {
                let outside = std::thread::spawn({
                    let done = done.clone();
                    move || {
                        for i in 0..n {
                            let echo = rt.spawn(async move { black_box(i) });
                            let echo = futures_lite::future::block_on(echo);
                            assert_eq!(echo.expect("it neither panics nor is aborted"), i);
                        }
                        done.put();
                    }
                });
                done.take().await;
                outside.join().expect("the thread outside does not panic");
            }
        })
        .await
    }
}

pub(super) struct Burst;

impl Workload for Burst {
    const INFO: Info = Info::new(
        SHORT,
        "burst",
        "spawn 10,000 tasks, then await all",
        &[time("10k tasks, then join")],
    )
    .scales();

    async fn run<R: Runtime>(rt: R, job: Job) -> Outcome {
        const TASKS: u64 = 10_000;
        cost(&job, |n| {
            let rt = rt.clone();
            async move {
                for _ in 0..n {
                    let tasks = (0..TASKS).map(|i| rt.spawn(async move { black_box(i) }));
                    let tasks = tasks.collect::<Vec<_>>();
                    let mut sum = 0;
                    for task in tasks {
                        sum += task.await.expect("it neither panics nor is aborted");
                    }
                    assert_eq!(sum, TASKS * (TASKS - 1) / 2);
                }
            }
        })
        .await
        .per(TASKS)
    }
}

/// What a task that spawns the like of itself is.
type Boxed<T> = Pin<Box<dyn Future<Output = T> + Send>>;

pub(super) struct Chain;

impl Workload for Chain {
    const INFO: Info = Info::new(
        SHORT,
        "chain",
        "each task spawns the next, 1,000 deep; the last says so",
        &[time("chain of 1000 tasks")],
    );

    async fn run<R: Runtime>(rt: R, job: Job) -> Outcome {
        const DEPTH: u64 = 1_000;
        fn link<R: Runtime>(rt: R, depth: u64, done: Arc<Slot>) -> Boxed<()> {
            Box::pin(async move {
                if depth == 0 {
                    done.put();
                } else {
                    rt.spawn(link(rt.clone(), depth - 1, done)).detach();
                }
            })
        }
        let done = Arc::new(Slot::default());
        cost(&job, |n| {
            let (rt, done) = (rt.clone(), done.clone());
            async move {
                for _ in 0..n {
                    rt.spawn(link(rt.clone(), DEPTH, done.clone())).detach();
                    done.take().await;
                }
            }
        })
        .await
        .per(DEPTH)
    }
}

pub(super) struct Tree;

impl Workload for Tree {
    const INFO: Info = Info::new(
        SHORT,
        "tree",
        "a tree of tasks, each awaits two: the 18th Fibonacci number, 8,361 tasks",
        &[time("fork-join tree, task")],
    )
    .scales();

    async fn run<R: Runtime>(rt: R, job: Job) -> Outcome {
        const TASKS: u64 = 8_361;
        fn fibonacci<R: Runtime>(rt: R, n: u32) -> Boxed<u64> {
            Box::pin(async move {
                if n < 2 {
                    return u64::from(n);
                }
                let one = rt.spawn(fibonacci(rt.clone(), n - 1));
                let other = rt.spawn(fibonacci(rt.clone(), n - 2));
                let (one, other) = (one.await, other.await);
                one.unwrap_or_else(|error| error.resume())
                    + other.unwrap_or_else(|error| error.resume())
            })
        }
        cost(&job, |n| {
            let rt = rt.clone();
            async move {
                for _ in 0..n {
                    let root = rt.spawn(fibonacci(rt.clone(), 18)).await;
                    assert_eq!(root.expect("it neither panics nor is aborted"), 2_584);
                }
            }
        })
        .await
        .per(TASKS)
    }
}

pub(super) struct Abort;

impl Workload for Abort {
    const INFO: Info = Info::new(
        SHORT,
        "abort",
        "abort 10,000 parked tasks and await the end of each",
        &[time("abort a parked task")],
    );

    async fn run<R: Runtime>(rt: R, job: Job) -> Outcome {
        const TASKS: usize = 10_000;
        let alive = Arc::new(());
        let mut best = f64::INFINITY;
        let clock = Clock::start(&job);
        let rounds = if job.quick { 2 } else { 5 };
        for _ in 0..rounds {
            let mut tasks = park(&rt, TASKS, |_| {
                let alive = alive.clone();
                async move {
                    pending::<()>().await;
                    drop(alive);
                }
            })
            .await;
            let start = std::time::Instant::now();
            tasks.iter_mut().for_each(JoinHandle::abort);
            for task in tasks {
                assert!(task.await.is_err(), "it was aborted");
            }
            best = best.min(nanos(start.elapsed()) / TASKS as f64);
            assert_eq!(Arc::strong_count(&alive), 1, "an abort is over when the task is dropped");
        }
        Outcome::new(vec![best], (TASKS * rounds) as u64, clock.stop())
    }
}

/// Spawns so many tasks and waits until each has been polled.
async fn park<R, F>(
    rt: &R,
    count: usize,
    body: impl Fn(usize) -> F,
) -> Vec<R::JoinHandle<F::Output>>
where
    R: Runtime,
    F: Future<Output: Send + 'static> + Send + 'static,
{
    let parked = Arc::new(AtomicUsize::new(0));
    let mut handles = Vec::with_capacity(count);
    for i in 0..count {
        let (parked, body) = (parked.clone(), body(i));
        handles.push(rt.spawn(async move {
            parked.fetch_add(1, Ordering::Release);
            body.await
        }));
    }
    while parked.load(Ordering::Acquire) < count {
        yield_now().await;
    }
    handles
}

pub(super) struct LiveTasks;

impl Workload for LiveTasks {
    const INFO: Info = Info::new(
        MANY,
        "live_tasks",
        "1,000,000 parked tasks (quick: 100,000): memory of each",
        &[bytes("memory of a live task")],
    );

    async fn run<R: Runtime>(rt: R, job: Job) -> Outcome {
        let count = if job.quick { 100_000 } else { 1_000_000 };
        let clock = Clock::start(&Job { mode: Mode::Allocations, ..job });
        let handles = park(&rt, count, |_| pending::<()>()).await;
        // The list of handles is the caller's memory, not the executor's.
        let caller = handles.capacity() * size_of::<R::JoinHandle<()>>();
        let live = alloc::live_bytes() as f64 - caller as f64;
        let spent = clock.stop();
        assert!(handles.iter().all(|handle| !handle.is_finished()));
        let bytes = if spent.allocations.is_some() { live / count as f64 } else { f64::NAN };
        Outcome::new(vec![bytes], count as u64, spent)
    }
}

pub(super) struct WakeAll;

impl Workload for WakeAll {
    const INFO: Info = Info::new(
        MANY,
        "wake_all",
        "wake 100,000 parked tasks at once and await their ends (anyrt's event)",
        &[time("wake one of 100k")],
    );

    async fn run<R: Runtime>(rt: R, job: Job) -> Outcome {
        let count = if job.quick { 20_000 } else { 100_000 };
        let gate = Arc::new(Event::new());
        let handles = park(&rt, count, |_| {
            let gate = gate.clone();
            async move { gate.wait().await }
        })
        .await;
        let clock = Clock::start(&job);
        gate.set();
        for handle in handles {
            handle.await.expect("it neither panics nor is aborted");
        }
        let spent = clock.stop();
        Outcome::new(vec![spent.wall_ns / count as f64], count as u64, spent)
    }
}

pub(super) struct Yield;

impl Workload for Yield {
    const INFO: Info = Info::new(
        "tasks that hand over to each other",
        "yield",
        "200 tasks take turns: one yield (a task that wakes itself)",
        &[time("yield, 200 tasks")],
    )
    .countable();

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
