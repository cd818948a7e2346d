use std::fmt;
use std::mem;

use super::Heap;
use super::section::{Contents, GETTERS, JOINERS, PUTTERS, Waiters};
use super::store::{Ring, Stack, Store};
use crate::primitives::const_fn;
use crate::primitives::diagnosis::Label;

/// A queue that gives first what came in first. A put or a get takes constant time (a put that needs more
/// memory, amortized).
///
/// # Examples
///
/// ```
/// use anyrt::queue::Fifo;
///
/// let queue = Fifo::bounded(2);
/// queue.put_blocking(1).unwrap();
/// queue.put_blocking(2).unwrap();
/// assert_eq!((queue.get_blocking(), queue.get_blocking()), (Ok(1), Ok(2)));
/// ```
#[doc(alias = "channel")]
pub type Fifo<T> = Queue<Ring<T>>;

/// A queue that gives first what came in last. A put or a get takes constant time (a put that needs more
/// memory, amortized).
///
/// # Examples
///
/// ```
/// use anyrt::queue::Lifo;
///
/// let queue = Lifo::bounded(2);
/// queue.put_blocking(1).unwrap();
/// queue.put_blocking(2).unwrap();
/// assert_eq!((queue.get_blocking(), queue.get_blocking()), (Ok(2), Ok(1)));
/// ```
#[doc(alias = "LifoQueue")]
pub type Lifo<T> = Queue<Stack<T>>;

/// A queue that gives the smallest item first, and among equals the one that came in first.
///
/// For the largest first, wrap the items in [`Reverse`](std::cmp::Reverse); to order them by something
/// else than themselves, in [`Keyed`](super::Keyed).
///
/// Items are compared under the queue's internal lock, about `log2(len)` times for a put and twice as
/// often for a get. So a comparison should be quick; it may not use the same queue, and panics if it
/// tries. When a comparison panics, the queue is as it was before the operation, the panic goes on, and
/// what was to be put is dropped.
///
/// # Examples
///
/// ```
/// use anyrt::queue::Priority;
///
/// let queue = Priority::unbounded();
/// for item in [3, 1, 2] {
///     queue.try_put(item).unwrap();
/// }
/// queue.close();
/// assert_eq!(queue.iter_blocking().collect::<Vec<_>>(), [1, 2, 3]);
/// ```
#[doc(alias = "PriorityQueue")]
pub type Priority<T> = Queue<Heap<T>>;

/// A queue for any number of producers and consumers, tasks and threads.
///
/// Which item is next depends on the store `S`: see [`Fifo`], [`Lifo`] and [`Priority`]. Put it in an
/// [`Arc`](std::sync::Arc) or a `static` to share it.
///
/// # Fairness
///
/// Those who wait are woken first in, first out, one for each item or each free slot. Whoever runs just
/// then may take it first; the one that was woken goes back to the front of the line then. So who waits
/// is passed over only by those who need not wait.
///
/// A future that was woken and is not polled any more does not keep anything from those who ask for it
/// ("futurelock"): what it was woken for stays in the queue, for anybody.
///
/// # Memory ordering
///
/// What was done before an item was put happens-before everything after it is got.
///
/// # Examples
///
/// ```
/// use anyrt::queue::{Queue, Store};
///
/// /// The same for any order.
/// fn drain<S: Store>(queue: &Queue<S>) -> Vec<S::Item> {
///     std::iter::from_fn(|| queue.try_get().ok()).collect()
/// }
///
/// let queue = anyrt::queue::Priority::unbounded();
/// queue.try_put_many(&mut [3, 1, 2].into()).unwrap();
/// assert_eq!(drain(&queue), [1, 2, 3]);
/// ```
#[repr(C, align(64))] // see `Contents`
pub struct Queue<S: Store> {
    pub(super) waiters: Waiters<S>,
    pub(super) capacity: usize,
}

