//! Pools of threads and their peers: `cargo bench -p anyrt-benches --bench pools -- --help`.
//!
//! All pools have two workers, and are warm. Peers without a handle of their own get a channel per job,
//! as their users do.

use std::process::ExitCode;
use std::sync::LazyLock;
use std::sync::mpsc::sync_channel;
use std::time::Duration;

use anyrt::executor::{Executor, Inline, ThreadPool, as_completed};
use anyrt_benches::compare::{Row, Stopwatch, Suite, Took};
use std::hint::black_box;

static POOL: LazyLock<ThreadPool> = LazyLock::new(|| ThreadPool::with_workers(2));
static HANDED: LazyLock<ThreadPool> = LazyLock::new(|| {
    ThreadPool::builder().workers(2).inline(Inline::Workers).build().expect("two are some")
});
static DEFAULT: LazyLock<ThreadPool> = LazyLock::new(ThreadPool::new);
static TOKIO: LazyLock<tokio::runtime::Runtime> = LazyLock::new(|| {
    let mut builder = tokio::runtime::Builder::new_multi_thread();
    builder.worker_threads(1).max_blocking_threads(2).build().expect("threads")
});
static TOKIO_DEFAULT: LazyLock<tokio::runtime::Runtime> =
    LazyLock::new(|| tokio::runtime::Builder::new_multi_thread().build().expect("threads"));
static RAYON: LazyLock<rayon::ThreadPool> =
    LazyLock::new(|| rayon::ThreadPoolBuilder::new().num_threads(2).build().expect("threads"));
static THREADPOOL: LazyLock<std::sync::Mutex<threadpool::ThreadPool>> =
    LazyLock::new(|| std::sync::Mutex::new(threadpool::ThreadPool::new(2)));
static RUSTY: LazyLock<rusty_pool::ThreadPool> =
    LazyLock::new(|| rusty_pool::ThreadPool::new(2, 2, Duration::from_secs(60)));

fn timed(n: u64, work: impl FnOnce()) -> Took {
    let watch = Stopwatch::of_the_wall();
    work();
    watch.took(n)
}

/// Waits for all of them, in order.
fn finish<J>(jobs: Vec<J>, wait: impl Fn(J)) {
    for job in jobs {
        wait(job);
    }
}

/// A job and its result through a channel, for pools that have no handles.
fn with_channel(
    n: u64,
    spawn: impl Fn(Box<dyn FnOnce() + Send>),
) -> impl Iterator<Item = std::sync::mpsc::Receiver<u64>> {
    (0..n).map(move |i| {
        let (send, receive) = sync_channel(1);
        spawn(Box::new(move || {
            let _ = send.send(black_box(i));
        }));
        receive
    })
}

fn round_trip() -> Row {
    Row::timed("submit/wait", "submit a job and wait for it, from a thread")
        .target(0.3)
        .ours("anyrt", |n| {
            timed(n, || (0..n).for_each(|i| _ = POOL.submit(move || black_box(i)).join_blocking()))
        })
        .ours("anyrt, handed over", |n| {
            timed(n, || {
                (0..n).for_each(|i| _ = HANDED.submit(move || black_box(i)).join_blocking());
            })
        })
        .peer("tokio", |n| {
            timed(n, || {
                for i in 0..n {
                    let job = TOKIO.spawn_blocking(move || black_box(i));
                    smol::future::block_on(job).expect("no panic");
                }
            })
        })
        .peer("blocking", |n| {
            timed(n, || {
                (0..n).for_each(|i| {
                    smol::future::block_on(smol::unblock(move || black_box(i)));
                });
            })
        })
        .peer("rayon", |n| timed(n, || (0..n).for_each(|i| _ = RAYON.install(|| black_box(i)))))
        .peer("threadpool", |n| {
            let pool = THREADPOOL.lock().expect("no panic").clone();
            timed(n, || with_channel(n, |job| pool.execute(job)).for_each(|done| _ = done.recv()))
        })
        .peer("rusty_pool", |n| {
            timed(n, || {
                (0..n).for_each(|i| _ = RUSTY.evaluate(move || black_box(i)).try_await_complete());
            })
        })
        .into()
}

fn from_async() -> Row {
    Row::timed("submit/await", "submit a job and await it, in async code")
        .target(0.15)
        .ours("anyrt", |n| {
            timed(n, || {
                smol::future::block_on(async {
                    for i in 0..n {
                        POOL.submit(move || black_box(i)).await.expect("no panic");
                    }
                });
            })
        })
        .peer("tokio", |n| {
            timed(n, || {
                smol::future::block_on(async {
                    for i in 0..n {
                        TOKIO.spawn_blocking(move || black_box(i)).await.expect("no panic");
                    }
                });
            })
        })
        .peer("blocking", |n| {
            timed(n, || {
                smol::future::block_on(async {
                    for i in 0..n {
                        smol::unblock(move || black_box(i)).await;
                    }
                });
            })
        })
        .into()
}

