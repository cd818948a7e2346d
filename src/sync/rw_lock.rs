use std::fmt;
use std::future::Future;
use std::mem;
use std::ops::{Deref, DerefMut};
use std::pin::{Pin, pin};
use std::task::{Context, Poll, ready};
use std::time::Duration;

use pin_project_lite::pin_project;

use super::guarded::{Exclusive, Guarded, Holder, READERS, Shared};
use super::permits::Waiter;
use crate::error::TimedOut;
use crate::primitives::diagnosis::{Label, Site};
use crate::primitives::{Arc, const_fn};
use crate::wait::{block_on, block_on_within};

/// Many may read the value at a time, or one may change it.
///
/// # Fairness
///
/// As for [`Lock`](super::Lock): readers and writers are woken first in, first out; a lock that is
/// free, or free to read, goes to whoever asks first, but not for longer than half a millisecond while
/// somebody is passed over. So neither starves the other. [`RwLock::fair`] makes one where nobody
/// passes: a reader then waits behind a writer that waits.
///
/// A task that reads and asks to read again may wait for a writer that waits for it: read once.
///
/// # Memory ordering
///
/// What was done before a writer unlocks happens-before everything after the next lock; what was done
/// before readers unlock, before everything after the next writer's.
///
/// # Examples
///
/// ```
/// use anyrt::sync::RwLock;
///
/// static NAMES: RwLock<Vec<&str>> = RwLock::new(Vec::new());
///
/// # futures_lite::future::block_on(async {
/// NAMES.write().await.push("ada");
/// let (one, two) = (NAMES.read().await, NAMES.read_blocking()); // together
/// assert_eq!(one[0], two[0]);
/// assert!(NAMES.try_write().is_none());
/// # });
/// ```
pub struct RwLock<T: ?Sized> {
    guarded: Guarded<T, READERS>,
}

impl<T> RwLock<T> {
    const_fn! {
        /// Makes an unlocked lock.
        pub const fn new(value: T) -> Self {
            Self { guarded: Guarded::new(value, false, Label::of::<Self>()) }
        }
    }

    const_fn! {
        /// Makes a lock that is strictly first in, first out; see [`Lock::fair`](super::Lock::fair).
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
        /// use anyrt::sync::RwLock;
        ///
        /// static ROUTES: RwLock<Vec<u8>> = RwLock::new(Vec::new()).named("routes");
        /// ROUTES.write_blocking().push(1);
        /// ```
        #[must_use = "what has the name is what is returned"]
        pub const fn named(mut self, name: &'static str) -> Self {
            self.guarded.set_name(name);
            self
        }
    }

    /// Takes the value out.
    pub fn into_inner(self) -> T {
        self.guarded.into_inner()
    }
}

