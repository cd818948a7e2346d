use std::fmt;
use std::future::Future;
use std::mem;
use std::pin::{Pin, pin};
use std::task::{Context, Poll};
use std::time::Duration;

use pin_project_lite::pin_project;

use super::booking::MAX_PERMITS;
use super::error::{AcquireError, Closed, Overfull, TryAcquireError};
use super::permits::{NoMore, Permits, Unavailable, Waiter};
use crate::primitives::diagnosis::{Label, Site};
use crate::primitives::{Arc, const_fn};
use crate::wait::{block_on, block_on_within};

/// A number of permits: it limits how many tasks and threads do something at a time.
///
/// # Fairness
///
/// Waiters are woken first in, first out, each when all that it asked for is free. Permits that are
/// free go to whoever asks first, which may be a task that runs just now instead of a waiter. But when
/// a waiter is passed over, also a large request by small ones, and, half a millisecond later, once
/// more, then all that are queued are served in their order. [`Semaphore::fair`] lets nobody pass, ever.
///
/// A future that was woken and is not polled any more does not keep permits from those who ask for
/// them ("futurelock"); see [`Lock`](super::Lock).
///
/// # Memory ordering
///
/// What was done before a permit was given back happens-before everything after it is acquired next.
///
/// # Examples
///
/// ```
/// use anyrt::sync::Semaphore;
///
/// static REQUESTS: Semaphore = Semaphore::new(8); // at most eight at a time
///
/// async fn fetch(page: u32) -> u32 {
///     let _permit = REQUESTS.acquire().await.expect("never closed");
///     page // and the permit is given back
/// }
/// # assert_eq!(futures_lite::future::block_on(fetch(3)), 3);
/// # assert_eq!(REQUESTS.available(), 8);
/// ```
#[derive(Debug)]
pub struct Semaphore {
    pub(super) permits: Permits<MAX_PERMITS>,
}

/// What gives permits: [`Semaphore`] and [`BoundedSemaphore`](super::BoundedSemaphore). Sealed.
pub trait PermitSource: Sealed + fmt::Debug {}

/// What a guard asks of its semaphore.
#[allow(unnameable_types, reason = "it seals `PermitSource`")]
pub trait Sealed {
    fn semaphore(&self) -> &Semaphore;

    /// So many of the permits that were taken will not come back by their guard.
    fn forgotten(&self, n: u32);
}

impl PermitSource for Semaphore {}

impl Sealed for Semaphore {
    #[inline]
    fn semaphore(&self) -> &Self {
        self
    }

    fn forgotten(&self, _: u32) {}
}

impl Semaphore {
    /// The most permits that a semaphore can have: 268,435,455.
    pub const MAX_PERMITS: u32 = MAX_PERMITS;

    const_fn! {
        /// Makes a semaphore with so many permits; zero are allowed.
        ///
        /// # Panics
        ///
        /// If there are more than [`MAX_PERMITS`](Self::MAX_PERMITS).
        pub const fn new(permits: u32) -> Self {
            Self { permits: Permits::new(permits, false, Label::of::<Self>()) }
        }
    }

    const_fn! {
        /// Makes a semaphore that is strictly first in, first out: a request never passes an earlier
        /// one, which costs a wake-up for each contended acquisition.
        ///
        /// # Fairness
        ///
        /// Permits that were reserved for a waiter and not taken within half a millisecond go to the
        /// next in line: a future that nobody polls does not stop the others.
        ///
        /// # Panics
        ///
        /// If there are more than [`MAX_PERMITS`](Self::MAX_PERMITS).
        pub const fn fair(permits: u32) -> Self {
            Self { permits: Permits::new(permits, true, Label::of::<Self>()) }
        }
    }

    const_fn! {
        /// Gives it a name, for the reports of the simulator and of `diagnose`. Without the feature
        /// `diagnose` this does nothing, and costs nothing.
        ///
        /// # Examples
        ///
        /// ```
        /// use anyrt::sync::Semaphore;
        ///
        /// static CONNECTIONS: Semaphore = Semaphore::new(8).named("connections");
        /// assert!(CONNECTIONS.try_acquire().is_ok());
        /// ```
        #[must_use = "what has the name is what is returned"]
        pub const fn named(mut self, name: &'static str) -> Self {
            self.set_name(name);
            self
        }
    }

