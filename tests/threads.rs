//! What `Threads` promises beyond the contract that all runtimes share.

use std::future::{Future, pending, poll_fn};
use std::pin::{Pin, pin};
use std::sync::atomic::{AtomicBool, AtomicUsize, Ordering::SeqCst};
use std::sync::{Arc, Barrier, Mutex, mpsc};
use std::task::{Context, Poll, Wake, Waker};
use std::thread;
use std::time::{Duration, Instant};

use anyrt::prelude::*;
use anyrt::{BuildError, Threads, ThreadsBuilder, ThreadsOwner};

/// Far more than anything here takes: only a hang is that long.
const HANG: Duration = Duration::from_secs(60);

/// Runs `test` on a thread of its own and fails if it hangs.
fn watched<T: Send + 'static>(test: impl FnOnce() -> T + Send + 'static) -> T {
    let (send, receive) = mpsc::channel();
    let thread = thread::spawn(move || {
        let value = test();
        let _gone = send.send(());
        value
    });
    let end = receive.recv_timeout(HANG);
    assert_ne!(end, Err(mpsc::RecvTimeoutError::Timeout), "hangs");
    thread.join().unwrap_or_else(|panic| std::panic::resume_unwind(panic))
}

/// Waits until `condition` holds.
fn until(what: &str, condition: impl Fn() -> bool) {
    let start = Instant::now();
    while !condition() {
        assert!(start.elapsed() < HANG, "{what}");
        thread::sleep(Duration::from_millis(1));
    }
}

fn workers(n: usize) -> ThreadsOwner {
    ThreadsOwner::builder().workers(n).build().unwrap()
}

/// How many threads of this process have names that start so. They need to differ in their first 15
/// characters.
#[cfg(target_os = "linux")]
fn threads_named(start: &str) -> usize {
    let tasks = std::fs::read_dir("/proc/self/task").unwrap();
    let names =
        tasks.filter_map(|task| std::fs::read_to_string(task.ok()?.path().join("comm")).ok());
    names.filter(|name| name.starts_with(start)).count()
}

/// Counts its drop.
struct Counted(Arc<AtomicUsize>);

impl Drop for Counted {
    fn drop(&mut self) {
        self.0.fetch_add(1, SeqCst);
    }
}

fn yield_now() -> impl Future<Output = ()> {
    anyrt::task::yield_now()
}

mod building {
    use super::*;

    #[test]
    fn nonsense_is_a_typed_error() {
        let build = |options: ThreadsBuilder| options.build().unwrap_err();
        assert!(matches!(build(ThreadsOwner::builder().workers(0)), BuildError::NoWorkers));
        let blocking = ThreadsOwner::builder().max_blocking_threads(0);
        assert!(matches!(build(blocking), BuildError::NoBlockingThreads));
        assert!(matches!(build(ThreadsOwner::builder().thread_name("a\0b")), BuildError::Os(_)));
        assert!(matches!(build(ThreadsOwner::builder().workers(usize::MAX)), BuildError::Os(_)));
        assert!(matches!(build(ThreadsOwner::builder().stack_size(usize::MAX)), BuildError::Os(_)));
    }

    #[test]
    #[cfg(target_os = "linux")]
    fn a_refused_thread_leaves_none_behind() {
        let options = ThreadsOwner::builder().thread_name("refused").stack_size(1 << 46);
        assert!(matches!(options.workers(3).build(), Err(BuildError::Os(_))));
        until("they are off the list", || threads_named("refused") == 0);
    }

    #[test]
    fn threads_have_names() {
        let owner = ThreadsOwner::builder().workers(1).thread_name("named").build().unwrap();
        let name = || thread::current().name().map(String::from);
        let rt = owner.handle();
        assert_eq!(owner.block_on(rt.spawn(async move { name() })).unwrap().unwrap(), "named-0");
        let blocking = owner.block_on(rt.spawn_blocking(name)).unwrap().unwrap();
        assert_eq!(blocking, "named-blocking-0");
    }

    #[test]
    fn debug_says_what_it_is() {
        let owner = workers(3);
        let rt = owner.handle();
        assert_eq!(format!("{rt:?}"), "Threads { workers: 3, is_up: true }");
        assert_eq!(format!("{owner:?}"), "ThreadsOwner(Threads { workers: 3, is_up: true })");
        drop(owner);
        assert_eq!(format!("{rt:?}"), "Threads { workers: 3, is_up: false }");
    }
}

