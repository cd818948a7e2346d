use super::message_of;
use anyrt::Sim;
use anyrt::prelude::*;
use anyrt::sim::{Explore, FailureKind, Schedule, explore, replay, try_explore};
use anyrt::sync::{Event, Lock};
use anyrt::task::yield_now;
use std::collections::HashSet;
use std::sync::atomic::{AtomicU32, Ordering::Relaxed};
use std::sync::{Arc, Mutex};
use std::time::Duration;

/// Adds to a counter in two steps; `tasks` of them.
async fn lost_update(rt: Sim, tasks: u32) {
    let count = Arc::new(Lock::new(0));
    let add = |_| {
        let count = count.clone();
        rt.spawn(async move {
            let seen = *count.lock().await;
            yield_now().await;
            *count.lock().await = seen + 1;
        })
    };
    for task in (0..tasks).map(add).collect::<Vec<_>>() {
        task.await.unwrap();
    }
    assert_eq!(*count.lock().await, tasks, "an update was lost");
}

#[test]
fn all_schedules_are_run_and_each_once() {
    // Three tasks of one step each: 3! orders, and the root before, between or after them.
    let orders = Mutex::new(HashSet::new());
    let explored = explore(Explore::all(10_000), |rt| async {
        let (rt, seen) = (rt, Arc::new(Mutex::new(Vec::new())));
        let task = |number: u32| {
            let seen = seen.clone();
            rt.spawn(async move { seen.lock().unwrap().push(number) })
        };
        for task in (0..3).map(task).collect::<Vec<_>>() {
            task.await.unwrap();
        }
        let seen = seen.lock().unwrap().clone();
        orders.lock().unwrap().insert(seen);
    });
    assert!(explored.is_complete());
    assert_eq!(orders.into_inner().unwrap().len(), 6);
}

#[test]
fn a_search_ends_at_its_bound() {
    let explored = explore(Explore::all(50), |rt| async move {
        let nap = |_| rt.spawn(async { yield_now().await });
        for task in (0..5).map(nap).collect::<Vec<_>>() {
            task.await.unwrap();
        }
    });
    assert_eq!((explored.schedules(), explored.is_complete()), (50, false));
}

#[test]
fn a_failure_is_found_by_every_kind_of_search() {
    for config in [Explore::random(1_000), Explore::pct(1_000, 2), Explore::all(1_000)] {
        let found = try_explore(config, |rt| lost_update(rt, 3)).unwrap_err();
        assert_eq!(found.failure().kind(), FailureKind::Panic);
        assert!(found.schedules() < 20, "{}", found.schedules());
    }
}

#[test]
fn a_failure_is_told_with_all_that_it_takes_to_replay_it() {
    let found = try_explore(Explore::random(1_000), |rt| lost_update(rt, 3)).unwrap_err();
    let text = found.to_string();
    assert!(text.contains("an update was lost"), "{text}");
    assert!(text.contains("panicked at tests/sim/explore.rs:"), "{text}");
    assert!(text.contains("task 1 'lost_update' (spawned at tests/sim/explore.rs:"), "{text}");
    let schedule = found.schedule().to_string();
    assert!(
        text.contains(&format!(
            "ANYRT_SIM_SCHEDULE='{schedule}' cargo test \
         explore::a_failure_is_told_with_all_that_it_takes_to_replay_it"
        )),
        "{text}"
    );
    let message = message_of(|| replay(&schedule, |rt| lost_update(rt, 3)));
    assert!(message.contains("an update was lost"), "{message}");
}

#[test]
fn the_line_that_replays_a_failure_does_and_one_that_is_wrong_is_told() {
    let program = |rt| lost_update(rt, 2);
    if std::env::var_os("ANYRT_SIM_SCHEDULE").is_some() {
        let _explored = explore(Explore::random(1_000), program); // in the child: that one only
        return;
    }
    let test = "explore::the_line_that_replays_a_failure_does_and_one_that_is_wrong_is_told";
    let child = |schedule: &str| {
        let child = std::process::Command::new(std::env::current_exe().unwrap())
            .args([test, "--exact", "--nocapture"])
            .env("ANYRT_SIM_SCHEDULE", schedule)
            .output()
            .unwrap();
        assert!(!child.status.success());
        String::from_utf8_lossy(&child.stderr).into_owned()
    };
    let found = try_explore(Explore::random(1_000), program).unwrap_err();
    let same = child(&found.schedule().to_string());
    assert!(same.contains("an update was lost") && same.contains("[schedule 1]"), "{same}");
    let misfit = child("0 9");
    assert!(misfit.contains("does not fit the program: at step 1 it wants unit 9"), "{misfit}");
    let none = child("0 x");
    assert!(none.contains("ANYRT_SIM_SCHEDULE: `x` is no part of a schedule"), "{none}");
}

