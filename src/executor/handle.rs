use std::fmt;
use std::future::{Future, poll_fn};
use std::panic::{AssertUnwindSafe, catch_unwind};
use std::pin::{Pin, pin};
use std::sync::Arc;
use std::task::{Context, Poll};
use std::time::{Duration, Instant};

use super::context::{self, Deadlock, Targets, Waiting};
use super::engine::{Extra, Outcome, Phase, Ready, Reason, Ticket};
use super::error::{JobError, JobErrorKind, JobLabel};
use super::wait::When;
use crate::error::{Panic, TimedOut};
use crate::primitives::diagnosis::Awaits;
use crate::wait::{block_on, block_on_within};

/// The handle of a submitted job: a future of its result, and a way to wait for it on a thread.
///
/// Dropping it detaches: the job is run all the same.
///
/// # Cancel safety
///
/// Await `&mut handle` where the await may be dropped (a timeout, a select): nothing is lost, and the
/// handle can be awaited again. The result comes out once.
///
/// # Memory ordering
///
/// What was done before the submit happens-before the job; what the job did happens-before its result
/// is seen, by whichever method.
///
/// # Examples
///
/// ```
/// use anyrt::executor::{Executor, ThreadPool};
///
/// let pool = ThreadPool::new();
/// let handle = pool.submit(|| 6 * 7);
/// assert_eq!(handle.join_blocking().unwrap(), 42); // or handle.await
/// ```
#[must_use = "dropping the handle detaches the job; use `detach` to say so"]
#[doc(alias = "Future")]
pub struct Handle<T> {
    ticket: Ticket<T>,
    awaits: Awaits,
}

