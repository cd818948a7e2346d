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
