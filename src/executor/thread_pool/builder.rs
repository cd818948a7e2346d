use std::fmt;
use std::marker::PhantomData;
use std::sync::Arc;
use std::thread;
use std::time::Duration;

use super::pool::{Pool, PoolOptions, Prepare};
use super::{ThreadPool, state};
use crate::executor::error::PoolError;
use crate::executor::submit::Inline;
use crate::sync::Semaphore;

/// Threads that an unlimited pool may have: enough for blocking, few enough for any machine.
const MOST_THREADS: usize = 512;
const MOST_WORKERS: usize = 1 << 16;
const MOST_STACK: usize = isize::MAX as usize / 2;

type Make<S> = Box<dyn Fn(usize) -> S + Send + Sync>;

/// Options of a [`ThreadPool`].
///
/// # Examples
///
/// ```
/// use anyrt::executor::{Executor, ThreadPool};
/// use std::time::Duration;
///
/// let pool = ThreadPool::builder()
///     .workers(4)
///     .name("database")
///     .initializer(|worker| format!("connection {worker}")) // stays on its thread
///     .max_queued(100)
///     .keep_alive(Duration::from_secs(60))
///     .build()
///     .unwrap();
/// let first = pool.submit_with(|connection| connection.clone()).join_blocking().unwrap();
/// assert!(first.starts_with("connection"));
/// ```
#[must_use = "nothing happens before `build`"]
pub struct ThreadPoolBuilder<S = ()> {
    options: PoolOptions,
    workers: Option<usize>,
    max_threads: Option<usize>,
    max_queued: Option<usize>,
    caller_runs: bool,
    inline: Inline,
    make: Option<Make<S>>,
    state: PhantomData<fn() -> S>,
}

impl ThreadPoolBuilder {
    pub(super) fn new() -> Self {
        let options = PoolOptions {
            name: "anyrt-pool".into(),
            stack_size: None,
            workers: 0,
            max_threads: 0,
            keep_alive: Duration::from_secs(10),
            max_jobs: None,
        };
        Self {
            options,
            workers: None,
            max_threads: None,
            max_queued: None,
            caller_runs: false,
            inline: Inline::Anyone,
            make: None,
            state: PhantomData,
        }
    }
}