mod tasks {
    use super::*;

    #[test]
    fn each_runs_once_from_many_producers() {
        const EACH: usize = 5_000;
        watched(|| {
            let owner = workers(4);
            let runs: Arc<Vec<_>> = Arc::new((0..8 * EACH).map(|_| AtomicUsize::new(0)).collect());
            thread::scope(|scope| {
                for producer in 0..8 {
                    let (rt, runs, owner) = (owner.handle(), &runs, &owner);
                    scope.spawn(move || {
                        let spawn = |index: usize| {
                            let runs = runs.clone();
                            rt.spawn(async move {
                                yield_now().await;
                                runs[index].fetch_add(1, SeqCst)
                            })
                        };
                        let tasks: Vec<_> =
                            (producer * EACH..(producer + 1) * EACH).map(spawn).collect();
                        for task in tasks {
                            assert_eq!(owner.block_on(task).unwrap(), 0);
                        }
                    });
                }
            });
            assert!(runs.iter().all(|runs| runs.load(SeqCst) == 1));
        });
    }

    /// Each round lets the workers fall asleep, or nearly, before the next task comes.
    #[test]
    fn no_wake_up_is_lost() {
        watched(|| {
            for n in [1, 2, 4] {
                let owner = workers(n);
                let rt = owner.handle();
                let mut random = fastrand::Rng::with_seed(1);
                for round in 0..3_000 {
                    for _ in 0..random.u32(..2_000) {
                        std::hint::spin_loop();
                    }
                    assert_eq!(owner.block_on(rt.spawn(async move { round })).unwrap(), round);
                }
            }
        });
    }

    #[test]
    fn forks_are_shared() {
        fn fib(rt: Threads, n: u64) -> Pin<Box<dyn Future<Output = u64> + Send>> {
            Box::pin(async move {
                if n < 2 {
                    return n;
                }
                let left = rt.spawn(fib(rt.clone(), n - 1));
                fib(rt.clone(), n - 2).await + left.await.unwrap()
            })
        }
        let sum =
            watched(|| workers(4).run(|rt| async move { rt.spawn(fib(rt.clone(), 16)).await }));
        assert_eq!(sum.unwrap(), 987);
    }

    /// More tasks than a worker's ring holds.
    #[test]
    fn a_full_ring_overflows() {
        let sum = watched(|| {
            workers(2).run(|rt| async move {
                let root = rt.clone();
                let all = root.spawn(async move {
                    let tasks: Vec<_> = (0..10_000).map(|n| rt.spawn(async move { n })).collect();
                    let mut sum = 0;
                    for task in tasks {
                        sum += task.await.unwrap();
                    }
                    sum
                });
                all.await.unwrap()
            })
        });
        assert_eq!(sum, 10_000 * 9_999 / 2);
    }

    /// Two tasks that wake each other without end must not keep others from their turn.
    #[test]
    fn a_ping_pong_starves_nobody() {
        watched(|| {
            let owner = workers(1);
            let stop = Arc::new(AtomicBool::new(false));
            let slots: Arc<[Mutex<Option<Waker>>; 2]> = Arc::default();
            let side = |me: usize| {
                let (stop, slots) = (stop.clone(), slots.clone());
                poll_fn(move |cx| {
                    *slots[me].lock().unwrap() = Some(cx.waker().clone());
                    let other = slots[1 - me].lock().unwrap().take();
                    if let Some(other) = other {
                        other.wake();
                    }
                    if stop.load(SeqCst) { Poll::Ready(()) } else { Poll::Pending }
                })
            };
            let rt = owner.handle();
            let _pair = [rt.spawn(side(0)), rt.spawn(side(1))];
            for _ in 0..100 {
                owner.block_on(rt.spawn(async { yield_now().await })).unwrap(); // from outside
                let inside = rt.clone();
                let fork = async move { inside.spawn(async { yield_now().await }).await };
                owner.block_on(rt.spawn(fork)).unwrap().unwrap();
            }
            stop.store(true, SeqCst);
        });
    }

