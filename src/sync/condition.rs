use std::fmt;
use std::future::Future;
use std::mem;
use std::pin::{Pin, pin};
use std::task::{Context, Poll};
use std::time::Duration;

use pin_project_lite::pin_project;

use super::event::is_before;
use super::{Lock, LockFuture, LockGuard, OwnedLockGuard};
use crate::error::TimedOut;
use crate::primitives::diagnosis::{Label, Site};
use crate::primitives::{Stamp, const_fn, now};
use crate::wait::{Node, Queue, State, WakeBatch, block_on, block_on_within};

/// How a waiter was woken: alone, so that the notification is not lost with it, or with the others.
const ONE: u32 = 1;
const ALL: u32 = 2;

/// Where those who hold a [`Lock`] wait until its value has changed.
///
/// [`wait`](Self::wait) unlocks and waits, in one step as seen by whoever notifies under the lock;
/// then it locks again. It may also return without a notification, so wait in a loop, or with
/// [`wait_for`](Self::wait_for), which does.
///
/// Notify after changing the value under the lock. To notify under the lock, too, is not required.
///
/// # Fairness
///
/// Waiters are notified in the order in which they came, and then wait for the lock as others do.
///
/// # Memory ordering
///
/// That of the lock.
///
/// # Examples
///
/// ```
/// use anyrt::sync::{Condition, Lock};
///
/// static JOBS: Lock<Vec<u32>> = Lock::new(Vec::new());
/// static ADDED: Condition = Condition::new();
///
/// async fn next_job() -> u32 {
///     let mut jobs = ADDED.wait_for(JOBS.lock().await, |jobs| !jobs.is_empty()).await;
///     jobs.pop().unwrap()
/// }
///
/// let thread = std::thread::spawn(|| {
///     JOBS.lock_blocking().push(7);
///     ADDED.notify(1);
/// });
/// assert_eq!(futures_lite::future::block_on(next_job()), 7);
/// # thread.join().unwrap();
/// ```
#[doc(alias = "Condvar")]
pub struct Condition {
    queue: Queue<Waiters>,
}

struct Waiters {
    /// Each notification ends one, so that it does not reach those who come later.
    generation: u32,
    /// What the last `notify_all` ended: those of then who are still queued are its, not to be had by
    /// a `notify` that comes between two of its batches.
    all: u32,
    /// The address of the lock that they all gave up.
    lock: usize,
}

impl Condition {
    const_fn! {
        /// Makes a condition; the first who waits binds it to a lock.
        ///
        /// # Examples
        ///
        /// ```
        /// use anyrt::sync::Condition;
        ///
        /// static CHANGED: Condition = Condition::new();
        /// assert_eq!(CHANGED.statistics().waiting, 0);
        /// ```
        pub const fn new() -> Self {
            Self { queue: Queue::new(0, Waiters { generation: 0, all: u32::MAX, lock: 0 }, Label::of::<Self>()) }
        }
    }

    const_fn! {
        /// Gives it a name, for the reports of the simulator and of `diagnose`. Without the feature
        /// `diagnose` this does nothing, and costs nothing.
        ///
        /// # Examples
        ///
        /// ```
        /// use anyrt::sync::Condition;
        ///
        /// static CHANGED: Condition = Condition::new().named("changed");
        /// CHANGED.notify_all();
        /// ```
        #[must_use = "what has the name is what is returned"]
        pub const fn named(mut self, name: &'static str) -> Self {
            self.queue.set_name(name);
            self
        }
    }

