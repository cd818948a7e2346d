use std::fmt;
use std::future::Future;
use std::ops::{Deref, DerefMut};
use std::pin::{Pin, pin};
use std::task::{Context, Poll, ready};
use std::time::Duration;

use pin_project_lite::pin_project;

use super::guarded::{Exclusive, Guarded, Holder};
use super::permits::Waiter;
use crate::error::TimedOut;
use crate::primitives::diagnosis::{Label, Site};
use crate::primitives::{Arc, const_fn};
use crate::wait::{block_on, block_on_within};

/// Mutual exclusion for tasks and threads: one of them has the value at a time.
///
/// Tasks wait with [`lock`](Self::lock), threads with [`lock_blocking`](Self::lock_blocking), for the
/// same lock. It costs a word beside the queue of waiters, one compare-exchange to lock and one to
/// unlock when nobody waits, and never allocates.
///
/// A lock is not poisoned: when its holder panics, the guard's destructor unlocks it. Nor does it
/// know its owner: to lock it twice waits for oneself.
///
/// # Fairness
///
/// Waiters are woken first in, first out. A lock that is free goes to whoever asks first, which may
/// be a task that runs just now instead of a waiter that was woken for it: otherwise each contended
/// acquisition would cost a wake-up and a turn of the scheduler. But when a woken waiter is passed over
/// and, half a millisecond later, once more, then all that are queued get the lock in their order, and
/// nobody passes. [`Lock::fair`] makes a lock that nobody may ever pass.
///
/// A future that was woken and is not polled any more does not keep the lock from those who ask for
/// it, not even from its own task ("futurelock"); in a fair lock, for half a millisecond at most. Other
/// tasks that were queued behind it go on when it is polled or dropped, or when the lock has been used
/// for some more than that time: of so many unlocks, one in 64 looks.
///
/// # Memory ordering
///
/// What was done before an unlock happens-before everything after the next lock.
///
/// # Examples
///
/// ```
/// use anyrt::sync::Lock;
/// use std::sync::Arc;
///
/// let total = Arc::new(Lock::new(0));
/// let thread = std::thread::spawn({
///     let total = Arc::clone(&total);
///     move || *total.lock_blocking() += 1 // a thread ...
/// });
/// # let block_on = |future| futures_lite::future::block_on(future);
/// block_on(async { *total.lock().await += 1 }); // ... and a task
/// thread.join().unwrap();
/// assert_eq!(*total.lock_blocking(), 2);
/// ```
#[doc(alias = "Mutex")]
pub struct Lock<T: ?Sized> {
    guarded: Guarded<T, 1>,
}

impl<T> Lock<T> {
    const_fn! {
        /// Makes an unlocked lock.
        ///
        /// # Examples
        ///
        /// ```
        /// use anyrt::sync::Lock;
        ///
        /// static TOTAL: Lock<u32> = Lock::new(7);
        /// assert_eq!(*TOTAL.lock_blocking(), 7);
        /// ```
        pub const fn new(value: T) -> Self {
            Self { guarded: Guarded::new(value, false, Label::of::<Self>()) }
        }
    }

    const_fn! {
        /// Makes a lock that is strictly first in, first out.
        ///
        /// While somebody waits, an unlock reserves the lock for the first of them. That is the
        /// order of arrival, at the price of a wake-up for each contended acquisition.
        ///
        /// # Fairness
        ///
        /// A reservation that was not taken within half a millisecond goes to the next in line: a
        /// future that nobody polls does not stop the others.
        ///
        /// # Examples
        ///
        /// ```
        /// static QUEUE: anyrt::sync::Lock<Vec<u32>> = anyrt::sync::Lock::fair(Vec::new());
        /// QUEUE.lock_blocking().push(1);
        /// ```
        pub const fn fair(value: T) -> Self {
            Self { guarded: Guarded::new(value, true, Label::of::<Self>()) }
        }
    }

