//! One function per behaviour; each answers in a word or two that do not vary from run to run.

use std::future::{Future, pending, poll_fn, ready};
use std::panic::{AssertUnwindSafe, catch_unwind};
use std::pin::{Pin, pin};
use std::sync::Arc;
use std::sync::atomic::{AtomicBool, AtomicUsize, Ordering};
use std::task::Poll;
use std::thread;
use std::time::{Duration, Instant};

use smol::channel::{Sender, unbounded};

use super::Behaviour;
use super::api::{Api, Joined};

/// Runs one of the probes; `None` where the API has nothing to probe.
pub(super) fn probe<A: Api>(api: A, behaviour: Behaviour) -> Option<&'static str> {
    Some(match behaviour {
        Behaviour::DropHandle => drop_handle(api),
        Behaviour::TaskPanics => panics(api, || api.spawn(async { panic!("payload") })),
        Behaviour::BlockingPanics => panics(api, || api.spawn_blocking(|| panic!("payload"))),
        Behaviour::DroppedBlocking => dropped_blocking(api),
        Behaviour::LateAbort => late_abort(api),
        Behaviour::AwaitedAbort => awaited_abort(api),
        Behaviour::SpawnOutside => {
            works(catch_unwind(AssertUnwindSafe(|| drop(api.spawn(ready(1))))).is_ok())
        }
        Behaviour::SleepOutside => {
            works(catch_unwind(AssertUnwindSafe(|| drop(api.sleep(Duration::ZERO)))).is_ok())
        }
        Behaviour::SleepElsewhere => sleep_elsewhere(api),
        Behaviour::SleepForever => sleep_forever(api),
        Behaviour::FirstTick => first_tick(api)?,
        Behaviour::MissedTicks => missed_ticks(api)?,
        Behaviour::ReadyTimeout => {
            let beats = api.block_on(api.ready_beats_timeout())?;
            if beats { "gives its value" } else { "times out" }
        }
        Behaviour::ReadyLoop => ready_loop(api),
        Behaviour::NestedOnce => nested(api, 1),
        Behaviour::NestedMany => nested(api, A::WORKERS),
        Behaviour::Shutdown => return None, // takes an owner
    })
}

fn works(does: bool) -> &'static str {
    if does { "works" } else { "panics" }
}

/// Says its word when dropped, unless another was said before.
struct OnDrop(Sender<&'static str>, &'static str);

impl Drop for OnDrop {
    fn drop(&mut self) {
        let _told = self.0.try_send(self.1);
    }
}

fn drop_handle<A: Api>(api: A) -> &'static str {
    let (say, said) = unbounded();
    let (open, gate) = unbounded::<()>();
    let dropped = OnDrop(say, "is cancelled");
    api.block_on(async {
        let task = api.spawn(async move {
            let dropped = dropped;
            let _open = gate.recv().await;
            let _told = dropped.0.try_send("goes on");
            1
        });
        drop(task);
        let _gone = open.send(()).await; // nobody is at the gate if the task is
        said.recv().await.expect("the task says something when it ends")
    })
}

fn panics<A: Api>(api: A, start: impl FnOnce() -> A::Task) -> &'static str {
    let awaited = catch_unwind(AssertUnwindSafe(|| api.block_on(async { A::join(start()).await })));
    match awaited {
        Ok(Joined::Panicked(payload)) if payload.downcast_ref() == Some(&"payload") => {
            "gives the payload"
        }
        Ok(Joined::Panicked(_)) => "gives an error without the payload",
        Ok(Joined::Value(_) | Joined::Cancelled | Joined::Unseen) => "hides the panic",
        Err(_) => "unwinds the awaiter",
    }
}

fn dropped_blocking<A: Api>(api: A) -> &'static str {
    const JOBS: usize = 1_000;
    let ran = Arc::new(AtomicUsize::new(0));
    let alive = Arc::new(());
    api.block_on(async {
        for _ in 0..JOBS {
            let (ran, alive) = (ran.clone(), alive.clone());
            drop(api.spawn_blocking(move || {
                thread::sleep(Duration::from_millis(1)); // work, so that a queue builds up
                ran.fetch_add(1, Ordering::Relaxed);
                drop(alive);
                1
            }));
        }
    });
    // All have run or were dropped when nobody holds `alive` any more.
    while Arc::strong_count(&alive) > 1 {
        thread::sleep(Duration::from_millis(5));
    }
    if ran.load(Ordering::Relaxed) == JOBS { "all run" } else { "some are lost" }
}

fn late_abort<A: Api>(api: A) -> &'static str {
    let done = Arc::new(AtomicBool::new(false));
    let joined = api.block_on(async {
        let task = api.spawn({
            let done = done.clone();
            async move {
                done.store(true, Ordering::Release);
                1
            }
        });
        while !done.load(Ordering::Acquire) {
            api.sleep(Duration::from_millis(5)).await;
        }
        api.sleep(Duration::from_millis(200)).await; // from the last statement to the end of the task
        A::abort(task).await
    });
    match joined {
        Joined::Value(1) => "keeps its value",
        Joined::Unseen => "can't be awaited",
        _ => "loses its value",
    }
}

