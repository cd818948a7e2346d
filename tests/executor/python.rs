//! Python's `test_concurrent_futures`, test by test, and what there is of it here; then the tests that
//! nothing else here stands for.
//!
//! Names without a module are those of this file. What Python's tests ask of processes (all of
//! `test_deadlock`: a worker that dies, or what can't be pickled) has no counterpart among threads, but
//! for values that panic where they are dropped: `a_value_that_panics_when_it_is_dropped`.
//!
//! | Python | here |
//! |---|---|
//! | **executor** submit, submit_keyword | `contract::submit_gives_the_value`, `submit_moves_values_in_and_out` |
//! | map | `contract::map_keeps_the_order`, `map_in_chunks`, `starmap_takes_pairs` |
//! | map_exception | `contract::map_tells_whose_panic_it_was`: the items after it come, too |
//! | map_timeout | `contract::map_has_deadlines` |
//! | shutdown_race_issue12456 | `pool::submits_against_a_shutdown` |
//! | no_stale_references | `a_job_that_ended_keeps_nothing` |
//! | free_reference | results are moved out |
//! | max_workers_negative | `pool::nonsense_is_refused` |
//! | **thread_pool** map_submits_without_iteration | not so: `contract::map_is_lazy` |
//! | default_workers | `pool::a_default_pool_has_threads_for_all_that_block` |
//! | saturation | `pool::no_more_at_once_than_workers` |
//! | idle_thread_reuse | `an_idle_thread_is_used_again` |
//! | hang_global_shutdown_lock, process_fork_from_a_threadpool | no fork, and no state of the process |
//! | executor_map_current_future_cancel | not so: what a dropped map has submitted is run |
//! | **as_completed** no_timeout | `ends_of_all_kinds_come_as_completed`, `contract::as_completed_gives_each_once` |
//! | future_times_out, correct_timeout_exception_msg | `contract::as_completed_has_deadlines` |
//! | duplicate_futures | a handle is one |
//! | free_reference_yielded_future | results are moved out |
//! | **wait** 20369 (duplicates) | a handle is one |
//! | first_completed, … some_already_completed | `contract::wait_for_the_first`, `wait_finds_what_is_done` |
//! | first_exception | `contract::wait_for_the_first_error` |
//! | … some_already_complete, … one_already_failed | `an_error_that_is_there_ends_the_wait_at_once` |
//! | all_completed | `ends_of_all_kinds_are_waited_for`, `contract::wait_for_all` |
//! | timeout | `contract::wait_has_deadlines` |
//! | pending_calls_race | `jobs_that_end_at_once_are_waited_for` |
//! | **future** done_callback_with_result, … _exception | `contract::callbacks_get_the_result`, `callbacks_get_errors` |
//! | done_callback_with_cancel, … already_cancelled | `callbacks_are_told_of_a_cancel`, but by whom cancels the handle with the callback |
//! | done_callback_already_successful, … _failed | `contract::callbacks_after_the_end_run_at_once`, `callbacks_after_a_panic_run_at_once` |
//! | done_callback_raises, … already_succeeded | `contract::a_callback_that_panics_harms_nobody`, `a_callback_that_panics_keeps_none_from_the_next` |
//! | repr | `a_handle_shows_its_phase` |
//! | cancel, cancelled, done, running | `pool::a_queued_job_is_cancelled_at_once`, `contract::states_are_told`, `a_running_job_is_not_cancelled`, `a_finished_job_is_not_cancelled` |
//! | result_with_timeout, exception_with_timeout | `contract::a_limit_that_passes_loses_nothing`, `a_limit_of_zero_finds_what_is_there` |
//! | result_with_success, exception_with_success | `contract::a_handle_can_be_awaited`, `pool::a_storm_of_jobs` |
//! | result_with_cancel | `who_waits_is_told_of_a_cancel` |
//! | multiple_set_result, … _exception | a result is set by value, once |
//! | get_snapshot | a phase is read in one step |
//! | class_str | no counterpart |
//! | **shutdown** run_after_shutdown, submit_after_interpreter_shutdown | `pool::a_closed_pool_gives_the_closure_back` |
//! | interpreter_shutdown, context_manager_shutdown, del_shutdown, threads_terminate | `pool::the_drop_is_a_shutdown` |
//! | hang_issue12364 | `pool::a_shutdown_runs_what_is_queued` |
//! | cancel_futures | `pool::a_shutdown_returns_what_it_cancels` |
//! | shutdown_no_wait, hang_gh83386, cancel_futures_wait_false | `a_close_does_not_wait` |
//! | hang_gh94440 | `a_cancel_before_the_shutdown_is_not_waited_for` |
//! | thread_names_assigned, … _default | `pool::threads_have_names_and_stacks` |
//! | **init** initializer | `pool::workers_have_their_own_state` |
//! | failing initializer | `pool::an_initializer_that_panics_breaks_the_pool` |

use std::sync::{Arc, mpsc};

