//! Threads that run tasks: how a task finds a thread, and a thread its sleep. README.md says why no
//! task is left lying while a thread sleeps.

use std::fmt;
use std::future::poll_fn;
use std::pin::{Pin, pin};
use std::task::Poll;
use std::time::Duration;

use super::job::Task;
use super::list::List;
use crate::primitives::diagnosis::{Label, Site};
use crate::primitives::{Ordering::Relaxed, Spin, Stamp};
use crate::wait::{Locked, Node, Queue, State, WakeBatch, block_on_within};

/// Which tasks go first.
#[derive(Debug, Clone, Copy, PartialEq, Eq, PartialOrd, Ord, Hash)]
pub(crate) enum Lane {
    Low,
    Normal,
    High,
}

/// After so many tasks a thread takes one from the lowest lane that has any, so that none starves.
const AGING: u32 = 16;

/// The most tasks that a thread takes over from another shard at once.
const MOST_TAKEN: u32 = 64;

/// From this length on a shard is swept when it is pushed to.
const SWEPT: u32 = 64;

/// How long nothing may be taken, with tasks queued, until there are more threads.
const STUCK: Duration = Duration::from_millis(1);

/// How often in a row the watcher finds nothing queued until it goes to sleep.
const CALM: u32 = 8;

/// Threads beyond the most there may be, in place of those that wait for other jobs.
const MOST_COMPENSATED: u32 = 256;

/// What a woken thread is to do, as the outcome of its node.
const SEARCH: u32 = 1;
const WATCH: u32 = 2;
const LOOK: u32 = 3;

/// The bits of the roster's word, for those who look without the lock.
const ATTENTION: u32 = 1;
const SURPLUS: u32 = 2;

/// A list of tasks under a lock. The word is its length.
#[repr(align(128))] // and nothing else on its cache lines: what one thread writes, others look at
struct Shard(Queue<Tasks>);

struct Tasks {
    list: List,
    /// How many were taken out, going round.
    taken: u32,
    closed: bool,
}

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

/// Who is there. A thread is running, sleeping, blocked or the watcher.
#[derive(Debug)]
struct Roster {
    /// Looks for tasks or is in one; also when it was just woken or started.
    running: u32,
    sleeping: u32,
    /// In a job that waits for another one.
    blocked: u32,
    /// A running thread looks for tasks, so that who pushes need not wake one: it wakes the next
    /// when it finds some.
    searching: bool,
    watched: bool,
    /// How many should run at most: `base`, and `extra` while those are stuck.
    base: u32,
    extra: u32,
    /// The most threads there may be.
    max: u32,
    closed: bool,
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

/// How a crew ends.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub(crate) enum Closing {
    /// With the queued tasks.
    Drain,
    /// Without them.
    Cancel,
}

/// What a thread of the crew knows of itself.
#[derive(Debug)]
pub(crate) struct Me {
    shard: usize,
    ticks: u32,
    searching: bool,
    watching: bool,
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

impl Shard {
    fn new() -> Self {
        Self(Queue::new(0, Tasks { list: List::new(), taken: 0, closed: false }, Label::internal()))
    }

    /// As of just now.
    fn len(&self) -> u32 {
        // Ordering: a hint. Who relies on it takes the lock (`is_surely_empty`).
        self.0.word().load(Relaxed)
    }

    fn looks_empty(&self) -> bool {
        self.len() == 0
    }

    /// Who finds it empty, and has made itself known before, is seen by whoever pushes later.
    fn is_surely_empty(&self) -> bool {
        self.0.lock().list.is_empty()
    }

    fn update<R>(&self, f: impl FnOnce(&mut Tasks) -> R) -> R {
        let mut tasks = self.0.lock();
        let result = f(&mut tasks);
        // Ordering: as in `len`. It is written under the lock only.
        self.0.word().store(tasks.list.len(), Relaxed);
        result
    }