    /// Eight threads wake one task all the time; it sees what each did before its last wake.
    #[test]
    fn a_storm_of_wakes_loses_none() {
        const WAKES: usize = 10_000;
        watched(|| {
            let owner = workers(2);
            let (counts, slot) = (Arc::new(AtomicUsize::new(0)), Arc::new(Mutex::new(None)));
            let task = owner.handle().spawn({
                let (counts, slot) = (counts.clone(), slot.clone());
                poll_fn(move |cx| {
                    *slot.lock().unwrap() = Some(cx.waker().clone());
                    let all = counts.load(SeqCst) == 8 * WAKES;
                    if all { Poll::Ready(()) } else { Poll::Pending }
                })
            });
            until("the task starts", || slot.lock().unwrap().is_some());
            thread::scope(|scope| {
                for _ in 0..8 {
                    scope.spawn(|| {
                        for _ in 0..WAKES {
                            counts.fetch_add(1, SeqCst);
                            let waker: Waker = slot.lock().unwrap().clone().unwrap();
                            waker.wake();
                        }
                    });
                }
            });
            owner.block_on(task).unwrap();
        });
    }
}

mod time {
    use super::*;

    #[test]
    fn sleeps_are_never_early_and_in_order() {
        /// Whether all were asleep before the first was due, and so could be in order.
        async fn all_in_time(rt: Threads, lead: Duration, order: Arc<Mutex<Vec<Instant>>>) -> bool {
            let (start, asleep) = (rt.now() + lead, Arc::new(AtomicUsize::new(0)));
            let sleeper = |n: u32| {
                // From far to near, and closer to each other than two looks at the timers.
                let at = start + Duration::from_micros(5) * (100 - n);
                let (order, asleep) = (order.clone(), asleep.clone());
                let (rt, mut sleep) = (rt.clone(), Box::pin(rt.sleep_until(Some(at))));
                rt.clone().spawn(async move {
                    let first = poll_fn(|cx| Poll::Ready(sleep.as_mut().poll(cx))).await;
                    asleep.fetch_add(1, SeqCst);
                    if first.is_pending() {
                        sleep.await;
                    }
                    assert!(rt.now() >= at);
                    order.lock().unwrap().push(at);
                })
            };
            // Few enough for the cooperative budget of the one worker, which is new.
            let tasks: Vec<_> = (0..100).map(sleeper).collect();
            while asleep.load(SeqCst) < 100 {
                yield_now().await;
            }
            let in_time = rt.now() < start;
            for task in tasks {
                task.await.unwrap();
            }
            in_time
        }
        watched(|| {
            let mut lead = Duration::from_millis(10);
            loop {
                let order = Arc::new(Mutex::new(Vec::new()));
                let (owner, theirs) = (workers(1), order.clone());
                let in_time = owner.run(|rt| rt.spawn(all_in_time(rt.clone(), lead, theirs)));
                if in_time.unwrap() {
                    return assert!(order.lock().unwrap().is_sorted());
                }
                lead *= 2;
            }
        });
    }

    #[test]
    fn random_sleeps_all_end() {
        watched(|| {
            let owner = workers(2);
            let rt = owner.handle();
            let mut random = fastrand::Rng::with_seed(3);
            let tasks: Vec<_> = (0..20_000)
                .map(|_| {
                    let at = rt.now() + Duration::from_nanos(random.u64(..300_000_000));
                    let sleep = rt.sleep_until(Some(at));
                    let rt = rt.clone();
                    rt.clone().spawn(async move {
                        sleep.await;
                        assert!(rt.now() >= at);
                    })
                })
                .collect();
            for task in tasks {
                owner.block_on(task).unwrap();
            }
        });
    }

    /// The only waker of a cancelled sleep is gone with it.
    #[test]
    fn a_dropped_sleep_lets_its_waker_go() {
        struct Nothing;
        impl Wake for Nothing {
            fn wake(self: Arc<Self>) {}
        }
        let owner = workers(1);
        let (rt, nothing) = (owner.handle(), Arc::new(Nothing));
        let waker = Waker::from(nothing.clone());
        let mut sleeps: Vec<_> = (0..100_000).map(|_| Box::pin(rt.sleep(HANG))).collect();
        for sleep in &mut sleeps {
            assert!(sleep.as_mut().poll(&mut Context::from_waker(&waker)).is_pending());
        }
        assert_eq!(Arc::strong_count(&nothing), 100_002);
        drop(sleeps);
        assert_eq!(Arc::strong_count(&nothing), 2);
    }

    #[test]
    fn a_sleep_wakes_its_last_waker() {
        watched(|| {
            let owner = workers(1);
            let rt = owner.handle();
            let mut sleep = Box::pin(rt.sleep(Duration::from_millis(30)));
            let mut noop = Context::from_waker(Waker::noop());
            assert!(sleep.as_mut().poll(&mut noop).is_pending());
            owner.block_on(sleep); // with another waker
        });
    }

