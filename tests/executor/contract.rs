//! What holds on every executor. `python.rs` has the table of what Python's tests ask.

use std::collections::BTreeSet;
use std::panic::{AssertUnwindSafe, catch_unwind};
use std::sync::atomic::{AtomicUsize, Ordering::SeqCst};
use std::sync::{Arc, mpsc};
use std::time::Duration;

use anyrt::executor::{
    AsCompleted, Executor, Handle, ThreadPool, When, as_completed, wait, wait_blocking,
    wait_within_blocking,
};
use futures_lite::future::block_on;

use crate::support::{Gate, LONG, until};

macro_rules! contract {
    ($($test:ident)*) => {
        mod thread_pool {
            $(#[test] fn $test() { super::$test(&super::ThreadPool::new()); })*
        }
        mod one_worker {
            $(#[test] fn $test() { super::$test(&super::ThreadPool::with_workers(1)); })*
        }
        mod threads {
            use anyrt::prelude::*;
            $(#[test] fn $test() {
                let owner = anyrt::ThreadsOwner::new().unwrap();
                super::$test(&owner.handle());
            })*
        }
        mod tokio {
            use anyrt::prelude::*;
            $(#[test] fn $test() {
                let owner = anyrt::TokioOwner::with_workers(2).unwrap();
                super::$test(&owner.handle());
            })*
        }
        mod smol {
            use anyrt::prelude::*;
            $(#[test] fn $test() {
                let owner = anyrt::SmolOwner::with_workers(2).unwrap();
                super::$test(&owner.handle());
            })*
        }
        mod async_std {
            $(#[test] fn $test() { super::$test(&anyrt::AsyncStd); })*
        }
        mod erased {
            use anyrt::prelude::*;
            $(#[test] fn $test() {
                let owner = anyrt::ThreadsOwner::new().unwrap();
                super::$test(&anyrt::AnyRuntime::new(owner.handle()));
            })*
        }
    };
}

contract! {
    submit_gives_the_value
    submit_moves_values_in_and_out
    a_handle_can_be_awaited
    a_panic_is_a_value_with_its_place
    a_payload_of_any_type
    results_wait_for_those_who_come_late
    a_limit_that_passes_loses_nothing
    a_limit_of_zero_finds_what_is_there
    dropped_handles_do_not_cancel
    states_are_told
    a_running_job_is_not_cancelled
    a_finished_job_is_not_cancelled
    callbacks_get_the_result
    callbacks_get_errors
    callbacks_after_the_end_run_at_once
    a_callback_that_panics_harms_nobody
    map_keeps_the_order
    map_of_nothing
    map_is_lazy
    map_of_an_endless_input
    map_tells_whose_panic_it_was
    map_in_chunks
    map_has_deadlines
    map_survives_an_iterator_that_panics
    map_unordered_gives_each_once
    starmap_takes_pairs
    as_completed_gives_each_once
    as_completed_gives_the_quick_before_the_slow
    as_completed_of_nothing
    as_completed_goes_on_without_its_consumer
    as_completed_has_deadlines
    as_completed_takes_more_on_the_way
    as_completed_is_a_stream
    as_completed_dropped_early
    wait_for_the_first
    wait_for_the_first_error
    wait_for_all
    wait_finds_what_is_done
    wait_that_is_dropped_loses_nothing
    wait_has_deadlines
    scopes_borrow
    scopes_wait_for_what_was_not_joined
    scopes_pass_panics_on
    jobs_of_jobs
}

fn submit_gives_the_value(executor: &impl Executor) {
    assert_eq!(executor.submit(|| 2_u64.pow(8)).join_blocking().unwrap(), 256);
    let handles: Vec<_> = (0..500_u64).map(|n| executor.submit(move || n)).collect();
    let sum: u64 = handles.into_iter().map(|handle| handle.join_blocking().unwrap()).sum();
    assert_eq!(sum, 124_750);
}

fn submit_moves_values_in_and_out(executor: &impl Executor) {
    let text = String::from("over and back");
    let big = [7_u8; 1000];
    let (text, big) = executor.submit(move || (text, big)).join_blocking().unwrap();
    assert_eq!((&*text, big[999]), ("over and back", 7));
}

fn a_handle_can_be_awaited(executor: &impl Executor) {
    let gate = Gate::new();
    let inside = gate.clone();
    let handle = executor.submit(move || {
        inside.pass();
        5
    });
    let waits = std::thread::spawn(move || block_on(handle));
    gate.reached(1);
    gate.open();
    assert_eq!(waits.join().unwrap().unwrap(), 5);
}