    fn pop(&self) -> Option<Task> {
        if self.looks_empty() {
            return None;
        }
        self.update(|tasks| {
            let task = tasks.list.pop_front();
            tasks.taken = tasks.taken.wrapping_add(u32::from(task.is_some()));
            task
        })
    }
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
        let shard = match lane {
            Lane::Normal => &self.shards[hint % self.shards.len()],
            Lane::High => &self.high,
            Lane::Low => &self.low,
        };
        let (attention, dead) = shard.update(|tasks| {
            if tasks.closed {
                return Err(task);
            }
            tasks.list.push_back(task);
            let dead = if tasks.list.len() > SWEPT { tasks.list.sweep(2) } else { List::new() };
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

    fn call_if_any(&self, start: &impl Fn(Role)) {
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

    /// Running → sleeping → running, or gone.
    #[cold]
    fn sleep(&self, me: &mut Me) -> Slept {
        let node = pin!(Node::new(&self.roster, Site::here()));
        let node = node.as_ref();
        let mut surplus = false;
        let mut gone = false;
        let mut first = true;
        // The first poll queues the node, with the waker of this thread.
        let mut sleep = pin!(poll_fn(|cx| {
            if std::mem::take(&mut first) {
                let waker = cx.waker().clone();
                let mut entry = self.roster.lock();
                if std::mem::take(&mut me.searching) {
                    entry.searching = false;
                }
                surplus = entry.running > entry.target();
                entry.running -= 1;
                if entry.closed {
                    gone = true;
                } else {
                    if !surplus {
                        entry.extra = entry.extra.saturating_sub(1); // there is less to do
                    }
                    entry.sleeping += 1;
                    entry.push_front(node, waker, 0, Stamp::NONE);
                }
                // Ordering: see `push`.
                self.roster.word().store(entry.word(), Relaxed);
                drop(entry);
                // Everybody who pushes from here on sees it sleep. What was pushed before is here. A
                // surplus thread leaves that to those that run.
                if gone || !surplus && self.all().any(|shard| !shard.is_surely_empty()) {
                    return Poll::Ready(true);
                }
            }
            match node.state() {
                State::Queued => Poll::Pending,
                State::Idle | State::Woken => Poll::Ready(false),
            }
        }));
        let ended = block_on_within(sleep.as_mut(), self.keep_alive);
        if gone {
            return self.leave();
        }
        let mut waker = None;
        let slept = self.with_roster(|roster, _| {
            waker = roster.remove(node);
            if waker.is_some() {
                // Nobody has called: time is up, or there is something to do.
                roster.sleeping -= 1;
                if ended.is_none() {
                    return Slept::Retire;
                }
                roster.running += 1;
            } else {
                match roster.take_outcome(node) {
                    Some(SEARCH) => me.searching = true,
                    Some(WATCH) => me.watching = true,
                    _ => {}
                }
            }
            Slept::Go
        });
        drop(waker); // after the lock
        slept
    }

    /// A thread that found nothing when all was closed: what is queued, if anything, is on its way
    /// from one shard to another, in the hands of a thread that will run it.
    fn leave(&self) -> Slept {
        if self.all().all(Shard::is_surely_empty) {
            return Slept::Retire;
        }
        self.with_roster(|roster, _| roster.running += 1);
        Slept::Go
    }

    /// Sees to it that there are threads when those that run are stuck. Ends as a running thread.
    #[cold]
    fn watch(&self, me: &mut Me, start: &impl Fn(Role)) {
        let (mut before, mut calm) = (self.taken(), 0);
        let node = pin!(Node::new(&self.watch, Site::here()));
        loop {
            let closed = self.doze(node.as_ref());
            let queued = self.all().any(|shard| !shard.looks_empty());
            calm = if queued { 0 } else { calm + 1 };
            let taken = self.taken();
            let stuck = queued && taken == before;
            before = taken;
            if stuck {
                self.grow(start);
            }
            let over = self.with_roster(|roster, _| {
                let over = closed || roster.closed || calm == CALM || !roster.has_room();
                if over {
                    roster.watched = false;
                    roster.running += 1;
                }
                over
            });
            if over {
                me.watching = false;
                return;
            }
        }
    }

    /// Waits for a little while, or for the close.
    fn doze<'q>(&'q self, node: Pin<&Node<'q, ()>>) -> bool {
        let mut first = true;
        let doze = poll_fn(|cx| {
            if std::mem::take(&mut first) {
                let waker = cx.waker().clone();
                let mut watch = self.watch.lock();
                watch.push_back(node, waker, 0, Stamp::NONE);
            }
            if node.state() == State::Woken { Poll::Ready(()) } else { Poll::Pending }
        });
        let woken = block_on_within(pin!(doze), STUCK).is_some();
        let mut watch = self.watch.lock();
        let waker = watch.remove(node);
        drop(watch);
        drop(waker);
        woken
    }

    fn taken(&self) -> u32 {
        self.all().fold(0, |sum, shard| sum.wrapping_add(shard.0.lock().taken))
    }

    /// Three times as many threads as there are, or one for each task.
    fn grow(&self, start: &impl Fn(Role)) {
        let queued = self.all().fold(0_u32, |sum, shard| sum.saturating_add(shard.len()));
        let more = self.with_roster(|roster, _| {
            let target = roster.target();
            let more = target.saturating_mul(2).min(queued).min(roster.max.saturating_sub(target));
            roster.extra += more;
            more
        });
        for _ in 0..more {
            let call = self.with_roster(|roster, batch| {
                let call = call_one(roster, batch);
                roster.searching |= call != Call::Nothing;
                call
            });
            match call {
                Call::Start(role) => start(role),
                Call::Woken => {}
                Call::Nothing => break,
            }
        }
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

/// How a sleep ended.
enum Slept {
    Go,
    Retire,
}

impl Roster {
    fn threads(&self) -> u32 {
        self.running + self.sleeping + self.blocked + u32::from(self.watched)
    }

    fn target(&self) -> u32 {
        self.base + self.extra
    }

    fn has_room(&self) -> bool {
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

    fn word(&self) -> u32 {
        let attention = self.wants_one() || self.wants_watcher();
        u32::from(attention) * ATTENTION + u32::from(self.running > self.target()) * SURPLUS
    }
}

/// Wakes a thread to search, or has one started.
fn call_one(roster: &mut Locked<'_, Roster>, batch: &mut WakeBatch) -> Call {
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
fn call(roster: &mut Locked<'_, Roster>, batch: &mut WakeBatch) -> Call {
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
