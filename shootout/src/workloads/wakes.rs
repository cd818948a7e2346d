//! Wakes: from task to task with nothing in between, and from another thread.

use std::future::poll_fn;
use std::hint::spin_loop;
use std::sync::Arc;
use std::sync::atomic::{AtomicBool, AtomicU64, Ordering};
use std::task::Poll;
use std::time::{Duration, Instant};

use anyrt::prelude::*;
use atomic_waker::AtomicWaker;

use super::{Info, Workload, time};
use crate::measure::{Clock, Job, Latencies, Outcome, cost};

const NEED: &str = "tasks that hand over to each other";
const OUTSIDE: &str = "to be told things by threads outside";

/// A place for one token and for the waker of the one task that waits for it. On cache lines of its
/// own, so that two tasks disturb each other by their token only.
#[derive(Default)]
#[repr(align(128))]
pub(super) struct Slot {
    full: AtomicBool,
    waiter: AtomicWaker,
}

impl Slot {
    pub(super) fn put(&self) {
        self.full.store(true, Ordering::Release);
        self.waiter.wake();
    }

    pub(super) async fn take(&self) {
        poll_fn(|cx| {
            if self.full.swap(false, Ordering::Acquire) {
                return Poll::Ready(());
            }
            self.waiter.register(cx.waker());
            if self.full.swap(false, Ordering::Acquire) { Poll::Ready(()) } else { Poll::Pending }
        })
        .await;
    }
}

/// `tasks` tasks in a circle hand one token on; the time of one lap.
async fn laps<R: Runtime>(rt: R, job: Job, tasks: usize) -> Outcome {
    cost(&job, |laps| {
        let rt = rt.clone();
        async move {
            let slots: Arc<[Slot]> = (0..tasks).map(|_| Slot::default()).collect();
            let seats = (0..tasks).map(|seat| {
                let slots = slots.clone();
                rt.spawn(async move {
                    for _ in 0..laps {
                        slots[seat].take().await;
                        slots[(seat + 1) % slots.len()].put();
                    }
                })
            });
            let seats: Vec<_> = seats.collect();
            slots[0].put();
            for seat in seats {
                seat.await.expect("it neither panics nor is aborted");
            }
        }
    })
    .await
}

pub(super) struct PingPong;

impl Workload for PingPong {
    const INFO: Info = Info::new(
        NEED,
        "ping_pong",
        "a round trip between two tasks that wake each other",
        &[time("ping-pong, 2 tasks")],
    )
    .countable();

    async fn run<R: Runtime>(rt: R, job: Job) -> Outcome {
        laps(rt, job, 2).await
    }
}

pub(super) struct Ring;

impl Workload for Ring {
    const INFO: Info = Info::new(
        NEED,
        "ring",
        "one hop of a token around a ring of 1,000 tasks",
        &[time("hop in a ring of 1000")],
    )
    .countable();

    async fn run<R: Runtime>(rt: R, job: Job) -> Outcome {
        const TASKS: usize = 1_000;
        laps(rt, job, TASKS).await.per(TASKS as u64)
    }
}

/// A thread outside wakes a task `after` it began to wait.
async fn wakes<R: Runtime>(rt: R, job: Job, after: Duration, percents: &[f64]) -> Outcome {
    let bell = Arc::new(Bell { after, ..Bell::default() });
    let ringer = std::thread::spawn({
        let bell = bell.clone();
        move || bell.ring_until_stopped()
    });
    // In a task of its own: its next wait must not be delayed by anything else.
    let wakes = rt.spawn({
        let bell = bell.clone();
        async move {
            let clock = Clock::start(&job);
            let mut latencies = Latencies::default();
            let start = Instant::now();
            while start.elapsed() < job.budget {
                let rung = bell.wait().await;
                latencies.add((bell.now() - rung) as f64);
            }
            (latencies, clock.stop())
        }
    });
    let (latencies, spent) = wakes.await.expect("it neither panics nor is aborted");
    bell.stop.store(true, Ordering::Release);
    ringer.join().expect("the ringing thread does not panic");
    latencies.outcome(percents, spent)
}

pub(super) struct ForeignWake;

impl Workload for ForeignWake {
    const INFO: Info = Info::new(
        OUTSIDE,
        "foreign_wake",
        "from a wake by a thread outside until the task runs; the task waited for 10 µs",
        &[time("wake by other thread"), time("woken: slowest 1 %")],
    );

    async fn run<R: Runtime>(rt: R, job: Job) -> Outcome {
        wakes(rt, job, GOING_IDLE, &[50.0, 99.0]).await
    }
}

pub(super) struct ParkedWake;

impl Workload for ParkedWake {
    const INFO: Info = Info::new(
        OUTSIDE,
        "parked_wake",
        "from a wake by a thread outside until the task runs; it waited for 300 µs, its thread sleeps",
        &[time("wake when asleep"), time("asleep: slowest 1 %")],
    );

    async fn run<R: Runtime>(rt: R, job: Job) -> Outcome {
        wakes(rt, job, Duration::from_micros(300), &[50.0, 99.0]).await
    }
}

/// What the executor gets to see that there is nothing to do, before the wake comes.
const GOING_IDLE: Duration = Duration::from_micros(10);

/// A task asks to be woken; a thread that spins does so, and says when.
struct Bell {
    epoch: Instant,
    after: Duration,
    asked: AtomicBool,
    stop: AtomicBool,
    /// Nanoseconds after the epoch; 0: not yet.
    rung: AtomicU64,
    waiter: AtomicWaker,
}

impl Default for Bell {
    fn default() -> Self {
        Self {
            epoch: Instant::now(),
            after: GOING_IDLE,
            asked: AtomicBool::new(false),
            stop: AtomicBool::new(false),
            rung: AtomicU64::new(0),
            waiter: AtomicWaker::new(),
        }
    }
}

impl Bell {
    fn now(&self) -> u64 {
        self.epoch.elapsed().as_nanos() as u64
    }

    async fn wait(&self) -> u64 {
        let mut asked = false;
        poll_fn(|cx| {
            let rung = self.rung.swap(0, Ordering::Acquire);
            if rung != 0 {
                return Poll::Ready(rung);
            }
            self.waiter.register(cx.waker());
            if !asked {
                asked = true;
                self.asked.store(true, Ordering::Release);
            }
            Poll::Pending
        })
        .await
    }

    fn ring_until_stopped(&self) {
        let mut idle = 0_u32;
        while !self.stop.load(Ordering::Acquire) {
            if self.asked.swap(false, Ordering::Acquire) {
                idle = 0;
                let asked = Instant::now();
                while asked.elapsed() < self.after {
                    spin_loop();
                }
                self.rung.store(self.now().max(1), Ordering::Release);
                self.waiter.wake();
            } else if idle < 10_000 {
                idle += 1;
                spin_loop();
            } else {
                std::thread::yield_now(); // on a machine with one core the executor needs it
            }
        }
    }
}
