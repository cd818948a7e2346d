//! A pool of threads.

mod builder;
mod driven;
mod job_builder;
mod pool;
mod state;

use std::fmt;
use std::future::Future;
use std::marker::PhantomData;
use std::panic::Location;
use std::sync::{Arc, LazyLock};
use std::time::{Duration, Instant};

pub use builder::ThreadPoolBuilder;
pub use job_builder::{JobBuilder, Priority};
pub(crate) use pool::{Pool, PoolOptions, PoolTicket};

use super::context;
use super::engine::{Closing, Extra, Lane, List, Reason, job};
use super::error::{JobLabel, Refused, ShutdownTimedOut};
use super::handle::Handle;
use super::submit::{Executor, Inline, Job};
use crate::primitives::diagnosis::Submitted;
use crate::sync::{OwnedPermit, Semaphore, TryAcquireError};

/// Threads that run jobs.
///
/// [`new`](Self::new) takes what comes: as many workers as there are cores, and more of them, up to 512,
/// while those are stuck in jobs that block. [`with_workers`](Self::with_workers) has so many, and no
/// more. No thread is started before there is a job for it, and each ends when it has been idle for
/// long.
///
/// A thread that waits for a job which no worker has begun runs it itself, unless the builder says
/// otherwise ([`ThreadPoolBuilder::inline`]): that is quicker than to hand it over, and a pool whose
/// workers all wait for each other goes on.
///
/// Dropping the pool shuts it down as [`Shutdown::Wait`] does: it takes no more jobs, runs those that
/// are queued, and waits for its threads: for ever, where a job never ends;
/// [`terminate`](Self::terminate) leaves it behind, and [`shutdown_within`](Self::shutdown_within) does so
/// after a time. On one of its own threads it can't wait for that
/// one, and does not.
///
/// # Fairness
///
/// With one worker first in, first out. With more, jobs of one thread begin in about that order, some
/// 64 jobs more or less.
///
/// # Examples
///
/// ```
/// use anyrt::executor::{Executor, ThreadPool};
///
/// let pool = ThreadPool::builder().workers(2).name("thumbnails").build().unwrap();
/// let handles: Vec<_> = (0..10).map(|n| pool.submit(move || n * n)).collect();
/// let sum: i32 = handles.into_iter().map(|handle| handle.join_blocking().unwrap()).sum();
/// assert_eq!(sum, 285);
/// ```
#[doc(alias = "ThreadPoolExecutor")]
pub struct ThreadPool<S = ()> {
    pool: Arc<Pool>,
    inline: Inline,
    room: Option<Arc<Semaphore>>,
    /// Without room, who submits runs the job.
    caller_runs: bool,
    /// Nobody waits for its threads.
    is_left: bool,
    state: PhantomData<fn() -> S>,
}

/// What becomes of the jobs that are queued at a [`ThreadPool::shutdown`].
///
/// # Examples
///
/// ```
/// use anyrt::executor::{Executor, Shutdown, ThreadPool};
///
/// let pool = ThreadPool::with_workers(1);
/// let handles: Vec<_> = (0..100).map(|n| pool.submit(move || n)).collect();
/// let cancelled = pool.shutdown(Shutdown::CancelPending);
/// assert_eq!(handles.iter().filter(|handle| handle.is_cancelled()).count(), cancelled.len());
/// ```
#[derive(Debug, Clone, Copy, PartialEq, Eq, Hash)]
pub enum Shutdown {
    /// They are run.
    Wait,
    /// They are cancelled.
    #[doc(alias = "cancel_futures")]
    CancelPending,
}

/// The view of [`ThreadPool::statistics`].
///
/// # Examples
///
/// ```
/// use anyrt::executor::{Executor, Inline, ThreadPool};
///
/// let pool = ThreadPool::builder().workers(1).inline(Inline::Never).build().unwrap();
/// assert!(pool.submit(|| panic!("as it must")).join_blocking().map(|(): ()| ()).is_err());
/// pool.submit(|| ()).join_blocking().unwrap(); // and the one before is counted
/// let now = pool.statistics();
/// assert_eq!((now.queued, now.panicked), (0, 1));
/// ```
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
#[non_exhaustive]
pub struct PoolStatistics {
    /// Jobs that wait for a worker. Cancelled ones may be counted for a while.
    pub queued: usize,
    /// Threads that are not idle: in jobs, or on their way to one.
    pub busy: usize,
    /// Threads that wait for jobs.
    pub idle: usize,
    /// Jobs that its workers have run to their end, a panic included. One that was cancelled or expired is
    /// none, nor is one that was run by who waited for it.
    pub done: u64,
    /// Those of them that panicked.
    pub panicked: u64,
}

