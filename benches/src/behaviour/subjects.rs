use anyrt::{AsyncStd, SmolGlobal, SmolOwner, ThreadsOwner, TokioOwner};

use super::ours::{Ours, shutdown};
use super::peers::{Agnostic, AsyncExecutors, AsyncRs};
use super::probes::probe;
use super::{Behaviour, direct};

/// A column of the table.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
#[expect(missing_docs, reason = "`title` says what each is")]
pub enum Column {
    Tokio,
    Smol,
    AsyncStd,
    Anyrt,
    AgnosticLite,
    AsyncRs,
    AsyncExecutors,
}

/// The columns of the table on the runtimes, from left to right.
pub const NATIVE: &[Column] = &[Column::Tokio, Column::Smol, Column::AsyncStd, Column::Anyrt];

/// The columns of the table on the peers.
pub const PEERS: &[Column] =
    &[Column::AgnosticLite, Column::AsyncRs, Column::AsyncExecutors, Column::Anyrt];

impl Column {
    /// The heading.
    #[must_use]
    pub fn title(self) -> &'static str {
        match self {
            Self::Tokio => "tokio",
            Self::Smol => "smol",
            Self::AsyncStd => "async-std",
            Self::Anyrt => "anyrt",
            Self::AgnosticLite => "agnostic-lite",
            Self::AsyncRs => "async-rs",
            Self::AsyncExecutors => "async_executors",
        }
    }
}

/// Who behaves.
#[derive(Debug, Clone, Copy)]
pub struct Subject {
    /// The name, on the command line and where the subjects of a column differ.
    pub name: &'static str,
    /// Where its answers go.
    pub column: Column,
    /// Answers, or has no such thing, or never returns.
    pub run: fn(Behaviour) -> Option<&'static str>,
}

/// All subjects.
///
/// # Panics
///
/// Never itself: a subject's `run` does if its runtime does not start.
#[must_use]
pub fn subjects() -> Vec<Subject> {
    let native = |name, column, run| Subject { name, column, run };
    let ours = |name, run| Subject { name, column: Column::Anyrt, run };
    vec![
        native("tokio", Column::Tokio, |behaviour| match behaviour {
            Behaviour::Shutdown => Some(direct::Tokio::shutdown()),
            _ => probe(direct::Tokio::start(behaviour.workers()), behaviour),
        }),
        native("global", Column::Smol, |behaviour| {
            probe(direct::Smol::<true>::start(behaviour.workers()), behaviour)
        }),
        native("own executor", Column::Smol, |behaviour| match behaviour {
            Behaviour::Shutdown => Some(direct::Smol::shutdown()),
            _ => probe(direct::Smol::<false>::start(behaviour.workers()), behaviour),
        }),
        native("async-std", Column::AsyncStd, |behaviour| probe(direct::AsyncStd, behaviour)),
        native("agnostic-lite on tokio", Column::AgnosticLite, |behaviour| {
            probe(Agnostic::tokio(behaviour.workers()), behaviour)
        }),
        native("agnostic-lite on smol", Column::AgnosticLite, |behaviour| {
            probe(Agnostic::smol(), behaviour)
        }),
        native("async-rs on tokio", Column::AsyncRs, |behaviour| match behaviour {
            Behaviour::Shutdown => Some(AsyncRs::shutdown()),
            _ => probe(AsyncRs::tokio(behaviour.workers()), behaviour),
        }),
        native("async-rs on smol", Column::AsyncRs, |behaviour| probe(AsyncRs::smol(), behaviour)),
        native("async_executors on tokio", Column::AsyncExecutors, |behaviour| match behaviour {
            Behaviour::Shutdown => Some(AsyncExecutors::shutdown()),
            _ => probe(AsyncExecutors::tokio(behaviour.workers()), behaviour),
        }),
        native("async_executors on async-std", Column::AsyncExecutors, |behaviour| {
            probe(AsyncExecutors::async_std(), behaviour)
        }),
        ours("Tokio", |behaviour| {
            let owner = TokioOwner::with_workers(behaviour.workers()).unwrap();
            answer(owner, behaviour)
        }),
        ours("Tokio current-thread", |behaviour| {
            let owner = TokioOwner::current_thread().unwrap();
            match behaviour {
                Behaviour::Shutdown => Some(shutdown(owner)),
                _ => probe(Ours::<_, _, true>::new(owner), behaviour),
            }
        }),
        ours("Smol", |behaviour| {
            answer(SmolOwner::with_workers(behaviour.workers()).unwrap(), behaviour)
        }),
        ours("SmolGlobal", |behaviour| probe(Ours::<_, _, true>::new(SmolGlobal), behaviour)),
        ours("AsyncStd", |behaviour| probe(Ours::<_, _>::new(AsyncStd), behaviour)),
        ours("Threads", |behaviour| answer(threads(behaviour), behaviour)),
        ours("AnyRuntime", |behaviour| match behaviour {
            Behaviour::Shutdown => Some(shutdown(threads(behaviour))),
            _ => probe(Ours::erased(threads(behaviour)), behaviour),
        }),
    ]
}

fn threads(behaviour: Behaviour) -> ThreadsOwner {
    ThreadsOwner::builder().workers(behaviour.workers()).build().unwrap()
}

fn answer<O>(owner: O, behaviour: Behaviour) -> Option<&'static str>
where
    O: anyrt::Shutdown + Sync + 'static,
{
    match behaviour {
        Behaviour::Shutdown => Some(shutdown(owner)),
        _ => probe(Ours::<O, O::Handle>::new(owner), behaviour),
    }
}
