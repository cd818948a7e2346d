use std::any::TypeId;
use std::fmt;
use std::panic::Location;
use std::sync::Arc;
use std::time::Instant;

use super::context;
use super::engine::{Detail, Extra, Home, Phase, Reason, Task, send_job};
use super::error::Refused;
use super::handle::Handle;
use super::map::{Map, MapUnordered};
use super::scope::{JobScope, scope};
use crate::contract::Runtime;
use crate::primitives::birth::announce_job;
use crate::primitives::diagnosis::{self, Submitted};

/// A function with its handle elsewhere, to be run once. Dropping it cancels: the handle says so.
///
/// # Examples
///
/// ```
/// use anyrt::executor::{Executor, Job, Refused};
///
/// /// A thread for each job.
/// struct Threads;
///
/// impl Executor for Threads {
///     fn execute(&self, job: Job) -> Result<(), Refused<Job>> {
///         std::thread::spawn(move || job.run());
///         Ok(())
///     }
/// }
///
/// assert_eq!(Threads.submit(|| 6 * 7).join_blocking().unwrap(), 42);
/// ```
#[must_use = "a job that is dropped is cancelled"]
pub struct Job {
    task: Task,
    home: Option<Home>,
}

impl Job {
    /// Runs it on this thread, which may be blocked; unless it was cancelled, or its handle's owner has
    /// run it. It never unwinds.
    pub fn run(self) {
        self.run_to_its_end();
    }

    /// How it ended, if it was run.
    fn run_to_its_end(self) -> Option<Phase> {
        match self.home {
            Some(home) => context::within_home(home, || run(self.task)),
            None => run(self.task),
        }
    }

    /// Where it was submitted.
    pub fn submitted_at(&self) -> &'static Location<'static> {
        self.task.at()
    }

    pub(super) fn into_parts(self) -> (Task, Option<Home>) {
        (self.task, self.home)
    }

    pub(super) fn from_parts(task: Task, home: Option<Home>) -> Self {
        Self { task, home }
    }
}

/// Runs a task, unless it is too late for it. How it ended, if it was run.
#[inline]
pub(super) fn run(task: Task) -> Option<Phase> {
    if task.extra().and_then(|extra| extra.deadline).is_some_and(|at| at <= Instant::now()) {
        task.refuse(Reason::Expired);
        return None;
    }
    let name = task.extra().and_then(|extra| extra.name.clone());
    context::within_job(task.id(), task.at(), name, || task.run())
}

impl fmt::Debug for Job {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.debug_struct("Job").field("submitted_at", &self.submitted_at()).finish_non_exhaustive()
    }
}

/// Which threads may run a job that no worker has begun, when they wait for it.
///
/// # Examples
///
/// ```
/// use anyrt::executor::{Executor, Inline, ThreadPool};
///
/// let pool = ThreadPool::builder().workers(1).inline(Inline::Never).build().unwrap();
/// let on = pool.submit(|| std::thread::current().id()).join_blocking().unwrap();
/// assert_ne!(on, std::thread::current().id());
/// ```
#[derive(Debug, Clone, Copy, PartialEq, Eq, Hash)]
pub enum Inline {
    /// Whoever waits.
    Anyone,
    /// Those that run jobs of this executor, so that a job can wait for another one.
    Workers,
    /// None: a job needs a worker of its own.
    Never,
}

