//! Timers by deadline: a hierarchical timing wheel. Insertion and removal take constant time, the
//! earliest deadline is found with a few bit operations.
//!
//! Time is counted in ticks. Level 0 has a slot for each of the next 64 ticks, level 1 one for each
//! of the next 64 times 64, and so on: a timer lies on the level of the highest base-64 digit in which
//! its deadline differs from the wheel's time, in the slot of that digit. So on every level all
//! occupied slots lie after the current digit, and every timer of a level comes before all of the
//! next. When the time reaches a slot of a higher level its timers move down; each moves at most once
//! per level.

#![allow(clippy::cast_possible_truncation)] // levels and slots are small

use std::mem;
use std::task::Waker;

const BITS: u32 = 6;
const SLOTS: usize = 1 << BITS;
const LEVELS: usize = 9;
/// Later deadlines are cut to this, which never comes: with ticks of a microsecond, in 571 years.
const LAST: u64 = (1 << (BITS * LEVELS as u32)) - 1;
const NONE: u32 = u32::MAX;
/// Emptied, a wheel keeps room for so many timers.
const KEPT: usize = 1024;

#[derive(Debug)]
pub(super) struct Wheel {
    /// Every timer's tick is later, but for those of a slot that is being fired.
    now: u64,
    entries: Vec<Entry>,
    /// The first free entry; they are linked by `next`.
    free: u32,
    len: usize,
    next_id: u64,
    levels: Box<[Level; LEVELS]>,
}

#[derive(Debug)]
struct Level {
    /// One bit per slot.
    occupied: u64,
    slots: [Slot; SLOTS],
}

/// A list of timers, in the order of their insertion.
#[derive(Debug, Clone, Copy)]
struct Slot {
    first: u32,
    last: u32,
    /// No timer of the slot is earlier; exact unless one was removed.
    earliest: u64,
}

const EMPTY: Slot = Slot { first: NONE, last: NONE, earliest: u64::MAX };

#[derive(Debug)]
struct Entry {
    at: u64,
    id: u64,
    /// `None` while free.
    waker: Option<Waker>,
    prev: u32,
    next: u32,
    level: u8,
    slot: u8,
}

/// Which timer. Never used twice.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub(super) struct Key {
    index: u32,
    id: u64,
}

impl Wheel {
    pub(super) fn new() -> Self {
        let level = || Level { occupied: 0, slots: [EMPTY; SLOTS] };
        Self {
            now: 0,
            entries: Vec::new(),
            free: NONE,
            len: 0,
            next_id: 0,
            levels: Box::new(std::array::from_fn(|_| level())),
        }
    }

    pub(super) fn len(&self) -> usize {
        self.len
    }

    /// Adds a timer; one whose tick has passed fires at the next.
    pub(super) fn insert(&mut self, at: u64, waker: Waker) -> Key {
        let id = self.next_id;
        self.next_id += 1;
        let at = at.clamp(self.now + 1, LAST);
        let entry = Entry { at, id, waker: Some(waker), prev: NONE, next: NONE, level: 0, slot: 0 };
        let index = self.free;
        let index = if index == NONE {
            let index = u32::try_from(self.entries.len()).expect("fewer than 2^32 timers");
            self.entries.push(entry);
            index
        } else {
            let slot = &mut self.entries[index as usize];
            self.free = slot.next;
            *slot = entry;
            index
        };
        self.len += 1;
        self.link(index);
        Key { index, id }
    }

    /// The waker of a timer, if it has neither fired nor been removed.
    pub(super) fn waker_mut(&mut self, key: Key) -> Option<&mut Waker> {
        let entry = self.entries.get_mut(key.index as usize)?;
        if entry.id == key.id { entry.waker.as_mut() } else { None }
    }

    /// Takes a timer out, if it has neither fired nor been removed.
    pub(super) fn remove(&mut self, key: Key) -> Option<Waker> {
        self.waker_mut(key)?;
        self.unlink(key.index);
        self.release(key.index)
    }

    /// No timer is due before this tick; exact unless the earliest was removed.
    pub(super) fn next(&self) -> Option<u64> {
        let level = self.levels.iter().find(|level| level.occupied != 0)?;
        Some(level.slots[level.occupied.trailing_zeros() as usize].earliest)
    }

