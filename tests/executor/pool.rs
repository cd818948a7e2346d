//! What a `ThreadPool` adds: options, bounds, priorities, deadlines, its own state, its ends.

use std::collections::BTreeSet;
use std::rc::Rc;
use std::sync::atomic::{AtomicUsize, Ordering::SeqCst};
use std::sync::{Arc, Mutex, mpsc};
use std::time::{Duration, Instant};

use anyrt::executor::{
    Executor, Inline, PoolError, Priority, Refused, Shutdown, ThreadPool, When, wait_blocking,
};
use futures_lite::future::{block_on, poll_once};

use crate::support::{Gate, LONG, until};

/// A pool of one worker, which is held by the gate.
fn held(pool: &ThreadPool) -> Gate {
    let gate = Gate::new();
    let inside = gate.clone();
    pool.submit(move || inside.pass()).detach();
    gate.reached(1);
    gate
}

#[test]
fn nonsense_is_refused() {
    let build = |builder: anyrt::executor::ThreadPoolBuilder| builder.build().unwrap_err();
    let new = ThreadPool::builder;
    assert_eq!(build(new().workers(0)), PoolError::NoWorkers);
    assert_eq!(build(new().workers(3).max_threads(2)), PoolError::TooFewThreads);
    assert_eq!(build(new().max_queued(0)), PoolError::NoRoom);
    assert_eq!(build(new().max_jobs_per_worker(0)), PoolError::NoJobs);
    assert_eq!(build(new().caller_runs()), PoolError::NoCaller);
    let workers_only = new().max_queued(1).caller_runs().inline(Inline::Workers);
    assert_eq!(build(workers_only), PoolError::NoCaller);
    assert_eq!(build(new().name("a\0b")), PoolError::BadThread);
    assert_eq!(build(new().stack_size(usize::MAX)), PoolError::BadThread);
    assert_eq!(build(new().max_threads(usize::MAX)), PoolError::BadThread);
}

#[test]
fn threads_start_when_they_are_needed_and_end_when_idle() {
    let pool =
        ThreadPool::builder().workers(2).keep_alive(Duration::from_millis(5)).build().unwrap();
    assert_eq!(pool.statistics().idle + pool.statistics().busy, 0);
    for _ in 0..3 {
        let gate = held(&pool);
        assert!(pool.statistics().busy >= 1);
        gate.open();
        until("the threads end", || pool.statistics().idle + pool.statistics().busy == 0);
    }
    assert_eq!(pool.statistics().done, 3);
}

#[test]
fn a_shutdown_in_time_is_one_without_a_limit() {
    for limit in [LONG, Duration::MAX] {
        let pool = ThreadPool::with_workers(1);
        let gate = held(&pool);
        let queued = pool.submit(|| 1);
        let opens = std::thread::spawn(move || gate.open());
        assert_eq!(pool.shutdown_within(Shutdown::Wait, limit), Ok(Vec::new()));
        assert!(queued.is_finished());
        assert_eq!(queued.join_blocking().unwrap(), 1);
        opens.join().unwrap();
    }
    let unused = ThreadPool::new().shutdown_within(Shutdown::Wait, Duration::ZERO);
    assert_eq!(unused, Ok(Vec::new()));
}

#[test]
fn a_shutdown_that_is_late_cancels_what_is_queued_and_leaves_what_runs() {
    for how in [Shutdown::Wait, Shutdown::CancelPending] {
        let pool = ThreadPool::with_workers(1);
        let gate = held(&pool);
        let runs_on = gate.clone();
        let queued = pool.job().name("queued").submit(|| ());
        let late = pool.shutdown_within(how, Duration::from_millis(2)).unwrap_err();
        assert_eq!((late.running(), late.cancelled().len()), (1, 1));
        assert_eq!(late.cancelled()[0].name.as_deref(), Some("queued"));
        assert!(late.to_string().contains("1 threads"), "{late}");
        assert!(queued.join_blocking().unwrap_err().is_cancelled());
        runs_on.open();
    }
}