/// Runs functions on threads that may block, and hands out their results.
///
/// Every [`Runtime`] is an executor, by its blocking threads; so is a
/// [`ThreadPool`](super::ThreadPool). Of one's own it takes one method.
///
/// # Examples
///
/// ```
/// use anyrt::executor::Executor;
///
/// fn total(executor: &impl Executor, files: Vec<&'static str>) -> usize {
///     let sizes = executor.map(|file| std::fs::read(file).map_or(0, |text| text.len()), files);
///     sizes.map(Result::unwrap).sum()
/// }
///
/// let pool = anyrt::executor::ThreadPool::new();
/// let owner = anyrt::ThreadsOwner::new().unwrap();
/// let files = vec!["Cargo.toml", "README.md"];
/// assert_eq!(total(&pool, files.clone()), total(&anyrt::BlockOn::handle(&owner), files));
/// ```
pub trait Executor: Send + Sync + 'static {
    /// Sees to it that `job` is run, on a thread that may block, also when nobody waits for it; or
    /// gives it back, once shut down. It may wait for room.
    fn execute(&self, job: Job) -> Result<(), Refused<Job>>;

    /// Who may run its jobs beside its own threads. [`Inline::Workers`] unless said otherwise.
    fn inline(&self) -> Inline {
        Inline::Workers
    }

    /// Runs `f`, and returns the handle of its result.
    ///
    /// Once the executor is shut down, the handle is cancelled. Use [`try_submit`](Self::try_submit) to
    /// have the closure back.
    ///
    /// # Blocking
    ///
    /// Only for room, where the executor's queue is bounded.
    ///
    /// # Examples
    ///
    /// ```
    /// use anyrt::executor::{Executor, ThreadPool};
    /// use anyrt::prelude::*;
    ///
    /// let owner = anyrt::ThreadsOwner::new().unwrap();
    /// let handle = owner.handle().submit(|| std::fs::read_to_string("Cargo.toml"));
    /// let text = owner.block_on(handle).unwrap(); // that of the job; inside, that of the file
    /// assert!(text.unwrap().contains("anyrt"));
    /// assert_eq!(ThreadPool::new().submit(|| 6 * 7).join_blocking().unwrap(), 42);
    /// ```
    #[track_caller]
    fn submit<F, T>(&self, f: F) -> Handle<T>
    where
        Self: Sized,
        F: FnOnce() -> T + Send + 'static,
        T: Send + 'static,
    {
        submit_to(self, f, Location::caller()).unwrap_or_else(|refused| {
            let closed = refused.into_inner();
            dead_handle(closed, Location::caller())
        })
    }

    /// Runs `f`, unless the executor does not take it: then it comes back.
    ///
    /// # Errors
    ///
    /// [`Refused::Closed`] after a shutdown; [`Refused::Full`] where the queue is bounded, instead of a
    /// wait for room.
    ///
    /// # Examples
    ///
    /// ```
    /// use anyrt::executor::{Executor, Refused, Shutdown, ThreadPool};
    ///
    /// let pool = ThreadPool::new();
    /// pool.close(Shutdown::Wait);
    /// let Err(Refused::Closed(job)) = pool.try_submit(|| 42) else { panic!("it is closed") };
    /// assert_eq!(job(), 42); // here, then
    /// ```
    #[track_caller]
    fn try_submit<F, T>(&self, f: F) -> Result<Handle<T>, Refused<F>>
    where
        Self: Sized,
        F: FnOnce() -> T + Send + 'static,
        T: Send + 'static,
    {
        submit_to(self, f, Location::caller())
    }

    /// Runs each of `jobs`; the handles come in the order of the jobs. A
    /// [`ThreadPool`](super::ThreadPool) takes them in one step, which is cheaper than one by one.
    ///
    /// # Blocking
    ///
    /// As [`submit`](Self::submit).
    ///
    /// # Examples
    ///
    /// ```
    /// use anyrt::executor::{Executor, ThreadPool};
    ///
    /// let handles = ThreadPool::new().submit_many((0..3).map(|n| move || n * n));
    /// assert!(handles.into_iter().map(|handle| handle.join_blocking().unwrap()).eq([0, 1, 4]));
    /// ```
    #[track_caller]
    fn submit_many<F, T>(&self, jobs: impl IntoIterator<Item = F>) -> Vec<Handle<T>>
    where
        Self: Sized,
        F: FnOnce() -> T + Send + 'static,
        T: Send + 'static,
    {
        let at = Location::caller();
        let submit = |f| {
            let handle = submit_to(self, f, at);
            handle.unwrap_or_else(|refused| dead_handle(refused.into_inner(), at))
        };
        jobs.into_iter().map(submit).collect()
    }

    /// Applies `f` to each item, on several threads; the results come in the order of the items.
    ///
    /// It takes items only a little ahead of the results, so that the input may be endless: see
    /// [`Map`] for how far, for chunks of items, and for a deadline.
    ///
    /// # Examples
    ///
    /// ```
    /// use anyrt::executor::{Executor, ThreadPool};
    ///
    /// let pool = ThreadPool::new();
    /// let squares = pool.map(|n: u64| n * n, 1..); // without an end
    /// assert!(squares.take(4).map(Result::unwrap).eq([1, 4, 9, 16]));
    /// ```
    #[track_caller]
    fn map<F, I, T>(&self, f: F, items: I) -> Map<'_, Self, F, I::IntoIter, T>
    where
        Self: Sized,
        F: Fn(I::Item) -> T + Send + Sync + 'static,
        I: IntoIterator,
        I::Item: Send + 'static,
        T: Send + 'static,
    {
        Map::new(self, f, items.into_iter(), Location::caller())
    }

    /// Likewise, but the results come as they are ready.
    ///
    /// # Examples
    ///
    /// ```
    /// use anyrt::executor::{Executor, ThreadPool};
    ///
    /// let pool = ThreadPool::new();
    /// let squares = pool.map_unordered(|n: u64| n * n, 1..=100);
    /// assert_eq!(squares.map(Result::unwrap).sum::<u64>(), 338_350);
    /// ```
    #[doc(alias = "imap_unordered")]
    #[track_caller]
    fn map_unordered<F, I, T>(&self, f: F, items: I) -> MapUnordered<'_, Self, F, I::IntoIter, T>
    where
        Self: Sized,
        F: Fn(I::Item) -> T + Send + Sync + 'static,
        I: IntoIterator,
        I::Item: Send + 'static,
        T: Send + 'static,
    {
        MapUnordered::new(self, f, items.into_iter(), Location::caller())
    }

    /// Runs jobs that borrow, and waits for all of them before it returns.
    ///
    /// # Blocking
    ///
    /// Blocks the thread until all of its jobs are over. Those that nobody has begun are run right here,
    /// where that may be.
    ///
    /// # Panics
    ///
    /// When `f` does, or one of the jobs has and nobody has asked for its result; with its payload.
    ///
    /// # Examples
    ///
    /// ```
    /// use anyrt::executor::{Executor, ThreadPool};
    ///
    /// let pool = ThreadPool::new();
    /// let numbers = vec![1, 2, 3, 4];
    /// let (left, right) = numbers.split_at(2);
    /// let sum = pool.scope(|s| {
    ///     let left = s.submit(|| left.iter().sum::<i32>());
    ///     right.iter().sum::<i32>() + left.join_blocking().unwrap()
    /// });
    /// assert_eq!(sum, 10);
    /// ```
    ///
    /// ```compile_fail,E0373
    /// // What is inside of the scope is gone before its jobs may be.
    /// use anyrt::executor::{Executor, ThreadPool};
    /// ThreadPool::new().scope(|s| {
    ///     let inside = 1;
    ///     s.submit(|| inside + 1);
    /// });
    /// ```
    fn scope<'env, R>(
        &'env self,
        f: impl for<'scope> FnOnce(&'scope JobScope<'scope, 'env, Self>) -> R,
    ) -> R
    where
        Self: Sized,
    {
        scope(self, f)
    }

    /// Applies a function of two arguments to each pair.
    ///
    /// # Examples
    ///
    /// ```
    /// use anyrt::executor::{Executor, ThreadPool};
    ///
    /// let pool = ThreadPool::new();
    /// let powers = pool.starmap(u32::pow, [(2, 5), (3, 2)]);
    /// assert!(powers.map(Result::unwrap).eq([32, 9]));
    /// ```
    #[track_caller]
    fn starmap<F, I, A, B, T>(
        &self,
        f: F,
        pairs: I,
    ) -> Map<'_, Self, impl Fn((A, B)) -> T + Send + Sync + 'static, I::IntoIter, T>
    where
        Self: Sized,
        F: Fn(A, B) -> T + Send + Sync + 'static,
        I: IntoIterator<Item = (A, B)>,
        A: Send + 'static,
        B: Send + 'static,
        T: Send + 'static,
    {
        Map::new(self, move |(a, b)| f(a, b), pairs.into_iter(), Location::caller())
    }
}

