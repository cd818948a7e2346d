//! `Loom`: programs on anyrt's traits, in every schedule.
//!
//! What must fail does so in a process of its own, as loom may abort it.

use anyrt::JoinError;
use anyrt::family::{Barrier, Condition, Event, Lock, Queue, Semaphore};
use anyrt::prelude::*;
use anyrt::task::yield_now;
use anyrt_loom::{Loom, model, model_with};
use std::collections::BTreeSet;
use std::process::Command;
use std::sync::{Arc, Mutex};
use std::time::Duration;

/// Runs the model of this test in a child, which must fail; what it said.
#[track_caller]
fn failure_of(model: impl FnOnce()) -> String {
    const CHILD: &str = "ANYRT_LOOM_CHILD";
    if std::env::var_os(CHILD).is_some() {
        model();
        std::process::exit(0);
    }
    let test = std::thread::current().name().expect("a test has a name").to_owned();
    let child = Command::new(std::env::current_exe().unwrap())
        .args([&test, "--exact", "--nocapture", "--test-threads=1"])
        .env(CHILD, "1")
        .env("RUST_BACKTRACE", "0")
        .output()
        .unwrap();
    let said = String::from_utf8_lossy(&child.stderr).into_owned();
    assert!(!child.status.success(), "nothing was found; it said: {said}");
    said
}

/// All values that `look` gives, over all schedules.
fn outcomes<T, F, Fut>(preemptions: usize, look: F) -> BTreeSet<T>
where
    T: Ord + Clone + Send + 'static,
    F: Fn(Loom) -> Fut + Send + Sync + 'static,
    Fut: Future<Output = T>,
{
    let seen = Arc::new(Mutex::new(BTreeSet::new()));
    let (adds, look) = (seen.clone(), Arc::new(look));
    model_with(preemptions, move |rt| {
        let (adds, seen) = (adds.clone(), look(rt));
        async move {
            let outcome = seen.await;
            adds.lock().unwrap().insert(outcome);
        }
    });
    let seen = seen.lock().unwrap();
    seen.clone()
}

/// Two tasks that add to one number; in one step, or in two.
async fn add_twice<R: Runtime>(rt: R, at_once: bool) -> u32 {
    let sum = Arc::new(Lock::<R, u32>::new(0));
    let add = || {
        let sum = sum.clone();
        rt.spawn(async move {
            if at_once {
                *sum.lock().await += 1;
            } else {
                let seen = *sum.lock().await;
                *sum.lock().await = seen + 1;
            }
        })
    };
    let (one, two) = (add(), add());
    one.await.unwrap();
    two.await.unwrap();
    *sum.lock().await
}

/// Two tasks that take two locks, in one order or in two.
async fn lock_two<R: Runtime>(rt: R, in_order: bool) {
    let (a, b) = (Arc::new(Lock::<R, u32>::new(0)), Arc::new(Lock::<R, u32>::new(0)));
    let task = |first: &Arc<Lock<R, u32>>, second: &Arc<Lock<R, u32>>| {
        let (first, second) = (first.clone(), second.clone());
        rt.spawn(async move {
            let mut first = first.lock().await;
            *second.lock().await += 1;
            *first += 1;
        })
    };
    let one = task(&a, &b);
    let two = if in_order { task(&a, &b) } else { task(&b, &a) };
    one.await.unwrap();
    two.await.unwrap();
}

#[test]
fn a_correct_program_passes_in_many_schedules() {
    let explored = model_with(2, |rt| async { assert_eq!(add_twice(rt, true).await, 2) });
    assert!(explored.executions > 100, "{explored:?}");
    model_with(1, |rt| lock_two(rt, true));
}

#[test]
fn a_lost_update_is_found() {
    let said = failure_of(|| {
        model(|rt| async { assert_eq!(add_twice(rt, false).await, 2, "an update was lost") });
    });
    assert!(said.contains("an update was lost"), "{said}");
}

#[test]
fn a_deadlock_by_the_order_of_locks_is_found() {
    let said = failure_of(|| {
        model(|rt| lock_two(rt, false));
    });
    assert!(said.contains("deadlock; threads ="), "{said}");
}

#[test]
fn a_panic_of_a_task_fails_the_model() {
    let said = failure_of(|| {
        model(|rt| async move { drop(rt.spawn(async { panic!("in a task") })) });
    });
    assert!(said.contains("in a task"), "{said}");
}