    /// Unlocks, waits for a notification, and locks again.
    ///
    /// The lock is given up by the first poll.
    ///
    /// # Cancel safety
    ///
    /// Dropping the future gives up the wait, and the lock with it: it is not locked again. A
    /// notification by [`notify`](Self::notify) that had reached it goes to the next who waits, also
    /// while it was locking again.
    ///
    /// # Panics
    ///
    /// Its poll does when others wait with another lock: a condition has one lock at a time.
    ///
    /// # Examples
    ///
    /// ```
    /// use anyrt::sync::{Condition, Lock};
    /// use futures_lite::future::{block_on, zip};
    ///
    /// let (lock, changed) = (Lock::new(0), Condition::new());
    /// let waiter = async {
    ///     let mut value = lock.lock().await;
    ///     while *value == 0 {
    ///         value = changed.wait(value).await;
    ///     }
    ///     *value
    /// };
    /// let notifier = async {
    ///     *lock.lock().await = 7;
    ///     changed.notify(1);
    /// };
    /// assert_eq!(block_on(zip(waiter, notifier)).0, 7);
    /// ```
    #[track_caller]
    pub fn wait<'c, 'l, T: ?Sized>(&'c self, guard: LockGuard<'l, T>) -> ConditionWait<'c, 'l, T> {
        let lock = LockGuard::lock_ref(&guard);
        ConditionWait {
            condition: self,
            site: Site::here(),
            lock,
            guard: Some(guard),
            alone: false,
            slot: None,
            relock: None,
        }
    }

