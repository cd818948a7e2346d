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
    #[inline]
    pub fn get(&self) -> Get<'_, S> {
        Get { queue: self, slot: None }
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
    pub fn get_blocking(&self) -> Result<S::Item, Closed> {
        match self.try_get() {
            Ok(item) => Ok(item),
            Err(TryGetError::Closed) => Err(Closed(())),
            Err(TryGetError::Empty) => block_on(pin!(self.get())),
        }
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
    pub fn get_within_blocking(&self, limit: Duration) -> Result<S::Item, GetError> {
        match self.try_get() {
            Ok(item) => Ok(item),
            Err(TryGetError::Closed) => Err(GetError::Closed),
            Err(TryGetError::Empty) => {
                let got = block_on_within(pin!(self.get()), limit);
                Ok(got.ok_or(GetError::TimedOut)??)
            }
        }
    }

    /// Takes the next item out if there is one.
    ///
    /// # Errors
    ///
    /// [`TryGetError::Empty`] and [`TryGetError::Closed`].
    #[doc(alias = "get_nowait")]
    #[inline]
    pub fn try_get(&self) -> Result<S::Item, TryGetError> {
        match self.within(|section| attempt(self, section)) {
            None => Err(TryGetError::Empty),
            Some(result) => Ok(result?.claim()),
        }
    }
}

/// Takes the next item out, or finds that there will be none any more.
#[inline]
pub(super) fn attempt<'q, S: Store>(
    queue: &'q Queue<S>,
    section: &mut Section<'q, S>,
) -> Option<Result<Taken<'q, S>, Closed>> {
    match section.next_spot() {
        Some(spot) => {
            let item = section.store.remove(spot);
            Some(Ok(Taken { queue, item: Some(item) }))
        }
        None => section.closed.then_some(Err(Closed(()))),
    }
}

/// An item that was taken out; goes back if a waker panics before it is claimed.
pub(super) struct Taken<'q, S: Store> {
    queue: &'q Queue<S>,
    item: Option<S::Item>,
}

impl<S: Store> Taken<'_, S> {
    #[inline]
    pub(super) fn claim(mut self) -> S::Item {
        self.item.take().expect("claimed once")
    }
}

impl<S: Store> Drop for Taken<'_, S> {
    #[inline]
    fn drop(&mut self) {
        if let Some(item) = self.item.take() {
            self.queue.within(|section| section.store.give_back(item));
        }
    }
}

pin_project! {
    /// The future of [`Queue::get`].
    #[must_use = "futures do nothing unless awaited"]
    pub struct Get<'a, S: Store> {
        queue: &'a Queue<S>,
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
        queue
            .poll_attempt(this.slot, GETTERS, cx, |section| attempt(queue, section))
            .map(|result| Ok(result?.claim()))
    }
}

impl<S: Store> fmt::Debug for Get<'_, S> {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.debug_struct("Get").field("slot", &self.slot).finish_non_exhaustive()
    }
}
