//! What a thread that waits for a job is itself: a worker, within a job, within a future.

use std::any::TypeId;
use std::cell::{Cell, RefCell};
use std::collections::{HashMap, HashSet};
use std::panic::Location;
use std::sync::{Arc, LazyLock, Mutex, MutexGuard, PoisonError};

use super::engine::{Home, Ticket};
use super::error::JobLabel;
use crate::primitives::diagnosis::Noted;

/// A pool, to its worker that is going to wait.
pub(super) trait Replaces: Send + Sync {
    /// Lets another thread run in this one's place. `false` if it is needed and can't be had.
    fn block(&self) -> bool;
    fn unblock(&self);
}

/// A job, but for its name.
#[derive(Debug, Clone, Copy)]
struct Current {
    id: usize,
    at: &'static Location<'static>,
    /// Its name is in `NAME`.
    is_named: bool,
}

thread_local! {
    /// The job that runs on this thread.
    static JOB: Cell<Option<Current>> = const { Cell::new(None) };
    static NAME: RefCell<Option<Arc<str>>> = const { RefCell::new(None) };
    /// The executor whose job that is.
    static HOME: Cell<Option<Home>> = const { Cell::new(None) };
    static IN_FUTURE: Cell<Option<TypeId>> = const { Cell::new(None) };
    static POOL: RefCell<Option<Arc<dyn Replaces>>> = const { RefCell::new(None) };
}

/// Makes this thread a worker, until it ends.
pub(super) fn enter_pool(pool: Arc<dyn Replaces>, home: Home) {
    HOME.set(Some(home));
    POOL.set(Some(pool));
}

/// It is one no more: its pool may go.
pub(super) fn leave_pool() {
    POOL.set(None);
}

pub(super) fn is_worker_of(home: Home) -> bool {
    HOME.get() == Some(home)
}

pub(super) fn is_in_job() -> bool {
    JOB.get().is_some()
}

/// Sets a thread-local for a time.
struct Within<T: Copy + 'static> {
    slot: &'static std::thread::LocalKey<Cell<T>>,
    before: T,
}

impl<T: Copy> Within<T> {
    fn new(slot: &'static std::thread::LocalKey<Cell<T>>, value: T) -> Self {
        Self { slot, before: slot.replace(value) }
    }
}

impl<T: Copy> Drop for Within<T> {
    fn drop(&mut self) {
        self.slot.set(self.before);
    }
}

/// Likewise, for the name of a job.
struct Named(Option<Arc<str>>);

impl Drop for Named {
    fn drop(&mut self) {
        NAME.set(self.0.take());
    }
}

/// Runs `f` as the job `id`.
#[inline]
pub(super) fn within_job<R>(
    id: usize,
    at: &'static Location<'static>,
    name: Option<Arc<str>>,
    f: impl FnOnce() -> R,
) -> R {
    let _within = Within::new(&JOB, Some(Current { id, at, is_named: name.is_some() }));
    let _named = name.map(|name| Named(NAME.replace(Some(name))));
    f()
}

/// Likewise on a thread of an executor that has no workers of ours.
pub(super) fn within_home<R>(home: Home, f: impl FnOnce() -> R) -> R {
    let _within = Within::new(&HOME, Some(home));
    f()
}

/// Polls the future `id` that `home` drives: as a job where that is a pool, whose threads may block.
pub(super) fn within_future<R>(
    home: Home,
    id: usize,
    at: &'static Location<'static>,
    f: impl FnOnce() -> R,
) -> R {
    match home {
        Home::Pool(_) => within_job(id, at, None, f),
        Home::Type(home) => {
            let _within = Within::new(&IN_FUTURE, Some(home));
            f()
        }
    }
}

/// Whether the job of a ticket is a future that needs this very thread.
pub(super) fn is_driven_here<T>(ticket: &Ticket<T>) -> bool {
    ticket.extra().is_some_and(|extra| {
        extra.in_task.is_some_and(|in_task| {
            // The runtime may not know.
            in_task() || IN_FUTURE.get().is_some_and(|home| extra.home == Some(Home::Type(home)))
        })
    })
}

/// Whether this thread may run the job of a ticket: anyone may, or this is a thread of its home.
pub(super) fn may_run<T>(ticket: &Ticket<T>) -> bool {
    ticket.is_for_anyone()
        || ticket.extra().and_then(|extra| extra.home).is_some_and(|home| {
            HOME.get() == Some(home) && ticket.extra().is_some_and(|extra| extra.in_task.is_none())
        })
}

/// The jobs that one waits for, by their ids.
#[derive(Debug)]
pub(super) enum Targets {
    One(usize),
    /// The wait is over when one of them is.
    Any(Vec<usize>),
    /// When all of them are.
    All(Vec<usize>),
}

impl Targets {
    fn ids(&self) -> &[usize] {
        match self {
            Self::One(id) => std::slice::from_ref(id),
            Self::Any(ids) | Self::All(ids) => ids,
        }
    }