impl<T: Send + 'static> Handle<T> {
    pub(super) fn new(ticket: Ticket<T>) -> Self {
        let awaits = Awaits::job(|| Some(&ticket.extra()?.watch));
        Self { ticket, awaits }
    }

    /// Waits for the result.
    ///
    /// A job that no worker has begun is run right here, if its executor lets anyone run its jobs
    /// ([`Inline`](super::Inline)) or this is one of its threads. So a job may wait for another one
    /// of its own pool, also with one worker; where it has to sleep, another worker takes its place.
    ///
    /// # Blocking
    ///
    /// Blocks the thread; in async code, await the handle.
    ///
    /// # Errors
    ///
    /// [`JobError`]: the job panicked or did not run; or waiting for it here would never end.
    ///
    /// # Panics
    ///
    /// If the result was taken before.
    ///
    /// # Examples
    ///
    /// ```
    /// use anyrt::executor::{Executor, ThreadPool};
    ///
    /// let handle = ThreadPool::new().submit(|| "6".parse::<u8>());
    /// let parsed = handle.join_blocking().unwrap(); // the job's; inside, that of its work
    /// assert_eq!(parsed, Ok(6));
    /// ```
    pub fn join_blocking(mut self) -> Result<T, JobError> {
        match self.wait(None) {
            Some(Ok(result)) => result,
            Some(Err(TimedOut)) => unreachable!("there is no limit"),
            None => panic!("the result of this handle was taken before"),
        }
    }

    /// Waits for the result, for no longer than `limit`. The handle is as before if that has passed.
    ///
    /// # Blocking
    ///
    /// Blocks the thread. A job that nobody has begun is not run here, as it may take longer, unless
    /// this thread is one of its pool.
    ///
    /// # Errors
    ///
    /// [`TimedOut`]; inside, as [`join_blocking`](Self::join_blocking).
    ///
    /// # Panics
    ///
    /// If the result was taken before.
    ///
    /// # Examples
    ///
    /// ```
    /// use anyrt::executor::{Executor, ThreadPool};
    /// use std::time::Duration;
    ///
    /// let pool = ThreadPool::new();
    /// let mut handle = pool.submit(|| 42);
    /// let answer = loop {
    ///     match handle.result(Duration::from_secs(1)) {
    ///         Ok(result) => break result,
    ///         Err(_timed_out) => println!("still waiting"),
    ///     }
    /// };
    /// assert_eq!(answer.unwrap(), 42);
    /// ```
    pub fn result(&mut self, limit: Duration) -> Result<Result<T, JobError>, TimedOut> {
        self.wait(Some(limit)).expect("the result of this handle was taken before")
    }

    /// The result, if it is there.
    ///
    /// # Panics
    ///
    /// If it was taken before.
    ///
    /// # Examples
    ///
    /// ```
    /// use anyrt::executor::{Executor, ThreadPool};
    ///
    /// let mut handle = ThreadPool::new().submit(|| 42); // the pool's drop waits for it
    /// assert_eq!(handle.try_result().unwrap().unwrap(), 42);
    /// ```
    pub fn try_result(&mut self) -> Option<Result<T, JobError>> {
        let label = self.label();
        Some(settle(self.ticket.try_take()?, label))
    }

    /// `None` if the result was taken before.
    pub(super) fn wait(
        &mut self,
        limit: Option<Duration>,
    ) -> Option<Result<Result<T, JobError>, TimedOut>> {
        if self.ticket.phase() == Phase::Taken {
            return None;
        }
        Some(self.wait_untaken(limit))
    }

    fn wait_untaken(&mut self, limit: Option<Duration>) -> Result<Result<T, JobError>, TimedOut> {
        let label = self.label();
        if let Some(outcome) = self.ticket.try_take() {
            return Ok(settle(outcome, label));
        }
        let mut waiting = match self.begin_wait(limit.is_some()) {
            Ok(waiting) => waiting,
            Err(chain) => return Ok(Err(deadlock(chain, label))),
        };
        let _noted = self.awaits.begin();
        if limit.is_none() || context::is_in_job() {
            let _ran = if limit.is_none() { self.run_here() } else { self.help() };
            if let Some(outcome) = self.ticket.try_take() {
                return Ok(settle(outcome, label));
            }
        }
        if !waiting.block() && self.is_queued() && limit.is_none() {
            return Ok(Err(deadlock(Deadlock(Vec::new()), label)));
        }
        let ticket = &mut self.ticket;
        let outcome = pin!(poll_fn(|cx| ticket.poll(cx.waker())));
        let outcome = match limit {
            None => block_on(outcome),
            Some(limit) => block_on_within(outcome, limit).ok_or(TimedOut)?,
        };
        Ok(settle(outcome, label))
    }

    /// Says that this thread's job waits for this one.
    fn begin_wait(&self, has_limit: bool) -> Result<Waiting, Deadlock> {
        if self.is_driven_here() {
            return Err(Deadlock(Vec::new()));
        }
        context::wait_for(Targets::One(self.id()), has_limit)
    }

    /// Whether it is a future that needs this very thread.
    pub(super) fn is_driven_here(&self) -> bool {
        context::is_driven_here(&self.ticket)
    }

    /// Whether it is a future that somebody drives.
    pub(super) fn is_future(&self) -> bool {
        self.ticket.extra().is_some_and(|extra| extra.in_task.is_some())
    }

    /// Tells jobs apart while they are alive.
    pub(super) fn id(&self) -> usize {
        self.ticket.id()
    }

    /// The error of a wait for several of which this is one.
    pub(super) fn deadlock(&self, chain: Deadlock) -> JobError {
        deadlock(chain, self.label())
    }

    /// Runs it on this thread, which waits for several of which this is one, if that may be and nobody
    /// has begun it.
    pub(super) fn help(&self) -> bool {
        // Who is run by another job keeps that one waiting.
        self.is_queued()
            && context::may_run(&self.ticket)
            && self.begin_wait(false).is_ok_and(|_waiting| self.run_here())
    }

    /// Runs it on this thread, if that may be and nobody has begun it.
    fn run_here(&self) -> bool {
        if !self.is_queued() || !context::may_run(&self.ticket) {
            return false;
        }
        if self
            .ticket
            .extra()
            .and_then(|extra| extra.deadline)
            .is_some_and(|at| at <= Instant::now())
        {
            self.ticket.expire();
            return false;
        }
        let Some(JobLabel { name, submitted_at }) = self.label() else { return false };
        context::within_job(self.id(), submitted_at, name, || self.ticket.run_here())
    }

    pub(super) fn listen(&mut self, ready: &Arc<Ready>, key: u32) {
        self.ticket.listen(ready, key);
    }

    pub(super) fn unlisten(&mut self) {
        self.ticket.unlisten();
    }

    /// Keeps the job from beginning: `true` if this has, for one caller at most. The closure is dropped
    /// and the handle has its result (`Cancelled`) when this returns.
    ///
    /// A job that has begun can't be stopped.
    ///
    /// # Examples
    ///
    /// ```
    /// use anyrt::executor::{Executor, ThreadPool};
    ///
    /// let pool = ThreadPool::new();
    /// let handle = pool.submit(|| 42);
    /// if handle.cancel() {
    ///     assert!(handle.join_blocking().unwrap_err().is_cancelled());
    /// } else {
    ///     assert_eq!(handle.join_blocking().unwrap(), 42); // it had begun
    /// }
    /// ```
    pub fn cancel(&self) -> bool {
        self.ticket.cancel()
    }

    /// Whether the result is there, or was taken.
    ///
    /// # Examples
    ///
    /// ```
    /// use anyrt::executor::{Executor, ThreadPool};
    ///
    /// let handle = ThreadPool::new().submit(|| 42); // the pool's drop waits for it
    /// assert!(handle.is_finished());
    /// assert!(!handle.is_queued() && !handle.is_running() && !handle.is_failed());
    /// ```
    #[doc(alias = "done")]
    pub fn is_finished(&self) -> bool {
        self.ticket.is_over()
    }

    /// Whether it runs just now.
    #[doc(alias = "running")]
    pub fn is_running(&self) -> bool {
        self.ticket.phase() == Phase::Running
    }

    /// Whether it waits for a thread.
    pub fn is_queued(&self) -> bool {
        self.ticket.phase() == Phase::Queued
    }

    /// Whether it was cancelled.
    #[doc(alias = "cancelled")]
    pub fn is_cancelled(&self) -> bool {
        self.ticket.phase() == Phase::Cancelled
    }

    /// Whether it has ended without a value.
    ///
    /// # Examples
    ///
    /// ```
    /// use anyrt::executor::{Executor, ThreadPool};
    ///
    /// let handle = ThreadPool::new().submit(|| -> u8 { panic!("as it must") }); // the pool's drop waits
    /// assert!(handle.is_finished() && handle.is_failed() && !handle.is_cancelled());
    /// ```
    pub fn is_failed(&self) -> bool {
        !matches!(self.ticket.phase(), Phase::Queued | Phase::Running | Phase::Value | Phase::Taken)
    }

    /// Lets the job go on alone: the same as dropping the handle, but said aloud.
    ///
    /// # Examples
    ///
    /// ```
    /// use anyrt::executor::{Executor, ThreadPool};
    ///
    /// let (tell, told) = std::sync::mpsc::channel();
    /// ThreadPool::new().submit(move || tell.send("done").unwrap()).detach();
    /// assert_eq!(told.recv(), Ok("done"));
    /// ```
    pub fn detach(self) {
        drop(self);
    }

    /// Applies `f` to the value when the job ends, on the thread that ends it; here and now if it has.
    /// An error stays what it is. So handles of different values fit into one
    /// [`as_completed`](super::as_completed).
    ///
    /// The new handle is queued until the job has ended; cancelling it cancels the job, unless that
    /// has begun: then it goes on alone. A panic of `f` is the new handle's error. It takes an
    /// allocation, which a closure that is submitted with `f` in it does not.
    ///
    /// # Panics
    ///
    /// If the result was taken before.
    ///
    /// # Examples
    ///
    /// ```
    /// use anyrt::executor::{Executor, SubmitAsync, ThreadPool, as_completed};
    ///
    /// enum Event {
    ///     Size(u64),
    ///     Greeting(&'static str),
    /// }
    ///
    /// let pool = ThreadPool::new();
    /// let owner = anyrt::ThreadsOwner::new().unwrap();
    /// let size = pool.submit(|| std::fs::metadata("Cargo.toml").unwrap().len());
    /// let greeting = anyrt::BlockOn::handle(&owner).submit_async(async { "hello" });
    /// let events = [((), size.map(Event::Size)), ((), greeting.map(Event::Greeting))];
    /// for ((), event) in as_completed(events) {
    ///     match event.unwrap() {
    ///         Event::Size(bytes) => assert!(bytes > 0),
    ///         Event::Greeting(text) => assert_eq!(text, "hello"),
    ///     }
    /// }
    /// ```
    pub fn map<U, F>(self, f: F) -> Handle<U>
    where
        U: Send + 'static,
        F: FnOnce(T) -> U + Send + 'static,
    {
        self.then(|result| result.map_or_else(|error| error.carry_on(), f))
    }

    /// Calls `callback` with the result when the job ends, on the thread that ends it, before anybody who
    /// waits for the new handle; here and now if it has ended. There may be any number of them, which are
    /// called in their order. Who cancels the new handle is not told: the callback is dropped then. Else as
    /// [`map`](Self::map).
    ///
    /// A callback that panics is told by the panic hook and harms nobody: neither the result nor
    /// the worker.
    ///
    /// # Examples
    ///
    /// ```
    /// use anyrt::executor::{Executor, ThreadPool};
    ///
    /// let handle = ThreadPool::new()
    ///     .submit(|| 42)
    ///     .inspect(|result| println!("{result:?}"))
    ///     .inspect(|result| assert!(result.is_ok()));
    /// assert_eq!(handle.join_blocking().unwrap(), 42);
    /// ```
    ///
    /// # Panics
    ///
    /// If the result was taken before.
    #[doc(alias = "add_done_callback")]
    pub fn inspect<F>(self, callback: F) -> Self
    where
        F: FnOnce(&Result<T, JobError>) + Send + 'static,
    {
        self.then(|result| {
            let _told = catch_unwind(AssertUnwindSafe(|| callback(&result)));
            result.unwrap_or_else(|error| error.carry_on())
        })
    }

    /// Calls `callback` with the result, on the thread that ends the job; here and now if it has ended.
    ///
    /// A callback that panics is told by the panic hook and harms nobody: neither the job, whose end
    /// it is not, nor the worker. For more than one, and a handle still, see
    /// [`inspect`](Self::inspect).
    ///
    /// # Panics
    ///
    /// If the result was taken before.
    ///
    /// # Examples
    ///
    /// ```
    /// use anyrt::executor::{Executor, ThreadPool};
    ///
    /// let (tell, told) = std::sync::mpsc::channel();
    /// ThreadPool::new().submit(|| 42).on_done(move |result| tell.send(result.unwrap()).unwrap());
    /// assert_eq!(told.recv(), Ok(42));
    /// ```
    #[doc(alias = "add_done_callback")]
    pub fn on_done(self, callback: impl FnOnce(Result<T, JobError>) + Send + 'static) {
        self.then(callback).detach();
    }

    /// A job that runs when this one is over, with its result.
    fn then<U, F>(self, f: F) -> Handle<U>
    where
        U: Send + 'static,
        F: FnOnce(Result<T, JobError>) -> U + Send + 'static,
    {
        let extra = self.ticket.extra().map(|extra| Extra {
            name: extra.name.clone(),
            home: extra.home,
            in_task: extra.in_task,
            ..Extra::default() // the deadline is for the one before
        });
        // Over already, but where it is run by who waits for it: then that has to wait here.
        let run = |ticket| f(Self::new(ticket).join_blocking());
        Handle::new(match extra {
            None => self.ticket.then(run, ()),
            Some(extra) => self.ticket.then(run, extra),
        })
    }

    /// Calls `value` with the value, or `error` with the error; else as [`on_done`](Self::on_done).
    ///
    /// # Examples
    ///
    /// ```
    /// use anyrt::executor::{Executor, ThreadPool};
    ///
    /// let (tell, told) = std::sync::mpsc::channel();
    /// let also = tell.clone();
    /// ThreadPool::new()
    ///     .submit(|| -> u8 { panic!("no such page") })
    ///     .on_done_or(move |value| tell.send(value.to_string()).unwrap(), move |error| {
    ///         also.send(error.message().unwrap().to_owned()).unwrap();
    ///     });
    /// assert_eq!(told.recv().unwrap(), "no such page");
    /// ```
    #[doc(alias = "apply_async")]
    #[doc(alias = "error_callback")]
    pub fn on_done_or(
        self,
        value: impl FnOnce(T) + Send + 'static,
        error: impl FnOnce(JobError) + Send + 'static,
    ) {
        self.on_done(move |result| match result {
            Ok(done) => value(done),
            Err(failed) => error(failed),
        });
    }

    /// `None` once the result was taken.
    fn label(&self) -> Option<JobLabel> {
        let submitted_at = self.ticket.at()?;
        let name = self.ticket.extra().and_then(|extra| extra.name.clone());
        Some(JobLabel { name, submitted_at })
    }
}

