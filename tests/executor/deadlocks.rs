//! Jobs that wait for jobs: what goes on, and what is an error because it can't.

use std::sync::{Arc, Mutex, mpsc};
use std::time::Duration;

use anyrt::executor::{
    Executor, Handle, Inline, SubmitAsync, ThreadPool, When, as_completed, wait_blocking,
};
use anyrt::prelude::*;

use crate::support::{Gate, LONG};

/// Pools of one worker, of every kind.
fn pools() -> [Arc<ThreadPool>; 3] {
    [Inline::Anyone, Inline::Workers, Inline::Never]
        .map(|inline| Arc::new(ThreadPool::builder().workers(1).inline(inline).build().unwrap()))
}

#[test]
fn a_job_waits_for_a_job_of_its_own_pool() {
    for pool in pools() {
        let inner = Arc::downgrade(&pool);
        let outer = pool.submit(move || {
            let pool = inner.upgrade().unwrap();
            pool.submit(|| 2).join_blocking().unwrap() + 1
        });
        assert_eq!(outer.join_blocking().unwrap(), 3);
    }
}

#[test]
fn jobs_wait_for_jobs_down_to_a_depth() {
    fn down(pool: &Arc<ThreadPool>, depth: u32) -> u32 {
        if depth == 0 {
            return 0;
        }
        let inner = Arc::clone(pool);
        1 + pool.submit(move || down(&inner, depth - 1)).join_blocking().unwrap()
    }
    for pool in pools() {
        let inner = Arc::clone(&pool);
        assert_eq!(pool.submit(move || down(&inner, 30)).join_blocking().unwrap(), 30);
    }
}

#[test]
fn a_job_waits_with_a_limit_for_a_job_of_its_own_pool() {
    for pool in pools() {
        let inner = Arc::clone(&pool);
        let outer = pool.submit(move || inner.submit(|| 2).result(LONG).unwrap().unwrap());
        assert_eq!(outer.join_blocking().unwrap(), 2);
    }
}

#[test]
fn a_job_takes_results_as_they_come_from_its_own_pool() {
    for pool in pools() {
        let inner = Arc::clone(&pool);
        let outer = pool.submit(move || {
            let handles = (0..20).map(|n| (n, inner.submit(move || n)));
            as_completed(handles).map(|(_, value)| value.unwrap()).sum::<i32>()
        });
        assert_eq!(outer.join_blocking().unwrap(), 190);
    }
}

#[test]
fn a_job_waits_for_several_of_its_own_pool() {
    for pool in pools() {
        for when in [When::AllCompleted, When::FirstCompleted, When::FirstError] {
            let inner = Arc::clone(&pool);
            let outer = pool.submit(move || {
                let mut handles: Vec<_> = (0..5).map(|n| inner.submit(move || n)).collect();
                wait_blocking(&mut handles, when).unwrap().done.len()
            });
            assert!(outer.join_blocking().unwrap() > 0);
        }
    }
}

#[test]
fn a_job_maps_and_scopes_on_its_own_pool() {
    for pool in pools() {
        let inner = Arc::clone(&pool);
        let outer = pool.submit(move || {
            let mapped: u32 = inner.map(|n: u32| n, 0..50).map(Result::unwrap).sum();
            let scoped = inner.scope(|s| s.submit(|| mapped).join_blocking().unwrap());
            mapped + scoped
        });
        assert_eq!(outer.join_blocking().unwrap(), 2450);
    }
}

/// A job that waits, with no thread of its pool to spare, for one that another thread puts in.
#[test]
fn a_blocked_worker_is_replaced() {
    let pool = Arc::new(ThreadPool::builder().workers(1).inline(Inline::Never).build().unwrap());
    let gate = Gate::new();
    let (inside, inner) = (gate.clone(), Arc::clone(&pool));
    let (send, receive) = mpsc::channel::<Handle<u8>>();
    let outer = pool.submit(move || {
        inside.pass();
        receive.recv().unwrap().join_blocking().unwrap()
    });
    gate.reached(1);
    let before = pool.submit(|| ());
    send.send(inner.submit(|| 7)).unwrap();
    gate.open();
    assert_eq!(outer.join_blocking().unwrap(), 7);
    before.join_blocking().unwrap();
}

/// A runtime with one blocking thread.
#[test]
fn a_job_waits_for_a_job_of_its_own_runtime() {
    let rt = tokio::runtime::Builder::new_multi_thread()
        .worker_threads(1)
        .max_blocking_threads(1)
        .build()
        .unwrap();
    let owner = anyrt::TokioOwner::from_runtime(rt);
    let rt = owner.handle();
    let inner = rt.clone();
    let outer = rt.submit(move || inner.submit(|| 2).join_blocking().unwrap() + 1);
    assert_eq!(outer.join_blocking().unwrap(), 3);
}

