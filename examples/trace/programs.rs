//! Programs that are worth a picture.

use std::sync::Arc;
use std::time::Duration;

use anyrt::prelude::*;
use anyrt::queue::Fifo;
use anyrt::sync::{Barrier, Lock};
use anyrt::task::yield_now;
use clap::ValueEnum;

#[derive(Debug, Clone, Copy, ValueEnum)]
pub(crate) enum Program {
    /// A producer, a queue of one place, two workers with a blocking job each.
    Pipeline,
    /// Four tasks that share one lock, and hold it across an await.
    Contention,
    /// Transfers between two accounts, which are locked in one order.
    Transfers,
    /// Three tasks that wait for each other at the end of each phase.
    Phases,
}

impl Program {
    pub(crate) async fn run<R: Runtime>(self, rt: R) {
        match self {
            Self::Pipeline => pipeline(rt).await,
            Self::Contention => contention(rt).await,
            Self::Transfers => transfers(rt).await,
            Self::Phases => phases(rt).await,
        }
    }
}

async fn pipeline<R: Runtime>(rt: R) {
    let pages = Arc::new(Fifo::<u32>::bounded(1).named("pages"));
    let producer = rt.spawn_named("producer", {
        let pages = pages.clone();
        async move {
            for page in 0..6 {
                pages.put(page).await.unwrap();
            }
            pages.close();
        }
    });
    let worker = |name: &'static str| {
        let (rt, pages) = (rt.clone(), pages.clone());
        rt.clone().spawn_named(name, async move {
            while let Ok(page) = pages.get().await {
                rt.spawn_blocking(move || index(page)).await.unwrap();
            }
        })
    };
    let workers = [worker("worker A"), worker("worker B")];
    producer.await.unwrap();
    for worker in workers {
        worker.await.unwrap();
    }
}

/// Some work for the processor.
fn index(page: u32) -> u32 {
    (0..20_000).fold(page, |hash, byte| std::hint::black_box(hash.rotate_left(5) ^ byte))
}

async fn contention<R: Runtime>(rt: R) {
    let total = Arc::new(Lock::new(0_u32).named("total"));
    let task = |number: u32| {
        let (total, timer) = (total.clone(), rt.clone());
        rt.spawn_named(format!("adds {number}"), async move {
            for _ in 0..2 {
                let mut total = total.lock().await;
                timer.sleep(Duration::from_micros(300)).await; // as a database would
                *total += number;
            }
        })
    };
    for task in [1, 2, 3, 4].map(task) {
        task.await.unwrap();
    }
}

async fn transfers<R: Runtime>(rt: R) {
    let accounts = Arc::new((Lock::new(10_i32).named("ours"), Lock::new(10_i32).named("theirs")));
    let transfer = |name: &'static str, amount: i32| {
        let accounts = accounts.clone();
        rt.spawn_named(name, async move {
            let mut ours = accounts.0.lock().await;
            yield_now().await;
            let mut theirs = accounts.1.lock().await;
            yield_now().await;
            (*ours, *theirs) = (*ours - amount, *theirs + amount);
        })
    };
    for task in [transfer("there", 1), transfer("back", -1), transfer("there again", 2)] {
        task.await.unwrap();
    }
}

async fn phases<R: Runtime>(rt: R) {
    let phase = Arc::new(Barrier::new(3).named("phase"));
    let task = |number: u64| {
        let (phase, timer) = (phase.clone(), rt.clone());
        rt.spawn_named(format!("party {number}"), async move {
            for round in 0..3 {
                timer.sleep(Duration::from_micros(100 + 150 * ((number + round) % 3))).await;
                phase.wait().await.unwrap();
            }
        })
    };
    for task in [0, 1, 2].map(task) {
        task.await.unwrap();
    }
}