impl ThreadPool {
    /// A pool that grows and shrinks with its work.
    ///
    /// # Panics
    ///
    /// Never: nothing is wrong with the defaults, and no thread is started yet.
    pub fn new() -> Self {
        Self::builder().build().expect("nothing is wrong with the defaults")
    }

    /// A pool of so many workers at most.
    ///
    /// # Panics
    ///
    /// If there are none; [`builder`](Self::builder) gives an error.
    pub fn with_workers(workers: usize) -> Self {
        let built = Self::builder().workers(workers).build();
        built.unwrap_or_else(|error| panic!("{error}"))
    }

    /// The pool of the process, for who has no reason for one of his own. It is made when it is asked for
    /// first, as by [`new`](Self::new), with threads called `anyrt-global-0` and so on.
    ///
    /// Nobody shuts it down: at the end of the process its jobs end as its threads do, whether they are over
    /// or not; wait for the handles that matter. To [`close`](Self::close) it closes it for everybody.
    ///
    /// # Examples
    ///
    /// ```
    /// use anyrt::executor::{Executor, ThreadPool};
    ///
    /// let sum = ThreadPool::global().submit(|| (1..=10).sum::<u32>());
    /// assert_eq!(sum.join_blocking().unwrap(), 55);
    /// ```
    #[doc(alias = "commonPool")]
    pub fn global() -> &'static Self {
        static GLOBAL: LazyLock<ThreadPool> = LazyLock::new(|| {
            let built = ThreadPool::builder().name("anyrt-global").build();
            built.expect("nothing is wrong with the defaults")
        });
        &GLOBAL
    }

    /// Options: workers, names, state, bounds.
    ///
    /// # Examples
    ///
    /// See [`ThreadPoolBuilder`].
    pub fn builder() -> ThreadPoolBuilder {
        ThreadPoolBuilder::new()
    }
}

