//! Runs what an exercise is about in many schedules of the simulator, and draws the one that fails.

use std::fmt::Write as _;
use std::future::Future;

use anyrt::Sim;
use anyrt::sim::{Explore, Found, Schedule, try_explore};

/// Panics with the first schedule in which `app` fails, and draws it.
#[track_caller]
pub(crate) fn in_many_schedules<F, Fut>(app: F)
where
    F: Fn(Sim) -> Fut,
    Fut: Future,
{
    if let Err(found) = try_explore(Explore::random(500), app) {
        panic!("{}", told(&found));
    }
}

/// The failure, and its schedule as a drawing.
fn told(found: &Found) -> String {
    let schedule = found.schedule();
    format!(
        "{}\n\nwho ran when, a column for each step:\n{}",
        found.failure(),
        drawn(schedule).trim_end()
    )
}

/// A row for each task, a column for each step.
fn drawn(schedule: &Schedule) -> String {
    let steps = schedule.steps();
    let mut rows = String::new();
    for unit in 0..=steps.iter().copied().max().unwrap_or(0) {
        let name =
            if unit == 0 { String::from("root") } else { format!("task {unit}") };
        let line: String =
            steps.iter().map(|ran| if *ran == unit { '#' } else { '.' }).collect();
        _ = writeln!(rows, "  {name:8}{line}");
    }
    rows
}
