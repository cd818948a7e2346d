//! Who is served how often, and how long one waits at worst: eight want a lock for a while.

use std::sync::Arc;
use std::time::{Duration, Instant};

use anyrt::sync;
use anyrt_benches::compare::{Measured, Row, Side, Target};
use anyrt_benches::hosts::{Host, run_threads};
use anyrt_benches::primitives::{
    BlockingMutex, FairLock, FuturesMutex, IntrusiveMutex, Mutex, Std,
};
use hdrhistogram::Histogram;

const TASKS: usize = 8;
const LENGTH: Duration = Duration::from_millis(60);

type Tails = [f64; 4];

pub(crate) fn rows() -> Vec<Row> {
    let mut rows = Vec::new();
    for (yields, word) in [(false, "empty"), (true, "yield")] {
        for host in [Host::TokioTwo, Host::SmolTwo, Host::Threads] {
            let name = host.name();
            let inside = if yields { "with a yield inside" } else { "an empty section" };
            let title = format!("of a lock: {TASKS} tasks on {name}, {inside}");
            let (share, max) = if host == Host::Threads { (4.0, 2000.0) } else { (1.1, 300.0) };
            let row = row(&format!("tails/{name}-{word}"), &title, share, max);
            rows.push(enter_locks(row, host, yields).into());
        }
    }
    let title = format!("of a lock: {TASKS} threads that block, an empty section");
    rows.push(
        row("tails/blocking", &title, 4.0, 2000.0)
            .enter(Side::Ours, "anyrt", blocking::<sync::Lock<u64>>)
            .enter(Side::Ours, "anyrt, fair", blocking::<FairLock>)
            .enter(Side::Peer, "std", blocking::<Std>)
            .enter(Side::Peer, "parking_lot", blocking::<parking_lot::Mutex<u64>>)
            .enter(Side::Peer, "async-lock", blocking::<async_lock::Mutex<u64>>)
            .enter(Side::Peer, "saa", blocking::<saa::Mutex<u64>>)
            .into(),
    );
    rows
}

fn row(id: &str, title: &str, share: f64, max: f64) -> Measured<4> {
    let columns = [("each", "ns"), ("max/min", "turns"), ("p99.9", "us"), ("max", "us")];
    Row::measured(id, title, columns)
        .target("max/min", Target::AtMost(share))
        .target("max", Target::AtMost(max))
}

fn enter_locks(row: Measured<4>, host: Host, yields: bool) -> Measured<4> {
    fn enter<L: Mutex>(row: Measured<4>, side: Side, host: Host, yields: bool) -> Measured<4> {
        row.enter(side, L::NAME, move || tasks::<L>(host, yields))
    }
    let row = enter::<sync::Lock<u64>>(row, Side::Ours, host, yields);
    let row = enter::<FairLock>(row, Side::Ours, host, yields);
    let row = enter::<tokio::sync::Mutex<u64>>(row, Side::Peer, host, yields);
    let row = enter::<async_lock::Mutex<u64>>(row, Side::Peer, host, yields);
    let row = enter::<asyncband::mutex::Mutex<u64>>(row, Side::Peer, host, yields);
    let row = enter::<mea::mutex::Mutex<u64>>(row, Side::Peer, host, yields);
    let row = enter::<saa::Mutex<u64>>(row, Side::Peer, host, yields);
    let row = enter::<maitake_sync::Mutex<u64>>(row, Side::Peer, host, yields);
    let row = enter::<FuturesMutex>(row, Side::Peer, host, yields);
    enter::<IntrusiveMutex>(row, Side::Peer, host, yields)
}

fn tasks<L: Mutex>(host: Host, yields: bool) -> Tails {
    let lock = Arc::new(L::make());
    let (tasks, results): (Vec<_>, Vec<_>) = (0..TASKS)
        .map(|_| {
            let (lock, (sender, receiver)) = (Arc::clone(&lock), std::sync::mpsc::channel());
            let task = async move {
                let mut waits = Waits::new();
                while !waits.is_over() {
                    let start = Instant::now();
                    let mut number = lock.lock().await;
                    waits.add(start.elapsed());
                    *number += 1;
                    if yields {
                        smol::future::yield_now().await;
                    }
                }
                sender.send(waits).expect("read below");
            };
            (task, receiver)
        })
        .unzip();
    host.run(tasks, 1);
    let waits = results.into_iter().map(|result| result.recv().expect("sent")).collect::<Vec<_>>();
    let total = waits.iter().map(|waits| waits.all.len()).sum::<u64>();
    assert_eq!(*smol::block_on(lock.lock()), total, "mutual exclusion");
    tails(&waits)
}

fn blocking<L: BlockingMutex>() -> Tails {
    let lock = L::make();
    let (sender, results) = std::sync::mpsc::channel();
    let jobs = (0..TASKS).map(|_| {
        let (lock, sender) = (&lock, sender.clone());
        move || {
            let mut waits = Waits::new();
            while !waits.is_over() {
                let start = Instant::now();
                let mut number = lock.lock();
                waits.add(start.elapsed());
                *number += 1;
            }
            sender.send(waits).expect("read below");
        }
    });
    run_threads(jobs.collect(), 1);
    tails(&results.try_iter().collect::<Vec<_>>())
}

/// How long one of them waited, each time.
struct Waits {
    begin: Instant,
    all: Histogram<u64>,
    last: Duration,
}

impl Waits {
    fn new() -> Self {
        let all = Histogram::new(2).expect("two digits are possible");
        Self { begin: Instant::now(), all, last: Duration::ZERO }
    }

    fn add(&mut self, wait: Duration) {
        let nanos = u64::try_from(wait.as_nanos()).unwrap_or(u64::MAX);
        self.all.record(nanos).expect("it grows");
    }

    fn is_over(&mut self) -> bool {
        self.last = self.begin.elapsed();
        self.last >= LENGTH
    }
}

#[expect(clippy::cast_precision_loss, reason = "far below 2^52")]
fn tails(waits: &[Waits]) -> Tails {
    assert_eq!(waits.len(), TASKS);
    let turns = || waits.iter().map(|waits| waits.all.len() as f64);
    let mut all = waits[0].all.clone();
    for waits in &waits[1..] {
        all.add(&waits.all).expect("of the same kind");
    }
    let longest = waits.iter().map(|waits| waits.last).max().unwrap_or_default();
    let each = longest.as_nanos() as f64 / turns().sum::<f64>();
    let share = turns().fold(0.0, f64::max) / turns().fold(f64::INFINITY, f64::min).max(1.0);
    let micros = |nanos: u64| nanos as f64 / 1000.0;
    [each, share, micros(all.value_at_quantile(0.999)), micros(all.max())]
}
