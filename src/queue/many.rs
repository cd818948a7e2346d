//! Many items at a time: the lock is taken once for up to [`CHUNK`] of them.

use std::collections::VecDeque;
use std::fmt;
use std::future::Future;
use std::pin::{Pin, pin};
use std::task::{Context, Poll, ready};
use std::time::Duration;

use pin_project_lite::pin_project;

use super::section::{GETTERS, PUTTERS, Place, Section};
use super::store::Store;
use super::{Closed, GetError, PutError, Queue, TryGetError};
use crate::primitives::diagnosis::Site;
use crate::wait::{block_on, block_on_within};

/// The most that is moved under the lock at once.
const CHUNK: usize = 128;

impl<S: Store> Queue<S> {
    /// Puts all these items in, in their order; waits while the queue is full. As many as there is room
    /// for, up to 128, go in in one step; between two steps others may put theirs.
    ///
    /// # Cancel safety
    ///
    /// Dropping the future stops it: what was put by then is gone from `items`, the rest is still there.
    ///
    /// # Errors
    ///
    /// [`Closed`] when the queue is, or becomes, closed; what was not put is left in `items`.
    ///
    /// # Examples
    ///
    /// ```
    /// # futures_lite::future::block_on(async {
    /// let queue = anyrt::queue::Fifo::unbounded();
    /// queue.put_many(&mut (1..=100).collect()).await.unwrap();
    /// let mut some = Vec::new();
    /// assert_eq!(queue.get_many(&mut some, 10).await, Ok(10));
    /// assert_eq!(some, (1..=10).collect::<Vec<_>>());
    /// # });
    /// ```
    #[track_caller]
    pub fn put_many<'a>(&'a self, items: &'a mut VecDeque<S::Item>) -> PutMany<'a, S> {
        PutMany { queue: self, items, site: Site::here(), slot: None }
    }

    /// Puts all these items in, on a thread; see [`put_many`](Self::put_many).
    ///
    /// # Blocking
    ///
    /// Blocks the thread while the queue is full; inside of a task use [`put_many`](Self::put_many).
    ///
    /// # Errors
    ///
    /// As [`put_many`](Self::put_many).
    ///
    /// # Examples
    ///
    /// ```
    /// use anyrt::queue::Fifo;
    ///
    /// let queue = Fifo::bounded(2);
    /// std::thread::scope(|scope| {
    ///     scope.spawn(|| {
    ///         let mut items = (0..5).collect(); // more than fit
    ///         queue.put_many_blocking(&mut items).unwrap();
    ///         assert!(items.is_empty());
    ///         queue.close();
    ///     });
    ///     assert!(queue.iter_blocking().eq(0..5));
    /// });
    /// ```
    #[track_caller]
    pub fn put_many_blocking(&self, items: &mut VecDeque<S::Item>) -> Result<(), Closed> {
        block_on(pin!(self.put_many(items)))
    }

    /// Puts all these items in, on a thread, but does not wait for longer than `limit` altogether.
    ///
    /// # Blocking
    ///
    /// As [`put_many_blocking`](Self::put_many_blocking), but not for longer than `limit`.
    ///
    /// # Errors
    ///
    /// [`PutError::TimedOut`] and [`PutError::Closed`]; what was not put is left in `items`. Room that is
    /// there is taken whatever the limit.
    ///
    /// # Examples
    ///
    /// ```
    /// # use std::time::Duration;
    /// let queue = anyrt::queue::Fifo::bounded(2);
    /// let mut items = [1, 2, 3].into();
    /// let error = queue.put_many_within_blocking(&mut items, Duration::from_millis(1)).unwrap_err();
    /// assert!(error.is_timed_out());
    /// assert_eq!(items, [3]);
    /// ```
    #[track_caller]
    pub fn put_many_within_blocking(
        &self,
        items: &mut VecDeque<S::Item>,
        limit: Duration,
    ) -> Result<(), PutError<()>> {
        let put = block_on_within(pin!(self.put_many(items)), limit);
        Ok(put.ok_or(PutError::TimedOut(()))??)
    }

