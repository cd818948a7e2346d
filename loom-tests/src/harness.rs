//! Runs a model to its end, and says how far that was.

use crate::{clock, mutate};
use std::sync::Arc;
use std::sync::atomic::{AtomicUsize, Ordering::Relaxed};
use std::time::{Duration, Instant};

/// Preemptions that a model explores unless it says otherwise. A real bug elsewhere needed 3.
pub const BOUND: usize = 3;

/// The variable with the number of preemptions to explore beyond each model's own bound.
pub const DEEPER: &str = "LOOM_DEEPER";

/// The variable with the most preemptions to explore, for a quick look.
pub const AT_MOST: &str = "LOOM_AT_MOST";

/// A property, and how it is checked.
#[derive(Debug, Clone, Copy)]
pub struct Model {
    /// `primitive::property`.
    pub name: &'static str,
    /// What holds in every execution.
    pub proves: &'static str,
    /// Preemptions explored.
    pub bound: usize,
    /// How.
    pub check: Check,
}

/// How a model is checked.
#[derive(Debug, Clone, Copy)]
pub enum Check {
    /// One program, written by hand.
    Written(fn()),
    /// Every program of a shape; gets the bound and returns what it did.
    Generated(fn(usize) -> Explored),
}

/// What was explored.
#[derive(Debug, Clone, Copy)]
pub struct Explored {
    /// Programs: 1 for a model written by hand.
    pub programs: usize,
    /// Executions of all of them.
    pub executions: usize,
    /// Preemptions.
    pub bound: usize,
    /// The time it took.
    pub elapsed: Duration,
}

impl Model {
    /// Explores all of it.
    ///
    /// # Panics
    ///
    /// When the property fails, and when the model had nothing to explore.
    pub fn run(&self) -> Explored {
        let bound = bound(self.bound);
        let explored = match self.check {
            Check::Written(body) => explore(bound, body),
            Check::Generated(all) => all(bound),
        };
        mutate::dump();
        assert!(
            explored.executions > explored.programs,
            "one execution only: nothing in this model is concurrent"
        );
        explored
    }
}

/// The preemptions to explore where a model asks for `own`.
pub(crate) fn bound(own: usize) -> usize {
    (own + number(DEEPER).unwrap_or(0)).min(number(AT_MOST).unwrap_or(99))
}

fn number(variable: &str) -> Option<usize> {
    let text = std::env::var(variable).ok()?;
    Some(text.parse().unwrap_or_else(|_| panic!("{variable} is a number")))
}

/// Runs `body` in every schedule that needs at most `bound` preemptions.
///
/// # Panics
///
/// When `body` does, in any of them; when the search would be cut short.
pub fn explore(bound: usize, body: impl Fn() + Send + Sync + 'static) -> Explored {
    search(Some(bound), body)
}

/// Runs `body` in every schedule.
///
/// # Panics
///
/// As [`explore`].
pub fn explore_all(body: impl Fn() + Send + Sync + 'static) -> Explored {
    search(None, body)
}

fn search(bound: Option<usize>, body: impl Fn() + Send + Sync + 'static) -> Explored {
    let mut builder = loom::model::Builder::new();
    // Either limit ends the search early and calls that a success.
    assert!(
        builder.max_duration.is_none() && builder.max_permutations.is_none(),
        "a model that is cut short proves nothing: unset LOOM_MAX_DURATION and LOOM_MAX_PERMUTATIONS"
    );
    assert!(
        builder.preemption_bound.is_none(),
        "use LOOM_DEEPER, which adds to each model's bound"
    );
    builder.preemption_bound = bound;
    builder.max_branches = 20_000;
    let executions = Arc::new(AtomicUsize::new(0));
    let counted = Arc::clone(&executions);
    let start = Instant::now();
    builder.check(move || {
        counted.fetch_add(1, Relaxed);
        clock::overdue(0);
        body();
    });
    Explored {
        programs: 1,
        executions: executions.load(Relaxed),
        bound: bound.unwrap_or(usize::MAX),
        elapsed: start.elapsed(),
    }
}
