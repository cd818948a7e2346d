//! Several want the same: what an acquisition costs, over all of them.

use std::sync::Arc;

use anyrt::sync;
use anyrt_benches::compare::{Row, Took};
use anyrt_benches::hosts::{Host, run_threads};
use anyrt_benches::primitives::{BlockingMutex, FairLock, Mutex, Semaphore, Std};

pub(crate) fn rows() -> Vec<Row> {
    let mut rows = Vec::new();
    for (inside, word) in [(Inside::Nothing, "empty"), (Inside::Yield, "yield")] {
        for host in [Host::TokioTwo, Host::SmolTwo, Host::Threads] {
            for tasks in [2, 8, 64] {
                let id = format!("contended/{}-{word}-{tasks}", host.name());
                let title =
                    format!("to lock: {tasks} tasks on {}, {}", host.name(), inside.title());
                let row = Row::timed(&id, &title).longer(host, tasks).target(target(host, inside));
                rows.push(locks!(row, contended(host, tasks, inside)).into());
            }
        }
    }
    for tasks in [2, 8, 64] {
        let id = format!("contended/blocking-{tasks}");
        let title = format!("to lock: {tasks} threads that block, an empty section");
        let row = Row::timed(&id, &title).longer(Host::Threads, tasks);
        rows.push(
            timed!(row, blocking(tasks);
                sync::Lock<u64>, FairLock;
                Std, parking_lot::Mutex<u64>, async_lock::Mutex<u64>, saa::Mutex<u64>)
            .into(),
        );
    }
    for host in [Host::TokioTwo, Host::SmolTwo] {
        let id = format!("contended/{}-semaphore-8", host.name());
        let title = format!("to acquire 1 of 2 permits: 8 tasks on {}, with a yield", host.name());
        let row = Row::timed(&id, &title);
        rows.push(semaphores!(row, permits(host, 8), async_lock::Semaphore).into());
    }
    rows
}

/// What is done under the lock.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
enum Inside {
    Nothing,
    Yield,
}

impl Inside {
    fn title(self) -> &'static str {
        match self {
            Self::Nothing => "an empty section",
            Self::Yield => "with a yield inside",
        }
    }
}

/// Of FAST's table: how many times longer the best peer shall need.
fn target(host: Host, inside: Inside) -> f64 {
    match (host, inside) {
        (_, Inside::Yield) => 1.25,
        (Host::SmolTwo, _) => 1.0,
        _ => 1.1,
    }
}

/// Threads take milliseconds to begin and end.
trait Longer {
    fn longer(self, host: Host, tasks: u64) -> Self;
}

impl Longer for anyrt_benches::compare::Timed {
    fn longer(self, host: Host, tasks: u64) -> Self {
        if host == Host::Threads { self.sample_times(if tasks > 8 { 8 } else { 3 }) } else { self }
    }
}

/// What each of them does of `n`.
fn shares(n: u64, tasks: u64) -> impl Iterator<Item = u64> {
    (0..tasks).map(move |task| n / tasks + u64::from(task < n % tasks))
}

fn contended<L: Mutex>(host: Host, tasks: u64, inside: Inside, n: u64) -> Took {
    let lock = Arc::new(L::make());
    let work = shares(n, tasks).map(|turns| {
        let lock = Arc::clone(&lock);
        async move {
            for _ in 0..turns {
                let mut number = lock.lock().await;
                *number += 1;
                if inside == Inside::Yield {
                    smol::future::yield_now().await;
                }
            }
        }
    });
    let took = host.run(work.collect(), n);
    assert_eq!(*smol::block_on(lock.lock()), n, "mutual exclusion");
    took
}

fn blocking<L: BlockingMutex>(threads: u64, n: u64) -> Took {
    let lock = L::make();
    let lock = &lock;
    let jobs = shares(n, threads).map(|turns| {
        move || {
            for _ in 0..turns {
                *lock.lock() += 1;
            }
        }
    });
    let took = run_threads(jobs.collect(), n);
    assert_eq!(*lock.lock(), n, "mutual exclusion");
    took
}

fn permits<S: Semaphore>(host: Host, tasks: u64, n: u64) -> Took {
    let semaphore = Arc::new(S::make(2));
    let work = shares(n, tasks).map(|turns| {
        let semaphore = Arc::clone(&semaphore);
        async move {
            for _ in 0..turns {
                let _permit = semaphore.acquire(1).await;
                smol::future::yield_now().await;
            }
        }
    });
    host.run(work.collect(), n)
}