impl<S: Store> Queue<S> {
    const_fn! {
        /// Makes a queue that holds at most `capacity` items; then those who put wait.
        ///
        /// Memory is taken as it fills, and kept.
        ///
        /// # Panics
        ///
        /// If the capacity is zero: nothing could ever be put. To hand items over without a queue
        /// between, take a capacity of one and [`join`](Self::join).
        ///
        /// # Examples
        ///
        /// ```
        /// let queue = anyrt::queue::Fifo::bounded(1);
        /// assert!(queue.try_put("first").is_ok());
        /// assert!(queue.try_put("second").is_err());
        /// ```
        #[doc(alias = "maxsize")]
        pub const fn bounded(capacity: usize) -> Self {
            assert!(capacity > 0, "a queue has room for one item at least: ask for `bounded(1)` or more, or for `unbounded()`");
            Self { waiters: Waiters::new(0, Contents::new(capacity), Label::of::<Self>()), capacity }
        }
    }

    const_fn! {
        /// Makes a queue that is never full: putting never waits.
        ///
        /// # Examples
        ///
        /// ```
        /// let queue = anyrt::queue::Fifo::unbounded();
        /// assert!((0..1000).all(|n| queue.try_put(n).is_ok()));
        /// ```
        pub const fn unbounded() -> Self {
            let capacity = usize::MAX;
            Self { waiters: Waiters::new(0, Contents::new(capacity), Label::of::<Self>()), capacity }
        }
    }

    const_fn! {
        /// Gives it a name, for the reports of the simulator and of `diagnose`. Without the feature
        /// `diagnose` this does nothing, and costs nothing.
        ///
        /// # Examples
        ///
        /// ```
        /// use anyrt::queue::Fifo;
        ///
        /// static JOBS: Fifo<u8> = Fifo::unbounded().named("jobs");
        /// JOBS.try_put(1).unwrap();
        /// ```
        #[must_use = "what has the name is what is returned"]
        pub const fn named(mut self, name: &'static str) -> Self {
            self.waiters.set_name(name);
            self
        }
    }

    /// How many items it holds at most, if there is a limit.
    ///
    /// # Examples
    ///
    /// ```
    /// use anyrt::queue::Fifo;
    ///
    /// assert_eq!(Fifo::<u32>::bounded(4).capacity(), Some(4));
    /// assert_eq!(Fifo::<u32>::unbounded().capacity(), None);
    /// ```
    pub fn capacity(&self) -> Option<usize> {
        (self.capacity < usize::MAX).then_some(self.capacity)
    }

    /// How many items are in it, as of just now.
    ///
    /// # Examples
    ///
    /// ```
    /// let queue = anyrt::queue::Fifo::unbounded();
    /// queue.try_put("apple").unwrap();
    /// assert_eq!(queue.len(), 1);
    /// ```
    #[doc(alias = "qsize")]
    pub fn len(&self) -> usize {
        self.enter().store.len()
    }

    /// Whether there is no item in it, as of just now.
    ///
    /// # Examples
    ///
    /// ```
    /// let queue = anyrt::queue::Fifo::unbounded();
    /// assert!(queue.is_empty());
    /// queue.try_put("apple").unwrap();
    /// assert!(!queue.is_empty());
    /// ```
    #[doc(alias = "empty")]
    pub fn is_empty(&self) -> bool {
        self.len() == 0
    }

    /// Whether there is no room in it, as of just now. Slots that are reserved are no room.
    ///
    /// # Examples
    ///
    /// ```
    /// let queue = anyrt::queue::Fifo::<u32>::bounded(1);
    /// let slot = queue.try_reserve().unwrap();
    /// assert!(queue.is_full());
    /// drop(slot);
    /// assert!(!queue.is_full());
    /// ```
    #[doc(alias = "full")]
    pub fn is_full(&self) -> bool {
        self.enter().room() == 0
    }

    /// Whether it was closed.
    ///
    /// # Examples
    ///
    /// ```
    /// let queue = anyrt::queue::Fifo::<u32>::unbounded();
    /// queue.close();
    /// assert!(queue.is_closed());
    /// ```
    pub fn is_closed(&self) -> bool {
        self.enter().closed
    }

