//! # The state
//!
//! | `permits` | `depth` | `owner` | |
//! |---|---|---|---|
//! | free | 0 | whose it was | unlocked |
//! | taken | 0 | whose it was, or will be | being locked or unlocked |
//! | taken | n > 0 | whose it is | locked, n guards |
//!
//! `owner` is written by who has just taken the permit, while `depth` is 0. `depth` leaves 0 only
//! there, and goes up elsewhere only from above 0; who takes it down to 0 gives the permit back. So
//! while anybody has a share in `depth`, `owner` does not change.

use std::fmt;
use std::future::Future;
use std::mem;
use std::ops::Deref;
use std::pin::{Pin, pin};
use std::task::{Context, Poll, ready};
use std::time::Duration;

use pin_project_lite::pin_project;

use super::Owner;
use super::permits::{Permits, Waiter};
use crate::error::TimedOut;
use crate::primitives::diagnosis::{Label, Site};
use crate::primitives::{
    Arc, AtomicU32, AtomicUsize,
    Ordering::{AcqRel, Acquire, Relaxed, Release},
    const_fn,
};
use crate::task::{made_progress, poll_proceed};
use crate::wait::{block_on, block_on_within};

/// Mutual exclusion between owners: one of them is inside at a time, and may enter again.
///
/// For code that locks, and calls other code that locks the same. Who is one [`Owner`] is said by the
/// caller: the lock can't know what a task is, see there. The lock is free again when all guards of its
/// owner are dropped, in any order, on any thread.
///
/// A guard gives a `&T`, as there may be several. What it protects is changed through atomics, or
/// through a [`Lock`](super::Lock) inside, whose `try_lock` fails only where an owner would change
/// something that it is changing already: it has the place of a `RefCell`, which could not be shared
/// by the threads that a task moves between.
///
/// Where a function can be given the guard, a plain [`Lock`](super::Lock) is enough, and costs
/// less than half.
///
/// # Fairness
///
/// Between owners as for [`Lock`](super::Lock). The owner itself never waits: also a wait that was
/// queued before a sibling got the lock ends when it is polled next.
///
/// # Memory ordering
///
/// What an owner did before its last guard was dropped happens-before everything after the next owner
/// has locked.
///
/// # Examples
///
/// ```
/// use anyrt::sync::{Owner, ReentrantLock};
/// use std::sync::atomic::{AtomicU32, Ordering::Relaxed};
///
/// static LEDGER: ReentrantLock<AtomicU32> = ReentrantLock::new(AtomicU32::new(0));
///
/// async fn pay(me: Owner, sum: u32) {
///     LEDGER.lock(me).await.fetch_add(sum, Relaxed);
/// }
///
/// async fn pay_twice(me: Owner) -> u32 {
///     let ledger = LEDGER.lock(me).await; // nobody sees one payment without the other
///     pay(me, 1).await;
///     pay(me, 1).await;
///     ledger.load(Relaxed)
/// }
/// assert_eq!(futures_lite::future::block_on(pay_twice(Owner::new())), 2);
///
/// // A thread needs no name of its own.
/// let ledger = LEDGER.lock_blocking(Owner::thread());
/// assert_eq!(LEDGER.lock_blocking(Owner::thread()).load(Relaxed), 2);
/// assert!(LEDGER.try_lock(Owner::new()).is_none());
/// # drop(ledger);
/// ```
///
/// The owner as a [task-local](crate::task_local), where no signature can change:
///
/// ```
/// use anyrt::prelude::*;
/// use anyrt::sync::{Owner, ReentrantLock};
///
/// static TREE: ReentrantLock<()> = ReentrantLock::new(());
/// anyrt::task_local! { static ME: Owner; }
///
/// async fn visit(depth: u32) {
///     let _tree = TREE.lock(ME.with(|me| *me)).await;
///     if depth > 0 {
///         Box::pin(visit(depth - 1)).await;
///     }
/// }
///
/// let owner = anyrt::ThreadsOwner::new().unwrap();
/// owner.run(|rt| async move { rt.spawn(ME.scope(Owner::new(), visit(3))).await.unwrap() });
/// ```
#[doc(alias = "RLock")]
#[doc(alias = "ReentrantMutex")]
pub struct ReentrantLock<T: ?Sized> {
    permits: Permits<1>,
    owner: AtomicUsize,
    depth: AtomicU32,
    value: T,
}