    /// Puts in as many of these items as there is room for, and tells how many those were. The rest is
    /// left in `items`.
    ///
    /// # Errors
    ///
    /// [`Closed`] when the queue is closed; what was not put is left in `items`.
    ///
    /// # Examples
    ///
    /// ```
    /// let queue = anyrt::queue::Fifo::bounded(2);
    /// let mut items = ["apple", "pear", "plum"].into();
    /// assert_eq!(queue.try_put_many(&mut items), Ok(2));
    /// assert_eq!(items, ["plum"]); // there was no room for it
    /// ```
    pub fn try_put_many(&self, items: &mut VecDeque<S::Item>) -> Result<usize, Closed> {
        let (mut put, mut last) = (0, CHUNK);
        while last == CHUNK && !items.is_empty() {
            let result = self.within(|section| attempt_put(section, items));
            last = result.unwrap_or(Ok(0))?;
            put += last;
        }
        Ok(put)
    }

    /// Takes the next `max` items out, or as many as there are, and appends them to `into`; waits only
    /// while the queue is empty. Up to 128 are taken in one step. Returns how many, which is zero only
    /// when `max` is.
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
    /// let queue = anyrt::queue::Fifo::unbounded();
    /// queue.put_many(&mut ["apple", "pear", "plum"].into()).await.unwrap();
    /// let mut basket = Vec::new();
    /// assert_eq!(queue.get_many(&mut basket, 2).await, Ok(2));
    /// assert_eq!(queue.get_many(&mut basket, 2).await, Ok(1)); // it does not wait for a second one
    /// assert_eq!(basket, ["apple", "pear", "plum"]);
    /// # });
    /// ```
    #[track_caller]
    pub fn get_many<'a>(&'a self, into: &'a mut Vec<S::Item>, max: usize) -> GetMany<'a, S> {
        GetMany { queue: self, into, max, site: Site::here(), slot: None }
    }

    /// Takes items out, on a thread; see [`get_many`](Self::get_many).
    ///
    /// # Blocking
    ///
    /// Blocks the thread while the queue is empty; inside of a task use [`get_many`](Self::get_many).
    ///
    /// # Errors
    ///
    /// As [`get_many`](Self::get_many).
    ///
    /// # Examples
    ///
    /// ```
    /// use anyrt::queue::Fifo;
    ///
    /// let queue = Fifo::bounded(4);
    /// std::thread::scope(|scope| {
    ///     scope.spawn(|| {
    ///         (0..10).for_each(|n| queue.put_blocking(n).unwrap());
    ///         queue.close();
    ///     });
    ///     let mut got = Vec::new();
    ///     while queue.get_many_blocking(&mut got, 3).is_ok() {} // up to three at a time
    ///     assert!(got.into_iter().eq(0..10));
    /// });
    /// ```
    #[track_caller]
    pub fn get_many_blocking(&self, into: &mut Vec<S::Item>, max: usize) -> Result<usize, Closed> {
        block_on(pin!(self.get_many(into, max)))
    }

    /// Takes items out, on a thread, unless the queue is empty for longer than `limit`; see
    /// [`get_many`](Self::get_many).
    ///
    /// # Blocking
    ///
    /// As [`get_many_blocking`](Self::get_many_blocking), but not for longer than `limit`.
    ///
    /// # Errors
    ///
    /// [`GetError::TimedOut`] and [`GetError::Closed`]. Items that are there are taken whatever the limit.
    ///
    /// # Examples
    ///
    /// ```
    /// # use std::time::Duration;
    /// use anyrt::queue::{Fifo, GetError};
    ///
    /// let queue = Fifo::bounded(2);
    /// queue.try_put(1).unwrap();
    /// let mut got = Vec::new();
    /// assert_eq!(queue.get_many_within_blocking(&mut got, 10, Duration::ZERO), Ok(1));
    /// let late = queue.get_many_within_blocking(&mut got, 10, Duration::from_millis(1));
    /// assert_eq!(late, Err(GetError::TimedOut));
    /// ```
    #[track_caller]
    pub fn get_many_within_blocking(
        &self,
        into: &mut Vec<S::Item>,
        max: usize,
        limit: Duration,
    ) -> Result<usize, GetError> {
        let got = block_on_within(pin!(self.get_many(into, max)), limit);
        Ok(got.ok_or(GetError::TimedOut)??)
    }