    const_fn! {
        /// Gives it a name, for the reports of the simulator and of `diagnose`. Without the feature
        /// `diagnose` this does nothing, and costs nothing.
        ///
        /// # Examples
        ///
        /// ```
        /// use anyrt::sync::Lock;
        ///
        /// static CACHE: Lock<Vec<u8>> = Lock::new(Vec::new()).named("cache");
        /// CACHE.lock_blocking().push(1);
        /// ```
        #[must_use = "what has the name is what is returned"]
        pub const fn named(mut self, name: &'static str) -> Self {
            self.set_name(name);
            self
        }
    }

    const_fn! {
        pub(super) const fn set_name(&mut self, name: &'static str) {
            self.guarded.set_name(name);
        }
    }

    /// Takes the value out.
    ///
    /// # Examples
    ///
    /// ```
    /// assert_eq!(anyrt::sync::Lock::new(7).into_inner(), 7);
    /// ```
    pub fn into_inner(self) -> T {
        self.guarded.into_inner()
    }
}

impl<T: ?Sized> Lock<T> {
    /// Locks; the guard unlocks when it is dropped.
    ///
    /// # Cancel safety
    ///
    /// Dropping the future gives up its place in the queue, nothing else. If it was the one that an
    /// unlock had woken, the next in line is woken in its stead.
    ///
    /// # Fairness
    ///
    /// First in, first out, with bounded barging; see [`Lock`].
    ///
    /// # Examples
    ///
    /// ```
    /// # futures_lite::future::block_on(async {
    /// let lock = anyrt::sync::Lock::new(String::new());
    /// lock.lock().await.push('a');
    /// assert_eq!(*lock.lock().await, "a");
    /// # });
    /// ```
    #[inline]
    #[track_caller]
    pub fn lock(&self) -> LockFuture<'_, T> {
        LockFuture { lock: self, site: Site::here(), slot: None }
    }

    /// Locks, on a thread.
    ///
    /// # Blocking
    ///
    /// Blocks the thread: inside of a task use [`lock`](Self::lock), which keeps its executor going.
    /// Locking twice on one thread never returns.
    ///
    /// # Examples
    ///
    /// ```
    /// let lock = anyrt::sync::Lock::new(1);
    /// *lock.lock_blocking() += 1;
    /// assert_eq!(*lock.lock_blocking(), 2);
    /// ```
    #[inline]
    #[track_caller]
    pub fn lock_blocking(&self) -> LockGuard<'_, T> {
        let permits = self.guarded.permits();
        if permits.try_acquire_idle() || permits.spin(1) {
            return LockGuard::new(self);
        }
        block_on(pin!(self.lock()))
    }

    /// Locks, on a thread, unless it takes longer than `limit`.
    ///
    /// # Blocking
    ///
    /// As [`lock_blocking`](Self::lock_blocking), but not for longer than `limit`.
    ///
    /// # Errors
    ///
    /// [`TimedOut`] when the lock was not free in time. A free lock is taken whatever the limit.
    ///
    /// # Examples
    ///
    /// ```
    /// use anyrt::TimedOut;
    /// use anyrt::sync::Lock;
    /// use std::time::Duration;
    ///
    /// let lock = Lock::new(());
    /// let guard = lock.lock_within_blocking(Duration::ZERO).unwrap(); // it was free
    /// let late = lock.lock_within_blocking(Duration::from_millis(1));
    /// assert!(matches!(late, Err(TimedOut)));
    /// # drop(guard);
    /// ```
    #[track_caller]
    pub fn lock_within_blocking(&self, limit: Duration) -> Result<LockGuard<'_, T>, TimedOut> {
        match self.try_lock() {
            Some(guard) => Ok(guard),
            None => block_on_within(pin!(self.lock()), limit).ok_or(TimedOut),
        }
    }

    /// Locks if that is possible at once.
    ///
    /// # Fairness
    ///
    /// `None` although unlocked means that the lock is reserved for one who waits.
    ///
    /// # Examples
    ///
    /// ```
    /// let lock = anyrt::sync::Lock::new(());
    /// let _guard = lock.try_lock().unwrap();
    /// assert!(lock.try_lock().is_none());
    /// ```
    #[inline]
    pub fn try_lock(&self) -> Option<LockGuard<'_, T>> {
        let permits = self.guarded.permits();
        (permits.try_acquire_idle() || permits.try_acquire(1).is_ok()).then(|| LockGuard::new(self))
    }

    /// [`lock`](Self::lock), with a guard that keeps the lock alive and so can go anywhere.
    ///
    /// # Cancel safety
    ///
    /// As [`lock`](Self::lock); the `Arc` is dropped, too.
    ///
    /// # Examples
    ///
    /// ```
    /// use anyrt::sync::Lock;
    /// use std::sync::Arc;
    ///
    /// # futures_lite::future::block_on(async {
    /// let lock = Arc::new(Lock::new(1));
    /// let mut guard = Arc::clone(&lock).lock_owned().await;
    /// std::thread::spawn(move || *guard += 1).join().unwrap();
    /// assert_eq!(*lock.lock().await, 2);
    /// # });
    /// ```
    #[track_caller]
    pub fn lock_owned(self: Arc<Self>) -> impl Future<Output = OwnedLockGuard<T>> {
        let site = Site::here();
        async move {
            std::mem::forget(LockFuture { lock: &self, site, slot: None }.await);
            OwnedLockGuard::new(self) // what the forgotten guard held
        }
    }

    /// [`try_lock`](Self::try_lock), with a guard that keeps the lock alive.
    ///
    /// # Errors
    ///
    /// The `Arc` comes back when the lock is taken.
    ///
    /// # Examples
    ///
    /// ```
    /// use anyrt::sync::Lock;
    /// use std::sync::Arc;
    ///
    /// let lock = Arc::new(Lock::new(()));
    /// let _guard = Arc::clone(&lock).try_lock_owned().unwrap();
    /// let lock = lock.try_lock_owned().unwrap_err(); // here it is again
    /// assert!(lock.is_locked());
    /// ```
    pub fn try_lock_owned(self: Arc<Self>) -> Result<OwnedLockGuard<T>, Arc<Self>> {
        let Some(guard) = self.try_lock() else { return Err(self) };
        std::mem::forget(guard);
        Ok(OwnedLockGuard::new(self)) // what the forgotten guard held
    }

    /// [`lock_blocking`](Self::lock_blocking), with a guard that keeps the lock alive.
    ///
    /// # Blocking
    ///
    /// As [`lock_blocking`](Self::lock_blocking).
    ///
    /// # Examples
    ///
    /// ```
    /// use anyrt::sync::Lock;
    /// use std::sync::Arc;
    ///
    /// let guard = Arc::new(Lock::new(7)).lock_owned_blocking();
    /// assert_eq!(*guard, 7);
    /// ```
    #[track_caller]
    pub fn lock_owned_blocking(self: Arc<Self>) -> OwnedLockGuard<T> {
        std::mem::forget(self.lock_blocking());
        OwnedLockGuard::new(self) // what the forgotten guard held
    }

    /// The value, without locking: nobody else can have the lock.
    ///
    /// # Examples
    ///
    /// ```
    /// let mut lock = anyrt::sync::Lock::new(1);
    /// *lock.get_mut() += 1;
    /// assert_eq!(lock.into_inner(), 2);
    /// ```
    pub fn get_mut(&mut self) -> &mut T {
        self.guarded.get_mut()
    }

    /// Whether it is locked, as of just now.
    ///
    /// # Examples
    ///
    /// ```
    /// let lock = anyrt::sync::Lock::new(());
    /// let guard = lock.lock_blocking();
    /// assert!(lock.is_locked());
    /// drop(guard);
    /// assert!(!lock.is_locked());
    /// ```
    pub fn is_locked(&self) -> bool {
        self.guarded.permits().available() == 0
    }

    /// Who is there, as of just now. Takes time in proportion to the waiters.
    ///
    /// # Examples
    ///
    /// ```
    /// let lock = anyrt::sync::Lock::new(());
    /// let _guard = lock.lock_blocking();
    /// let statistics = lock.statistics();
    /// assert_eq!((statistics.locked, statistics.waiting), (true, 0));
    /// ```
    pub fn statistics(&self) -> LockStatistics {
        LockStatistics { locked: self.is_locked(), waiting: self.guarded.permits().waiting() }
    }
}

