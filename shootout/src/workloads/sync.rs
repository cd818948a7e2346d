//! Tasks that share: one and the same channel and lock, anyrt's, on every executor.

use std::hint::black_box;
use std::sync::Arc;
use std::sync::atomic::{AtomicBool, Ordering};
use std::time::Instant;

use anyrt::prelude::*;
use anyrt::queue::Fifo;
use anyrt::sync::Lock;

use super::{Info, Workload, number, time};
use crate::measure::{Clock, Job, Outcome, cost, nanos};

const NEED: &str = "tasks that share things";

pub(super) struct Channel;

impl Workload for Channel {
    const INFO: Info = Info::new(
        NEED,
        "channel",
        "a value through a bounded queue of 100 from one task to another (anyrt's queue)",
        &[time("value through a queue")],
    );

    async fn run<R: Runtime>(rt: R, job: Job) -> Outcome {
        cost(&job, |n| {
            let rt = rt.clone();
            async move {
                let queue = Arc::new(Fifo::bounded(100));
                let sender = rt.spawn({
                    let queue = queue.clone();
                    async move {
                        for i in 0..n {
                            queue.put(i).await.expect("nobody closes it");
                        }
                    }
                });
                for i in 0..n {
                    assert_eq!(queue.get().await.expect("nobody closes it"), i);
                }
                sender.await.expect("it neither panics nor is aborted");
            }
        })
        .await
    }
}

pub(super) struct Contended;

impl Workload for Contended {
    const INFO: Info = Info::new(
        NEED,
        "lock",
        "8 tasks take one lock in turns (anyrt's lock); most over fewest turns of a task",
        &[time("lock, 8 tasks"), number("lock: most/fewest")],
    );

    async fn run<R: Runtime>(rt: R, job: Job) -> Outcome {
        const TASKS: usize = 8;
        let (lock, over) = (Arc::new(Lock::new(0_u64)), Arc::new(AtomicBool::new(false)));
        let clock = Clock::start(&job);
        let start = Instant::now();
        let tasks = (0..TASKS).map(|_| {
            let (lock, over) = (lock.clone(), over.clone());
            rt.spawn(async move {
                let mut turns = 0_u64;
                while !over.load(Ordering::Relaxed) {
                    let mut value = lock.lock().await;
                    *value = black_box(*value + 1);
                    drop(value);
                    turns += 1;
                    if turns.is_multiple_of(64) {
                        anyrt::task::yield_now().await;
                    }
                }
                turns
            })
        });
        let tasks = tasks.collect::<Vec<_>>();
        rt.sleep(job.budget).await;
        over.store(true, Ordering::Relaxed);
        let mut turns = Vec::new();
        for task in tasks {
            turns.push(task.await.expect("it neither panics nor is aborted"));
        }
        let took = nanos(start.elapsed());
        let all: u64 = turns.iter().sum();
        assert_eq!(*lock.lock().await, all);
        let most = turns.iter().max().map_or(0.0, |most| *most as f64);
        let fewest = turns.iter().min().map_or(0.0, |fewest| (*fewest).max(1) as f64);
        Outcome::new(vec![took / all as f64, most / fewest], all, clock.stop())
    }
}