    /// Ends all putting; what is in it can still be got, then getting ends, too.
    ///
    /// Whoever waits for room is told at once, and gets the item back. Slots that are reserved are lost.
    ///
    /// # Memory ordering
    ///
    /// What was done before happens-before everything after somebody is told that the queue is closed.
    ///
    /// # Examples
    ///
    /// ```
    /// let queue = anyrt::queue::Fifo::unbounded();
    /// queue.try_put("kept").unwrap();
    /// queue.close();
    /// assert!(queue.put_blocking("late").is_err());
    /// assert_eq!(queue.get_blocking(), Ok("kept"));
    /// assert!(queue.get_blocking().is_err());
    /// ```
    #[doc(alias = "shutdown")]
    pub fn close(&self) {
        self.enter().closed = true;
    }

    /// Ends all putting and getting, at once. What was in it is returned, in the order in which it would
    /// have come out, and counts as done.
    ///
    /// # Examples
    ///
    /// ```
    /// let queue = anyrt::queue::Fifo::unbounded();
    /// queue.try_put("not got").unwrap();
    /// assert_eq!(queue.close_now(), ["not got"]);
    /// assert!(queue.get_blocking().is_err());
    /// queue.join_blocking(); // there is nothing to wait for
    /// ```
    #[doc(alias = "shutdown")]
    pub fn close_now(&self) -> Vec<S::Item> {
        let mut section = self.enter();
        section.closed = true;
        let store = mem::replace(&mut section.store, S::EMPTY);
        section.unfinished = section.unfinished.saturating_sub(store.len());
        drop(section);
        store.into_vec()
    }

    /// Who and what is there, as of just now. Takes time in proportion to the waiters.
    ///
    /// # Examples
    ///
    /// ```
    /// let queue = anyrt::queue::Fifo::bounded(4);
    /// queue.try_put("apple").unwrap();
    /// let statistics = queue.statistics();
    /// assert_eq!((statistics.len, statistics.capacity, statistics.getting), (1, Some(4), 0));
    /// ```
    pub fn statistics(&self) -> QueueStatistics {
        let section = self.enter();
        QueueStatistics {
            len: section.store.len(),
            capacity: self.capacity(),
            reserved: self.capacity - section.limit,
            unfinished: section.unfinished,
            closed: section.closed,
            putting: section.len_in(PUTTERS.into()),
            getting: section.len_in(GETTERS.into()),
            joining: section.len_in(JOINERS.into()),
        }
    }
}

impl<S: Store> Default for Queue<S> {
    /// An unbounded one.
    fn default() -> Self {
        Self::unbounded()
    }
}

impl<S: Store> fmt::Debug for Queue<S> {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        let QueueStatistics { len, capacity, closed, .. } = self.statistics();
        f.debug_struct("Queue")
            .field("len", &len)
            .field("capacity", &capacity)
            .field("closed", &closed)
            .finish_non_exhaustive()
    }
}

/// The view of [`Queue::statistics`].
///
/// # Examples
///
/// ```
/// let queue = anyrt::queue::Fifo::unbounded();
/// queue.try_put("apple").unwrap();
/// queue.try_get().unwrap();
/// let statistics = queue.statistics();
/// assert_eq!((statistics.len, statistics.unfinished), (0, 1)); // got, and not yet done
/// ```
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
#[non_exhaustive]
pub struct QueueStatistics {
    /// How many items are in it.
    pub len: usize,
    /// How many may be, if there is a limit.
    pub capacity: Option<usize>,
    /// How many slots are reserved.
    pub reserved: usize,
    /// How many items were put and not yet marked as done.
    pub unfinished: usize,
    /// Whether it was closed.
    pub closed: bool,
    /// How many wait for room. One that was woken and is on its way counts no more; so below.
    pub putting: usize,
    /// How many wait for an item.
    pub getting: usize,
    /// How many wait until everything is done.
    pub joining: usize,
}
