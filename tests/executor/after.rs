//! What comes after a job, and how far it has come: `map`, `inspect`, `Progress`.

use std::sync::atomic::{AtomicUsize, Ordering::SeqCst};
use std::sync::{Arc, Mutex, mpsc};
use std::time::Duration;

use anyrt::executor::{
    Executor, Handle, Inline, JobError, Progress, ThreadPool, When, as_completed, wait_blocking,
};
use futures_lite::future::{block_on, poll_once};

use crate::support::{Gate, LONG, until};

fn quiet_panic() {
    std::panic::resume_unwind(Box::new("quiet"));
}

#[test]
fn a_mapped_handle_gives_what_the_function_makes_of_the_value() {
    let pool = ThreadPool::with_workers(1);
    let gate = Gate::new();
    let inside = gate.clone();
    let early = pool.submit(move || inside.pass()).map(|()| "early");
    gate.reached(1);
    gate.open();
    assert_eq!(block_on(early).unwrap(), "early");
    let late = pool.submit(|| 2);
    until("it ends", || late.is_finished());
    assert_eq!(late.map(|n| n * 2).map(|n| n + 1).join_blocking().unwrap(), 5);
}

#[test]
fn errors_go_through_as_they_are() {
    let pool = ThreadPool::with_workers(1);
    let gate = Gate::new();
    let inside = gate.clone();
    pool.submit(move || inside.pass()).detach();
    gate.reached(1);
    let line = line!() + 1;
    let panics = pool.job().name("it").submit(quiet_panic).map(|()| 1).inspect(|_| ());
    let late = pool.job().begin_within(Duration::ZERO).submit(|| 1).map(|n| n);
    let in_function = pool.submit(|| ()).map(|()| quiet_panic());
    gate.open();
    let error = panics.join_blocking().unwrap_err();
    assert_eq!((error.message(), error.job_name()), (Some("quiet"), Some("it")));
    assert_eq!(error.submitted_at().line(), line);
    assert!(late.join_blocking().unwrap_err().is_expired());
    assert_eq!(in_function.join_blocking().unwrap_err().message(), Some("quiet"));
}

#[test]
fn any_number_of_callbacks_are_called_in_order_before_the_result_is_there() {
    let pool = ThreadPool::with_workers(1);
    let gate = Gate::new();
    let inside = gate.clone();
    let order = Arc::new(Mutex::new(Vec::new()));
    let mut handle = pool.submit(move || {
        inside.pass();
        7
    });
    for n in 0..5 {
        let order = Arc::clone(&order);
        handle = handle.inspect(move |result| {
            order.lock().unwrap().push((n, *result.as_ref().unwrap()));
            if n == 2 {
                quiet_panic(); // harms nobody
            }
        });
    }
    gate.open();
    assert_eq!(handle.join_blocking().unwrap(), 7);
    assert_eq!(*order.lock().unwrap(), [(0, 7), (1, 7), (2, 7), (3, 7), (4, 7)]);
}

#[test]
fn cancelling_what_comes_after_cancels_the_job() {
    let pool = ThreadPool::with_workers(1);
    let gate = Gate::new();
    let inside = gate.clone();
    let runs = pool.submit(move || inside.pass()).map(|()| unreachable!("it was cancelled"));
    gate.reached(1);
    let (ran, kept) = (Arc::new(AtomicUsize::new(0)), Arc::new(()));
    let (inside, held) = (Arc::clone(&ran), Arc::clone(&kept));
    let queued = pool.submit(move || inside.fetch_add(1, SeqCst)).map(move |_| drop(held));
    let after = queued.inspect(|_| ());
    assert!(after.cancel() && !after.cancel() && after.is_finished());
    assert_eq!((Arc::strong_count(&ran), Arc::strong_count(&kept)), (1, 1));
    assert!(after.join_blocking().unwrap_err().is_cancelled());
    // One that has begun goes on alone.
    let runs: Handle<()> = runs;
    assert!(runs.cancel());
    gate.open();
    assert_eq!(pool.submit(|| 1).join_blocking().unwrap(), 1);
    assert_eq!(ran.load(SeqCst), 0);
}

#[test]
fn dropping_what_comes_after_cancels_nothing() {
    let (tell, told) = mpsc::channel();
    let pool = ThreadPool::with_workers(1);
    for n in 0..100 {
        let tell = tell.clone();
        pool.submit(move || n).map(move |n| tell.send(n).unwrap()).detach();
    }
    drop(tell);
    assert_eq!(told.iter().sum::<i32>(), 4950);
}