fn awaited_abort<A: Api>(api: A) -> &'static str {
    struct SlowDrop(Arc<AtomicBool>);
    impl Drop for SlowDrop {
        fn drop(&mut self) {
            thread::sleep(Duration::from_millis(200));
            self.0.store(true, Ordering::Release);
        }
    }
    let is_dropped = Arc::new(AtomicBool::new(false));
    let (say, said) = unbounded();
    let is_unseen = api.block_on(async {
        let inside = SlowDrop(is_dropped.clone());
        let task = api.spawn(async move {
            let _inside = inside;
            let _told = say.try_send(());
            pending().await
        });
        said.recv().await.expect("the task starts");
        matches!(A::abort(task).await, Joined::Unseen)
    });
    match is_dropped.load(Ordering::Acquire) {
        _ if is_unseen => "can't be awaited",
        true => "after its drop",
        false => "before its drop",
    }
}

fn sleep_elsewhere<A: Api>(api: A) -> &'static str {
    // Made where its runtime is in scope, awaited where it is not.
    let make = poll_fn(|_| Poll::Ready(Box::pin(api.sleep(Duration::from_millis(10)))));
    let sleep = api.block_on(make);
    works(catch_unwind(AssertUnwindSafe(|| smol::future::block_on(sleep))).is_ok())
}

fn sleep_forever<A: Api>(api: A) -> &'static str {
    let polled = catch_unwind(AssertUnwindSafe(|| {
        api.block_on(async {
            let mut sleep = pin!(api.sleep(Duration::MAX));
            poll_fn(|cx| Poll::Ready(sleep.as_mut().poll(cx).is_pending())).await
        })
    }));
    match polled {
        Ok(true) => "pends",
        Ok(false) => "is ready at once",
        Err(_) => "panics",
    }
}

fn first_tick<A: Api>(api: A) -> Option<&'static str> {
    api.block_on(async {
        let mut interval = api.interval(Duration::from_secs(3_600))?;
        let tick = async {
            A::tick(&mut interval).await;
            "at once"
        };
        let much_later = async {
            smol::Timer::after(Duration::from_secs(3)).await;
            "after a period"
        };
        Some(smol::future::or(tick, much_later).await)
    })
}

fn missed_ticks<A: Api>(api: A) -> Option<&'static str> {
    const PERIOD: Duration = Duration::from_millis(500);
    let three_ticks = api.block_on(async {
        let mut interval = api.interval(PERIOD)?;
        A::tick(&mut interval).await;
        thread::sleep(PERIOD * 16 / 5); // three ticks pass unseen
        A::tick(&mut interval).await;
        let start = Instant::now();
        A::tick(&mut interval).await;
        A::tick(&mut interval).await;
        Some(start.elapsed())
    })?;
    Some(if three_ticks < PERIOD { "come in a burst" } else { "are left out" })
}

fn ready_loop<A: Api>(api: A) -> &'static str {
    let (say, said) = unbounded();
    let task = api.block_on(async {
        api.spawn(async move {
            let is_over = Arc::new(AtomicBool::new(false));
            let sibling = api.spawn({
                let is_over = is_over.clone();
                async move {
                    is_over.store(true, Ordering::Release);
                    1
                }
            });
            while !is_over.load(Ordering::Acquire) {
                api.sleep(Duration::ZERO).await;
            }
            let _told = say.send("runs").await;
            A::join(sibling).await;
            1
        })
    });
    let word = api.wait(said.recv()).expect("the task says something");
    drop(task);
    word
}

/// So many tasks at once block their workers until a task that each has spawned is done.
fn nested<A: Api>(api: A, tasks: usize) -> &'static str {
    let begun = Arc::new(AtomicUsize::new(0));
    let (say, said) = unbounded();
    let outer = api.block_on(async {
        let block = |_| {
            let (begun, say) = (begun.clone(), say.clone());
            api.spawn(async move {
                begun.fetch_add(1, Ordering::AcqRel);
                while begun.load(Ordering::Acquire) < tasks {
                    thread::yield_now(); // so that all workers block at the same time
                }
                let blocked = catch_unwind(AssertUnwindSafe(|| {
                    api.block_on(async { A::join(api.spawn(ready(1))).await })
                }));
                let _told = say.try_send(works(matches!(blocked, Ok(Joined::Value(1)))));
                1
            })
        };
        (0..tasks).map(block).collect::<Vec<_>>()
    });
    let words = (0..tasks).map(|_| api.wait(said.recv()).expect("each task says something"));
    let words = words.collect::<Vec<_>>();
    drop(outer);
    if words.contains(&"panics") { "panics" } else { "works" }
}

/// Says what became of a pending task when `end` has shut down the runtime that `spawn` spawns on.
pub(super) fn shutdown<O>(
    owner: O,
    spawn: impl FnOnce(&O, Pin<Box<dyn Future<Output = u32> + Send>>),
    end: impl FnOnce(O),
) -> &'static str {
    let (start, started) = unbounded();
    let (say, said) = unbounded();
    let inside = OnDrop(say, "run");
    let task = async move {
        let _inside = inside;
        let _told = start.try_send(());
        pending().await
    };
    spawn(&owner, Box::pin(task));
    started.recv_blocking().expect("the task starts");
    end(owner);
    said.try_recv().unwrap_or("are left out")
}