#[test]
fn a_job_that_ends_its_own_pool_with_a_limit_does_not_wait_for_itself() {
    let (give, take) = mpsc::channel::<ThreadPool>();
    let pool = ThreadPool::with_workers(2);
    let mut ends = pool.submit(move || take.recv().unwrap().shutdown_within(Shutdown::Wait, LONG));
    until("it runs", || ends.is_running());
    let other = pool.submit(|| 2);
    give.send(pool).unwrap();
    assert_eq!(ends.result(LONG).unwrap().unwrap(), Ok(Vec::new()));
    assert_eq!(other.join_blocking().unwrap(), 2);
}

#[test]
fn a_job_may_shut_its_own_pool_down() {
    let (give, take) = mpsc::channel::<ThreadPool>();
    let pool = ThreadPool::with_workers(2);
    let mut ends = pool.submit(move || take.recv().unwrap().shutdown(Shutdown::Wait).len());
    until("it runs", || ends.is_running());
    give.send(pool).unwrap();
    assert_eq!(ends.result(LONG).unwrap().unwrap(), 0);
}

#[test]
fn without_room_the_caller_runs_its_job_with_its_name_and_deadline() {
    let pool = ThreadPool::builder().workers(1).max_queued(1).caller_runs().build().unwrap();
    let gate = held(&pool);
    let mut queued = pool.submit(std::thread::current);
    let here = pool.submit(std::thread::current);
    assert!(here.is_finished() && !queued.is_finished());
    assert_eq!(here.join_blocking().unwrap().id(), std::thread::current().id());
    let panics = pool.job().name("mine").submit(|| panic!("as it must"));
    let error = panics.join_blocking().map(|(): ()| ()).unwrap_err();
    assert_eq!((error.job_name(), error.message()), (Some("mine"), Some("as it must")));
    let late = pool.job().begin_within(Duration::ZERO).submit(|| unreachable!("it is too late"));
    assert!(late.join_blocking().map(|(): ()| ()).unwrap_err().is_expired());
    assert!(pool.try_submit(|| ()).unwrap_err().is_full(), "who only tries gets it back");
    gate.open();
    let worker = queued.result(LONG).unwrap().unwrap(); // with a limit it is not run here
    assert_ne!(worker.id(), std::thread::current().id());
}

#[test]
fn the_pool_of_the_process_is_one_and_stays() {
    let names = [(), ()].map(|()| {
        let name = || std::thread::current().name().map(ToOwned::to_owned);
        let mut job = ThreadPool::global().submit(name);
        job.result(LONG).unwrap().unwrap() // with a limit it is not run here
    });
    assert!(names.iter().flatten().all(|name| name.starts_with("anyrt-global-")), "{names:?}");
    assert!(std::ptr::eq(ThreadPool::global(), ThreadPool::global()));
}

#[test]
fn what_was_run_is_counted_and_nothing_else() {
    let pool = ThreadPool::builder().workers(1).build().unwrap();
    let gate = held(&pool);
    let (here, cancelled) = (pool.submit(|| 1), pool.submit(|| 2));
    let late = pool.job().begin_within(Duration::ZERO).submit(|| 3);
    let panics = pool.submit(|| -> u8 { panic!("as it must") });
    assert_eq!(here.join_blocking().unwrap(), 1); // run on this thread
    assert!(cancelled.cancel());
    gate.open();
    until("they are over", || panics.is_finished());
    assert!(panics.join_blocking().unwrap_err().is_panic());
    assert!(late.join_blocking().unwrap_err().is_expired());
    until("they are counted", || pool.statistics().done == 2); // that of the gate, and the panic
    pool.close(Shutdown::Wait);
    until("the threads end", || pool.statistics().busy + pool.statistics().idle == 0);
    let end = pool.statistics();
    assert_eq!((end.done, end.panicked, end.queued), (2, 1, 0));
}

/// Takes at least a hundred bytes of stack for each level.
fn deep(levels: usize) -> usize {
    let frame = std::hint::black_box([levels; 12]);
    if levels == 0 { 0 } else { 1 + deep(frame[0] - 1) }
}