/// Also where no thread is left that could run the job.
#[test]
fn a_job_waits_for_what_comes_after_jobs_of_its_own_pool() {
    for inline in [Inline::Anyone, Inline::Workers, Inline::Never] {
        let pool = Arc::new(ThreadPool::builder().workers(1).inline(inline).build().unwrap());
        let inner = Arc::clone(&pool);
        let outer = pool.submit(move || {
            let one = inner.submit(|| 1).map(|n| n + 1).join_blocking().unwrap();
            let handles = (0..10).map(|n| ((), inner.submit(move || n).map(|n| n * 2)));
            let sum: i32 = as_completed(handles).map(|((), n)| n.unwrap()).sum();
            let mut all: Vec<_> = (0..3).map(|n| inner.submit(move || n).map(|n| n)).collect();
            assert_eq!(wait_blocking(&mut all, When::AllCompleted).unwrap().done.len(), 3);
            one + sum
        });
        assert_eq!(outer.join_blocking().unwrap(), 92);
    }
    // A runtime with one blocking thread.
    let rt = tokio::runtime::Builder::new_multi_thread()
        .worker_threads(1)
        .max_blocking_threads(1)
        .build()
        .unwrap();
    let owner = anyrt::TokioOwner::from_runtime(rt);
    let rt = anyrt::BlockOn::handle(&owner);
    let inner = rt.clone();
    let outer = rt.submit(move || {
        let handles = (0..5).map(|n| ((), inner.submit(move || n).map(|n| n + 1)));
        as_completed(handles).map(|((), n)| n.unwrap()).sum::<i32>()
    });
    assert_eq!(outer.join_blocking().unwrap(), 15);
}

#[test]
fn what_comes_after_a_closed_pool_is_told() {
    let pool = ThreadPool::with_workers(1);
    let gate = Gate::new();
    let inside = gate.clone();
    pool.submit(move || inside.pass()).detach();
    gate.reached(1);
    let queued = pool.submit(|| 1).map(|n| n);
    let (tell, told) = mpsc::channel();
    pool.submit(|| 1).on_done(move |result| tell.send(result.unwrap_err()).unwrap());
    let line = line!() + 1;
    let mapped = pool.map(|n: u32| n, 0..1000);
    assert_eq!(pool.close(anyrt::executor::Shutdown::CancelPending).len(), 2);
    assert!(queued.join_blocking().unwrap_err().is_cancelled());
    assert!(told.recv().unwrap().is_cancelled());
    // Each item has its error.
    let errors: Vec<_> = mapped.map(Result::unwrap_err).collect();
    assert_eq!(errors.len(), 1000);
    assert!(errors.iter().all(JobError::is_cancelled));
    assert_eq!(errors[999].submitted_at().line(), line);
    gate.open();
}

#[test]
fn many_jobs_at_once() {
    for inline in [Inline::Anyone, Inline::Workers, Inline::Never] {
        for bound in [None, Some(3)] {
            let mut pool = ThreadPool::builder().workers(2).inline(inline);
            if let Some(bound) = bound {
                pool = pool.max_queued(bound);
            }
            let pool = pool.build().unwrap();
            let handles = pool.submit_many((0..500).map(|n| move || n));
            let values = handles.into_iter().map(|handle| handle.join_blocking().unwrap());
            assert!(values.eq(0..500));
            assert!(pool.submit_many(Vec::<fn()>::new()).is_empty());
            pool.close(anyrt::executor::Shutdown::Wait);
            let closed = pool.submit_many([|| 1, || 2]);
            assert!(closed.into_iter().all(|job| job.join_blocking().unwrap_err().is_cancelled()));
        }
    }
}

#[test]
fn a_watch_sees_progress_and_its_end() {
    let pool = ThreadPool::with_workers(1);
    let progress = Progress::new(0);
    let (mut watch, mut late) = (progress.watch(), progress.watch());
    let gate = Gate::new();
    let inside = gate.clone();
    let job = pool.submit(move || {
        progress.set_total(2);
        progress.clone().advance(1);
        inside.pass();
        progress.advance(1);
    });
    gate.reached(1);
    let count = watch.changed_blocking().unwrap();
    assert_eq!((count.done, count.total), (1, 2));
    assert!(watch.changed_within_blocking(Duration::from_millis(2)).is_err());
    assert!(block_on(poll_once(watch.changed())).is_none());
    gate.open();
    assert_eq!(block_on(watch.changed()).unwrap().done, 2);
    assert_eq!(watch.changed_within_blocking(LONG).unwrap(), None);
    job.join_blocking().unwrap();
    assert_eq!(block_on(late.changed()).unwrap().done, 2); // steps are seen as one
    assert_eq!(late.changed_blocking(), None);
}

#[test]
fn several_watch_at_the_same_time() {
    for _ in 0..50 {
        let progress = Progress::new(20);
        let watches: Vec<_> = (0..3).map(|_| progress.watch()).collect();
        std::thread::scope(|s| {
            for mut watch in watches {
                s.spawn(move || {
                    let mut last = 0;
                    while let Some(count) = watch.changed_blocking() {
                        assert!(count.done > last);
                        last = count.done;
                    }
                    assert_eq!(last, 20);
                });
            }
            for _ in 0..20 {
                progress.advance(1);
                std::thread::yield_now();
            }
            drop(progress);
        });
    }
}

#[test]
fn a_cancelled_job_ends_its_watch() {
    let pool = ThreadPool::new();
    let progress = Progress::new(1);
    let mut watch = progress.watch();
    pool.close(anyrt::executor::Shutdown::Wait);
    drop(pool.submit(move || progress.advance(1)));
    assert_eq!(watch.changed_blocking(), None);
}