    /// Waits until `predicate` holds, which is looked at under the lock, at first and after each
    /// notification.
    ///
    /// # Cancel safety
    ///
    /// As [`wait`](Self::wait).
    ///
    /// # Panics
    ///
    /// As [`wait`](Self::wait).
    ///
    /// # Examples
    ///
    /// ```
    /// use anyrt::sync::{Condition, Lock};
    /// use futures_lite::future::{block_on, zip};
    ///
    /// let (lock, changed) = (Lock::new(0), Condition::new());
    /// let waiter = async { *changed.wait_for(lock.lock().await, |value| *value > 0).await };
    /// let notifier = async {
    ///     *lock.lock().await = 7;
    ///     changed.notify(1);
    /// };
    /// assert_eq!(block_on(zip(waiter, notifier)).0, 7);
    /// ```
    #[track_caller]
    pub fn wait_for<'l, T: ?Sized>(
        &self,
        mut guard: LockGuard<'l, T>,
        mut predicate: impl FnMut(&mut T) -> bool,
    ) -> impl Future<Output = LockGuard<'l, T>> {
        let site = Site::here();
        async move {
            while !predicate(&mut guard) {
                let mut wait = self.wait(guard);
                wait.site = site;
                guard = wait.await;
            }
            guard
        }
    }

    /// [`wait`](Self::wait), with a guard that keeps the lock alive.
    ///
    /// # Cancel safety
    ///
    /// As [`wait`](Self::wait); the guard's `Arc` is dropped, too.
    ///
    /// # Panics
    ///
    /// As [`wait`](Self::wait).
    ///
    /// # Examples
    ///
    /// ```
    /// use anyrt::sync::{Condition, Lock};
    /// use futures_lite::future::{block_on, zip};
    /// use std::sync::Arc;
    ///
    /// let (lock, changed) = (Arc::new(Lock::new(0)), Condition::new());
    /// let waiter = async {
    ///     let mut value = Arc::clone(&lock).lock_owned().await;
    ///     while *value == 0 {
    ///         value = changed.wait_owned(value).await;
    ///     }
    ///     *value
    /// };
    /// let notifier = async {
    ///     *lock.lock().await = 7;
    ///     changed.notify(1);
    /// };
    /// assert_eq!(block_on(zip(waiter, notifier)).0, 7);
    /// ```
    #[track_caller]
    pub fn wait_owned<T: ?Sized>(
        &self,
        guard: OwnedLockGuard<T>,
    ) -> impl Future<Output = OwnedLockGuard<T>> {
        self.wait_owned_at(guard, Site::here())
    }

    async fn wait_owned_at<T: ?Sized>(
        &self,
        guard: OwnedLockGuard<T>,
        site: Site,
    ) -> OwnedLockGuard<T> {
        let lock = OwnedLockGuard::into_lock(guard);
        let mut wait = self.wait(LockGuard::new(&lock));
        wait.site = site;
        mem::forget(wait.await);
        OwnedLockGuard::new(lock) // what the forgotten guard held
    }

    /// [`wait_for`](Self::wait_for), with a guard that keeps the lock alive.
    ///
    /// # Cancel safety
    ///
    /// As [`wait_owned`](Self::wait_owned).
    ///
    /// # Panics
    ///
    /// As [`wait`](Self::wait).
    ///
    /// # Examples
    ///
    /// ```
    /// use anyrt::sync::{Condition, Lock};
    /// use std::sync::Arc;
    ///
    /// # futures_lite::future::block_on(async {
    /// let guard = Arc::new(Lock::new(7)).lock_owned().await;
    /// let guard = Condition::new().wait_for_owned(guard, |value| *value > 0).await; // it is
    /// assert_eq!(*guard, 7);
    /// # });
    /// ```
    #[track_caller]
    pub fn wait_for_owned<T: ?Sized>(
        &self,
        mut guard: OwnedLockGuard<T>,
        mut predicate: impl FnMut(&mut T) -> bool,
    ) -> impl Future<Output = OwnedLockGuard<T>> {
        let site = Site::here();
        async move {
            while !predicate(&mut guard) {
                guard = self.wait_owned_at(guard, site).await;
            }
            guard
        }
    }

    /// [`wait`](Self::wait), on a thread.
    ///
    /// # Blocking
    ///
    /// Blocks the thread; inside of a task use [`wait`](Self::wait).
    ///
    /// # Panics
    ///
    /// When others wait with another lock: a condition has one lock at a time.
    ///
    /// # Examples
    ///
    /// ```
    /// use anyrt::sync::{Condition, Lock};
    ///
    /// let (lock, changed) = (Lock::new(0), Condition::new());
    /// std::thread::scope(|scope| {
    ///     let mut value = lock.lock_blocking();
    ///     scope.spawn(|| {
    ///         *lock.lock_blocking() = 7;
    ///         changed.notify(1);
    ///     });
    ///     while *value == 0 {
    ///         value = changed.wait_blocking(value);
    ///     }
    ///     assert_eq!(*value, 7);
    /// });
    /// ```
    #[track_caller]
    pub fn wait_blocking<'l, T: ?Sized>(&self, guard: LockGuard<'l, T>) -> LockGuard<'l, T> {
        block_on(pin!(self.wait(guard)))
    }

    /// [`wait_for`](Self::wait_for), on a thread.
    ///
    /// # Blocking
    ///
    /// As [`wait_blocking`](Self::wait_blocking).
    ///
    /// # Panics
    ///
    /// As [`wait_blocking`](Self::wait_blocking).
    ///
    /// # Examples
    ///
    /// ```
    /// use anyrt::sync::{Condition, Lock};
    ///
    /// let (lock, changed) = (Lock::new(0), Condition::new());
    /// std::thread::scope(|scope| {
    ///     scope.spawn(|| {
    ///         *lock.lock_blocking() = 7;
    ///         changed.notify(1);
    ///     });
    ///     let value = changed.wait_for_blocking(lock.lock_blocking(), |value| *value > 0);
    ///     assert_eq!(*value, 7);
    /// });
    /// ```
    #[track_caller]
    pub fn wait_for_blocking<'l, T: ?Sized>(
        &self,
        mut guard: LockGuard<'l, T>,
        mut predicate: impl FnMut(&mut T) -> bool,
    ) -> LockGuard<'l, T> {
        while !predicate(&mut guard) {
            guard = self.wait_blocking(guard);
        }
        guard
    }

    /// [`wait_owned`](Self::wait_owned), on a thread.
    ///
    /// # Blocking
    ///
    /// As [`wait_blocking`](Self::wait_blocking).
    ///
    /// # Panics
    ///
    /// As [`wait_blocking`](Self::wait_blocking).
    ///
    /// # Examples
    ///
    /// ```
    /// use anyrt::sync::{Condition, Lock};
    /// use std::sync::Arc;
    ///
    /// let (lock, changed) = (Arc::new(Lock::new(0)), Condition::new());
    /// std::thread::scope(|scope| {
    ///     let mut value = Arc::clone(&lock).lock_owned_blocking();
    ///     scope.spawn(|| {
    ///         *lock.lock_blocking() = 7;
    ///         changed.notify(1);
    ///     });
    ///     while *value == 0 {
    ///         value = changed.wait_owned_blocking(value);
    ///     }
    ///     assert_eq!(*value, 7);
    /// });
    /// ```
    #[track_caller]
    pub fn wait_owned_blocking<T: ?Sized>(&self, guard: OwnedLockGuard<T>) -> OwnedLockGuard<T> {
        block_on(pin!(self.wait_owned(guard)))
    }

    /// [`wait_for_owned`](Self::wait_for_owned), on a thread.
    ///
    /// # Blocking
    ///
    /// As [`wait_blocking`](Self::wait_blocking).
    ///
    /// # Panics
    ///
    /// As [`wait_blocking`](Self::wait_blocking).
    ///
    /// # Examples
    ///
    /// ```
    /// use anyrt::sync::{Condition, Lock};
    /// use std::sync::Arc;
    ///
    /// let guard = Arc::new(Lock::new(7)).lock_owned_blocking();
    /// let guard = Condition::new().wait_for_owned_blocking(guard, |value| *value > 0); // it is
    /// assert_eq!(*guard, 7);
    /// ```
    #[track_caller]
    pub fn wait_for_owned_blocking<T: ?Sized>(
        &self,
        guard: OwnedLockGuard<T>,
        predicate: impl FnMut(&mut T) -> bool,
    ) -> OwnedLockGuard<T> {
        block_on(pin!(self.wait_for_owned(guard, predicate)))
    }

    /// [`wait_blocking`](Self::wait_blocking), but for a notification no longer than `limit`. It
    /// locks again in either case.
    ///
    /// # Blocking
    ///
    /// As [`wait_blocking`](Self::wait_blocking); locking again may take longer than `limit`.
    ///
    /// # Errors
    ///
    /// [`TimedOut`], beside the guard, when there was no notification in time.
    ///
    /// # Panics
    ///
    /// As [`wait_blocking`](Self::wait_blocking).
    ///
    /// # Examples
    ///
    /// ```
    /// use anyrt::sync::{Condition, Lock};
    /// use std::time::Duration;
    ///
    /// let (lock, changed) = (Lock::new(1), Condition::new());
    /// let guard = lock.lock_blocking();
    /// let (guard, notified) = changed.wait_within_blocking(guard, Duration::from_millis(1));
    /// assert!(notified.is_err()); // and it is locked again
    /// assert_eq!(*guard, 1);
    /// ```
    #[track_caller]
    pub fn wait_within_blocking<'l, T: ?Sized>(
        &self,
        guard: LockGuard<'l, T>,
        limit: Duration,
    ) -> (LockGuard<'l, T>, Result<(), TimedOut>) {
        let lock = LockGuard::lock_ref(&guard);
        match block_on_within(pin!(self.wait(guard)), limit) {
            Some(guard) => (guard, Ok(())),
            None => (lock.lock_blocking(), Err(TimedOut)),
        }
    }

    /// [`wait_for_blocking`](Self::wait_for_blocking), but no longer than `limit`. It locks again in
    /// either case.
    ///
    /// # Blocking
    ///
    /// As [`wait_within_blocking`](Self::wait_within_blocking).
    ///
    /// # Errors
    ///
    /// [`TimedOut`], beside the guard, when the predicate did not hold in time.
    ///
    /// # Panics
    ///
    /// As [`wait_blocking`](Self::wait_blocking).
    ///
    /// # Examples
    ///
    /// ```
    /// use anyrt::sync::{Condition, Lock};
    /// use std::time::Duration;
    ///
    /// let (lock, changed) = (Lock::new(1), Condition::new());
    /// std::thread::scope(|scope| {
    ///     scope.spawn(|| {
    ///         *lock.lock_blocking() = 2;
    ///         changed.notify_all();
    ///     });
    ///     let guard = lock.lock_blocking();
    ///     let limit = Duration::from_secs(60);
    ///     let (guard, came) = changed.wait_for_within_blocking(guard, limit, |value| *value == 2);
    ///     assert!(came.is_ok());
    ///     assert_eq!(*guard, 2);
    /// });
    /// ```
    #[track_caller]
    pub fn wait_for_within_blocking<'l, T: ?Sized>(
        &self,
        mut guard: LockGuard<'l, T>,
        limit: Duration,
        mut predicate: impl FnMut(&mut T) -> bool,
    ) -> (LockGuard<'l, T>, Result<(), TimedOut>) {
        let start = now();
        while !predicate(&mut guard) {
            let left = limit.saturating_sub(now() - start);
            if left.is_zero() {
                return (guard, Err(TimedOut));
            }
            guard = self.wait_within_blocking(guard, left).0;
        }
        (guard, Ok(()))
    }

    /// Notifies the first `n` of those who wait, and tells how many those were.
    ///
    /// # Examples
    ///
    /// ```
    /// use anyrt::sync::{Condition, Lock};
    /// use futures_lite::future::poll_once;
    ///
    /// # futures_lite::future::block_on(async {
    /// let (lock, changed) = (Lock::new(()), Condition::new());
    /// assert_eq!(changed.notify(1), 0); // nobody waits
    /// let mut wait = Box::pin(changed.wait(lock.lock().await));
    /// assert!(poll_once(&mut wait).await.is_none());
    /// assert_eq!(changed.notify(2), 1);
    /// wait.await;
    /// # });
    /// ```
    #[doc(alias = "notify_one")]
    pub fn notify(&self, n: usize) -> usize {
        self.wake(n, ONE)
    }

    /// Notifies all who wait, and tells how many those were, but for those that another call has come
    /// to first.
    ///
    /// # Examples
    ///
    /// ```
    /// use anyrt::sync::{Condition, Lock};
    /// use futures_lite::future::poll_once;
    ///
    /// # futures_lite::future::block_on(async {
    /// let (lock, changed) = (Lock::new(()), Condition::new());
    /// let mut one = Box::pin(changed.wait(lock.lock().await));
    /// assert!(poll_once(&mut one).await.is_none());
    /// let mut other = Box::pin(changed.wait(lock.lock().await));
    /// assert!(poll_once(&mut other).await.is_none());
    /// assert_eq!(changed.notify_all(), 2);
    /// # });
    /// ```
    pub fn notify_all(&self) -> usize {
        self.wake(usize::MAX, ALL)
    }

    /// Who is there, as of just now. Takes time in proportion to the waiters.
    ///
    /// # Examples
    ///
    /// ```
    /// assert_eq!(anyrt::sync::Condition::new().statistics().waiting, 0);
    /// ```
    pub fn statistics(&self) -> ConditionStatistics {
        ConditionStatistics { waiting: self.queue.lock().len() }
    }

    fn wake(&self, n: usize, how: u32) -> usize {
        let mut wakers = WakeBatch::new();
        let mut count = 0;
        let mut queue = self.queue.lock();
        let generation = queue.generation;
        queue.generation = generation.wrapping_add(1);
        if how == ALL {
            queue.all = generation;
        } else if let Some(born) = queue.front()
            && !is_before(born, queue.all)
        {
            queue.all = born.wrapping_sub(1); // nobody of them is left; it keeps up
        }
        loop {
            while !wakers.is_full()
                && let Some(born) = queue.front()
            {
                if how == ONE && is_before(born, queue.all) {
                    queue.wake_front(ALL, &mut wakers);
                } else if count < n && is_before(born, generation) {
                    queue.wake_front(how, &mut wakers);
                    count += 1;
                } else {
                    break;
                }
            }
            let more = wakers.is_full();
            drop(queue);
            wakers.wake();
            if !more {
                return count;
            }
            queue = self.queue.lock();
        }
    }

    /// Idle → Queued: from here on a notification reaches the node.
    fn enter<'c>(&'c self, node: Pin<&Node<'c, Waiters>>, lock: usize, cx: &mut Context<'_>) {
        let waker = cx.waker().clone();
        let mut queue = self.queue.lock();
        if queue.is_empty() {
            queue.lock = lock;
        }
        let same = queue.lock == lock;
        if same {
            let generation = queue.generation;
            queue.push_back(node, waker, generation, Stamp::NONE);
        }
        drop(queue);
        assert!(
            same,
            "others wait for this condition with another lock: make a condition per lock"
        );
    }

    /// Whether a queued waiter was notified; else its waker is up to date.
    fn poll_notified<'c>(
        &'c self,
        node: Pin<&Node<'c, Waiters>>,
        cx: &mut Context<'_>,
    ) -> Poll<u32> {
        let mut waker = None; // dropped after the lock
        let mut queue = self.queue.lock_for(node, cx.waker(), &mut waker);
        queue.take_outcome(node).map_or(Poll::Pending, Poll::Ready)
    }
}

