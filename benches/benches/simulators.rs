//! The simulator and its peers: `cargo bench -p anyrt-benches --bench simulators -- --help`.
//!
//! The same programs, each written with its tool's own tasks and locks: what a step and a schedule
//! cost, and how many schedules it takes to find a bug.

use std::panic::{AssertUnwindSafe, catch_unwind, set_hook};
use std::process::ExitCode;
use std::sync::Arc;
use std::sync::atomic::{AtomicU64, Ordering::Relaxed};

use anyrt::prelude::*;
use anyrt::sim::{Explore, explore, try_explore};
use anyrt::{Sim, SimOwner};
use anyrt_benches::compare::{Row, Side, Stopwatch, Suite, Took};
use shuttle::scheduler::{PctScheduler, RandomScheduler, Scheduler};

/// Bugs are looked for from so many seeds; the figure is the mean.
const STARTS: u64 = 200;

fn main() -> ExitCode {
    set_hook(Box::new(|_| {})); // shuttle's failures are panics, and are counted
    let mut rows = vec![step(), run(), schedule_of_two_locks(), schedule_of_philosophers()];
    rows.extend(bugs());
    Suite { packages: &["shuttle"], rows }.main()
}

fn shuttle_run(scheduler: impl Scheduler + 'static, app: fn()) {
    let mut config = shuttle::Config::new();
    config.failure_persistence = shuttle::FailurePersistence::None;
    shuttle::Runner::new(scheduler, config).run(app);
}

fn step() -> Row {
    const TASKS: u64 = 10;
    Row::timed("speed/step", "of a task's turn, ten tasks that yield")
        .ours("anyrt", |n| {
            let sim = SimOwner::new(1);
            let watch = Stopwatch::of_this_thread();
            sim.run(|rt| async move {
                let task = |_| {
                    rt.spawn(async move {
                        for _ in 0..n / TASKS {
                            anyrt::task::yield_now().await;
                        }
                    })
                };
                for task in (0..TASKS).map(task).collect::<Vec<_>>() {
                    task.await.unwrap();
                }
            });
            watch.took(n)
        })
        .peer("shuttle", |n| {
            static TURNS: AtomicU64 = AtomicU64::new(0);
            let n = n.clamp(TASKS, 100_000); // it has a bound of a million steps
            TURNS.store(n / TASKS, Relaxed);
            let watch = Stopwatch::of_this_thread();
            shuttle_run(RandomScheduler::new_from_seed(1, 1), || {
                shuttle::future::block_on(async {
                    let task = |_| {
                        shuttle::future::spawn(async {
                            for _ in 0..TURNS.load(Relaxed) {
                                shuttle::future::yield_now().await;
                            }
                        })
                    };
                    for task in (0..TASKS).map(task).collect::<Vec<_>>() {
                        task.await.unwrap();
                    }
                });
            });
            watch.took(n)
        })
        .into()
}

fn run() -> Row {
    Row::timed("speed/run", "of a run that spawns and joins one task")
        .target(15.0)
        .ours("anyrt", |n| {
            let watch = Stopwatch::of_this_thread();
            let _explored =
                explore(
                    Explore::random(n).check_every(0),
                    |rt| async move { rt.spawn(async {}).await },
                );
            watch.took(n)
        })
        .peer("shuttle", |n| {
            let watch = Stopwatch::of_this_thread();
            let n = n.clamp(1, 10_000);
            shuttle_run(RandomScheduler::new_from_seed(1, size(n)), || {
                shuttle::future::block_on(async {
                    shuttle::future::spawn(async {}).await.unwrap();
                });
            });
            watch.took(n)
        })
        .into()
}

fn schedule(
    id: &str,
    title: &str,
    ours: impl Fn(Sim) -> std::pin::Pin<Box<dyn Future<Output = ()>>> + Copy + 'static,
    theirs: fn(),
) -> Row {
    Row::timed(id, title)
        .target(15.0)
        .ours("anyrt", move |n| {
            let watch = Stopwatch::of_this_thread();
            let _explored = explore(Explore::random(n).check_every(0), ours);
            watch.took(n)
        })
        .peer("shuttle", move |n| -> Took {
            let n = n.clamp(1, 10_000);
            let watch = Stopwatch::of_this_thread();
            shuttle_run(RandomScheduler::new_from_seed(1, size(n)), theirs);
            watch.took(n)
        })
        .into()
}

fn schedule_of_two_locks() -> Row {
    schedule(
        "speed/two locks",
        "of a schedule: two tasks, two locks, in order",
        |rt| Box::pin(ours::two_locks(rt, true)),
        || theirs::two_locks(true),
    )
}