fn a_panic_is_a_value_with_its_place(executor: &impl Executor) {
    let line = line!() + 1;
    let error = executor.submit(|| -> u8 { panic!("no value") }).join_blocking().unwrap_err();
    assert!(error.is_panic() && !error.is_cancelled());
    assert_eq!(error.message(), Some("no value"));
    assert_eq!((error.submitted_at().file(), error.submitted_at().line()), (file!(), line));
    assert!(error.to_string().contains("panicked: no value"), "{error}");
    assert_eq!(executor.submit(|| 1).join_blocking().unwrap(), 1);
}

fn a_payload_of_any_type(executor: &impl Executor) {
    let quiet = || -> () { std::panic::resume_unwind(Box::new(7_u64)) };
    let error = executor.submit(quiet).join_blocking().unwrap_err();
    assert_eq!(error.message(), None);
    let payload = catch_unwind(AssertUnwindSafe(|| error.resume())).unwrap_err();
    assert_eq!(*payload.downcast::<u64>().unwrap(), 7);
}

fn results_wait_for_those_who_come_late(executor: &impl Executor) {
    let mut handle = executor.submit(|| 3);
    until("it ends", || handle.is_finished());
    assert_eq!(handle.try_result().unwrap().unwrap(), 3);
    assert!(handle.is_finished());
}

fn a_limit_that_passes_loses_nothing(executor: &impl Executor) {
    let gate = Gate::new();
    let inside = gate.clone();
    let mut handle = executor.submit(move || {
        inside.pass();
        4
    });
    assert!(handle.result(Duration::from_millis(5)).is_err());
    assert!(handle.result(Duration::ZERO).is_err());
    gate.open();
    assert_eq!(handle.result(Duration::MAX).unwrap().unwrap(), 4);
}

fn a_limit_of_zero_finds_what_is_there(executor: &impl Executor) {
    let mut handle = executor.submit(|| 3);
    until("it ends", || handle.is_finished());
    assert_eq!(handle.result(Duration::ZERO).unwrap().unwrap(), 3);
}

fn dropped_handles_do_not_cancel(executor: &impl Executor) {
    let ran = Arc::new(AtomicUsize::new(0));
    for _ in 0..1000 {
        let ran = ran.clone();
        executor.submit(move || ran.fetch_add(1, SeqCst)).detach();
    }
    until("all of them run", || ran.load(SeqCst) == 1000);
}

fn states_are_told(executor: &impl Executor) {
    let gate = Gate::new();
    let inside = gate.clone();
    let handle = executor.submit(move || inside.pass());
    gate.reached(1);
    assert!(handle.is_running() && !handle.is_queued() && !handle.is_finished());
    gate.open();
    until("it ends", || handle.is_finished());
    assert!(!handle.is_running() && !handle.is_cancelled() && !handle.is_failed());
    let failed = executor.submit(|| -> () { std::panic::resume_unwind(Box::new("quiet")) });
    until("it ends", || failed.is_finished());
    assert!(failed.is_failed());
}

fn a_running_job_is_not_cancelled(executor: &impl Executor) {
    let gate = Gate::new();
    let inside = gate.clone();
    let handle = executor.submit(move || {
        inside.pass();
        6
    });
    gate.reached(1);
    assert!(!handle.cancel());
    gate.open();
    assert_eq!(handle.join_blocking().unwrap(), 6);
}

fn a_finished_job_is_not_cancelled(executor: &impl Executor) {
    let handle = executor.submit(|| 6);
    until("it ends", || handle.is_finished());
    assert!(!handle.cancel());
    assert_eq!(handle.join_blocking().unwrap(), 6);
}

fn callbacks_get_the_result(executor: &impl Executor) {
    let (tell, told) = mpsc::channel();
    let gate = Gate::new();
    let inside = gate.clone();
    let handle = executor.submit(move || {
        inside.pass();
        8
    });
    handle.on_done(move |result| tell.send(result.unwrap()).unwrap());
    gate.open();
    assert_eq!(told.recv_timeout(LONG), Ok(8));
}

fn callbacks_get_errors(executor: &impl Executor) {
    let (tell, told) = mpsc::channel();
    let quiet = || -> () { std::panic::resume_unwind(Box::new("quiet")) };
    let value = |()| unreachable!("it panics");
    executor.submit(quiet).on_done_or(value, move |error| tell.send(error.is_panic()).unwrap());
    assert_eq!(told.recv_timeout(LONG), Ok(true));
}

