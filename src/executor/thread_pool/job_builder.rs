use std::borrow::Cow;
use std::fmt;
use std::panic::Location;
use std::sync::Arc;
use std::time::{Duration, Instant};

use super::{Closed, Room, ThreadPool, state};
use crate::executor::engine::{Detail, Extra, Lane, Reason, job, send_job};
use crate::executor::error::Refused;
use crate::executor::handle::Handle;
use crate::executor::submit::{Inline, dead_handle, run};
use crate::primitives::diagnosis::Submitted;
use crate::sync::{OwnedPermit, TryAcquireError};

/// Which jobs begin first. Now and then a worker takes the lowest there is, so that none starves.
///
/// # Examples
///
/// ```
/// use anyrt::executor::{Priority, ThreadPool};
///
/// let pool = ThreadPool::new();
/// let sweep = pool.job().priority(Priority::Low).submit(|| "swept");
/// let fire = pool.job().priority(Priority::High).submit(|| "put out");
/// assert_eq!((fire.join_blocking().unwrap(), sweep.join_blocking().unwrap()), ("put out", "swept"));
/// ```
#[derive(Debug, Clone, Copy, PartialEq, Eq, PartialOrd, Ord, Hash, Default)]
pub enum Priority {
    /// When there is nothing else, and at each 16th turn of a worker.
    Low,
    /// As if nothing was said.
    #[default]
    Normal,
    /// Before all others.
    High,
}

/// Options of one job, of [`ThreadPool::job`].
///
/// # Examples
///
/// ```
/// use anyrt::executor::{Priority, ThreadPool};
///
/// let pool = ThreadPool::new();
/// let job = pool.job().name("thumbnail 7").priority(Priority::High);
/// let error = job.submit(|| panic!("no such picture")).join_blocking().unwrap_err();
/// assert!(error.to_string().contains("thumbnail 7"));
/// ```
#[must_use = "nothing is submitted before `submit`"]
pub struct JobBuilder<'a, S> {
    pool: &'a ThreadPool<S>,
    lane: Lane,
    /// Most jobs have none.
    extra: Option<Box<Extra>>,
    at: &'static Location<'static>,
}

