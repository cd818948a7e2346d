//! The life of a worker thread: what it runs next, and when it sleeps.

use std::cell::{Cell, OnceCell};
use std::sync::Arc;

use super::idle::NEVER;
use super::live::bury;
use super::park::{Parker, Punctual};
#[cfg(feature = "async-io")]
use super::reactor;
use super::ring::Owner;
use super::scheduler::{Home, Runnable, Shared};
use crate::backend::entered::enter;
use crate::primitives::Spin;

/// Tasks in a row from the LIFO slot: a pair that wakes each other must not keep the rest waiting.
const LIFO_STREAK: u32 = 16;
/// Tasks between two looks at the injector, prime so that it beats with nothing.
const FAIR: u32 = 61;
/// Most tasks between two looks at the timers.
const TIMER_POLLS: u32 = 64;
/// Ticks after which a look came late.
const LONG: u64 = 50;

thread_local! {
    /// Set for the life of a worker.
    static LOCAL: OnceCell<Local> = const { OnceCell::new() };
}

/// A worker's own tasks.
struct Local {
    home: Arc<Home>,
    index: usize,
    ring: Owner,
    /// The task woken last, which runs next: what it was woken for is in the caches.
    lifo: Cell<Option<Runnable>>,
    woken: Cell<Woken>,
    /// The place in the ring behind the last timer's task.
    timed: Cell<u32>,
}

/// Where a task goes that is woken on its worker.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
enum Woken {
    /// Into the LIFO slot.
    Next,
    /// Behind the others, while timers fire: their tasks run in the order of their deadlines.
    InOrder,
    /// Behind the others, and the worker has to get up: it sleeps where this thread sees to other things.
    #[cfg(feature = "async-io")]
    GetUp,
}

/// Where a task goes that is woken on this thread. A closed runtime's workers take no more.
#[inline]
pub(super) fn schedule(home: &Arc<Home>, task: Runnable, yielded: bool) {
    let mut task = Some(task);
    // Without the thread's locals, as it ends, it is no worker any more.
    let _ended = LOCAL.try_with(|local| {
        if let Some(local) = local.get()
            && local.is_of(home)
            && !home.shared.is_closed()
            && let Some(task) = task.take()
        {
            local.push(task, yielded);
        }
    });
    if let Some(task) = task {
        home.shared.inject(task);
    }
}

/// The home and the index of this worker, if it is one of the same runtime.
#[inline]
pub(super) fn home(home: &Arc<Home>) -> Option<(Arc<Home>, usize)> {
    let own = |local: &OnceCell<Local>| {
        let local = local.get().filter(|local| local.is_of(home))?;
        Some((local.home.clone(), local.index))
    };
    LOCAL.try_with(own).ok().flatten()
}

/// Whether this thread is a worker of `shared`.
#[inline]
pub(super) fn is_one_of(shared: &Arc<Shared>) -> bool {
    let own = |local: &OnceCell<Local>| {
        local.get().is_some_and(|local| Arc::ptr_eq(&local.home.shared, shared))
    };
    LOCAL.try_with(own).unwrap_or(false)
}

/// Whether this thread is a worker of any runtime.
pub(super) fn is_one() -> bool {
    LOCAL.try_with(|local| local.get().is_some()).unwrap_or(false)
}

/// Runs this thread as a worker until the runtime is closed.
pub(super) fn run(shared: Arc<Shared>, index: usize, ring: Owner, waits: Waits) {
    let _entered = enter(false);
    LOCAL.with(|local| {
        let (lifo, timed) = (Cell::new(None), Cell::new(ring.pushed()));
        let (home, woken) = (Home::new(shared), Cell::new(Woken::Next));
        let local = local.get_or_init(|| Local { home, index, ring, lifo, woken, timed });
        match waits {
            Waits::Parked => Worker::new(local).run(),
            #[cfg(feature = "async-io")]
            Waits::InReactor => reactor::run(Worker::new(local)),
        }
        local.bury_rest();
    });
}

impl Local {
    #[inline]
    fn is_of(&self, home: &Arc<Home>) -> bool {
        Arc::ptr_eq(&self.home, home) || Arc::ptr_eq(&self.home.shared, &home.shared)
    }

