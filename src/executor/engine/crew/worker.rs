//! How a thread finds a task.

use super::super::job::Task;
use super::Crew;
use super::roster::{Call, Role, SURPLUS};
use super::sleep::Slept;
use crate::primitives::{Ordering::Relaxed, Spin};

/// After so many tasks a thread takes one from the lowest lane that has any, so that none starves.
const AGING: u32 = 16;

/// The most tasks that a thread takes over from another shard at once.
const MOST_TAKEN: u32 = 64;

/// What a thread of the crew knows of itself.
#[derive(Debug)]
pub(crate) struct Me {
    shard: usize,
    ticks: u32,
    pub(super) searching: bool,
    pub(super) watching: bool,
    spin: Spin,
}

impl Me {
    /// Of the thread with this number, started for `role`.
    pub(crate) fn new(index: usize, role: Role) -> Self {
        Self {
            shard: index,
            ticks: 0,
            searching: role == Role::Search,
            watching: role == Role::Watch,
            spin: Spin::new(),
        }
    }
}

/// What a thread is to do next.
#[derive(Debug)]
pub(crate) enum Next {
    Run(Task),
    /// Be gone: the crew has forgotten it.
    Retire,
}

impl Crew {
    /// Waits for a task. `start` starts a thread.
    pub(crate) fn next(&self, me: &mut Me, start: &impl Fn(Role)) -> Next {
        loop {
            if me.watching {
                self.watch(me, start);
            }
            // Ordering: a hint, of a matter of efficiency.
            let surplus = self.roster.word().load(Relaxed) & SURPLUS != 0;
            if !(surplus && self.is_surplus(me)) {
                if let Some(task) = self.take(me) {
                    if me.searching {
                        me.searching = false;
                        self.found(start);
                    }
                    return Next::Run(task);
                }
                if self.search(me) {
                    continue;
                }
            }
            match self.sleep(me) {
                Slept::Go => {}
                Slept::Retire => return Next::Retire,
            }
        }
    }

    /// One task: of the own shard first, else half of another one's.
    fn take(&self, me: &mut Me) -> Option<Task> {
        me.ticks = me.ticks.wrapping_add(1);
        if me.ticks.is_multiple_of(AGING) {
            return self.low.pop().or_else(|| self.take_normal(me)).or_else(|| self.high.pop());
        }
        self.high.pop().or_else(|| self.take_normal(me)).or_else(|| self.low.pop())
    }

    fn take_normal(&self, me: &Me) -> Option<Task> {
        let (count, own) = (self.shards.len(), me.shard % self.shards.len());
        if let Some(task) = self.shards[own].pop() {
            return Some(task);
        }
        (1..count).find_map(|distance| {
            let other = &self.shards[(own + distance) % count];
            if other.looks_empty() {
                return None;
            }
            let (first, rest) = other.update(|tasks| {
                let n = (tasks.list.len() / 2).min(MOST_TAKEN - 1);
                let first = tasks.list.pop_front();
                tasks.taken = tasks.taken.wrapping_add(u32::from(first.is_some()));
                (first, tasks.list.split_front(n.min(tasks.list.len())))
            });
            if !rest.is_empty() {
                // Where others find them: what waits behind a task that blocks is not lost.
                self.shards[own].update(|tasks| tasks.list.append(rest));
            }
            first
        })
    }

    /// This thread searched, and has found something: there may be more, for the next one.
    #[cold]
    fn found(&self, start: &impl Fn(Role)) {
        self.with_roster(|roster, _| roster.searching = false);
        self.call_if_any(start);
    }

    pub(super) fn call_if_any(&self, start: &impl Fn(Role)) {
        // Under the locks: who pushed before sees to it here, who pushes later sees the roster.
        if self.all().any(|shard| !shard.is_surely_empty())
            && let Call::Start(role) = self.call()
        {
            start(role);
        }
    }

    /// Looks for a little longer, if nobody else does: `true` when it is worth to try again.
    fn search(&self, me: &mut Me) -> bool {
        if !me.searching {
            me.searching = self.with_roster(|roster, _| {
                !roster.closed && !std::mem::replace(&mut roster.searching, true)
            });
        }
        me.searching && {
            let came = (0..me.spin.rounds()).any(|_| {
                Spin::pause();
                self.all().any(|shard| !shard.looks_empty())
            });
            if came {
                me.spin.paid();
            }
            came
        }
    }

    fn is_surplus(&self, me: &Me) -> bool {
        !me.searching && self.with_roster(|roster, _| roster.running > roster.target())
    }
}
