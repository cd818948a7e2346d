//! The simulator: what is so in virtual time, by a seed, and on one thread.

mod bad_input;
mod blocking;
mod corpus;
#[cfg(feature = "diagnose")] // it makes waits larger, so the other tests do without
mod deadlocks;
mod explore;
mod policies;
mod time;

use anyrt::prelude::*;
use anyrt::sim::{Policy, Schedule};
use anyrt::{Sim, SimOwner};

/// What `catch_unwind` of `f` says.
#[track_caller]
fn message_of<T>(f: impl FnOnce() -> T) -> String {
    let caught = std::panic::catch_unwind(std::panic::AssertUnwindSafe(f));
    let payload = caught.err().expect("it must panic, and returned");
    let text = payload.downcast_ref::<&str>().map(|text| (*text).to_owned());
    text.or_else(|| payload.downcast_ref::<String>().cloned()).expect("a text")
}

fn with(policy: Policy, seed: u64) -> SimOwner {
    SimOwner::builder().seed(seed).policy(policy).build()
}

/// Tasks that tell the order in which they run.
async fn order(rt: Sim, tasks: u32, turns: u32) -> Vec<u32> {
    let seen = std::sync::Arc::new(std::sync::Mutex::new(Vec::new()));
    let spawn = |number| {
        let seen = seen.clone();
        rt.spawn(async move {
            for _ in 0..turns {
                seen.lock().unwrap().push(number);
                anyrt::task::yield_now().await;
            }
        })
    };
    for task in (1..=tasks).map(spawn).collect::<Vec<_>>() {
        task.await.unwrap();
    }
    let seen = seen.lock().unwrap();
    seen.clone()
}

fn run(sim: &SimOwner) -> (Vec<u32>, Schedule) {
    let order = sim.run(|rt| order(rt, 4, 8));
    (order, sim.schedule())
}