    const_fn! {
        pub(super) const fn set_name(&mut self, name: &'static str) {
            self.permits.set_name(name);
        }
    }

    /// Takes a permit; the guard gives it back when it is dropped.
    ///
    /// # Cancel safety
    ///
    /// Dropping the future gives up its place in the queue, nothing else; a wake-up meant for it goes
    /// to the next in line.
    ///
    /// # Errors
    ///
    /// [`Closed`] when the semaphore is, or becomes, closed.
    #[inline]
    #[track_caller]
    pub fn acquire(&self) -> Acquire<'_> {
        self.acquire_many(1)
    }

    /// Takes `n` permits, all at once or none.
    ///
    /// # Cancel safety
    ///
    /// As [`acquire`](Self::acquire).
    ///
    /// # Errors
    ///
    /// As [`acquire`](Self::acquire).
    ///
    /// # Panics
    ///
    /// If `n` is more than [`MAX_PERMITS`](Self::MAX_PERMITS), and so can never be had.
    #[inline]
    #[track_caller]
    pub fn acquire_many(&self, n: u32) -> Acquire<'_> {
        check(n);
        Acquire::new(self, n)
    }

    /// Takes a permit, on a thread.
    ///
    /// # Blocking
    ///
    /// Blocks the thread until there is a permit; inside of a task use [`acquire`](Self::acquire).
    ///
    /// # Errors
    ///
    /// [`Closed`] when the semaphore is, or becomes, closed.
    #[track_caller]
    pub fn acquire_blocking(&self) -> Result<Permit<'_>, Closed> {
        self.acquire_many_blocking(1)
    }

    /// Takes `n` permits, on a thread, all at once or none.
    ///
    /// # Blocking
    ///
    /// As [`acquire_blocking`](Self::acquire_blocking).
    ///
    /// # Errors
    ///
    /// [`Closed`] when the semaphore is, or becomes, closed.
    ///
    /// # Panics
    ///
    /// If `n` is more than [`MAX_PERMITS`](Self::MAX_PERMITS).
    #[track_caller]
    pub fn acquire_many_blocking(&self, n: u32) -> Result<Permit<'_>, Closed> {
        check(n);
        if self.permits.try_acquire(n).is_ok() || self.permits.spin(n) {
            return Ok(Permit { semaphore: self, n });
        }
        block_on(pin!(self.acquire_many(n)))
    }

    /// Takes `n` permits, on a thread, unless it takes longer than `limit`.
    ///
    /// # Blocking
    ///
    /// As [`acquire_blocking`](Self::acquire_blocking), but not for longer than `limit`.
    ///
    /// # Errors
    ///
    /// [`AcquireError::TimedOut`] when there were too few in time, [`AcquireError::Closed`] when the
    /// semaphore is, or becomes, closed. Free permits are taken whatever the limit.
    ///
    /// # Panics
    ///
    /// If `n` is more than [`MAX_PERMITS`](Self::MAX_PERMITS).
    #[track_caller]
    pub fn acquire_within_blocking(
        &self,
        n: u32,
        limit: Duration,
    ) -> Result<Permit<'_>, AcquireError> {
        match self.try_acquire_many(n) {
            Ok(permit) => Ok(permit),
            Err(TryAcquireError::Closed) => Err(AcquireError::Closed),
            Err(TryAcquireError::NoPermits) => {
                let acquired = block_on_within(pin!(self.acquire_many(n)), limit);
                Ok(acquired.ok_or(AcquireError::TimedOut)??)
            }
        }
    }

    /// Takes a permit if that is possible at once.
    ///
    /// # Errors
    ///
    /// [`TryAcquireError::NoPermits`], also when those that are free are reserved for one who waits;
    /// [`TryAcquireError::Closed`].
    #[inline]
    pub fn try_acquire(&self) -> Result<Permit<'_>, TryAcquireError> {
        self.try_acquire_many(1)
    }

    /// Takes `n` permits if that is possible at once.
    ///
    /// # Errors
    ///
    /// As [`try_acquire`](Self::try_acquire).
    ///
    /// # Panics
    ///
    /// If `n` is more than [`MAX_PERMITS`](Self::MAX_PERMITS).
    #[inline]
    pub fn try_acquire_many(&self, n: u32) -> Result<Permit<'_>, TryAcquireError> {
        check(n);
        match self.permits.try_acquire(n) {
            Ok(()) => Ok(Permit { semaphore: self, n }),
            Err(Unavailable::Busy) => Err(TryAcquireError::NoPermits),
            Err(Unavailable::Closed) => Err(TryAcquireError::Closed),
        }
    }

    /// [`acquire_many`](Self::acquire_many), with a guard that keeps the semaphore alive and so can
    /// go anywhere.
    ///
    /// # Cancel safety
    ///
    /// As [`acquire`](Self::acquire); the `Arc` is dropped, too.
    ///
    /// # Errors
    ///
    /// [`Closed`] when the semaphore is, or becomes, closed.
    ///
    /// # Panics
    ///
    /// If `n` is more than [`MAX_PERMITS`](Self::MAX_PERMITS).
    #[track_caller]
    pub fn acquire_owned(
        self: Arc<Self>,
        n: u32,
    ) -> impl Future<Output = Result<OwnedPermit, Closed>> {
        let site = Site::here();
        async move {
            let n = self.acquire_many(n).at(site).await?.take();
            Ok(OwnedPermit { semaphore: self, n })
        }
    }

    /// [`acquire_many_blocking`](Self::acquire_many_blocking), with a guard that keeps the semaphore
    /// alive.
    ///
    /// # Blocking
    ///
    /// As [`acquire_blocking`](Self::acquire_blocking).
    ///
    /// # Errors
    ///
    /// [`Closed`] when the semaphore is, or becomes, closed.
    ///
    /// # Panics
    ///
    /// If `n` is more than [`MAX_PERMITS`](Self::MAX_PERMITS).
    #[track_caller]
    pub fn acquire_owned_blocking(self: Arc<Self>, n: u32) -> Result<OwnedPermit, Closed> {
        let n = self.acquire_many_blocking(n)?.take();
        Ok(OwnedPermit { semaphore: self, n })
    }

    /// [`try_acquire_many`](Self::try_acquire_many), with a guard that keeps the semaphore alive.
    ///
    /// # Errors
    ///
    /// As [`try_acquire`](Self::try_acquire).
    ///
    /// # Panics
    ///
    /// If `n` is more than [`MAX_PERMITS`](Self::MAX_PERMITS).
    pub fn try_acquire_owned(self: Arc<Self>, n: u32) -> Result<OwnedPermit, TryAcquireError> {
        let n = self.try_acquire_many(n)?.take();
        Ok(OwnedPermit { semaphore: self, n })
    }

    /// Adds `n` permits to those that there are.
    ///
    /// # Errors
    ///
    /// [`Overfull`], and nothing is added, when more than [`MAX_PERMITS`](Self::MAX_PERMITS) would be
    /// free. Permits that are taken do not count: if the free ones would be too many when these come
    /// back, so many stay lost.
    #[doc(alias = "release", alias = "add_permits")]
    pub fn add(&self, n: u32) -> Result<(), Overfull> {
        if self.permits.add(n) { Ok(()) } else { Err(Overfull) }
    }

    /// Removes up to `n` of the free permits, and tells how many those were.
    pub fn forget(&self, n: u32) -> u32 {
        self.permits.remove(n)
    }

    /// Ends all waits with [`Closed`], those to come as well. Permits that were taken stay valid.
    pub fn close(&self) {
        self.permits.close();
    }

    /// Whether it was closed.
    ///
    /// # Memory ordering
    ///
    /// What was done before the `close` happens-before this returns `true`.
    pub fn is_closed(&self) -> bool {
        self.permits.is_closed()
    }

    /// The permits that are free, as of just now.
    pub fn available(&self) -> u32 {
        self.permits.available()
    }

    /// Who is there, as of just now. Takes time in proportion to the waiters.
    pub fn statistics(&self) -> SemaphoreStatistics {
        SemaphoreStatistics { available: self.available(), waiting: self.permits.waiting() }
    }
}