/// A job for `executor`, with what its threads may run it.
pub(super) fn submit_to<E, F, T>(
    executor: &E,
    f: F,
    at: &'static Location<'static>,
) -> Result<Handle<T>, Refused<F>>
where
    E: Executor,
    F: FnOnce() -> T + Send + 'static,
    T: Send + 'static,
{
    let inline = executor.inline();
    let home = (inline == Inline::Workers).then(|| Home::Type(TypeId::of::<E>()));
    let (anyone, watch) = (inline == Inline::Anyone, Submitted::here(None, at));
    if home.is_some() || watch.is_seen() {
        let extra = Extra { home, watch, ..Extra::default() };
        send(executor, f, extra, anyone, home, at)
    } else {
        send(executor, f, (), anyone, home, at)
    }
}

fn send<E, F, T, D>(
    executor: &E,
    f: F,
    detail: D,
    anyone: bool,
    home: Option<Home>,
    at: &'static Location<'static>,
) -> Result<Handle<T>, Refused<F>>
where
    E: Executor,
    F: FnOnce() -> T + Send + 'static,
    T: Send + 'static,
    D: Detail,
{
    let execute = |task| {
        executor.execute(Job { task, home }).map_err(|refused| match refused {
            Refused::Full(job) => (job.task, true),
            Refused::Closed(job) => (job.task, false),
        })
    };
    match send_job(f, detail, anyone, at, execute) {
        Ok(((), ticket)) => Ok(Handle::new(ticket)),
        Err((f, true)) => Err(Refused::Full(f)),
        Err((f, false)) => Err(Refused::Closed(f)),
    }
}

/// The handle of a job that nobody takes.
pub(super) fn dead_handle<F, T>(f: F, at: &'static Location<'static>) -> Handle<T>
where
    F: FnOnce() -> T + Send + 'static,
    T: Send + 'static,
{
    let (task, ticket) = super::engine::job(f, (), false, at);
    drop(task);
    Handle::new(ticket)
}

impl<R: Runtime> Executor for R {
    fn execute(&self, job: Job) -> Result<(), Refused<Job>> {
        // Queued jobs survive their dropped handles (RT-BLOCK-1); where the runtime is down, the job
        // is dropped with its closure, and so cancelled.
        let _told = announce_job(job.submitted_at());
        drop(self.spawn_blocking(move || {
            if job.task.is_run_already() {
                return;
            }
            match job.run_to_its_end() {
                Some(Phase::Panicked) => diagnosis::has_panicked(),
                Some(_) => {}
                None => diagnosis::was_cancelled(),
            }
        }));
        Ok(())
    }
}

impl<E: Executor> Executor for Arc<E> {
    fn execute(&self, job: Job) -> Result<(), Refused<Job>> {
        (**self).execute(job)
    }

    fn inline(&self) -> Inline {
        (**self).inline()
    }
}
