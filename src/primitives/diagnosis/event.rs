//! What is told: who does what, and with which primitive.

use std::fmt;
use std::panic::Location;
use std::sync::atomic::{AtomicBool, AtomicU32, AtomicU64, Ordering::Relaxed};
use std::sync::{Arc, OnceLock};
use std::time::Instant;

use super::observer::{Observer, current, tell};
use crate::primitives::birth::Birth;
use crate::primitives::role::Role;

/// Who runs, waits and holds: a task, a blocking job, the root of a `block_on`, or a thread.
///
/// It is displayed as `task 1 'transfer'`; the name is the one that was given
/// ([`spawn_named`](crate::Spawn::spawn_named), a thread's name), or that of the function that its
/// future comes from.
#[derive(Clone)]
pub struct Party(Arc<Inner>);

struct Inner {
    id: u64,
    role: Role,
    name: String,
    at: Option<&'static Location<'static>>,
    observer: Arc<Observer>,
    /// Polls that have begun, and those that have ended.
    begun: AtomicU32,
    ended: AtomicU32,
    /// When the last began, in nanoseconds since the observer's beginning.
    since: AtomicU64,
    gone: AtomicBool,
    /// Its end, of which its poll does not tell.
    known_end: OnceLock<Ending>,
}

impl Party {
    pub(super) fn new(observer: &Arc<Observer>, id: u64, role: Role, birth: &Birth) -> Self {
        let at = (role != Role::Thread).then_some(birth.at);
        Self(Arc::new(Inner {
            id,
            role,
            name: birth.short_name(),
            at,
            observer: observer.clone(),
            begun: AtomicU32::new(0),
            ended: AtomicU32::new(0),
            since: AtomicU64::new(observer.age()),
            gone: AtomicBool::new(false),
            known_end: OnceLock::new(),
        }))
    }

    /// A number that no other party has in this process, or in this simulation.
    pub fn id(&self) -> u64 {
        self.0.id
    }

    /// What it is.
    pub fn role(&self) -> Role {
        self.0.role
    }

    /// Its name: the given one, or that of the function that it comes from.
    pub fn name(&self) -> &str {
        &self.0.name
    }

    /// Where it was spawned, or blocks; not known of threads.
    pub fn at(&self) -> Option<&'static Location<'static>> {
        self.0.at
    }

    pub(super) fn observer(&self) -> &Arc<Observer> {
        &self.0.observer
    }

    /// Tells that it is there.
    pub(super) fn began(&self) {
        let by = current().filter(|by| Arc::ptr_eq(by.observer(), self.observer()));
        tell(self, What::Began { by });
    }

    pub(super) fn poll_begins(&self) {
        // Ordering: read by reports alone, which are of a moment. So below.
        self.0.since.store(self.0.observer.age(), Relaxed);
        self.0.begun.fetch_add(1, Relaxed);
    }

    pub(super) fn poll_ends(&self) {
        self.0.ended.fetch_add(1, Relaxed);
    }

    pub(super) fn polls_begun(&self) -> u32 {
        self.0.begun.load(Relaxed)
    }

    /// As many polls have ended.
    pub(crate) fn polls_ended(&self) -> u32 {
        self.0.ended.load(Relaxed)
    }

    /// Since when it is being polled, in the time of the observer.
    pub(crate) fn polled_since(&self) -> Option<u64> {
        (self.polls_begun() > self.polls_ended()).then(|| self.0.since.load(Relaxed))
    }

    /// It will seem to have finished, and has not.
    pub(super) fn ends_by(&self, how: Ending) {
        let _first = self.0.known_end.set(how);
    }

    pub(super) fn known_end(&self) -> Option<Ending> {
        self.0.known_end.get().copied()
    }

    pub(super) fn is_gone(&self) {
        self.0.gone.store(true, Relaxed);
    }

    /// Whether it is no more.
    pub(crate) fn has_ended(&self) -> bool {
        self.0.gone.load(Relaxed)
    }
}

impl PartialEq for Party {
    fn eq(&self, other: &Self) -> bool {
        Arc::ptr_eq(&self.0, &other.0)
    }
}

impl Eq for Party {}

impl fmt::Display for Party {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        write!(f, "{} {} '{}'", self.0.role, self.0.id, self.0.name)
    }
}

impl fmt::Debug for Party {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.debug_struct("Party")
            .field("id", &self.0.id)
            .field("role", &self.0.role)
            .field("name", &self.0.name)
            .field("at", &self.0.at.map(ToString::to_string))
            .finish_non_exhaustive()
    }
}

/// A primitive or queue that parties wait for and hold.
///
/// It is displayed as `Lock<u64> 'accounts'`, or `Lock<u64> #7` without a name.
#[derive(Debug, Clone, Copy)]
pub struct Object {
    pub(super) id: usize,
    pub(super) kind: fn() -> &'static str,
    pub(super) name: Option<&'static str>,
}