impl<T: Default> Default for Lock<T> {
    fn default() -> Self {
        Self::new(T::default())
    }
}

impl<T> From<T> for Lock<T> {
    fn from(value: T) -> Self {
        Self::new(value)
    }
}

impl<T: ?Sized + fmt::Debug> fmt::Debug for Lock<T> {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        match self.try_lock() {
            Some(guard) => f.debug_tuple("Lock").field(&&*guard).finish(),
            None => f.debug_tuple("Lock").field(&format_args!("<locked>")).finish(),
        }
    }
}

/// The view of [`Lock::statistics`].
///
/// # Examples
///
/// ```
/// use futures_lite::future::poll_once;
///
/// # futures_lite::future::block_on(async {
/// let lock = anyrt::sync::Lock::new(());
/// let _guard = lock.lock().await;
/// let mut waiter = Box::pin(lock.lock());
/// assert!(poll_once(&mut waiter).await.is_none());
/// assert_eq!(lock.statistics().waiting, 1);
/// # });
/// ```
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
#[non_exhaustive]
pub struct LockStatistics {
    /// Whether somebody has it.
    pub locked: bool,
    /// How many are queued for it. One that was woken and is on its way counts no more.
    pub waiting: usize,
}

pin_project! {
    /// The future of [`Lock::lock`].
    ///
    /// # Examples
    ///
    /// ```
    /// use anyrt::sync::{Lock, LockFuture};
    ///
    /// let lock = Lock::new(7);
    /// let future: LockFuture<'_, u32> = lock.lock();
    /// assert!(!lock.is_locked()); // nothing happens before it is polled
    /// assert_eq!(*futures_lite::future::block_on(future), 7);
    /// ```
    #[must_use = "futures do nothing unless awaited"]
    pub struct LockFuture<'a, T: ?Sized> {
        lock: &'a Lock<T>,
        site: Site,
        #[pin]
        slot: Option<Waiter<'a>>,
    }

    impl<T: ?Sized> PinnedDrop for LockFuture<'_, T> {
        fn drop(this: Pin<&mut Self>) {
            let this = this.project();
            this.lock.guarded.permits().cancel_slot(this.slot.as_ref(), 1);
        }
    }
}

