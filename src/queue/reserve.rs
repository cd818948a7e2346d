//! Room first, then the item.

use std::fmt;
use std::future::Future;
use std::mem;
use std::pin::{Pin, pin};
use std::task::{Context, Poll};
use std::time::Duration;

use pin_project_lite::pin_project;

use super::section::{PUTTERS, Place, Section};
use super::store::Store;
use super::{Closed, PutError, Queue, TryPutError};
use crate::primitives::diagnosis::Site;
use crate::wait::{block_on, block_on_within};

impl<S: Store> Queue<S> {
    /// Reserves room for one item, for who wants to make it only then, or to lose none when it stops
    /// waiting.
    ///
    /// # Cancel safety
    ///
    /// Dropping the future reserves nothing.
    ///
    /// # Errors
    ///
    /// [`Closed`] when the queue is, or becomes, closed.
    ///
    /// # Examples
    ///
    /// ```
    /// # futures_lite::future::block_on(async {
    /// let queue = anyrt::queue::Fifo::bounded(1);
    /// let slot = queue.reserve().await.unwrap();
    /// assert!(queue.is_full() && queue.is_empty());
    /// slot.put("made just in time").unwrap();
    /// assert_eq!(queue.get().await, Ok("made just in time"));
    /// # });
    /// ```
    #[inline]
    #[track_caller]
    pub fn reserve(&self) -> Reserve<'_, S> {
        Reserve { queue: self, site: Site::here(), slot: None }
    }

    /// Reserves room for one item, on a thread.
    ///
    /// # Blocking
    ///
    /// Blocks the thread until there is room; inside of a task use [`reserve`](Self::reserve).
    ///
    /// # Errors
    ///
    /// [`Closed`] when the queue is, or becomes, closed.
    ///
    /// # Examples
    ///
    /// ```
    /// let queue = anyrt::queue::Fifo::bounded(1);
    /// queue.reserve_blocking().unwrap().put("apple").unwrap();
    /// assert_eq!(queue.try_get(), Ok("apple"));
    /// ```
    #[track_caller]
    pub fn reserve_blocking(&self) -> Result<Slot<'_, S>, Closed> {
        let reserve = self.reserve(); // out here: it notes its caller
        let got = self.within_moment(Duration::MAX, |section| attempt(self, section), |_, _| ());
        got.unwrap_or_else(|_| block_on(pin!(reserve)))
    }

    /// Reserves room for one item, on a thread, unless the queue is full for longer than `limit`.
    ///
    /// # Blocking
    ///
    /// As [`reserve_blocking`](Self::reserve_blocking), but not for longer than `limit`.
    ///
    /// # Errors
    ///
    /// [`PutError::TimedOut`] and [`PutError::Closed`]. Room that is there is taken whatever the limit.
    ///
    /// # Examples
    ///
    /// ```
    /// # use std::time::Duration;
    /// let queue = anyrt::queue::Fifo::bounded(1);
    /// let slot = queue.reserve_within_blocking(Duration::ZERO).unwrap();
    /// let error = queue.reserve_within_blocking(Duration::from_millis(1)).unwrap_err();
    /// assert!(error.is_timed_out());
    /// # slot.put(()).unwrap();
    /// ```
    #[track_caller]
    pub fn reserve_within_blocking(&self, limit: Duration) -> Result<Slot<'_, S>, PutError<()>> {
        let reserve = self.reserve(); // out here: it notes its caller
        let got = self
            .within_moment(limit, |section| attempt(self, section), |_, _| ())
            .or_else(|left| block_on_within(pin!(reserve), left).ok_or(PutError::TimedOut(())));
        Ok(got??)
    }

    /// Reserves room for one item, if there is room.
    ///
    /// # Errors
    ///
    /// [`TryPutError::Full`] and [`TryPutError::Closed`].
    ///
    /// # Examples
    ///
    /// ```
    /// let queue = anyrt::queue::Fifo::bounded(1);
    /// let slot = queue.try_reserve().unwrap();
    /// assert!(queue.try_reserve().is_err());
    /// slot.put("apple").unwrap();
    /// ```
    pub fn try_reserve(&self) -> Result<Slot<'_, S>, TryPutError<()>> {
        match self.within(|section| attempt(self, section)) {
            None => Err(TryPutError::Full(())),
            Some(result) => Ok(result?),
        }
    }
}

