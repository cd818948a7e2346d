use std::time::Duration;

use super::error::{AcquireError, Closed, Overfull, TryAcquireError};
use super::semaphore::Sealed;
use super::{Acquire, OwnedPermit, Permit, PermitSource, Semaphore, SemaphoreStatistics};
use crate::primitives::diagnosis::Site;
use crate::primitives::{Arc, AtomicU32, Ordering::Relaxed, const_fn};

/// A [`Semaphore`] that refuses to have more permits than it began with: what is given back too often
/// is an error, not a permit.
///
/// Guards cannot err so, and [`release`](Self::release) gives back no more than guards were told to
/// [`forget`](Permit::forget).
///
/// # Fairness
///
/// That of [`Semaphore`].
///
/// # Memory ordering
///
/// That of [`Semaphore`]; [`release`](Self::release) gives permits back as a dropped guard does.
///
/// # Examples
///
/// ```
/// # futures_lite::future::block_on(async {
/// let two = anyrt::sync::BoundedSemaphore::new(2);
/// two.acquire().await.unwrap().forget(); // taken here ...
/// two.release(1).unwrap(); // ... given back elsewhere
/// assert!(two.release(1).is_err()); // once too often
/// # });
/// ```
#[derive(Debug)]
pub struct BoundedSemaphore {
    semaphore: Semaphore,
    bound: u32,
    /// The permits that no guard has, and that are not free: with those of guards and the free ones
    /// they are always `bound`, or fewer while some are on their way.
    forgotten: AtomicU32,
}

impl PermitSource for BoundedSemaphore {}

impl Sealed for BoundedSemaphore {
    #[inline]
    fn semaphore(&self) -> &Semaphore {
        &self.semaphore
    }

    fn forgotten(&self, n: u32) {
        // Ordering: a count; what was done before is for who acquires what `release` gives back.
        self.forgotten.fetch_add(n, Relaxed);
    }
}

impl BoundedSemaphore {
    const_fn! {
        /// Makes a semaphore with so many permits, and never more.
        ///
        /// # Panics
        ///
        /// If there are more than [`Semaphore::MAX_PERMITS`].
        ///
        /// # Examples
        ///
        /// ```
        /// use anyrt::sync::BoundedSemaphore;
        ///
        /// static SLOTS: BoundedSemaphore = BoundedSemaphore::new(2);
        /// assert_eq!(SLOTS.available(), 2);
        /// ```
        pub const fn new(permits: u32) -> Self {
            Self::of(Semaphore::new(permits), permits)
        }
    }

    const_fn! {
        /// Makes one that is strictly first in, first out; see [`Semaphore::fair`].
        ///
        /// # Panics
        ///
        /// If there are more than [`Semaphore::MAX_PERMITS`].
        ///
        /// # Examples
        ///
        /// ```
        /// use anyrt::sync::BoundedSemaphore;
        ///
        /// let semaphore = BoundedSemaphore::fair(1);
        /// let permit = semaphore.try_acquire().unwrap();
        /// let mut waiter = Box::pin(semaphore.acquire());
        /// # futures_lite::future::block_on(async {
        /// assert!(futures_lite::future::poll_once(&mut waiter).await.is_none());
        /// drop(permit);
        /// assert!(semaphore.try_acquire().is_err()); // it is the waiter's
        /// assert!(waiter.await.is_ok());
        /// # });
        /// ```
        pub const fn fair(permits: u32) -> Self {
            Self::of(Semaphore::fair(permits), permits)
        }
    }

    const_fn! {
        const fn of(semaphore: Semaphore, bound: u32) -> Self {
            Self { semaphore, bound, forgotten: AtomicU32::new(0) }
        }
    }

    const_fn! {
        /// Gives it a name, for the reports of the simulator and of `diagnose`. Without the feature
        /// `diagnose` this does nothing, and costs nothing.
        ///
        /// # Examples
        ///
        /// ```
        /// use anyrt::sync::BoundedSemaphore;
        ///
        /// static SLOTS: BoundedSemaphore = BoundedSemaphore::new(2).named("slots");
        /// assert!(SLOTS.try_acquire().is_ok());
        /// ```
        #[must_use = "what has the name is what is returned"]
        pub const fn named(mut self, name: &'static str) -> Self {
            self.semaphore.set_name(name);
            self
        }
    }

