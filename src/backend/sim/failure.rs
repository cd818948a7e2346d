//! Why a simulation could not go on, told so that it can be repeated.

use std::fmt::{self, Write as _};
use std::time::Duration;

use super::policy::Policy;
use super::schedule::Schedule;
use super::state::{Core, Shared, Unit};
use crate::primitives::role::Role;

/// What went wrong in a run.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Hash)]
#[non_exhaustive]
pub enum FailureKind {
    /// The program panicked: in its root, or in a task.
    Panic,
    /// Nothing can run, and no timer is due.
    Deadlock,
    /// There was no end after so many steps.
    Livelock,
    /// A thread that is not simulated interfered.
    Outside,
    /// A blocking job did not come back.
    Stuck,
    /// The schedule does not fit the program.
    Misfit,
    /// Two runs of one schedule went differently.
    NotDeterministic,
}

/// Why a run failed, and how to repeat it.
#[derive(Debug, Clone)]
pub struct Failure {
    pub(super) kind: FailureKind,
    pub(super) text: String,
    pub(super) schedule: Schedule,
}

impl Failure {
    /// What went wrong.
    pub fn kind(&self) -> FailureKind {
        self.kind
    }

    /// What ran, up to the failure.
    pub fn schedule(&self) -> &Schedule {
        &self.schedule
    }

    #[cold]
    pub(super) fn new(kind: FailureKind, what: &str, core: &Core, shared: &Shared) -> Self {
        let (nanos, options) = (shared.elapsed(), &shared.options);
        let schedule = Schedule(core.trace.clone());
        let mut text = match kind {
            FailureKind::Deadlock => String::from("deadlock"),
            FailureKind::Livelock => String::from("livelock"),
            _ => String::from("the simulation failed"),
        };
        let seed = match options.policy {
            Policy::Random | Policy::Pct { .. } => format!("seed {}, ", options.seed),
            _ => String::new(),
        };
        let time = Duration::from_nanos(nanos);
        let _ = write!(text, " ({seed}step {}, virtual time {time:?}): ", core.steps);
        text += match kind {
            FailureKind::Deadlock => "no task can run and no timer is due",
            _ => what,
        };
        if matches!(kind, FailureKind::Deadlock | FailureKind::Livelock) {
            tell_units(&mut text, core, shared);
        }
        if kind == FailureKind::Deadlock {
            text += "\n(what is woken from outside, as real time and IO are, is not waited for)";
        }
        Self { kind, text, schedule }
    }

    /// Ends the `block_on`.
    #[track_caller]
    pub(super) fn raise(self) -> ! {
        panic!("{self}")
    }
}

impl fmt::Display for Failure {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.write_str(&self.text)
    }
}

impl std::error::Error for Failure {}

/// `task 1 'transfer' (spawned at src/main.rs:7:5)`.
pub(super) fn describe(unit: &Unit) -> String {
    let Unit { role, serial, birth, .. } = unit;
    let verb = if *role == Role::Root { "blocks" } else { "spawned" };
    format!("{role} {serial} '{}' ({verb} at {})", birth.short_name(), birth.at)
}

/// Who there is, and, as far as that is known, what they wait for.
fn tell_units(text: &mut String, core: &Core, shared: &Shared) {
    #[cfg(feature = "diagnose")]
    if let Some(observer) = &shared.observer {
        let _ = crate::diagnose::Snapshot::at_rest(observer).write_all(text, "  ");
        return;
    }
    for (_, unit) in &core.units {
        let _ = write!(text, "\n  {}", describe(unit));
    }
    if shared.observer.is_some() {
        *text += "\n(the feature `diagnose` tells what they wait for, and who holds it)";
    }
}