    #[inline]
    fn push(&self, task: Runnable, yielded: bool) {
        if yielded {
            self.push_back(task);
            if self.ring.len() < 2 {
                return; // nothing to share
            }
        } else {
            match self.woken.get() {
                Woken::Next => {
                    let Some(before) = self.lifo.replace(Some(task)) else { return };
                    self.displace(before);
                }
                Woken::InOrder => self.push_back(task),
                #[cfg(feature = "async-io")]
                Woken::GetUp => {
                    self.push_back(task);
                    self.home.shared.parker(self.index).nudge();
                    if self.ring.len() < 2 {
                        return; // it is the worker's own
                    }
                }
            }
        }
        if let Some(worker) = self.home.shared.idle.notify_lazily() {
            self.home.shared.unpark(worker);
        }
    }

    /// Has the task of the LIFO slot wait its turn. It may be a timer's.
    #[inline]
    fn displace(&self, task: Runnable) {
        self.push_back(task);
        self.timed.set(self.ring.pushed());
    }

    /// Wakes the tasks whose timers are due. A single one may overtake the ring, as it is late
    /// already; but not those that it was to follow.
    fn fire_timers(&self) {
        let lifo = self.lifo.take();
        let free = lifo.is_none() && self.ring.is_past(self.timed.get());
        self.lifo.set(lifo);
        self.woken.set(if free { Woken::Next } else { Woken::InOrder });
        self.home.shared.timers.fire(|| self.woken.set(Woken::InOrder));
        if self.woken.replace(Woken::Next) == Woken::InOrder {
            self.timed.set(self.ring.pushed());
        }
    }

    #[inline]
    fn push_back(&self, task: Runnable) {
        self.ring.push(task, |tasks| {
            let late = self.home.shared.injector.extend(tasks);
            late.into_iter().for_each(bury);
        });
    }

    fn bury_rest(&self) {
        while let Some(task) = self.lifo.take().or_else(|| self.ring.pop()) {
            bury(task);
        }
    }
}

/// What a worker waits in that has no tasks.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub(super) enum Waits {
    /// In the operating system, for its token.
    Parked,
    /// In async-io's reactor, for its token and for the sockets of all tasks.
    #[cfg(feature = "async-io")]
    InReactor,
}

pub(super) struct Worker<'a> {
    local: &'a Local,
    shared: &'a Shared,
    /// Counted as a searcher.
    searching: bool,
    /// Tasks run, modulo 2³².
    polls: u32,
    lifo_streak: u32,
    clock: Clock,
    spin: Spin,
}

impl<'a> Worker<'a> {
    fn new(local: &'a Local) -> Self {
        let shared = &*local.home.shared;
        let clock = Clock::new();
        let spin = Spin::new();
        Self { local, shared, searching: false, polls: 0, lifo_streak: 0, clock, spin }
    }

    fn run(mut self) {
        let parker = self.parker();
        let mut punctual = Punctual::new();
        parker.adopt();
        while !self.shared.is_closed() {
            if self.turn() {
                continue;
            }
            let mut sleep = self.lie_down();
            while let Some(now) = sleep {
                let token = match now.until() {
                    NEVER => {
                        parker.park();
                        true
                    }
                    until => {
                        punctual.during(|| parker.park_timeout(self.shared.timers.until(until)))
                    }
                };
                sleep = self.get_up(now, token);
            }
        }
    }

    /// Runs a task; false if there is none.
    #[inline]
    pub(super) fn turn(&mut self) -> bool {
        self.look_at_timers();
        let Some(task) = self.next().or_else(|| self.search()) else { return false };
        self.polls = self.polls.wrapping_add(1);
        self.stop_searching();
        task.run();
        true
    }