impl Object {
    /// A number that no other object has in this process.
    pub fn id(&self) -> usize {
        self.id
    }

    /// Its type, without paths: `Lock<u64>`.
    pub fn kind(&self) -> String {
        short_type((self.kind)())
    }

    /// Its name, if it was given one: [`Lock::named`](crate::sync::Lock::named) and its kin.
    pub fn name(&self) -> Option<&'static str> {
        self.name
    }

    #[cfg(feature = "sim")]
    pub(crate) fn renumbered(self, id: usize) -> Self {
        Self { id, ..self }
    }
}

impl PartialEq for Object {
    fn eq(&self, other: &Self) -> bool {
        self.id == other.id
    }
}

impl Eq for Object {}

impl fmt::Display for Object {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        match self.name {
            Some(name) => write!(f, "{} '{name}'", self.kind()),
            None => write!(f, "{} #{}", self.kind(), self.id),
        }
    }
}

/// How a party ended.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Hash)]
#[non_exhaustive]
pub enum Ending {
    /// It came to its end.
    Finished,
    /// It was dropped before.
    Cancelled,
    /// It panicked.
    Panicked,
}

/// What has happened.
#[derive(Debug, Clone)]
#[non_exhaustive]
pub enum What {
    /// It was spawned, or begins to block on a future, or is a thread that is seen for the first time.
    #[non_exhaustive]
    Began {
        /// Who spawned it, if that is one who is known.
        by: Option<Party>,
    },
    /// A poll of its future begins; of a job, its run.
    PollBegan,
    /// A poll has ended.
    #[non_exhaustive]
    PollEnded {
        /// Whether the future is ready. (It panicked otherwise, or is pending.)
        ready: bool,
    },
    /// Its waker was called, for the first time since its last poll began.
    #[non_exhaustive]
    Woken {
        /// Who called it: nobody who is known, where a timer or IO does.
        by: Option<Party>,
    },
    /// It queued for something.
    #[non_exhaustive]
    WaitBegan {
        /// For what.
        on: Object,
        /// Where the call is.
        at: &'static Location<'static>,
    },
    /// It was taken out of the queue and woken: it is its turn.
    #[non_exhaustive]
    Granted {
        /// For what.
        on: Object,
        /// Who let it go on.
        by: Option<Party>,
    },
    /// It does not wait any more.
    #[non_exhaustive]
    WaitEnded {
        /// For what.
        on: Object,
        /// Whether its turn had come, or it gave up or was quicker.
        granted: bool,
    },
    /// It got a lock or permits.
    #[non_exhaustive]
    Acquired {
        /// Of what.
        on: Object,
        /// So many. All of a lock's, for who has it alone.
        permits: u32,
    },
    /// It gave a lock or permits back.
    #[non_exhaustive]
    Released {
        /// Of what.
        on: Object,
        /// So many.
        permits: u32,
    },
    /// It is no more.
    #[non_exhaustive]
    Ended {
        /// How that came.
        how: Ending,
    },
}

/// Something that has happened, as a probe is told.
#[derive(Debug, Clone)]
#[non_exhaustive]
pub struct Event {
    /// To whom. Of [`What::Woken`] and [`What::Granted`]: to the one that is woken, on the thread that
    /// wakes it.
    pub who: Party,
    /// What.
    pub what: What,
    /// When, by the clock of its runtime: virtual in a simulation.
    pub at: Instant,
    /// In a simulation: how many steps there were.
    pub step: Option<u64>,
}

/// `Lock<Vec<u8>>` of `anyrt::sync::lock::Lock<alloc::vec::Vec<u8>>`; and `Fifo<u8>`, which is how a
/// `Queue<Ring<u8>>` is called.
fn short_type(name: &str) -> String {
    let mut short = String::new();
    for word in name.split_inclusive(|c: char| !(c.is_alphanumeric() || c == '_' || c == ':')) {
        short += word.rsplit("::").next().unwrap_or(word);
    }
    for (inner, alias) in [("Ring", "Fifo"), ("Stack", "Lifo"), ("Heap", "Priority")] {
        let inner = format!("Queue<{inner}<");
        if let Some(item) = short.strip_prefix(&inner).and_then(|rest| rest.strip_suffix(">>")) {
            return format!("{alias}<{item}>");
        }
    }
    short
}

#[cfg(test)]
mod tests {
    use super::short_type;

    #[test]
    fn types_go_by_their_last_names() {
        assert_eq!(short_type("anyrt::sync::lock::Lock<alloc::vec::Vec<u8>>"), "Lock<Vec<u8>>");
        assert_eq!(
            short_type("anyrt::queue::base::Queue<anyrt::queue::store::Ring<u8>>"),
            "Fifo<u8>"
        );
    }
}