#[test]
fn a_job_that_waits_for_itself_is_an_error() {
    let pool = ThreadPool::with_workers(1);
    let (send, receive) = mpsc::channel::<Handle<()>>();
    let (tell, told) = mpsc::channel();
    let itself = pool.submit(move || {
        let error = receive.recv().unwrap().join_blocking().unwrap_err();
        tell.send((error.is_deadlock(), error.to_string())).unwrap();
    });
    send.send(itself).unwrap();
    let (is_deadlock, text) = told.recv_timeout(LONG).unwrap();
    assert!(is_deadlock && text.contains("would never end"), "{text}");
}

/// Two jobs, each of which waits for the other: one of them is told.
#[test]
fn two_jobs_that_wait_for_each_other_are_an_error() {
    let pool = ThreadPool::with_workers(2);
    let [(send_a, get_a), (send_b, get_b)] = [(); 2].map(|()| mpsc::channel::<Handle<bool>>());
    let waits = |get: mpsc::Receiver<Handle<bool>>| {
        move || match get.recv().unwrap().join_blocking() {
            Ok(_) => false,
            Err(error) => error.is_deadlock(),
        }
    };
    let told = Arc::new(Mutex::new(Vec::new()));
    let tells = |waits: Box<dyn FnOnce() -> bool + Send>| {
        let told = Arc::clone(&told);
        move || {
            let deadlock = waits();
            told.lock().unwrap().push(deadlock);
            deadlock
        }
    };
    let a = pool.submit(tells(Box::new(waits(get_a))));
    let b = pool.submit(tells(Box::new(waits(get_b))));
    send_a.send(b).unwrap();
    send_b.send(a).unwrap();
    drop(pool); // waits for both
    let told = told.lock().unwrap();
    assert_eq!(told.iter().filter(|deadlock| **deadlock).count(), 1, "{told:?}");
}

/// A job that waits for several, one of which waits for it: the chain names both, by name and place.
#[test]
fn a_wait_for_all_that_never_ends_names_who_waits_for_whom() {
    let pool = ThreadPool::with_workers(2);
    let [(send_a, get_a), (send_b, get_b)] =
        [(); 2].map(|()| mpsc::channel::<Vec<Handle<Option<String>>>>());
    let waits = |get: mpsc::Receiver<Vec<Handle<Option<String>>>>| {
        move || {
            let mut handles = get.recv().unwrap();
            let waited = wait_blocking(&mut handles, When::AllCompleted);
            waited.err().map(|error| {
                assert!(error.is_deadlock());
                error.to_string()
            })
        }
    };
    let told = Arc::new(Mutex::new(Vec::new()));
    let tells = |waits: Box<dyn FnOnce() -> Option<String> + Send>| {
        let told = Arc::clone(&told);
        move || {
            let error = waits();
            told.lock().unwrap().extend(error);
            None
        }
    };
    let line = line!() + 1;
    let a = pool.job().name("left").submit(tells(Box::new(waits(get_a))));
    let b = pool.job().name(String::from("right")).submit(tells(Box::new(waits(get_b))));
    let done = pool.submit(|| None);
    send_a.send(vec![done, b]).unwrap();
    send_b.send(vec![a]).unwrap();
    drop(pool);
    let told = told.lock().unwrap();
    let [text] = &told[..] else { panic!("one of the two is told: {told:?}") };
    for part in ["`left`", "`right`", "which waits for", &format!("{}:{line}:", file!())] {
        assert!(text.contains(part), "{text}");
    }
}