    #[test]
    fn a_panicking_waker_stops_no_other() {
        struct Panics;
        impl Wake for Panics {
            fn wake(self: Arc<Self>) {
                panic!("a waker's panic, as expected");
            }
        }
        watched(|| {
            let owner = workers(1);
            let rt = owner.handle();
            let at = Some(rt.now() + Duration::from_millis(30));
            let (mut bad, good) = (pin!(rt.sleep_until(at)), rt.sleep_until(at));
            let panics = Waker::from(Arc::new(Panics));
            assert!(bad.as_mut().poll(&mut Context::from_waker(&panics)).is_pending());
            owner.block_on(good);
            owner.block_on(rt.spawn(async {})).unwrap(); // the worker lives
        });
    }

    #[test]
    fn sleeps_outlive_their_runtime() {
        watched(|| {
            let (owner, other) = (workers(1), workers(1));
            let rt = owner.handle();
            let start = rt.now();
            let mut before = Box::pin(rt.sleep(Duration::from_millis(30)));
            let noop = &mut Context::from_waker(Waker::noop());
            assert!(before.as_mut().poll(noop).is_pending());
            let task = other.handle().spawn(before);
            owner.shutdown_blocking();
            other.block_on(task).unwrap();
            assert!(start.elapsed() >= Duration::from_millis(30));
            for _ in 0..3 {
                let start = rt.now();
                other.block_on(rt.sleep(Duration::from_millis(5))); // made after the end
                assert!(start.elapsed() >= Duration::from_millis(5));
            }
        });
    }

    /// A timer that a busy worker's neighbour put, and that no worker is armed for.
    #[test]
    fn an_earlier_timer_of_a_foreign_thread_is_seen() {
        watched(|| {
            let owner = workers(2);
            let rt = owner.handle();
            let late = rt.spawn(rt.sleep(Duration::from_secs(3600)));
            for micros in 0..300 {
                owner.block_on(rt.sleep(Duration::from_micros(micros)));
            }
            drop(late);
        });
    }
}

mod blocking {
    use super::*;

    #[test]
    #[cfg(target_os = "linux")]
    fn threads_come_when_needed_and_go_when_idle() {
        watched(|| {
            let options = ThreadsOwner::builder().workers(1).thread_name("shrink");
            let owner = options.keep_alive(Duration::from_millis(50)).build().unwrap();
            let (rt, barrier) = (owner.handle(), Arc::new(Barrier::new(9)));
            let meet = || {
                let barrier = barrier.clone();
                rt.spawn_blocking(move || barrier.wait().is_leader())
            };
            assert_eq!(threads_named("shrink-blocking"), 0);
            for _ in 0..2 {
                let jobs: Vec<_> = (0..8).map(|_| meet()).collect();
                barrier.wait(); // all of them run at once
                for job in jobs {
                    owner.block_on(job).unwrap();
                }
                until("the threads go", || threads_named("shrink-blocking") == 0);
            }
        });
    }

    #[test]
    fn no_more_threads_than_allowed() {
        watched(|| {
            let owner = ThreadsOwner::builder().workers(1).max_blocking_threads(3).build().unwrap();
            let (rt, at_once) = (owner.handle(), Arc::new(AtomicUsize::new(0)));
            let jobs: Vec<_> = (0..200)
                .map(|_| {
                    let at_once = at_once.clone();
                    rt.spawn_blocking(move || {
                        let now = at_once.fetch_add(1, SeqCst) + 1;
                        thread::sleep(Duration::from_micros(100));
                        at_once.fetch_sub(1, SeqCst);
                        now
                    })
                })
                .collect();
            let most = jobs.into_iter().map(|job| owner.block_on(job).unwrap()).max();
            assert!(most <= Some(3), "{most:?} at once");
        });
    }

    #[test]
    fn a_queued_job_can_be_aborted() {
        watched(|| {
            let owner = ThreadsOwner::builder().workers(1).max_blocking_threads(1).build().unwrap();
            let (rt, ran) = (owner.handle(), Arc::new(AtomicUsize::new(0)));
            let (go, gate) = mpsc::channel::<()>();
            let first = rt.spawn_blocking(move || gate.recv().is_ok());
            let mut second = rt.spawn_blocking({
                let ran = ran.clone();
                move || ran.fetch_add(1, SeqCst)
            });
            second.abort();
            go.send(()).unwrap();
            assert!(owner.block_on(second).unwrap_err().is_cancelled());
            assert!(owner.block_on(first).unwrap());
            assert_eq!(ran.load(SeqCst), 0);
        });
    }

