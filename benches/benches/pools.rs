//! Pools of threads and their peers: `cargo bench -p anyrt-benches --bench pools -- --help`.
//!
//! All pools have two workers, and are warm. Peers without a handle of their own get a channel per job,
//! as their users do.

use std::process::{Command, ExitCode};
use std::sync::LazyLock;
use std::sync::mpsc::sync_channel;
use std::time::Duration;

use anyrt::executor::{Executor, Inline, ThreadPool, as_completed};
use anyrt_benches::compare::{Row, Side, Stopwatch, Suite, Target, Timed, Took};
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

/// Python, by the machine's own interpreter; `None` where there is none.
static PYTHON: LazyLock<Option<&'static str>> = LazyLock::new(|| {
    let version = Command::new("python3").arg("--version").output().ok()?;
    let version = String::from_utf8(version.stdout).ok()?;
    Some(Box::leak(version.trim().to_owned().into_boxed_str()))
});

/// Enters Python's `ThreadPoolExecutor`, of two workers, with the row of this name in its script.
fn with_python(row: Timed, id: &'static str) -> Timed {
    const SCRIPT: &str = concat!(env!("CARGO_MANIFEST_DIR"), "/python/pools.py");
    let Some(python) = *PYTHON else {
        eprintln!("{id}: no python3");
        return row;
    };
    row.peer(python, move |n| {
        let n = n.min(20_000); // more takes a second
        let done = Command::new("python3").args([SCRIPT, id, &n.to_string()]).output();
        let text = String::from_utf8(done.expect("it was there").stdout).expect("a number");
        let nanos = text.trim().parse().expect("a number");
        Took { elapsed: Duration::from_nanos(nanos), operations: n }
    })
}

fn round_trip() -> Row {
    let row = Row::timed("submit/wait", "submit a job and wait for it, from a thread")
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
        });
    with_python(row, "submit/wait").into()
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
    let row = Row::timed("submit/many", "one of many tiny jobs with a handle each")
        .target(0.6)
        .ours("anyrt", |n| {
            timed(n, || {
                let jobs: Vec<_> = (0..n).map(|i| POOL.submit(move || black_box(i))).collect();
                finish(jobs, |job| _ = job.join_blocking());
            })
        })
        .ours("anyrt, at once", |n| {
            timed(n, || {
                let jobs = POOL.submit_many((0..n).map(|i| move || black_box(i)));
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
        });
    with_python(row, "submit/many").into()
}

fn completed() -> Row {
    let row = Row::timed("as_completed/empty", "one of many jobs, as they end")
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
        });
    with_python(row, "as_completed/empty").into()
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

