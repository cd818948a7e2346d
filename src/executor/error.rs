//! Why an executor gave no value, or took no job.

use std::fmt;
use std::panic::Location;
use std::sync::Arc;

use crate::error::Panic;

/// Why a job gave no value, with its name and the place of its submit.
///
/// # Examples
///
/// ```
/// use anyrt::executor::{Executor, ThreadPool};
///
/// let pool = ThreadPool::new();
/// let error = pool.submit(|| -> u8 { panic!("no such page") }).join_blocking().unwrap_err();
/// assert!(error.is_panic());
/// assert_eq!(error.message(), Some("no such page"));
/// assert!(error.to_string().contains(file!())); // where it was submitted
/// ```
#[derive(Debug)]
pub struct JobError(Box<Inner>);

#[derive(Debug)]
struct Inner {
    kind: JobErrorKind,
    job: JobLabel,
}

/// Which job: what errors and reports say of it.
///
/// # Examples
///
/// ```
/// use anyrt::executor::{Shutdown, ThreadPool};
///
/// let (answer, question) = std::sync::mpsc::channel::<()>();
/// let pool = ThreadPool::with_workers(1);
/// let runs = pool.job().submit(move || question.recv().is_err());
/// # while !runs.is_running() { std::thread::yield_now(); }
/// pool.job().name("thumbnail 7").submit(|| ()).detach();
/// let cancelled = pool.close(Shutdown::CancelPending);
/// assert!(cancelled[0].to_string().starts_with("the job `thumbnail 7` submitted at "));
/// # drop(answer);
/// ```
#[derive(Debug, Clone, PartialEq, Eq)]
#[non_exhaustive]
pub struct JobLabel {
    /// Its name, if it was given one.
    pub name: Option<Arc<str>>,
    /// Where it was submitted.
    pub submitted_at: &'static Location<'static>,
}

/// As in "the job `thumbnail 7` submitted at src/main.rs:5:9".
impl fmt::Display for JobLabel {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.write_str("the job ")?;
        if let Some(name) = &self.name {
            write!(f, "`{name}` ")?;
        }
        write!(f, "submitted at {}", self.submitted_at)
    }
}

/// What happened to the job of a [`JobError`].
///
/// # Examples
///
/// ```
/// use anyrt::executor::{Executor, JobErrorKind, ThreadPool};
///
/// let handle = ThreadPool::new().submit(|| -> u8 { panic!("no such page") });
/// match handle.join_blocking().unwrap_err().into_kind() {
///     JobErrorKind::Panicked(panic) => assert_eq!(panic.message(), Some("no such page")),
///     other => unreachable!("{other:?}"),
/// }
/// ```
#[derive(Debug)]
#[non_exhaustive]
pub enum JobErrorKind {
    /// It panicked; the payload is kept.
    Panicked(Panic),
    /// It was cancelled before it began, or its executor was shut down.
    Cancelled,
    /// Its deadline passed before it began.
    Expired,
    /// The initializer of its pool panicked.
    Broken,
    /// Waiting for it here would never end: it waits, directly or not, for the job that asked, or
    /// for a thread that can't be had. Inside: who waits for whom, from the job that asked on, the
    /// last one for one before it; nobody where a thread is what lacks.
    Deadlock(Vec<JobLabel>),
}

impl JobError {
    #[cold]
    pub(super) fn new(kind: JobErrorKind, job: JobLabel) -> Self {
        Self(Box::new(Inner { kind, job }))
    }

    /// What happened.
    pub fn kind(&self) -> &JobErrorKind {
        &self.0.kind
    }

    /// What happened, to keep.
    pub fn into_kind(self) -> JobErrorKind {
        self.0.kind
    }

    /// Whether it panicked.
    pub fn is_panic(&self) -> bool {
        matches!(self.0.kind, JobErrorKind::Panicked(_))
    }

    /// Whether it was cancelled.
    pub fn is_cancelled(&self) -> bool {
        matches!(self.0.kind, JobErrorKind::Cancelled)
    }

    /// Whether its deadline passed before it began.
    pub fn is_expired(&self) -> bool {
        matches!(self.0.kind, JobErrorKind::Expired)
    }

    /// Whether its pool could not make a worker.
    pub fn is_broken(&self) -> bool {
        matches!(self.0.kind, JobErrorKind::Broken)
    }

    /// Whether waiting for it would never have ended.
    pub fn is_deadlock(&self) -> bool {
        matches!(self.0.kind, JobErrorKind::Deadlock(_))
    }