impl<T: ?Sized> RwLock<T> {
    /// Locks to read, together with others that read.
    ///
    /// # Cancel safety
    ///
    /// Dropping the future gives up its place in the queue, nothing else.
    #[inline]
    #[track_caller]
    pub fn read(&self) -> Read<'_, T> {
        Read { lock: self, site: Site::here(), slot: None }
    }

    /// Locks to change the value, alone.
    ///
    /// # Cancel safety
    ///
    /// Dropping the future gives up its place in the queue, nothing else; readers that waited behind
    /// it go on.
    #[inline]
    #[track_caller]
    pub fn write(&self) -> Write<'_, T> {
        Write { lock: self, site: Site::here(), slot: None }
    }

    /// Locks to read, on a thread.
    ///
    /// # Blocking
    ///
    /// Blocks the thread; inside of a task use [`read`](Self::read).
    #[track_caller]
    pub fn read_blocking(&self) -> ReadGuard<'_, T> {
        let permits = self.guarded.permits();
        if permits.try_acquire(1).is_ok() || permits.spin(1) {
            return ReadGuard { held: Shared::acquired(self) };
        }
        block_on(pin!(self.read()))
    }

    /// Locks to change the value, on a thread.
    ///
    /// # Blocking
    ///
    /// Blocks the thread; inside of a task use [`write`](Self::write).
    #[track_caller]
    pub fn write_blocking(&self) -> WriteGuard<'_, T> {
        let permits = self.guarded.permits();
        if permits.try_acquire_idle() || permits.spin(READERS) {
            return WriteGuard { held: Exclusive::acquired(self) };
        }
        block_on(pin!(self.write()))
    }

    /// Locks to read, on a thread, unless it takes longer than `limit`.
    ///
    /// # Blocking
    ///
    /// As [`read_blocking`](Self::read_blocking), but not for longer than `limit`.
    ///
    /// # Errors
    ///
    /// [`TimedOut`] when that was not possible in time.
    #[track_caller]
    pub fn read_within_blocking(&self, limit: Duration) -> Result<ReadGuard<'_, T>, TimedOut> {
        match self.try_read() {
            Some(guard) => Ok(guard),
            None => block_on_within(pin!(self.read()), limit).ok_or(TimedOut),
        }
    }

    /// Locks to change the value, on a thread, unless it takes longer than `limit`.
    ///
    /// # Blocking
    ///
    /// As [`write_blocking`](Self::write_blocking), but not for longer than `limit`.
    ///
    /// # Errors
    ///
    /// [`TimedOut`] when that was not possible in time.
    #[track_caller]
    pub fn write_within_blocking(&self, limit: Duration) -> Result<WriteGuard<'_, T>, TimedOut> {
        match self.try_write() {
            Some(guard) => Ok(guard),
            None => block_on_within(pin!(self.write()), limit).ok_or(TimedOut),
        }
    }

    /// Locks to read if that is possible at once.
    #[inline]
    pub fn try_read(&self) -> Option<ReadGuard<'_, T>> {
        let acquired = self.guarded.permits().try_acquire(1).is_ok();
        acquired.then(|| ReadGuard { held: Shared::acquired(self) })
    }

    /// Locks to change the value if that is possible at once.
    #[inline]
    pub fn try_write(&self) -> Option<WriteGuard<'_, T>> {
        let permits = self.guarded.permits();
        let acquired = permits.try_acquire_idle() || permits.try_acquire(READERS).is_ok();
        acquired.then(|| WriteGuard { held: Exclusive::acquired(self) })
    }

    /// [`read`](Self::read), with a guard that keeps the lock alive.
    ///
    /// # Cancel safety
    ///
    /// As [`read`](Self::read); the `Arc` is dropped, too.
    #[track_caller]
    pub fn read_owned(self: Arc<Self>) -> impl Future<Output = OwnedReadGuard<T>> {
        let site = Site::here();
        async move {
            mem::forget(Read { lock: &self, site, slot: None }.await);
            OwnedReadGuard { held: Shared::acquired(self) } // what the forgotten guard held
        }
    }

    /// [`write`](Self::write), with a guard that keeps the lock alive.
    ///
    /// # Cancel safety
    ///
    /// As [`write`](Self::write); the `Arc` is dropped, too.
    #[track_caller]
    pub fn write_owned(self: Arc<Self>) -> impl Future<Output = OwnedWriteGuard<T>> {
        let site = Site::here();
        async move {
            mem::forget(Write { lock: &self, site, slot: None }.await);
            OwnedWriteGuard { held: Exclusive::acquired(self) } // what the forgotten guard held
        }
    }

    /// [`read_blocking`](Self::read_blocking), with a guard that keeps the lock alive.
    ///
    /// # Blocking
    ///
    /// As [`read_blocking`](Self::read_blocking).
    #[track_caller]
    pub fn read_owned_blocking(self: Arc<Self>) -> OwnedReadGuard<T> {
        mem::forget(self.read_blocking());
        OwnedReadGuard { held: Shared::acquired(self) } // what the forgotten guard held
    }

    /// [`write_blocking`](Self::write_blocking), with a guard that keeps the lock alive.
    ///
    /// # Blocking
    ///
    /// As [`write_blocking`](Self::write_blocking).
    #[track_caller]
    pub fn write_owned_blocking(self: Arc<Self>) -> OwnedWriteGuard<T> {
        mem::forget(self.write_blocking());
        OwnedWriteGuard { held: Exclusive::acquired(self) } // what the forgotten guard held
    }

    /// [`try_read`](Self::try_read), with a guard that keeps the lock alive.
    ///
    /// # Errors
    ///
    /// The `Arc` comes back when that is not possible at once.
    pub fn try_read_owned(self: Arc<Self>) -> Result<OwnedReadGuard<T>, Arc<Self>> {
        let Some(guard) = self.try_read() else { return Err(self) };
        mem::forget(guard);
        Ok(OwnedReadGuard { held: Shared::acquired(self) }) // what the forgotten guard held
    }

    /// [`try_write`](Self::try_write), with a guard that keeps the lock alive.
    ///
    /// # Errors
    ///
    /// The `Arc` comes back when that is not possible at once.
    pub fn try_write_owned(self: Arc<Self>) -> Result<OwnedWriteGuard<T>, Arc<Self>> {
        let Some(guard) = self.try_write() else { return Err(self) };
        mem::forget(guard);
        Ok(OwnedWriteGuard { held: Exclusive::acquired(self) }) // what the forgotten guard held
    }

    /// The value, without locking: nobody else can have the lock.
    pub fn get_mut(&mut self) -> &mut T {
        self.guarded.get_mut()
    }

    /// Who is there, as of just now. Takes time in proportion to the waiters.
    pub fn statistics(&self) -> RwLockStatistics {
        let taken = READERS - self.guarded.permits().available();
        RwLockStatistics {
            readers: if taken == READERS { 0 } else { taken },
            written: taken == READERS,
            waiting: self.guarded.permits().waiting(),
        }
    }
}