    #[test]
    fn jobs_come_from_many_threads() {
        watched(|| {
            let owner = ThreadsOwner::builder().workers(2).max_blocking_threads(4).build().unwrap();
            let runs = Arc::new(AtomicUsize::new(0));
            thread::scope(|scope| {
                for _ in 0..4 {
                    scope.spawn(|| {
                        let rt = owner.handle();
                        for round in 0..2_000 {
                            let runs = runs.clone();
                            let job = rt.spawn_blocking(move || runs.fetch_add(1, SeqCst));
                            if round % 2 == 0 {
                                owner.block_on(job).unwrap();
                            }
                        }
                    });
                }
            });
            until("detached jobs run", || runs.load(SeqCst) == 8_000);
        });
    }
}

mod shutdown {
    use super::*;

    #[test]
    #[cfg(target_os = "linux")]
    fn every_thread_ends() {
        watched(|| {
            let owner = ThreadsOwner::builder().workers(3).thread_name("joined").build().unwrap();
            let rt = owner.handle();
            rt.spawn_blocking(|| thread::sleep(Duration::from_millis(20)));
            until("they start", || threads_named("joined") == 4);
            owner.shutdown_blocking();
            // A join returns a moment before the kernel takes the thread off its list.
            until("they are off the list", || threads_named("joined") == 0);
        });
    }

    /// A blocking thread on its way to sleep notices the end.
    #[test]
    fn waits_for_no_idle_thread() {
        watched(|| {
            for _ in 0..300 {
                let options = ThreadsOwner::builder().workers(1).keep_alive(60 * HANG);
                let owner = options.build().unwrap();
                let rt = owner.handle();
                owner.block_on(rt.spawn_blocking(|| ())).unwrap();
                owner.shutdown_blocking();
            }
        });
    }

    #[test]
    fn pending_tasks_are_dropped() {
        watched(|| {
            for n in [1, 3] {
                let (owner, dropped) = (workers(n), Arc::new(AtomicUsize::new(0)));
                let rt = owner.handle();
                for index in 0..1_000 {
                    let (counted, rt) = (Counted(dropped.clone()), rt.clone());
                    drop(owner.handle().spawn(async move {
                        let _counted = counted;
                        match index % 3 {
                            0 => pending().await,
                            1 => rt.sleep(HANG).await,
                            _ => loop {
                                yield_now().await;
                            },
                        }
                    }));
                }
                owner.shutdown_blocking();
                assert_eq!(dropped.load(SeqCst), 1_000);
            }
        });
    }

    #[test]
    fn a_panicking_destructor_takes_nothing_down() {
        struct Panics;
        impl Drop for Panics {
            fn drop(&mut self) {
                panic!("a destructor's panic, as expected");
            }
        }
        async fn held(panics: Panics) {
            let _panics = panics;
            pending::<()>().await;
        }
        watched(|| {
            let owner = workers(1);
            let rt = owner.handle();
            let mut task = rt.spawn(held(Panics));
            owner.block_on(rt.spawn(async {})).unwrap();
            task.abort();
            assert!(owner.block_on(task).unwrap_err().is_cancelled());
            owner.block_on(rt.spawn(async {})).unwrap(); // the worker lives
            drop(rt.spawn(held(Panics)));
            owner.shutdown_blocking();
        });
    }

    /// Each task's destructor wakes the next one: as many frames on the stack would overflow it.
    #[test]
    fn a_chain_of_destructors_is_no_recursion() {
        struct WakesNext(Arc<Mutex<Vec<Waker>>>, usize);
        impl Drop for WakesNext {
            fn drop(&mut self) {
                let next = self.0.lock().unwrap().get(self.1 + 1).cloned();
                next.unwrap_or(Waker::noop().clone()).wake();
            }
        }
        watched(|| {
            let (owner, wakers) = (workers(2), Arc::new(Mutex::new(Vec::new())));
            for _ in 0..100_000 {
                let all = wakers.clone();
                let mut chained = None;
                drop(owner.handle().spawn(poll_fn(move |cx| {
                    let mut wakers = all.lock().unwrap();
                    chained = chained.take().or(Some(WakesNext(all.clone(), wakers.len())));
                    wakers.push(cx.waker().clone());
                    Poll::<()>::Pending
                })));
            }
            until("all are pending", || wakers.lock().unwrap().len() == 100_000);
            owner.shutdown_blocking();
            wakers.lock().unwrap().clear();
        });
    }

