//! Blocking jobs take part in the simulation.

use anyrt::SimOwner;
use anyrt::prelude::*;
use anyrt::sync::{Barrier, Event, Lock, Semaphore};
use anyrt::task::yield_now;
use std::collections::HashSet;
use std::sync::atomic::{AtomicU32, Ordering};
use std::sync::{Arc, Mutex};
use std::time::Duration;

/// Two jobs and a task share a lock, which each takes three times.
async fn contend(rt: anyrt::Sim) -> Vec<u32> {
    let log = Arc::new(Lock::new(Vec::new()));
    let gate = Arc::new(Event::new());
    let job = |number| {
        let (log, gate) = (log.clone(), gate.clone());
        rt.spawn_blocking(move || {
            gate.wait_blocking();
            for _ in 0..3 {
                log.lock_blocking().push(number);
                anyrt::sim::yield_blocking();
            }
        })
    };
    let (one, two) = (job(1), job(2));
    let task = rt.spawn({
        let log = log.clone();
        async move {
            gate.set();
            for _ in 0..3 {
                let mut log = log.lock().await;
                yield_now().await; // while the jobs wait for the lock
                log.push(3);
            }
        }
    });
    one.await.unwrap();
    two.await.unwrap();
    task.await.unwrap();
    log.lock().await.clone()
}

#[test]
fn jobs_and_tasks_take_turns_by_the_seed() {
    let run = |seed| SimOwner::new(seed).run(contend);
    let orders: HashSet<_> = (0..100).map(run).collect();
    assert!(orders.len() > 10, "{}", orders.len());
    for seed in 0..20 {
        assert_eq!(run(seed), run(seed));
    }
}

#[test]
fn one_job_runs_at_a_time() {
    static INSIDE: AtomicU32 = AtomicU32::new(0);
    for seed in 0..20 {
        SimOwner::new(seed).run(|rt| async move {
            let meet = Arc::new(Barrier::new(8));
            let job = |_| {
                let meet = meet.clone();
                rt.spawn_blocking(move || {
                    for _ in 0..10 {
                        assert_eq!(INSIDE.fetch_add(1, Ordering::SeqCst), 0);
                        std::thread::yield_now();
                        INSIDE.fetch_sub(1, Ordering::SeqCst);
                        meet.wait_blocking().unwrap();
                    }
                })
            };
            for job in (0..8).map(job).collect::<Vec<_>>() {
                job.await.unwrap();
            }
        });
    }
}

#[test]
fn deadlines_of_jobs_are_virtual() {
    let sim = SimOwner::new(1);
    sim.run(|rt| async move {
        let none = Arc::new(Semaphore::new(0));
        let hour = Duration::from_secs(3_600);
        let job = rt.spawn_blocking(move || none.acquire_within_blocking(1, hour).is_err());
        assert!(job.await.unwrap());
    });
    assert_eq!(sim.elapsed(), Duration::from_secs(3_600));
}

#[test]
fn a_job_may_block_on_the_simulation() {
    for seed in 0..20 {
        let sim = Arc::new(SimOwner::new(seed));
        sim.run(|rt| {
            let inner = sim.clone();
            async move {
                let job = rt.spawn_blocking(move || {
                    let napped = inner.run(|rt| async move {
                        rt.sleep(Duration::from_secs(60)).await;
                        rt.spawn(async { 42 }).await.unwrap()
                    });
                    drop(inner);
                    napped
                });
                assert_eq!(job.await.unwrap(), 42);
            }
        });
    }
}

#[test]
fn a_job_that_still_waits_at_the_end_is_no_failure() {
    let _explored = anyrt::sim::explore(anyrt::sim::Explore::random(50), |rt| async move {
        let begun = Arc::new(Event::new());
        let begins = begun.clone();
        drop(rt.spawn_blocking(move || {
            begins.set();
            Event::new().wait_blocking();
        }));
        begun.wait().await;
        yield_now().await;
    });
}

#[test]
fn a_destructor_that_waits_while_its_job_is_unwound_holds_nobody_up() {
    struct Waits;
    impl Drop for Waits {
        fn drop(&mut self) {
            Event::new().wait_blocking();
        }
    }
    let sim = SimOwner::new(1);
    sim.run(|rt| async move {
        let begun = Arc::new(Event::new());
        let begins = begun.clone();
        drop(rt.spawn_blocking(move || {
            let _waits = Waits;
            begins.set();
            Event::new().wait_blocking();
        }));
        begun.wait().await;
        yield_now().await;
    });
    drop(sim); // and the thread is left behind
}

#[test]
fn a_job_that_still_waits_at_the_end_is_unwound() {
    struct Tells(Arc<Mutex<bool>>);
    impl Drop for Tells {
        fn drop(&mut self) {
            *self.0.lock().unwrap() = true;
        }
    }
    let unwound = Arc::new(Mutex::new(false));
    let sim = SimOwner::new(1);
    sim.run(|rt| {
        let tells = Tells(unwound.clone());
        async move {
            let begun = Arc::new(Event::new());
            let begins = begun.clone();
            drop(rt.spawn_blocking(move || {
                let _tells = tells;
                begins.set();
                Event::new().wait_blocking();
            }));
            begun.wait().await;
            yield_now().await;
        }
    });
    drop(sim);
    assert!(*unwound.lock().unwrap());
}