    /// The panic's message, if it panicked with a string, as `panic!` does.
    pub fn message(&self) -> Option<&str> {
        match &self.0.kind {
            JobErrorKind::Panicked(panic) => panic.message(),
            _ => None,
        }
    }

    /// The name that it was given.
    pub fn job_name(&self) -> Option<&str> {
        self.0.job.name.as_deref()
    }

    /// Where it was submitted.
    pub fn submitted_at(&self) -> &'static Location<'static> {
        self.0.job.submitted_at
    }

    /// The same, for another item of the same job, which did not panic.
    pub(super) fn again(&self) -> Self {
        let kind = match &self.0.kind {
            JobErrorKind::Panicked(_) | JobErrorKind::Cancelled => JobErrorKind::Cancelled,
            JobErrorKind::Expired => JobErrorKind::Expired,
            JobErrorKind::Broken => JobErrorKind::Broken,
            JobErrorKind::Deadlock(chain) => JobErrorKind::Deadlock(chain.clone()),
        };
        Self::new(kind, self.0.job.clone())
    }

    /// Makes this the error of a job that comes after, which runs here.
    pub(super) fn carry_on(self) -> ! {
        std::panic::resume_unwind(Box::new(self))
    }

    /// Carries the failure on into this thread: a panic goes on unwinding with its own payload.
    ///
    /// # Panics
    ///
    /// Always: that is what it is for.
    ///
    /// # Examples
    ///
    /// ```
    /// use anyrt::executor::{Executor, ThreadPool};
    ///
    /// let handle = ThreadPool::new().submit(|| -> u8 { panic!("no such page") });
    /// let error = handle.join_blocking().unwrap_err();
    /// let payload = std::panic::catch_unwind(|| error.resume()).unwrap_err();
    /// assert_eq!(payload.downcast_ref(), Some(&"no such page"));
    /// ```
    pub fn resume(self) -> ! {
        let text = self.to_string();
        match self.0.kind {
            JobErrorKind::Panicked(panic) => std::panic::resume_unwind(panic.into_payload()),
            _ => panic!("{text}"),
        }
    }
}

impl fmt::Display for JobError {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        write!(f, "{} ", self.0.job)?;
        match &self.0.kind {
            JobErrorKind::Panicked(panic) => match panic.message() {
                Some(message) => write!(f, "panicked: {message}"),
                None => f.write_str("panicked"),
            },
            JobErrorKind::Cancelled => {
                f.write_str("was cancelled before it began: by its handle, or by a shutdown")
            }
            JobErrorKind::Expired => f.write_str("was not begun before its deadline"),
            JobErrorKind::Broken => {
                f.write_str("was not run, as the initializer of its pool panicked")
            }
            JobErrorKind::Deadlock(chain) => {
                f.write_str("would never end while this thread waits for it: ")?;
                let [first, rest @ ..] = &chain[..] else {
                    return f.write_str(
                        "it needs this very thread, or one that can't be had. Await the handle in \
                         async code; in a job, give the pool more threads",
                    );
                };
                write!(f, "{first} waits for ")?;
                for job in rest {
                    write!(f, "{job}, which waits for ")?;
                }
                f.write_str(if rest.is_empty() { "itself" } else { "one of those before" })?;
                f.write_str(". Let one of them give its result before it waits")
            }
        }
    }
}

impl std::error::Error for JobError {}

/// A job that was not taken; the closure comes back.
///
/// # Examples
///
/// ```
/// use anyrt::executor::{Executor, Refused, Shutdown, ThreadPool};
///
/// let pool = ThreadPool::new();
/// pool.close(Shutdown::Wait);
/// match pool.try_submit(|| 42) {
///     Ok(_handle) => unreachable!("it is closed"),
///     Err(Refused::Full(_)) => unreachable!("it has no bound"),
///     Err(refused) => assert_eq!((refused.into_inner())(), 42),
/// }
/// ```
#[derive(Clone, Copy, PartialEq, Eq)]
#[non_exhaustive]
pub enum Refused<F> {
    /// As many are queued as may be. Try again later, or use `submit`, which waits.
    Full(F),
    /// The executor was shut down, or is broken.
    Closed(F),
}

impl<F> Refused<F> {
    /// The closure, or what was to be run.
    pub fn into_inner(self) -> F {
        match self {
            Self::Full(f) | Self::Closed(f) => f,
        }
    }