#[test]
fn threads_have_names_and_stacks() {
    let pool = ThreadPool::builder().workers(1).name("named").stack_size(16 << 20);
    let pool = pool.inline(Inline::Workers).build().unwrap();
    let name = pool.submit(|| {
        assert_eq!(deep(30_000), 30_000); // overflows a stack of 2 MiB
        std::thread::current().name().map(String::from)
    });
    assert_eq!(name.join_blocking().unwrap().as_deref(), Some("named-0"));
}

#[test]
fn one_worker_is_first_in_first_out() {
    let pool = ThreadPool::with_workers(1);
    let gate = held(&pool);
    let order = Arc::new(Mutex::new(Vec::new()));
    let mut handles: Vec<_> = (0..200)
        .map(|n| {
            let order = Arc::clone(&order);
            pool.submit(move || order.lock().unwrap().push(n))
        })
        .collect();
    gate.open();
    wait_blocking(&mut handles, When::AllCompleted).unwrap();
    assert!(order.lock().unwrap().iter().copied().eq(0..200));
}

#[test]
fn no_more_at_once_than_workers() {
    let pool = ThreadPool::builder().workers(3).inline(Inline::Workers).build().unwrap();
    let at_once = Arc::new(AtomicUsize::new(0));
    let most = pool.map(
        move |_: u32| {
            let now = at_once.fetch_add(1, SeqCst) + 1;
            std::thread::yield_now();
            at_once.fetch_sub(1, SeqCst);
            now
        },
        0..500,
    );
    let most = most.map(Result::unwrap).max();
    assert!(most <= Some(3), "{most:?} at once");
}

#[test]
fn who_waits_runs_what_nobody_has_begun() {
    let pool = ThreadPool::with_workers(1);
    let gate = held(&pool);
    let thread = pool.submit(|| std::thread::current().id()).join_blocking().unwrap();
    assert_eq!(thread, std::thread::current().id());
    gate.open();
    let pool = ThreadPool::builder().workers(1).inline(Inline::Workers).build().unwrap();
    let thread = pool.submit(|| std::thread::current().id()).join_blocking().unwrap();
    assert_ne!(thread, std::thread::current().id());
}

#[test]
fn a_queued_job_is_cancelled_at_once() {
    let pool = ThreadPool::with_workers(1);
    let gate = held(&pool);
    let kept = Arc::new(());
    let inside = Arc::clone(&kept);
    let handle = pool.submit(move || drop(inside));
    assert!(handle.cancel() && !handle.cancel());
    assert!(handle.is_cancelled() && handle.is_finished() && handle.is_failed());
    assert_eq!(Arc::strong_count(&kept), 1); // its closure is gone
    let error = handle.join_blocking().unwrap_err();
    assert!(error.is_cancelled() && error.to_string().contains("was cancelled"));
    gate.open();
}

/// What is cancelled, or run by who waits, does not pile up behind one that waits.
#[test]
fn dead_jobs_leave_the_queue() {
    let pool = ThreadPool::with_workers(1);
    let gate = held(&pool);
    let waits = pool.submit(|| ());
    for n in 0..10_000 {
        let handle = pool.submit(move || n);
        if n % 2 == 0 {
            assert!(handle.cancel());
        } else {
            assert_eq!(handle.join_blocking().unwrap(), n);
        }
    }
    assert!(pool.statistics().queued < 200, "{:?}", pool.statistics());
    gate.open();
    waits.join_blocking().unwrap();
}

#[test]
fn high_priority_goes_first_and_low_does_not_starve() {
    let pool = ThreadPool::with_workers(1);
    let gate = held(&pool);
    let order = Arc::new(Mutex::new(Vec::new()));
    let submit = |priority| {
        let order = Arc::clone(&order);
        pool.job().priority(priority).submit(move || order.lock().unwrap().push(priority))
    };
    let mut handles: Vec<_> = (0..100).map(|_| submit(Priority::Normal)).collect();
    handles.push(submit(Priority::Low));
    handles.push(submit(Priority::High));
    gate.open();
    wait_blocking(&mut handles, When::AllCompleted).unwrap();
    let order = order.lock().unwrap();
    let place = |priority| order.iter().position(|one| *one == priority).unwrap();
    assert!(place(Priority::High) <= 1, "{order:?}");
    assert!(place(Priority::Low) < 40, "{order:?}");
}

