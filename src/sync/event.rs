use std::fmt;
use std::future::Future;
use std::pin::{Pin, pin};
use std::task::{Context, Poll, ready};
use std::time::Duration;

use pin_project_lite::pin_project;

use crate::error::TimedOut;
use crate::primitives::diagnosis::{Label, Site};
use crate::primitives::{
    Ordering::{Acquire, Relaxed, Release},
    Stamp, const_fn,
};
use crate::task::poll_spend;
use crate::wait::{Node, Queue, State, WakeBatch, block_on, block_on_within};

/// The one flag in the word.
const SET: u32 = 1;

/// A flag that tasks and threads wait for.
///
/// [`set`](Self::set) releases everybody who waits, and everybody who comes until
/// [`clear`](Self::clear). Who was waiting when it was set is released even if it is cleared at once.
///
/// # Fairness
///
/// Waiters are woken in the order in which they came.
///
/// # Memory ordering
///
/// What was done before [`set`](Self::set) happens-before a wait that it releases returns, and
/// before [`is_set`](Self::is_set) returns `true` because of it.
///
/// # Examples
///
/// ```
/// use anyrt::sync::Event;
///
/// static READY: Event = Event::new();
///
/// let thread = std::thread::spawn(|| READY.wait_blocking()); // a thread waits ...
/// READY.set();
/// thread.join().unwrap();
/// futures_lite::future::block_on(READY.wait()); // ... or a task; it is set already
/// assert!(READY.is_set());
/// ```
pub struct Event {
    /// The state is the number of the current generation: each `set` ends one.
    queue: Queue<u32>,
}

impl Event {
    const_fn! {
        /// Makes an event that is not set.
        ///
        /// # Examples
        ///
        /// ```
        /// assert!(!anyrt::sync::Event::new().is_set());
        /// ```
        pub const fn new() -> Self {
            Self { queue: Queue::new(0, 0, Label::of::<Self>()) }
        }
    }

    const_fn! {
        /// Gives it a name, for the reports of the simulator and of `diagnose`. Without the feature
        /// `diagnose` this does nothing, and costs nothing.
        ///
        /// # Examples
        ///
        /// ```
        /// use anyrt::sync::Event;
        ///
        /// static READY: Event = Event::new().named("ready");
        /// READY.set();
        /// ```
        #[must_use = "what has the name is what is returned"]
        pub const fn named(mut self, name: &'static str) -> Self {
            self.set_name(name);
            self
        }
    }

    const_fn! {
        pub(super) const fn set_name(&mut self, name: &'static str) {
            self.queue.set_name(name);
        }
    }

    /// Whether it is set. One load.
    ///
    /// # Examples
    ///
    /// ```
    /// let event = anyrt::sync::Event::new();
    /// event.set();
    /// assert!(event.is_set());
    /// ```
    #[inline]
    pub fn is_set(&self) -> bool {
        // Ordering: acquires what came before the `set`.
        self.queue.word().load(Acquire) & SET != 0
    }

    /// Sets it, and releases everybody who waits now.
    ///
    /// # Examples
    ///
    /// ```
    /// let event = anyrt::sync::Event::new();
    /// std::thread::scope(|scope| {
    ///     scope.spawn(|| event.wait_blocking());
    ///     event.set(); // or it would wait forever
    /// });
    /// assert!(event.is_set());
    /// ```
    pub fn set(&self) {
        let mut wakers = WakeBatch::new();
        let mut queue = self.queue.lock();
        // Ordering: releases what came before to those who find it set. Those who were queued see it
        // through their node.
        self.queue.word().fetch_or(SET, Release);
        let generation = *queue;
        *queue = generation.wrapping_add(1);
        loop {
            // Who comes while a batch is woken, after a `clear`, belongs to a later generation.
            while !wakers.is_full() && queue.front().is_some_and(|born| is_before(born, generation))
            {
                queue.wake_front(0, &mut wakers);
            }
            let more = wakers.is_full();
            drop(queue);
            wakers.wake();
            if !more {
                return;
            }
            queue = self.queue.lock();
        }
    }

    /// Unsets it: whoever comes from now on waits for the next [`set`](Self::set).
    ///
    /// # Examples
    ///
    /// ```
    /// let event = anyrt::sync::Event::new();
    /// event.set();
    /// event.clear();
    /// assert!(!event.is_set());
    /// ```
    #[doc(alias = "reset")]
    pub fn clear(&self) {
        let _queue = self.queue.lock();
        // Ordering: nothing follows from an event that is not set.
        self.queue.word().fetch_and(!SET, Relaxed);
    }

