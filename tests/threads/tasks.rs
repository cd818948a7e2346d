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
    let sum = watched(|| workers(4).run(|rt| async move { rt.spawn(fib(rt.clone(), 16)).await }));
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