fn callbacks_after_the_end_run_at_once(executor: &impl Executor) {
    let handle = executor.submit(|| 9);
    until("it ends", || handle.is_finished());
    let (tell, told) = mpsc::channel();
    handle
        .on_done(move |result| tell.send((result.unwrap(), std::thread::current().id())).unwrap());
    assert_eq!(told.try_recv(), Ok((9, std::thread::current().id())));
}

fn a_callback_that_panics_harms_nobody(executor: &impl Executor) {
    let gate = Gate::new();
    let inside = gate.clone();
    let handle = executor.submit(move || inside.pass());
    handle.on_done(|_| std::panic::resume_unwind(Box::new("quiet")));
    gate.open();
    assert_eq!(executor.submit(|| 1).join_blocking().unwrap(), 1);
}

fn map_keeps_the_order(executor: &impl Executor) {
    let squares: Vec<_> = executor.map(|n: u32| n * n, 0..300).map(Result::unwrap).collect();
    assert_eq!(squares, (0..300).map(|n| n * n).collect::<Vec<_>>());
}

fn map_of_nothing(executor: &impl Executor) {
    assert_eq!(executor.map(|n: u32| n, []).count(), 0);
    assert_eq!(executor.map_unordered(|n: u32| n, []).count(), 0);
}

fn map_is_lazy(executor: &impl Executor) {
    let taken = Arc::new(AtomicUsize::new(0));
    let counts = taken.clone();
    let input = (0..1000).inspect(move |_| _ = counts.fetch_add(1, SeqCst));
    let mut map = executor.map(|n: u32| n, input).ahead(3);
    assert_eq!(taken.load(SeqCst), 0);
    assert_eq!(map.next().unwrap().unwrap(), 0);
    assert!(taken.load(SeqCst) <= 4, "{taken:?} were taken");
}

fn map_of_an_endless_input(executor: &impl Executor) {
    let first: Vec<_> = executor.map(|n: u64| n + 1, 0..).chunks(3).take(100).collect();
    assert_eq!(first.into_iter().map(Result::unwrap).sum::<u64>(), 5050);
}

fn map_tells_whose_panic_it_was(executor: &impl Executor) {
    for chunk in [1, 4] {
        let check = |n: u32| if n == 5 { std::panic::resume_unwind(Box::new("five")) } else { n };
        let results: Vec<_> = executor.map(check, 0..10).chunks(chunk).collect();
        for (n, result) in results.into_iter().enumerate() {
            match result {
                Ok(value) => assert_eq!(value as usize, n),
                Err(error) => assert_eq!((n, error.message()), (5, Some("five"))),
            }
        }
    }
}

fn map_in_chunks(executor: &impl Executor) {
    for chunk in [0, 1, 7, 100, usize::MAX] {
        let doubled = executor.map(|n: u32| 2 * n, 0..100).chunks(chunk).map(Result::unwrap);
        assert!(doubled.eq((0..100).map(|n| 2 * n)), "chunks of {chunk}");
    }
}

fn map_has_deadlines(executor: &impl Executor) {
    let gate = Gate::new();
    let inside = gate.clone();
    let mut map = executor.map(move |()| inside.pass(), [(), ()]).ahead(1);
    assert!(map.next_within_blocking(Duration::from_millis(5)).is_err());
    gate.open();
    assert!(map.next_within_blocking(Duration::MAX).unwrap().unwrap().is_ok());
    assert!(map.next_within_blocking(LONG).unwrap().unwrap().is_ok());
    assert!(map.next_within_blocking(Duration::ZERO).unwrap().is_none());
}

fn map_survives_an_iterator_that_panics(executor: &impl Executor) {
    let three = |n: &u32| *n != 3 || std::panic::resume_unwind(Box::new("three"));
    let items = (0..10).filter(three);
    let mut map = executor.map(|n: u32| n, items).ahead(1);
    let mut seen = Vec::new();
    for _ in 0..3 {
        seen.push(map.next().unwrap().unwrap());
    }
    assert_eq!(seen, [0, 1, 2]);
    assert!(catch_unwind(AssertUnwindSafe(|| map.next())).is_err());
    drop(map);
    assert_eq!(executor.submit(|| 1).join_blocking().unwrap(), 1);
}

fn map_unordered_gives_each_once(executor: &impl Executor) {
    let seen: BTreeSet<_> =
        executor.map_unordered(|n: u32| n, 0..500).chunks(3).map(Result::unwrap).collect();
    assert_eq!(seen.len(), 500);
}

fn starmap_takes_pairs(executor: &impl Executor) {
    let powers = executor.starmap(u32::pow, [(2, 3), (3, 2)]).map(Result::unwrap);
    assert!(powers.eq([8, 9]));
}

