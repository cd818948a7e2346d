//! A barrier from semaphores, in the simulator.

use std::sync::Arc;
use std::sync::atomic::{AtomicU32, Ordering};

use anyrt::prelude::*;
use anyrt::task::yield_now;

use crate::Exercise;
use crate::schedules::in_many_schedules;

mod solution;
mod yours;

pub(crate) const EXERCISE: Exercise = Exercise {
    id: "6.2",
    title: "a barrier from semaphores",
    file: "e6_2/yours.rs",
    hint: "a quick one takes the permit of a slow one, who has not left yet: let the rounds take turns \
           with two semaphores",
    yours: || check::<yours::Huts>(),
    solution: || check::<solution::Huts>(),
};

/// A barrier for three.
trait Meets: Send + Sync + 'static {
    fn new() -> Self;
    /// Waits until three have come.
    fn wait(&self) -> impl Future<Output = ()> + Send;
}

/// Three hikers and three huts.
fn check<M: Meets>() {
    in_many_schedules(|rt| async move {
        let huts = Arc::new((M::new(), [0; 3].map(AtomicU32::new)));
        let hikers = ["Ann", "Bo", "Cy"].map(|name| {
            let huts = Arc::clone(&huts);
            rt.spawn_named(name, async move {
                for (hut, came) in (1..).zip(&huts.1) {
                    yield_now().await; // walks
                    came.fetch_add(1, Ordering::Relaxed);
                    huts.0.wait().await;
                    let came = came.load(Ordering::Relaxed);
                    assert!(
                        came == 3,
                        "{name} leaves hut {hut} when {came} of 3 have come"
                    );
                }
            })
        });
        for hiker in hikers {
            hiker.await.expect("no panic");
        }
    });
}
