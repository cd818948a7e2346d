//! What runtimes do where their docs differ or are silent: natively, through anyrt and through its peers.
//!
//! Each behaviour is one function, generic over an `Api` that spells it natively, through anyrt or through a
//! peer, and runs in a process of its own: to hang, or to abort the process, is a result, too.

mod api;
mod direct;
mod ours;
mod peers;
mod probes;
mod subjects;
mod table;

pub use subjects::{Column, NATIVE, PEERS, Subject, subjects};
pub use table::{Observed, markdown, observe};

use clap::ValueEnum;

/// What is looked at.
#[derive(Debug, Clone, Copy, PartialEq, Eq, ValueEnum)]
#[expect(missing_docs, reason = "`title` says what each is")]
pub enum Behaviour {
    DropHandle,
    TaskPanics,
    BlockingPanics,
    DroppedBlocking,
    LateAbort,
    AwaitedAbort,
    SpawnOutside,
    SleepOutside,
    SleepElsewhere,
    SleepForever,
    FirstTick,
    MissedTicks,
    ReadyTimeout,
    ReadyLoop,
    NestedOnce,
    NestedMany,
    Shutdown,
}

impl Behaviour {
    /// The question, as the table asks it.
    #[must_use]
    pub fn title(self) -> &'static str {
        match self {
            Self::DropHandle => "a task whose handle is dropped",
            Self::TaskPanics => "awaiting a task that panicked",
            Self::BlockingPanics => "awaiting a blocking job that panicked",
            Self::DroppedBlocking => "1,000 blocking jobs whose handles are dropped",
            Self::LateAbort => "a task aborted after it has finished",
            Self::AwaitedAbort => "an awaited abort is ready",
            Self::SpawnOutside => "spawning from a plain thread",
            Self::SleepOutside => "making a sleep on a plain thread",
            Self::SleepElsewhere => "awaiting its sleep on another executor",
            Self::SleepForever => "sleeping for `Duration::MAX`",
            Self::FirstTick => "the first tick of an interval",
            Self::MissedTicks => "ticks missed while the program was stalled",
            Self::ReadyTimeout => "a ready future with a timeout of zero",
            Self::ReadyLoop => "the sibling of an endless loop of `sleep(0)`, on one thread",
            Self::NestedOnce => "`block_on` of a task, inside a task",
            Self::NestedMany => "the same in as many tasks as there are workers",
            Self::Shutdown => "the destructors of tasks that are pending at the end",
        }
    }

    /// The clause of the contract that decides it.
    #[must_use]
    pub fn clause(self) -> &'static str {
        match self {
            Self::DropHandle => "RT-JOIN-1",
            Self::TaskPanics => "RT-JOIN-2",
            Self::BlockingPanics => "RT-BLOCK-2",
            Self::DroppedBlocking => "RT-BLOCK-1",
            Self::LateAbort => "RT-JOIN-4",
            Self::AwaitedAbort => "RT-JOIN-3",
            Self::SpawnOutside => "RT-SPAWN-1",
            Self::SleepOutside | Self::SleepElsewhere => "RT-TIME-1",
            Self::SleepForever => "RT-TIME-2",
            Self::FirstTick => "RT-TIME-5",
            Self::MissedTicks => "RT-TIME-6",
            Self::ReadyTimeout => "RT-TIME-7",
            Self::ReadyLoop => "RT-COOP-1",
            Self::NestedOnce | Self::NestedMany => "RT-ENTER-1",
            Self::Shutdown => "RT-SHUT-1",
        }
    }

    /// What it means if there is no answer.
    #[must_use]
    pub fn without_end(self) -> &'static str {
        match self {
            Self::ReadyLoop => "starves",
            _ => "hangs",
        }
    }

    /// What it means if there is nothing to ask.
    #[must_use]
    pub fn without_api(self) -> &'static str {
        match self {
            Self::Shutdown => "has no shutdown",
            Self::ReadyTimeout => "has no timeout",
            Self::FirstTick | Self::MissedTicks => "has no interval",
            _ => "–",
        }
    }

    /// How many worker threads the runtime gets, where it can be told.
    #[must_use]
    pub fn workers(self) -> usize {
        match self {
            Self::ReadyLoop => 1,
            _ => 2,
        }
    }
}
