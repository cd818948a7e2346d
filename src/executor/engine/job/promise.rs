//! A job whose value comes from elsewhere.

use std::fmt;
use std::marker::PhantomData;
use std::mem::ManuallyDrop;
use std::panic::Location;
use std::ptr::NonNull;

use super::body::{Detail, Header, Settled};
use super::state::{Phase, TASK};
use super::steps::{claim, complete, header};
use super::task::{Task, job};
use super::ticket::Ticket;

/// The side of a job whose value comes from elsewhere: from a future, say. Dropping it cancels.
pub(crate) struct Promise<T> {
    task: Task,
    value: PhantomData<fn(T)>,
}

/// The right to settle a promise that has begun.
pub(crate) struct Begun<T> {
    job: NonNull<Header>,
    value: PhantomData<fn(T)>,
}

// SAFETY: as for `Task`.
unsafe impl<T: Send> Send for Begun<T> {}
// SAFETY: it does nothing when it is shared.
unsafe impl<T: Send> Sync for Begun<T> {}

/// A job whose value is promised.
pub(crate) fn promise<T: Send + 'static, D: Detail>(
    detail: D,
    at: &'static Location<'static>,
) -> (Promise<T>, Ticket<T>) {
    let (task, ticket) = job(|| -> T { unreachable!("a promise is not run") }, detail, false, at);
    (Promise { task, value: PhantomData }, ticket)
}

impl<T> Promise<T> {
    /// Queued → Running; `None` if it was cancelled.
    pub(crate) fn begin(self) -> Option<Begun<T>> {
        claim(self.task.0).then(|| Begun { job: self.task.into_raw(), value: PhantomData })
    }
}

impl<T> Begun<T> {
    /// Tells jobs apart while they are alive.
    pub(crate) fn id(&self) -> usize {
        self.job.as_ptr().addr()
    }

    pub(crate) fn at(&self) -> &'static Location<'static> {
        header(self.job).at
    }

    /// Running → Value or Panicked.
    pub(crate) fn settle(self, mut settled: Settled<T>) {
        let job = ManuallyDrop::new(self).job;
        let from = (&raw mut settled).cast();
        // SAFETY: it was claimed, and so its body, a closure without contents, is the caller's; the
        // value is of its type, and forgotten here.
        let end = unsafe { (header(job).vtable.settle)(job, from) };
        std::mem::forget(settled);
        complete(job, end, TASK);
    }
}

impl<T> Drop for Begun<T> {
    /// It will not come.
    fn drop(&mut self) {
        complete(self.job, Phase::Cancelled, TASK);
    }
}

impl<T> fmt::Debug for Promise<T> {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.debug_tuple("Promise").field(&self.task).finish()
    }
}

impl<T> fmt::Debug for Begun<T> {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.debug_struct("Begun").finish_non_exhaustive()
    }
}
