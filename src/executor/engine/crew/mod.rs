//! Threads that run tasks: how a task finds a thread, and a thread its sleep. README.md says why no
//! task is left lying while a thread sleeps.

mod roster;
mod shard;
mod sleep;
mod watch;
mod worker;

use std::fmt;
use std::time::Duration;

use super::job::Task;
use super::list::List;
use crate::primitives::Ordering::Relaxed;
use crate::primitives::diagnosis::Label;
use crate::wait::{Locked, Queue, WakeBatch};
use roster::{ATTENTION, LOOK, Roster, call, call_one};
pub(crate) use roster::{Call, Role};
pub(crate) use shard::Lane;
use shard::Shard;
pub(crate) use worker::{Me, Next};

/// From this length on a shard is swept when it is pushed to.
const SWEPT: u32 = 64;

/// Threads and the tasks that they are for.
pub(crate) struct Crew {
    shards: Box<[Shard]>,
    low: Shard,
    high: Shard,
    roster: Queue<Roster>,
    /// The thread that watches sleeps here.
    watch: Queue<()>,
    keep_alive: Duration,
}

/// How a crew ends.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub(crate) enum Closing {
    /// With the queued tasks.
    Drain,
    /// Without them.
    Cancel,
}

impl Crew {
    /// Of `base` threads, and up to `max` when those are stuck. None is started before it is needed.
    pub(crate) fn new(shards: usize, base: u32, max: u32, keep_alive: Duration) -> Self {
        let roster = Roster {
            running: 0,
            sleeping: 0,
            blocked: 0,
            searching: false,
            watched: false,
            base,
            extra: 0,
            max,
            closed: false,
        };
        Self {
            shards: (0..shards).map(|_| Shard::new()).collect(),
            low: Shard::new(),
            high: Shard::new(),
            roster: Queue::new(ATTENTION, roster, Label::internal()),
            watch: Queue::new(0, (), Label::internal()),
            keep_alive,
        }
    }

    fn all(&self) -> impl Iterator<Item = &Shard> {
        self.shards.iter().chain([&self.high, &self.low])
    }

    /// Queues a task, on the shard that belongs to `hint`; gives it back when closed.
    #[inline]
    pub(crate) fn push(&self, task: Task, lane: Lane, hint: usize) -> Result<Call, Task> {
        self.put(task, 1, lane, hint, List::push_back)
    }

    /// Likewise, all of `tasks`, in one step.
    pub(crate) fn push_all(&self, tasks: List, lane: Lane, hint: usize) -> Result<Call, List> {
        let count = tasks.len();
        self.put(tasks, count, lane, hint, List::append)
    }

    #[inline]
    fn put<T>(
        &self,
        what: T,
        count: u32,
        lane: Lane,
        hint: usize,
        into: impl FnOnce(&mut List, T),
    ) -> Result<Call, T> {
        let shard = match lane {
            Lane::Normal => &self.shards[hint % self.shards.len()],
            Lane::High => &self.high,
            Lane::Low => &self.low,
        };
        let (attention, dead) = shard.update(|tasks| {
            if tasks.closed {
                return Err(what);
            }
            into(&mut tasks.list, what);
            let long = tasks.list.len() > SWEPT;
            let dead = if long { tasks.list.sweep(2 * count) } else { List::new() };
            // Ordering: who sleeps has said so before it looked at this shard under its lock. If that
            // was before now, it is seen; if not, it has yet to look, and sees the task.
            Ok((self.roster.word().load(Relaxed), dead))
        })?;
        drop(dead); // after the lock
        Ok(if attention & ATTENTION == 0 { Call::Nothing } else { self.call() })
    }

    /// Somebody should see to the tasks.
    #[cold]
    fn call(&self) -> Call {
        self.with_roster(call)
    }

    /// A thread could not be started. `true` if there is none at all: then the caller has to run what
    /// is queued.
    pub(crate) fn not_started(&self, role: Role) -> bool {
        self.with_roster(|roster, batch| {
            match role {
                Role::Search => {
                    roster.running -= 1;
                    roster.searching = false;
                }
                Role::Watch => roster.watched = false,
            }
            if roster.running == 0 && roster.sleeping > 0 {
                let _ = call_one(roster, batch);
                roster.searching = true;
            }
            roster.threads() == 0
        })
    }

    /// Takes any task, for a thread that is none of the crew.
    pub(crate) fn take_any(&self) -> Option<Task> {
        self.all().find_map(Shard::pop)
    }

    fn with_roster<'q, R>(
        &'q self,
        f: impl FnOnce(&mut Locked<'q, Roster>, &mut WakeBatch) -> R,
    ) -> R {
        let mut batch = WakeBatch::new(); // woken after the lock
        let mut entry = self.roster.lock();
        let result = f(&mut entry, &mut batch);
        // Ordering: see `push`; it is written under the lock only.
        self.roster.word().store(entry.word(), Relaxed);
        drop(entry);
        batch.wake();
        result
    }

    /// Says that a thread of the crew ends before there is nothing to do.
    pub(crate) fn quit(&self, start: &impl Fn(Role)) {
        self.with_roster(|roster, _| roster.running -= 1);
        self.call_if_any(start);
    }

    /// Says that a thread of the crew is going to wait for another job: one may run in its place.
    /// `false` if there should be one, and can't be.
    pub(crate) fn block(&self, start: &impl Fn(Role)) -> bool {
        let room = self.with_roster(|roster, _| {
            roster.running -= 1;
            roster.blocked += 1;
            roster.sleeping > 0 || roster.has_room() || roster.running > 0
        });
        self.call_if_any(start);
        room
    }

    /// Says that it waits no more.
    pub(crate) fn unblock(&self) {
        self.with_roster(|roster, _| {
            roster.blocked -= 1;
            roster.running += 1;
        });
    }

    /// Lets no more in. Gives back the tasks that will not be run.
    pub(crate) fn close(&self, how: Closing) -> Vec<List> {
        let left = self.all().map(|shard| {
            shard.update(|tasks| {
                tasks.closed = true;
                match how {
                    Closing::Drain => List::new(),
                    Closing::Cancel => std::mem::replace(&mut tasks.list, List::new()),
                }
            })
        });
        let left = left.filter(|list| !list.is_empty()).collect();
        self.with_roster(|roster, _| roster.closed = true);
        loop {
            let more = self.with_roster(|roster, batch| {
                while !batch.is_full() && roster.wake_front(LOOK, batch) {
                    roster.sleeping -= 1;
                    roster.running += 1;
                }
                batch.is_full()
            });
            if !more {
                break;
            }
        }
        let mut batch = WakeBatch::new();
        self.watch.lock().wake_front(LOOK, &mut batch);
        batch.wake();
        left
    }

    /// Tasks that wait, as of just now; also those that were cancelled and not swept out yet.
    pub(crate) fn queued(&self) -> usize {
        self.all().map(|shard| shard.len() as usize).sum()
    }

    /// Whether no more are let in.
    pub(crate) fn is_closed(&self) -> bool {
        self.roster.lock().closed
    }

    /// Threads that are there, and those of them that sleep, as of just now.
    pub(crate) fn threads(&self) -> (usize, usize) {
        let roster = self.roster.lock();
        (roster.threads() as usize, roster.sleeping as usize)
    }
}

impl fmt::Debug for Crew {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        let (threads, sleeping) = self.threads();
        f.debug_struct("Crew")
            .field("threads", &threads)
            .field("sleeping", &sleeping)
            .field("queued", &self.queued())
            .finish_non_exhaustive()
    }
}