fn schedule_of_philosophers() -> Row {
    schedule(
        "speed/philosophers",
        "of a schedule: four philosophers, one left-handed",
        |rt| Box::pin(ours::philosophers(rt, true)),
        || theirs::philosophers(true),
    )
}

/// Ours and theirs, by name.
type Program = (&'static str, fn(Sim) -> Boxed, fn());
type Boxed = std::pin::Pin<Box<dyn Future<Output = ()>>>;

fn bugs() -> impl Iterator<Item = Row> {
    let programs: [Program; 5] = [
        ("two locks", |rt| Box::pin(ours::two_locks(rt, false)), || theirs::two_locks(false)),
        (
            "philosophers",
            |rt| Box::pin(ours::philosophers(rt, false)),
            || {
                theirs::philosophers(false);
            },
        ),
        ("lost update", |rt| Box::pin(ours::lost_update(rt, true)), || theirs::lost_update(true)),
        (
            "lost update, no yield",
            |rt| Box::pin(ours::lost_update(rt, false)),
            || theirs::lost_update(false),
        ),
        ("if, not while", |rt| Box::pin(ours::if_not_while(rt)), theirs::if_not_while),
    ];
    programs.into_iter().map(|(name, ours, theirs)| {
        let id = format!("bugs/{name}");
        let title = format!("until `{name}` is found, in the mean of {STARTS} searches");
        Row::counted(&id, &title, "schedules")
            .enter(Side::Ours, "anyrt", move || {
                mean(|seed| found(Explore::random(LIMIT), seed, ours))
            })
            .enter(Side::Ours, "anyrt, PCT", move || {
                mean(|seed| found(Explore::pct(LIMIT, 3), seed, ours))
            })
            .enter(Side::Peer, "shuttle", move || {
                mean(|seed| {
                    shuttle_found(RandomScheduler::new_from_seed(seed, size(LIMIT)), theirs)
                })
            })
            .enter(Side::Peer, "shuttle, PCT", move || {
                mean(|seed| {
                    shuttle_found(PctScheduler::new_from_seed(seed, 3, size(LIMIT)), theirs)
                })
            })
            .into()
    })
}

/// After so many schedules it counts as found.
const LIMIT: u64 = 10_000;

#[expect(clippy::cast_precision_loss, reason = "far below 2^52")]
fn mean(schedules: impl Fn(u64) -> u64) -> f64 {
    (0..STARTS).map(|start| schedules(start * LIMIT)).sum::<u64>() as f64 / STARTS as f64
}

fn found(config: Explore, seed: u64, app: fn(Sim) -> Boxed) -> u64 {
    let config = config.seed(seed).minimise(0).check_every(0);
    try_explore(config, app).map_or_else(|found| found.schedules(), |_| LIMIT)
}

fn shuttle_found(scheduler: impl Scheduler + 'static, app: fn()) -> u64 {
    static RUNS: AtomicU64 = AtomicU64::new(0);
    RUNS.store(0, Relaxed);
    let mut config = shuttle::Config::new();
    config.failure_persistence = shuttle::FailurePersistence::None;
    let runner = shuttle::Runner::new(scheduler, config);
    let _found = catch_unwind(AssertUnwindSafe(|| {
        runner.run(move || {
            RUNS.fetch_add(1, Relaxed);
            app();
        });
    }));
    RUNS.load(Relaxed)
}

fn size(n: u64) -> usize {
    usize::try_from(n).expect("few enough")
}

/// The programs on anyrt.
mod ours {
    use super::{Arc, Sim, Spawn};
    use anyrt::sync::{Condition, Lock};
    use anyrt::task::yield_now;

    pub(super) async fn two_locks(rt: Sim, ordered: bool) {
        let (a, b) = (Arc::new(Lock::new(0)), Arc::new(Lock::new(0)));
        let task = |first: Arc<Lock<i32>>, second: Arc<Lock<i32>>| {
            rt.spawn(async move {
                let mut first = first.lock().await;
                yield_now().await;
                *second.lock().await += 1;
                *first += 1;
            })
        };
        let one = task(a.clone(), b.clone());
        let two = if ordered { task(a, b) } else { task(b, a) };
        one.await.unwrap();
        two.await.unwrap();
    }

    pub(super) async fn philosophers(rt: Sim, one_is_left_handed: bool) {
        let forks: Arc<[Lock<()>; 4]> = Arc::new([(); 4].map(Lock::new));
        let philosopher = |seat: usize| {
            let forks = forks.clone();
            rt.spawn(async move {
                let (mut first, mut second) = (seat, (seat + 1) % 4);
                if one_is_left_handed && second == 0 {
                    std::mem::swap(&mut first, &mut second);
                }
                let _first = forks[first].lock().await;
                yield_now().await;
                let _second = forks[second].lock().await;
            })
        };
        for philosopher in [0, 1, 2, 3].map(philosopher) {
            philosopher.await.unwrap();
        }
    }

    pub(super) async fn lost_update(rt: Sim, yields: bool) {
        let count = Arc::new(Lock::new(0));
        let add = |_| {
            let count = count.clone();
            rt.spawn(async move {
                let seen = *count.lock().await;
                if yields {
                    yield_now().await;
                }
                *count.lock().await = seen + 1;
            })
        };
        for task in [0, 1].map(add) {
            task.await.unwrap();
        }
        assert_eq!(*count.lock().await, 2);
    }

    pub(super) async fn if_not_while(rt: Sim) {
        let (items, added) = (Arc::new(Lock::new(Vec::new())), Arc::new(Condition::new()));
        let consumer = |_| {
            let (items, added) = (items.clone(), added.clone());
            rt.spawn(async move {
                let mut items = items.lock().await;
                if items.is_empty() {
                    items = added.wait(items).await;
                }
                items.pop().unwrap()
            })
        };
        let consumers = [0, 1].map(consumer);
        for item in 0..2 {
            yield_now().await;
            items.lock().await.push(item);
            added.notify(1);
        }
        for consumer in consumers {
            consumer.await.unwrap();
        }
    }
}

/// The same on shuttle.
mod theirs {
    use shuttle::future::{block_on, spawn, yield_now};
    use shuttle::sync::{Arc, Condvar, Mutex};

    pub(super) fn two_locks(ordered: bool) {
        block_on(async move {
            let (a, b) = (Arc::new(Mutex::new(0)), Arc::new(Mutex::new(0)));
            let task = |first: Arc<Mutex<i32>>, second: Arc<Mutex<i32>>| {
                shuttle::future::spawn_local(async move {
                    let mut first = first.lock().unwrap();
                    yield_now().await;
                    *second.lock().unwrap() += 1;
                    *first += 1;
                })
            };
            let one = task(a.clone(), b.clone());
            let two = if ordered { task(a, b) } else { task(b, a) };
            one.await.unwrap();
            two.await.unwrap();
        });
    }

    pub(super) fn philosophers(one_is_left_handed: bool) {
        block_on(async move {
            let forks: Arc<[Mutex<()>; 4]> = Arc::new([(); 4].map(Mutex::new));
            let philosopher = |seat: usize| {
                let forks = forks.clone();
                shuttle::future::spawn_local(async move {
                    let (mut first, mut second) = (seat, (seat + 1) % 4);
                    if one_is_left_handed && second == 0 {
                        std::mem::swap(&mut first, &mut second);
                    }
                    let _first = forks[first].lock().unwrap();
                    yield_now().await;
                    let _second = forks[second].lock().unwrap();
                })
            };
            for philosopher in [0, 1, 2, 3].map(philosopher) {
                philosopher.await.unwrap();
            }
        });
    }

    pub(super) fn lost_update(yields: bool) {
        block_on(async move {
            let count = Arc::new(Mutex::new(0));
            let add = |_| {
                let count = count.clone();
                spawn(async move {
                    let seen = *count.lock().unwrap();
                    if yields {
                        yield_now().await;
                    }
                    *count.lock().unwrap() = seen + 1;
                })
            };
            for task in [0, 1].map(add) {
                task.await.unwrap();
            }
            assert_eq!(*count.lock().unwrap(), 2);
        });
    }

    pub(super) fn if_not_while() {
        block_on(async {
            let (items, added) = (Arc::new(Mutex::new(Vec::new())), Arc::new(Condvar::new()));
            let consumer = |_| {
                let (items, added) = (items.clone(), added.clone());
                spawn(async move {
                    let mut items = items.lock().unwrap();
                    if items.is_empty() {
                        items = added.wait(items).unwrap();
                    }
                    items.pop().unwrap()
                })
            };
            let consumers = [0, 1].map(consumer);
            for item in 0..2 {
                yield_now().await;
                items.lock().unwrap().push(item);
                added.notify_one();
            }
            for consumer in consumers {
                consumer.await.unwrap();
            }
        });
    }
}