/// Says that this thread waits, and does nothing meanwhile, for some of `handles`, of which there are
/// some.
pub(super) fn begin_wait<T: Send + 'static>(
    handles: &[&Handle<T>],
    when: When,
    has_limit: bool,
) -> Result<Waiting, Deadlock> {
    // Whether the wait does not end when those for which `holds` do not.
    let needs = |holds: fn(&Handle<T>) -> bool| {
        let mut handles = handles.iter();
        match when {
            When::AllCompleted => handles.any(|handle| holds(handle)),
            When::FirstCompleted | When::FirstError => handles.all(|handle| holds(handle)),
        }
    };
    if needs(Handle::is_driven_here) {
        return Err(Deadlock(Vec::new()));
    }
    let ids = handles.iter().map(|handle| handle.id()).collect();
    let on = if when == When::AllCompleted { Targets::All(ids) } else { Targets::Any(ids) };
    let mut waiting = context::wait_for(on, has_limit)?;
    waiting.noted.extend(handles.iter().filter_map(|handle| handle.awaits.begin()));
    if !waiting.block() && !has_limit && needs(Handle::is_queued) {
        return Err(Deadlock(Vec::new()));
    }
    Ok(waiting)
}

fn error(kind: JobErrorKind, label: Option<JobLabel>) -> JobError {
    JobError::new(kind, label.expect("a job with an outcome is there"))
}

