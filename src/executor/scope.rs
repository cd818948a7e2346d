//! Jobs that borrow from the stack of whoever waits for them. The unsafe step is one line, and says
//! why it holds.

#![allow(unsafe_code)]

use std::fmt;
use std::marker::PhantomData;
use std::mem;
use std::panic::{AssertUnwindSafe, Location, catch_unwind, resume_unwind};
use std::sync::{Arc, Mutex, MutexGuard, PoisonError};

use super::error::JobError;
use super::handle::Handle;
use super::submit::{Executor, dead_handle, submit_to};

/// Submits jobs that borrow; given by [`Executor::scope`].
pub struct JobScope<'scope, 'env: 'scope, E> {
    executor: &'env E,
    /// All that were submitted.
    jobs: Mutex<Vec<Arc<Mutex<Running>>>>,
    /// Invariant in both, as std's `Scope`.
    brand: PhantomData<&'scope mut &'scope ()>,
    env: PhantomData<&'env mut &'env ()>,
}

type Slot<T> = Arc<Mutex<Option<T>>>;

/// A job, to those who may wait for it.
struct Running {
    job: Handle<()>,
    /// Why it gave nothing, once it is over, until somebody asks.
    error: Option<JobError>,
}

/// The handle of a job of a [`JobScope`].
#[must_use = "dropping the handle detaches the job; the scope waits for it"]
pub struct ScopedHandle<'scope, T> {
    job: Arc<Mutex<Running>>,
    value: Slot<T>,
    scope: PhantomData<&'scope ()>,
}

pub(super) fn scope<'env, E, R>(
    executor: &'env E,
    f: impl for<'scope> FnOnce(&'scope JobScope<'scope, 'env, E>) -> R,
) -> R
where
    E: Executor,
{
    let (jobs, brand, env) = (Mutex::default(), PhantomData, PhantomData);
    let scope = JobScope { executor, jobs, brand, env };
    let result = catch_unwind(AssertUnwindSafe(|| f(&scope)));
    let error = scope.wait();
    let result = result.unwrap_or_else(|payload| resume_unwind(payload));
    if let Some(error) = error {
        error.resume();
    }
    result
}

impl<'scope, E: Executor> JobScope<'scope, '_, E> {
    /// Runs `f`, which may borrow what outlives the scope.
    ///
    /// # Blocking
    ///
    /// Only for room, where the executor's queue is bounded.
    ///
    /// # Examples
    ///
    /// ```
    /// use anyrt::executor::{Executor, ThreadPool};
    ///
    /// let words = vec!["a", "few", "words"];
    /// let longest = ThreadPool::new().scope(|scope| {
    ///     let longest = scope.submit(|| words.iter().map(|word| word.len()).max()); // borrows
    ///     longest.join_blocking().unwrap()
    /// });
    /// assert_eq!(longest, Some(5));
    /// ```
    #[track_caller]
    pub fn submit<F, T>(&'scope self, f: F) -> ScopedHandle<'scope, T>
    where
        F: FnOnce() -> T + Send + 'scope,
        T: Send + 'scope,
    {
        let at = Location::caller();
        let value: Slot<T> = Arc::default();
        let slot = Arc::clone(&value);
        let job: Box<dyn FnOnce() + Send + 'scope> = Box::new(move || {
            let value = f();
            *lock(&slot) = Some(value);
        });
        // SAFETY: only the lifetime changes. A job's closure is called or dropped, and has let go of
        // its slot, before its handle is over; `scope` does not return, nor unwind, before the handle
        // of each job in `jobs` is. The value is dropped by who has the last pointer to the slot: the
        // closure, or the `ScopedHandle`, which does not outlive `'scope`.
        let job: Box<dyn FnOnce() + Send + 'static> = unsafe { mem::transmute(job) };
        let job = submit_to(self.executor, job, at)
            .unwrap_or_else(|refused| dead_handle(refused.into_inner(), at));
        let job = Arc::new(Mutex::new(Running { job, error: None }));
        lock(&self.jobs).push(Arc::clone(&job));
        ScopedHandle { job, value, scope: PhantomData }
    }

    /// Waits for all of them, also for those that are submitted meanwhile; the first error that nobody
    /// has asked for.
    fn wait(&self) -> Option<JobError> {
        let mut error = None;
        loop {
            let jobs = mem::take(&mut *lock(&self.jobs));
            if jobs.is_empty() {
                return error;
            }
            for job in jobs {
                let mut job = lock(&job);
                job.finish();
                let this = job.error.take();
                error = error.or(this);
            }
        }
    }
}

impl Running {
    fn finish(&mut self) {
        loop {
            match self.job.wait(None) {
                None | Some(Ok(Ok(()))) => return,
                Some(Err(_)) => {}
                // It has to end all the same, or what it borrows would be gone.
                Some(Ok(Err(error))) if error.is_deadlock() => std::thread::yield_now(),
                Some(Ok(Err(error))) => {
                    self.error = Some(error);
                    return;
                }
            }
        }
    }
}

impl<T> ScopedHandle<'_, T> {
    /// Waits for the result. A job that nobody has begun is run right here, where that may be.
    ///
    /// # Blocking
    ///
    /// Blocks the thread.
    ///
    /// # Errors
    ///
    /// [`JobError`]: the job panicked, or did not run.
    ///
    /// # Panics
    ///
    /// Never: a job without an error has a value.
    pub fn join_blocking(self) -> Result<T, JobError> {
        let mut job = lock(&self.job);
        job.finish();
        if let Some(error) = job.error.take() {
            return Err(error);
        }
        drop(job);
        let value = lock(&self.value).take();
        Ok(value.expect("a job without an error has a value, and one handle"))
    }

    /// Whether the result is there.
    pub fn is_finished(&self) -> bool {
        lock(&self.job).job.is_finished()
    }
}

/// Nothing panics under these locks but what is caught.
fn lock<T: ?Sized>(mutex: &Mutex<T>) -> MutexGuard<'_, T> {
    mutex.lock().unwrap_or_else(PoisonError::into_inner)
}

impl<E> fmt::Debug for JobScope<'_, '_, E> {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.debug_struct("JobScope").field("jobs", &lock(&self.jobs).len()).finish_non_exhaustive()
    }
}

impl<T> fmt::Debug for ScopedHandle<'_, T> {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.debug_struct("ScopedHandle").finish_non_exhaustive()
    }
}
