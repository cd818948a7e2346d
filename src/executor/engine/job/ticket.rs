//! The side of a job that waits for its result.

use std::fmt;
use std::marker::PhantomData;
use std::mem::MaybeUninit;
use std::panic::Location;
use std::ptr::NonNull;
use std::task::{Poll, Waker};

use super::super::ready::Ready;
use super::body::{Detail, Extra, Header, Waiter};
use super::state::{ANYONE, Outcome, PHASE, Phase, Reason, TASK, TICKET, WAITER, is_over, phase};
use super::steps::{claim, destroy, extra, header, refuse, release, run, take_waiter};
use super::task::job;
use crate::primitives::{
    Arc,
    Ordering::{AcqRel, Acquire, Relaxed, Release},
};

/// The side of a job that waits for the result. Dropping it detaches.
pub(crate) struct Ticket<T> {
    /// `None` once the result is out.
    job: Option<NonNull<Header>>,
    value: PhantomData<fn() -> T>,
}

// SAFETY: as for `Task`.
unsafe impl<T: Send> Send for Ticket<T> {}
// SAFETY: as above; a shared ticket looks, and claims by the state, and drops or runs what is `Send`.
unsafe impl<T: Send> Sync for Ticket<T> {}

impl<T> Ticket<T> {
    pub(super) fn new(job: NonNull<Header>) -> Self {
        Self { job: Some(job), value: PhantomData }
    }

    fn job(&self) -> NonNull<Header> {
        self.job.expect("a handle must not be used after it gave its result")
    }

    /// Ordering of the answer: what the job did is seen when it is over.
    pub(crate) fn phase(&self) -> Phase {
        // Ordering: acquires what the job released in `complete`.
        self.job.map_or(Phase::Taken, |job| phase(header(job).state.load(Acquire)))
    }

    pub(crate) fn is_over(&self) -> bool {
        self.phase() as u32 > Phase::Running as u32
    }

    /// Whether whoever waits may run it.
    pub(crate) fn is_for_anyone(&self) -> bool {
        // Ordering: the bit does not change.
        self.job.is_some_and(|job| header(job).state.load(Relaxed) & ANYONE != 0)
    }

    pub(crate) fn extra(&self) -> Option<&Extra> {
        self.job.and_then(extra)
    }

    pub(crate) fn at(&self) -> Option<&'static Location<'static>> {
        self.job.map(|job| header(job).at)
    }

    /// Tells jobs apart while they are alive.
    pub(crate) fn id(&self) -> usize {
        self.job.map_or(0, |job| job.as_ptr().addr())
    }

    /// Queued → Cancelled; `true` for one caller at most.
    pub(crate) fn cancel(&self) -> bool {
        self.job.is_some_and(|job| {
            let claimed = claim(job);
            if claimed {
                refuse(job, Reason::Cancelled, 0);
            }
            claimed
        })
    }

    /// Queued → Expired.
    pub(crate) fn expire(&self) {
        if let Some(job) = self.job.filter(|job| claim(*job)) {
            refuse(job, Reason::Expired, 0);
        }
    }

    /// Runs it on this thread, unless somebody has begun it. Whether it did.
    pub(crate) fn run_here(&self) -> bool {
        self.job.is_some_and(|job| {
            let claimed = claim(job);
            if claimed {
                run(job, 0);
            }
            claimed
        })
    }

    /// The outcome, once, when it is over; or has `waker` called at the end.
    pub(crate) fn poll(&mut self, waker: &Waker) -> Poll<Outcome<T>> {
        let job = self.job();
        // Ordering: acquires what the job released in `complete`.
        let state = header(job).state.load(Acquire);
        if is_over(state) {
            return Poll::Ready(self.take(state));
        }
        if state & WAITER != 0 {
            // Who takes it out meanwhile leaves the bits, and is about to call it.
            let same = header(job).waiter.with(|waiter| {
                // SAFETY: it is full, and only this ticket, which is borrowed, writes to it.
                let waiter = unsafe { &*waiter.cast::<Waiter>() };
                matches!(waiter, Waiter::Waker(stored) if stored.will_wake(waker))
            });
            if same {
                return Poll::Pending;
            }
            drop(self.uninstall());
        }
        match install(self.job(), Waiter::Waker(waker.clone())) {
            Ok(()) => Poll::Pending,
            Err((state, _unused)) => Poll::Ready(self.take(state)),
        }
    }

    /// The outcome, once, when it is over.
    pub(crate) fn try_take(&mut self) -> Option<Outcome<T>> {
        // Ordering: acquires what the job released in `complete`.
        let state = header(self.job()).state.load(Acquire);
        is_over(state).then(|| self.take(state))
    }

    /// Puts `key` into `ready` when it is over, which may be now.
    pub(crate) fn listen(&mut self, ready: &Arc<Ready>, key: u32) {
        drop(self.uninstall());
        let over = self.job.is_none_or(|job| {
            // Ordering: only a look; `install` looks again.
            if !is_over(header(job).state.load(Relaxed)) {
                // SAFETY: no waiter is installed and it is not over: nobody else reads the key.
                header(job).key.with_mut(|slot| unsafe { *slot = key });
            }
            install(job, Waiter::Ready(Arc::clone(ready))).is_err()
        });
        if over {
            ready.push(key);
        }
    }

