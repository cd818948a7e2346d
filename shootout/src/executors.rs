//! The contestants: how each is built, and with how many threads.

use anyrt::{AsyncStd, BuildError, SmolGlobal, SmolOwner, ThreadsOwner, TokioOwner};
use serde::{Deserialize, Serialize};

use crate::measure::{Job, Outcome};
use crate::workloads::Contest;

/// A runtime in one configuration.
#[derive(Debug)]
pub(crate) struct Executor {
    pub(crate) name: &'static str,
    /// Two lines for the head of a column.
    pub(crate) head: [&'static str; 2],
    pub(crate) about: &'static str,
    pub(crate) class: Class,
    kind: Kind,
}

/// Executors are compared within their class only.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Serialize, Deserialize)]
#[serde(rename_all = "snake_case")]
pub(crate) enum Class {
    Several,
    One,
}

impl Class {
    pub(crate) const ALL: [Self; 2] = [Self::Several, Self::One];
}

#[derive(Debug, Clone, Copy, PartialEq, Eq)]
enum Kind {
    Threads,
    Tokio,
    TokioCurrent,
    Smol,
    SmolGlobal,
    AsyncStd,
}

/// In the order of the columns; anyrt's own is the first of its class.
pub(crate) const ALL: &[Executor] = &[
    several("threads", ["", "threads"], "anyrt's built-in runtime", Kind::Threads),
    several("tokio", ["", "tokio"], "tokio's multi-thread runtime", Kind::Tokio),
    several("smol", ["", "smol"], "a smol::Executor of one's own", Kind::Smol),
    several("smol-global", ["smol", "global"], "smol's global executor", Kind::SmolGlobal),
    several("async-std", ["", "async-std"], "async-std's global executor", Kind::AsyncStd),
    one("threads-1", ["threads", "1"], "anyrt's built-in runtime, one worker", Kind::Threads),
    one(
        "tokio-current",
        ["tokio", "current"],
        "tokio's current-thread runtime",
        Kind::TokioCurrent,
    ),
    one("smol-1", ["smol", "1"], "a smol::Executor of one's own, on one thread", Kind::Smol),
];

const fn several(
    name: &'static str,
    head: [&'static str; 2],
    about: &'static str,
    kind: Kind,
) -> Executor {
    Executor { name, head, about, class: Class::Several, kind }
}

const fn one(
    name: &'static str,
    head: [&'static str; 2],
    about: &'static str,
    kind: Kind,
) -> Executor {
    Executor { name, head, about, class: Class::One, kind }
}

/// The contestant of that name.
pub(crate) fn named(name: &str) -> Option<&'static Executor> {
    ALL.iter().find(|executor| executor.name == name)
}

impl Executor {
    /// Whether this is anyrt's own.
    pub(crate) fn is_ours(&self) -> bool {
        self.kind == Kind::Threads
    }

    /// Whether it ends when its owner is dropped: some live as long as the process.
    pub(crate) fn ends(&self) -> bool {
        !matches!(self.kind, Kind::SmolGlobal | Kind::AsyncStd)
    }

    /// Worker threads it runs with when `threads` were asked for.
    pub(crate) fn threads(&self, threads: usize) -> usize {
        match self.class {
            Class::Several => threads,
            Class::One => 1,
        }
    }

    /// What the child process needs in its environment: some executors read their size from there.
    pub(crate) fn environment(&self, threads: usize) -> Option<(&'static str, String)> {
        match self.kind {
            Kind::SmolGlobal => Some(("SMOL_THREADS", threads.to_string())),
            Kind::AsyncStd => Some(("ASYNC_STD_THREAD_COUNT", threads.to_string())),
            _ => None,
        }
    }

    /// Runs one workload.
    pub(crate) fn measure<C: Contest>(&self, job: &Job) -> Result<Outcome, BuildError> {
        let threads = self.threads(job.threads);
        match self.kind {
            // With a reactor, as each of the others has one.
            Kind::Threads => {
                let threads = ThreadsOwner::builder().workers(threads).drive_async_io();
                C::drive(|| threads.clone().build(), job)
            }
            Kind::Tokio => C::drive(|| TokioOwner::with_workers(threads), job),
            Kind::TokioCurrent => C::drive(TokioOwner::current_thread, job),
            Kind::Smol => C::drive(|| SmolOwner::with_workers(threads), job),
            Kind::SmolGlobal => C::drive(|| Ok(SmolGlobal), job),
            Kind::AsyncStd => C::drive(|| Ok(AsyncStd), job),
        }
    }
}