fn deadlock(chain: Deadlock, label: Option<JobLabel>) -> JobError {
    error(JobErrorKind::Deadlock(chain.0), label)
}

fn settle<T>(outcome: Outcome<T>, label: Option<JobLabel>) -> Result<T, JobError> {
    match outcome {
        Outcome::Value(value) => Ok(value),
        Outcome::Panicked(panic) => Err(match panic.into_payload().downcast::<JobError>() {
            Ok(carried) => *carried, // of the job that it came after
            Err(payload) => error(JobErrorKind::Panicked(Panic::new(payload)), label),
        }),
        Outcome::NotRun(Reason::Cancelled) => Err(error(JobErrorKind::Cancelled, label)),
        Outcome::NotRun(Reason::Expired) => Err(error(JobErrorKind::Expired, label)),
        Outcome::NotRun(Reason::Broken) => Err(error(JobErrorKind::Broken, label)),
    }
}

impl<T: Send + 'static> Future for Handle<T> {
    type Output = Result<T, JobError>;

    #[inline]
    fn poll(mut self: Pin<&mut Self>, cx: &mut Context<'_>) -> Poll<Self::Output> {
        let label = self.label();
        let polled = self.ticket.poll(cx.waker()).map(|outcome| settle(outcome, label));
        self.awaits.polled(&polled);
        polled
    }
}

impl<T> fmt::Debug for Handle<T> {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.debug_struct("Handle").field("phase", &self.ticket.phase()).finish_non_exhaustive()
    }
}
