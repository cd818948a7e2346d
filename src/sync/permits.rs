//! Permits that are taken and given back: what [`Lock`](super::Lock), [`RwLock`](super::RwLock) and
//! [`Semaphore`](super::Semaphore) are made of.
//!
//! # The word
//!
//! The permits that are free, times `ONE`, and flags, which change only under the queue's lock:
//!
//! | flag | meaning |
//! |---|---|
//! | `WAITERS` | somebody is queued or booked: a release must look at the queue |
//! | `FAIR` | no barging: what is free is for the front of the queue |
//! | `SATED` | one permit in all, and a woken waiter is on its way: a release need not look (but counts, in the bits that one permit leaves free, and looks once in a while) |
//! | `CLOSED` | nobody gets any more |
//!
//! # How it goes
//!
//! Who is running and finds enough permits takes them: that is barging, and keeps the lock busy while
//! a woken waiter is still being scheduled. Who does not find enough queues. A release that finds the
//! first waiter's wish fulfilled wakes it, out of the queue, and *books* its permits: bookings only
//! suppress further wake-ups, and any running acquirer may take what is booked. The woken waiter
//! takes its permits when it is polled, or goes back to the front; the first time it is passed over
//! so a clock starts, and when it is passed over once more after the bound, it begins a *fair round*:
//! `FAIR` is set until everybody who was queued by then has been served in order. So a wait is longer
//! than that bound only by the turns of those before. No clock is read where nobody is passed over.
//!
//! Invariant, whenever the queue is not locked: the first waiter wants more than is free and not
//! booked.
//!
//! # A woken waiter that nobody polls
//!
//! ("futurelock") must not keep anything from those who are polled, be they of its own task. What is
//! booked is there for everybody, except in a fair round; and a booking lapses
//!
//! - when anybody is polled in vain, or without having been woken (barging allowed): its task may be
//!   the one that does not poll what was. The next release wakes the front regardless;
//! - when a release, or somebody polled in vain in a fair round, finds it older than the bound, which
//!   counts from when the first of these looked, and anew when one that was booked comes. In a fair
//!   round that first one *watches*: it asks to be polled again until the booking is gone, as nobody
//!   else would wake it.
//!
//! A lapsed waiter has no claim: when it is polled it tries again, and at worst queues at the front.
//!
//! What remains: those who were queued behind it, of other tasks, sleep until it is polled or dropped,
//! or until two releases after it was woken have looked, the bound apart. (Of a lock's, one in 64 looks.)
//! Without a timer nobody can know better.

use std::fmt;
use std::mem;
use std::pin::Pin;
use std::task::{Context, Poll, Waker, ready};

use super::booking::{Booking, MAX_PERMITS, Wish};
use crate::primitives::diagnosis::{Label, Site, acquired, released};
use crate::primitives::{
    Ordering::{Acquire, Relaxed, Release},
    SPINS, Stamp, const_fn, poll_again, spin_hint,
};
use crate::task::{made_progress, poll_proceed};
use crate::wait::{Locked, Node, Queue, State, WakeBatch};

const WAITERS: u32 = 1;
const FAIR: u32 = 2;
const SATED: u32 = 4;
const CLOSED: u32 = 8;
const ONE: u32 = 16;
const _: () = assert!(MAX_PERMITS == u32::MAX / ONE, "the word has room for all");

/// A release that did not look at the queue, counted where a lock's word has room.
const PASS: u32 = 2 * ONE;
const PASSES: u32 = !(PASS - 1);
/// After so many, one looks.
const PASS_LIMIT: u32 = 64 * PASS;

/// A number of permits, at most `MAX`, and those who wait for some.
pub(super) struct Permits<const MAX: u32> {
    queue: Queue<Booking>,
}

/// The place of an acquirer.
pub(super) type Waiter<'q> = Node<'q, Booking>;

/// There will be no more permits.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub(super) struct NoMore;

/// Why there was none at once.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub(super) enum Unavailable {
    /// Too few are free, or they are reserved for those who wait.
    Busy,
    Closed,
}

/// Gives permits back when dropped.
struct Held<'a, const MAX: u32> {
    permits: &'a Permits<MAX>,
    n: u32,
}

impl<const MAX: u32> Drop for Held<'_, MAX> {
    fn drop(&mut self) {
        self.permits.release(self.n);
    }
}

