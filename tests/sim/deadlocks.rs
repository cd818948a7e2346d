//! What the report of a deadlock says.

use super::message_of;
use anyrt::Sim;
use anyrt::SimOwner;
use anyrt::prelude::*;
use anyrt::queue::Fifo;
use anyrt::sim::{Explore, try_explore};
use anyrt::sync::{Barrier, Condition, Event, Lock, OnceCell, RwLock, Semaphore};
use anyrt::task::yield_now;
use futures_lite::StreamExt as _;
use std::future::Future;
use std::sync::Arc;
use std::task::Poll;

/// The report of a program that deadlocks in every schedule.
#[track_caller]
fn report<F: Future>(app: impl FnOnce(Sim) -> F) -> String {
    let sim = SimOwner::new(1);
    message_of(|| sim.run(app))
}

#[track_caller]
fn assert_says(report: &str, lines: &[&str]) {
    for line in lines {
        assert!(report.contains(line), "no `{line}` in\n{report}");
    }
}

async fn report_of_two_accounts(rt: Sim) {
    let (accounts, audit) = (Arc::new(Lock::new(0_u64)), Arc::new(Lock::new(String::new())));
    let (first, second) = (accounts.clone(), audit.clone());
    let transfer = rt.spawn(transfer(first, second));
    let report = rt.spawn(async move {
        let _audit = audit.lock().await;
        yield_now().await;
        let _accounts = accounts.lock().await;
    });
    transfer.await.unwrap();
    report.await.unwrap();
}

async fn transfer(accounts: Arc<Lock<u64>>, audit: Arc<Lock<String>>) {
    let _accounts = accounts.lock().await;
    yield_now().await;
    let _audit = audit.lock().await;
}

#[test]
fn who_waits_for_what_and_who_holds_it() {
    let found = try_explore(Explore::random(100), report_of_two_accounts).unwrap_err();
    assert_says(
        &found.to_string(),
        &[
            "deadlock (",
            "task 1 'transfer' (spawned at tests/sim/deadlocks.rs:",
            "task 2 'report_of_two_accounts' (spawned at tests/sim/deadlocks.rs:",
            "waits for Lock<String> #",
            "waits for Lock<u64> #",
            "at tests/sim/deadlocks.rs:",
            ", held by task 1 'transfer'",
            ", held by task 2 'report_of_two_accounts'",
            "cycle: task 1 'transfer' -> task 2 'report_of_two_accounts' -> task 1 'transfer'",
            "awaits the end of task 1 'transfer'",
        ],
    );
}

#[test]
fn a_lock_that_is_taken_twice_is_a_cycle_of_one() {
    let report = report(|_| async {
        let lock = Lock::new(());
        let _once = lock.lock().await;
        let _twice = lock.lock().await;
    });
    assert_says(&report, &["Lock<()> #1", "held by root 0", "cycle: root 0 "]);
}

#[test]
fn all_who_hold_permits_are_named() {
    let report = report(|rt| async move {
        let permits = Arc::new(Semaphore::new(2));
        let take = |_| {
            let permits = permits.clone();
            rt.spawn(async move {
                let _permit = permits.acquire().await.unwrap();
                std::future::pending::<()>().await;
            })
        };
        let _tasks = [0, 1].map(take);
        yield_now().await;
        yield_now().await;
        yield_now().await;
        let _third = permits.acquire_many(2).await.unwrap();
    });
    assert_says(&report, &["waits for Semaphore #1", "held by task 1 ", " and task 2 "]);
}

#[test]
fn what_was_given_back_or_given_up_is_not_held() {
    let report = report(|rt| async move {
        let (lock, other) = (Arc::new(Lock::new(())), Arc::new(RwLock::new(())));
        drop(lock.lock().await);
        drop(lock.try_lock());
        drop(other.read().await);
        drop(other.write().await);
        let held = lock.clone().lock_owned().await;
        let theirs = lock.clone();
        let gave_up = rt.spawn(async move {
            let mut wait = Box::pin(theirs.lock());
            std::future::poll_fn(|cx| {
                let _pending = wait.as_mut().poll(cx);
                Poll::Ready(())
            })
            .await;
        });
        gave_up.await.unwrap();
        drop(held);
        Event::new().wait().await;
    });
    assert_says(&report, &["waits for Event #1"]);
    assert!(!report.contains(", held by") && !report.contains("Lock"), "{report}");
}

