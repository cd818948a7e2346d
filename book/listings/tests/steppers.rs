//! The steppers' programs with the real primitives, in every order that the simulator knows: they go wrong
//! where the steppers do, and nowhere else.

use std::sync::Arc;
use std::sync::atomic::{AtomicI32, Ordering::Relaxed};

use anyrt::Sim;
use anyrt::prelude::*;
use anyrt::sim::{Explore, FailureKind, try_explore};
use anyrt::sync::{Condition, Lock};
use anyrt::task::yield_now;

/// How a program ends: all orders right, or the first failure.
fn ends<F: Future>(program: impl Fn(Sim) -> F) -> Option<FailureKind> {
    match try_explore(Explore::all(1_000_000).minimise(0), program) {
        Ok(explored) => {
            assert!(explored.is_complete(), "there are more orders: {explored:?}");
            None
        }
        Err(found) => Some(found.failure().kind()),
    }
}

async fn update(rt: Sim, locked: bool) {
    let n = Arc::new((Lock::new(()), AtomicI32::new(0)));
    let tasks = [(); 2].map(|()| {
        let n = Arc::clone(&n);
        rt.spawn(async move {
            let guard = if locked { Some(n.0.lock().await) } else { None };
            let x = n.1.load(Relaxed);
            yield_now().await;
            n.1.store(x + 1, Relaxed);
            drop(guard);
        })
    });
    for task in tasks {
        task.await.expect("no panic");
    }
    assert_eq!(n.1.load(Relaxed), 2);
}

#[test]
fn an_update_is_lost_without_the_lock_only() {
    assert_eq!(ends(|rt| update(rt, false)), Some(FailureKind::Panic));
    assert_eq!(ends(|rt| update(rt, true)), None);
}

#[test]
fn two_locks_in_two_orders_get_stuck() {
    let transfers = |same: bool| {
        ends(move |rt| async move {
            let locks = [(); 2].map(|()| Arc::new(Lock::new(())));
            let tasks = [[0, 1], if same { [0, 1] } else { [1, 0] }].map(|order| {
                let [one, two] = order.map(|at| Arc::clone(&locks[at]));
                rt.spawn(async move {
                    let _one = one.lock().await;
                    yield_now().await;
                    let _two = two.lock().await;
                })
            });
            for task in tasks {
                task.await.expect("no panic");
            }
        })
    };
    assert_eq!(transfers(false), Some(FailureKind::Deadlock));
    assert_eq!(transfers(true), None);
}

#[test]
fn who_looks_with_if_takes_from_an_empty_table() {
    let table = |again: bool| {
        ends(move |rt| async move {
            let table = Arc::new((Lock::new(0), Condition::new()));
            let eaters = [(); 2].map(|()| {
                let table = Arc::clone(&table);
                rt.spawn(async move {
                    let (dishes, served) = &*table;
                    let mut dishes = dishes.lock().await;
                    while *dishes == 0 {
                        dishes = served.wait(dishes).await;
                        if !again {
                            break;
                        }
                    }
                    *dishes -= 1;
                    assert!(*dishes >= 0, "ate nothing");
                })
            });
            for _ in 0..2 {
                *table.0.lock().await += 1;
                yield_now().await;
                table.1.notify(1);
                yield_now().await;
            }
            for eater in eaters {
                eater.await.expect("no panic");
            }
        })
    };
    assert_eq!(table(false), Some(FailureKind::Panic));
    assert_eq!(table(true), None);
}