    /// Forgets who is to be told.
    pub(crate) fn unlisten(&mut self) {
        drop(self.uninstall());
    }

    /// A job that runs when this one is over, and is given its ticket: on the thread that ends this one,
    /// here and now if it is over, or on one that waits for it and may run it, which then has to wait for
    /// this one. Cancelling it cancels this one.
    pub(crate) fn then<U, F, D>(mut self, f: F, detail: D) -> Ticket<U>
    where
        T: Send + 'static,
        U: Send + 'static,
        F: FnOnce(Self) -> U + Send + 'static,
        D: Detail,
    {
        drop(self.uninstall());
        let (before, anyone) = (self.job(), self.is_for_anyone());
        let mut upstream = Upstream(Some(self));
        let run = move || f(upstream.0.take().expect("it runs once"));
        let (task, ticket) = job(run, detail, anyone, header(before).at);
        // Nobody else has a side of the new job yet, so that nobody uses the ticket in it.
        if let Err((_, Waiter::Waker(waker))) = install(before, Waiter::Waker(task.into_waker())) {
            waker.wake();
        }
        ticket
    }

    /// Empties the cell, unless `complete` has.
    fn uninstall(&mut self) -> Option<Waiter> {
        let header = header(self.job?);
        // Ordering: who fills the cell is this ticket; nobody else writes to it.
        let mut now = header.state.load(Relaxed);
        while now & WAITER != 0 {
            // Ordering: as above.
            match header.state.compare_exchange(now, now & !WAITER, Relaxed, Relaxed) {
                Ok(_) => return Some(take_waiter(header)),
                Err(other) => now = other,
            }
        }
        None
    }

    /// Takes the outcome of a job that was acquired as over, in `state`, and gives up the side.
    fn take(&mut self, state: u32) -> Outcome<T> {
        let job = self.job.take().expect("a handle must not be used after it gave its result");
        let vtable = header(job).vtable;
        let outcome = match phase(state) {
            Phase::Value => {
                let mut value = MaybeUninit::<T>::uninit();
                // SAFETY: it is over, so that the body belongs to the ticket; it is a value of type `T`.
                unsafe { (vtable.read_value)(job, value.as_mut_ptr().cast()) };
                // SAFETY: just written.
                Outcome::Value(unsafe { value.assume_init() })
            }
            // SAFETY: as above, but a panic.
            Phase::Panicked => Outcome::Panicked(unsafe { (vtable.read_panic)(job) }),
            Phase::Expired => Outcome::NotRun(Reason::Expired),
            Phase::Broken => Outcome::NotRun(Reason::Broken),
            Phase::Cancelled => Outcome::NotRun(Reason::Cancelled),
            Phase::Queued | Phase::Running | Phase::Taken => {
                unreachable!("it is over, and a ticket gives one outcome")
            }
        };
        if state & TASK == 0 {
            // SAFETY: the other side is gone, and there is neither a body nor a waiter any more.
            unsafe { (vtable.free)(job) };
            return outcome;
        }
        let gone = TICKET | ((state & PHASE) ^ Phase::Taken as u32);
        // Ordering: releases the taking of the body to who ends the job; acquires what the other side
        // did, if this is the last.
        let before = header(job).state.fetch_xor(gone, AcqRel);
        if before & TASK == 0 {
            destroy(job, Phase::Taken);
        }
        outcome
    }
}

/// Fills the empty cell, for the ticket; or not, if it is over: that state, then.
fn install(job: NonNull<Header>, waiter: Waiter) -> Result<(), (u32, Waiter)> {
    let header = header(job);
    // Ordering: acquires what the job released in `complete`.
    let mut now = header.state.load(Acquire);
    if is_over(now) {
        return Err((now, waiter));
    }
    // SAFETY: it is empty and not over, so that only the ticket, which the caller has, touches it.
    header.waiter.with_mut(|cell| unsafe { cell.cast::<Waiter>().write(waiter) });
    loop {
        // Ordering: releases the waiter to `complete`; when it is over, acquires from there.
        match header.state.compare_exchange(now, now | WAITER, Release, Acquire) {
            Ok(_) => return Ok(()),
            Err(other) if is_over(other) => return Err((other, take_waiter(header))),
            Err(other) => now = other,
        }
    }
}

/// What a job comes after. Dropped with a job that is not run, it is cancelled.
struct Upstream<T>(Option<Ticket<T>>);

impl<T> Drop for Upstream<T> {
    fn drop(&mut self) {
        if let Some(ticket) = &self.0 {
            ticket.cancel();
        }
    }
}

impl<T> Drop for Ticket<T> {
    fn drop(&mut self) {
        drop(self.uninstall());
        let Some(job) = self.job else { return };
        // Ordering: acquires what the other side did, if it is gone.
        let state = header(job).state.load(Acquire);
        if state & TASK == 0 && is_over(state) {
            destroy(job, phase(state));
        } else {
            release(job, TICKET);
        }
    }
}

impl<T> fmt::Debug for Ticket<T> {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.debug_struct("Ticket").field("phase", &self.phase()).finish_non_exhaustive()
    }
}
