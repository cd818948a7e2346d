//! Why a simulation could not go on, told so that it can be repeated.

use std::fmt::{self, Write as _};
use std::time::Duration;

use super::policy::Policy;
use super::schedule::Schedule;
use super::state::{Core, Role, Shared, Unit};

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
    let verb = if unit.role == Role::Root { "blocks" } else { "spawned" };
    format!("{} ({verb} at {})", brief(unit), unit.spawned)
}

/// Who there is, and, as far as that is known, what they wait for.
#[cfg(feature = "diagnose")]
fn tell_units(text: &mut String, core: &Core, shared: &Shared) {
    let unit = |serial| core.units.iter().find(|(_, unit)| unit.serial == serial);
    let name = |serial| {
        unit(serial).map_or_else(|| String::from("one that has ended"), |(_, unit)| brief(unit))
    };
    let edges = super::edges::Edges::new(&shared.graph.snapshot(), name);
    for (_, unit) in &core.units {
        let _ = write!(text, "\n  {}", describe(unit));
        for wait in edges.waits.get(&unit.serial).into_iter().flatten() {
            let _ = write!(text, "\n    {wait}");
        }
    }
    for cycle in edges.cycles {
        let names: Vec<_> = cycle.iter().chain(cycle.first()).copied().map(name).collect();
        let _ = write!(text, "\n  cycle: {}", names.join(" -> "));
    }
}

#[cfg(not(feature = "diagnose"))]
fn tell_units(text: &mut String, core: &Core, _shared: &Shared) {
    for (_, unit) in &core.units {
        let _ = write!(text, "\n  {}", describe(unit));
    }
    *text += "\n(the feature `diagnose` tells what they wait for, and who holds it)";
}

/// `task 1 'transfer'`.
fn brief(unit: &Unit) -> String {
    let role = match unit.role {
        Role::Root => "root",
        Role::Task => "task",
        Role::Job => "job",
    };
    format!("{role} {} '{}'", unit.serial, short_name(unit.type_name))
}

/// `Lock<Vec<u8>>` of `anyrt::sync::lock::Lock<alloc::vec::Vec<u8>>`.
#[cfg(feature = "diagnose")]
pub(super) fn short_type(name: &str) -> String {
    let mut short = String::new();
    for word in name.split_inclusive(|c: char| !(c.is_alphanumeric() || c == '_' || c == ':')) {
        short += word.rsplit("::").next().unwrap_or(word);
    }
    short
}

/// The function that a future or closure comes from: `transfer` of `bank::transfer::{{closure}}`.
fn short_name(type_name: &str) -> &str {
    // Parameters first, as they have paths of their own.
    let path = type_name.split('<').next().unwrap_or(type_name);
    let named = path.rsplit("::").find(|part| !part.starts_with("{{"));
    named.unwrap_or(path)
}