    /// Moves the time on to `now` and gives the wakers of timers that are due to `fire`, in the order
    /// of their ticks, then of insertion; at most `limit`. False if there may be more of them.
    pub(super) fn advance(&mut self, now: u64, limit: usize, mut fire: impl FnMut(Waker)) -> bool {
        let now = now.min(LAST - 1);
        let mut fired = 0;
        while let Some(level) = self.levels.iter().position(|level| level.occupied != 0) {
            let slot = self.levels[level].occupied.trailing_zeros() as usize;
            let shift = BITS * level as u32;
            // The time at which the slot begins: `self.now` with this digit, and zeros below it.
            let begin = ((self.now >> shift) & !(SLOTS as u64 - 1) | slot as u64) << shift;
            if begin > now {
                break;
            }
            self.now = begin.max(self.now);
            if level > 0 {
                self.move_down(level, slot);
                continue;
            }
            while self.levels[0].slots[slot].first != NONE {
                if fired == limit {
                    return false;
                }
                fired += 1;
                let index = self.levels[0].slots[slot].first;
                self.unlink(index);
                fire(self.release(index).expect("a linked entry has a waker"));
            }
        }
        self.now = now.max(self.now);
        true
    }

    /// Takes all.
    pub(super) fn drain(&mut self) -> Vec<Waker> {
        let id = self.next_id;
        let all = mem::replace(self, Self { now: self.now, next_id: id, ..Self::new() });
        all.entries.into_iter().filter_map(|entry| entry.waker).collect()
    }

    /// The time has come to the first tick of a slot: its timers belong to lower levels now.
    fn move_down(&mut self, level: usize, slot: usize) {
        let list = mem::replace(&mut self.levels[level].slots[slot], EMPTY);
        self.levels[level].occupied &= !(1 << slot);
        let mut index = list.first;
        while index != NONE {
            let next = self.entries[index as usize].next;
            self.link(index);
            index = next;
        }
    }

    /// Puts an entry at the end of the slot that its tick belongs to.
    fn link(&mut self, index: u32) {
        let entry = &mut self.entries[index as usize];
        // The highest digit that differs; a tick that is now due counts as this level-0 slot.
        let differs = (entry.at ^ self.now) | 1;
        let digit = differs.ilog2() / BITS;
        let slot = (entry.at >> (BITS * digit)) as usize % SLOTS;
        (entry.level, entry.slot) = (digit as u8, slot as u8);
        let level = &mut self.levels[digit as usize];
        level.occupied |= 1 << slot;
        let list = &mut level.slots[slot];
        let before = mem::replace(&mut list.last, index);
        list.earliest = list.earliest.min(entry.at);
        (entry.prev, entry.next) = (before, NONE);
        match before {
            NONE => list.first = index,
            _ => self.entries[before as usize].next = index,
        }
    }

    fn unlink(&mut self, index: u32) {
        let Entry { prev, next, level, slot, .. } = self.entries[index as usize];
        let level = &mut self.levels[usize::from(level)];
        let list = &mut level.slots[usize::from(slot)];
        match prev {
            NONE => list.first = next,
            _ => self.entries[prev as usize].next = next,
        }
        match next {
            NONE => list.last = prev,
            _ => self.entries[next as usize].prev = prev,
        }
        if list.first == NONE {
            *list = EMPTY;
            level.occupied &= !(1 << slot);
        }
    }

    /// Frees an entry that is in no list.
    fn release(&mut self, index: u32) -> Option<Waker> {
        let entry = &mut self.entries[index as usize];
        let waker = entry.waker.take();
        entry.next = mem::replace(&mut self.free, index);
        self.len -= 1;
        if self.len == 0 && self.entries.capacity() > KEPT {
            self.entries = Vec::new();
            self.free = NONE;
        }
        waker
    }
}

#[cfg(test)]
mod tests {
    use std::collections::BTreeMap;
    use std::sync::atomic::{AtomicU64, Ordering::Relaxed};
    use std::sync::{Arc, Mutex};
    use std::task::Wake;