    /// Waits until it is set.
    ///
    /// # Cancel safety
    ///
    /// Dropping the future leaves nothing behind.
    ///
    /// # Examples
    ///
    /// ```
    /// # use std::future::Future;
    /// # use std::pin::pin;
    /// # use std::task::{Context, Waker};
    /// let event = anyrt::sync::Event::new();
    /// let mut wait = pin!(event.wait());
    /// # let mut cx = Context::from_waker(Waker::noop());
    /// assert!(wait.as_mut().poll(&mut cx).is_pending());
    /// event.set();
    /// event.clear(); // too late for those who were waiting
    /// assert!(wait.poll(&mut cx).is_ready());
    /// ```
    #[inline]
    #[track_caller]
    pub fn wait(&self) -> EventWait<'_> {
        EventWait { event: self, site: Site::here(), slot: None }
    }

    /// Waits until it is set, on a thread.
    ///
    /// # Blocking
    ///
    /// Blocks the thread; inside of a task use [`wait`](Self::wait).
    ///
    /// # Examples
    ///
    /// ```
    /// let event = anyrt::sync::Event::new();
    /// std::thread::scope(|scope| {
    ///     scope.spawn(|| event.set());
    ///     event.wait_blocking();
    /// });
    /// assert!(event.is_set());
    /// ```
    #[track_caller]
    pub fn wait_blocking(&self) {
        if !self.is_set() {
            block_on(pin!(self.wait()));
        }
    }

    /// Waits until it is set, on a thread, but not for longer than `limit`.
    ///
    /// # Blocking
    ///
    /// As [`wait_blocking`](Self::wait_blocking), but not for longer than `limit`.
    ///
    /// # Errors
    ///
    /// [`TimedOut`] when it was not set in time.
    ///
    /// # Examples
    ///
    /// ```
    /// use anyrt::sync::Event;
    /// use std::time::Duration;
    ///
    /// let event = Event::new();
    /// assert!(event.wait_within_blocking(Duration::from_millis(1)).is_err());
    /// event.set();
    /// assert!(event.wait_within_blocking(Duration::ZERO).is_ok());
    /// ```
    #[track_caller]
    pub fn wait_within_blocking(&self, limit: Duration) -> Result<(), TimedOut> {
        if self.is_set() {
            return Ok(());
        }
        block_on_within(pin!(self.wait()), limit).ok_or(TimedOut)
    }

    /// Who is there, as of just now. Takes time in proportion to the waiters.
    ///
    /// # Examples
    ///
    /// ```
    /// let statistics = anyrt::sync::Event::new().statistics();
    /// assert_eq!((statistics.set, statistics.waiting), (false, 0));
    /// ```
    pub fn statistics(&self) -> EventStatistics {
        EventStatistics { set: self.is_set(), waiting: self.queue.lock().len() }
    }
}

/// Whether a waiter of generation `born` is released by the `set` that ends `generation`.
pub(super) fn is_before(born: u32, generation: u32) -> bool {
    // Two generations that are alive are never half of all numbers apart.
    generation.wrapping_sub(born) < u32::MAX / 2
}

impl Default for Event {
    fn default() -> Self {
        Self::new()
    }
}

impl fmt::Debug for Event {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.debug_struct("Event").field("set", &self.is_set()).finish_non_exhaustive()
    }
}

/// The view of [`Event::statistics`].
///
/// # Examples
///
/// ```
/// use futures_lite::future::poll_once;
///
/// # futures_lite::future::block_on(async {
/// let event = anyrt::sync::Event::new();
/// let mut wait = Box::pin(event.wait());
/// assert!(poll_once(&mut wait).await.is_none());
/// assert_eq!(event.statistics().waiting, 1);
/// # });
/// ```
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
#[non_exhaustive]
pub struct EventStatistics {
    /// Whether it is set.
    pub set: bool,
    /// How many wait.
    pub waiting: usize,
}

pin_project! {
    /// The future of [`Event::wait`].
    ///
    /// # Examples
    ///
    /// ```
    /// use anyrt::sync::{Event, EventWait};
    ///
    /// let event = Event::new();
    /// let wait: EventWait<'_> = event.wait();
    /// assert_eq!(event.statistics().waiting, 0); // it is queued when it is polled
    /// # drop(wait);
    /// ```
    #[must_use = "futures do nothing unless awaited"]
    #[derive(Debug)]
    pub struct EventWait<'a> {
        event: &'a Event,
        site: Site,
        // Leaves the queue by itself when dropped; a release needs not be passed on.
        #[pin]
        slot: Option<Node<'a, u32>>,
    }
}

impl Future for EventWait<'_> {
    type Output = ();

    #[inline]
    fn poll(self: Pin<&mut Self>, cx: &mut Context<'_>) -> Poll<()> {
        let mut this = self.project();
        match this.slot.as_mut().as_pin_mut() {
            None => {
                if this.event.is_set() {
                    ready!(poll_spend(cx));
                    return Poll::Ready(());
                }
                this.slot.set(Some(Node::new(&this.event.queue, *this.site)));
            }
            Some(node) => {
                if node.take_outcome().is_some() {
                    return Poll::Ready(());
                }
            }
        }
        let node = this.slot.as_ref().as_pin_ref().expect("set above");
        this.event.poll_queue(node, cx)
    }
}

impl Event {
    /// | waiter | event | becomes |
    /// |---|---|---|
    /// | Idle | set | ready |
    /// | Idle | not set | Queued |
    /// | Queued | | Queued, with this waker |
    /// | Woken | | ready |
    #[cold]
    #[inline(never)]
    fn poll_queue<'q>(&'q self, node: Pin<&Node<'q, u32>>, cx: &mut Context<'_>) -> Poll<()> {
        let mut waker = None; // dropped after the lock
        let mut queue = self.queue.lock_for(node, cx.waker(), &mut waker);
        match queue.state_of(node) {
            State::Queued => return Poll::Pending,
            State::Woken => {
                queue.take_outcome(node);
                return Poll::Ready(());
            }
            State::Idle => {}
        }
        // Ordering: the flag changes under the lock only.
        if self.queue.word().load(Relaxed) & SET != 0 {
            return Poll::Ready(());
        }
        let generation = *queue;
        let waker = waker.take().expect("cloned for an idle waiter");
        queue.push_back(node, waker, generation, Stamp::NONE);
        Poll::Pending
    }
}