#[track_caller]
#[inline]
fn check(n: u32) {
    assert!(
        n <= MAX_PERMITS,
        "more permits than there can be: ask for Semaphore::MAX_PERMITS at most"
    );
}

/// The view of [`Semaphore::statistics`].
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
#[non_exhaustive]
pub struct SemaphoreStatistics {
    /// The permits that are free.
    pub available: u32,
    /// How many are queued. One that was woken and is on its way counts no more.
    pub waiting: usize,
}

pin_project! {
    /// The future of [`Semaphore::acquire`] and [`Semaphore::acquire_many`], and of those of a
    /// [`BoundedSemaphore`](super::BoundedSemaphore).
    #[must_use = "futures do nothing unless awaited"]
    #[derive(Debug)]
    pub struct Acquire<'a, S = Semaphore> where S: PermitSource {
        semaphore: &'a S,
        n: u32,
        site: Site,
        #[pin]
        slot: Option<Waiter<'a>>,
    }

    impl<S> PinnedDrop for Acquire<'_, S> where S: PermitSource {
        fn drop(this: Pin<&mut Self>) {
            let this = this.project();
            this.semaphore.semaphore().permits.cancel_slot(this.slot.as_ref(), *this.n);
        }
    }
}

impl<'a, S: PermitSource> Acquire<'a, S> {
    #[inline]
    #[track_caller]
    pub(super) fn new(semaphore: &'a S, n: u32) -> Self {
        Self { semaphore, n, site: Site::here(), slot: None }
    }

