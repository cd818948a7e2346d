//! The steps between the states: each is one exchange, and whoever has made it goes on.

use std::panic::{AssertUnwindSafe, catch_unwind};
use std::ptr::NonNull;

use super::body::{Extra, Header, Waiter};
use super::state::{PHASE, Phase, Reason, TASK, TICKET, WAITER, phase};
use crate::primitives::Ordering::{AcqRel, Relaxed};
use crate::primitives::diagnosis::Submitted;

/// The header of a job that the caller has a side of, so that it is alive.
pub(super) fn header<'a>(job: NonNull<Header>) -> &'a Header {
    // SAFETY: as said. The sides do not let it out.
    unsafe { &*job.as_ptr() }
}

/// Queued → Running, for one of those who try.
pub(super) fn claim(job: NonNull<Header>) -> bool {
    let state = &header(job).state;
    // Ordering: the closure came with the side that the caller has; the claim only has to be the only
    // one.
    let mut now = state.load(Relaxed);
    while now & PHASE == Phase::Queued as u32 {
        // Ordering: as above.
        match state.compare_exchange(now, now | Phase::Running as u32, Relaxed, Relaxed) {
            Ok(_) => return true,
            Err(other) => now = other,
        }
    }
    false
}

/// Running → `end`, by who claimed it and has set the body. Gives up the side `mine`, if one is
/// named, and tells the waiter.
///
/// | waiter | then |
/// |---|---|
/// | none | the end and the side in one step |
/// | one | the end; the waiter is taken and told; the side |
pub(super) fn complete(job: NonNull<Header>, end: Phase, mine: u32) {
    let state = &header(job).state;
    // Ordering: only a look; the exchange is what counts.
    let mut now = state.load(Relaxed);
    loop {
        let ended = (now & !(PHASE | WAITER)) | end as u32;
        let ended = if now & WAITER == 0 { ended & !mine } else { ended };
        // Ordering: releases the body to who finds it over (`Ticket`); acquires the waiter that was
        // installed, and, where this was the last side, what the other did to the job.
        match state.compare_exchange(now, ended, AcqRel, Relaxed) {
            Ok(_) => break,
            Err(other) => now = other,
        }
    }
    if now & WAITER == 0 {
        if mine != 0 && now & (TICKET | TASK) == mine {
            destroy(job, end);
        }
        return;
    }
    // This has cleared the bit, and so owns what is in the cell.
    let waiter = take_waiter(header(job));
    // SAFETY: the key was written before the waiter was installed, and is not changed when all is over.
    let key = header(job).key.with(|key| unsafe { *key });
    if mine != 0 {
        release(job, mine);
    }
    // What a waker throws must not end a worker, nor keep a job from being over. The hook has told it.
    let _told = catch_unwind(AssertUnwindSafe(|| match waiter {
        Waiter::Waker(waker) => waker.wake(),
        Waiter::Ready(ready) => ready.push(key),
    }));
}

/// Gives up a side of a job; the last one to go takes the body and the memory along.
pub(super) fn release(job: NonNull<Header>, mine: u32) {
    // Ordering: releases what this side did to the job; acquires what the other one did, if this is
    // the last.
    let before = header(job).state.fetch_and(!mine, AcqRel);
    if before & (TICKET | TASK) == mine {
        destroy(job, phase(before));
    }
}

/// Ends a job that nobody else has a side of.
pub(super) fn destroy(job: NonNull<Header>, end: Phase) {
    let vtable = header(job).vtable;
    // What a result's destructor throws must not end a worker, nor leak the job.
    let _told = catch_unwind(AssertUnwindSafe(|| match end {
        // SAFETY: the body is a value, and nobody else's.
        Phase::Value => unsafe { (vtable.drop_value)(job) },
        // SAFETY: the body is a panic, and nobody else's.
        Phase::Panicked => drop(unsafe { (vtable.read_panic)(job) }),
        Phase::Queued | Phase::Running => {
            unreachable!("who has claimed it has a side, or its task has")
        }
        Phase::Cancelled | Phase::Expired | Phase::Broken | Phase::Taken => {}
    }));
    // SAFETY: there is no body any more, nor a waiter, and this is the last side.
    unsafe { (vtable.free)(job) };
}

/// Ends a job that the caller has claimed without running it.
pub(super) fn refuse(job: NonNull<Header>, reason: Reason, mine: u32) {
    // What a closure's destructor throws has been told by the hook.
    let _told = catch_unwind(AssertUnwindSafe(|| {
        // SAFETY: the claim makes the closure the caller's.
        unsafe { (header(job).vtable.drop_closure)(job) };
    }));
    if let Some(extra) = extra(job) {
        extra.watch.is_not_run();
    }
    let end = match reason {
        Reason::Cancelled => Phase::Cancelled,
        Reason::Expired => Phase::Expired,
        Reason::Broken => Phase::Broken,
    };
    complete(job, end, mine);
}

/// Runs a job that the caller has claimed, and says how it ended: as a value or a panic.
pub(super) fn run(job: NonNull<Header>, mine: u32) -> Phase {
    let watch = extra(job).map_or(Submitted::UNSEEN.watch(), |extra| extra.watch.watch());
    // SAFETY: the claim makes the closure the caller's.
    let run = || unsafe { (header(job).vtable.run)(job) };
    let end = watch.caught(run, |end| *end == Phase::Panicked);
    complete(job, end, mine);
    end
}

pub(super) fn extra<'a>(job: NonNull<Header>) -> Option<&'a Extra> {
    // SAFETY: the caller has a side of the job, and keeps it as long as the reference.
    let extra = unsafe { (header(job).vtable.extra?)(job) };
    // SAFETY: it is null or part of the job.
    unsafe { extra.as_ref() }
}

/// The caller has made sure that the cell is full and its own.
pub(super) fn take_waiter(header: &Header) -> Waiter {
    header.waiter.with(|waiter| {
        // SAFETY: the caller's promise. Only once, so nothing is taken twice.
        unsafe { waiter.cast::<Waiter>().read() }
    })
}