#[test]
fn a_job_does_not_begin_after_its_deadline() {
    let pool = ThreadPool::with_workers(1);
    let past = pool.job().name("too late").deadline(Instant::now());
    let error = past.submit(|| unreachable!("it is too late")).join_blocking().map(|(): ()| ());
    let error = error.unwrap_err();
    assert!(error.is_expired() && error.job_name() == Some("too late"), "{error}");
    let gate = held(&pool);
    let mut late = pool.job().begin_within(Duration::from_millis(1)).submit(|| ());
    std::thread::sleep(Duration::from_millis(2));
    gate.open();
    assert!(late.result(LONG).unwrap().unwrap_err().is_expired());
    let in_time = pool.job().begin_within(Duration::MAX).submit(|| 5);
    assert_eq!(in_time.join_blocking().unwrap(), 5);
}

#[test]
fn a_full_queue_gives_the_closure_back() {
    let pool = ThreadPool::builder().workers(1).max_queued(2).build().unwrap();
    let gate = held(&pool);
    let queued = [pool.submit(|| 1), pool.submit(|| 2)];
    let refused = pool.try_submit(|| 3).unwrap_err();
    assert!(refused.is_full() && refused.into_inner()() == 3);
    // A place is free as soon as one is cancelled.
    assert!(queued[0].cancel());
    let third = pool.try_submit(|| 3).unwrap();
    assert!(pool.try_submit(|| 4).is_err());
    gate.open();
    assert_eq!(third.join_blocking().unwrap(), 3);
}

#[test]
fn submit_waits_for_room() {
    let pool = Arc::new(ThreadPool::builder().workers(1).max_queued(1).build().unwrap());
    let gate = held(&pool);
    let first = pool.submit(|| 1);
    let (inner, (tell, told)) = (Arc::clone(&pool), mpsc::channel());
    let blocks = std::thread::spawn(move || {
        tell.send(()).unwrap();
        inner.submit(|| 2).join_blocking().unwrap()
    });
    told.recv().unwrap();
    gate.open();
    assert_eq!((first.join_blocking().unwrap(), blocks.join().unwrap()), (1, 2));
}

#[test]
fn a_task_waits_for_room_and_may_give_up() {
    let pool = ThreadPool::builder().workers(1).max_queued(1).build().unwrap();
    let gate = held(&pool);
    let first = pool.submit(|| 1);
    assert!(block_on(poll_once(pool.submit_when_free(|| 2))).is_none());
    let mut third = std::pin::pin!(pool.submit_when_free(|| 3));
    assert!(block_on(poll_once(third.as_mut())).is_none());
    gate.open();
    assert_eq!(block_on(third).unwrap().join_blocking().unwrap(), 3);
    assert_eq!(first.join_blocking().unwrap(), 1);
    pool.close(Shutdown::Wait);
    assert!(matches!(block_on(pool.submit_when_free(|| 4)), Err(Refused::Closed(_))));
}

/// The number of its worker, what it has counted, and what counts its drop.
struct Counts(Rc<u32>, u32, Arc<AtomicUsize>);
impl Drop for Counts {
    fn drop(&mut self) {
        self.2.fetch_add(1, SeqCst);
    }
}