impl<'a, S: 'static> JobBuilder<'a, S> {
    #[inline]
    pub(super) fn new(pool: &'a ThreadPool<S>, at: &'static Location<'static>) -> Self {
        Self { pool, lane: Lane::Normal, extra: None, at }
    }

    fn extra(&mut self) -> &mut Extra {
        self.extra.get_or_insert_default()
    }

    /// A name, for errors and reports.
    pub fn name(mut self, name: impl Into<Cow<'static, str>>) -> Self {
        self.extra().name = Some(Arc::from(name.into()));
        self
    }

    /// Before or after others.
    pub fn priority(mut self, priority: Priority) -> Self {
        self.lane = match priority {
            Priority::Low => Lane::Low,
            Priority::Normal => Lane::Normal,
            Priority::High => Lane::High,
        };
        self
    }

    /// It must not begin later: its error is then
    /// [`is_expired`](crate::executor::JobError::is_expired), as soon as a worker gets to it.
    pub fn deadline(mut self, deadline: Instant) -> Self {
        self.extra().deadline = Some(deadline);
        self
    }

    /// It must begin within this time from now, or not at all.
    ///
    /// # Examples
    ///
    /// ```
    /// use anyrt::executor::ThreadPool;
    /// use std::time::Duration;
    ///
    /// let pool = ThreadPool::new();
    /// let late = pool.job().begin_within(Duration::ZERO).submit(|| ());
    /// assert!(late.join_blocking().unwrap_err().is_expired());
    /// ```
    pub fn begin_within(self, limit: Duration) -> Self {
        match Instant::now().checked_add(limit) {
            Some(deadline) => self.deadline(deadline),
            None => self,
        }
    }

    /// Runs `f`.
    ///
    /// Once the pool is shut down or broken, the handle says so.
    ///
    /// # Blocking
    ///
    /// Only for room, where the queue is bounded.
    #[inline]
    pub fn submit<F, T>(self, f: F) -> Handle<T>
    where
        F: FnOnce() -> T + Send + 'static,
        T: Send + 'static,
    {
        let (pool, at) = (self.pool, self.at);
        let permit = match pool.room_blocking() {
            Ok(Room::Enough) => None,
            Ok(Room::Held(permit)) => Some(permit),
            Ok(Room::None) => return self.run_at_once(f),
            Err(Closed) => return pool.dead(f, at),
        };
        self.send(f, permit).unwrap_or_else(|refused| pool.dead(refused.into_inner(), at))
    }

    /// Runs `f` with the state of its worker; else as [`submit`](Self::submit).
    pub fn submit_with<F, T>(self, f: F) -> Handle<T>
    where
        F: FnOnce(&mut S) -> T + Send + 'static,
        T: Send + 'static,
    {
        let (pool, at) = (self.pool, self.at);
        let f = move || state::with(f);
        let permit = match pool.room_blocking() {
            Ok(Room::Held(permit)) => Some(permit),
            // A worker's own state is in use: its job is queued beyond the bound.
            Ok(Room::Enough | Room::None) => None,
            Err(Closed) => return pool.dead(f, at),
        };
        self.send(f, permit).unwrap_or_else(|refused| pool.dead(refused.into_inner(), at))
    }

    /// Runs `f`, unless the queue is full or the pool is shut down.
    ///
    /// # Errors
    ///
    /// [`Refused`], with `f`.
    #[inline]
    pub fn try_submit<F, T>(self, f: F) -> Result<Handle<T>, Refused<F>>
    where
        F: FnOnce() -> T + Send + 'static,
        T: Send + 'static,
    {
        let permit = match &self.pool.room {
            None => None,
            Some(room) => match Arc::clone(room).try_acquire_owned(1) {
                Ok(permit) => Some(permit),
                Err(TryAcquireError::Closed) => return Err(Refused::Closed(f)),
                Err(_) => return Err(Refused::Full(f)),
            },
        };
        self.send(f, permit)
    }

    #[inline]
    pub(super) fn send<F, T>(
        mut self,
        f: F,
        permit: Option<OwnedPermit>,
    ) -> Result<Handle<T>, Refused<F>>
    where
        F: FnOnce() -> T + Send + 'static,
        T: Send + 'static,
    {
        if self.pool.inline == Inline::Workers {
            self.extra().home = Some(self.pool.pool.home());
        }
        self.watch();
        match (self.extra.take(), permit) {
            (None, None) => self.push(f, ()),
            (Some(extra), None) => self.push(f, *extra),
            (None, Some(permit)) => self.push_bounded(f, (), permit),
            (Some(extra), Some(permit)) => self.push_bounded(f, *extra, permit),
        }
    }

    /// Runs `f` here: the handle is over.
    fn run_at_once<F, T>(mut self, f: F) -> Handle<T>
    where
        F: FnOnce() -> T + Send + 'static,
        T: Send + 'static,
    {
        self.watch();
        let (task, ticket) = match self.extra.take() {
            None => job(f, (), true, self.at),
            Some(extra) => job(f, *extra, true, self.at),
        };
        run(task);
        Handle::new(ticket)
    }

    /// Lets those know who look.
    #[inline]
    fn watch(&mut self) {
        let name = self.extra.as_ref().and_then(|extra| extra.name.as_deref());
        let watch = Submitted::here(name, self.at);
        if watch.is_seen() {
            self.extra().watch = watch;
        }
    }

    #[inline]
    fn push<F, T, D>(&self, f: F, detail: D) -> Result<Handle<T>, Refused<F>>
    where
        F: FnOnce() -> T + Send + 'static,
        T: Send + 'static,
        D: Detail,
    {
        let anyone = self.pool.inline == Inline::Anyone;
        let push = |task| self.pool.pool.push(task, self.lane).map_err(|task| (task, ()));
        match send_job(f, detail, anyone, self.at, push) {
            Ok(((), ticket)) => Ok(Handle::new(ticket)),
            Err((f, ())) => Err(Refused::Closed(f)),
        }
    }

    /// Gives the place in the queue back when the job begins, or is dropped.
    fn push_bounded<F, T, D>(
        &self,
        f: F,
        detail: D,
        permit: OwnedPermit,
    ) -> Result<Handle<T>, Refused<F>>
    where
        F: FnOnce() -> T + Send + 'static,
        T: Send + 'static,
        D: Detail,
    {
        if self.pool.is_closed() {
            return Err(Refused::Closed(f)); // the common way to get it back
        }
        let at = self.at;
        let bounded = move || {
            drop(permit);
            f()
        };
        match self.push(bounded, detail) {
            Ok(handle) => Ok(handle),
            // It was closed just now: as if it had been closed just after.
            Err(refused) => Ok(self.pool.dead(refused.into_inner(), at)),
        }
    }
}

impl<S: 'static> ThreadPool<S> {
    /// The handle of a job that a closed or broken pool does not take.
    #[cold]
    fn dead<F, T>(&self, f: F, at: &'static Location<'static>) -> Handle<T>
    where
        F: FnOnce() -> T + Send + 'static,
        T: Send + 'static,
    {
        if !self.pool.is_broken() {
            return dead_handle(f, at);
        }
        let (task, ticket) = job(f, (), false, at);
        task.refuse(Reason::Broken);
        Handle::new(ticket)
    }
}

impl<S> fmt::Debug for JobBuilder<'_, S> {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.debug_struct("JobBuilder").field("extra", &self.extra).finish_non_exhaustive()
    }
}
