//! The side of a job that waits in queues.

use std::fmt;
use std::mem::ManuallyDrop;
use std::panic::Location;
use std::ptr::NonNull;
use std::task::{RawWaker, RawWakerVTable, Waker};

use super::body::{Detail, Extra, Header, Job};
use super::state::{ANYONE, Phase, Reason, TASK, TICKET, phase};
use super::steps::{claim, complete, extra, header, refuse, release, run};
use super::ticket::Ticket;
use crate::primitives::Ordering::Relaxed;

/// The side of a job that waits in queues. It is run, or its drop cancels it.
pub(crate) struct Task(pub(super) NonNull<Header>);

// SAFETY: closure, value and detail are `Send` (see `job`), and so are wakers; who touches what, and
// when, is for the state to say, which is atomic.
unsafe impl Send for Task {}
// SAFETY: as above; a shared task only looks at the state and the detail, which is `Sync`.
unsafe impl Sync for Task {}

/// A job of `closure`, as its two sides.
pub(crate) fn job<F, T, D>(
    closure: F,
    detail: D,
    anyone: bool,
    at: &'static Location<'static>,
) -> (Task, Ticket<T>)
where
    F: FnOnce() -> T + Send + 'static,
    T: Send + 'static,
    D: Detail,
{
    let state = TICKET | TASK | if anyone { ANYONE } else { 0 };
    let job = Job::allocate(closure, detail, state, at);
    (Task(job), Ticket::new(job))
}

/// A job of `closure` whose task goes to `send`; the closure comes back with the task.
pub(crate) fn send_job<F, T, D, R, E>(
    closure: F,
    detail: D,
    anyone: bool,
    at: &'static Location<'static>,
    send: impl FnOnce(Task) -> Result<R, (Task, E)>,
) -> Result<(R, Ticket<T>), (F, E)>
where
    F: FnOnce() -> T + Send + 'static,
    T: Send + 'static,
    D: Detail,
{
    let (task, ticket) = job(closure, detail, anyone, at);
    let job = task.0;
    match send(task) {
        Ok(result) => Ok((result, ticket)),
        Err((task, why)) => {
            assert!(task.0 == job && claim(job), "it comes back as it was sent");
            // SAFETY: the job is of these types, and alive.
            let body = unsafe { Job::<F, T, D>::body(job) };
            // SAFETY: the claim makes the closure the caller's.
            let closure = body.with_mut(|body| unsafe { body.cast::<F>().read() });
            complete(task.into_raw(), Phase::Cancelled, TASK);
            Err((closure, why))
        }
    }
}

impl Task {
    /// Runs it, unless it was run or cancelled by its ticket. How it ended, if it was run here.
    pub(crate) fn run(self) -> Option<Phase> {
        claim(self.0).then(|| run(self.into_raw(), TASK))
    }

    /// Ends it without running it, unless it was run or cancelled by its ticket. Whether it did.
    pub(crate) fn refuse(self, reason: Reason) -> bool {
        let claimed = claim(self.0);
        if claimed {
            refuse(self.into_raw(), reason, TASK);
        }
        claimed
    }

    /// Whether nobody has begun or ended it.
    pub(crate) fn is_queued(&self) -> bool {
        // Ordering: only a look.
        phase(header(self.0).state.load(Relaxed)) == Phase::Queued
    }

    /// Whether somebody has run it, or does: who waits for it.
    pub(crate) fn is_run_already(&self) -> bool {
        // Ordering: only a look.
        let now = phase(header(self.0).state.load(Relaxed));
        matches!(now, Phase::Running | Phase::Value | Phase::Panicked | Phase::Taken)
    }

    pub(crate) fn extra(&self) -> Option<&Extra> {
        extra(self.0)
    }

    pub(crate) fn at(&self) -> &'static Location<'static> {
        header(self.0).at
    }

    pub(crate) fn id(&self) -> usize {
        self.0.as_ptr().addr()
    }

    /// As the waker of another job: when that one ends, this one is run, where that one has ended. There
    /// is one task, so that a clone of the waker does nothing.
    pub(super) fn into_waker(self) -> Waker {
        let data = self.into_raw().as_ptr().cast_const().cast();
        // SAFETY: the functions of the table keep the contract: they take the task once, by `wake` or by
        // `drop`, on any thread, as it is `Send`.
        unsafe { Waker::from_raw(RawWaker::new(data, &AS_WAKER)) }
    }

    pub(in super::super) fn into_raw(self) -> NonNull<Header> {
        ManuallyDrop::new(self).0
    }

    /// Back from [`into_raw`](Self::into_raw).
    ///
    /// # Safety
    ///
    /// Once for each of those.
    pub(in super::super) unsafe fn from_raw(job: NonNull<Header>) -> Self {
        Self(job)
    }
}

static AS_WAKER: RawWakerVTable = RawWakerVTable::new(clone, wake, |_| {}, drop_waker);

fn clone(_: *const ()) -> RawWaker {
    let nothing = Waker::noop();
    RawWaker::new(nothing.data(), nothing.vtable())
}

/// # Safety
///
/// `data` is that of a waker of `Task::into_waker`, which is not used any more.
unsafe fn wake(data: *const ()) {
    // SAFETY: the caller's promise.
    unsafe { Task::from_data(data) }.run();
}

/// # Safety
///
/// As for `wake`.
unsafe fn drop_waker(data: *const ()) {
    // SAFETY: the caller's promise.
    drop(unsafe { Task::from_data(data) });
}

impl Task {
    /// # Safety
    ///
    /// As for `wake`.
    unsafe fn from_data(data: *const ()) -> Self {
        // SAFETY: it was made of a `NonNull`.
        let job = unsafe { NonNull::new_unchecked(data.cast_mut().cast()) };
        // SAFETY: `into_waker` has made it of this one, and the caller has the last use of it.
        unsafe { Self::from_raw(job) }
    }
}

impl Drop for Task {
    fn drop(&mut self) {
        if claim(self.0) {
            refuse(self.0, Reason::Cancelled, TASK);
        } else {
            release(self.0, TASK);
        }
    }
}

impl fmt::Debug for Task {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.debug_struct("Task").field("at", &self.at()).finish_non_exhaustive()
    }
}
