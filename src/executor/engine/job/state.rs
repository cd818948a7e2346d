//! The state word of a job: its phase, its sides, and whether somebody waits.

use std::any::TypeId;

use crate::error::Panic;

/// Where a job is.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
#[repr(u32)]
pub(crate) enum Phase {
    /// Nobody has begun it. The body is the closure.
    Queued = 0,
    /// One thread has claimed it and owns the body.
    Running = 1,
    /// The body is the value.
    Value = 2,
    /// The body is the panic.
    Panicked = 3,
    /// The closure was dropped instead of run. No body.
    Cancelled = 4,
    /// Likewise, as its deadline had passed.
    Expired = 5,
    /// Likewise, as no worker could be made.
    Broken = 6,
    /// The ticket has taken the result. No body.
    Taken = 7,
}

pub(super) const PHASE: u32 = 7;
/// There is a ticket.
pub(super) const TICKET: u32 = 8;
/// There is a task: the job is in a queue, or in the hands of who took it from there.
pub(super) const TASK: u32 = 16;
/// The cell of the waiter is full. Only who clears this bit may take it out.
pub(super) const WAITER: u32 = 32;
/// Whoever waits for the job may run it.
pub(super) const ANYONE: u32 = 64;

pub(super) fn phase(state: u32) -> Phase {
    match state & PHASE {
        0 => Phase::Queued,
        1 => Phase::Running,
        2 => Phase::Value,
        3 => Phase::Panicked,
        4 => Phase::Cancelled,
        5 => Phase::Expired,
        6 => Phase::Broken,
        _ => Phase::Taken,
    }
}

pub(super) fn is_over(state: u32) -> bool {
    state & PHASE > Phase::Running as u32
}

/// Why a job is not run.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub(crate) enum Reason {
    Cancelled,
    Expired,
    Broken,
}

/// What became of a job.
#[derive(Debug)]
pub(crate) enum Outcome<T> {
    Value(T),
    Panicked(Panic),
    NotRun(Reason),
}

/// On whose threads a job may run.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub(crate) enum Home {
    /// The pool with this number.
    Pool(usize),
    /// Any executor of a type.
    Type(TypeId),
}