use anyrt::executor::{
    Executor, Handle, Inline, JobError, Shutdown, ThreadPool, When, as_completed, wait_blocking,
};

use crate::support::{Gate, LONG, until};

fn quiet_panic() {
    std::panic::resume_unwind(Box::new("quiet"));
}

/// A job that waits for the gate.
fn behind(gate: &Gate, pool: &ThreadPool) -> Handle<()> {
    let inside = gate.clone();
    pool.submit(move || inside.pass())
}

/// Three that are over: cancelled, failed, with a value. One worker is needed for it.
fn ends_of_all_kinds(pool: &ThreadPool) -> [Handle<()>; 3] {
    let gate = Gate::new();
    let holds = behind(&gate, pool);
    gate.reached(1);
    let handles = [pool.submit(|| ()), pool.submit(quiet_panic), pool.submit(|| ())];
    assert!(handles[0].cancel());
    gate.open();
    holds.join_blocking().unwrap();
    until("they end", || handles.iter().all(Handle::is_finished));
    handles
}

#[test]
fn ends_of_all_kinds_come_as_completed() {
    let pool = ThreadPool::with_workers(1);
    let pairs = ends_of_all_kinds(&pool).into_iter().chain([pool.submit(|| ())]).enumerate();
    let mut seen: Vec<_> = as_completed(pairs)
        .map(|(key, result)| {
            (key, result.map_err(|error| (error.is_cancelled(), error.is_panic())))
        })
        .collect();
    seen.sort_unstable();
    let all = [(0, Err((true, false))), (1, Err((false, true))), (2, Ok(())), (3, Ok(()))];
    assert_eq!(seen, all);
}

#[test]
fn ends_of_all_kinds_are_waited_for() {
    let pool = ThreadPool::with_workers(1);
    let [cancelled, failed, value] = ends_of_all_kinds(&pool);
    let mut handles = [cancelled, failed, value, pool.submit(|| ())];
    let waited = wait_blocking(&mut handles, When::AllCompleted).unwrap();
    assert_eq!((waited.done, waited.pending), (vec![0, 1, 2, 3], vec![]));
}

#[test]
fn an_error_that_is_there_ends_the_wait_at_once() {
    let pool = ThreadPool::with_workers(1);
    let [cancelled, failed, value] = ends_of_all_kinds(&pool);
    let gate = Gate::new();
    let mut handles = [value, failed, behind(&gate, &pool)];
    let waited = wait_blocking(&mut handles, When::FirstError).unwrap();
    assert_eq!((waited.done, waited.pending), (vec![0, 1], vec![2]));
    let [_, _, held] = handles;
    let mut handles = [held, cancelled];
    let waited = wait_blocking(&mut handles, When::FirstError).unwrap();
    assert_eq!((waited.done, waited.pending), (vec![1], vec![0]));
    gate.open();
}

#[test]
fn jobs_that_end_at_once_are_waited_for() {
    let pool = ThreadPool::with_workers(5);
    for when in [When::AllCompleted, When::FirstCompleted, When::FirstError] {
        let gate = Gate::new();
        let mut handles: Vec<_> = (0..100).map(|_| behind(&gate, &pool)).collect();
        gate.open();
        let waited = wait_blocking(&mut handles, when).unwrap();
        assert_eq!(waited.done.len() + waited.pending.len(), 100);
        assert!(!waited.done.is_empty());
        assert!(when == When::FirstCompleted || waited.pending.is_empty());
    }
}

#[test]
fn callbacks_are_told_of_a_cancel() {
    let pool = ThreadPool::with_workers(1);
    let gate = Gate::new();
    behind(&gate, &pool).detach();
    gate.reached(1);
    let (tell, told) = mpsc::channel();
    let callback = move |result: &Result<(), JobError>| {
        tell.send(result.as_ref().is_err_and(JobError::is_cancelled)).unwrap();
    };
    let (by_handle, by_shutdown) = (pool.submit(|| ()), pool.submit(|| ()));
    assert!(by_handle.cancel());
    by_handle.inspect(callback.clone()).detach();
    assert_eq!(told.try_recv(), Ok(true));
    by_shutdown.inspect(callback.clone()).detach();
    // Who cancels what comes after needs not be told by it.
    assert!(pool.submit(|| ()).inspect(callback).cancel());
    assert!(told.try_recv().is_err());
    assert_eq!(pool.close(Shutdown::CancelPending).len(), 1);
    assert_eq!(told.try_recv(), Ok(true));
    gate.open();
}

#[test]
fn callbacks_after_a_panic_run_at_once() {
    let handle = ThreadPool::new().submit(quiet_panic);
    until("it ends", || handle.is_finished());
    let (tell, told) = mpsc::channel();
    handle.on_done(move |result| tell.send(result.unwrap_err().is_panic()).unwrap());
    assert_eq!(told.try_recv(), Ok(true));
}

