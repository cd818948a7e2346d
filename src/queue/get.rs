//! Getting one item.

use std::fmt;
use std::future::Future;
use std::pin::{Pin, pin};
use std::task::{Context, Poll};
use std::time::Duration;

use pin_project_lite::pin_project;

use super::section::{GETTERS, Place, Section};
use super::store::Store;
use super::{Closed, GetError, Queue, TryGetError};
use crate::primitives::diagnosis::Site;
use crate::wait::{block_on, block_on_within};

impl<S: Store> Queue<S> {
    /// Takes the next item out; waits while the queue is empty.
    ///
    /// # Cancel safety
    ///
    /// Dropping the future takes nothing out.
    ///
    /// # Errors
    ///
    /// [`Closed`] when the queue is, or becomes, closed and empty.
    ///
    /// # Examples
    ///
    /// ```
    /// # futures_lite::future::block_on(async {
    /// let queue = anyrt::queue::Fifo::bounded(1);
    /// let (put, got) = futures_lite::future::zip(queue.put("apple"), queue.get()).await;
    /// assert_eq!((put, got), (Ok(()), Ok("apple")));
    /// # });
    /// ```
    #[doc(alias("recv", "receive", "pop"))]
    #[inline]
    #[track_caller]
    pub fn get(&self) -> Get<'_, S> {
        Get { queue: self, site: Site::here(), slot: None }
    }

    /// Takes the next item out, on a thread; waits while the queue is empty.
    ///
    /// # Blocking
    ///
    /// Blocks the thread until there is an item; inside of a task use [`get`](Self::get).
    ///
    /// # Errors
    ///
    /// [`Closed`] when the queue is, or becomes, closed and empty.
    ///
    /// # Examples
    ///
    /// ```
    /// let queue = anyrt::queue::Fifo::unbounded();
    /// std::thread::scope(|scope| {
    ///     scope.spawn(|| queue.try_put("apple").unwrap());
    ///     assert_eq!(queue.get_blocking(), Ok("apple"));
    /// });
    /// ```
    #[track_caller]
    pub fn get_blocking(&self) -> Result<S::Item, Closed> {
        let get = self.get(); // out here: it notes its caller
        let got = self.within_moment(Duration::MAX, attempt, give_back);
        got.unwrap_or_else(|_| block_on(pin!(get)))
    }

    /// Takes the next item out, on a thread, unless the queue is empty for longer than `limit`.
    ///
    /// # Blocking
    ///
    /// As [`get_blocking`](Self::get_blocking), but not for longer than `limit`.
    ///
    /// # Errors
    ///
    /// [`GetError::TimedOut`] and [`GetError::Closed`]. An item that is there is taken whatever the
    /// limit.
    ///
    /// # Examples
    ///
    /// ```
    /// use anyrt::queue::{Fifo, GetError};
    /// use std::time::Duration;
    ///
    /// let queue = Fifo::unbounded();
    /// let late = queue.get_within_blocking(Duration::from_millis(1));
    /// assert_eq!(late, Err(GetError::TimedOut));
    /// queue.try_put("apple").unwrap();
    /// assert_eq!(queue.get_within_blocking(Duration::ZERO), Ok("apple"));
    /// ```
    #[doc(alias = "recv_timeout")]
    #[track_caller]
    pub fn get_within_blocking(&self, limit: Duration) -> Result<S::Item, GetError> {
        let get = self.get(); // out here: it notes its caller
        let got = self
            .within_moment(limit, attempt, give_back)
            .or_else(|left| block_on_within(pin!(get), left).ok_or(GetError::TimedOut));
        Ok(got??)
    }

    /// Takes the next item out if there is one.
    ///
    /// # Errors
    ///
    /// [`TryGetError::Empty`] and [`TryGetError::Closed`].
    ///
    /// # Examples
    ///
    /// ```
    /// use anyrt::queue::{Fifo, TryGetError};
    ///
    /// let queue = Fifo::unbounded();
    /// queue.try_put("apple").unwrap();
    /// assert_eq!(queue.try_get(), Ok("apple"));
    /// assert_eq!(queue.try_get(), Err(TryGetError::Empty));
    /// ```
    #[doc(alias("get_nowait", "try_recv", "try_pop"))]
    #[inline]
    pub fn try_get(&self) -> Result<S::Item, TryGetError> {
        match self.within_or(attempt, give_back) {
            None => Err(TryGetError::Empty),
            Some(result) => Ok(result?),
        }
    }
}

/// Takes the next item out, or finds that there will be none any more.
#[inline]
pub(super) fn attempt<S: Store>(section: &mut Section<'_, S>) -> Option<Result<S::Item, Closed>> {
    match section.next_spot() {
        Some(spot) => Some(Ok(section.store.remove(spot))),
        None => section.closed.then_some(Err(Closed(()))),
    }
}

/// Puts back what was taken out: a waker panicked.
pub(super) fn give_back<S: Store>(queue: &Queue<S>, taken: Option<Result<S::Item, Closed>>) {
    if let Some(Ok(item)) = taken {
        queue.within(|section| section.store.give_back(item));
    }
}

pin_project! {
    /// The future of [`Queue::get`].
    ///
    /// # Examples
    ///
    /// ```
    /// use anyrt::queue::Fifo;
    ///
    /// let queue = Fifo::unbounded();
    /// queue.try_put("apple").unwrap();
    /// drop(queue.get()); // it did not happen
    /// assert_eq!(futures_lite::future::block_on(queue.get()), Ok("apple"));
    /// ```
    #[must_use = "futures do nothing unless awaited"]
    pub struct Get<'a, S: Store> {
        queue: &'a Queue<S>,
        site: Site,
        #[pin]
        slot: Option<Place<'a, S>>,
    }

    impl<S: Store> PinnedDrop for Get<'_, S> {
        fn drop(this: Pin<&mut Self>) {
            let this = this.project();
            this.queue.cancel(this.slot.as_ref(), GETTERS);
        }
    }
}

impl<'a, S: Store> Future for Get<'a, S> {
    type Output = Result<S::Item, Closed>;

    #[inline]
    fn poll(self: Pin<&mut Self>, cx: &mut Context<'_>) -> Poll<Self::Output> {
        let this = self.project();
        let queue: &'a Queue<S> = this.queue;
        queue.poll_attempt(this.slot, GETTERS, *this.site, cx, attempt, give_back)
    }
}

impl<S: Store> fmt::Debug for Get<'_, S> {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.debug_struct("Get").field("slot", &self.slot).finish_non_exhaustive()
    }
}
