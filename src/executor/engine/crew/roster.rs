//! Who is there, and whether somebody should be called.

use crate::wait::{Locked, WakeBatch};

/// Threads beyond the most there may be, in place of those that wait for other jobs.
const MOST_COMPENSATED: u32 = 256;

/// What a woken thread is to do, as the outcome of its node.
pub(super) const SEARCH: u32 = 1;
pub(super) const WATCH: u32 = 2;
pub(super) const LOOK: u32 = 3;

/// The bits of the roster's word, for those who look without the lock.
pub(super) const ATTENTION: u32 = 1;
pub(super) const SURPLUS: u32 = 2;

/// Who is there. A thread is running, sleeping, blocked or the watcher.
#[derive(Debug)]
pub(super) struct Roster {
    /// Looks for tasks or is in one; also when it was just woken or started.
    pub(super) running: u32,
    pub(super) sleeping: u32,
    /// In a job that waits for another one.
    pub(super) blocked: u32,
    /// A running thread looks for tasks, so that who pushes need not wake one: it wakes the next
    /// when it finds some.
    pub(super) searching: bool,
    pub(super) watched: bool,
    /// How many should run at most: `base`, and `extra` while those are stuck.
    pub(super) base: u32,
    pub(super) extra: u32,
    /// The most threads there may be.
    pub(super) max: u32,
    pub(super) closed: bool,
}

/// What a new thread is for.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub(crate) enum Role {
    /// Running, and searching.
    Search,
    /// To watch that the others are not stuck.
    Watch,
}

/// What the caller is to do now that it holds no lock.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
#[must_use = "a thread is waited for"]
pub(crate) enum Call {
    Nothing,
    /// One was woken.
    Woken,
    /// Start a thread, or say [`Crew::not_started`].
    Start(Role),
}

impl Roster {
    pub(super) fn threads(&self) -> u32 {
        self.running + self.sleeping + self.blocked + u32::from(self.watched)
    }

    pub(super) fn target(&self) -> u32 {
        self.base + self.extra
    }

    pub(super) fn has_room(&self) -> bool {
        self.threads() < self.max + self.blocked.min(MOST_COMPENSATED)
    }

    /// Whether a thread should be made to run.
    fn wants_one(&self) -> bool {
        !self.searching && self.running < self.target() && (self.sleeping > 0 || self.has_room())
    }

    /// Whether one should be made to watch those that do.
    fn wants_watcher(&self) -> bool {
        !self.watched
            && self.max > self.base
            && self.running >= self.target()
            && !self.searching
            && (self.sleeping > 0 || self.has_room())
    }

    pub(super) fn word(&self) -> u32 {
        let attention = self.wants_one() || self.wants_watcher();
        u32::from(attention) * ATTENTION + u32::from(self.running > self.target()) * SURPLUS
    }
}

/// Wakes a thread to search, or has one started.
pub(super) fn call_one(roster: &mut Locked<'_, Roster>, batch: &mut WakeBatch) -> Call {
    if roster.wake_front(SEARCH, batch) {
        roster.sleeping -= 1;
    } else if !roster.has_room() {
        return Call::Nothing;
    } else {
        roster.running += 1;
        return Call::Start(Role::Search);
    }
    roster.running += 1;
    Call::Woken
}

/// Sees to it that tasks are taken, or that somebody watches those who should.
pub(super) fn call(roster: &mut Locked<'_, Roster>, batch: &mut WakeBatch) -> Call {
    if roster.wants_one() {
        roster.searching = true;
        return call_one(roster, batch);
    }
    if !roster.wants_watcher() {
        return Call::Nothing;
    }
    roster.watched = true;
    if roster.wake_front(WATCH, batch) {
        roster.sleeping -= 1;
        return Call::Woken;
    }
    Call::Start(Role::Watch)
}
