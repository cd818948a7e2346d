//! What is under the lock, and what every change of it must keep: see README.md.

use std::mem::offset_of;
use std::ops::{Deref, DerefMut};
use std::pin::Pin;
use std::task::{Context, Poll, ready};
use std::time::Duration;

use super::Queue;
use super::store::{Ring, Storage, Store};
use crate::primitives::diagnosis::Site;
use crate::primitives::{Stamp, now, pauses};
use crate::task::{made_progress, poll_proceed};
use crate::wait::{self, Node, State, WakeBatch};

/// The list of those who wait for items.
pub(super) const GETTERS: u8 = 0;
/// Of those who wait for room.
pub(super) const PUTTERS: u8 = 1;
/// Of those who wait until everything is done.
pub(super) const JOINERS: u8 = 2;
const LISTS: usize = 3;

/// The lock, the lists, and what they are about.
pub(super) type Waiters<S> = wait::Queue<Contents<S>, LISTS>;
/// A place in one of the lists.
pub(super) type Place<'q, S> = Node<'q, Contents<S>, LISTS>;
type Locked<'q, S> = wait::Locked<'q, Contents<S>, LISTS>;

/// What each put and get needs comes first, and is on one cache line with the lock: workers hand it to
/// each other.
#[repr(C)]
pub(super) struct Contents<S> {
    pub(super) store: S,
    /// Items put, and not yet marked as done.
    pub(super) unfinished: usize,
    /// How many items may be in the store: the capacity without the slots that are promised to holders
    /// of a [`Slot`](super::Slot).
    pub(super) limit: usize,
    pub(super) closed: bool,
    /// How often everything was done while somebody waited for that.
    round: u32,
    /// Of getters, and of putters.
    booked: [Booked; 2],
}

const _: () = assert!(offset_of!(Contents<Ring<()>>, booked) + 8 <= 64, "one cache line");

/// Those who were woken and have not come yet: each will take something, so that much needs wake
/// nobody else.
#[derive(Clone, Copy)]
struct Booked {
    count: usize,
    /// Tells these from those of before the count was last voided.
    name: u32,
}

impl<S: Storage> Contents<S> {
    pub(super) const fn new(capacity: usize) -> Self {
        Self {
            store: S::EMPTY,
            unfinished: 0,
            limit: capacity,
            closed: false,
            round: 0,
            booked: [Booked { count: 0, name: 0 }; 2],
        }
    }

    #[inline]
    pub(super) fn room(&self) -> usize {
        self.limit.saturating_sub(self.store.len())
    }

    #[inline]
    pub(super) fn insert(&mut self, spot: S::Spot, item: S::Item) {
        self.store.insert(spot, item);
        self.unfinished += 1;
    }
}

/// A locked queue. When it ends, whoever it concerns is woken: the invariant holds again.
pub(super) struct Section<'q, S: Store> {
    queue: &'q Queue<S>,
    /// There until the end.
    locked: Option<Locked<'q, S>>,
}