#[test]
fn a_guard_that_went_elsewhere_is_held_by_who_took_it() {
    let report = report(|rt| async move {
        let lock = Arc::new(Lock::new(()));
        let guard = rt.spawn(lock.clone().lock_owned()).await.unwrap();
        let _waits = lock.lock().await;
        drop(guard);
    });
    // It has ended, and so can't give it back.
    assert_says(&report, &["held by task 1 'lock_owned', which has ended"]);
}

#[test]
fn every_primitive_says_its_name() {
    let report = report(|rt| async move {
        let event = Arc::new(Event::new());
        let barrier = Arc::new(Barrier::new(7));
        let (lock, condition) = (Arc::new(Lock::new(0_u8)), Arc::new(Condition::new()));
        let table = Arc::new(RwLock::new(0_u8));
        let jobs = Arc::new(Fifo::<u32>::unbounded());
        let writer = table.clone().write_owned().await;
        rt.spawn(async move { event.wait().await }).detach();
        rt.spawn(async move { barrier.wait().await }).detach();
        rt.spawn(async move { drop(condition.wait(lock.lock().await).await) }).detach();
        rt.spawn(async move { drop(table.read().await) }).detach();
        rt.spawn(async move { jobs.get().await }).detach();
        std::future::pending::<()>().await;
        drop(writer);
    });
    assert_says(
        &report,
        &[
            "waits for Event #",
            "waits for Barrier #",
            "waits for Condition #",
            "waits for RwLock<u8> #",
            "held by root 0",
            "waits for Fifo<u32> #",
        ],
    );
}

#[test]
fn a_wait_of_a_queue_says_which_and_where() {
    let report = report(|rt| async move {
        let (jobs, results) = (Arc::new(Fifo::bounded(1)), Arc::new(Fifo::<u32>::bounded(1)));
        let (theirs, to) = (jobs.clone(), results.clone());
        jobs.try_put(1).unwrap();
        rt.spawn_blocking(move || theirs.put_blocking(2)).detach();
        rt.spawn(async move { to.get_many(&mut Vec::new(), 3).await }).detach();
        jobs.join().await;
    });
    let here = "at tests/sim/deadlocks.rs:";
    assert_says(&report, &[&format!("waits for Fifo<i32> #1 {here}")]);
    assert_says(&report, &[&format!("waits for Fifo<u32> #2 {here}")]);
    assert_eq!(report.matches(&format!("waits for Fifo<i32> #1 {here}")).count(), 2);
}