impl Default for Condition {
    fn default() -> Self {
        Self::new()
    }
}

impl fmt::Debug for Condition {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.debug_struct("Condition").finish_non_exhaustive()
    }
}

/// The view of [`Condition::statistics`].
///
/// # Examples
///
/// ```
/// use anyrt::sync::{Condition, Lock};
/// use futures_lite::future::poll_once;
///
/// # futures_lite::future::block_on(async {
/// let (lock, changed) = (Lock::new(()), Condition::new());
/// let mut wait = Box::pin(changed.wait(lock.lock().await));
/// assert!(poll_once(&mut wait).await.is_none());
/// assert_eq!(changed.statistics().waiting, 1);
/// # });
/// ```
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
#[non_exhaustive]
pub struct ConditionStatistics {
    /// How many wait for a notification.
    pub waiting: usize,
}

pin_project! {
    /// The future of [`Condition::wait`].
    ///
    /// | stage | `guard` | `slot` | `relock` |
    /// |---|---|---|---|
    /// | not polled yet | the lock | | |
    /// | waits | | Queued or Woken | |
    /// | locks again | | Idle | queued for the lock |
    ///
    /// # Examples
    ///
    /// ```
    /// use anyrt::sync::{Condition, ConditionWait, Lock};
    ///
    /// let (lock, changed) = (Lock::new(7), Condition::new());
    /// let wait: ConditionWait<'_, '_, u32> = changed.wait(lock.lock_blocking());
    /// assert!(lock.is_locked()); // until it is polled
    /// drop(wait);
    /// assert!(!lock.is_locked());
    /// ```
    #[must_use = "futures do nothing unless awaited"]
    pub struct ConditionWait<'c, 'l, T: ?Sized> {
        condition: &'c Condition,
        site: Site,
        lock: &'l Lock<T>,
        guard: Option<LockGuard<'l, T>>,
        // Whether it carries a notification that is for one waiter only.
        alone: bool,
        #[pin]
        slot: Option<Node<'c, Waiters>>,
        #[pin]
        relock: Option<LockFuture<'l, T>>,
    }

    impl<T: ?Sized> PinnedDrop for ConditionWait<'_, '_, T> {
        fn drop(this: Pin<&mut Self>) {
            let this = this.project();
            let waits = this.slot.as_ref().as_pin_ref().filter(|node| node.state() != State::Idle);
            let mut alone = *this.alone;
            if let Some(node) = waits {
                let mut queue = this.condition.queue.lock();
                let waker = queue.remove(node);
                alone |= queue.take_outcome(node) == Some(ONE);
                drop(queue); // before the waker
                drop(waker);
            }
            if alone {
                this.condition.notify(1);
            }
        }
    }
}