impl<T> ReentrantLock<T> {
    const_fn! {
        /// Makes an unlocked lock.
        ///
        /// # Examples
        ///
        /// ```
        /// use anyrt::sync::{Owner, ReentrantLock};
        ///
        /// static LIMIT: ReentrantLock<u32> = ReentrantLock::new(8);
        /// assert_eq!(*LIMIT.lock_blocking(Owner::thread()), 8);
        /// ```
        pub const fn new(value: T) -> Self {
            Self {
                permits: Permits::new(1, false, Label::of::<Self>()),
                owner: AtomicUsize::new(0),
                depth: AtomicU32::new(0),
                value,
            }
        }
    }

    const_fn! {
        /// Makes a lock where owners are strictly first in, first out; see
        /// [`Lock::fair`](super::Lock::fair).
        ///
        /// # Examples
        ///
        /// ```
        /// use anyrt::sync::{Owner, ReentrantLock};
        ///
        /// let lock = ReentrantLock::fair(1);
        /// assert_eq!(*lock.lock_blocking(Owner::thread()), 1);
        /// ```
        pub const fn fair(value: T) -> Self {
            Self {
                permits: Permits::new(1, true, Label::of::<Self>()),
                owner: AtomicUsize::new(0),
                depth: AtomicU32::new(0),
                value,
            }
        }
    }

    const_fn! {
        /// Gives it a name, for the reports of the simulator and of `diagnose`. Without the feature
        /// `diagnose` this does nothing, and costs nothing.
        ///
        /// # Examples
        ///
        /// ```
        /// use anyrt::sync::ReentrantLock;
        ///
        /// static TREE: ReentrantLock<u8> = ReentrantLock::new(0).named("tree");
        /// assert!(TREE.try_lock(anyrt::sync::Owner::new()).is_some());
        /// ```
        #[must_use = "what has the name is what is returned"]
        pub const fn named(mut self, name: &'static str) -> Self {
            self.permits.set_name(name);
            self
        }
    }

    /// Takes the value out.
    ///
    /// # Examples
    ///
    /// ```
    /// assert_eq!(anyrt::sync::ReentrantLock::new(7).into_inner(), 7);
    /// ```
    pub fn into_inner(self) -> T {
        self.value
    }
}

