//! Counting what was put and is not yet done, and waiting until nothing is left.

use std::fmt;
use std::future::Future;
use std::pin::{Pin, pin};
use std::task::{Context, Poll};
use std::time::Duration;

use pin_project_lite::pin_project;

use super::section::{JOINERS, Place};
use super::store::Store;
use super::{Queue, TooManyDone};
use crate::error::TimedOut;
use crate::primitives::Stamp;
use crate::primitives::diagnosis::Site;
use crate::wait::{Node, State, block_on, block_on_within};

impl<S: Store> Queue<S> {
    /// Says that an item that was got has been dealt with.
    ///
    /// # Memory ordering
    ///
    /// What was done before happens-before a [`join`](Self::join) that waited for it returns.
    ///
    /// # Errors
    ///
    /// [`TooManyDone`], and nothing changes, when everything that was put is done already.
    ///
    /// # Examples
    ///
    /// ```
    /// use anyrt::queue::{Fifo, TooManyDone};
    ///
    /// let queue = Fifo::unbounded();
    /// queue.try_put("apple").unwrap();
    /// assert_eq!(queue.try_get(), Ok("apple"));
    /// assert_eq!(queue.unfinished(), 1); // it was got, and nobody has said that it is eaten
    /// assert_eq!(queue.task_done(), Ok(()));
    /// assert_eq!(queue.task_done(), Err(TooManyDone));
    /// ```
    pub fn task_done(&self) -> Result<(), TooManyDone> {
        let mut section = self.enter();
        section.unfinished = section.unfinished.checked_sub(1).ok_or(TooManyDone)?;
        Ok(())
    }

    /// Says so when the guard is dropped, so also when dealing with the item panics, or is given up.
    ///
    /// One too many, which [`task_done`](Self::task_done) reports, is silent here: it changes nothing,
    /// and a drop has nobody to tell.
    ///
    /// # Examples
    ///
    /// ```
    /// let queue = anyrt::queue::Fifo::unbounded();
    /// queue.try_put("apple").unwrap();
    /// let eater = std::panic::catch_unwind(std::panic::AssertUnwindSafe(|| {
    ///     let item = queue.try_get().unwrap();
    ///     let _done = queue.done_on_drop();
    ///     panic!("a worm in the {item}");
    /// }));
    /// assert!(eater.is_err());
    /// queue.join_blocking(); // and this does not hang
    /// ```
    pub fn done_on_drop(&self) -> DoneGuard<'_, S> {
        DoneGuard { queue: self }
    }

    /// How many items were put and not yet marked as done, as of just now.
    ///
    /// # Examples
    ///
    /// ```
    /// let queue = anyrt::queue::Fifo::unbounded();
    /// queue.try_put("apple").unwrap();
    /// let item = queue.try_get().unwrap();
    /// assert_eq!((item, queue.unfinished()), ("apple", 1));
    /// ```
    pub fn unfinished(&self) -> usize {
        self.enter().unfinished
    }

    /// Waits until everything that was put is done: until [`task_done`](Self::task_done) was called once
    /// for each item.
    ///
    /// It is enough that this is so at one moment of the wait; more may have been put since.
    ///
    /// # Cancel safety
    ///
    /// Dropping the future leaves nothing behind.
    ///
    /// # Fairness
    ///
    /// All who wait are let go together.
    ///
    /// # Examples
    ///
    /// ```
    /// # futures_lite::future::block_on(async {
    /// let queue = anyrt::queue::Fifo::unbounded();
    /// queue.put("apple").await.unwrap();
    /// let eat = async {
    ///     queue.get().await.unwrap();
    ///     queue.task_done().unwrap();
    /// };
    /// futures_lite::future::zip(queue.join(), eat).await;
    /// assert_eq!(queue.unfinished(), 0);
    /// # });
    /// ```
    #[inline]
    #[track_caller]
    pub fn join(&self) -> Join<'_, S> {
        Join { queue: self, site: Site::here(), slot: None }
    }

    /// Waits until everything that was put is done, on a thread.
    ///
    /// # Blocking
    ///
    /// Blocks the thread; inside of a task use [`join`](Self::join).
    ///
    /// # Examples
    ///
    /// ```
    /// let queue = anyrt::queue::Fifo::unbounded();
    /// queue.try_put("apple").unwrap();
    /// std::thread::scope(|scope| {
    ///     scope.spawn(|| queue.get_blocking().map(|_| queue.task_done()));
    ///     queue.join_blocking();
    /// });
    /// assert_eq!(queue.unfinished(), 0);
    /// ```
    #[track_caller]
    pub fn join_blocking(&self) {
        block_on(pin!(self.join()));
    }

    /// Waits until everything that was put is done, on a thread, but not for longer than `limit`.
    ///
    /// # Blocking
    ///
    /// As [`join_blocking`](Self::join_blocking), but not for longer than `limit`.
    ///
    /// # Errors
    ///
    /// [`TimedOut`] when something was left all the time.
    ///
    /// # Examples
    ///
    /// ```
    /// use anyrt::queue::Fifo;
    /// use std::time::Duration;
    ///
    /// let queue = Fifo::unbounded();
    /// queue.try_put("apple").unwrap();
    /// assert!(queue.join_within_blocking(Duration::from_millis(1)).is_err());
    /// ```
    #[track_caller]
    pub fn join_within_blocking(&self, limit: Duration) -> Result<(), TimedOut> {
        block_on_within(pin!(self.join()), limit).ok_or(TimedOut)
    }

    /// | place | unfinished | becomes |
    /// |---|---|---|
    /// | Woken | | done |
    /// | Idle | none | done |
    /// | Idle | | Queued |
    /// | Queued | | Queued, with this waker |
    fn poll_join<'q>(&'q self, place: Pin<&Place<'q, S>>, cx: &mut Context<'_>) -> Poll<()> {
        let mut waker = None; // dropped after the lock
        let mut locked = self.waiters.lock_for(place, cx.waker(), &mut waker);
        match locked.state_of(place) {
            State::Queued => Poll::Pending,
            State::Woken => {
                locked.take_outcome(place);
                Poll::Ready(())
            }
            State::Idle if locked.unfinished == 0 => Poll::Ready(()),
            State::Idle => {
                let round = locked.round();
                let waker = waker.take().expect("cloned for an idle waiter");
                locked.push_back(place, waker, round, Stamp::NONE);
                Poll::Pending
            }
        }
    }
}