impl<const MAX: u32> fmt::Debug for Permits<MAX> {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.debug_struct("Permits").field("available", &self.available()).finish_non_exhaustive()
    }
}

enum Step {
    /// With the waker of a waiter that left the queue, to be dropped after the lock.
    Done(Result<(), NoMore>, Option<Waker>),
    /// Queued; with `again`, nobody may come to wake it.
    Wait { again: bool },
}

impl<const MAX: u32> Permits<MAX> {
    const_fn! {
        pub(super) const fn new(permits: u32, strict: bool, label: Label) -> Self {
            assert!(permits <= MAX, "more permits than a semaphore can have (Semaphore::MAX_PERMITS)");
            let booking = Booking::new(strict);
            Self { queue: Queue::new(permits * ONE, booking, label) }
        }
    }

    const_fn! {
        pub(super) const fn set_name(&mut self, name: &'static str) {
            self.queue.set_name(name);
        }
    }

    /// The free permits in a word.
    fn free(word: u32) -> u32 {
        if MAX == 1 { (word / ONE) & 1 } else { word / ONE }
    }

    pub(super) fn available(&self) -> u32 {
        // Ordering: a view, nothing follows from it.
        Self::free(self.queue.word().load(Relaxed))
    }

    pub(super) fn is_closed(&self) -> bool {
        // Ordering: acquires what was done before `close`.
        self.queue.word().load(Acquire) & CLOSED != 0
    }

    /// How many are queued. Takes time in proportion.
    pub(super) fn waiting(&self) -> usize {
        self.queue.lock().len()
    }

    /// Takes all of a lock's one permit if nobody waits: one read-modify-write.
    #[inline]
    pub(super) fn try_acquire_idle(&self) -> bool {
        // Ordering: acquires what the last holder released in `release`.
        let idle = self.queue.word().compare_exchange(MAX * ONE, 0, Acquire, Relaxed).is_ok();
        if idle {
            acquired(self.queue.label(), MAX);
        }
        idle
    }

    /// Takes permits if they are free and not reserved for those who wait.
    #[inline]
    pub(super) fn try_acquire(&self, n: u32) -> Result<(), Unavailable> {
        // Ordering: only a guess for the exchange.
        let mut word = self.queue.word().load(Relaxed);
        loop {
            if word & (FAIR | CLOSED) != 0 || Self::free(word) < n {
                let closed = word & CLOSED != 0;
                return Err(if closed { Unavailable::Closed } else { Unavailable::Busy });
            }
            // Ordering: acquires what those who gave the permits back released in `release`, all of
            // them: every change of the word is a read-modify-write, so the chain is unbroken.
            match self.queue.word().compare_exchange(word, word - n * ONE, Acquire, Relaxed) {
                Ok(_) => {
                    acquired(self.queue.label(), n);
                    return Ok(());
                }
                Err(now) => word = now,
            }
        }
    }

    /// Tries for a moment, on a thread that would park otherwise.
    #[cold]
    #[inline(never)]
    pub(super) fn spin(&self, n: u32) -> bool {
        (0..SPINS).any(|_| {
            spin_hint();
            self.try_acquire(n).is_ok()
        })
    }

