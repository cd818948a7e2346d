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

/// How late the timers of the calling thread may be.
#[cfg(target_os = "linux")]
fn timer_slack() -> String {
    let link = std::fs::read_link("/proc/thread-self").unwrap();
    let id = link.file_name().unwrap().to_str().unwrap().to_owned();
    std::fs::read_to_string(format!("/proc/{id}/timerslack_ns")).unwrap()
}

/// A program that a task starts would have an interrupt for each of its sleeps.
#[cfg(target_os = "linux")]
#[test]
fn what_a_task_starts_does_not_inherit_exact_timers() {
    watched(|| {
        let (ordinary, owner) = (timer_slack(), workers(1));
        let seen = owner.run(|rt| async move {
            rt.clone()
                .spawn(async move {
                    for _ in 0..3 {
                        rt.sleep(Duration::from_millis(2)).await; // the worker parks
                    }
                    let thread = thread::spawn(timer_slack).join().unwrap();
                    let job = rt.spawn_blocking(timer_slack).await.unwrap();
                    [timer_slack(), thread, job]
                })
                .await
                .unwrap()
        });
        assert_eq!(seen, [ordinary.clone(), ordinary.clone(), ordinary]);
    });
}