impl<T: ?Sized> ReentrantLock<T> {
    /// Locks, for `owner`: at once if that is inside already.
    ///
    /// # Cancel safety
    ///
    /// Dropping the future gives up its place in the queue, nothing else.
    ///
    /// # Panics
    ///
    /// Its poll does when the owner has [`u32::MAX`] guards already.
    ///
    /// # Examples
    ///
    /// ```
    /// use anyrt::sync::{Owner, ReentrantLock};
    ///
    /// # futures_lite::future::block_on(async {
    /// let (lock, owner) = (ReentrantLock::new(7), Owner::new());
    /// let outer = lock.lock(owner).await;
    /// let inner = lock.lock(owner).await; // does not wait for itself
    /// assert_eq!(*outer, *inner);
    /// # });
    /// ```
    #[inline]
    #[track_caller]
    pub fn lock(&self, owner: Owner) -> ReentrantLockFuture<'_, T> {
        ReentrantLockFuture { lock: self, owner, site: Site::here(), slot: None }
    }

    /// Locks, on a thread.
    ///
    /// # Blocking
    ///
    /// Blocks the thread while another owner is inside; inside of a task use [`lock`](Self::lock).
    ///
    /// # Panics
    ///
    /// As [`lock`](Self::lock).
    ///
    /// # Examples
    ///
    /// ```
    /// use anyrt::sync::{Owner, ReentrantLock};
    ///
    /// let lock = ReentrantLock::new(7);
    /// let outer = lock.lock_blocking(Owner::thread());
    /// let inner = lock.lock_blocking(Owner::thread()); // does not wait for itself
    /// assert_eq!(*outer, *inner);
    /// ```
    #[track_caller]
    pub fn lock_blocking(&self, owner: Owner) -> ReentrantLockGuard<'_, T> {
        if let Some(guard) = self.try_lock(owner) {
            return guard;
        }
        if self.permits.spin(1) {
            return self.entered(owner);
        }
        block_on(pin!(self.lock(owner)))
    }

    /// Locks, on a thread, unless it takes longer than `limit`.
    ///
    /// # Blocking
    ///
    /// As [`lock_blocking`](Self::lock_blocking), but not for longer than `limit`.
    ///
    /// # Panics
    ///
    /// As [`lock`](Self::lock).
    ///
    /// # Errors
    ///
    /// [`TimedOut`] when other owners were inside all the time.
    ///
    /// # Examples
    ///
    /// ```
    /// use anyrt::sync::{Owner, ReentrantLock};
    /// use std::time::Duration;
    ///
    /// let (lock, me) = (ReentrantLock::new(1), Owner::thread());
    /// let outer = lock.lock_blocking(Owner::new());
    /// assert!(lock.lock_within_blocking(me, Duration::from_millis(1)).is_err()); // another has it
    /// drop(outer);
    /// assert!(lock.lock_within_blocking(me, Duration::ZERO).is_ok());
    /// ```
    #[track_caller]
    pub fn lock_within_blocking(
        &self,
        owner: Owner,
        limit: Duration,
    ) -> Result<ReentrantLockGuard<'_, T>, TimedOut> {
        match self.try_lock(owner) {
            Some(guard) => Ok(guard),
            None => block_on_within(pin!(self.lock(owner)), limit).ok_or(TimedOut),
        }
    }

    /// Locks if that is possible at once.
    ///
    /// # Panics
    ///
    /// As [`lock`](Self::lock).
    ///
    /// # Fairness
    ///
    /// `None` although unlocked means that the lock is reserved for one who waits.
    ///
    /// # Examples
    ///
    /// ```
    /// use anyrt::sync::{Owner, ReentrantLock};
    ///
    /// let (lock, owner) = (ReentrantLock::new(7), Owner::new());
    /// let _guard = lock.try_lock(owner).unwrap();
    /// assert!(lock.try_lock(owner).is_some());
    /// assert!(lock.try_lock(Owner::new()).is_none());
    /// ```
    #[inline]
    pub fn try_lock(&self, owner: Owner) -> Option<ReentrantLockGuard<'_, T>> {
        if self.enter_again(owner) {
            return Some(ReentrantLockGuard { lock: self });
        }
        let acquired = self.permits.try_acquire_idle() || self.permits.try_acquire(1).is_ok();
        acquired.then(|| self.entered(owner))
    }

    /// [`lock`](Self::lock), with a guard that keeps the lock alive and so can go anywhere.
    ///
    /// # Cancel safety
    ///
    /// As [`lock`](Self::lock); the `Arc` is dropped, too.
    ///
    /// # Panics
    ///
    /// As [`lock`](Self::lock).
    ///
    /// # Examples
    ///
    /// ```
    /// use anyrt::sync::{Owner, ReentrantLock};
    /// use std::sync::Arc;
    ///
    /// # futures_lite::future::block_on(async {
    /// let (lock, me) = (Arc::new(ReentrantLock::new(1)), Owner::new());
    /// let outer = Arc::clone(&lock).lock_owned(me).await;
    /// let inner = lock.lock_owned(me).await; // once more, by the same owner
    /// assert_eq!((*outer, *inner), (1, 1));
    /// # });
    /// ```
    #[track_caller]
    pub fn lock_owned(
        self: Arc<Self>,
        owner: Owner,
    ) -> impl Future<Output = OwnedReentrantLockGuard<T>> {
        let site = Site::here();
        async move {
            mem::forget(ReentrantLockFuture { lock: &self, owner, site, slot: None }.await);
            OwnedReentrantLockGuard { lock: self } // what the forgotten guard held
        }
    }

    /// [`lock_blocking`](Self::lock_blocking), with a guard that keeps the lock alive.
    ///
    /// # Blocking
    ///
    /// As [`lock_blocking`](Self::lock_blocking).
    ///
    /// # Panics
    ///
    /// As [`lock`](Self::lock).
    ///
    /// # Examples
    ///
    /// ```
    /// use anyrt::sync::{Owner, ReentrantLock};
    /// use std::sync::Arc;
    ///
    /// let lock = Arc::new(ReentrantLock::new(1));
    /// let guard = Arc::clone(&lock).lock_owned_blocking(Owner::thread());
    /// assert!(lock.is_locked_by(Owner::thread()));
    /// drop(guard);
    /// assert!(!lock.is_locked());
    /// ```
    #[track_caller]
    pub fn lock_owned_blocking(self: Arc<Self>, owner: Owner) -> OwnedReentrantLockGuard<T> {
        mem::forget(self.lock_blocking(owner));
        OwnedReentrantLockGuard { lock: self } // what the forgotten guard held
    }

    /// [`try_lock`](Self::try_lock), with a guard that keeps the lock alive.
    ///
    /// # Panics
    ///
    /// As [`lock`](Self::lock).
    ///
    /// # Errors
    ///
    /// The `Arc` comes back when another owner is inside.
    ///
    /// # Examples
    ///
    /// ```
    /// use anyrt::sync::{Owner, ReentrantLock};
    /// use std::sync::Arc;
    ///
    /// let (lock, me) = (Arc::new(ReentrantLock::new(1)), Owner::new());
    /// let guard = Arc::clone(&lock).try_lock_owned(me).expect("nobody has it");
    /// assert!(Arc::clone(&lock).try_lock_owned(Owner::new()).is_err());
    /// assert!(lock.try_lock_owned(me).is_ok());
    /// # drop(guard);
    /// ```
    pub fn try_lock_owned(
        self: Arc<Self>,
        owner: Owner,
    ) -> Result<OwnedReentrantLockGuard<T>, Arc<Self>> {
        let Some(guard) = self.try_lock(owner) else { return Err(self) };
        mem::forget(guard);
        Ok(OwnedReentrantLockGuard { lock: self }) // what the forgotten guard held
    }

    /// The value, without locking: nobody else can have the lock.
    ///
    /// # Examples
    ///
    /// ```
    /// let mut lock = anyrt::sync::ReentrantLock::new(1);
    /// *lock.get_mut() += 1;
    /// assert_eq!(lock.into_inner(), 2);
    /// ```
    pub fn get_mut(&mut self) -> &mut T {
        &mut self.value
    }

    /// Whether somebody is inside, as of just now.
    ///
    /// # Examples
    ///
    /// ```
    /// use anyrt::sync::{Owner, ReentrantLock};
    ///
    /// let lock = ReentrantLock::new(7);
    /// let _guard = lock.lock_blocking(Owner::thread());
    /// assert!(lock.is_locked());
    /// ```
    pub fn is_locked(&self) -> bool {
        self.permits.available() == 0
    }

    /// Whether `owner` is inside: as of just now, and for sure if the caller is that owner.
    ///
    /// # Examples
    ///
    /// ```
    /// use anyrt::sync::{Owner, ReentrantLock};
    ///
    /// let (lock, owner) = (ReentrantLock::new(7), Owner::new());
    /// let _guard = lock.lock_blocking(owner);
    /// assert!(lock.is_locked_by(owner));
    /// assert!(!lock.is_locked_by(Owner::new()));
    /// ```
    pub fn is_locked_by(&self, owner: Owner) -> bool {
        // Ordering: acquires the name of the owner whose guards these are, from `entered`.
        self.depth.load(Acquire) > 0 && self.owner.load(Relaxed) == owner.id()
    }

    /// Who is there, as of just now. Takes time in proportion to the waiters.
    ///
    /// # Examples
    ///
    /// ```
    /// use anyrt::sync::{Owner, ReentrantLock};
    ///
    /// let (lock, owner) = (ReentrantLock::new(7), Owner::new());
    /// let _guards = (lock.lock_blocking(owner), lock.lock_blocking(owner));
    /// assert_eq!(lock.statistics().depth, 2);
    /// ```
    pub fn statistics(&self) -> ReentrantLockStatistics {
        // Ordering: a view, nothing follows from it.
        let depth = self.depth.load(Relaxed);
        ReentrantLockStatistics { depth, waiting: self.permits.waiting() }
    }

    /// Takes another share if the owner has one.
    #[inline]
    fn enter_again(&self, owner: Owner) -> bool {
        // Ordering: only a guess; an owner that is inside has written, or heard of, its own name.
        if self.owner.load(Relaxed) != owner.id() {
            return false;
        }
        // Ordering: only a guess for the exchange.
        let mut depth = self.depth.load(Relaxed);
        while depth > 0 {
            assert!(depth < u32::MAX, "an owner has locked too often: are guards forgotten?");
            // Ordering: acquires the name of the owner whose guards these are, from `entered`.
            match self.depth.compare_exchange(depth, depth + 1, Acquire, Relaxed) {
                // Ordering: with a share, it is the name of who is inside, and stays.
                Ok(_) if self.owner.load(Relaxed) == owner.id() => return true,
                Ok(_) => {
                    self.leave(); // another one, who came meanwhile: it was no share of ours
                    return false;
                }
                Err(now) => depth = now,
            }
        }
        false
    }

    /// The caller has just taken the permit.
    #[inline]
    fn entered(&self, owner: Owner) -> ReentrantLockGuard<'_, T> {
        // Ordering: published by the exchange below.
        self.owner.store(owner.id(), Relaxed);
        // Ordering: releases the name to `enter_again`. (A swap, as this atomic has exchanges.)
        self.depth.swap(1, Release);
        ReentrantLockGuard { lock: self }
    }

    /// Gives a share back.
    #[inline]
    fn leave(&self) {
        // Ordering: releases what was done with this share to the last one, which acquires all that
        // and hands it on with the permit.
        if self.depth.fetch_sub(1, AcqRel) == 1 {
            self.permits.release(1);
        }
    }
}