    /// The number of permits that it began with.
    ///
    /// # Examples
    ///
    /// ```
    /// let semaphore = anyrt::sync::BoundedSemaphore::new(3);
    /// let _permit = semaphore.try_acquire().unwrap();
    /// assert_eq!((semaphore.bound(), semaphore.available()), (3, 2));
    /// ```
    pub fn bound(&self) -> u32 {
        self.bound
    }

    /// Gives back `n` permits whose guards were forgotten.
    ///
    /// # Errors
    ///
    /// [`Overfull`], and nothing is given back, when fewer were forgotten, or more of these were given
    /// back already.
    ///
    /// # Examples
    ///
    /// ```
    /// use anyrt::sync::{BoundedSemaphore, Overfull};
    ///
    /// let semaphore = BoundedSemaphore::new(1);
    /// semaphore.try_acquire().unwrap().forget(); // to be given back by hand
    /// assert_eq!(semaphore.release(1), Ok(()));
    /// assert_eq!(semaphore.release(1), Err(Overfull)); // once too often
    /// ```
    pub fn release(&self, n: u32) -> Result<(), Overfull> {
        // Ordering: a count, see `forgotten`; the permits themselves are released below.
        let mut forgotten = self.forgotten.load(Relaxed);
        loop {
            let left = forgotten.checked_sub(n).ok_or(Overfull)?;
            // Ordering: as above.
            match self.forgotten.compare_exchange(forgotten, left, Relaxed, Relaxed) {
                Ok(_) => break,
                Err(now) => forgotten = now,
            }
        }
        self.semaphore.permits.release(n);
        Ok(())
    }