#[test]
fn a_race_on_a_cell_of_loom_is_found() {
    let said = failure_of(|| {
        model(|rt| async move {
            struct Shared(loom::cell::UnsafeCell<u32>);
            // SAFETY: it is not so; that is what the model is to find.
            unsafe impl Sync for Shared {}
            let shared = Arc::new(Shared(loom::cell::UnsafeCell::new(0)));
            let theirs = shared.clone();
            let task = rt.spawn(async move { theirs.0.with_mut(|_| ()) });
            shared.0.with(|_| ());
            task.await.unwrap();
        });
    });
    assert!(said.contains("Causality violation"), "{said}");
}

#[test]
fn a_fifth_task_is_refused_with_the_reason() {
    let said = failure_of(|| {
        model_with(0, |rt| async move {
            for _ in 0..5 {
                rt.spawn(async {}).await.unwrap();
            }
        });
    });
    assert!(said.contains("more than 4 tasks and blocking jobs"), "{said}");
}

#[test]
fn a_nested_block_on_is_refused_with_the_reason() {
    let said = failure_of(|| {
        model_with(0, |rt| async move { rt.block_on(async {}) });
    });
    assert!(said.contains("move the blocking part into `spawn_blocking`"), "{said}");
}

#[test]
fn four_tasks_run() {
    let sum = outcomes(0, |rt| async move {
        let tasks = [1, 2, 3, 4].map(|n| rt.spawn(async move { n }));
        let mut sum = 0;
        for task in tasks {
            sum += task.await.unwrap();
        }
        sum
    });
    assert_eq!(sum, BTreeSet::from([10]));
}

#[test]
fn a_timeout_may_come_first_or_late() {
    let day = Duration::from_secs(86_400);
    let seen = outcomes(1, move |rt| async move {
        let event = Arc::new(Event::<Loom>::new());
        let sets = event.clone();
        let task = rt.spawn(async move { sets.set() });
        let in_time = rt.timeout(day, event.wait()).await.is_ok();
        task.await.unwrap();
        in_time
    });
    assert_eq!(seen, BTreeSet::from([false, true]));
}

#[test]
fn a_sleep_is_never_ready_before_its_deadline_by_the_clock() {
    let second = Duration::from_secs(1);
    let late = outcomes(2, move |rt| async move {
        let start = rt.now();
        let clock = rt.clone();
        let task = rt.spawn(async move {
            clock.sleep(3 * second).await;
            assert!(clock.now() - start >= 3 * second);
        });
        rt.sleep(second).await;
        let passed = rt.now() - start;
        task.await.unwrap();
        passed
    });
    // Whoever sleeps longer may get there first: then this one is late, or begins only now.
    assert_eq!(late, BTreeSet::from([second, 3 * second, 4 * second]));
}

#[test]
fn a_sleep_without_an_end_pends_and_is_dropped_at_the_end() {
    model_with(1, |rt| async move {
        drop(rt.spawn(rt.sleep(Duration::MAX)));
    });
}

#[test]
fn an_abort_resolves_after_the_future_is_dropped() {
    struct Says(Arc<loom::sync::atomic::AtomicUsize>);
    impl Drop for Says {
        fn drop(&mut self) {
            self.0.fetch_add(1, std::sync::atomic::Ordering::Relaxed);
        }
    }
    let ends = outcomes(2, |rt| async move {
        let dropped = Arc::new(loom::sync::atomic::AtomicUsize::new(0));
        let says = Says(dropped.clone());
        let mut task = rt.spawn(async move {
            yield_now().await;
            drop(says);
            7
        });
        task.abort();
        let end = match task.await {
            Ok(value) => Some(value),
            Err(JoinError::Cancelled) => None,
            Err(error) => panic!("{error}"),
        };
        assert_eq!(dropped.load(std::sync::atomic::Ordering::Relaxed), 1);
        end
    });
    assert_eq!(ends, BTreeSet::from([None, Some(7)])); // it may be too late
}

#[test]
fn a_blocking_job_runs_beside_tasks_and_may_block_on_them() {
    model_with(1, |rt| async move {
        let (lock, inside) = (Arc::new(Lock::<Loom, u32>::new(0)), rt.clone());
        let theirs = lock.clone();
        let job = rt.spawn_blocking(move || {
            inside.block_on(async { *theirs.lock().await += 1 });
            let in_the_job = inside.block_on(inside.spawn(async { 5 }));
            in_the_job.unwrap()
        });
        *lock.lock().await += 1;
        assert_eq!(job.await.unwrap(), 5);
        assert_eq!(*lock.lock().await, 2);
    });
}