    /// As if it had been called there.
    pub(super) fn at(mut self, site: Site) -> Self {
        self.site = site;
        self
    }
}

impl<'a, S: PermitSource> Future for Acquire<'a, S> {
    type Output = Result<Permit<'a, S>, Closed>;

    #[inline]
    fn poll(self: Pin<&mut Self>, cx: &mut Context<'_>) -> Poll<Self::Output> {
        let this = self.project();
        let (semaphore, n): (&'a S, u32) = (this.semaphore, *this.n);
        semaphore.semaphore().permits.poll_acquire(this.slot, n, *this.site, cx).map(|result| {
            match result {
                Ok(()) => Ok(Permit { semaphore, n }),
                Err(NoMore) => Err(Closed),
            }
        })
    }
}

/// Permits of a semaphore; given back when dropped, on whatever thread.
#[derive(Debug)]
#[must_use = "a permit that is not kept is given back at once"]
#[clippy::has_significant_drop]
pub struct Permit<'a, S: PermitSource = Semaphore> {
    semaphore: &'a S,
    n: u32,
}

/// Permits that keep their semaphore alive, of [`Semaphore::acquire_owned`] and
/// [`BoundedSemaphore::acquire_owned`](super::BoundedSemaphore::acquire_owned).
#[derive(Debug)]
#[must_use = "a permit that is not kept is given back at once"]
#[clippy::has_significant_drop]
pub struct OwnedPermit<S: PermitSource = Semaphore> {
    pub(super) semaphore: Arc<S>,
    pub(super) n: u32,
}

impl<'a, S: PermitSource> Permit<'a, S> {
    #[inline]
    pub(super) fn new(semaphore: &'a S, n: u32) -> Self {
        Self { semaphore, n }
    }

    /// How many permits these are.
    pub fn count(&self) -> u32 {
        self.n
    }

    /// Splits `n` of the permits off; `None` if there are fewer.
    pub fn split(&mut self, n: u32) -> Option<Self> {
        self.n = self.n.checked_sub(n)?;
        Some(Self { semaphore: self.semaphore, n })
    }

    /// Does not give the permits back: the semaphore has fewer from now on.
    pub fn forget(self) {
        self.semaphore.forgotten(self.n);
        self.take();
    }

    /// What another guard is made of.
    pub(super) fn take(self) -> u32 {
        let n = self.n;
        mem::forget(self);
        n
    }
}

impl<S: PermitSource> OwnedPermit<S> {
    /// How many permits these are.
    pub fn count(&self) -> u32 {
        self.n
    }

    /// Splits `n` of the permits off; `None` if there are fewer.
    pub fn split(&mut self, n: u32) -> Option<Self> {
        self.n = self.n.checked_sub(n)?;
        Some(Self { semaphore: Arc::clone(&self.semaphore), n })
    }

    /// Does not give the permits back: the semaphore has fewer from now on.
    pub fn forget(mut self) {
        self.semaphore.forgotten(mem::take(&mut self.n));
    }
}

impl<S: PermitSource> Drop for Permit<'_, S> {
    #[inline]
    fn drop(&mut self) {
        if self.n > 0 {
            self.semaphore.semaphore().permits.release(self.n);
        }
    }
}

impl<S: PermitSource> Drop for OwnedPermit<S> {
    #[inline]
    fn drop(&mut self) {
        if self.n > 0 {
            self.semaphore.semaphore().permits.release(self.n);
        }
    }
}