/// Marks an item as done when it is dropped: see [`Queue::done_on_drop`].
///
/// # Examples
///
/// ```
/// let queue = anyrt::queue::Fifo::unbounded();
/// queue.try_put("apple").unwrap();
/// let done = queue.done_on_drop();
/// assert_eq!((queue.try_get(), queue.unfinished()), (Ok("apple"), 1));
/// drop(done);
/// assert_eq!(queue.unfinished(), 0);
/// ```
#[must_use = "a guard that is not kept marks the item as done at once"]
#[clippy::has_significant_drop]
pub struct DoneGuard<'a, S: Store> {
    queue: &'a Queue<S>,
}

impl<S: Store> Drop for DoneGuard<'_, S> {
    fn drop(&mut self) {
        // One too many changes nothing, and a drop has nobody to tell.
        let _ = self.queue.task_done();
    }
}

impl<S: Store> fmt::Debug for DoneGuard<'_, S> {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.debug_struct("DoneGuard").finish_non_exhaustive()
    }
}

pin_project! {
    /// The future of [`Queue::join`].
    ///
    /// # Examples
    ///
    /// ```
    /// # futures_lite::future::block_on(async {
    /// use anyrt::queue::{Fifo, Join, Ring};
    ///
    /// let queue = Fifo::<u8>::unbounded();
    /// let join: Join<'_, Ring<u8>> = queue.join();
    /// join.await; // nothing was put
    /// # });
    /// ```
    #[must_use = "futures do nothing unless awaited"]
    pub struct Join<'a, S: Store> {
        queue: &'a Queue<S>,
        site: Site,
        // Leaves the list by itself when dropped; there is nothing to pass on.
        #[pin]
        slot: Option<Place<'a, S>>,
    }
}

impl<'a, S: Store> Future for Join<'a, S> {
    type Output = ();

    fn poll(self: Pin<&mut Self>, cx: &mut Context<'_>) -> Poll<()> {
        let mut this = self.project();
        let queue: &'a Queue<S> = this.queue;
        if this.slot.is_none() {
            this.slot.set(Some(Node::new_in(&queue.waiters, JOINERS, *this.site)));
        }
        queue.poll_join(this.slot.as_ref().as_pin_ref().expect("set above"), cx)
    }
}

impl<S: Store> fmt::Debug for Join<'_, S> {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.debug_struct("Join").field("slot", &self.slot).finish_non_exhaustive()
    }
}