fn as_completed_gives_each_once(executor: &impl Executor) {
    let handles = (0..1000_u32).map(|n| (n, executor.submit(move || n)));
    let mut seen = BTreeSet::new();
    for (key, value) in as_completed(handles) {
        assert_eq!(value.unwrap(), key);
        assert!(seen.insert(key), "{key} came twice");
    }
    assert_eq!(seen.len(), 1000);
}

fn as_completed_gives_the_quick_before_the_slow(executor: &impl Executor) {
    // The slow one is begun last, so that one worker is enough.
    let gate = Gate::new();
    let inside = gate.clone();
    let quick = executor.submit(|| ());
    until("it ends", || quick.is_finished());
    let slow = executor.submit(move || inside.pass());
    let mut completed = as_completed([("slow", slow), ("quick", quick)]);
    assert_eq!(completed.next().unwrap().0, "quick");
    gate.open();
    assert_eq!(completed.next().unwrap().0, "slow");
    assert!(completed.next().is_none());
    assert_eq!((completed.done(), completed.len()), (2, 0));
}

fn as_completed_of_nothing(_: &impl Executor) {
    let mut none: AsCompleted<(), u8> = as_completed([]);
    assert!(none.next().is_none() && none.is_empty());
    assert!(none.next_within_blocking(Duration::ZERO).unwrap().is_none());
}

fn as_completed_goes_on_without_its_consumer(executor: &impl Executor) {
    let ran = Arc::new(AtomicUsize::new(0));
    let handles = (0..50).map(|_| {
        let ran = ran.clone();
        ((), executor.submit(move || ran.fetch_add(1, SeqCst)))
    });
    let completed = as_completed(handles);
    until("all of them run", || ran.load(SeqCst) == 50);
    assert_eq!(completed.count(), 50);
}

fn as_completed_has_deadlines(executor: &impl Executor) {
    let gate = Gate::new();
    let inside = gate.clone();
    let mut completed = as_completed([((), executor.submit(move || inside.pass()))]);
    assert!(completed.next_within_blocking(Duration::from_millis(5)).is_err());
    gate.open();
    assert!(completed.next_within_blocking(LONG).unwrap().is_some());
}

fn as_completed_takes_more_on_the_way(executor: &impl Executor) {
    let mut completed = AsCompleted::new();
    completed.push(5_u32, executor.submit(|| ()));
    let mut seen = 0;
    while let Some((more, _)) = completed.next() {
        seen += 1;
        completed.extend((0..more).map(|more| (more, executor.submit(|| ()))));
    }
    assert_eq!(seen, 32);
}

fn as_completed_is_a_stream(executor: &impl Executor) {
    let handles = (0..100_u32).map(|n| (n, executor.submit(move || n)));
    let completed = as_completed(handles);
    let seen = block_on(futures_lite::StreamExt::collect::<Vec<_>>(completed));
    assert_eq!(seen.iter().map(|(n, _)| n).collect::<BTreeSet<_>>().len(), 100);
    assert!(seen.into_iter().all(|(n, value)| value.unwrap() == n));
}

fn as_completed_dropped_early(executor: &impl Executor) {
    let dropped = Arc::new(());
    let handles = (0..100_u32).map(|n| {
        let dropped = dropped.clone();
        (n, executor.submit(move || dropped))
    });
    let mut completed = as_completed(handles);
    completed.next();
    drop(completed);
    until("nothing is left", || Arc::strong_count(&dropped) == 1);
}

fn two(executor: &impl Executor) -> (Gate, [Handle<()>; 2]) {
    let gate = Gate::new();
    let inside = gate.clone();
    let quick = executor.submit(|| ());
    until("it ends", || quick.is_finished());
    (gate, [executor.submit(move || inside.pass()), quick])
}

fn wait_for_the_first(executor: &impl Executor) {
    let (gate, mut handles) = two(executor);
    let waited = wait_blocking(&mut handles, When::FirstCompleted).unwrap();
    assert_eq!((waited.done, waited.pending), (vec![1], vec![0]));
    gate.open();
    for handle in handles {
        handle.join_blocking().unwrap();
    }
}

fn wait_for_the_first_error(executor: &impl Executor) {
    let (gate, [slow, quick]) = two(executor);
    let fails = Gate::new();
    let mut handles = [quick, slow];
    assert!(
        wait_within_blocking(&mut handles, When::FirstError, Duration::from_millis(5)).is_err()
    );
    gate.open();
    let waited = wait_blocking(&mut handles, When::FirstError).unwrap();
    assert_eq!(waited.done, [0, 1]); // no error: all of them
    let failing = executor.submit(|| -> () { std::panic::resume_unwind(Box::new("quiet")) });
    until("it ends", || failing.is_finished());
    let inside = fails.clone();
    let mut handles = [executor.submit(move || inside.pass()), failing];
    let waited = wait_blocking(&mut handles, When::FirstError).unwrap();
    assert_eq!((waited.done, waited.pending), (vec![1], vec![0]));
    fails.open();
}