    /// Takes permits, or waits for them at `slot`.
    #[inline]
    pub(super) fn poll_acquire<'q>(
        &'q self,
        mut slot: Pin<&mut Option<Waiter<'q>>>,
        n: u32,
        site: Site,
        cx: &mut Context<'_>,
    ) -> Poll<Result<(), NoMore>> {
        if slot.is_none() {
            ready!(poll_proceed(cx));
            if (n == MAX && self.try_acquire_idle()) || self.try_acquire(n).is_ok() {
                made_progress();
                return Poll::Ready(Ok(()));
            }
            slot.set(Some(Node::new(&self.queue, site)));
        }
        let waiter = slot.as_ref().as_pin_ref().expect("set above");
        self.poll_queue(waiter, n, cx)
    }

    #[cold]
    #[inline(never)]
    fn poll_queue<'q>(
        &'q self,
        waiter: Pin<&Waiter<'q>>,
        n: u32,
        cx: &mut Context<'_>,
    ) -> Poll<Result<(), NoMore>> {
        let mut wakers = WakeBatch::new();
        let mut waker = None; // dropped after the lock
        let mut queue = self.queue.lock_for(waiter, cx.waker(), &mut waker);
        match self.step(&mut queue, waiter, n, &mut waker, &mut wakers) {
            Step::Done(result, _removed) => {
                // If a waker panics, what was acquired goes back.
                let held = result.is_ok().then(|| Held { permits: self, n });
                self.finish(queue, &mut wakers);
                drop(wakers); // where its panic goes on
                mem::forget(held);
                Poll::Ready(result)
            }
            Step::Wait { again } => {
                self.finish(queue, &mut wakers);
                if again {
                    poll_again(cx.waker());
                }
                Poll::Pending
            }
        }
    }

    /// One poll under the lock.
    ///
    /// | waiter | permits | becomes |
    /// |---|---|---|
    /// | Idle | there, no `FAIR` | done |
    /// | Idle | | Queued at the end |
    /// | Queued | there, no `FAIR` | done, out of the queue |
    /// | Queued | | Queued, with this waker |
    /// | Woken | there, booked or no `FAIR` | done; may end the fair round |
    /// | Woken | | Queued at the front; passed over for too long: begins a fair round |
    /// | any | `CLOSED` | done, in vain |
    ///
    /// `waker` is the clone to queue it with.
    fn step<'q>(
        &'q self,
        queue: &mut Locked<'q, Booking>,
        waiter: Pin<&Waiter<'q>>,
        n: u32,
        waker: &mut Option<Waker>,
        wakers: &mut WakeBatch,
    ) -> Step {
        let state = queue.state_of(waiter);
        let booked = queue.take_outcome(waiter).is_some_and(|name| queue.unbook(n, name));
        let woken = state == State::Woken;
        let mut stamp = queue.stamp(waiter);

        // Ordering: the flags are as they were left under the lock, the permits only a guess.
        let mut word = self.queue.word().load(Relaxed);
        let (taken, voids, was_fair) = loop {
            if word & CLOSED != 0 {
                return Step::Done(Err(NoMore), queue.remove(waiter));
            }
            let was_fair = word & FAIR != 0;
            let take = Self::free(word) >= n && (booked || !was_fair);
            let fair = was_fair
                || !take && (queue.mode.is_strict() || woken && stamp.begin_or_is_overdue());
            let voids = !fair && (!take || state == State::Queued);
            let next = if take {
                word - n * ONE
            } else {
                // Without a booking, the next release must look at the queue.
                let sated = if voids || queue.booked == 0 { SATED } else { 0 };
                (word & !sated) | WAITERS | if fair { FAIR } else { 0 }
            };
            if next == word {
                break (false, voids, was_fair);
            }
            // Ordering: acquires as in `try_acquire`. A release that does not see the flags set here
            // comes before in the order of the word, so its permits are seen here.
            match self.queue.word().compare_exchange(word, next, Acquire, Relaxed) {
                Ok(_) => {
                    if fair && !was_fair {
                        queue.mode.next_round();
                    }
                    break (take, voids, was_fair);
                }
                Err(now) => word = now,
            }
        };

        let voided = voids && mem::take(&mut queue.booked) > 0;
        if taken {
            acquired(self.queue.label(), n);
            let removed = queue.remove(waiter);
            // The round is over when the first one left came after its beginning.
            let front = queue.front().map(Wish);
            let over = booked && !front.is_some_and(|front| front.is_before(queue.mode));
            let fair = self.is_fair() && !over;
            self.wake_satisfied(queue, wakers, fair);
            return Step::Done(Ok(()), removed);
        }
        // Whether it is first in the queue now, and may want no more than there is.
        let mut first = woken;
        if state != State::Queued {
            let clone = waker.take().expect("cloned for a waiter that is not queued");
            let round = queue.mode.round();
            if woken {
                let missed = Wish::new(n, round.wrapping_sub(1) & 0xf);
                queue.push_front(waiter, clone, missed.0, stamp);
            } else {
                first = was_fair && queue.is_empty();
                queue.push_back(waiter, clone, Wish::new(n, round).0, Stamp::NONE);
            }
        }
        let fair = self.is_fair();
        let reserved = fair && queue.booked > 0;
        // One newcomer watches; and whoever is polled without being woken, as its task may be the
        // one that does not poll the watcher.
        let watch = reserved && (state != State::Idle || !queue.mode.is_watched());
        queue.mode.watch(watch);
        let lapsed = reserved && queue.is_overdue();
        if lapsed {
            queue.booked = 0;
        }
        if first || voided || lapsed {
            self.wake_satisfied(queue, wakers, fair && !lapsed);
        }
        Step::Wait { again: watch && !lapsed }
    }

    /// Under the lock: whether those who run must let the front go first.
    fn is_fair(&self) -> bool {
        // Ordering: flags only change under the lock.
        self.queue.word().load(Relaxed) & FAIR != 0
    }

    /// Restores the invariant, as far as the batch reaches, and the flags.
    fn wake_satisfied(
        &self,
        queue: &mut Locked<'_, Booking>,
        wakers: &mut WakeBatch,
        mut fair: bool,
    ) {
        // First, so that from here on no release can pass by unseen.
        self.set_flags(queue, fair);
        let mut booked = false;
        while let Some(wish) = queue.front().map(Wish)
            && !wakers.is_full()
        {
            // Ordering: what is released from now on waits for this lock; what is taken meanwhile
            // costs a woken waiter another round.
            let free = Self::free(self.queue.word().load(Relaxed));
            if free >= wish.permits() + queue.booked {
                let name = queue.book(wish.permits());
                queue.wake_front(name, wakers);
                booked = true;
            } else if free >= wish.permits() && !booked && queue.is_overdue() {
                queue.booked = 0; // lapse
            } else {
                // Small requests may have overtaken a large one for long enough.
                if !fair
                    && free > 0
                    && queue.booked == 0
                    && queue.with_front_stamp(Stamp::begin_or_is_overdue) == Some(true)
                {
                    fair = true;
                    queue.mode.next_round();
                }
                break;
            }
        }
        self.set_flags(queue, fair);
    }

    fn set_flags(&self, queue: &Locked<'_, Booking>, fair: bool) {
        let waiters = !queue.is_empty() || queue.booked > 0;
        let fair = waiters && (fair || queue.mode.is_strict());
        let sated = MAX == 1 && queue.booked > 0;
        let flags = if waiters { WAITERS } else { 0 }
            | if fair { FAIR } else { 0 }
            | if sated { SATED } else { 0 };
        let mask = WAITERS | FAIR | SATED | if MAX == 1 { PASSES } else { 0 };
        // Ordering: the flags are as they were left under the lock. An exchange that only changes
        // flags publishes nothing, and keeps the chain from releases to acquirers whole.
        let mut word = self.queue.word().load(Relaxed);
        while word & mask != flags {
            let next = (word & !mask) | flags;
            match self.queue.word().compare_exchange(word, next, Relaxed, Relaxed) {
                Ok(_) => break,
                Err(now) => word = now,
            }
        }
    }

    /// Unlocks, wakes, and goes on until nobody is left to be woken.
    fn finish<'q>(&'q self, mut queue: Locked<'q, Booking>, wakers: &mut WakeBatch) {
        loop {
            let more = wakers.is_full();
            drop(queue);
            wakers.wake();
            if !more {
                break;
            }
            queue = self.queue.lock();
            self.wake_satisfied(&mut queue, wakers, self.is_fair());
        }
    }

    /// Gives permits back that were acquired.
    #[inline]
    pub(super) fn release(&self, n: u32) {
        released(self.queue.label(), n);
        // Ordering: releases what the holder did to the next `try_acquire`.
        if n < MAX || self.queue.word().compare_exchange(0, n * ONE, Release, Relaxed).is_err() {
            self.release_contended(n);
        }
    }

    #[inline(never)]
    fn release_contended(&self, n: u32) {
        // Ordering: only a guess for the exchange.
        let mut word = self.queue.word().load(Relaxed);
        loop {
            let pass = MAX == 1 && word & SATED != 0 && word < PASS_LIMIT;
            if word & WAITERS != 0 && !pass {
                return self.release_queue(n);
            }
            let next = Self::with(word, n) + if pass { PASS } else { 0 };
            // Ordering: as in `release`.
            match self.queue.word().compare_exchange(word, next, Release, Relaxed) {
                Ok(_) => return,
                Err(now) => word = now,
            }
        }
    }

    #[cold]
    #[inline(never)]
    fn release_queue(&self, n: u32) {
        let mut wakers = WakeBatch::new();
        let mut queue = self.queue.lock();
        if MAX == 1 {
            // Ordering: as in `release`.
            self.queue.word().fetch_add(ONE, Release);
        } else {
            // Ordering: only a guess for the exchange.
            let mut word = self.queue.word().load(Relaxed);
            // Ordering: as in `release`.
            while let Err(now) =
                self.queue.word().compare_exchange(word, Self::with(word, n), Release, Relaxed)
            {
                word = now;
            }
        }
        self.wake_satisfied(&mut queue, &mut wakers, self.is_fair());
        self.finish(queue, &mut wakers);
    }

    /// The word with `n` more free permits, or with as many as there can be.
    fn with(word: u32, n: u32) -> u32 {
        if MAX == 1 { word + ONE } else { word.checked_add(n * ONE).unwrap_or(word | (MAX * ONE)) }
    }

    /// Adds permits, unless there would be too many free.
    pub(super) fn add(&self, n: u32) -> bool {
        let mut wakers = WakeBatch::new();
        let mut queue = self.queue.lock();
        // Ordering: only a guess for the exchange.
        let mut word = self.queue.word().load(Relaxed);
        loop {
            if n > MAX - Self::free(word) {
                return false;
            }
            // Ordering: as in `release`.
            match self.queue.word().compare_exchange(word, word + n * ONE, Release, Relaxed) {
                Ok(_) => break,
                Err(now) => word = now,
            }
        }
        self.wake_satisfied(&mut queue, &mut wakers, self.is_fair());
        self.finish(queue, &mut wakers);
        true
    }

    /// Takes up to `n` permits that are free, reserved ones too; tells how many.
    pub(super) fn remove(&self, n: u32) -> u32 {
        // Ordering: only a guess for the exchange.
        let mut word = self.queue.word().load(Relaxed);
        loop {
            let taken = Self::free(word).min(n);
            // Ordering: they are gone: there is nothing to be seen.
            match self.queue.word().compare_exchange(word, word - taken * ONE, Relaxed, Relaxed) {
                Ok(_) => return taken,
                Err(now) => word = now,
            }
        }
    }

    /// Ends all waits, those to come as well.
    pub(super) fn close(&self) {
        let mut wakers = WakeBatch::new();
        let mut queue = self.queue.lock();
        // Ordering: releases what was done before to who finds it closed.
        self.queue.word().fetch_or(CLOSED, Release);
        queue.booked = 0;
        loop {
            while !wakers.is_full() && queue.wake_front(0, &mut wakers) {}
            let more = wakers.is_full();
            self.set_flags(&queue, false);
            drop(queue);
            wakers.wake();
            if !more {
                return;
            }
            queue = self.queue.lock();
        }
    }

    /// Leaves the queue, and passes on what was meant for this waiter.
    #[cold]
    #[inline(never)]
    fn cancel<'q>(&'q self, waiter: Pin<&Waiter<'q>>, n: u32) {
        let mut queue = self.queue.lock();
        let queued = queue.state_of(waiter) == State::Queued;
        let behind = queued && !queue.is_front(waiter);
        let waker = queue.remove(waiter);
        if let Some(name) = queue.take_outcome(waiter) {
            queue.unbook(n, name);
        }
        // Perhaps it was the one that watched.
        let watch = queued && queue.booked > 0 && queue.mode.is_watched() && self.is_fair();
        if behind && !watch {
            drop(queue); // the front is as it was, and so is what it waits for
        } else {
            self.cancelled(queue, watch);
        }
        drop(waker);
    }

    #[inline(never)]
    fn cancelled<'q>(&'q self, mut queue: Locked<'q, Booking>, watch: bool) {
        let mut wakers = WakeBatch::new();
        if watch {
            queue.nudge_front(&mut wakers);
        }
        self.wake_satisfied(&mut queue, &mut wakers, self.is_fair());
        self.finish(queue, &mut wakers);
    }

    /// To be called when the future of an acquirer is dropped.
    #[inline]
    pub(super) fn cancel_slot<'q>(&'q self, slot: Pin<&Option<Waiter<'q>>>, n: u32) {
        if let Some(waiter) = slot.as_pin_ref()
            && waiter.state() != State::Idle
        {
            self.cancel(waiter, n);
        }
    }
}
