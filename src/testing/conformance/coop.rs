//! RT-COOP: loops over futures that are always ready, more of them than there are workers. What a
//! loop waits for is done by its sibling, so one that never gives its turn away hangs.

use std::sync::Arc;
use std::sync::atomic::{AtomicBool, Ordering};
use std::time::Duration;

use super::super::kit::{MS, on_plain_thread};
use crate::contract::{BlockOn, Spawn, SpawnBlocking, Timer};
use crate::task::{consume_budget, yield_now};
use crate::time::MissedTick;

/// More than the workers of any backend under test.
const LOOPS: usize = 8;

#[derive(Clone, Default)]
struct Stop(Arc<AtomicBool>);

impl Stop {
    fn now(&self) {
        self.0.store(true, Ordering::Release);
    }

    fn is_set(&self) -> bool {
        self.0.load(Ordering::Acquire)
    }
}

/// Spawns the loops that `make` makes, then one task that stops them, and awaits all.
fn starve<O, F>(owner: &O, make: impl Fn(O::Handle, Stop) -> F)
where
    O: BlockOn,
    F: Future<Output = ()> + Send + 'static,
{
    owner.run(async |rt: O::Handle| {
        let stop = Stop::default();
        let loops: Vec<_> = (0..LOOPS).map(|_| rt.spawn(make(rt.clone(), stop.clone()))).collect();
        let sibling = rt.spawn({
            let stop = stop.clone();
            async move { stop.now() }
        });
        for task in loops {
            task.await.unwrap();
        }
        sibling.await.unwrap();
    });
}

/// Loops over sleeps of zero.
pub fn coop_1_sleeps_of_zero<O: BlockOn>(owner: O) {
    starve(&owner, |rt, stop| async move {
        while !stop.is_set() {
            rt.sleep(Duration::ZERO).await;
        }
    });
}

/// Loops over sleeps until a moment that has passed.
pub fn coop_1_sleeps_until_the_past<O: BlockOn>(owner: O) {
    starve(&owner, |rt, stop| async move {
        let passed = rt.now();
        while !stop.is_set() {
            rt.sleep_until(Some(passed)).await;
        }
    });
}

/// Loops over an interval that is hopelessly behind and gives every tick.
pub fn coop_1_intervals_that_are_behind<O: BlockOn>(owner: O) {
    starve(&owner, |rt, stop| async move {
        let mut beat = rt.interval(Duration::from_nanos(1)).on_missed(MissedTick::Burst);
        while !stop.is_set() {
            beat.tick().await;
        }
    });
}

/// Loops over timeouts of futures that are ready at once.
pub fn coop_1_timeouts_of_ready_futures<O: BlockOn>(owner: O) {
    starve(&owner, |rt, stop| async move {
        while !stop.is_set() {
            rt.timeout(Duration::MAX, std::future::ready(())).await.unwrap();
        }
    });
}

/// Loops that only consume budget.
pub fn coop_1_consumed_budgets<O: BlockOn>(owner: O) {
    starve(&owner, |_, stop| async move {
        while !stop.is_set() {
            consume_budget().await;
        }
    });
}

/// Loops that yield.
pub fn coop_1_yields<O: BlockOn>(owner: O) {
    starve(&owner, |_, stop| async move {
        while !stop.is_set() {
            yield_now().await;
        }
    });
}

/// The root of `block_on` takes turns with the tasks as well.
pub fn coop_1_the_root_takes_turns<O: BlockOn>(owner: O) {
    owner.run(|rt| async move {
        let stop = Stop::default();
        let its_stop = stop.clone();
        let task = rt.spawn(async move {
            yield_now().await;
            its_stop.now();
        });
        while !stop.is_set() {
            consume_budget().await;
        }
        task.await.unwrap();
    });
}

/// Timers fire while loops keep every worker busy.
pub fn coop_1_timers_fire_under_load<O: BlockOn>(owner: O) {
    under_load(owner, async |rt| {
        for _ in 0..5 {
            rt.sleep(MS).await;
        }
    });
}

/// Tasks that spend the same in every round, so that a budget of 128 would end at the same one each time:
/// that one goes on all the same.
pub fn coop_1_no_rhythm_starves_a_task<O: BlockOn>(owner: O) {
    for spent in [16, 32, 64, 128] {
        owner.run(async |rt: O::Handle| {
            let stop = Stop::default();
            let spend = |stop: Stop| async move {
                while !stop.is_set() {
                    for _ in 0..spent {
                        consume_budget().await;
                    }
                    yield_now().await;
                }
            };
            let loops: Vec<_> = (0..LOOPS).map(|_| rt.spawn(spend(stop.clone()))).collect();
            let waits = rt.spawn({
                let rt = rt.clone();
                async move {
                    for _ in 0..5 {
                        rt.sleep(MS).await; // when it is due it spends one of the budget
                    }
                }
            });
            waits.await.unwrap();
            stop.now();
            for task in loops {
                task.await.unwrap();
            }
        });
    }
}

/// Wake-ups from other threads and results of blocking jobs come through under load.
pub fn coop_1_wakes_come_through_under_load<O: BlockOn>(owner: O) {
    under_load(owner, async |rt| {
        on_plain_thread(|| ()).await;
        rt.spawn_blocking(|| ()).await.unwrap();
        rt.spawn(async { yield_now().await }).await.unwrap();
    });
}

/// Does `work` while loops keep every worker busy; its end stops them.
fn under_load<O: BlockOn>(owner: O, work: impl AsyncFnOnce(&O::Handle)) {
    owner.run(async |rt: O::Handle| {
        let stop = Stop::default();
        let spin = |stop: Stop| async move {
            while !stop.is_set() {
                consume_budget().await;
            }
        };
        let loops: Vec<_> = (0..LOOPS).map(|_| rt.spawn(spin(stop.clone()))).collect();
        work(&rt).await;
        stop.now();
        for task in loops {
            task.await.unwrap();
        }
    });
}