    use super::*;

    /// Writes its number down when woken.
    struct Note(u64, Arc<Mutex<Vec<u64>>>);

    impl Wake for Note {
        fn wake(self: Arc<Self>) {
            self.1.lock().unwrap().push(self.0);
        }
    }

    /// A wheel beside the simplest thing that does the same.
    #[derive(Default)]
    struct Pair {
        wheel: Option<Wheel>,
        model: BTreeMap<(u64, u64), Key>,
        fired: Arc<Mutex<Vec<u64>>>,
        next_id: u64,
        now: u64,
    }

    impl Pair {
        fn wheel(&mut self) -> &mut Wheel {
            self.wheel.get_or_insert_with(Wheel::new)
        }

        fn insert(&mut self, at: u64) {
            let id = self.next_id;
            self.next_id += 1;
            let waker = Arc::new(Note(id, self.fired.clone())).into();
            let key = self.wheel().insert(at, waker);
            self.model.insert((at.clamp(self.now + 1, LAST), id), key);
        }

        fn remove(&mut self, random: u64) {
            let mut all = self.model.keys();
            let Some(&which) = all.nth(random as usize % self.model.len().max(1)) else { return };
            let key = self.model.remove(&which).unwrap();
            assert!(self.wheel().remove(key).is_some());
            assert!(self.wheel().remove(key).is_none(), "a key is used once");
        }

        fn advance(&mut self, by: u64, limit: usize) {
            self.now = self.now.saturating_add(by).min(LAST - 1);
            let now = self.now;
            while !self.wheel().advance(now, limit, Waker::wake) {}
            let later = self.model.split_off(&(now + 1, 0));
            let due = mem::replace(&mut self.model, later);
            let due: Vec<_> = due.into_keys().map(|(_, id)| id).collect();
            assert_eq!(mem::take(&mut *self.fired.lock().unwrap()), due);
        }

        fn check(&mut self) {
            let model = self.model.first_key_value().map(|((at, _), _)| *at);
            let (next, len) = (self.wheel().next(), self.wheel().len());
            assert_eq!(len, self.model.len());
            assert_eq!(next.is_some(), model.is_some());
            assert!(next <= model, "{next:?} would be late for {model:?}");
        }
    }

    #[test]
    fn does_what_a_sorted_map_does() {
        for seed in 0..200 {
            let mut random = fastrand::Rng::with_seed(seed);
            let mut pair = Pair::default();
            for _ in 0..500 {
                // All scales: a random number of random bits.
                let span = random.u64(..) >> random.u32(8..64);
                match random.u32(..10) {
                    0..5 => pair.insert(pair.now.saturating_add(span)),
                    5..7 => pair.remove(span),
                    _ => pair.advance(span >> random.u32(..32), random.usize(1..9)),
                }
                pair.check();
            }
            pair.advance(LAST, 100);
            pair.check();
        }
    }

    #[test]
    fn a_removed_timer_leaves_nothing_behind() {
        let mut wheel = Wheel::new();
        let keys: Vec<_> =
            (0..100_000).map(|at| wheel.insert(at * 37, Waker::noop().clone())).collect();
        for key in keys {
            assert!(wheel.remove(key).is_some());
        }
        assert_eq!((wheel.len(), wheel.next(), wheel.entries.capacity()), (0, None, 0));
        assert!(wheel.levels.iter().all(|level| level.occupied == 0));
    }

    #[test]
    fn the_earliest_is_known_exactly() {
        let mut wheel = Wheel::new();
        let next = AtomicU64::new(u64::MAX);
        for at in [1_000_000, 70_000, 65, 64, 63, 1] {
            wheel.insert(at, Waker::noop().clone());
            next.store(at, Relaxed);
            assert_eq!(wheel.next(), Some(next.load(Relaxed)));
        }
    }

    #[test]
    fn gives_all_at_once() {
        let mut wheel = Wheel::new();
        for at in 0..100 {
            wheel.insert(at, Waker::noop().clone());
        }
        assert_eq!(wheel.drain().len(), 100);
        assert_eq!((wheel.len(), wheel.next()), (0, None));
    }
}