/// Three jobs that take results as they come, each from the next one: one of them is told.
#[test]
fn results_as_they_come_round_in_a_circle_are_an_error() {
    let pool = ThreadPool::with_workers(3);
    let pipes: Vec<_> = (0..3).map(|_| mpsc::channel::<Vec<Handle<usize>>>()).collect();
    let (sends, gets): (Vec<_>, Vec<_>) = pipes.into_iter().unzip();
    let told = Arc::new(Mutex::new(Vec::new()));
    let told_here = Arc::clone(&told);
    let errors = move |completed: &mut dyn Iterator<Item = bool>| {
        let errors = completed.filter(|deadlock| *deadlock).count();
        told_here.lock().unwrap().push(errors);
        errors
    };
    let errors = Arc::new(errors);
    let waits = |get: mpsc::Receiver<Vec<Handle<usize>>>| {
        let errors = Arc::clone(&errors);
        pool.submit(move || {
            let handles = get.recv().unwrap().into_iter().map(|handle| ((), handle));
            errors(
                &mut as_completed(handles)
                    .map(|((), result)| result.is_err_and(|error| error.is_deadlock())),
            )
        })
    };
    let mut jobs: Vec<_> = gets.into_iter().map(waits).collect();
    let done = pool.submit(|| 0);
    let (c, b, a) = (jobs.pop().unwrap(), jobs.pop().unwrap(), jobs.pop().unwrap());
    sends[0].send(vec![b]).unwrap();
    sends[1].send(vec![c]).unwrap();
    sends[2].send(vec![a, done]).unwrap();
    drop(pool);
    let told = told.lock().unwrap();
    assert_eq!(told.iter().sum::<usize>(), 1, "{told:?}");
}

/// A job that another one waits for may wait for it, where that one has others to wait for.
#[test]
fn a_wait_that_another_job_can_end_goes_on() {
    let pool = ThreadPool::with_workers(3);
    let gate = Gate::new();
    let inside = gate.clone();
    let (send_a, get_a) = mpsc::channel::<Vec<Handle<usize>>>();
    let (send_b, get_b) = mpsc::channel::<Handle<usize>>();
    let (tell, told) = mpsc::channel();
    let first = pool.submit(move || {
        let handles = get_a.recv().unwrap().into_iter().map(|handle| ((), handle));
        as_completed(handles).next().unwrap().1.unwrap()
    });
    let second = pool.submit(move || {
        let value = get_b.recv().unwrap().join_blocking().unwrap();
        tell.send(value).unwrap();
        value
    });
    let opens = pool.submit(move || {
        inside.pass();
        5
    });
    gate.reached(1);
    send_a.send(vec![second, opens]).unwrap();
    send_b.send(first).unwrap();
    gate.open();
    assert_eq!(told.recv_timeout(LONG), Ok(5));
}

/// The classic of bridges: code on a runtime blocks on a future of that runtime.
#[test]
fn blocking_on_a_future_in_a_future_is_an_error() {
    fn check<O: BlockOn>(owner: &O)
    where
        O::Handle: Runtime,
    {
        let rt = owner.handle();
        let inner = rt.clone();
        let outer = rt.submit_async(async move {
            let error = inner.submit_async(std::future::pending::<()>()).join_blocking();
            error.unwrap_err()
        });
        let error = outer.join_blocking().unwrap();
        assert!(error.is_deadlock(), "{error}");
        assert!(error.to_string().contains("Await the handle"), "{error}");
    }
    check(&anyrt::ThreadsOwner::builder().workers(1).build().unwrap());
    check(&anyrt::TokioOwner::with_workers(1).unwrap());
    check(&anyrt::SmolOwner::with_workers(1).unwrap());
    check(&anyrt::AsyncStd);
}

/// Also in a task that came over no bridge, in each way to wait; on the only worker it would hang.
#[test]
fn blocking_on_a_future_in_a_task_of_its_runtime_is_an_error() {
    fn check<R: Runtime>(rt: &R) {
        let (tell, told) = mpsc::channel();
        let inner = rt.clone();
        let outside = rt.submit_async(std::future::pending::<()>());
        rt.spawn(async move {
            let never = || inner.submit_async(std::future::pending::<()>());
            tell.send(never().join_blocking()).unwrap();
            tell.send(outside.join_blocking()).unwrap();
            tell.send(never().result(LONG).unwrap()).unwrap();
            tell.send(never().map(drop).join_blocking()).unwrap();
            let two = || [never(), never()];
            tell.send(wait_blocking(&mut two(), When::AllCompleted).map(drop)).unwrap();
            tell.send(wait_blocking(&mut two(), When::FirstCompleted).map(drop)).unwrap();
            let ((), first) = as_completed(two().map(|handle| ((), handle))).next().unwrap();
            tell.send(first).unwrap();
        })
        .detach();
        for _ in 0..7 {
            let error = told.recv_timeout(LONG).unwrap().unwrap_err();
            assert!(error.is_deadlock(), "{error}");
            assert!(error.to_string().contains("Await the handle"), "{error}");
        }
        assert!(told.recv_timeout(LONG).is_err(), "that was all");
    }
    check(&anyrt::ThreadsOwner::builder().workers(1).build().unwrap().handle());
    check(&anyrt::TokioOwner::with_workers(1).unwrap().handle());
    check(&anyrt::SmolOwner::with_workers(1).unwrap().handle());
    check(&anyrt::SmolGlobal);
    check(&anyrt::AsyncStd);
    let owner = anyrt::TokioOwner::with_workers(1).unwrap();
    check(&anyrt::AnyRuntime::new(owner.handle()));

    let owner = anyrt::TokioOwner::current_thread().unwrap();
    let rt = owner.handle();
    let root = async { rt.submit_async(async {}).join_blocking().unwrap_err() };
    assert!(owner.block_on(root).is_deadlock());
}