impl<S: 'static> ThreadPool<S> {
    /// Runs `f` with the state that its worker's initializer has made.
    ///
    /// # Blocking
    ///
    /// Only for room, where the queue is bounded.
    ///
    /// # Examples
    ///
    /// ```
    /// use anyrt::executor::ThreadPool;
    ///
    /// let pool = ThreadPool::builder().initializer(|_worker| Vec::new()).workers(1).build().unwrap();
    /// for n in 0..3 {
    ///     pool.submit_with(move |buffer: &mut Vec<i32>| buffer.push(n)).detach();
    /// }
    /// assert_eq!(pool.submit_with(|buffer| buffer.len()).join_blocking().unwrap(), 3);
    /// ```
    #[track_caller]
    pub fn submit_with<F, T>(&self, f: F) -> Handle<T>
    where
        F: FnOnce(&mut S) -> T + Send + 'static,
        T: Send + 'static,
    {
        self.job().submit_with(f)
    }

    /// Waits for room in a bounded queue, as a task, and submits.
    ///
    /// # Cancel safety
    ///
    /// Dropped, nothing was submitted, and `f` is dropped; it has no place in the queue any more.
    ///
    /// # Errors
    ///
    /// [`Refused::Closed`] with `f`, after a shutdown.
    ///
    /// # Examples
    ///
    /// ```
    /// use anyrt::executor::ThreadPool;
    ///
    /// # futures_lite::future::block_on(async {
    /// let pool = ThreadPool::builder().workers(1).max_queued(1).build().unwrap();
    /// let mut handles = Vec::new();
    /// for n in 0..10 {
    ///     handles.push(pool.submit_when_free(move || n).await.unwrap()); // at the pace of the pool
    /// }
    /// for (n, handle) in handles.into_iter().enumerate() {
    ///     assert_eq!(handle.await.unwrap(), n);
    /// }
    /// # });
    /// ```
    #[track_caller]
    pub fn submit_when_free<F, T>(
        &self,
        f: F,
    ) -> impl Future<Output = Result<Handle<T>, Refused<F>>> + Send
    where
        F: FnOnce() -> T + Send + 'static,
        T: Send + 'static,
    {
        let at = Location::caller();
        async move {
            let permit = match &self.room {
                None => None,
                Some(room) => match Arc::clone(room).acquire_owned(1).await {
                    Ok(permit) => Some(permit),
                    Err(_) => return Err(Refused::Closed(f)),
                },
            };
            JobBuilder::new(self, at).send(f, permit)
        }
    }

    /// Options of one job: name, priority, deadline.
    #[track_caller]
    pub fn job(&self) -> JobBuilder<'_, S> {
        JobBuilder::new(self, Location::caller())
    }

    /// Takes no more jobs, runs or cancels those that are queued, waits for those that run, and for the
    /// threads. Returns what was cancelled.
    ///
    /// # Blocking
    ///
    /// Blocks the thread: for ever, where a job never ends. [`shutdown_within`](Self::shutdown_within) does
    /// not.
    ///
    /// # Examples
    ///
    /// ```
    /// use anyrt::executor::{Executor, Shutdown, ThreadPool};
    ///
    /// let pool = ThreadPool::with_workers(1);
    /// let last = pool.submit(|| 42);
    /// assert!(pool.shutdown(Shutdown::Wait).is_empty());
    /// assert_eq!(last.join_blocking().unwrap(), 42);
    /// ```
    pub fn shutdown(self, how: Shutdown) -> Vec<JobLabel> {
        let cancelled = self.close(how);
        self.pool.join();
        cancelled
    }

    /// Likewise, but waits for no longer than `limit`. What is queued still is cancelled then, and what runs
    /// is left to itself, as [`terminate`](Self::terminate) does.
    ///
    /// # Blocking
    ///
    /// Blocks the thread for `limit` at most.
    ///
    /// # Errors
    ///
    /// [`ShutdownTimedOut`] when the time was up; it has what was cancelled, by `how` or then.
    ///
    /// # Examples
    ///
    /// ```
    /// use anyrt::executor::{Executor, Shutdown, ThreadPool};
    /// use std::time::Duration;
    ///
    /// let pool = ThreadPool::with_workers(1);
    /// pool.submit(|| ()).detach();
    /// match pool.shutdown_within(Shutdown::Wait, Duration::from_secs(60)) {
    ///     Ok(cancelled) => assert!(cancelled.is_empty()),
    ///     Err(late) => eprintln!("{late}: {:?}", late.cancelled()),
    /// }
    /// ```
    #[doc(alias = "awaitTermination")]
    pub fn shutdown_within(
        mut self,
        how: Shutdown,
        limit: Duration,
    ) -> Result<Vec<JobLabel>, ShutdownTimedOut> {
        let until = Instant::now().checked_add(limit);
        let mut cancelled = self.close(how);
        let Some(until) = until else {
            self.pool.join();
            return Ok(cancelled);
        };
        if self.pool.join_until(until) {
            return Ok(cancelled);
        }
        cancelled.extend(self.close(Shutdown::CancelPending));
        self.is_left = true;
        Err(ShutdownTimedOut::new(cancelled, self.statistics().busy))
    }

    /// Takes no more jobs, and cancels those that are queued if asked to: a shutdown that waits for
    /// nothing. The drop of the pool waits.
    ///
    /// # Examples
    ///
    /// ```
    /// use anyrt::executor::{Executor, Shutdown, ThreadPool};
    ///
    /// let pool = ThreadPool::new();
    /// let last = pool.submit(|| 42);
    /// assert!(pool.close(Shutdown::Wait).is_empty());
    /// assert!(pool.is_closed());
    /// assert_eq!(last.join_blocking().unwrap(), 42);
    /// assert!(pool.try_submit(|| 43).is_err());
    /// ```
    pub fn close(&self, how: Shutdown) -> Vec<JobLabel> {
        if let Some(room) = &self.room {
            room.close();
        }
        let closing = match how {
            Shutdown::Wait => Closing::Drain,
            Shutdown::CancelPending => Closing::Cancel,
        };
        let tasks = self.pool.close(closing).into_iter().flatten();
        tasks
            .filter_map(|task| {
                let name = task.extra().and_then(|extra| extra.name.clone());
                let job = JobLabel { name, submitted_at: task.at() };
                task.refuse(Reason::Cancelled).then_some(job)
            })
            .collect()
    }

    /// Takes no more jobs, cancels those that are queued, and leaves those that run to themselves: their
    /// threads end when they do. Returns what was cancelled, and waits for nothing.
    ///
    /// # Examples
    ///
    /// ```
    /// use anyrt::executor::{Executor, ThreadPool};
    ///
    /// let (answer, question) = std::sync::mpsc::channel::<()>();
    /// let pool = ThreadPool::with_workers(1);
    /// let hangs = pool.submit(move || question.recv().is_err());
    /// let never = pool.submit(|| unreachable!("it was cancelled, or the other one was"));
    /// # while !hangs.is_running() { std::thread::yield_now(); }
    /// assert_eq!(pool.terminate().len(), 1);
    /// assert!(never.join_blocking().map(|(): ()| ()).unwrap_err().is_cancelled());
    /// drop(answer);
    /// assert!(hangs.join_blocking().unwrap());
    /// ```
    pub fn terminate(mut self) -> Vec<JobLabel> {
        self.is_left = true;
        self.close(Shutdown::CancelPending)
    }

    /// Whether it takes no more jobs.
    pub fn is_closed(&self) -> bool {
        self.pool.is_closed()
    }

    /// Whether an initializer has panicked: all that was queued has failed, and so will the rest.
    ///
    /// # Examples
    ///
    /// ```
    /// use anyrt::executor::{Executor, ThreadPool};
    ///
    /// let pool = ThreadPool::builder().initializer(|_| -> u8 { panic!("no database") }).build().unwrap();
    /// assert!(pool.submit(|| ()).join_blocking().unwrap_err().is_broken());
    /// assert!(pool.is_broken());
    /// ```
    pub fn is_broken(&self) -> bool {
        self.pool.is_broken()
    }

    /// Who is there, as of just now.
    pub fn statistics(&self) -> PoolStatistics {
        self.pool.statistics()
    }

    /// Room for a job, waited for.
    #[inline]
    fn room_blocking(&self) -> Result<Room, Closed> {
        self.room.as_ref().map_or(Ok(Room::Enough), |room| self.wait_for_room(room))
    }

    fn wait_for_room(&self, room: &Arc<Semaphore>) -> Result<Room, Closed> {
        match Arc::clone(room).try_acquire_owned(1) {
            Ok(permit) => Ok(Room::Held(permit)),
            Err(TryAcquireError::Closed) => Err(Closed),
            // Its own workers must not wait for each other.
            Err(_) if self.caller_runs || context::is_worker_of(self.pool.home()) => Ok(Room::None),
            Err(_) => {
                let acquired =
                    crate::wait::block_on(std::pin::pin!(Arc::clone(room).acquire_owned(1)));
                acquired.map(Room::Held).map_err(|_| Closed)
            }
        }
    }
}

