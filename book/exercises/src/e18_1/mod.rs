//! Three bridges on which nobody can pass, in the simulator, which says so.

use std::future::Future;
use std::pin::Pin;
use std::sync::Arc;
use std::time::Duration;

use anyrt::executor::SubmitAsync;
use anyrt::prelude::*;
use anyrt::sync::Lock;
use anyrt::{Sim, SimOwner};

use crate::Exercise;

mod solution;
mod yours;

pub(crate) const EXERCISE: Exercise = Exercise {
    id: "18.1",
    title: "three bridges",
    file: "e18_1/yours.rs",
    hint: "in a task, what can be awaited is awaited: a handle is a future, a lock has two forms. What \
           can't be awaited, as it is not yours, is called on a thread that may block",
    yours: || check(yours::price, yours::add, yours::report),
    solution: || check(solution::price, solution::add, solution::report),
};

/// What somebody else's task has found out.
pub(crate) async fn look_up(rt: Sim) -> u32 {
    rt.sleep(Duration::from_millis(1)).await;
    20
}

/// An old library, which knows nothing of async. It can't be changed.
pub(crate) struct Old {
    ask: Box<dyn Fn() -> u32 + Send + Sync>,
}

impl Old {
    /// Blocks the thread until there is an answer.
    pub(crate) fn total(&self) -> u32 {
        (self.ask)() + (self.ask)()
    }
}

type Answer<T> = Pin<Box<dyn Future<Output = T> + Send>>;

fn check<P, A, R>(
    price: impl Fn(Sim) -> P,
    add: impl Fn(Arc<Lock<u32>>, u32) -> A,
    report: impl Fn(Sim, Arc<Old>) -> R,
) where
    P: Future<Output = u32> + Send + 'static,
    A: Future<Output = ()> + Send + 'static,
    R: Future<Output = u32> + Send + 'static,
{
    run("price", 22, |rt| Box::pin(price(rt)));
    run("add", 3, |rt| {
        let total = Arc::new(Lock::new(0));
        let (one, two) = (add(Arc::clone(&total), 1), add(Arc::clone(&total), 2));
        Box::pin(async move {
            let held = Arc::clone(&total).lock_owned().await;
            let tasks = [rt.spawn(one), rt.spawn(two)];
            rt.sleep(Duration::from_millis(1)).await; // a database ...
            drop(held);
            for task in tasks {
                task.await.expect("no panic");
            }
            *total.lock().await
        })
    });
    run("report", 40, |rt| {
        let same = rt.clone();
        let ask = move || {
            let task = same.submit_async(look_up(same.clone()));
            task.join_blocking().expect("nobody waits for this thread")
        };
        Box::pin(report(rt, Arc::new(Old { ask: Box::new(ask) })))
    });
}

/// Runs a task to its end, in several orders; `expected` must come out.
fn run(name: &str, expected: u32, task: impl Fn(Sim) -> Answer<u32>) {
    for seed in 0..10 {
        let sim = SimOwner::new(seed);
        let rt = sim.handle();
        let task = rt.spawn(task(rt.clone()));
        let found = sim.block_on(task).unwrap_or_else(|error| error.resume());
        assert!(found == expected, "`{name}` gives {found} instead of {expected}");
    }
    println!("`{name}` is right");
}