    /// As [`Semaphore::acquire`].
    ///
    /// # Cancel safety
    ///
    /// As there.
    ///
    /// # Errors
    ///
    /// [`Closed`] when the semaphore is, or becomes, closed.
    ///
    /// # Examples
    ///
    /// ```
    /// use anyrt::sync::BoundedSemaphore;
    ///
    /// # futures_lite::future::block_on(async {
    /// let semaphore = BoundedSemaphore::new(2);
    /// let permit = semaphore.acquire().await.unwrap();
    /// assert_eq!(semaphore.available(), 1);
    /// drop(permit);
    /// assert_eq!(semaphore.available(), 2);
    /// # });
    /// ```
    #[track_caller]
    pub fn acquire(&self) -> Acquire<'_, Self> {
        Acquire::new(self, 1)
    }

    /// As [`Semaphore::acquire_blocking`].
    ///
    /// # Blocking
    ///
    /// As there.
    ///
    /// # Errors
    ///
    /// [`Closed`] when the semaphore is, or becomes, closed.
    ///
    /// # Examples
    ///
    /// ```
    /// use anyrt::sync::{BoundedSemaphore, Closed};
    ///
    /// let semaphore = BoundedSemaphore::new(1);
    /// let permit = semaphore.acquire_blocking().unwrap();
    /// semaphore.close();
    /// assert_eq!(semaphore.acquire_blocking().unwrap_err(), Closed);
    /// assert_eq!(permit.count(), 1); // stays valid
    /// ```
    #[track_caller]
    pub fn acquire_blocking(&self) -> Result<Permit<'_, Self>, Closed> {
        Ok(self.adopt(self.semaphore.acquire_blocking()?))
    }

    /// As [`Semaphore::acquire_many`].
    ///
    /// # Cancel safety
    ///
    /// As there.
    ///
    /// # Panics
    ///
    /// If `n` is more than [`bound`](Self::bound), and so can never be had.
    ///
    /// # Errors
    ///
    /// [`Closed`] when the semaphore is, or becomes, closed.
    ///
    /// # Examples
    ///
    /// ```
    /// use anyrt::sync::BoundedSemaphore;
    ///
    /// # futures_lite::future::block_on(async {
    /// let megabytes = BoundedSemaphore::new(64);
    /// let permit = megabytes.acquire_many(48).await.unwrap();
    /// assert_eq!((permit.count(), megabytes.available()), (48, 16));
    /// # });
    /// ```
    #[track_caller]
    pub fn acquire_many(&self, n: u32) -> Acquire<'_, Self> {
        self.check(n);
        Acquire::new(self, n)
    }

    /// As [`Semaphore::acquire_many_blocking`].
    ///
    /// # Blocking
    ///
    /// As there.
    ///
    /// # Panics
    ///
    /// If `n` is more than [`bound`](Self::bound).
    ///
    /// # Errors
    ///
    /// [`Closed`] when the semaphore is, or becomes, closed.
    ///
    /// # Examples
    ///
    /// ```
    /// use anyrt::sync::BoundedSemaphore;
    ///
    /// let semaphore = BoundedSemaphore::new(3);
    /// let _permit = semaphore.acquire_many_blocking(2).unwrap();
    /// assert_eq!(semaphore.available(), 1);
    /// ```
    #[track_caller]
    pub fn acquire_many_blocking(&self, n: u32) -> Result<Permit<'_, Self>, Closed> {
        self.check(n);
        Ok(self.adopt(self.semaphore.acquire_many_blocking(n)?))
    }

    /// As [`Semaphore::acquire_within_blocking`].
    ///
    /// # Blocking
    ///
    /// As there.
    ///
    /// # Panics
    ///
    /// If `n` is more than [`bound`](Self::bound).
    ///
    /// # Errors
    ///
    /// As there.
    ///
    /// # Examples
    ///
    /// ```
    /// use anyrt::sync::{AcquireError, BoundedSemaphore};
    /// use std::time::Duration;
    ///
    /// let semaphore = BoundedSemaphore::new(2);
    /// let permit = semaphore.acquire_within_blocking(1, Duration::ZERO).unwrap();
    /// let late = semaphore.acquire_within_blocking(2, Duration::from_millis(1));
    /// assert_eq!(late.unwrap_err(), AcquireError::TimedOut);
    /// assert_eq!(permit.count(), 1);
    /// ```
    #[track_caller]
    pub fn acquire_within_blocking(
        &self,
        n: u32,
        limit: Duration,
    ) -> Result<Permit<'_, Self>, AcquireError> {
        self.check(n);
        Ok(self.adopt(self.semaphore.acquire_within_blocking(n, limit)?))
    }

    /// As [`Semaphore::try_acquire`].
    ///
    /// # Errors
    ///
    /// As there.
    ///
    /// # Examples
    ///
    /// ```
    /// use anyrt::sync::{BoundedSemaphore, TryAcquireError};
    ///
    /// let semaphore = BoundedSemaphore::new(1);
    /// let _permit = semaphore.try_acquire().unwrap();
    /// assert_eq!(semaphore.try_acquire().unwrap_err(), TryAcquireError::NoPermits);
    /// ```
    pub fn try_acquire(&self) -> Result<Permit<'_, Self>, TryAcquireError> {
        Ok(self.adopt(self.semaphore.try_acquire()?))
    }

    /// As [`Semaphore::try_acquire_many`].
    ///
    /// # Panics
    ///
    /// If `n` is more than [`bound`](Self::bound).
    ///
    /// # Errors
    ///
    /// As there.
    ///
    /// # Examples
    ///
    /// ```
    /// use anyrt::sync::{BoundedSemaphore, TryAcquireError};
    ///
    /// let semaphore = BoundedSemaphore::new(3);
    /// let permit = semaphore.try_acquire_many(2).unwrap();
    /// assert_eq!(semaphore.try_acquire_many(2).unwrap_err(), TryAcquireError::NoPermits);
    /// assert_eq!(permit.count(), 2);
    /// ```
    pub fn try_acquire_many(&self, n: u32) -> Result<Permit<'_, Self>, TryAcquireError> {
        self.check(n);
        Ok(self.adopt(self.semaphore.try_acquire_many(n)?))
    }

    /// As [`Semaphore::acquire_owned`].
    ///
    /// # Cancel safety
    ///
    /// As there.
    ///
    /// # Panics
    ///
    /// If `n` is more than [`bound`](Self::bound).
    ///
    /// # Errors
    ///
    /// [`Closed`] when the semaphore is, or becomes, closed.
    ///
    /// # Examples
    ///
    /// ```
    /// use anyrt::sync::BoundedSemaphore;
    /// use std::sync::Arc;
    ///
    /// # futures_lite::future::block_on(async {
    /// let semaphore = Arc::new(BoundedSemaphore::new(2));
    /// let permit = Arc::clone(&semaphore).acquire_owned(2).await.unwrap();
    /// std::thread::spawn(move || drop(permit)).join().unwrap();
    /// assert_eq!(semaphore.available(), 2);
    /// # });
    /// ```
    #[track_caller]
    pub fn acquire_owned(
        self: Arc<Self>,
        n: u32,
    ) -> impl Future<Output = Result<OwnedPermit<Self>, Closed>> {
        let site = Site::here();
        async move {
            let n = self.acquire_many(n).at(site).await?.take();
            Ok(OwnedPermit { semaphore: self, n })
        }
    }

    /// As [`Semaphore::acquire_owned_blocking`].
    ///
    /// # Blocking
    ///
    /// As there.
    ///
    /// # Panics
    ///
    /// If `n` is more than [`bound`](Self::bound).
    ///
    /// # Errors
    ///
    /// [`Closed`] when the semaphore is, or becomes, closed.
    ///
    /// # Examples
    ///
    /// ```
    /// use anyrt::sync::BoundedSemaphore;
    /// use std::sync::Arc;
    ///
    /// let permit = Arc::new(BoundedSemaphore::new(2)).acquire_owned_blocking(1).unwrap();
    /// assert_eq!(permit.count(), 1);
    /// ```
    #[track_caller]
    pub fn acquire_owned_blocking(self: Arc<Self>, n: u32) -> Result<OwnedPermit<Self>, Closed> {
        let n = self.acquire_many_blocking(n)?.take();
        Ok(OwnedPermit { semaphore: self, n })
    }

    /// As [`Semaphore::try_acquire_owned`].
    ///
    /// # Panics
    ///
    /// If `n` is more than [`bound`](Self::bound).
    ///
    /// # Errors
    ///
    /// As there.
    ///
    /// # Examples
    ///
    /// ```
    /// use anyrt::sync::{BoundedSemaphore, TryAcquireError};
    /// use std::sync::Arc;
    ///
    /// let semaphore = Arc::new(BoundedSemaphore::new(1));
    /// let _permit = Arc::clone(&semaphore).try_acquire_owned(1).unwrap();
    /// assert_eq!(semaphore.try_acquire_owned(1).unwrap_err(), TryAcquireError::NoPermits);
    /// ```
    pub fn try_acquire_owned(
        self: Arc<Self>,
        n: u32,
    ) -> Result<OwnedPermit<Self>, TryAcquireError> {
        let n = self.try_acquire_many(n)?.take();
        Ok(OwnedPermit { semaphore: self, n })
    }

    /// The permit, as one of this semaphore.
    #[inline]
    fn adopt(&self, permit: Permit<'_>) -> Permit<'_, Self> {
        Permit::new(self, permit.take())
    }

    #[track_caller]
    fn check(&self, n: u32) {
        let bound = self.bound;
        assert!(n <= bound, "{n} permits of a semaphore that has {bound}: ask for that at most");
    }

    /// As [`Semaphore::close`].
    ///
    /// # Examples
    ///
    /// ```
    /// use anyrt::sync::{BoundedSemaphore, TryAcquireError};
    ///
    /// let semaphore = BoundedSemaphore::new(1);
    /// semaphore.close();
    /// assert_eq!(semaphore.try_acquire().unwrap_err(), TryAcquireError::Closed);
    /// ```
    pub fn close(&self) {
        self.semaphore.close();
    }

    /// As [`Semaphore::is_closed`].
    ///
    /// # Examples
    ///
    /// ```
    /// use anyrt::sync::BoundedSemaphore;
    ///
    /// let semaphore = BoundedSemaphore::new(1);
    /// assert!(!semaphore.is_closed());
    /// semaphore.close();
    /// assert!(semaphore.is_closed());
    /// ```
    pub fn is_closed(&self) -> bool {
        self.semaphore.is_closed()
    }

    /// As [`Semaphore::available`].
    ///
    /// # Examples
    ///
    /// ```
    /// use anyrt::sync::BoundedSemaphore;
    ///
    /// let semaphore = BoundedSemaphore::new(3);
    /// let _permit = semaphore.try_acquire_many(2).unwrap();
    /// assert_eq!(semaphore.available(), 1);
    /// ```
    pub fn available(&self) -> u32 {
        self.semaphore.available()
    }

    /// As [`Semaphore::statistics`].
    ///
    /// # Examples
    ///
    /// ```
    /// use anyrt::sync::BoundedSemaphore;
    ///
    /// let statistics = BoundedSemaphore::new(3).statistics();
    /// assert_eq!((statistics.available, statistics.waiting), (3, 0));
    /// ```
    pub fn statistics(&self) -> SemaphoreStatistics {
        self.semaphore.statistics()
    }
}