    /// Whether there may be room later.
    pub fn is_full(&self) -> bool {
        matches!(self, Self::Full(_))
    }
}

impl<F> fmt::Debug for Refused<F> {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.write_str(if self.is_full() { "Full(..)" } else { "Closed(..)" })
    }
}

impl<F> fmt::Display for Refused<F> {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.write_str(match self {
            Self::Full(_) => "as many jobs are queued as may be: try later, or wait for room",
            Self::Closed(_) => "the executor was shut down, or is broken: it takes no more jobs",
        })
    }
}

impl<F> std::error::Error for Refused<F> {}

/// A pool was not done within the limit of a [`shutdown_within`](super::ThreadPool::shutdown_within).
///
/// # Examples
///
/// ```
/// use anyrt::executor::{Executor, Shutdown, ThreadPool};
/// use std::time::Duration;
///
/// let (answer, question) = std::sync::mpsc::channel::<()>();
/// let pool = ThreadPool::with_workers(1);
/// let hangs = pool.submit(move || question.recv().is_err());
/// # while !hangs.is_running() { std::thread::yield_now(); }
/// pool.job().name("a job too many").submit(|| ()).detach();
/// let late = pool.shutdown_within(Shutdown::Wait, Duration::from_millis(1)).unwrap_err();
/// assert_eq!(late.running(), 1);
/// assert_eq!(late.into_cancelled()[0].name.as_deref(), Some("a job too many"));
/// drop(answer); // what runs goes on alone
/// assert!(hangs.join_blocking().unwrap());
/// ```
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct ShutdownTimedOut {
    cancelled: Vec<JobLabel>,
    running: usize,
}

impl ShutdownTimedOut {
    pub(super) fn new(cancelled: Vec<JobLabel>, running: usize) -> Self {
        Self { cancelled, running }
    }

    /// How many threads were in jobs when the time was up. They end when those do.
    pub fn running(&self) -> usize {
        self.running
    }

    /// The jobs that were cancelled.
    pub fn cancelled(&self) -> &[JobLabel] {
        &self.cancelled
    }

    /// The jobs that were cancelled, to keep.
    pub fn into_cancelled(self) -> Vec<JobLabel> {
        self.cancelled
    }
}

impl fmt::Display for ShutdownTimedOut {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        let (running, cancelled) = (self.running, self.cancelled.len());
        write!(
            f,
            "the pool was not done in time: {running} threads are left to the jobs that they run, and \
             {cancelled} jobs were cancelled. Give it longer, or tell its jobs to end before"
        )
    }
}

impl std::error::Error for ShutdownTimedOut {}

/// A pool could not be built.
///
/// # Examples
///
/// ```
/// use anyrt::executor::{PoolError, ThreadPool};
///
/// let error = ThreadPool::builder().workers(0).build().unwrap_err();
/// assert_eq!(error, PoolError::NoWorkers);
/// assert!(error.to_string().contains("ask for 1 or more"));
/// ```
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
#[non_exhaustive]
pub enum PoolError {
    /// Zero workers were asked for.
    NoWorkers,
    /// Fewer threads at most than workers.
    TooFewThreads,
    /// A queue without room takes no job.
    NoRoom,
    /// Workers that may run no job.
    NoJobs,
    /// `caller_runs` without a bound of the queue, or where only workers may run jobs.
    NoCaller,
    /// The name has a null byte, or the stack has no room in any address space.
    BadThread,
}

impl fmt::Display for PoolError {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.write_str(match self {
            Self::NoWorkers => {
                "a pool needs at least one worker: ask for 1 or more, or leave the number out for \
                 one per core"
            }
            Self::TooFewThreads => {
                "`max_threads` must not be less than the number of workers: raise it, or ask for \
                 fewer `workers`"
            }
            Self::NoRoom => {
                "a queue needs room for at least one job: ask for `max_queued(1)` or more"
            }
            Self::NoJobs => {
                "a worker must be allowed at least one job: ask for `max_jobs_per_worker(1)` or more, \
                 or leave it out"
            }
            Self::NoCaller => {
                "`caller_runs` needs a bound, `max_queued`, and jobs that anyone may run: no \
                 initializer, and `Inline::Anyone`"
            }
            Self::BadThread => {
                "no such threads can be had: the name must not contain a null byte, and the stack \
                 must fit into memory"
            }
        })
    }
}

impl std::error::Error for PoolError {}
