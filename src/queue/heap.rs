//! The items by their order, equal ones first in, first out.

use std::cmp::Ordering;
use std::fmt;

use super::store::Storage;

/// The smallest first, and among equals the first in: the store of [`Priority`](super::Priority).
///
/// A binary heap. All comparisons of a change are made before it, along the one path that it will
/// take; so one that panics leaves the heap as it was.
///
/// # Examples
///
/// ```
/// use anyrt::queue::{Heap, Priority, Queue};
///
/// let waiting: Queue<Heap<u8>> = Priority::unbounded();
/// waiting.try_put_many(&mut [2, 1].into()).unwrap();
/// assert_eq!(waiting.try_get(), Ok(1));
/// ```
pub struct Heap<T> {
    /// None is before its parent: that of `n` is `(n - 1) / 2`.
    entries: Vec<Entry<T>>,
    /// How many came in so far.
    came: i64,
    /// How many were given back so far.
    back: i64,
}

struct Entry<T> {
    item: T,
    /// Tells equals apart: counts up with each that comes in, and down with each that is given back.
    turn: i64,
}

impl<T: Ord> Heap<T> {
    /// Whether this item, of this turn, comes out before that entry.
    fn is_before(item: &T, turn: i64, other: &Entry<T>) -> bool {
        match item.cmp(&other.item) {
            Ordering::Less => true,
            Ordering::Equal => turn < other.turn,
            Ordering::Greater => false,
        }
    }

    /// Where a new item belongs: how far up from the end.
    fn look_up(&self, item: &T, turn: i64) -> usize {
        let mut at = self.entries.len();
        while at > 0 {
            let parent = (at - 1) / 2;
            if !Self::is_before(item, turn, &self.entries[parent]) {
                break;
            }
            at = parent;
        }
        at
    }

    /// Where the last entry belongs when the first is gone: how far down from the top, along the path
    /// of the smaller children. It came from the bottom and mostly goes back there, so the path is
    /// followed to its end first, at one comparison a step, and then back.
    fn look_down(&self) -> usize {
        let (last, rest) = self.entries.split_last().expect("not empty");
        let mut at = 0;
        while let Some(left) = rest.get(2 * at + 1) {
            at = 2 * at + 1;
            if let Some(right) = rest.get(at + 1)
                && Self::is_before(&right.item, right.turn, left)
            {
                at += 1;
            }
        }
        while at > 0 && Self::is_before(&last.item, last.turn, &rest[at]) {
            at = (at - 1) / 2;
        }
        at
    }

    /// Puts an entry in at `spot`, and those from there to the end one step down the path.
    fn put(&mut self, spot: usize, entry: Entry<T>) {
        let mut at = self.entries.len();
        self.entries.push(entry);
        while at > spot {
            let parent = (at - 1) / 2;
            self.entries.swap(at, parent);
            at = parent;
        }
    }
}

impl<T: Ord> Storage for Heap<T> {
    type Item = T;
    /// Where the entry that moves ends up.
    type Spot = usize;

    const EMPTY: Self = Self { entries: Vec::new(), came: 0, back: 0 };
    const COMPARES: bool = true;

    fn len(&self) -> usize {
        self.entries.len()
    }

    fn spot_for(&self, item: &T) -> usize {
        self.look_up(item, self.came)
    }

    fn next(&self) -> Option<usize> {
        (!self.entries.is_empty()).then(|| self.look_down())
    }

    fn insert(&mut self, spot: usize, item: T) {
        let turn = self.came;
        self.came += 1;
        self.put(spot, Entry { item, turn });
    }

    fn remove(&mut self, spot: usize) -> T {
        let Entry { item, .. } = self.entries.swap_remove(0);
        // The way down to `spot`, from its binary number: a step to the right for each one after the
        // first, to the left for each zero.
        let mut at = 0;
        for bit in (0..(spot + 1).ilog2()).rev() {
            let child = 2 * at + 1 + ((spot + 1) >> bit & 1);
            self.entries.swap(at, child);
            at = child;
        }
        item
    }

    fn give_back(&mut self, item: T) {
        self.back -= 1;
        let spot = self.look_up(&item, self.back);
        self.put(spot, Entry { item, turn: self.back });
    }

    fn into_vec(self) -> Vec<T> {
        let mut entries = self.entries;
        entries.sort_unstable_by(|a, b| a.item.cmp(&b.item).then(a.turn.cmp(&b.turn)));
        entries.into_iter().map(|entry| entry.item).collect()
    }
}

impl<T> fmt::Debug for Heap<T> {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.debug_struct("Heap").field("len", &self.entries.len()).finish_non_exhaustive()
    }
}

/// A value that is ordered by a key of its own: an item of a [`Priority`](super::Priority) queue.
///
/// Equal are those whose keys are, whatever their values.
///
/// # Examples
///
/// ```
/// use anyrt::queue::{Keyed, Priority};
///
/// let jobs = Priority::unbounded();
/// jobs.try_put(Keyed::new(5, "sweep")).unwrap();
/// jobs.try_put(Keyed::new(1, "put out the fire")).unwrap();
/// assert_eq!(jobs.try_get().unwrap().value, "put out the fire");
/// ```
#[derive(Debug, Clone, Copy, Default)]
#[non_exhaustive]
pub struct Keyed<K, T> {
    /// The smallest comes out first.
    pub key: K,
    /// What comes out.
    pub value: T,
}

impl<K, T> Keyed<K, T> {
    /// Gives a value its key.
    pub const fn new(key: K, value: T) -> Self {
        Self { key, value }
    }
}

impl<K: PartialEq, T> PartialEq for Keyed<K, T> {
    fn eq(&self, other: &Self) -> bool {
        self.key == other.key
    }
}

impl<K: Eq, T> Eq for Keyed<K, T> {}

impl<K: PartialOrd, T> PartialOrd for Keyed<K, T> {
    fn partial_cmp(&self, other: &Self) -> Option<Ordering> {
        self.key.partial_cmp(&other.key)
    }
}

impl<K: Ord, T> Ord for Keyed<K, T> {
    fn cmp(&self, other: &Self) -> Ordering {
        self.key.cmp(&other.key)
    }
}