impl<T: Default> Default for ReentrantLock<T> {
    fn default() -> Self {
        Self::new(T::default())
    }
}

impl<T> From<T> for ReentrantLock<T> {
    fn from(value: T) -> Self {
        Self::new(value)
    }
}

impl<T: ?Sized + fmt::Debug> fmt::Debug for ReentrantLock<T> {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        // Ordering: a view, nothing follows from it.
        let depth = self.depth.load(Relaxed);
        let mut out = f.debug_struct("ReentrantLock");
        out.field("depth", &depth).field("value", &&self.value).finish_non_exhaustive()
    }
}

/// The view of [`ReentrantLock::statistics`].
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
#[non_exhaustive]
pub struct ReentrantLockStatistics {
    /// How many guards its owner has; 0 if nobody is inside.
    pub depth: u32,
    /// How many are queued for it. One that was woken and is on its way counts no more.
    pub waiting: usize,
}

pin_project! {
    /// The future of [`ReentrantLock::lock`].
    #[must_use = "futures do nothing unless awaited"]
    pub struct ReentrantLockFuture<'a, T: ?Sized> {
        lock: &'a ReentrantLock<T>,
        owner: Owner,
        site: Site,
        #[pin]
        slot: Option<Waiter<'a>>,
    }

    impl<T: ?Sized> PinnedDrop for ReentrantLockFuture<'_, T> {
        fn drop(this: Pin<&mut Self>) {
            let this = this.project();
            this.lock.permits.cancel_slot(this.slot.as_ref(), 1);
        }
    }
}