fn map_row(
    id: &'static str,
    title: &str,
    f: impl Fn(u64) -> u64 + Copy + Send + Sync + 'static,
) -> Timed {
    Row::timed(id, title)
        .target(1.0)
        .ours("anyrt map", move |n| {
            timed(n, || {
                let sum: u64 = POOL.map(f, 0..n).map(|one| one.expect("no panic")).sum();
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
}

/// Turns of a loop that take about so many nanoseconds in all.
fn turns_of(nanos: f64) -> u64 {
    static PER_NANO: LazyLock<f64> = LazyLock::new(|| {
        const TURNS: u64 = 3_000_000;
        let times = (0..5).map(|_| timed(TURNS, || _ = turns(TURNS)).nanos_per_operation());
        1.0 / times.fold(f64::INFINITY, f64::min)
    });
    #[expect(clippy::cast_possible_truncation, clippy::cast_sign_loss, reason = "a few thousand")]
    let turns = (nanos * *PER_NANO) as u64;
    turns
}

fn turns(n: u64) -> u64 {
    (0..n).fold(1, |all, one| black_box(all ^ one))
}

/// The size of a job at which two cores do useful work for half of their time.
#[expect(clippy::cast_precision_loss, reason = "a few thousand")]
fn half_useful(run: impl Fn(u64, u64)) -> f64 {
    const JOBS: u64 = 3000;
    let efficiency = |nanos: f64| {
        let took = timed(JOBS, || run(JOBS, turns_of(nanos)));
        nanos * JOBS as f64 / (2.0 * took.elapsed.as_nanos() as f64)
    };
    let (mut low, mut nanos) = (0.0, 50.0);
    loop {
        let this = efficiency(nanos);
        if this >= 0.5 || nanos > 1e6 {
            // Between the two, as if it were a line.
            return nanos * (1.0 - (this - 0.5).max(0.0) / (this - low).max(0.01) * 0.25);
        }
        (low, nanos) = (this, nanos * 1.25);
    }
}

fn granularity() -> Row {
    Row::measured("granularity/half", "METG50", [("size", "ns")])
        .target("size", Target::Times(2.0))
        .enter(Side::Ours, "anyrt, default", || {
            [half_useful(|n, size| {
                let jobs: Vec<_> = (0..n).map(|_| DEFAULT.submit(move || turns(size))).collect();
                finish(jobs, |job| _ = job.join_blocking());
            })]
        })
        .enter(Side::Ours, "anyrt, two workers, handed over", || {
            [half_useful(|n, size| {
                let jobs: Vec<_> = (0..n).map(|_| HANDED.submit(move || turns(size))).collect();
                finish(jobs, |job| _ = job.join_blocking());
            })]
        })
        .enter(Side::Peer, "tokio", || {
            [half_useful(|n, size| {
                let jobs: Vec<_> =
                    (0..n).map(|_| TOKIO.spawn_blocking(move || turns(size))).collect();
                finish(jobs, |job| _ = smol::future::block_on(job));
            })]
        })
        .enter(Side::Peer, "blocking", || {
            [half_useful(|n, size| {
                let jobs: Vec<_> = (0..n).map(|_| smol::unblock(move || turns(size))).collect();
                finish(jobs, |job| _ = smol::future::block_on(job));
            })]
        })
        .enter(Side::Peer, "rayon", || {
            [half_useful(|n, size| {
                RAYON.in_place_scope(|s| (0..n).for_each(|_| s.spawn(move |_| _ = turns(size))));
            })]
        })
        .enter(Side::Peer, "rusty_pool", || {
            [half_useful(|n, size| {
                let jobs: Vec<_> = (0..n).map(|_| RUSTY.evaluate(move || turns(size))).collect();
                finish(jobs, |job| _ = job.try_await_complete());
            })]
        })
        .into()
}

/// How often the threads whose names begin so are woken in a second, with nothing to do.
fn wakes_when_idle(name: &'static str) -> [f64; 1] {
    let count = || -> u64 {
        let tasks = std::fs::read_dir("/proc/self/task").into_iter().flatten().flatten();
        let read = |task: std::fs::DirEntry, file| {
            std::fs::read_to_string(task.path().join(file)).unwrap_or_default()
        };
        tasks
            .filter_map(|task| {
                let status = read(task, "status");
                if !status.lines().next()?.strip_prefix("Name:")?.trim().starts_with(name) {
                    return None;
                }
                let waits = |line: &str| -> Option<u64> {
                    line.strip_prefix("voluntary_ctxt_switches:")?.trim().parse().ok()
                };
                status.lines().find_map(waits)
            })
            .sum::<u64>()
    };
    std::thread::sleep(Duration::from_millis(100)); // for what was going on to end
    let before = count();
    std::thread::sleep(Duration::from_secs(1));
    #[expect(clippy::cast_precision_loss, reason = "a few")]
    [count().saturating_sub(before) as f64]
}

fn idle() -> Row {
    Row::measured("idle/wakes", "the wake-ups of an idle pool", [("wake-ups", "/s")])
        .target("wake-ups", Target::AtMost(0.0))
        .enter(Side::Ours, "anyrt", || {
            DEFAULT.submit_many([|| (); 8]).into_iter().for_each(|job| _ = job.join_blocking());
            wakes_when_idle("anyrt-pool")
        })
        .enter(Side::Peer, "blocking", || {
            smol::future::block_on(smol::unblock(|| ()));
            wakes_when_idle("blocking")
        })
        .enter(Side::Peer, "tokio", || {
            smol::future::block_on(TOKIO_DEFAULT.spawn_blocking(|| ())).expect("no panic");
            wakes_when_idle("tokio-")
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
        with_python(
            map_row("map/tiny", "an item of a map of tiny functions", |n| n.wrapping_mul(n) ^ n),
            "map/tiny",
        )
        .into(),
        map_row("map/10us", "an item of a map of functions of 10 µs", |n| {
            n ^ busy(Duration::from_micros(10)) & 1
        })
        .into(),
        granularity(),
        burst(),
        idle(),
    ];
    let packages = &["tokio", "blocking", "rayon", "threadpool", "rusty_pool"];
    Suite { packages, rows }.main()
}