/// A pool takes no more.
struct Closed;

/// Room for a job.
enum Room {
    /// The queue is not bounded.
    Enough,
    Held(OwnedPermit),
    /// None, and who asks does not wait for it.
    None,
}

impl<S: 'static> Executor for ThreadPool<S> {
    fn execute(&self, job: Job) -> Result<(), Refused<Job>> {
        let (task, home) = job.into_parts();
        match self.pool.push(task, Lane::Normal) {
            Ok(()) => Ok(()),
            Err(task) => Err(Refused::Closed(Job::from_parts(task, home))),
        }
    }

    fn inline(&self) -> Inline {
        self.inline
    }

    #[inline]
    #[track_caller]
    fn submit<F, T>(&self, f: F) -> Handle<T>
    where
        F: FnOnce() -> T + Send + 'static,
        T: Send + 'static,
    {
        self.job().submit(f)
    }

    #[inline]
    #[track_caller]
    fn try_submit<F, T>(&self, f: F) -> Result<Handle<T>, Refused<F>>
    where
        F: FnOnce() -> T + Send + 'static,
        T: Send + 'static,
    {
        self.job().try_submit(f)
    }

    #[track_caller]
    fn submit_many<F, T>(&self, jobs: impl IntoIterator<Item = F>) -> Vec<Handle<T>>
    where
        F: FnOnce() -> T + Send + 'static,
        T: Send + 'static,
    {
        let at = Location::caller();
        let jobs = jobs.into_iter();
        if self.room.is_some() {
            return jobs.map(|f| JobBuilder::new(self, at).submit(f)).collect();
        }
        let mut tasks = List::new();
        let handles = jobs.map(|f| {
            let home = (self.inline == Inline::Workers).then(|| self.pool.home());
            let (anyone, watch) = (self.inline == Inline::Anyone, Submitted::here(None, at));
            let (task, ticket) = if home.is_some() || watch.is_seen() {
                job(f, Extra { home, watch, ..Extra::default() }, anyone, at)
            } else {
                job(f, (), anyone, at)
            };
            tasks.push_back(task);
            Handle::new(ticket)
        });
        let handles = handles.collect();
        if let Err(refused) = self.pool.push_all(tasks) {
            let reason = if self.is_broken() { Reason::Broken } else { Reason::Cancelled };
            refused.for_each(|task| _ = task.refuse(reason));
        }
        handles
    }
}

impl Default for ThreadPool {
    fn default() -> Self {
        Self::new()
    }
}

impl<S> Drop for ThreadPool<S> {
    fn drop(&mut self) {
        if let Some(room) = &self.room {
            room.close();
        }
        drop(self.pool.close(Closing::Drain));
        if !self.is_left {
            self.pool.join();
        }
    }
}

impl<S> fmt::Debug for ThreadPool<S> {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.debug_tuple("ThreadPool").field(&self.pool).finish()
    }
}