impl<'a, T: ?Sized> Future for ReentrantLockFuture<'a, T> {
    type Output = ReentrantLockGuard<'a, T>;

    #[inline]
    fn poll(self: Pin<&mut Self>, cx: &mut Context<'_>) -> Poll<Self::Output> {
        let this = self.project();
        let lock: &'a ReentrantLock<T> = this.lock;
        ready!(poll_proceed(cx));
        if lock.enter_again(*this.owner) {
            lock.permits.cancel_slot(this.slot.as_ref(), 1); // where it waited for its owner's turn
            made_progress();
            return Poll::Ready(ReentrantLockGuard { lock });
        }
        let acquired = ready!(lock.permits.poll_acquire(this.slot, 1, *this.site, cx));
        acquired.expect("a lock is never closed");
        Poll::Ready(lock.entered(*this.owner))
    }
}

impl<T: ?Sized> fmt::Debug for ReentrantLockFuture<'_, T> {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        let mut out = f.debug_struct("ReentrantLockFuture");
        out.field("owner", &self.owner).field("slot", &self.slot).finish_non_exhaustive()
    }
}

/// A share in a [`ReentrantLock`]; given back when dropped, on whatever thread.
#[must_use = "a guard that is not kept unlocks at once"]
#[clippy::has_significant_drop]
pub struct ReentrantLockGuard<'a, T: ?Sized> {
    lock: &'a ReentrantLock<T>,
}