impl<S: Store> Queue<S> {
    #[inline]
    pub(super) fn enter(&self) -> Section<'_, S> {
        Section { queue: self, locked: Some(self.waiters.lock()) }
    }

    /// For tasks: the other worker's go on meanwhile. (Threads wait for each other.)
    #[inline]
    fn enter_patiently(&self) -> Section<'_, S> {
        Section { queue: self, locked: Some(self.waiters.lock_patiently()) }
    }

    /// Does something under the lock, and what follows from it after.
    #[inline]
    pub(super) fn within<'q, R>(&'q self, f: impl FnOnce(&mut Section<'q, S>) -> R) -> R {
        self.within_or(f, |_, _| ())
    }

    /// Likewise; when a waker panics, `undo` gets the result.
    #[inline]
    pub(super) fn within_or<'q, R>(
        &'q self,
        f: impl FnOnce(&mut Section<'q, S>) -> R,
        undo: fn(&Self, R),
    ) -> R {
        self.inside(self.enter_patiently(), f, undo)
    }

    #[inline]
    fn inside<'q, R>(
        &'q self,
        mut section: Section<'q, S>,
        f: impl FnOnce(&mut Section<'q, S>) -> R,
        undo: fn(&Self, R),
    ) -> R {
        let result = f(&mut section);
        if section.nobody_waits() { result } else { self.settle(section, result, undo) }
    }

    #[inline(never)]
    fn settle<R>(&self, section: Section<'_, S>, result: R, undo: fn(&Self, R)) -> R {
        let mut unclaimed = Unclaimed { queue: self, result: Some(result), undo };
        drop(section);
        unclaimed.result.take().expect("not taken yet")
    }

    /// Does something that gives nothing as long as it has to wait, and looks again for a moment, within
    /// `limit`: what a thread does before it waits. It stays out of the list meanwhile, so that nobody
    /// needs to wake it. In vain, it tells what is left of the limit.
    #[inline]
    pub(super) fn within_moment<'q, R>(
        &'q self,
        limit: Duration,
        mut attempt: impl FnMut(&mut Section<'q, S>) -> Option<R>,
        undo: fn(&Self, Option<R>),
    ) -> Result<R, Duration> {
        if let Some(result) = self.inside(self.enter(), &mut attempt, undo) {
            return Ok(result);
        }
        let start = now();
        let left = || limit.saturating_sub(now().saturating_duration_since(start));
        for () in pauses() {
            if let Some(result) = self.inside(self.enter(), &mut attempt, undo) {
                return Ok(result);
            }
            if left().is_zero() {
                break; // a turn may take long where threads are many
            }
        }
        Err(left())
    }

    /// One poll of an operation that waits in `list` as long as `attempt` gives nothing.
    ///
    /// `attempt` may panic, in a comparison, before it changes anything. When a waker panics, `undo`
    /// gets the result.
    #[inline]
    pub(super) fn poll_attempt<'q, R>(
        &'q self,
        mut slot: Pin<&mut Option<Place<'q, S>>>,
        list: u8,
        site: Site,
        cx: &mut Context<'_>,
        mut attempt: impl FnMut(&mut Section<'q, S>) -> Option<R>,
        undo: fn(&Self, Option<R>),
    ) -> Poll<R> {
        if slot.is_none() {
            ready!(poll_proceed(cx));
            if let Some(result) = self.within_or(&mut attempt, undo) {
                made_progress();
                return Poll::Ready(result);
            }
            slot.set(Some(Node::new_in(&self.waiters, list, site)));
        }
        let place = slot.as_ref().as_pin_ref().expect("set above");
        self.poll_place(place, list, cx, attempt, undo)
    }

    /// | place | `attempt` | becomes |
    /// |---|---|---|
    /// | Idle, Woken | succeeds | done |
    /// | Queued | succeeds | done, out of the list; voids the bookings |
    /// | Idle | | Queued at the end; voids the bookings |
    /// | Queued | | Queued, with this waker; voids the bookings |
    /// | Woken | | Queued at the front; voids the bookings |
    ///
    /// Bookings are voided where the one that was woken may be a sibling that its task does not poll:
    /// "futurelock".
    #[inline(never)]
    fn poll_place<'q, R>(
        &'q self,
        place: Pin<&Place<'q, S>>,
        list: u8,
        cx: &mut Context<'_>,
        mut attempt: impl FnMut(&mut Section<'q, S>) -> Option<R>,
        undo: fn(&Self, Option<R>),
    ) -> Poll<R> {
        if place.state() == State::Woken {
            // Mostly there is what it was woken for, and its waker need not be cloned.
            let mut section = self.enter_patiently();
            let result = attempt(&mut section);
            if result.is_some() {
                let name = section.take_outcome(place).expect("woken");
                section.unbook(list, name);
                return self.settle(section, result, undo).map_or(Poll::Pending, Poll::Ready);
            }
        }
        let mut waker = None; // these two are dropped after the lock
        let _removed;
        let locked = self.waiters.lock_for(place, cx.waker(), &mut waker);
        let mut section = Section { queue: self, locked: Some(locked) };
        let result = attempt(&mut section); // if it panics, the place is as it was
        let state = section.state_of(place);
        if let Some(name) = section.take_outcome(place) {
            section.unbook(list, name);
        }
        if result.is_none() || state == State::Queued {
            section.booked[usize::from(list)].count = 0;
        }
        if result.is_some() {
            _removed = section.remove(place);
        } else if state != State::Queued {
            let clone = waker.take().expect("cloned for a waiter that is not queued");
            match state {
                State::Woken => section.push_front(place, clone, 0, Stamp::NONE),
                _ => section.push_back(place, clone, 0, Stamp::NONE),
            }
        }
        self.settle(section, result, undo).map_or(Poll::Pending, Poll::Ready)
    }

    /// To be called when the future of a getter or putter is dropped: what it was woken for goes to
    /// the next in line.
    #[inline]
    pub(super) fn cancel<'q>(&'q self, slot: Pin<&Option<Place<'q, S>>>, list: u8) {
        if let Some(place) = slot.as_pin_ref()
            && place.state() != State::Idle
        {
            self.cancel_place(place, list);
        }
    }

    #[cold]
    #[inline(never)]
    fn cancel_place<'q>(&'q self, place: Pin<&Place<'q, S>>, list: u8) {
        let _removed; // dropped after the lock
        let mut section = self.enter();
        _removed = section.remove(place);
        if let Some(name) = section.take_outcome(place) {
            section.unbook(list, name);
        }
    }

    /// Unlocks and wakes, a batch at a time, until nobody is left to be woken.
    #[cold]
    #[inline(never)]
    fn wake<'q>(&'q self, mut locked: Locked<'q, S>) {
        let mut wakers = WakeBatch::new();
        // Joiners who come from here on wait for another time.
        let round = locked.round;
        let done = locked.unfinished == 0;
        if done {
            locked.round = round.wrapping_add(1);
        }
        loop {
            for list in [GETTERS, PUTTERS] {
                while !wakers.is_full() && is_due(&locked, list) {
                    let name = locked.book(list);
                    locked.wake_front_in(list.into(), name, &mut wakers);
                }
            }
            while done
                && !wakers.is_full()
                && locked.front_in(JOINERS.into()).is_some_and(was(round))
            {
                locked.wake_front_in(JOINERS.into(), 0, &mut wakers);
            }
            let more = wakers.is_full();
            drop(locked);
            wakers.wake();
            if !more {
                return;
            }
            locked = self.waiters.lock();
        }
    }
}