    /// Whether the wait is over when those are that `ends` says.
    fn end_if(&self, ends: impl FnMut(&usize) -> bool) -> bool {
        match self {
            Self::One(_) | Self::Any(_) => self.ids().iter().any(ends),
            Self::All(_) => self.ids().iter().all(ends),
        }
    }
}

/// A job that waits.
struct Wait {
    label: JobLabel,
    on: Targets,
}

/// Which job waits for which, without a limit. A job waits once at a time.
static WAITS: LazyLock<Mutex<HashMap<usize, Wait>>> = LazyLock::new(Mutex::default);

fn waits() -> MutexGuard<'static, HashMap<usize, Wait>> {
    WAITS.lock().unwrap_or_else(PoisonError::into_inner)
}

/// The wait would never end. Who waits for whom, from the one that asks on; nobody if it is a thread
/// that lacks.
#[derive(Debug)]
pub(super) struct Deadlock(pub(super) Vec<JobLabel>);

/// This thread waits for a job, until dropped.
#[must_use = "the wait is over when it is dropped"]
#[derive(Debug)]
pub(super) struct Waiting {
    job: Option<usize>,
    blocked: bool,
    /// For those who look: whom it awaits.
    pub(super) noted: Vec<Noted>,
}

/// Says that this thread's job waits for others, which it may also run itself; for ever, unless it
/// `has_limit`.
pub(super) fn wait_for(on: Targets, has_limit: bool) -> Result<Waiting, Deadlock> {
    let Some(job) = JOB.get() else { return Ok(Waiting::for_others()) };
    let name = job.is_named.then(|| NAME.with_borrow(Clone::clone)).flatten();
    let wait = Wait { label: JobLabel { name, submitted_at: job.at }, on };
    let mut waits = waits();
    if let Some(chain) = chain_of_the_dead(&waits, job.id, &wait) {
        return Err(Deadlock(chain));
    }
    if has_limit {
        return Ok(Waiting::for_others()); // it will end
    }
    waits.insert(job.id, wait);
    Ok(Waiting { job: Some(job.id), blocked: false, noted: Vec::new() })
}

/// Whether another thread can take this one's place while it waits.
pub(super) fn can_be_replaced() -> bool {
    POOL.with_borrow(Option::is_some)
}

/// Whether somebody may wait for this thread.
pub(super) fn is_awaited() -> bool {
    is_in_job() || IN_FUTURE.get().is_some()
}

/// Who waits for whom, if `job` would for ever.
fn chain_of_the_dead<'a>(
    waits: &'a HashMap<usize, Wait>,
    job: usize,
    wait: &'a Wait,
) -> Option<Vec<JobLabel>> {
    let find = |id: usize| if id == job { Some(wait) } else { waits.get(&id) };
    // The common case: a chain of jobs that wait for one each, or for nobody.
    let mut next = Some(wait);
    let mut steps = 0;
    while let Some(Wait { on: Targets::One(id), .. }) = next
        && *id != job
        && steps <= waits.len()
    {
        next = find(*id);
        steps += 1;
    }
    next?;
    // Those who will go on: who does not wait, and who waits for enough of those.
    let mut goes_on = HashSet::new();
    let mut grows = true;
    while std::mem::take(&mut grows) {
        for (id, one) in waits.iter().map(|(id, one)| (*id, one)).chain([(job, wait)]) {
            let ends = |on: &usize| goes_on.contains(on) || find(*on).is_none();
            if !goes_on.contains(&id) && one.on.end_if(ends) {
                grows = goes_on.insert(id);
            }
        }
    }
    if goes_on.contains(&job) {
        return None;
    }
    let (mut chain, mut seen, mut next) = (Vec::new(), HashSet::new(), Some(job));
    while let Some(id) = next.filter(|id| seen.insert(*id)) {
        let stuck = find(id)?;
        chain.push(stuck.label.clone());
        let dead = |on: &&usize| !goes_on.contains(*on) && find(**on).is_some();
        next = stuck.on.ids().iter().find(dead).copied();
    }
    Some(chain)
}

impl Waiting {
    /// It waits for nobody who could wait for it.
    pub(super) fn for_others() -> Self {
        Self { job: None, blocked: false, noted: Vec::new() }
    }

    /// It does nothing meanwhile: another thread may run in its place. `false` if none can be had.
    pub(super) fn block(&mut self) -> bool {
        self.blocked = true;
        POOL.with_borrow(|pool| pool.as_ref().is_none_or(|pool| pool.block()))
    }
}

impl Drop for Waiting {
    fn drop(&mut self) {
        if let Some(job) = self.job {
            waits().remove(&job);
        }
        if self.blocked {
            POOL.with_borrow(|pool| {
                if let Some(pool) = pool {
                    pool.unblock();
                }
            });
        }
    }
}