impl<'a, T: ?Sized> Future for LockFuture<'a, T> {
    type Output = LockGuard<'a, T>;

    #[inline]
    fn poll(self: Pin<&mut Self>, cx: &mut Context<'_>) -> Poll<LockGuard<'a, T>> {
        let this = self.project();
        let lock: &'a Lock<T> = this.lock;
        let acquired = ready!(lock.guarded.permits().poll_acquire(this.slot, 1, *this.site, cx));
        acquired.expect("a lock is never closed");
        Poll::Ready(LockGuard::new(lock))
    }
}

impl<T: ?Sized> fmt::Debug for LockFuture<'_, T> {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.debug_struct("LockFuture").field("slot", &self.slot).finish_non_exhaustive()
    }
}

impl<T: ?Sized> Holder<1> for &Lock<T> {
    type Value = T;

    #[inline]
    fn guarded(&self) -> &Guarded<T, 1> {
        &self.guarded
    }
}

impl<T: ?Sized> Holder<1> for Arc<Lock<T>> {
    type Value = T;

    #[inline]
    fn guarded(&self) -> &Guarded<T, 1> {
        &self.guarded
    }
}

/// Has the value of a [`Lock`]; unlocks when dropped, on whatever thread.
///
/// # Examples
///
/// ```
/// use anyrt::sync::{Lock, LockGuard};
///
/// let lock = Lock::new(1);
/// let mut guard: LockGuard<'_, u32> = lock.lock_blocking();
/// *guard += 1;
/// drop(guard);
/// assert_eq!(lock.into_inner(), 2);
/// ```
#[must_use = "a guard that is not kept unlocks at once"]
#[clippy::has_significant_drop]
pub struct LockGuard<'a, T: ?Sized> {
    held: Exclusive<&'a Lock<T>, 1>,
}