    #[test]
    fn can_begin_inside_a_task() {
        watched(|| {
            let (owner, outside) = (workers(2), workers(1));
            let rt = owner.handle();
            let (send, down) = mpsc::channel();
            drop(rt.spawn(async move {
                let done = owner.shutdown();
                send.send(done).unwrap();
                pending::<()>().await;
            }));
            let done = down.recv().unwrap();
            outside.block_on(done);
            assert!(outside.block_on(rt.spawn(async {})).unwrap_err().is_cancelled());
            assert!(outside.block_on(rt.spawn_blocking(|| ())).unwrap_err().is_cancelled());
        });
    }

    #[test]
    fn can_be_awaited_by_its_own_task() {
        watched(|| {
            let owner = workers(2);
            let (rt, outside) = (owner.handle(), workers(1));
            // The task is dropped at this await at the latest, and says so.
            let ended = outside.block_on(rt.spawn(owner.shutdown()));
            assert!(ended.is_ok() || ended.unwrap_err().is_cancelled());
        });
    }

    #[test]
    fn an_owner_dropped_in_a_task_says_so_and_ends() {
        watched(|| {
            let (owner, outside) = (workers(2), workers(1));
            let rt = owner.handle();
            let task = rt.spawn(async move { drop(owner) });
            let error = outside.block_on(task).unwrap_err();
            assert!(error.message().unwrap().contains("`ThreadsOwner` was dropped inside a task"));
            until("it is down", || {
                outside.block_on(rt.spawn(async {})).is_err_and(|error| error.is_cancelled())
            });
        });
    }

    #[test]
    fn a_job_can_end_its_own_runtime() {
        watched(|| {
            let (owner, outside) = (workers(1), workers(1));
            let rt = owner.handle();
            let job = rt.spawn_blocking(move || owner.shutdown_blocking());
            // It ran to its end, with the runtime ended under it.
            drop(outside.block_on(job));
            assert!(outside.block_on(rt.spawn(async {})).is_err());
        });
    }

    /// Its destructors run after the worker's last task.
    #[test]
    fn a_thread_local_may_wake_a_task_at_its_end() {
        struct Wakes(Option<Waker>);
        impl Drop for Wakes {
            fn drop(&mut self) {
                self.0.take().unwrap_or(Waker::noop().clone()).wake();
            }
        }
        thread_local! {
            static WAKES: std::cell::RefCell<Wakes> = const { std::cell::RefCell::new(Wakes(None)) };
        }
        watched(|| {
            let (owner, dropped) = (workers(1), Arc::new(AtomicUsize::new(0)));
            let counted = Counted(dropped.clone());
            drop(owner.handle().spawn(poll_fn(move |cx| {
                let _counted = &counted;
                WAKES.with_borrow_mut(|wakes| wakes.0 = Some(cx.waker().clone()));
                Poll::<()>::Pending
            })));
            owner.block_on(owner.handle().spawn(async {})).unwrap();
            owner.shutdown_blocking();
            assert_eq!(dropped.load(SeqCst), 1);
        });
    }

    #[test]
    fn beside_a_storm_of_spawns_and_wakes() {
        watched(|| {
            for round in 0..50 {
                let (owner, dropped) = (workers(1 + round % 3), Arc::new(AtomicUsize::new(0)));
                let (made, stop) = (AtomicUsize::new(0), AtomicBool::new(false));
                thread::scope(|scope| {
                    for _ in 0..3 {
                        let (rt, made, stop, dropped) = (owner.handle(), &made, &stop, &dropped);
                        scope.spawn(move || {
                            while !stop.load(SeqCst) {
                                made.fetch_add(1, SeqCst);
                                let counted = Counted(dropped.clone());
                                let other = rt.clone();
                                drop(rt.spawn(async move {
                                    let _counted = counted;
                                    yield_now().await;
                                    other.sleep(Duration::from_micros(50)).await;
                                    other.spawn(async {}).await.ok();
                                }));
                            }
                        });
                    }
                    thread::sleep(Duration::from_millis(2));
                    owner.shutdown_blocking();
                    stop.store(true, SeqCst);
                });
                assert_eq!(dropped.load(SeqCst), made.load(SeqCst));
            }
        });
    }
}