/// What such a wait needs runs elsewhere: in a blocking job, in a task of another runtime.
#[test]
fn blocking_on_a_future_where_a_thread_may_block_waits_for_it() {
    fn check<R: Runtime>(rt: &R, other: &impl Runtime) {
        let (tell, told) = mpsc::channel();
        let (inner, tells) = (rt.clone(), tell.clone());
        let bridge = move || inner.submit_async(async { 42 }).join_blocking().unwrap();
        let crosses = bridge.clone();
        rt.spawn_blocking(move || tells.send(bridge()).unwrap()).detach();
        other.spawn(async move { tell.send(crosses()).unwrap() }).detach();
        for _ in 0..2 {
            assert_eq!(told.recv_timeout(LONG), Ok(42));
        }
    }
    let threads = anyrt::ThreadsOwner::builder().workers(1).build().unwrap();
    let tokio = anyrt::TokioOwner::with_workers(1).unwrap();
    let smol = anyrt::SmolOwner::with_workers(1).unwrap();
    check(&threads.handle(), &smol.handle());
    check(&tokio.handle(), &threads.handle());
    check(&smol.handle(), &threads.handle());
    check(&anyrt::SmolGlobal, &smol.handle());
    check(&anyrt::AsyncStd, &tokio.handle());
    check(&anyrt::AnyRuntime::new(tokio.handle()), &threads.handle());

    let rt = tokio.handle();
    let bridge = || rt.submit_async(async { 42 }).join_blocking().unwrap();
    assert_eq!(tokio.block_on(async { bridge() }), 42);
    let rt = tokio.handle();
    let in_place = tokio.handle().spawn(async move {
        tokio::task::block_in_place(|| rt.submit_async(async { 42 }).join_blocking().unwrap())
    });
    assert_eq!(tokio.block_on(in_place).unwrap(), 42);
}

/// The look at tokio's budget spends none of it.
#[test]
fn a_refused_wait_leaves_tokios_budget_whole() {
    let owner = anyrt::TokioOwner::with_workers(1).unwrap();
    let rt = owner.handle();
    let left = owner.handle().spawn(async move {
        let spend = || {
            let mut units = Vec::new();
            let mut cx = std::task::Context::from_waker(std::task::Waker::noop());
            while let std::task::Poll::Ready(unit) = tokio::task::coop::poll_proceed(&mut cx) {
                units.push(unit);
            }
            let count = units.len();
            while units.pop().is_some() {}
            count
        };
        let before = spend();
        assert!(rt.submit_async(async {}).join_blocking().unwrap_err().is_deadlock());
        (before, spend())
    });
    let (before, after) = owner.block_on(left).unwrap();
    assert!(before > 0 && before == after, "{before} {after}");
}

#[test]
fn a_worker_that_submits_to_its_full_pool_goes_on() {
    let pool = Arc::new(ThreadPool::builder().workers(1).max_queued(1).build().unwrap());
    let inner = Arc::clone(&pool);
    let outer = pool.submit(move || {
        let handles: Vec<_> = (0..10).map(|n| inner.submit(move || n)).collect();
        handles.into_iter().map(|handle| handle.join_blocking().unwrap()).sum::<i32>()
    });
    assert_eq!(outer.join_blocking().unwrap(), 45);
}

/// Jobs that wait for each other in ways that nobody is told of: the pool sees that nothing goes on.
#[test]
fn a_stuck_pool_grows() {
    let pool = ThreadPool::builder().workers(1).max_threads(4).build().unwrap();
    let (send, receive) = mpsc::channel();
    let waits = pool.submit(move || receive.recv_timeout(LONG).is_ok());
    pool.submit(move || send.send(()).unwrap()).detach();
    let mut waits = waits;
    assert!(waits.result(LONG).unwrap().unwrap());
    assert!(waits_are_over(&pool));
}

fn waits_are_over(pool: &ThreadPool) -> bool {
    crate::support::until("all are idle", || pool.statistics().busy == 0);
    std::thread::sleep(Duration::from_millis(1));
    pool.statistics().queued == 0
}
