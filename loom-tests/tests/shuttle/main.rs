//! The same sources under shuttle: 4 to 16 tasks and threads, sampled schedules. A schedule that
//! fails is printed, and replayed with `shuttle::replay`.

// The sources under test, with the crate's own paths to what they import.
#[allow(dead_code, unreachable_pub, unused_imports, reason = "the whole of it")]
#[path = "../../../src/executor/engine/mod.rs"]
mod engine;
#[allow(dead_code, unreachable_pub, reason = "the errors of the whole crate")]
#[path = "../../../src/error.rs"]
mod error;
mod jobs;
#[allow(dead_code, unused_imports, unused_macros, reason = "a door offers more than one needs")]
mod primitives;
#[allow(dead_code, unreachable_pub, unused_imports, reason = "the whole of it")]
#[path = "../../../src/queue/mod.rs"]
mod queue;
mod scenarios;
#[allow(
    dead_code,
    unreachable_pub,
    unused_imports,
    clippy::trivially_copy_pass_by_ref,
    reason = "the whole of it, and exported there"
)]
#[path = "../../../src/sync/mod.rs"]
mod sync;
#[path = "../../src/task.rs"]
mod task;
#[allow(dead_code, reason = "the whole of it")]
#[path = "../../../src/wait/mod.rs"]
mod wait;

/// Schedules of each kind and scenario; more in the deep run.
fn schedules() -> usize {
    let more = std::env::var("SHUTTLE_SCHEDULES").ok();
    more.map_or(300, |more| more.parse().expect("SHUTTLE_SCHEDULES is a number"))
}

/// Random schedules, and those of PCT, which finds what needs few but rare preemptions.
fn sample(scenario: impl Fn() + Send + Sync + Clone + 'static) {
    shuttle::check_random(scenario.clone(), schedules());
    shuttle::check_pct(scenario, schedules(), 4);
}