#[test]
fn workers_have_their_own_state() {
    let dropped = Arc::new(AtomicUsize::new(0));
    let counted = Arc::clone(&dropped);
    let pool = ThreadPool::builder()
        .workers(2)
        .initializer(move |worker| {
            Counts(Rc::new(u32::try_from(worker).unwrap()), 0, Arc::clone(&counted))
        })
        .build()
        .unwrap();
    let handles: Vec<_> = (0..100)
        .map(|_| {
            pool.submit_with(|state: &mut Counts| {
                state.1 += 1;
                (*state.0, state.1)
            })
        })
        .collect();
    let seen: BTreeSet<_> =
        handles.into_iter().map(|handle| handle.join_blocking().unwrap()).collect();
    assert_eq!(seen.len(), 100); // each worker counted its own
    // A job that panics leaves the state where it is.
    let panics = pool.submit_with(|_| -> () { std::panic::resume_unwind(Box::new("quiet")) });
    assert!(panics.join_blocking().is_err());
    pool.submit_with(|state| state.1).join_blocking().unwrap();
    assert_eq!(pool.submit(|| 3).join_blocking().unwrap(), 3);
    let threads = pool.statistics().idle + pool.statistics().busy;
    drop(pool);
    assert_eq!(dropped.load(SeqCst), threads);
}

#[test]
fn a_job_with_state_waits_for_another() {
    let pool = ThreadPool::builder().workers(1).initializer(|_| 5_u32).build().unwrap();
    let pool = Arc::new(pool);
    let inner = Arc::clone(&pool);
    let sum = pool.submit_with(move |state| {
        *state + inner.submit_with(|state| *state).join_blocking().unwrap()
    });
    assert_eq!(sum.join_blocking().unwrap(), 10);
}

#[test]
fn an_initializer_that_panics_breaks_the_pool() {
    let pool = ThreadPool::builder()
        .workers(2)
        .initializer(|_| -> u8 { std::panic::resume_unwind(Box::new("no database")) })
        .build()
        .unwrap();
    let handles: Vec<_> = (0..10).map(|_| pool.submit_with(|state| *state)).collect();
    for handle in handles {
        let error = handle.join_blocking().unwrap_err();
        assert!(error.is_broken() && error.to_string().contains("initializer"), "{error}");
    }
    until("it is known", || pool.is_broken() && pool.is_closed());
    assert!(pool.submit(|| ()).join_blocking().unwrap_err().is_broken());
    assert!(matches!(pool.try_submit(|| ()), Err(Refused::Closed(_))));
}

#[test]
fn workers_are_replaced_after_so_many_jobs() {
    let pool = ThreadPool::builder().workers(1).max_jobs_per_worker(10);
    let pool = pool.inline(Inline::Workers).build().unwrap();
    let thread = |_: u32| std::thread::current().id();
    let threads: Vec<_> = pool.map(thread, 0..100).chunks(1).map(Result::unwrap).collect();
    let mut each = std::collections::HashMap::<_, u32>::new();
    for id in threads {
        *each.entry(id).or_default() += 1;
    }
    assert!(each.len() >= 10 && each.values().all(|jobs| *jobs <= 10), "{each:?}");
}

#[test]
fn a_shutdown_runs_what_is_queued() {
    let pool = ThreadPool::with_workers(2);
    let ran = Arc::new(AtomicUsize::new(0));
    for _ in 0..500 {
        let ran = Arc::clone(&ran);
        pool.submit(move || ran.fetch_add(1, SeqCst)).detach();
    }
    assert!(pool.shutdown(Shutdown::Wait).is_empty());
    assert_eq!(ran.load(SeqCst), 500);
}

#[test]
fn the_drop_is_a_shutdown() {
    let ran = Arc::new(AtomicUsize::new(0));
    let pool = ThreadPool::new();
    for _ in 0..500 {
        let ran = Arc::clone(&ran);
        pool.submit(move || ran.fetch_add(1, SeqCst)).detach();
    }
    drop(pool);
    assert_eq!(Arc::strong_count(&ran), 1);
    assert_eq!(ran.load(SeqCst), 500);
}

#[test]
fn a_shutdown_returns_what_it_cancels() {
    let pool = ThreadPool::with_workers(1);
    let gate = held(&pool);
    let line = line!() + 1;
    let named = pool.job().name("never").submit(|| ());
    let others: Vec<_> = (0..5).map(|n| pool.submit(move || n)).collect();
    assert!(others[4].cancel());
    let cancelled = pool.close(Shutdown::CancelPending);
    assert_eq!(cancelled.len(), 5);
    let first = &cancelled[0];
    assert_eq!((first.name.as_deref(), first.submitted_at.line()), (Some("never"), line));
    assert!(named.join_blocking().unwrap_err().is_cancelled());
    assert!(others.into_iter().all(|handle| handle.join_blocking().unwrap_err().is_cancelled()));
    gate.open();
    pool.shutdown(Shutdown::Wait);
}