/// Whether there is anybody to be woken.
fn is_any_due<S: Store>(locked: &Locked<'_, S>) -> bool {
    is_due(locked, GETTERS)
        || is_due(locked, PUTTERS)
        || locked.unfinished == 0 && !locked.is_empty_in(JOINERS.into())
}

/// Whether the first in a list has something to take that nobody else is on the way for.
#[inline]
fn is_due<S: Store>(locked: &Locked<'_, S>, list: u8) -> bool {
    if locked.is_empty_in(list.into()) {
        return false;
    }
    let there = match list {
        _ if locked.closed => usize::MAX, // for each: its end
        GETTERS => locked.store.len(),
        _ => locked.room(),
    };
    there > locked.booked[usize::from(list)].count
}

/// Whether a joiner came in this round, or before.
fn was(round: u32) -> impl Fn(u32) -> bool {
    // Two rounds that are alive are never half of all numbers apart.
    move |born| round.wrapping_sub(born) < u32::MAX / 2
}

impl<S: Store> Section<'_, S> {
    /// Where an item belongs. Calls other people's code, and so may panic.
    #[inline]
    pub(super) fn spot_for(&self, item: &S::Item) -> S::Spot {
        if S::COMPARES {
            self.expose(|it| it.store.spot_for(item))
        } else {
            self.store.spot_for(item)
        }
    }

    /// The next item. Calls other people's code, and so may panic.
    #[inline]
    pub(super) fn next_spot(&self) -> Option<S::Spot> {
        if S::COMPARES { self.expose(|it| it.store.next()) } else { self.store.next() }
    }
}

impl<S> Contents<S> {
    fn book(&mut self, list: u8) -> u32 {
        let booked = &mut self.booked[usize::from(list)];
        if booked.count == 0 {
            booked.name = booked.name.wrapping_add(1);
        }
        booked.count += 1;
        booked.name
    }

    fn unbook(&mut self, list: u8, name: u32) {
        let booked = &mut self.booked[usize::from(list)];
        if booked.name == name {
            booked.count = booked.count.saturating_sub(1);
        }
    }

    /// The tag of a joiner that comes now.
    pub(super) fn round(&self) -> u32 {
        self.round
    }
}

/// What was done, until those whom it concerns are woken: undone if a waker panics.
struct Unclaimed<'q, S: Store, R> {
    queue: &'q Queue<S>,
    result: Option<R>,
    undo: fn(&Queue<S>, R),
}

impl<S: Store, R> Drop for Unclaimed<'_, S, R> {
    fn drop(&mut self) {
        if let Some(result) = self.result.take() {
            (self.undo)(self.queue, result);
        }
    }
}

impl<'q, S: Store> Deref for Section<'q, S> {
    type Target = Locked<'q, S>;

    #[inline]
    fn deref(&self) -> &Self::Target {
        self.locked.as_ref().expect("there until the end")
    }
}

impl<S: Store> DerefMut for Section<'_, S> {
    #[inline]
    fn deref_mut(&mut self) -> &mut Self::Target {
        self.locked.as_mut().expect("there until the end")
    }
}

impl<S: Store> Drop for Section<'_, S> {
    #[inline]
    fn drop(&mut self) {
        let locked = self.locked.take().expect("there until the end");
        if !locked.nobody_waits() && is_any_due(&locked) {
            self.queue.wake(locked);
        }
    }
}
