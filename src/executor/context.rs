//! What a thread that waits for a job is itself: a worker, within a job, within a future.

use std::any::TypeId;
use std::cell::{Cell, RefCell};
use std::collections::HashMap;
use std::sync::{Arc, LazyLock, Mutex, MutexGuard, PoisonError};

use super::engine::{Home, Ticket};

/// A pool, to its worker that is going to wait.
pub(super) trait Replaces: Send + Sync {
    /// Lets another thread run in this one's place. `false` if it is needed and can't be had.
    fn block(&self) -> bool;
    fn unblock(&self);
}

thread_local! {
    /// The job that runs on this thread: its id.
    static JOB: Cell<Option<usize>> = const { Cell::new(None) };
    /// The executor whose job that is.
    static HOME: Cell<Option<Home>> = const { Cell::new(None) };
    static IN_FUTURE: Cell<Option<TypeId>> = const { Cell::new(None) };
    static POOL: RefCell<Option<Arc<dyn Replaces>>> = const { RefCell::new(None) };
}

/// Which job waits for which. A job waits for one at a time.
static WAITS: LazyLock<Mutex<HashMap<usize, usize>>> = LazyLock::new(Mutex::default);

fn waits() -> MutexGuard<'static, HashMap<usize, usize>> {
    WAITS.lock().unwrap_or_else(PoisonError::into_inner)
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

/// Runs `f` as the job `id`.
#[inline]
pub(super) fn within_job<R>(id: usize, f: impl FnOnce() -> R) -> R {
    let _within = Within::new(&JOB, Some(id));
    f()
}

/// Likewise on a thread of an executor that has no workers of ours.
pub(super) fn within_home<R>(home: Home, f: impl FnOnce() -> R) -> R {
    let _within = Within::new(&HOME, Some(home));
    f()
}

/// Polls a future that an executor of type `home` drives.
pub(super) fn within_future<R>(home: TypeId, f: impl FnOnce() -> R) -> R {
    let _within = Within::new(&IN_FUTURE, Some(home));
    f()
}

/// Waiting for the job would never end.
#[derive(Debug)]
pub(super) struct Deadlock;

/// This thread waits for a job, until dropped.
#[must_use = "the wait is over when it is dropped"]
#[derive(Debug)]
pub(super) struct Waiting {
    job: Option<usize>,
    blocked: bool,
}

/// Says that this thread's job waits for that of the ticket, which it may also run itself.
pub(super) fn wait_for<T>(ticket: &Ticket<T>) -> Result<Waiting, Deadlock> {
    let is_future = ticket.extra().is_some_and(|extra| extra.is_future);
    let driver = ticket.extra().and_then(|extra| extra.home);
    if is_future && IN_FUTURE.get().is_some_and(|home| driver == Some(Home::Type(home))) {
        return Err(Deadlock);
    }
    let Some(job) = JOB.get() else { return Ok(Waiting { job: None, blocked: false }) };
    let mut waits = waits();
    let mut at = ticket.id();
    loop {
        if at == job {
            return Err(Deadlock);
        }
        let Some(next) = waits.get(&at) else { break };
        at = *next;
    }
    waits.insert(job, ticket.id());
    Ok(Waiting { job: Some(job), blocked: false })
}

/// Says that this thread waits for one of several jobs.
pub(super) fn wait_for_any() -> Waiting {
    Waiting { job: None, blocked: false }
}

impl Waiting {
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

/// Whether this thread may run the job of a ticket: anyone may, or this is a thread of its home.
pub(super) fn may_run<T>(ticket: &Ticket<T>) -> bool {
    ticket.is_for_anyone()
        || ticket.extra().and_then(|extra| extra.home).is_some_and(|home| {
            HOME.get() == Some(home) && ticket.extra().is_some_and(|extra| !extra.is_future)
        })
}