    pub(super) fn parker(&self) -> &'a Parker {
        self.shared.parker(self.local.index)
    }

    #[cfg(feature = "async-io")]
    pub(super) fn shared(&self) -> &'a Shared {
        self.shared
    }

    /// Of its own, which it finds without a search.
    #[cfg(feature = "async-io")]
    pub(super) fn has_tasks(&self) -> bool {
        self.local.ring.len() > 0
    }

    /// Whether this thread sees to other things while the worker sleeps: tasks that it wakes have it get up.
    #[cfg(feature = "async-io")]
    pub(super) fn sleeps_awake(&self, sleeps: bool) {
        self.local.woken.set(if sleeps { Woken::GetUp } else { Woken::Next });
    }

    /// The next task, without a search.
    #[inline]
    fn next(&mut self) -> Option<Runnable> {
        if self.polls.is_multiple_of(FAIR)
            && let Some(task) = self.shared.injector.pop()
        {
            return Some(task);
        }
        if let Some(task) = self.local.lifo.take() {
            if self.lifo_streak < LIFO_STREAK {
                self.lifo_streak += 1;
                return Some(task);
            }
            self.local.displace(task);
        }
        self.lifo_streak = 0;
        self.local.ring.pop().or_else(|| self.injected())
    }

    fn injected(&self) -> Option<Runnable> {
        self.shared.injector.pop_share(self.shared.workers(), &self.local.ring)
    }

    /// Takes from others, if not too many search already.
    fn search(&mut self) -> Option<Runnable> {
        if !self.searching {
            self.searching = self.shared.idle.try_search();
        }
        if !self.searching {
            return None;
        }
        if let Some(task) = self.steal() {
            return Some(task);
        }
        for _ in 0..self.spin.rounds() {
            Spin::pause();
            if let Some(task) = self.injected().or_else(|| self.steal()) {
                self.spin.paid();
                return Some(task);
            }
        }
        None
    }

    fn steal(&mut self) -> Option<Runnable> {
        let workers = self.shared.workers();
        let from = self.local.index + 1;
        (from..from + workers - 1)
            .find_map(|worker| self.shared.stealer(worker % workers).steal_into(&self.local.ring))
    }

    /// The last searcher to find something makes another one if there is more.
    #[inline]
    fn stop_searching(&mut self) {
        if self.searching {
            self.searching = false;
            if self.shared.idle.found() && self.shared.has_work() {
                self.shared.notify();
            }
        }
    }

    /// Joins the sleepers; `None` if there is work after all.
    pub(super) fn lie_down(&mut self) -> Option<Sleep> {
        let (shared, index) = (self.shared, self.local.index);
        shared.idle.register(index, self.searching);
        self.searching = true; // however it ends
        self.clock.soon();
        let next = shared.timers.next_wake();
        if shared.timers.is_due() || shared.has_work() || shared.is_closed() {
            return self.leave_sleepers();
        }
        let until = if next != NEVER && shared.idle.arm(index, next) { next } else { NEVER };
        Some(Sleep::Listed { until })
    }

    /// After a sleep: has the token come, or is it over without one? `None` if it is.
    pub(super) fn get_up(&mut self, sleep: Sleep, token: bool) -> Option<Sleep> {
        if sleep.until() != NEVER {
            self.shared.idle.disarm(sleep.until());
        }
        if token { None } else { self.leave_sleepers() }
    }

    /// If another has already taken this worker off the list, it has to wait for the token.
    fn leave_sleepers(&self) -> Option<Sleep> {
        let is_over = self.shared.idle.unregister(self.local.index) || self.shared.is_closed();
        (!is_over).then_some(Sleep::Called)
    }

    #[inline]
    fn look_at_timers(&mut self) {
        if self.clock.is_time(self.polls) {
            let next = self.shared.timers.next();
            if next == NEVER {
                return self.clock.looked(self.polls, None);
            }
            let now = self.shared.timers.now();
            if next <= now {
                self.local.fire_timers();
            }
            self.clock.looked(self.polls, Some(now));
        }
    }
}

/// How a worker sleeps.
#[derive(Debug, Clone, Copy)]
pub(super) enum Sleep {
    /// Among the sleepers, until there is a token or that tick.
    Listed { until: u64 },
    /// Somebody has taken it off the list: the token is on its way.
    Called,
}

impl Sleep {
    pub(super) fn until(self) -> u64 {
        match self {
            Self::Listed { until } => until,
            Self::Called => NEVER,
        }
    }
}

/// When to look at the timers next. The clock costs as much as a short poll, so it is read once in
/// many polls while all of them are short, and after each if some are long.
struct Clock {
    /// How many polls there were at the last look, and the tick of it.
    polls: u32,
    tick: u64,
    /// Polls until the next.
    interval: u32,
    /// Polls since the last long one, up to `TIMER_POLLS`.
    short: u32,
}

impl Clock {
    fn new() -> Self {
        Self { polls: 0, tick: 0, interval: 1, short: 0 }
    }

    #[inline]
    fn is_time(&self, polls: u32) -> bool {
        polls.wrapping_sub(self.polls) >= self.interval
    }

    /// Notes a look; without a tick nothing was to be seen.
    fn looked(&mut self, polls: u32, tick: Option<u64>) {
        let since = polls.wrapping_sub(self.polls);
        self.polls = polls;
        let Some(tick) = tick else { return };
        if tick.saturating_sub(self.tick) > LONG {
            (self.interval, self.short) = (1, 0);
        } else if self.short < TIMER_POLLS {
            self.short += since;
        } else {
            self.interval = (self.interval * 2).min(TIMER_POLLS);
        }
        self.tick = tick;
    }

    /// Has the next look be the next thing.
    fn soon(&mut self) {
        self.polls = self.polls.wrapping_sub(self.interval);
    }
}
