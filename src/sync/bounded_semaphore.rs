use std::time::Duration;

use super::error::{AcquireError, Closed, Overfull, TryAcquireError};
use super::semaphore::Keeper;
use super::{Acquire, OwnedPermit, Permit, Semaphore, SemaphoreStatistics};
use crate::primitives::diagnosis::Site;
use crate::primitives::{Arc, const_fn};

/// A [`Semaphore`] that refuses to have more permits than it began with: what is given back too often
/// is an error, not a permit.
///
/// Guards cannot err so; [`forget`](Permit::forget) and [`release`](Self::release) can.
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
    pub(super) semaphore: Semaphore,
    bound: u32,
}

impl BoundedSemaphore {
    const_fn! {
        /// Makes a semaphore with so many permits, and never more.
        ///
        /// # Panics
        ///
        /// If there are more than [`Semaphore::MAX_PERMITS`].
        pub const fn new(permits: u32) -> Self {
            Self { semaphore: Semaphore::new(permits), bound: permits }
        }
    }

    const_fn! {
        /// Makes one that is strictly first in, first out; see [`Semaphore::fair`].
        ///
        /// # Panics
        ///
        /// If there are more than [`Semaphore::MAX_PERMITS`].
        pub const fn fair(permits: u32) -> Self {
            Self { semaphore: Semaphore::fair(permits), bound: permits }
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
    pub fn bound(&self) -> u32 {
        self.bound
    }

    /// Gives back `n` permits whose guards were forgotten.
    ///
    /// # Errors
    ///
    /// [`Overfull`], and nothing is given back, when more would be free than it began with.
    pub fn release(&self, n: u32) -> Result<(), Overfull> {
        if self.semaphore.permits.add(n, self.bound) { Ok(()) } else { Err(Overfull) }
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
    #[track_caller]
    pub fn acquire(&self) -> Acquire<'_> {
        self.semaphore.acquire()
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
    #[track_caller]
    pub fn acquire_blocking(&self) -> Result<Permit<'_>, Closed> {
        self.semaphore.acquire_blocking()
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
    #[track_caller]
    pub fn acquire_many(&self, n: u32) -> Acquire<'_> {
        self.check(n);
        self.semaphore.acquire_many(n)
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
    #[track_caller]
    pub fn acquire_many_blocking(&self, n: u32) -> Result<Permit<'_>, Closed> {
        self.check(n);
        self.semaphore.acquire_many_blocking(n)
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
    #[track_caller]
    pub fn acquire_within_blocking(
        &self,
        n: u32,
        limit: Duration,
    ) -> Result<Permit<'_>, AcquireError> {
        self.check(n);
        self.semaphore.acquire_within_blocking(n, limit)
    }

    /// As [`Semaphore::try_acquire`].
    ///
    /// # Errors
    ///
    /// As there.
    pub fn try_acquire(&self) -> Result<Permit<'_>, TryAcquireError> {
        self.semaphore.try_acquire()
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
    pub fn try_acquire_many(&self, n: u32) -> Result<Permit<'_>, TryAcquireError> {
        self.check(n);
        self.semaphore.try_acquire_many(n)
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
    #[track_caller]
    pub fn acquire_owned(
        self: Arc<Self>,
        n: u32,
    ) -> impl Future<Output = Result<OwnedPermit, Closed>> {
        let site = Site::here();
        async move {
            self.acquire_many(n).at(site).await?.forget();
            Ok(OwnedPermit { of: Keeper::Bounded(self), n }) // what the forgotten guard held
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
    #[track_caller]
    pub fn acquire_owned_blocking(self: Arc<Self>, n: u32) -> Result<OwnedPermit, Closed> {
        self.acquire_many_blocking(n)?.forget();
        Ok(OwnedPermit { of: Keeper::Bounded(self), n }) // what the forgotten guard held
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
    pub fn try_acquire_owned(self: Arc<Self>, n: u32) -> Result<OwnedPermit, TryAcquireError> {
        self.try_acquire_many(n)?.forget();
        Ok(OwnedPermit { of: Keeper::Bounded(self), n }) // what the forgotten guard held
    }

    #[track_caller]
    fn check(&self, n: u32) {
        let bound = self.bound;
        assert!(n <= bound, "{n} permits of a semaphore that has {bound}: ask for that at most");
    }

    /// As [`Semaphore::close`].
    pub fn close(&self) {
        self.semaphore.close();
    }

    /// As [`Semaphore::is_closed`].
    pub fn is_closed(&self) -> bool {
        self.semaphore.is_closed()
    }

    /// As [`Semaphore::available`].
    pub fn available(&self) -> u32 {
        self.semaphore.available()
    }

    /// As [`Semaphore::statistics`].
    pub fn statistics(&self) -> SemaphoreStatistics {
        self.semaphore.statistics()
    }
}