impl<'l, T: ?Sized> Future for ConditionWait<'_, 'l, T> {
    type Output = LockGuard<'l, T>;

    fn poll(self: Pin<&mut Self>, cx: &mut Context<'_>) -> Poll<LockGuard<'l, T>> {
        let mut this = self.project();
        if let Some(guard) = this.guard.take() {
            this.slot.set(Some(Node::new(&this.condition.queue, *this.site)));
            let node = this.slot.as_ref().as_pin_ref().expect("set above");
            let lock: *const Lock<T> = *this.lock;
            this.condition.enter(node, lock.addr(), cx);
            drop(guard);
            return Poll::Pending;
        }
        if this.relock.is_none() {
            let node = this.slot.as_ref().as_pin_ref().expect("it waits");
            match this.condition.poll_notified(node, cx) {
                Poll::Pending => return Poll::Pending,
                Poll::Ready(how) => *this.alone = how == ONE,
            }
            let lock: &'l Lock<T> = this.lock;
            this.relock.set(Some(lock.lock()));
        }
        let relock = this.relock.as_mut().as_pin_mut().expect("set above");
        let locked = relock.poll(cx);
        *this.alone &= locked.is_pending(); // then it is delivered
        locked
    }
}

impl<T: ?Sized> fmt::Debug for ConditionWait<'_, '_, T> {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.debug_struct("ConditionWait").field("slot", &self.slot).finish_non_exhaustive()
    }
}
