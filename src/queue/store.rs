//! How the items are kept: in a ring, or on a stack. (The heap is in `heap`.)

use std::collections::VecDeque;
use std::fmt;

/// How a [`Queue`](super::Queue) keeps its items, and so which one is next: [`Ring`], [`Stack`] or
/// [`Heap`](super::Heap). Sealed.
///
/// # Examples
///
/// ```
/// use anyrt::queue::{Closed, Fifo, Lifo, Queue, Store};
///
/// fn fill<S: Store<Item = u8>>(queue: &Queue<S>) -> Result<(), Closed<u8>> {
///     (0..3).try_for_each(|n| queue.put_blocking(n))
/// }
///
/// fill(&Fifo::bounded(3)).unwrap();
/// fill(&Lifo::unbounded()).unwrap();
/// ```
pub trait Store: Storage {}

impl<S: Storage> Store for S {}

/// What a queue asks of its store. It looks first and changes then: all that may call other people's
/// code, and so panic, is in the looks.
#[allow(unnameable_types, reason = "it seals `Store`")]
pub trait Storage: Sized {
    /// What is kept.
    type Item;
    /// Where an item belongs, as long as the store does not change.
    type Spot;

    /// Nothing is kept.
    const EMPTY: Self;
    /// Whether a look calls other people's code.
    const COMPARES: bool;

    fn len(&self) -> usize;
    /// Looks where an item belongs.
    fn spot_for(&self, item: &Self::Item) -> Self::Spot;
    /// Looks how to take the next item out, if there is one.
    fn next(&self) -> Option<Self::Spot>;
    /// Changes it.
    fn insert(&mut self, spot: Self::Spot, item: Self::Item);
    /// Changes it.
    fn remove(&mut self, spot: Self::Spot) -> Self::Item;
    /// Takes back what was just taken out: it is next again, or as good as.
    fn give_back(&mut self, item: Self::Item);
    /// Everything, in order.
    fn into_vec(self) -> Vec<Self::Item>;
}

/// First in, first out: the store of [`Fifo`](super::Fifo).
///
/// # Examples
///
/// ```
/// use anyrt::queue::{Fifo, Queue, Ring};
///
/// static JOBS: Queue<Ring<u8>> = Fifo::bounded(4); // as a type that has to be named
/// assert_eq!(JOBS.capacity(), Some(4));
/// ```
pub struct Ring<T>(VecDeque<T>);

impl<T> Storage for Ring<T> {
    type Item = T;
    type Spot = ();

    const EMPTY: Self = Self(VecDeque::new());
    const COMPARES: bool = false;

    #[inline]
    fn len(&self) -> usize {
        self.0.len()
    }

    #[inline]
    fn spot_for(&self, _: &T) {}

    #[inline]
    fn next(&self) -> Option<()> {
        (!self.0.is_empty()).then_some(())
    }

    #[inline]
    fn insert(&mut self, (): (), item: T) {
        self.0.push_back(item);
    }

    #[inline]
    fn remove(&mut self, (): ()) -> T {
        self.0.pop_front().expect("`next` said so")
    }

    fn give_back(&mut self, item: T) {
        self.0.push_front(item);
    }

    fn into_vec(self) -> Vec<T> {
        self.0.into()
    }
}

/// Last in, first out: the store of [`Lifo`](super::Lifo).
///
/// # Examples
///
/// ```
/// use anyrt::queue::{Lifo, Queue, Stack};
///
/// let plates: Queue<Stack<u8>> = Lifo::unbounded();
/// plates.try_put_many(&mut [1, 2].into()).unwrap();
/// assert_eq!(plates.try_get(), Ok(2));
/// ```
pub struct Stack<T>(Vec<T>);

impl<T> Storage for Stack<T> {
    type Item = T;
    type Spot = ();

    const EMPTY: Self = Self(Vec::new());
    const COMPARES: bool = false;

    #[inline]
    fn len(&self) -> usize {
        self.0.len()
    }

    #[inline]
    fn spot_for(&self, _: &T) {}

    #[inline]
    fn next(&self) -> Option<()> {
        (!self.0.is_empty()).then_some(())
    }

    #[inline]
    fn insert(&mut self, (): (), item: T) {
        self.0.push(item);
    }

    #[inline]
    fn remove(&mut self, (): ()) -> T {
        self.0.pop().expect("`next` said so")
    }

    fn give_back(&mut self, item: T) {
        self.0.push(item);
    }

    fn into_vec(mut self) -> Vec<T> {
        self.0.reverse();
        self.0
    }
}

impl<T> fmt::Debug for Ring<T> {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.debug_struct("Ring").field("len", &self.0.len()).finish()
    }
}

impl<T> fmt::Debug for Stack<T> {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.debug_struct("Stack").field("len", &self.0.len()).finish()
    }
}
