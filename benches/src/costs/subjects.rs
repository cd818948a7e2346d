use serde::Serialize;

use super::ours::{self, owners};
use super::subject::Workload;
use super::{direct, peers};
use crate::Allocated;

/// What the subjects of a group have in common: the runtime below them.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Serialize)]
pub enum Group {
    /// tokio's current-thread runtime.
    #[serde(rename = "tokio")]
    Tokio,
    /// An executor of smol's, run by one thread.
    #[serde(rename = "smol")]
    Smol,
    /// smol's global executor, with one thread.
    #[serde(rename = "smol, global")]
    SmolGlobal,
    /// async-std, with one thread.
    #[serde(rename = "async-std")]
    AsyncStd,
    /// anyrt's own runtime, with one worker.
    #[serde(rename = "threads")]
    Threads,
}

impl Group {
    /// The heading in the report.
    #[must_use]
    pub fn title(self) -> &'static str {
        match self {
            Self::Tokio => "tokio",
            Self::Smol => "smol",
            Self::SmolGlobal => "smol, global",
            Self::AsyncStd => "async-std",
            Self::Threads => "threads",
        }
    }
}

/// On which side a subject is.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Serialize)]
#[serde(rename_all = "kebab-case")]
pub enum Kind {
    /// The runtime's own API. The first of a group is what the others are compared with.
    Direct,
    /// anyrt.
    Ours,
    /// Another crate.
    Peer,
}

/// A subject of measurement.
#[derive(Debug, Clone, Copy)]
pub struct Entry {
    /// The name for the command line.
    pub id: &'static str,
    /// The name in the report.
    pub label: &'static str,
    /// The runtime below.
    pub group: Group,
    /// The side.
    pub kind: Kind,
    /// What it has no API for.
    pub lacks: &'static [Workload],
    /// Runs the workload so often, after a warm-up, and says what that allocated.
    pub run: fn(Workload, u64) -> Allocated,
}

impl Entry {
    const fn new(
        group: Group,
        kind: Kind,
        id: &'static str,
        label: &'static str,
        run: fn(Workload, u64) -> Allocated,
    ) -> Self {
        Self { id, label, group, kind, lacks: &[], run }
    }

    const fn lacks(self, lacks: &'static [Workload]) -> Self {
        Self { lacks, ..self }
    }
}

/// The three ways through anyrt on one runtime.
macro_rules! ours {
    ($group:ident, $owner:ident, $generic:literal, $erased:literal, $ambient:literal) => {
        [
            Entry::new(Group::$group, Kind::Ours, $generic, "anyrt, generic", |workload, n| {
                ours::generic(&owners::$owner(), workload, n)
            }),
            Entry::new(Group::$group, Kind::Ours, $erased, "anyrt::AnyRuntime", |workload, n| {
                ours::erased(&owners::$owner(), workload, n)
            }),
            Entry::new(Group::$group, Kind::Ours, $ambient, "anyrt::spawn", |workload, n| {
                ours::ambient(&owners::$owner(), workload, n)
            }),
        ]
    };
}

/// All subjects, group by group, in the order of the report.
#[must_use]
pub fn entries() -> Vec<Entry> {
    use Group::{AsyncStd, Smol, SmolGlobal, Tokio};
    use Kind::{Direct, Peer};
    const NO_YIELD: &[Workload] = &[Workload::Yield];
    const SLEEPS_ONLY: &[Workload] = &[Workload::Spawn, Workload::Yield, Workload::Blocking];

    let mut all = vec![
        Entry::new(Tokio, Direct, "tokio-handle", "Handle::spawn", direct::tokio_handle),
        Entry::new(Tokio, Direct, "tokio", "tokio::spawn", direct::tokio_ambient),
        Entry::new(Tokio, Direct, "tokio-entered", "Handle::enter", direct::tokio_entered)
            .lacks(SLEEPS_ONLY),
    ];
    all.extend(ours!(Tokio, tokio, "anyrt-tokio", "any-tokio", "ambient-tokio"));
    all.extend([
        Entry::new(Tokio, Peer, "agnostic-tokio", "agnostic-lite", peers::agnostic_tokio),
        Entry::new(Tokio, Peer, "async-rs-tokio", "async-rs", peers::async_rs_tokio)
            .lacks(NO_YIELD),
        Entry::new(Tokio, Peer, "executors-tokio", "async_executors", peers::executors_tokio),
    ]);

    all.push(Entry::new(Smol, Direct, "smol-executor", "Executor::spawn", direct::smol_executor));
    all.extend(ours!(Smol, smol, "anyrt-smol", "any-smol", "ambient-smol"));

    all.push(Entry::new(SmolGlobal, Direct, "smol-global", "smol::spawn", direct::smol_global));
    all.extend(ours!(
        SmolGlobal,
        smol_global,
        "anyrt-smol-global",
        "any-smol-global",
        "ambient-smol-global"
    ));
    all.extend([
        Entry::new(SmolGlobal, Peer, "agnostic-smol", "agnostic-lite", peers::agnostic_smol),
        Entry::new(SmolGlobal, Peer, "async-rs-smol", "async-rs", peers::async_rs_smol)
            .lacks(NO_YIELD),
    ]);

    all.push(Entry::new(AsyncStd, Direct, "async-std", "task::spawn", direct::async_std));
    all.extend(ours!(AsyncStd, async_std, "anyrt-async-std", "any-async-std", "ambient-async-std"));
    let executors = peers::executors_async_std;
    all.push(Entry::new(AsyncStd, Peer, "executors-async-std", "async_executors", executors));

    all.extend(ours!(Threads, threads, "anyrt-threads", "any-threads", "ambient-threads"));
    all
}