fn attempt<'q, S: Store>(
    queue: &'q Queue<S>,
    section: &mut Section<'q, S>,
) -> Option<Result<Slot<'q, S>, Closed>> {
    if section.closed {
        return Some(Err(Closed(())));
    }
    if section.room() == 0 {
        return None;
    }
    section.limit -= 1;
    Some(Ok(Slot { queue }))
}

/// Room for one item, of [`Queue::reserve`]; given back when dropped.
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
#[must_use = "a slot that is not kept is given back at once"]
#[clippy::has_significant_drop]
pub struct Slot<'a, S: Store> {
    queue: &'a Queue<S>,
}

impl<S: Store> Slot<'_, S> {
    /// Puts an item in; never waits.
    ///
    /// # Errors
    ///
    /// [`Closed`] with the item when the queue has been closed.
    ///
    /// # Examples
    ///
    /// ```
    /// let queue = anyrt::queue::Fifo::bounded(1);
    /// let slot = queue.try_reserve().unwrap();
    /// queue.close();
    /// assert_eq!(slot.put("late").unwrap_err().into_inner(), "late");
    /// ```
    pub fn put(self, item: S::Item) -> Result<(), Closed<S::Item>> {
        let mut section = self.queue.enter();
        if section.closed {
            drop(section); // before the slot goes back
            return Err(Closed(item));
        }
        let spot = section.spot_for(&item);
        section.insert(spot, item);
        section.limit += 1;
        mem::forget(self);
        Ok(())
    }
}

impl<S: Store> Drop for Slot<'_, S> {
    fn drop(&mut self) {
        self.queue.enter().limit += 1;
    }
}

impl<S: Store> fmt::Debug for Slot<'_, S> {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.debug_struct("Slot").finish_non_exhaustive()
    }
}

pin_project! {
    /// The future of [`Queue::reserve`].
    ///
    /// # Examples
    ///
    /// ```
    /// # futures_lite::future::block_on(async {
    /// use anyrt::queue::{Fifo, Reserve, Ring};
    ///
    /// let queue = Fifo::bounded(1);
    /// let reserve: Reserve<'_, Ring<u8>> = queue.reserve();
    /// reserve.await.unwrap().put(1).unwrap();
    /// assert_eq!(queue.try_get(), Ok(1));
    /// # });
    /// ```
    #[must_use = "futures do nothing unless awaited"]
    pub struct Reserve<'a, S: Store> {
        queue: &'a Queue<S>,
        site: Site,
        #[pin]
        slot: Option<Place<'a, S>>,
    }

    impl<S: Store> PinnedDrop for Reserve<'_, S> {
        fn drop(this: Pin<&mut Self>) {
            let this = this.project();
            this.queue.cancel(this.slot.as_ref(), PUTTERS);
        }
    }
}

impl<'a, S: Store> Future for Reserve<'a, S> {
    type Output = Result<Slot<'a, S>, Closed>;

    #[inline]
    fn poll(self: Pin<&mut Self>, cx: &mut Context<'_>) -> Poll<Self::Output> {
        let this = self.project();
        let queue: &'a Queue<S> = this.queue;
        // A slot that is dropped is given back.
        queue.poll_attempt(
            this.slot,
            PUTTERS,
            *this.site,
            cx,
            |section| attempt(queue, section),
            |_, _| (),
        )
    }
}

impl<S: Store> fmt::Debug for Reserve<'_, S> {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.debug_struct("Reserve").field("slot", &self.slot).finish_non_exhaustive()
    }
}