fn wait_for_all(executor: &impl Executor) {
    let mut handles: Vec<_> = (0..100).map(|n| executor.submit(move || n)).collect();
    let waited = block_on(wait(&mut handles, When::AllCompleted));
    assert_eq!((waited.done.len(), waited.pending.len()), (100, 0));
    assert_eq!(handles[99].try_result().unwrap().unwrap(), 99);
    let mut none: [Handle<()>; 0] = [];
    assert!(wait_blocking(&mut none, When::AllCompleted).unwrap().done.is_empty());
    assert!(wait_blocking(&mut none, When::FirstCompleted).unwrap().done.is_empty());
}

fn wait_finds_what_is_done(executor: &impl Executor) {
    let mut handles = [executor.submit(|| 1)];
    until("it ends", || handles[0].is_finished());
    for _ in 0..2 {
        assert_eq!(wait_blocking(&mut handles, When::AllCompleted).unwrap().done, [0]);
    }
}

fn wait_that_is_dropped_loses_nothing(executor: &impl Executor) {
    let (gate, mut handles) = two(executor);
    let polled = block_on(futures_lite::future::poll_once(wait(&mut handles, When::AllCompleted)));
    assert!(polled.is_none());
    gate.open();
    for handle in handles {
        block_on(handle).unwrap();
    }
}

fn wait_has_deadlines(executor: &impl Executor) {
    let (gate, mut handles) = two(executor);
    assert!(wait_within_blocking(&mut handles, When::AllCompleted, Duration::ZERO).is_err());
    gate.open();
    assert!(wait_within_blocking(&mut handles, When::AllCompleted, LONG).is_ok());
}

fn scopes_borrow(executor: &impl Executor) {
    let text = String::from("borrowed");
    let mut parts = [0_usize; 4];
    let total = executor.scope(|s| {
        let handles: Vec<_> = parts
            .iter_mut()
            .enumerate()
            .map(|(n, part)| {
                let text = &text;
                s.submit(move || {
                    *part = text.len() + n;
                    *part
                })
            })
            .collect();
        handles.into_iter().map(|handle| handle.join_blocking().unwrap()).sum::<usize>()
    });
    assert_eq!((total, parts), (38, [8, 9, 10, 11]));
}

fn scopes_wait_for_what_was_not_joined(executor: &impl Executor) {
    let ran = AtomicUsize::new(0);
    executor.scope(|s| {
        for _ in 0..100 {
            let _detached = s.submit(|| ran.fetch_add(1, SeqCst));
        }
    });
    assert_eq!(ran.load(SeqCst), 100);
}

fn scopes_pass_panics_on(executor: &impl Executor) {
    let ended = AtomicUsize::new(0);
    let panic = catch_unwind(AssertUnwindSafe(|| {
        executor.scope(|s| {
            let _detached = s.submit(|| -> () { std::panic::resume_unwind(Box::new("job")) });
            let _detached = s.submit(|| ended.fetch_add(1, SeqCst));
        });
    }));
    assert_eq!(panic.unwrap_err().downcast_ref::<&str>(), Some(&"job"));
    assert_eq!(ended.load(SeqCst), 1);
    // One that was asked for is its asker's affair.
    let caught = executor.scope(|s| {
        let job = s.submit(|| -> () { std::panic::resume_unwind(Box::new("job")) });
        job.join_blocking().unwrap_err().is_panic()
    });
    assert!(caught);
    let panic = catch_unwind(AssertUnwindSafe(|| {
        executor.scope(|s| {
            let _detached = s.submit(|| ended.fetch_add(1, SeqCst));
            std::panic::resume_unwind(Box::new("scope"));
        })
    }));
    assert_eq!(panic.unwrap_err().downcast_ref::<&str>(), Some(&"scope"));
    assert_eq!(ended.load(SeqCst), 2);
}

/// A job submits others from where it runs, and waits for none.
fn jobs_of_jobs(executor: &impl Executor) {
    let (tell, told) = mpsc::channel();
    executor.scope(|s| {
        let _detached = s.submit(|| {
            for n in 0..10 {
                let tell = tell.clone();
                executor.submit(move || tell.send(n).unwrap()).detach();
            }
        });
    });
    drop(tell);
    assert_eq!(told.iter().sum::<i32>(), 45);
}