impl<'a, T: ?Sized> LockGuard<'a, T> {
    /// The caller has acquired the lock, and gives it to the guard.
    #[inline]
    pub(super) fn new(lock: &'a Lock<T>) -> Self {
        Self { held: Exclusive::acquired(lock) }
    }

    /// The lock that this guard is of.
    ///
    /// # Examples
    ///
    /// ```
    /// use anyrt::sync::{Lock, LockGuard};
    ///
    /// let lock = Lock::new(7);
    /// let guard = lock.lock_blocking();
    /// assert!(std::ptr::eq(LockGuard::lock_ref(&guard), &lock));
    /// ```
    pub fn lock_ref(this: &Self) -> &'a Lock<T> {
        this.held.holder()
    }
}

/// A guard of [`Lock::lock_owned`]: it keeps its lock alive.
///
/// # Examples
///
/// ```
/// use anyrt::sync::{Lock, OwnedLockGuard};
/// use std::sync::Arc;
///
/// let guard: OwnedLockGuard<u32> = Arc::new(Lock::new(7)).lock_owned_blocking();
/// assert_eq!(*guard, 7); // and nothing else has the lock
/// ```
#[must_use = "a guard that is not kept unlocks at once"]
#[clippy::has_significant_drop]
pub struct OwnedLockGuard<T: ?Sized> {
    held: Exclusive<Arc<Lock<T>>, 1>,
}

impl<T: ?Sized> OwnedLockGuard<T> {
    /// As [`LockGuard::new`].
    pub(super) fn new(lock: Arc<Lock<T>>) -> Self {
        Self { held: Exclusive::acquired(lock) }
    }

    /// The lock, which stays locked.
    pub(super) fn into_lock(this: Self) -> Arc<Lock<T>> {
        this.held.into_holder()
    }

    /// The lock that this guard is of.
    ///
    /// # Examples
    ///
    /// ```
    /// use anyrt::sync::{Lock, OwnedLockGuard};
    /// use std::sync::Arc;
    ///
    /// let guard = Arc::new(Lock::new(7)).lock_owned_blocking();
    /// let lock = Arc::clone(OwnedLockGuard::lock_ref(&guard));
    /// drop(guard);
    /// assert_eq!(*lock.lock_blocking(), 7);
    /// ```
    pub fn lock_ref(this: &Self) -> &Arc<Lock<T>> {
        this.held.holder()
    }
}

impl<T: ?Sized> Deref for LockGuard<'_, T> {
    type Target = T;

    #[inline]
    fn deref(&self) -> &T {
        &self.held
    }
}

impl<T: ?Sized> DerefMut for LockGuard<'_, T> {
    #[inline]
    fn deref_mut(&mut self) -> &mut T {
        &mut self.held
    }
}

impl<T: ?Sized> Deref for OwnedLockGuard<T> {
    type Target = T;

    #[inline]
    fn deref(&self) -> &T {
        &self.held
    }
}

impl<T: ?Sized> DerefMut for OwnedLockGuard<T> {
    #[inline]
    fn deref_mut(&mut self) -> &mut T {
        &mut self.held
    }
}

impl<T: ?Sized + fmt::Debug> fmt::Debug for LockGuard<'_, T> {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        fmt::Debug::fmt(&**self, f)
    }
}

impl<T: ?Sized + fmt::Debug> fmt::Debug for OwnedLockGuard<T> {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        fmt::Debug::fmt(&**self, f)
    }
}

impl<T: ?Sized + fmt::Display> fmt::Display for LockGuard<'_, T> {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        fmt::Display::fmt(&**self, f)
    }
}

impl<T: ?Sized + fmt::Display> fmt::Display for OwnedLockGuard<T> {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        fmt::Display::fmt(&**self, f)
    }
}
