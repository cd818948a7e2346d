//! Putting one item.

use std::fmt;
use std::future::Future;
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
    /// Puts an item in; waits while the queue is full.
    ///
    /// # Cancel safety
    ///
    /// Dropping the future puts nothing, and drops the item with it. To have it back, call
    /// [`Put::cancel`]; or [`reserve`](Self::reserve) a slot first and make the item then.
    ///
    /// # Errors
    ///
    /// [`Closed`] with the item when the queue is, or becomes, closed.
    ///
    /// # Examples
    ///
    /// ```
    /// # use std::task::{Context, Waker};
    /// use std::future::Future;
    /// use std::pin::pin;
    /// # let mut cx = Context::from_waker(Waker::noop());
    ///
    /// let queue = anyrt::queue::Fifo::bounded(1);
    /// queue.try_put("first").unwrap();
    /// let mut put = pin!(queue.put("second"));
    /// assert!(put.as_mut().poll(&mut cx).is_pending());
    /// assert_eq!(put.cancel(), Some("second"));
    /// ```
    #[doc(alias("send", "push"))]
    #[inline]
    #[track_caller]
    pub fn put(&self, item: S::Item) -> Put<'_, S> {
        Put { queue: self, item: Some(item), site: Site::here(), slot: None }
    }

    /// Puts an item in, on a thread; waits while the queue is full.
    ///
    /// # Blocking
    ///
    /// Blocks the thread until there is room; inside of a task use [`put`](Self::put).
    ///
    /// # Errors
    ///
    /// [`Closed`] with the item when the queue is, or becomes, closed.
    ///
    /// # Examples
    ///
    /// ```
    /// let queue = anyrt::queue::Fifo::bounded(1);
    /// std::thread::scope(|scope| {
    ///     scope.spawn(|| [1, 2, 3].map(|item| queue.put_blocking(item).unwrap()));
    ///     assert_eq!([(); 3].map(|()| queue.get_blocking().unwrap()), [1, 2, 3]);
    /// });
    /// ```
    #[track_caller]
    pub fn put_blocking(&self, item: S::Item) -> Result<(), Closed<S::Item>> {
        let mut item = Some(item);
        let put = |section: &mut Section<'_, S>| attempt(section, &mut item);
        match (self.within_moment(Duration::MAX, put, |_, _| ()), item) {
            (_, None) => Ok(()),
            (Ok(()), Some(item)) => Err(Closed(item)),
            (Err(_), Some(item)) => block_on(pin!(self.put(item))),
        }
    }

    /// Puts an item in, on a thread, unless the queue is full for longer than `limit`.
    ///
    /// # Blocking
    ///
    /// As [`put_blocking`](Self::put_blocking), but not for longer than `limit`.
    ///
    /// # Errors
    ///
    /// [`PutError::TimedOut`] and [`PutError::Closed`], both with the item. Room that is there is taken
    /// whatever the limit.
    ///
    /// # Examples
    ///
    /// ```
    /// use anyrt::queue::{Fifo, PutError};
    /// use std::time::Duration;
    ///
    /// let queue = Fifo::bounded(1);
    /// assert!(queue.put_within_blocking("first", Duration::ZERO).is_ok());
    /// let late = queue.put_within_blocking("second", Duration::from_millis(1));
    /// assert_eq!(late, Err(PutError::TimedOut("second")));
    /// ```
    #[doc(alias = "send_timeout")]
    #[track_caller]
    pub fn put_within_blocking(
        &self,
        item: S::Item,
        limit: Duration,
    ) -> Result<(), PutError<S::Item>> {
        let mut item = Some(item);
        let put = |section: &mut Section<'_, S>| attempt(section, &mut item);
        let (item, left) = match (self.within_moment(limit, put, |_, _| ()), item) {
            (_, None) => return Ok(()),
            (Ok(()), Some(item)) => return Err(PutError::Closed(item)),
            (Err(left), Some(item)) => (item, left),
        };
        let mut put = pin!(self.put(item));
        match block_on_within(put.as_mut(), left) {
            Some(result) => Ok(result?),
            None => put.cancel().map_or(Ok(()), |item| Err(PutError::TimedOut(item))),
        }
    }

    /// Puts an item in if there is room.
    ///
    /// # Errors
    ///
    /// [`TryPutError::Full`] and [`TryPutError::Closed`], both with the item.
    ///
    /// # Examples
    ///
    /// ```
    /// use anyrt::queue::{Fifo, TryPutError};
    ///
    /// let queue = Fifo::bounded(1);
    /// assert_eq!(queue.try_put("first"), Ok(()));
    /// assert_eq!(queue.try_put("second"), Err(TryPutError::Full("second")));
    /// ```
    #[doc(alias("put_nowait", "try_send", "try_push"))]
    #[inline]
    pub fn try_put(&self, item: S::Item) -> Result<(), TryPutError<S::Item>> {
        let mut item = Some(item);
        let done = self.within(|section| attempt(section, &mut item));
        match (done, item) {
            (None, Some(item)) => Err(TryPutError::Full(item)),
            (Some(()), Some(item)) => Err(TryPutError::Closed(item)),
            (_, None) => Ok(()),
        }
    }
}

