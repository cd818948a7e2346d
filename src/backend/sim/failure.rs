//! Why a simulation could not go on, told so that it can be repeated.

use std::fmt::{self, Write as _};
use std::time::Duration;

use super::builder::SimBuilder;
use super::policy::Policy;
use super::schedule::Schedule;
use super::state::{Core, Role, Unit};

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
    pub(super) fn new(
        kind: FailureKind,
        what: &str,
        core: &Core,
        nanos: u64,
        options: &SimBuilder,
    ) -> Self {
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
            for (_, unit) in &core.units {
                let _ = write!(text, "\n  {}", describe(unit));
            }
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
    let Unit { serial, role, type_name, spawned, .. } = unit;
    let (role, verb) = match role {
        Role::Root => ("root", "blocks"),
        Role::Task => ("task", "spawned"),
        Role::Job => ("job", "spawned"),
    };
    let name = short_name(type_name);
    format!("{role} {serial} '{name}' ({verb} at {spawned})")
}

/// The function that a future or closure comes from: `transfer` of `bank::transfer::{{closure}}`.
fn short_name(type_name: &str) -> &str {
    // Parameters first, as they have paths of their own.
    let path = type_name.split('<').next().unwrap_or(type_name);
    let named = path.rsplit("::").find(|part| !part.starts_with("{{"));
    named.unwrap_or(path)
}