#[test]
fn a_closed_pool_gives_the_closure_back() {
    let pool = ThreadPool::new();
    pool.close(Shutdown::Wait);
    assert!(pool.is_closed());
    let kept = String::from("kept");
    let Err(Refused::Closed(back)) = pool.try_submit(move || kept) else { panic!("it is closed") };
    assert_eq!(back(), "kept");
    assert!(pool.submit(|| ()).join_blocking().unwrap_err().is_cancelled());
    assert!(pool.map(|n: u8| n, [1]).next().unwrap().unwrap_err().is_cancelled());
}

/// Submits from many threads, while the pool is shut down: each job runs or is told so.
#[test]
fn submits_against_a_shutdown() {
    for _ in 0..50 {
        let pool = ThreadPool::with_workers(2);
        let ran = AtomicUsize::new(0);
        let ran = &*Box::leak(Box::new(ran));
        let (taken, refused) = (AtomicUsize::new(0), AtomicUsize::new(0));
        std::thread::scope(|s| {
            for _ in 0..3 {
                s.spawn(|| {
                    for _ in 0..100 {
                        match pool.try_submit(|| ran.fetch_add(1, SeqCst)) {
                            Ok(_) => taken.fetch_add(1, SeqCst),
                            Err(_) => refused.fetch_add(1, SeqCst),
                        };
                    }
                });
            }
            pool.close(Shutdown::Wait);
        });
        drop(pool);
        assert_eq!(ran.load(SeqCst), taken.load(SeqCst));
        assert_eq!(taken.load(SeqCst) + refused.load(SeqCst), 300);
    }
}

/// A pool may be dropped by one of its own jobs.
#[test]
fn a_job_drops_its_own_pool() {
    let pool = Arc::new(ThreadPool::builder().workers(2).inline(Inline::Never).build().unwrap());
    let (inner, gate) = (Arc::clone(&pool), Gate::new());
    let inside = gate.clone();
    let handle = pool.submit(move || {
        inside.pass();
        drop(inner);
        1
    });
    drop(pool);
    gate.open();
    assert_eq!(handle.join_blocking().unwrap(), 1);
}

#[test]
fn a_default_pool_has_threads_for_all_that_block() {
    let pool = ThreadPool::new();
    let barrier = Arc::new(std::sync::Barrier::new(40));
    let mut handles: Vec<_> = (0..40)
        .map(|_| {
            let barrier = Arc::clone(&barrier);
            pool.submit(move || barrier.wait().is_leader())
        })
        .collect();
    wait_blocking(&mut handles, When::AllCompleted).unwrap();
    let leaders = handles.into_iter().filter_map(|handle| handle.join_blocking().ok());
    assert_eq!(leaders.filter(|leader| *leader).count(), 1);
}

/// Many threads, many small jobs, bounded and not, awaited and joined.
#[test]
fn a_storm_of_jobs() {
    let pool = ThreadPool::with_workers(2);
    let bounded = ThreadPool::builder().workers(2).max_queued(8).build().unwrap();
    let total: u64 = std::thread::scope(|s| {
        let threads: Vec<_> = (0..4_u64)
            .map(|thread| {
                let (pool, bounded) = (&pool, &bounded);
                s.spawn(move || {
                    let mut sum = 0;
                    for n in 0..500 {
                        sum += match (thread + n) % 4 {
                            0 => pool.submit(move || n).join_blocking().unwrap(),
                            1 => block_on(pool.submit(move || n)).unwrap(),
                            2 => bounded.submit(move || n).join_blocking().unwrap(),
                            _ => block_on(bounded.submit(move || n)).unwrap(),
                        };
                    }
                    sum
                })
            })
            .collect();
        threads.into_iter().map(|thread| thread.join().unwrap()).sum()
    });
    assert_eq!(total, 4 * 124_750);
}