    /// Takes the next `max` items out, or as many as there are, and appends them to `into`. Returns how
    /// many, which is zero only when `max` is.
    ///
    /// # Errors
    ///
    /// [`TryGetError::Empty`] and [`TryGetError::Closed`] when there is none.
    ///
    /// # Examples
    ///
    /// ```
    /// use anyrt::queue::{Fifo, TryGetError};
    ///
    /// let queue = Fifo::unbounded();
    /// queue.try_put_many(&mut [1, 2, 3].into()).unwrap();
    /// let mut got = Vec::new();
    /// assert_eq!(queue.try_get_many(&mut got, 2), Ok(2));
    /// assert_eq!(queue.try_get_many(&mut got, usize::MAX), Ok(1)); // all that is left
    /// assert_eq!(queue.try_get_many(&mut got, 1), Err(TryGetError::Empty));
    /// assert_eq!(got, [1, 2, 3]);
    /// ```
    pub fn try_get_many(&self, into: &mut Vec<S::Item>, max: usize) -> Result<usize, TryGetError> {
        if max == 0 {
            return Ok(0);
        }
        into.reserve(max.min(CHUNK));
        match self.within(|section| attempt_get(section, into, max)) {
            None => Err(TryGetError::Empty),
            Some(got) => Ok(self.get_rest(into, max, got?)),
        }
    }

    /// Takes more out if the first chunk was full, until one is not.
    fn get_rest(&self, into: &mut Vec<S::Item>, max: usize, first: usize) -> usize {
        let (mut got, mut last) = (first, first);
        while last == CHUNK && got < max {
            into.reserve((max - got).min(CHUNK));
            let more = self.within(|section| attempt_get(section, into, max - got));
            last = more.and_then(Result::ok).unwrap_or(0);
            got += last;
        }
        got
    }
}

/// Moves items in, a chunk at most; tells how many.
fn attempt_put<S: Store>(
    section: &mut Section<'_, S>,
    items: &mut VecDeque<S::Item>,
) -> Option<Result<usize, Closed>> {
    if section.closed {
        return Some(Err(Closed(())));
    }
    let n = section.room().min(CHUNK).min(items.len());
    for _ in 0..n {
        let spot = section.spot_for(items.front().expect("there are as many"));
        let item = items.pop_front().expect("there are as many");
        section.insert(spot, item);
    }
    (n > 0).then_some(Ok(n))
}

/// Moves items out, as many as `into` has room for: it is not to grow under the lock.
fn attempt_get<S: Store>(
    section: &mut Section<'_, S>,
    into: &mut Vec<S::Item>,
    max: usize,
) -> Option<Result<usize, Closed>> {
    let n = max.min(into.capacity() - into.len()).min(CHUNK);
    for got in 0..n {
        let Some(spot) = section.next_spot() else {
            return match got {
                0 => section.closed.then_some(Err(Closed(()))),
                _ => Some(Ok(got)),
            };
        };
        into.push(section.store.remove(spot));
    }
    Some(Ok(n))
}

