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
        ///
        /// # Examples
        ///
        /// ```
        /// use anyrt::sync::RwLock;
        ///
        /// static LIMIT: RwLock<u32> = RwLock::new(8);
        /// assert_eq!(*LIMIT.read_blocking(), 8);
        /// ```
        pub const fn new(value: T) -> Self {
            Self { guarded: Guarded::new(value, false, Label::of::<Self>()) }
        }
    }

    const_fn! {
        /// Makes a lock that is strictly first in, first out; see [`Lock::fair`](super::Lock::fair).
        ///
        /// # Examples
        ///
        /// ```
        /// use anyrt::sync::RwLock;
        ///
        /// static LIMIT: RwLock<u32> = RwLock::fair(8);
        /// assert_eq!(*LIMIT.read_blocking(), 8);
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
    ///
    /// # Examples
    ///
    /// ```
    /// assert_eq!(anyrt::sync::RwLock::new(7).into_inner(), 7);
    /// ```
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
    ///
    /// # Examples
    ///
    /// ```
    /// # futures_lite::future::block_on(async {
    /// let lock = anyrt::sync::RwLock::new(7);
    /// let (one, other) = (lock.read().await, lock.read().await); // both at a time
    /// assert_eq!(*one, *other);
    /// # });
    /// ```
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
    ///
    /// # Examples
    ///
    /// ```
    /// # futures_lite::future::block_on(async {
    /// let lock = anyrt::sync::RwLock::new(1);
    /// *lock.write().await += 1;
    /// assert_eq!(*lock.read().await, 2);
    /// # });
    /// ```
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
    ///
    /// # Examples
    ///
    /// ```
    /// let lock = anyrt::sync::RwLock::new(7);
    /// assert_eq!(*lock.read_blocking(), 7);
    /// ```
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
    ///
    /// # Examples
    ///
    /// ```
    /// let lock = anyrt::sync::RwLock::new(1);
    /// *lock.write_blocking() += 1;
    /// assert_eq!(*lock.read_blocking(), 2);
    /// ```
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
    ///
    /// # Examples
    ///
    /// ```
    /// use anyrt::sync::RwLock;
    /// use std::time::Duration;
    ///
    /// let lock = RwLock::new(());
    /// let writer = lock.write_blocking();
    /// assert!(lock.read_within_blocking(Duration::from_millis(1)).is_err());
    /// drop(writer);
    /// assert!(lock.read_within_blocking(Duration::ZERO).is_ok());
    /// ```
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
    ///
    /// # Examples
    ///
    /// ```
    /// use anyrt::sync::RwLock;
    /// use std::time::Duration;
    ///
    /// let lock = RwLock::new(());
    /// let reader = lock.read_blocking();
    /// assert!(lock.write_within_blocking(Duration::from_millis(1)).is_err());
    /// drop(reader);
    /// assert!(lock.write_within_blocking(Duration::ZERO).is_ok());
    /// ```
    #[track_caller]
    pub fn write_within_blocking(&self, limit: Duration) -> Result<WriteGuard<'_, T>, TimedOut> {
        match self.try_write() {
            Some(guard) => Ok(guard),
            None => block_on_within(pin!(self.write()), limit).ok_or(TimedOut),
        }
    }

    /// Locks to read if that is possible at once.
    ///
    /// # Examples
    ///
    /// ```
    /// let lock = anyrt::sync::RwLock::new(());
    /// let _reader = lock.try_read().unwrap();
    /// assert!(lock.try_read().is_some());
    /// assert!(lock.try_write().is_none());
    /// ```
    #[inline]
    pub fn try_read(&self) -> Option<ReadGuard<'_, T>> {
        let acquired = self.guarded.permits().try_acquire(1).is_ok();
        acquired.then(|| ReadGuard { held: Shared::acquired(self) })
    }

    /// Locks to change the value if that is possible at once.
    ///
    /// # Examples
    ///
    /// ```
    /// let lock = anyrt::sync::RwLock::new(());
    /// let _writer = lock.try_write().unwrap();
    /// assert!(lock.try_read().is_none());
    /// ```
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
    ///
    /// # Examples
    ///
    /// ```
    /// use anyrt::sync::RwLock;
    /// use std::sync::Arc;
    ///
    /// # futures_lite::future::block_on(async {
    /// let guard = Arc::new(RwLock::new(7)).read_owned().await;
    /// let thread = std::thread::spawn(move || *guard);
    /// assert_eq!(thread.join().unwrap(), 7);
    /// # });
    /// ```
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
    ///
    /// # Examples
    ///
    /// ```
    /// use anyrt::sync::RwLock;
    /// use std::sync::Arc;
    ///
    /// # futures_lite::future::block_on(async {
    /// let lock = Arc::new(RwLock::new(1));
    /// let mut guard = Arc::clone(&lock).write_owned().await;
    /// std::thread::spawn(move || *guard += 1).join().unwrap();
    /// assert_eq!(*lock.read().await, 2);
    /// # });
    /// ```
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
    ///
    /// # Examples
    ///
    /// ```
    /// let lock = std::sync::Arc::new(anyrt::sync::RwLock::new(7));
    /// assert_eq!(*lock.read_owned_blocking(), 7);
    /// ```
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
    ///
    /// # Examples
    ///
    /// ```
    /// let mut guard = std::sync::Arc::new(anyrt::sync::RwLock::new(1)).write_owned_blocking();
    /// *guard += 1;
    /// assert_eq!(*guard, 2);
    /// ```
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
    ///
    /// # Examples
    ///
    /// ```
    /// use anyrt::sync::RwLock;
    /// use std::sync::Arc;
    ///
    /// let lock = Arc::new(RwLock::new(7));
    /// let _reader = Arc::clone(&lock).try_read_owned().unwrap();
    /// assert!(lock.try_write_owned().is_err());
    /// ```
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
    ///
    /// # Examples
    ///
    /// ```
    /// use anyrt::sync::RwLock;
    /// use std::sync::Arc;
    ///
    /// let lock = Arc::new(RwLock::new(7));
    /// let _writer = Arc::clone(&lock).try_write_owned().unwrap();
    /// assert!(lock.try_read_owned().is_err());
    /// ```
    pub fn try_write_owned(self: Arc<Self>) -> Result<OwnedWriteGuard<T>, Arc<Self>> {
        let Some(guard) = self.try_write() else { return Err(self) };
        mem::forget(guard);
        Ok(OwnedWriteGuard { held: Exclusive::acquired(self) }) // what the forgotten guard held
    }

    /// The value, without locking: nobody else can have the lock.
    ///
    /// # Examples
    ///
    /// ```
    /// let mut lock = anyrt::sync::RwLock::new(1);
    /// *lock.get_mut() += 1;
    /// assert_eq!(lock.into_inner(), 2);
    /// ```
    pub fn get_mut(&mut self) -> &mut T {
        self.guarded.get_mut()
    }

    /// Who is there, as of just now. Takes time in proportion to the waiters.
    ///
    /// # Examples
    ///
    /// ```
    /// let lock = anyrt::sync::RwLock::new(());
    /// let _readers = (lock.read_blocking(), lock.read_blocking());
    /// let statistics = lock.statistics();
    /// assert_eq!((statistics.readers, statistics.written), (2, false));
    /// ```
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
///
/// # Examples
///
/// ```
/// let lock = anyrt::sync::RwLock::new(());
/// let _writer = lock.write_blocking();
/// let statistics = lock.statistics();
/// assert_eq!((statistics.readers, statistics.written, statistics.waiting), (0, true, 0));
/// ```
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
    ///
    /// # Examples
    ///
    /// ```
    /// use anyrt::sync::{Read, RwLock};
    ///
    /// let lock = RwLock::new(7);
    /// let read: Read<'_, u32> = lock.read();
    /// assert_eq!(lock.statistics().readers, 0); // nothing happens before it is polled
    /// assert_eq!(*futures_lite::future::block_on(read), 7);
    /// ```
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
    ///
    /// # Examples
    ///
    /// ```
    /// use anyrt::sync::{RwLock, Write};
    ///
    /// let lock = RwLock::new(7);
    /// let write: Write<'_, u32> = lock.write();
    /// assert!(!lock.statistics().written); // nothing happens before it is polled
    /// assert_eq!(*futures_lite::future::block_on(write), 7);
    /// ```
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
///
/// # Examples
///
/// ```
/// use anyrt::sync::{ReadGuard, RwLock};
///
/// let lock = RwLock::new(7);
/// let guard: ReadGuard<'_, u32> = lock.read_blocking();
/// assert_eq!(*guard, 7);
/// drop(guard);
/// assert!(lock.try_write().is_some());
/// ```
#[must_use = "a guard that is not kept unlocks at once"]
#[clippy::has_significant_drop]
pub struct ReadGuard<'a, T: ?Sized> {
    held: Shared<&'a RwLock<T>, READERS>,
}