#[test]
fn a_blocking_job_that_is_aborted_runs_whole_or_not_at_all() {
    let ends = outcomes(1, |rt| async move {
        let mut job = rt.spawn_blocking(|| 1);
        job.abort();
        job.await.ok()
    });
    assert_eq!(ends, BTreeSet::from([None, Some(1)]));
}

#[test]
fn what_is_still_there_at_the_end_is_dropped_there() {
    model_with(1, |rt| async move {
        let event = Arc::new(Event::<Loom>::new());
        rt.spawn(async move { event.wait().await }).detach();
    });
}

#[test]
fn a_loop_that_waits_by_yielding_has_an_end() {
    model_with(1, |rt| async move {
        let lock = Arc::new(Lock::<Loom, bool>::new(false));
        let sets = lock.clone();
        let task = rt.spawn(async move { *sets.lock().await = true });
        while !*lock.lock().await {
            yield_now().await;
        }
        task.await.unwrap();
    });
}

/// Puts and gets; the others by name, in code that does not know its runtime.
async fn hand_over<R: Runtime>(rt: R) {
    let (jobs, done) = (Arc::new(Queue::<R, u8>::bounded(1)), Arc::new(Event::<R>::new()));
    let (puts, waits) = (jobs.clone(), done.clone());
    let producer = rt.spawn(async move {
        puts.put(1).await.unwrap();
        puts.close();
        waits.wait().await;
    });
    assert_eq!(jobs.get().await, Some(1));
    assert_eq!(jobs.get().await, None);
    done.set();
    producer.await.unwrap();
}

async fn meet<R: Runtime>(rt: R) {
    let permits = Arc::new(Semaphore::<R>::new(1));
    let both = Arc::new(Barrier::<R>::new(2));
    let (theirs, meets) = (permits.clone(), both.clone());
    let task = rt.spawn(async move {
        drop(theirs.acquire().await);
        meets.wait().await
    });
    drop(permits.acquire().await);
    assert_ne!(both.wait().await, task.await.unwrap(), "one of the two leads");
}

async fn be_notified<R: Runtime>(rt: R) {
    let (ready, changed) = (Arc::new(Lock::<R, bool>::new(false)), Arc::new(Condition::<R>::new()));
    let (sets, tells) = (ready.clone(), changed.clone());
    let task = rt.spawn(async move {
        *sets.lock().await = true;
        tells.notify_all();
    });
    let mut seen = ready.lock().await;
    while !*seen {
        seen = changed.wait(seen).await;
    }
    drop(seen);
    task.await.unwrap();
}

#[test]
fn every_primitive_of_the_family_is_there() {
    for explored in [model_with(1, hand_over), model_with(1, meet), model_with(1, be_notified)] {
        assert!(explored.executions > 10, "{explored:?}");
    }
}

anyrt::test_on! {
    /// The same test on a real runtime, in the simulator and under the model checker.
    #[backends(threads, sim(seeds = 20), loom)]
    async fn one_of_two_gets_it<R: Runtime>(rt: R) {
        let free = Arc::new(Lock::<R, Option<u8>>::new(Some(1)));
        let theirs = free.clone();
        let task = rt.spawn(async move { theirs.lock().await.take() });
        let mine = free.lock().await.take();
        assert_ne!(mine, task.await.unwrap());
    }

    #[backends(loom(preemptions = 1))]
    async fn with_a_bound<R: Runtime>(rt: R) {
        assert_eq!(rt.name(), "loom");
        rt.spawn(async {}).await.unwrap();
    }
}

/// The program of README.md, and its model.
mod readme {
    include!("readme/program.rs");

    #[test]
    fn the_program_of_the_readme_fails_as_it_says() {
        let said = super::failure_of(|| {
            anyrt_loom::model(|rt| async { assert_eq!(add_twice(rt).await, 2) });
        });
        assert!(said.contains("left: 1"), "{said}");
        let model = "anyrt_loom::model(|rt| async { assert_eq!(add_twice(rt).await, 2) });";
        for part in [include_str!("readme/program.rs"), model] {
            assert!(include_str!("../README.md").contains(part), "README.md is without\n{part}");
        }
    }
}