#[test]
fn every_wait_is_told_with_the_line_of_its_call() {
    let report = report(|rt| async move {
        let lock = Arc::new(Lock::new(0_u8));
        let held = lock.clone().lock_owned().await;
        let taken = lock.clone();
        rt.spawn(async move { drop(taken.lock_owned().await) }).detach();
        let taken = lock.clone();
        rt.spawn(async move { drop(FamilyLock::lock_owned(taken).await) }).detach();
        let taken = lock.clone();
        rt.spawn_blocking(move || drop(taken.lock_blocking())).detach();

        let table = Arc::new(RwLock::new(0_u8));
        let writer = table.clone().write_owned().await;
        let taken = table.clone();
        rt.spawn(async move { drop(taken.read_owned().await) }).detach();
        rt.spawn(async move { drop(table.write_owned().await) }).detach();

        let none = Arc::new(Semaphore::new(0));
        let taken = none.clone();
        rt.spawn(async move { drop(taken.acquire_owned(1).await) }).detach();
        rt.spawn(async move { drop(FamilySemaphore::acquire_owned(none).await) }).detach();

        let (free, condition) = (Arc::new(Lock::new(0_u8)), Arc::new(Condition::new()));
        let (theirs, changed) = (free.clone(), condition.clone());
        let waits = async move { drop(changed.wait_for(theirs.lock().await, |n| *n > 0).await) };
        rt.spawn(waits).detach();
        let waits = async move { drop(condition.wait_owned(free.lock_owned().await).await) };
        rt.spawn(waits).detach();

        let cell = Arc::new(OnceCell::<u8>::new());
        for _ in 0..2 {
            let cell = cell.clone();
            rt.spawn(async move { *cell.get_or_init(std::future::pending).await }).detach();
        }

        let (empty, full) = (Arc::new(Fifo::<u32>::unbounded()), Arc::new(Fifo::<u32>::bounded(1)));
        full.put(1).await.unwrap();
        let queue = empty.clone();
        rt.spawn(async move { queue.get().await }).detach();
        let queue = empty.clone();
        rt.spawn(async move { FamilyQueue::get(&*queue).await }).detach();
        let queue = empty.clone();
        rt.spawn(async move { queue.get_many(&mut Vec::new(), 9).await }).detach();
        let queue = empty.clone();
        rt.spawn(async move { std::pin::pin!(queue.stream()).next().await }).detach();
        rt.spawn_blocking(move || empty.get_blocking()).detach();
        let queue = full.clone();
        rt.spawn(async move { queue.put(2).await }).detach();
        let queue = full.clone();
        rt.spawn(async move { FamilyQueue::put(&*queue, 2).await }).detach();
        let queue = full.clone();
        rt.spawn(async move { queue.put_many(&mut [3].into()).await }).detach();
        let queue = full.clone();
        rt.spawn(async move { drop(queue.reserve().await) }).detach();
        let queue = full.clone();
        rt.spawn_blocking(move || drop(queue.reserve_blocking())).detach();
        rt.spawn(async move { full.join().await }).detach();

        std::future::pending::<()>().await;
        drop((held, writer));
    });
    let waits: Vec<_> =
        report.lines().filter(|line| line.trim_start().starts_with("waits for")).collect();
    assert_eq!(waits.len(), 21, "{report}");
    for wait in waits {
        assert!(wait.contains(" at tests/sim/deadlocks.rs:"), "{wait} in\n{report}");
    }
}

#[test]
fn a_blocking_job_is_named_as_a_task_is() {
    let report = report(|rt| async move {
        let lock = Arc::new(Lock::new(()));
        let (theirs, event) = (lock.clone(), Arc::new(Event::new()));
        let (begun, begins) = (Arc::new(Event::new()), event.clone());
        let begins_too = begun.clone();
        rt.spawn_blocking(move || {
            let _held = theirs.lock_blocking();
            begins_too.set();
            begins.wait_blocking();
        })
        .detach();
        begun.wait().await;
        drop(lock.lock().await);
        event.set();
    });
    assert_says(
        &report,
        &["job 1 'a_blocking_job_is_named_as_a_task_is'", "waits for Event #", "held by job 1 "],
    );
}

#[test]
fn a_waiter_that_was_woken_and_is_not_polled_is_a_futurelock() {
    let report = report(|rt| async move {
        let lock = Arc::new(Lock::fair(()));
        let held = lock.lock().await;
        let theirs = lock.clone();
        let task = rt.spawn(async move {
            let mut first = Box::pin(theirs.lock());
            std::future::poll_fn(|cx| Poll::Ready(first.as_mut().poll(cx).is_pending())).await;
            yield_now().await;
            Event::new().wait().await; // and `first` is not polled any more
            drop(first);
        });
        for _ in 0..5 {
            yield_now().await;
        }
        drop(held);
        task.await.unwrap();
    });
    assert_says(&report, &["was woken for Lock<()> #", "futurelock", "waits for Event #"]);
}