/// Has the value of a [`RwLock`]; unlocks when dropped, on whatever thread.
///
/// # Examples
///
/// ```
/// use anyrt::sync::{RwLock, WriteGuard};
///
/// let lock = RwLock::new(1);
/// let mut guard: WriteGuard<'_, u32> = lock.write_blocking();
/// *guard += 1;
/// drop(guard);
/// assert_eq!(lock.into_inner(), 2);
/// ```
#[must_use = "a guard that is not kept unlocks at once"]
#[clippy::has_significant_drop]
pub struct WriteGuard<'a, T: ?Sized> {
    held: Exclusive<&'a RwLock<T>, READERS>,
}

/// A guard of [`RwLock::read_owned`]: it keeps its lock alive.
///
/// # Examples
///
/// ```
/// use anyrt::sync::{OwnedReadGuard, RwLock};
/// use std::sync::Arc;
///
/// let guard: OwnedReadGuard<u32> = Arc::new(RwLock::new(7)).read_owned_blocking();
/// assert_eq!(*guard, 7); // and nothing else has the lock
/// ```
#[must_use = "a guard that is not kept unlocks at once"]
#[clippy::has_significant_drop]
pub struct OwnedReadGuard<T: ?Sized> {
    held: Shared<Arc<RwLock<T>>, READERS>,
}

/// A guard of [`RwLock::write_owned`]: it keeps its lock alive.
///
/// # Examples
///
/// ```
/// use anyrt::sync::{OwnedWriteGuard, RwLock};
/// use std::sync::Arc;
///
/// let mut guard: OwnedWriteGuard<u32> = Arc::new(RwLock::new(7)).write_owned_blocking();
/// *guard += 1;
/// assert_eq!(*guard, 8); // and nothing else has the lock
/// ```
#[must_use = "a guard that is not kept unlocks at once"]
#[clippy::has_significant_drop]
pub struct OwnedWriteGuard<T: ?Sized> {
    held: Exclusive<Arc<RwLock<T>>, READERS>,
}

impl<'a, T: ?Sized> WriteGuard<'a, T> {
    /// Goes on reading, and lets other readers in; no writer comes between.
    ///
    /// # Examples
    ///
    /// ```
    /// use anyrt::sync::{RwLock, WriteGuard};
    ///
    /// let lock = RwLock::new(1);
    /// let mut writer = lock.write_blocking();
    /// *writer += 1;
    /// let reader = WriteGuard::downgrade(writer); // no other writer comes between
    /// assert_eq!((*reader, lock.statistics().readers), (2, 1));
    /// ```
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