impl<T: Default> Default for RwLock<T> {
    fn default() -> Self {
        Self::new(T::default())
    }
}

impl<T> From<T> for RwLock<T> {
    fn from(value: T) -> Self {
        Self::new(value)
    }
}

impl<T: ?Sized + fmt::Debug> fmt::Debug for RwLock<T> {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        match self.try_read() {
            Some(guard) => f.debug_tuple("RwLock").field(&&*guard).finish(),
            None => f.debug_tuple("RwLock").field(&format_args!("<locked>")).finish(),
        }
    }
}

/// The view of [`RwLock::statistics`].
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
#[non_exhaustive]
pub struct RwLockStatistics {
    /// How many read.
    pub readers: u32,
    /// Whether somebody may change the value.
    pub written: bool,
    /// How many are queued. One that was woken and is on its way counts no more.
    pub waiting: usize,
}

pin_project! {
    /// The future of [`RwLock::read`].
    #[must_use = "futures do nothing unless awaited"]
    pub struct Read<'a, T: ?Sized> {
        lock: &'a RwLock<T>,
        site: Site,
        #[pin]
        slot: Option<Waiter<'a>>,
    }

    impl<T: ?Sized> PinnedDrop for Read<'_, T> {
        fn drop(this: Pin<&mut Self>) {
            let this = this.project();
            this.lock.guarded.permits().cancel_slot(this.slot.as_ref(), 1);
        }
    }
}

pin_project! {
    /// The future of [`RwLock::write`].
    #[must_use = "futures do nothing unless awaited"]
    pub struct Write<'a, T: ?Sized> {
        lock: &'a RwLock<T>,
        site: Site,
        #[pin]
        slot: Option<Waiter<'a>>,
    }

    impl<T: ?Sized> PinnedDrop for Write<'_, T> {
        fn drop(this: Pin<&mut Self>) {
            let this = this.project();
            this.lock.guarded.permits().cancel_slot(this.slot.as_ref(), READERS);
        }
    }
}

impl<'a, T: ?Sized> Future for Read<'a, T> {
    type Output = ReadGuard<'a, T>;

    #[inline]
    fn poll(self: Pin<&mut Self>, cx: &mut Context<'_>) -> Poll<ReadGuard<'a, T>> {
        let this = self.project();
        let lock: &'a RwLock<T> = this.lock;
        let acquired = ready!(lock.guarded.permits().poll_acquire(this.slot, 1, *this.site, cx));
        acquired.expect("a lock is never closed");
        Poll::Ready(ReadGuard { held: Shared::acquired(lock) })
    }
}

impl<'a, T: ?Sized> Future for Write<'a, T> {
    type Output = WriteGuard<'a, T>;

    #[inline]
    fn poll(self: Pin<&mut Self>, cx: &mut Context<'_>) -> Poll<WriteGuard<'a, T>> {
        let this = self.project();
        let lock: &'a RwLock<T> = this.lock;
        let acquired =
            ready!(lock.guarded.permits().poll_acquire(this.slot, READERS, *this.site, cx));
        acquired.expect("a lock is never closed");
        Poll::Ready(WriteGuard { held: Exclusive::acquired(lock) })
    }
}

impl<T: ?Sized> fmt::Debug for Read<'_, T> {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.debug_struct("Read").field("slot", &self.slot).finish_non_exhaustive()
    }
}