impl<S: 'static> ThreadPoolBuilder<S> {
    /// How many threads run jobs; one per core unless set. With this, there are never more, unless
    /// [`max_threads`](Self::max_threads) says so.
    #[doc(alias = "max_workers")]
    pub fn workers(mut self, workers: usize) -> Self {
        self.workers = Some(workers);
        self
    }

    /// How many threads there may be while the workers are stuck: for a millisecond nothing was begun,
    /// with jobs queued. 512 unless set, or as many as there are workers where those are set.
    ///
    /// One that takes the place of a thread that waits for another job of the pool is not counted.
    pub fn max_threads(mut self, threads: usize) -> Self {
        self.max_threads = Some(threads);
        self
    }

    /// The first part of each thread's name; `"anyrt-pool"` unless set.
    #[doc(alias = "thread_name_prefix")]
    pub fn name(mut self, name: impl Into<String>) -> Self {
        self.options.name = name.into();
        self
    }

    /// Bytes of stack for each thread; the standard library's default unless set.
    pub fn stack_size(mut self, bytes: usize) -> Self {
        self.options.stack_size = Some(bytes);
        self
    }

    /// How long a thread waits for a job before it ends; 10 s unless set.
    pub fn keep_alive(mut self, keep_alive: Duration) -> Self {
        self.options.keep_alive = keep_alive;
        self
    }

    /// After so many jobs a thread is replaced by a new one.
    #[doc(alias = "max_tasks_per_child")]
    pub fn max_jobs_per_worker(mut self, jobs: u64) -> Self {
        self.options.max_jobs = Some(jobs);
        self
    }

    /// So many jobs may be queued at most. `submit` blocks when there are as many, or runs the job
    /// itself if told to ([`caller_runs`](Self::caller_runs)); `submit_when_free` waits; `try_submit`
    /// gives the closure back. A worker of the pool, which can't wait for the others, runs the job
    /// itself.
    ///
    /// It counts what is submitted by the pool's own methods; those of [`Executor`], as `map`, bound
    /// themselves.
    ///
    /// [`Executor`]: crate::executor::Executor
    ///
    /// # Examples
    ///
    /// ```
    /// use anyrt::executor::{Executor, ThreadPool};
    ///
    /// let (answer, question) = std::sync::mpsc::channel::<()>();
    /// let pool = ThreadPool::builder().workers(1).max_queued(1).build().unwrap();
    /// let runs = pool.submit(move || question.recv().is_err());
    /// # while !runs.is_running() { std::thread::yield_now(); }
    /// let queued = pool.submit(|| 1);
    /// let refused = pool.try_submit(|| 2).unwrap_err();
    /// assert!(refused.is_full());
    /// # drop(answer);
    /// ```
    pub fn max_queued(mut self, jobs: usize) -> Self {
        self.max_queued = Some(jobs);
        self
    }

    /// When as many jobs are queued as may be, `submit` runs its job itself instead of a wait for room: the
    /// one who brings the work is slowed down to the pace of the pool, and helps. The job is over when
    /// `submit` returns; a panic of it is in the handle, as ever. The other ways to submit are as before.
    ///
    /// Only with [`max_queued`](Self::max_queued), and where anyone may run jobs
    /// ([`Inline::Anyone`]): so not with an initializer.
    ///
    /// # Examples
    ///
    /// ```
    /// use anyrt::executor::{Executor, ThreadPool};
    ///
    /// let pool = ThreadPool::builder().workers(1).max_queued(1).caller_runs().build().unwrap();
    /// let squares: Vec<_> = (0..100_u32).map(|n| pool.submit(move || n * n)).collect();
    /// assert_eq!(squares.into_iter().map(|square| square.join_blocking().unwrap()).sum::<u32>(), 328_350);
    /// ```
    #[doc(alias = "CallerRunsPolicy")]
    pub fn caller_runs(mut self) -> Self {
        self.caller_runs = true;
        self
    }

    /// Who may run jobs that no worker has begun: [`Inline::Anyone`] who waits for them, unless set.
    ///
    /// [`Inline::Workers`] where jobs need the threads that they run on, or must not be more at a time
    /// than there are workers.
    pub fn inline(mut self, inline: Inline) -> Self {
        self.inline = inline;
        self
    }

    /// What each worker makes before its first job, from its number; for
    /// [`submit_with`](ThreadPool::submit_with). It is dropped on its thread, and need not be `Send`.
    ///
    /// When it panics, the pool is broken: all that is queued and comes later fails
    /// ([`JobError::is_broken`](crate::executor::JobError::is_broken)).
    ///
    /// Jobs of such a pool run on its workers only ([`Inline::Never`], unless set afterwards).
    ///
    /// # Examples
    ///
    /// ```
    /// use anyrt::executor::ThreadPool;
    ///
    /// let pool = ThreadPool::builder()
    ///     .workers(1)
    ///     .initializer(|worker| vec![worker]) // a buffer, a connection
    ///     .build()
    ///     .unwrap();
    /// assert_eq!(pool.submit_with(|buffer: &mut Vec<usize>| buffer.len()).join_blocking().unwrap(), 1);
    /// ```
    pub fn initializer<S2: 'static>(
        self,
        make: impl Fn(usize) -> S2 + Send + Sync + 'static,
    ) -> ThreadPoolBuilder<S2> {
        ThreadPoolBuilder {
            options: self.options,
            workers: self.workers,
            max_threads: self.max_threads,
            max_queued: self.max_queued,
            caller_runs: self.caller_runs,
            inline: Inline::Never,
            make: Some(Box::new(make)),
            state: PhantomData,
        }
    }

    /// Makes the pool. It starts no thread.
    ///
    /// # Errors
    ///
    /// [`PoolError`]: a number makes no sense.
    pub fn build(self) -> Result<ThreadPool<S>, PoolError> {
        let cores = thread::available_parallelism().map_or(1, usize::from);
        let workers = self.workers.unwrap_or(cores);
        let most = if self.workers.is_some() { workers } else { MOST_THREADS.max(workers) };
        let max_threads = self.max_threads.unwrap_or(most);
        if workers == 0 {
            return Err(PoolError::NoWorkers);
        }
        if max_threads < workers {
            return Err(PoolError::TooFewThreads);
        }
        if self.max_queued == Some(0) {
            return Err(PoolError::NoRoom);
        }
        let anyone = self.inline == Inline::Anyone && self.make.is_none();
        if self.caller_runs && (self.max_queued.is_none() || !anyone) {
            return Err(PoolError::NoCaller);
        }
        if self.options.max_jobs == Some(0) {
            return Err(PoolError::NoJobs);
        }
        let too_much = max_threads > MOST_WORKERS || self.options.stack_size > Some(MOST_STACK);
        if too_much || self.options.name.contains('\0') {
            return Err(PoolError::BadThread);
        }
        let prepare =
            self.make.map(|make| -> Prepare { Box::new(move |index| state::init(|| make(index))) });
        let room = self.max_queued.map(|jobs| {
            let permits = u32::try_from(jobs).unwrap_or(u32::MAX).min(Semaphore::MAX_PERMITS);
            Arc::new(Semaphore::new(permits))
        });
        let pool = Pool::new(PoolOptions { workers, max_threads, ..self.options }, prepare);
        let (inline, caller_runs) = (self.inline, self.caller_runs);
        Ok(ThreadPool { pool, inline, room, caller_runs, is_left: false, state: PhantomData })
    }
}

impl<S> fmt::Debug for ThreadPoolBuilder<S> {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.debug_struct("ThreadPoolBuilder")
            .field("workers", &self.workers)
            .field("max_threads", &self.max_threads)
            .field("max_queued", &self.max_queued)
            .field("inline", &self.inline)
            .finish_non_exhaustive()
    }
}
