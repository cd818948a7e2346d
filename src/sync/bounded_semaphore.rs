use std::time::Duration;

use super::error::{AcquireError, Closed, Overfull, TryAcquireError};
use super::{Acquire, Permit, Semaphore, SemaphoreStatistics};
use crate::primitives::const_fn;

/// A [`Semaphore`] that refuses to have more permits than it began with: what is given back too often
/// is an error, not a permit.
///
/// Guards cannot err so; [`forget`](Permit::forget) and [`release`](Self::release) can.
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
    pub fn acquire_blocking(&self) -> Result<Permit<'_>, Closed> {
        self.semaphore.acquire_blocking()
    }

    /// As [`Semaphore::acquire_within_blocking`], for one permit.
    ///
    /// # Blocking
    ///
    /// As there.
    ///
    /// # Errors
    ///
    /// As there.
    pub fn acquire_within_blocking(&self, limit: Duration) -> Result<Permit<'_>, AcquireError> {
        self.semaphore.acquire_within_blocking(1, limit)
    }

    /// As [`Semaphore::try_acquire`].
    ///
    /// # Errors
    ///
    /// As there.
    pub fn try_acquire(&self) -> Result<Permit<'_>, TryAcquireError> {
        self.semaphore.try_acquire()
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