#[test]
fn a_callback_that_panics_keeps_none_from_the_next() {
    let pool = ThreadPool::with_workers(1);
    let (tell, told) = mpsc::channel();
    let handle = pool
        .submit(|| 5)
        .inspect(|_| quiet_panic())
        .inspect(move |result| tell.send(*result.as_ref().unwrap()).unwrap());
    assert_eq!(handle.join_blocking().unwrap(), 5);
    assert_eq!(told.try_recv(), Ok(5));
}

#[test]
fn a_handle_shows_its_phase() {
    let pool = ThreadPool::with_workers(1);
    let gate = Gate::new();
    let running = behind(&gate, &pool);
    gate.reached(1);
    let queued = pool.submit(|| ());
    let shown = |handle: &Handle<()>| format!("{handle:?}");
    assert!(shown(&running).contains("Running"));
    assert!(shown(&queued).contains("Queued"));
    assert!(queued.cancel() && shown(&queued).contains("Cancelled"));
    gate.open();
    until("it ends", || running.is_finished());
    assert!(shown(&running).contains("Value"));
    let failed = pool.submit(quiet_panic);
    until("it ends", || failed.is_finished());
    assert!(shown(&failed).contains("Panicked"));
}

#[test]
fn who_waits_is_told_of_a_cancel() {
    let pool = ThreadPool::builder().workers(1).inline(Inline::Never).build().unwrap();
    let gate = Gate::new();
    behind(&gate, &pool).detach();
    gate.reached(1);
    let (limited, unlimited) = (pool.submit(|| ()), pool.submit(|| ()));
    let waits = [
        std::thread::spawn(move || { limited }.result(LONG).unwrap()),
        std::thread::spawn(move || unlimited.join_blocking()),
    ];
    assert_eq!(pool.close(Shutdown::CancelPending).len(), 2);
    for wait in waits {
        assert!(wait.join().unwrap().unwrap_err().is_cancelled());
    }
    gate.open();
}

#[test]
fn a_job_that_ended_keeps_nothing() {
    let pool = ThreadPool::with_workers(1);
    let given = Arc::new(());
    let (ran, panicked, cancelled) = (given.clone(), given.clone(), given.clone());
    let ran = pool.submit(move || drop(Arc::clone(&ran)));
    let panicked = pool.submit(move || {
        quiet_panic();
        drop(panicked); // it unwinds before
    });
    until("they end", || ran.is_finished() && panicked.is_finished());
    let gate = Gate::new();
    behind(&gate, &pool).detach();
    gate.reached(1);
    let never = pool.submit(move || drop(cancelled));
    assert!(never.cancel());
    assert_eq!(Arc::strong_count(&given), 1); // the handles are still there
    gate.open();
    drop((ran, panicked, never));
}

#[test]
fn an_idle_thread_is_used_again() {
    let pool = ThreadPool::builder().workers(4).inline(Inline::Never).build().unwrap();
    for n in 0..20 {
        assert_eq!(pool.submit(move || n).join_blocking().unwrap(), n);
        until("it is idle", || pool.statistics().busy == 0);
        assert_eq!(pool.statistics().idle, 1);
    }
}

#[test]
fn a_close_does_not_wait() {
    let pool = ThreadPool::builder().workers(1).inline(Inline::Never).build().unwrap();
    let gate = Gate::new();
    let held = behind(&gate, &pool);
    gate.reached(1);
    let handles: Vec<_> = (0..10).map(|n| pool.submit(move || n)).collect();
    assert!(pool.close(Shutdown::Wait).is_empty()); // those run; the gate is shut
    assert!(held.is_running() && handles.iter().all(Handle::is_queued));
    gate.open();
    assert!(handles.into_iter().map(|handle| handle.join_blocking().unwrap()).eq(0..10));
}

#[test]
fn a_cancel_before_the_shutdown_is_not_waited_for() {
    for _ in 0..200 {
        let pool = ThreadPool::with_workers(1);
        let handle = pool.submit(|| ());
        let was = handle.cancel();
        assert!(pool.shutdown(Shutdown::Wait).is_empty());
        assert_eq!(handle.join_blocking().is_err(), was);
    }
}

/// Panics when it is dropped.
struct Bad(mpsc::Sender<()>);

impl Drop for Bad {
    fn drop(&mut self) {
        self.0.send(()).unwrap();
        quiet_panic();
    }
}

#[test]
fn a_value_that_panics_when_it_is_dropped() {
    let pool = ThreadPool::builder().workers(1).inline(Inline::Never).build().unwrap();
    let (tell, told) = mpsc::channel();
    // What the closure holds, and a result that nobody takes.
    let (held, result) = (Bad(tell.clone()), Bad(tell));
    let error = pool.submit(move || drop(held)).join_blocking().unwrap_err();
    assert!(error.is_panic());
    let gate = Gate::new();
    let inside = gate.clone();
    pool.submit(move || {
        inside.pass();
        result
    })
    .detach();
    gate.open();
    assert_eq!(pool.submit(|| 3).join_blocking().unwrap(), 3);
    assert_eq!(told.try_iter().count(), 2);
    assert_eq!(pool.statistics().idle + pool.statistics().busy, 1); // it lives on
}