pin_project! {
    /// The future of [`Queue::put_many`].
    ///
    /// # Examples
    ///
    /// ```
    /// # futures_lite::future::block_on(async {
    /// use anyrt::queue::{Fifo, PutMany, Ring};
    ///
    /// let queue = Fifo::bounded(2);
    /// let mut items = [1, 2, 3].into();
    /// let put: PutMany<'_, Ring<u8>> = queue.put_many(&mut items);
    /// assert!(futures_lite::future::poll_once(put).await.is_none()); // and is dropped
    /// assert_eq!(items, [3]);
    /// # });
    /// ```
    #[must_use = "futures do nothing unless awaited"]
    pub struct PutMany<'a, S: Store> {
        queue: &'a Queue<S>,
        items: &'a mut VecDeque<S::Item>,
        site: Site,
        #[pin]
        slot: Option<Place<'a, S>>,
    }

    impl<S: Store> PinnedDrop for PutMany<'_, S> {
        fn drop(this: Pin<&mut Self>) {
            let this = this.project();
            this.queue.cancel(this.slot.as_ref(), PUTTERS);
        }
    }
}

impl<'a, S: Store> Future for PutMany<'a, S> {
    type Output = Result<(), Closed>;

    fn poll(self: Pin<&mut Self>, cx: &mut Context<'_>) -> Poll<Self::Output> {
        let mut this = self.project();
        let queue: &'a Queue<S> = this.queue;
        while !this.items.is_empty() {
            let attempt = |section: &mut Section<'a, S>| attempt_put(section, this.items);
            ready!(queue.poll_attempt(
                this.slot.as_mut(),
                PUTTERS,
                *this.site,
                cx,
                attempt,
                |_, _| ()
            ))?;
            this.slot.set(None);
        }
        Poll::Ready(Ok(()))
    }
}

impl<S: Store> fmt::Debug for PutMany<'_, S> {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.debug_struct("PutMany")
            .field("left", &self.items.len())
            .field("slot", &self.slot)
            .finish_non_exhaustive()
    }
}

pin_project! {
    /// The future of [`Queue::get_many`].
    ///
    /// # Examples
    ///
    /// ```
    /// # futures_lite::future::block_on(async {
    /// use anyrt::queue::{Fifo, GetMany, Ring};
    ///
    /// let queue = Fifo::bounded(2);
    /// let mut got = Vec::new();
    /// let get: GetMany<'_, Ring<u8>> = queue.get_many(&mut got, 2);
    /// queue.try_put(1).unwrap();
    /// assert_eq!(get.await, Ok(1));
    /// # });
    /// ```
    #[must_use = "futures do nothing unless awaited"]
    pub struct GetMany<'a, S: Store> {
        queue: &'a Queue<S>,
        into: &'a mut Vec<S::Item>,
        max: usize,
        site: Site,
        #[pin]
        slot: Option<Place<'a, S>>,
    }

    impl<S: Store> PinnedDrop for GetMany<'_, S> {
        fn drop(this: Pin<&mut Self>) {
            let this = this.project();
            this.queue.cancel(this.slot.as_ref(), GETTERS);
        }
    }
}

impl<'a, S: Store> Future for GetMany<'a, S> {
    type Output = Result<usize, Closed>;

    fn poll(self: Pin<&mut Self>, cx: &mut Context<'_>) -> Poll<Self::Output> {
        let this = self.project();
        let (queue, into, max): (&'a Queue<S>, _, _) = (this.queue, this.into, *this.max);
        if max == 0 {
            return Poll::Ready(Ok(0));
        }
        into.reserve(max.min(CHUNK));
        let attempt = |section: &mut Section<'a, S>| attempt_get(section, into, max);
        let got =
            ready!(queue.poll_attempt(this.slot, GETTERS, *this.site, cx, attempt, |_, _| ()))?;
        Poll::Ready(Ok(queue.get_rest(into, max, got)))
    }
}

impl<S: Store> fmt::Debug for GetMany<'_, S> {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.debug_struct("GetMany")
            .field("max", &self.max)
            .field("slot", &self.slot)
            .finish_non_exhaustive()
    }
}
