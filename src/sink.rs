//! A queue as a [`Sink`], for combinators and codecs that want one (feature `sink`).
//!
//! It is apart from `queue` because those files have nothing conditional in them.

use std::fmt;
use std::pin::Pin;
use std::task::{Context, Poll, ready};

use futures_sink::Sink;
use pin_project_lite::pin_project;

use crate::queue::{Closed, Queue, Reserve, Slot, Store};

impl<S: Store> Queue<S> {
    /// A sink whose items go into this queue. `poll_ready` reserves the room, so sending never fails for
    /// want of it, and there is nothing to flush. Closing the sink gives its room back and leaves the
    /// queue open: others may be putting, too.
    ///
    /// # Cancel safety
    ///
    /// Dropping the sink puts nothing more, and gives back what it reserved.
    ///
    /// # Errors
    ///
    /// Its error is [`Closed`], with the item if there was one, when the queue is closed.
    ///
    /// # Panics
    ///
    /// `start_send` panics if `poll_ready` was not ready before.
    ///
    /// # Examples
    ///
    /// ```
    /// use futures_sink::Sink;
    /// use std::{future::poll_fn, pin::pin};
    ///
    /// # futures_lite::future::block_on(async {
    /// let queue = anyrt::queue::Fifo::bounded(1);
    /// let mut sink = pin!(queue.sink()); // with `futures`: items.forward(queue.sink()).await
    /// poll_fn(|cx| sink.as_mut().poll_ready(cx)).await.unwrap();
    /// sink.as_mut().start_send("an item").unwrap();
    /// assert_eq!(queue.get().await, Ok("an item"));
    /// # });
    /// ```
    #[track_caller]
    pub fn sink(&self) -> Feed<'_, S> {
        // The first wait is made here: it notes its caller.
        Feed { queue: self, reserve: Some(self.reserve()), slot: None }
    }
}

pin_project! {
    /// The sink of [`Queue::sink`].
    ///
    /// # Examples
    ///
    /// ```
    /// use anyrt::{queue::{Fifo, Ring}, sink::Feed};
    ///
    /// let queue = Fifo::bounded(1);
    /// let feed: Feed<'_, Ring<u8>> = queue.sink();
    /// drop(feed); // the queue stays open
    /// assert!(!queue.is_closed());
    /// ```
    #[must_use = "sinks do nothing unless polled"]
    pub struct Feed<'a, S: Store> {
        queue: &'a Queue<S>,
        #[pin]
        reserve: Option<Reserve<'a, S>>,
        slot: Option<Slot<'a, S>>,
    }
}

impl<S: Store> Sink<S::Item> for Feed<'_, S> {
    type Error = Closed<Option<S::Item>>;

    fn poll_ready(self: Pin<&mut Self>, cx: &mut Context<'_>) -> Poll<Result<(), Self::Error>> {
        let mut this = self.project();
        if this.slot.is_none() {
            if this.reserve.is_none() {
                this.reserve.set(Some(this.queue.reserve()));
            }
            let reserve = this.reserve.as_mut().as_pin_mut().expect("set above");
            let slot = ready!(reserve.poll(cx));
            this.reserve.set(None);
            *this.slot = Some(slot.map_err(|_| Closed(None))?);
        }
        Poll::Ready(Ok(()))
    }

    fn start_send(self: Pin<&mut Self>, item: S::Item) -> Result<(), Self::Error> {
        let slot = self.project().slot.take().expect("`poll_ready` comes before `start_send`");
        slot.put(item).map_err(|Closed(item)| Closed(Some(item)))
    }

    fn poll_flush(self: Pin<&mut Self>, _: &mut Context<'_>) -> Poll<Result<(), Self::Error>> {
        Poll::Ready(Ok(()))
    }

    fn poll_close(self: Pin<&mut Self>, _: &mut Context<'_>) -> Poll<Result<(), Self::Error>> {
        let mut this = self.project();
        this.reserve.set(None);
        *this.slot = None;
        Poll::Ready(Ok(()))
    }
}

impl<S: Store> fmt::Debug for Feed<'_, S> {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.debug_struct("Feed").field("slot", &self.slot).finish_non_exhaustive()
    }
}