/// A guard of [`ReentrantLock::lock_owned`]: it keeps its lock alive.
#[must_use = "a guard that is not kept unlocks at once"]
#[clippy::has_significant_drop]
pub struct OwnedReentrantLockGuard<T: ?Sized> {
    lock: Arc<ReentrantLock<T>>,
}

impl<'a, T: ?Sized> ReentrantLockGuard<'a, T> {
    /// The lock that this guard is of.
    ///
    /// # Examples
    ///
    /// ```
    /// use anyrt::sync::{Owner, ReentrantLock, ReentrantLockGuard};
    ///
    /// let lock = ReentrantLock::new(1);
    /// let guard = lock.lock_blocking(Owner::thread());
    /// assert!(ReentrantLockGuard::lock_ref(&guard).is_locked());
    /// ```
    pub fn lock_ref(this: &Self) -> &'a ReentrantLock<T> {
        this.lock
    }
}

impl<T: ?Sized> OwnedReentrantLockGuard<T> {
    /// The lock that this guard is of.
    ///
    /// # Examples
    ///
    /// ```
    /// use anyrt::sync::{OwnedReentrantLockGuard, Owner, ReentrantLock};
    /// use std::sync::Arc;
    ///
    /// let guard = Arc::new(ReentrantLock::new(1)).lock_owned_blocking(Owner::thread());
    /// assert!(OwnedReentrantLockGuard::lock_ref(&guard).is_locked());
    /// ```
    pub fn lock_ref(this: &Self) -> &Arc<ReentrantLock<T>> {
        &this.lock
    }
}

impl<T: ?Sized> Deref for ReentrantLockGuard<'_, T> {
    type Target = T;

    #[inline]
    fn deref(&self) -> &T {
        &self.lock.value
    }
}

impl<T: ?Sized> Deref for OwnedReentrantLockGuard<T> {
    type Target = T;

    #[inline]
    fn deref(&self) -> &T {
        &self.lock.value
    }
}

impl<T: ?Sized> Drop for ReentrantLockGuard<'_, T> {
    #[inline]
    fn drop(&mut self) {
        self.lock.leave();
    }
}

impl<T: ?Sized> Drop for OwnedReentrantLockGuard<T> {
    #[inline]
    fn drop(&mut self) {
        self.lock.leave();
    }
}

impl<T: ?Sized + fmt::Debug> fmt::Debug for ReentrantLockGuard<'_, T> {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        fmt::Debug::fmt(&**self, f)
    }
}

impl<T: ?Sized + fmt::Debug> fmt::Debug for OwnedReentrantLockGuard<T> {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        fmt::Debug::fmt(&**self, f)
    }
}