/// Puts the item, or finds that nothing can be put any more.
#[inline]
fn attempt<S: Store>(section: &mut Section<'_, S>, item: &mut Option<S::Item>) -> Option<()> {
    if section.closed {
        return Some(());
    }
    if section.room() == 0 {
        return None;
    }
    let spot = section.spot_for(item.as_ref().expect("not put yet"));
    section.insert(spot, item.take().expect("not put yet"));
    Some(())
}

pin_project! {
    /// The future of [`Queue::put`].
    ///
    /// # Examples
    ///
    /// ```
    /// # futures_lite::future::block_on(async {
    /// use anyrt::queue::{Fifo, Put, Ring};
    ///
    /// let queue = Fifo::bounded(1);
    /// let put: Put<'_, Ring<u8>> = queue.put(1); // nothing is put before it is polled
    /// assert!(queue.is_empty());
    /// put.await.unwrap();
    /// assert!(queue.is_full());
    /// # });
    /// ```
    #[must_use = "futures do nothing unless awaited"]
    pub struct Put<'a, S: Store> {
        queue: &'a Queue<S>,
        item: Option<S::Item>,
        site: Site,
        #[pin]
        slot: Option<Place<'a, S>>,
    }

    impl<S: Store> PinnedDrop for Put<'_, S> {
        fn drop(this: Pin<&mut Self>) {
            let this = this.project();
            this.queue.cancel(this.slot.as_ref(), PUTTERS);
        }
    }
}

impl<S: Store> Put<'_, S> {
    /// Gives up, and gives the item back; `None` if it was put already.
    pub fn cancel(self: Pin<&mut Self>) -> Option<S::Item> {
        let mut this = self.project();
        this.queue.cancel(this.slot.as_ref(), PUTTERS);
        this.slot.set(None);
        this.item.take()
    }
}

impl<S: Store> Future for Put<'_, S> {
    type Output = Result<(), Closed<S::Item>>;

    #[inline]
    fn poll(self: Pin<&mut Self>, cx: &mut Context<'_>) -> Poll<Self::Output> {
        let this = self.project();
        let (queue, item) = (*this.queue, this.item);
        assert!(item.is_some(), "polled after it was done");
        let attempt = |section: &mut Section<'_, S>| attempt(section, item);
        queue.poll_attempt(this.slot, PUTTERS, *this.site, cx, attempt, |_, _| ()).map(|()| {
            match item.take() {
                None => Ok(()),
                Some(item) => Err(Closed(item)),
            }
        })
    }
}

impl<S: Store> fmt::Debug for Put<'_, S> {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.debug_struct("Put").field("slot", &self.slot).finish_non_exhaustive()
    }
}