impl<T: ?Sized> fmt::Debug for Write<'_, T> {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.debug_struct("Write").field("slot", &self.slot).finish_non_exhaustive()
    }
}

impl<T: ?Sized> Holder<READERS> for &RwLock<T> {
    type Value = T;

    #[inline]
    fn guarded(&self) -> &Guarded<T, READERS> {
        &self.guarded
    }
}

impl<T: ?Sized> Holder<READERS> for Arc<RwLock<T>> {
    type Value = T;

    #[inline]
    fn guarded(&self) -> &Guarded<T, READERS> {
        &self.guarded
    }
}

/// Reads the value of a [`RwLock`]; unlocks when dropped, on whatever thread.
#[must_use = "a guard that is not kept unlocks at once"]
#[clippy::has_significant_drop]
pub struct ReadGuard<'a, T: ?Sized> {
    held: Shared<&'a RwLock<T>, READERS>,
}

/// Has the value of a [`RwLock`]; unlocks when dropped, on whatever thread.
#[must_use = "a guard that is not kept unlocks at once"]
#[clippy::has_significant_drop]
pub struct WriteGuard<'a, T: ?Sized> {
    held: Exclusive<&'a RwLock<T>, READERS>,
}

/// A guard of [`RwLock::read_owned`]: it keeps its lock alive.
#[must_use = "a guard that is not kept unlocks at once"]
#[clippy::has_significant_drop]
pub struct OwnedReadGuard<T: ?Sized> {
    held: Shared<Arc<RwLock<T>>, READERS>,
}

/// A guard of [`RwLock::write_owned`]: it keeps its lock alive.
#[must_use = "a guard that is not kept unlocks at once"]
#[clippy::has_significant_drop]
pub struct OwnedWriteGuard<T: ?Sized> {
    held: Exclusive<Arc<RwLock<T>>, READERS>,
}

impl<'a, T: ?Sized> WriteGuard<'a, T> {
    /// Goes on reading, and lets other readers in; no writer comes between.
    pub fn downgrade(this: Self) -> ReadGuard<'a, T> {
        let lock: &'a RwLock<T> = this.held.holder();
        mem::forget(this);
        lock.guarded.permits().release(READERS - 1);
        ReadGuard { held: Shared::acquired(lock) } // the permit that was not released
    }
}

impl<T: ?Sized> Deref for ReadGuard<'_, T> {
    type Target = T;

    #[inline]
    fn deref(&self) -> &T {
        &self.held
    }
}

impl<T: ?Sized> Deref for WriteGuard<'_, T> {
    type Target = T;

    #[inline]
    fn deref(&self) -> &T {
        &self.held
    }
}

impl<T: ?Sized> DerefMut for WriteGuard<'_, T> {
    #[inline]
    fn deref_mut(&mut self) -> &mut T {
        &mut self.held
    }
}

impl<T: ?Sized> Deref for OwnedReadGuard<T> {
    type Target = T;

    #[inline]
    fn deref(&self) -> &T {
        &self.held
    }
}

impl<T: ?Sized> Deref for OwnedWriteGuard<T> {
    type Target = T;

    #[inline]
    fn deref(&self) -> &T {
        &self.held
    }
}

impl<T: ?Sized> DerefMut for OwnedWriteGuard<T> {
    #[inline]
    fn deref_mut(&mut self) -> &mut T {
        &mut self.held
    }
}

impl<T: ?Sized + fmt::Debug> fmt::Debug for ReadGuard<'_, T> {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        fmt::Debug::fmt(&**self, f)
    }
}

impl<T: ?Sized + fmt::Debug> fmt::Debug for WriteGuard<'_, T> {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        fmt::Debug::fmt(&**self, f)
    }
}

impl<T: ?Sized + fmt::Debug> fmt::Debug for OwnedReadGuard<T> {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        fmt::Debug::fmt(&**self, f)
    }
}

impl<T: ?Sized + fmt::Debug> fmt::Debug for OwnedWriteGuard<T> {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        fmt::Debug::fmt(&**self, f)
    }
}
