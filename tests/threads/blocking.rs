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
