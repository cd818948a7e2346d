//! All items to the end.

use std::fmt;
use std::iter::FusedIterator;
use std::pin::Pin;
use std::task::{Context, Poll, ready};

use futures_core::Stream;
use pin_project_lite::pin_project;

use super::Queue;
use super::get::{attempt, give_back};
use super::section::{GETTERS, Place};
use super::store::Store;
use crate::primitives::diagnosis::Site;

impl<S: Store> Queue<S> {
    /// All items from now on, until the queue is closed and empty.
    ///
    /// # Cancel safety
    ///
    /// As [`get`](Self::get): dropping the stream, or the future of its next item, takes nothing out.
    ///
    /// # Examples
    ///
    /// ```
    /// use anyrt::queue::Fifo;
    /// use futures_lite::StreamExt;
    ///
    /// # futures_lite::future::block_on(async {
    /// let queue = Fifo::unbounded();
    /// queue.put_many(&mut [1, 2, 3].into()).await.unwrap();
    /// queue.close();
    /// assert_eq!(queue.stream().map(|n| n * n).collect::<Vec<_>>().await, [1, 4, 9]);
    /// # });
    /// ```
    #[track_caller]
    pub fn stream(&self) -> Items<'_, S> {
        Items { queue: self, site: Site::here(), slot: None }
    }

    /// All items from now on, on a thread, until the queue is closed and empty.
    ///
    /// # Blocking
    ///
    /// `next` blocks the thread as [`get_blocking`](Self::get_blocking) does.
    ///
    /// # Examples
    ///
    /// ```
    /// let queue = anyrt::queue::Lifo::unbounded();
    /// queue.try_put_many(&mut [1, 2, 3].into()).unwrap();
    /// queue.close();
    /// assert!(queue.iter_blocking().eq([3, 2, 1]));
    /// ```
    pub fn iter_blocking(&self) -> IterBlocking<'_, S> {
        IterBlocking { queue: self }
    }
}

pin_project! {
    /// The stream of [`Queue::stream`].
    ///
    /// # Examples
    ///
    /// ```
    /// # futures_lite::future::block_on(async {
    /// use anyrt::queue::{Fifo, Items, Ring};
    /// use futures_lite::StreamExt;
    ///
    /// let queue = Fifo::unbounded();
    /// queue.try_put("apple").unwrap();
    /// queue.close();
    /// let items: Items<'_, Ring<&str>> = queue.stream();
    /// let mut items = std::pin::pin!(items);
    /// assert_eq!(items.next().await, Some("apple"));
    /// assert_eq!(items.next().await, None);
    /// # });
    /// ```
    #[must_use = "streams do nothing unless polled"]
    pub struct Items<'a, S: Store> {
        queue: &'a Queue<S>,
        site: Site,
        #[pin]
        slot: Option<Place<'a, S>>,
    }

    impl<S: Store> PinnedDrop for Items<'_, S> {
        fn drop(this: Pin<&mut Self>) {
            let this = this.project();
            this.queue.cancel(this.slot.as_ref(), GETTERS);
        }
    }
}

impl<'a, S: Store> Stream for Items<'a, S> {
    type Item = S::Item;

    fn poll_next(self: Pin<&mut Self>, cx: &mut Context<'_>) -> Poll<Option<S::Item>> {
        let mut this = self.project();
        let queue: &'a Queue<S> = this.queue;
        let slot = this.slot.as_mut();
        let taken = ready!(queue.poll_attempt(slot, GETTERS, *this.site, cx, attempt, give_back));
        this.slot.set(None);
        Poll::Ready(taken.ok())
    }
}

impl<S: Store> fmt::Debug for Items<'_, S> {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.debug_struct("Items").field("slot", &self.slot).finish_non_exhaustive()
    }
}

/// The iterator of [`Queue::iter_blocking`].
///
/// # Examples
///
/// ```
/// use anyrt::queue::{Fifo, IterBlocking, Ring};
///
/// let queue = Fifo::unbounded();
/// queue.try_put("apple").unwrap();
/// queue.close();
/// let mut items: IterBlocking<'_, Ring<&str>> = queue.iter_blocking();
/// assert_eq!((items.next(), items.next()), (Some("apple"), None));
/// ```
#[must_use = "iterators do nothing unless advanced"]
pub struct IterBlocking<'a, S: Store> {
    queue: &'a Queue<S>,
}

impl<S: Store> Iterator for IterBlocking<'_, S> {
    type Item = S::Item;

    #[track_caller]
    fn next(&mut self) -> Option<S::Item> {
        self.queue.get_blocking().ok()
    }
}

impl<S: Store> FusedIterator for IterBlocking<'_, S> {}

impl<S: Store> fmt::Debug for IterBlocking<'_, S> {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.debug_struct("IterBlocking").finish_non_exhaustive()
    }
}
