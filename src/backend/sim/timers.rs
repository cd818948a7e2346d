//! Virtual timers: a heap of deadlines beside the wakers, which go as soon as nobody waits.

use std::cmp::Reverse;
use std::collections::BinaryHeap;
use std::task::Waker;

use slab::Slab;

#[derive(Debug, Default)]
pub(super) struct Timers {
    /// Deadline, order of arrival, place of the waker. Those whose waker is gone are left out when
    /// they come up, or when they are more than half.
    heap: BinaryHeap<Reverse<(u64, u64, usize)>>,
    wakers: Slab<(u64, Waker)>,
    next: u64,
}

/// Names a timer until it has fired.
#[derive(Debug, Clone, Copy)]
pub(super) struct TimerKey {
    order: u64,
    place: usize,
}

impl Timers {
    /// None is left; the memory is.
    pub(super) fn clear(&mut self) {
        self.heap.clear();
        self.wakers.clear();
        self.next = 0;
    }

    pub(super) fn add(&mut self, at: u64, waker: Waker) -> TimerKey {
        let order = self.next;
        self.next += 1;
        let place = self.wakers.insert((order, waker));
        self.heap.push(Reverse((at, order, place)));
        TimerKey { order, place }
    }

    /// Gives the timer another waker; the one that is not needed any more comes back, with whether the
    /// timer is still there.
    pub(super) fn update(&mut self, key: TimerKey, waker: Waker) -> (bool, Waker) {
        match self.wakers.get_mut(key.place) {
            Some((order, slot)) if *order == key.order => (true, std::mem::replace(slot, waker)),
            _ => (false, waker),
        }
    }

    /// With the waker, to be dropped outside of any lock.
    pub(super) fn remove(&mut self, key: TimerKey) -> Option<Waker> {
        self.wakers.get(key.place).filter(|(order, _)| *order == key.order)?;
        let (_, waker) = self.wakers.remove(key.place);
        if self.heap.len() > 64 && self.heap.len() / 2 > self.wakers.len() {
            let wakers = &self.wakers;
            self.heap.retain(|Reverse((_, order, place))| is_there(wakers, *order, *place));
        }
        Some(waker)
    }

    /// When the first is due.
    pub(super) fn earliest(&mut self) -> Option<u64> {
        loop {
            let Reverse((at, order, place)) = *self.heap.peek()?;
            if is_there(&self.wakers, order, place) {
                return Some(at);
            }
            self.heap.pop();
        }
    }

    /// Takes the wakers of those that are due, in the order of their deadlines, then of arrival.
    pub(super) fn take_due(&mut self, now: u64, due: &mut Vec<Waker>) {
        while self.earliest().is_some_and(|at| at <= now) {
            let Some(Reverse((_, _, place))) = self.heap.pop() else { return };
            due.push(self.wakers.remove(place).1);
        }
    }
}

fn is_there(wakers: &Slab<(u64, Waker)>, order: u64, place: usize) -> bool {
    wakers.get(place).is_some_and(|(there, _)| *there == order)
}