fn many() -> Row {
    Row::timed("submit/many", "one of many tiny jobs with a handle each")
        .target(0.6)
        .ours("anyrt", |n| {
            timed(n, || {
                let jobs: Vec<_> = (0..n).map(|i| POOL.submit(move || black_box(i))).collect();
                finish(jobs, |job| _ = job.join_blocking());
            })
        })
        .ours("anyrt, handed over", |n| {
            timed(n, || {
                let jobs: Vec<_> = (0..n).map(|i| HANDED.submit(move || black_box(i))).collect();
                finish(jobs, |job| _ = job.join_blocking());
            })
        })
        .peer("tokio", |n| {
            timed(n, || {
                let jobs: Vec<_> =
                    (0..n).map(|i| TOKIO.spawn_blocking(move || black_box(i))).collect();
                finish(jobs, |job| _ = smol::future::block_on(job));
            })
        })
        .peer("blocking", |n| {
            timed(n, || {
                let jobs: Vec<_> = (0..n).map(|i| smol::unblock(move || black_box(i))).collect();
                finish(jobs, |job| _ = smol::future::block_on(job));
            })
        })
        .peer("rayon", |n| {
            timed(n, || {
                let jobs: Vec<_> = with_channel(n, |job| RAYON.spawn(job)).collect();
                finish(jobs, |done| _ = done.recv());
            })
        })
        .peer("threadpool", |n| {
            let pool = THREADPOOL.lock().expect("no panic").clone();
            timed(n, || {
                let jobs: Vec<_> = with_channel(n, |job| pool.execute(job)).collect();
                finish(jobs, |done| _ = done.recv());
            })
        })
        .peer("rusty_pool", |n| {
            timed(n, || {
                let jobs: Vec<_> = (0..n).map(|i| RUSTY.evaluate(move || black_box(i))).collect();
                finish(jobs, |job| _ = job.try_await_complete());
            })
        })
        .into()
}

fn completed() -> Row {
    Row::timed("as_completed/empty", "one of many jobs, as they end")
        .target(0.3)
        .ours("anyrt", |n| {
            timed(n, || {
                let jobs = (0..n).map(|i| (i, POOL.submit(move || black_box(i))));
                assert_eq!(as_completed(jobs).count() as u64, n);
            })
        })
        .peer("tokio JoinSet", |n| {
            timed(n, || {
                smol::future::block_on(async {
                    let mut set = tokio::task::JoinSet::new();
                    for i in 0..n {
                        set.spawn_blocking_on(move || black_box(i), TOKIO.handle());
                    }
                    while set.join_next().await.is_some() {}
                });
            })
        })
        .peer("rayon + channel", |n| {
            timed(n, || {
                let (send, receive) = std::sync::mpsc::channel();
                for i in 0..n {
                    let send = send.clone();
                    RAYON.spawn(move || send.send(black_box(i)).expect("it is received"));
                }
                drop(send);
                assert_eq!(receive.iter().count() as u64, n);
            })
        })
        .into()
}

/// Spins for about so long.
fn busy(time: Duration) -> u64 {
    let start = std::time::Instant::now();
    let mut turns = 0;
    while start.elapsed() < time {
        turns += 1;
    }
    black_box(turns)
}

fn map_row(id: &str, title: &str, f: fn(u64) -> u64) -> Row {
    Row::timed(id, title)
        .target(1.0)
        .ours("anyrt map", move |n| {
            timed(n, || {
                let sum: u64 =
                    POOL.map(f, 0..n).chunks(256).map(|one| one.expect("no panic")).sum();
                black_box(sum);
            })
        })
        .peer("rayon par_iter", move |n| {
            use rayon::prelude::*;
            timed(n, || {
                let all: Vec<u64> = RAYON.install(|| (0..n).into_par_iter().map(f).collect());
                black_box(all.iter().sum::<u64>());
            })
        })
        .peer("std scope", move |n| {
            timed(n, || {
                let half = n / 2;
                let sum = std::thread::scope(|s| {
                    let first = s.spawn(move || (0..half).map(f).sum::<u64>());
                    (half..n).map(f).sum::<u64>() + first.join().expect("no panic")
                });
                black_box(sum);
            })
        })
        .into()
}

fn burst() -> Row {
    const SLEEP: Duration = Duration::from_millis(20);
    Row::timed("burst/100", "all of 100 jobs that sleep for 20 ms, default pools")
        .ours("anyrt", |_| {
            timed(1, || {
                let jobs: Vec<_> =
                    (0..100).map(|_| DEFAULT.submit(|| std::thread::sleep(SLEEP))).collect();
                // Awaited: who joins would sleep itself.
                finish(jobs, |job| _ = smol::future::block_on(job));
            })
        })
        .peer("tokio", |_| {
            timed(1, || {
                let jobs: Vec<_> = (0..100)
                    .map(|_| TOKIO_DEFAULT.spawn_blocking(|| std::thread::sleep(SLEEP)))
                    .collect();
                finish(jobs, |job| _ = smol::future::block_on(job));
            })
        })
        .peer("blocking", |_| {
            timed(1, || {
                let jobs: Vec<_> =
                    (0..100).map(|_| smol::unblock(|| std::thread::sleep(SLEEP))).collect();
                finish(jobs, smol::future::block_on);
            })
        })
        .into()
}

fn main() -> ExitCode {
    let rows = vec![
        round_trip(),
        from_async(),
        many(),
        completed(),
        map_row("map/tiny", "an item of a map of tiny functions", |n| n.wrapping_mul(n) ^ n),
        map_row("map/10us", "an item of a map of functions of 10 µs", |n| {
            n ^ busy(Duration::from_micros(10)) & 1
        }),
        burst(),
    ];
    let packages = &["tokio", "blocking", "rayon", "threadpool", "rusty_pool"];
    Suite { packages, rows }.main()
}