#[test]
fn the_schedule_of_a_failure_is_made_simple() {
    let program = |rt: Sim| async move {
        let noise = |_| {
            rt.spawn(async {
                for _ in 0..20 {
                    yield_now().await;
                }
            })
        };
        let noise: Vec<_> = (0..5).map(noise).collect();
        lost_update(rt.clone(), 2).await;
        for task in noise {
            task.await.unwrap();
        }
    };
    let found = try_explore(Explore::random(1_000).seed(3), program).unwrap_err();
    let switches = |schedule: &Schedule| schedule.steps().chunk_by(|a, b| a == b).count();
    // The root, each of the two adders up to its yield, both to their ends, and the root.
    assert!(switches(found.schedule()) <= 6, "{found}");
    assert!(switches(found.recorded()) > 15, "{found}");
}

#[test]
fn a_task_that_panics_fails_the_run_unless_that_is_allowed() {
    let program = |rt: Sim| async move {
        drop(rt.spawn(async { panic!("on purpose") }));
        yield_now().await;
        yield_now().await;
        yield_now().await;
    };
    let found = try_explore(Explore::random(100), program).unwrap_err();
    assert!(found.to_string().contains("on purpose"), "{found}");
    assert!(found.to_string().contains("task 1"), "{found}");
    let _explored = explore(Explore::random(100).allow_task_panics(), program);
}

#[test]
fn deadlocks_and_livelocks_are_failures() {
    let found = try_explore(Explore::random(10), |rt| async move {
        rt.spawn(async { Event::new().wait().await }).await.unwrap();
    });
    assert_eq!(found.unwrap_err().failure().kind(), FailureKind::Deadlock);
    let spins = |_| async {
        loop {
            yield_now().await;
        }
    };
    let config = Explore::random(10).max_steps(500).minimise(10);
    let found = try_explore(config, spins).unwrap_err();
    assert_eq!(found.failure().kind(), FailureKind::Livelock);
}

#[test]
fn blocking_jobs_are_explored_too() {
    let program = |rt: Sim| async move {
        let (one, two) = (Arc::new(Lock::new(())), Arc::new(Lock::new(())));
        let (theirs, other) = (one.clone(), two.clone());
        let job = rt.spawn_blocking(move || {
            let _one = theirs.lock_blocking();
            anyrt::sim::yield_blocking();
            let _two = other.lock_blocking();
        });
        let task = rt.spawn(async move {
            let _two = two.lock().await;
            yield_now().await;
            let _one = one.lock().await;
        });
        task.await.unwrap();
        job.await.unwrap();
    };
    let found = try_explore(Explore::random(100), program).unwrap_err();
    assert_eq!(found.failure().kind(), FailureKind::Deadlock);
    assert!(found.to_string().contains("job 1"), "{found}");
}

#[test]
fn a_program_that_remembers_is_not_deterministic() {
    static RUNS: AtomicU32 = AtomicU32::new(0);
    let program = |rt: Sim| async move {
        let more = RUNS.fetch_add(1, Relaxed);
        for _ in 0..more {
            rt.spawn(async {}).await.unwrap();
        }
    };
    let found = try_explore(Explore::random(10), program).unwrap_err();
    assert_eq!(found.failure().kind(), FailureKind::NotDeterministic);
    assert!(found.to_string().contains("at step 1"), "{found}");
}

#[test]
fn a_failure_that_does_not_come_again_is_not_deterministic() {
    static RUNS: AtomicU32 = AtomicU32::new(0);
    let program = |rt: Sim| async move {
        if RUNS.fetch_add(1, Relaxed) == 7 {
            rt.spawn(async { panic!("once") }).await.unwrap();
        }
    };
    let found = try_explore(Explore::random(100), program).unwrap_err();
    assert_eq!(found.failure().kind(), FailureKind::NotDeterministic);
}

#[test]
fn real_time_is_found_by_its_trace() {
    let program = |rt: Sim| async move {
        let start = std::time::Instant::now();
        while start.elapsed() < Duration::from_millis(2) {
            rt.spawn(async {}).await.unwrap();
        }
    };
    let found = try_explore(Explore::random(10), program).unwrap_err();
    assert_eq!(found.failure().kind(), FailureKind::NotDeterministic);
}

#[test]
fn a_handle_that_outlives_its_run_is_one_of_an_ended_simulation() {
    let kept = Mutex::new(Vec::new());
    let _explored = explore(Explore::random(20), |rt| {
        kept.lock().unwrap().push(rt.clone());
        async move { assert_eq!(rt.spawn(async { 1 }).await.unwrap(), 1) }
    });
    let kept = kept.into_inner().unwrap();
    assert!(kept.len() >= 20);
    for rt in kept {
        let late = futures_lite::future::block_on(rt.spawn(async {}));
        assert!(late.unwrap_err().is_cancelled());
    }
}

#[test]
fn a_limit_of_real_time_ends_the_search() {
    let explored =
        explore(Explore::random(u64::MAX).within(Duration::from_millis(5)), |_| async {});
    assert!(explored.schedules() > 0 && !explored.is_complete());
}
