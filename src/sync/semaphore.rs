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
///
/// # Examples
///
/// ```
/// use anyrt::sync::{BoundedSemaphore, Permit, PermitSource, Semaphore};
///
/// fn halve<S: PermitSource>(permit: &mut Permit<'_, S>) {
///     drop(permit.split(permit.count() / 2));
/// }
///
/// let (one, other) = (Semaphore::new(4), BoundedSemaphore::new(4));
/// let (mut few, mut many) = (one.try_acquire_many(2).unwrap(), other.try_acquire_many(4).unwrap());
/// halve(&mut few);
/// halve(&mut many);
/// assert_eq!((one.available(), other.available()), (3, 2));
/// ```
///
/// # Examples
///
/// ```
/// use anyrt::sync::{BoundedSemaphore, Permit, PermitSource, Semaphore};
///
/// fn count(permit: Permit<'_, impl PermitSource>) -> u32 {
///     permit.count()
/// }
///
/// assert_eq!(count(Semaphore::new(1).try_acquire().unwrap()), 1);
/// assert_eq!(count(BoundedSemaphore::new(2).try_acquire_many(2).unwrap()), 2);
/// ```
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
    ///
    /// # Examples
    ///
    /// ```
    /// use anyrt::sync::Semaphore;
    ///
    /// let semaphore = Semaphore::new(Semaphore::MAX_PERMITS);
    /// assert!(semaphore.add(1).is_err());
    /// ```
    pub const MAX_PERMITS: u32 = MAX_PERMITS;

    const_fn! {
        /// Makes a semaphore with so many permits; zero are allowed.
        ///
        /// # Panics
        ///
        /// If there are more than [`MAX_PERMITS`](Self::MAX_PERMITS).
        ///
        /// # Examples
        ///
        /// ```
        /// use anyrt::sync::Semaphore;
        ///
        /// static SLOTS: Semaphore = Semaphore::new(2);
        /// assert_eq!(SLOTS.available(), 2);
        /// ```
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
        ///
        /// # Examples
        ///
        /// ```
        /// use anyrt::sync::Semaphore;
        ///
        /// let semaphore = Semaphore::fair(1);
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
    ///
    /// # Examples
    ///
    /// ```
    /// use anyrt::sync::Semaphore;
    ///
    /// # futures_lite::future::block_on(async {
    /// let semaphore = Semaphore::new(2);
    /// let permit = semaphore.acquire().await.unwrap();
    /// assert_eq!(semaphore.available(), 1);
    /// drop(permit);
    /// assert_eq!(semaphore.available(), 2);
    /// # });
    /// ```
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
    ///
    /// # Examples
    ///
    /// ```
    /// use anyrt::sync::Semaphore;
    ///
    /// # futures_lite::future::block_on(async {
    /// let megabytes = Semaphore::new(64);
    /// let permit = megabytes.acquire_many(48).await.unwrap();
    /// assert_eq!((permit.count(), megabytes.available()), (48, 16));
    /// # });
    /// ```
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
    ///
    /// # Examples
    ///
    /// ```
    /// use anyrt::sync::{Closed, Semaphore};
    ///
    /// let semaphore = Semaphore::new(1);
    /// let permit = semaphore.acquire_blocking().unwrap();
    /// semaphore.close();
    /// assert_eq!(semaphore.acquire_blocking().unwrap_err(), Closed);
    /// assert_eq!(permit.count(), 1); // stays valid
    /// ```
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
    ///
    /// # Examples
    ///
    /// ```
    /// use anyrt::sync::Semaphore;
    ///
    /// let semaphore = Semaphore::new(3);
    /// let _permit = semaphore.acquire_many_blocking(2).unwrap();
    /// assert_eq!(semaphore.available(), 1);
    /// ```
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
    ///
    /// # Examples
    ///
    /// ```
    /// use anyrt::sync::{AcquireError, Semaphore};
    /// use std::time::Duration;
    ///
    /// let semaphore = Semaphore::new(1);
    /// let late = semaphore.acquire_within_blocking(2, Duration::from_millis(1));
    /// assert_eq!(late.unwrap_err(), AcquireError::TimedOut);
    /// assert!(semaphore.acquire_within_blocking(1, Duration::ZERO).is_ok());
    /// ```
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
    ///
    /// # Examples
    ///
    /// ```
    /// use anyrt::sync::{Semaphore, TryAcquireError};
    ///
    /// let semaphore = Semaphore::new(1);
    /// let _permit = semaphore.try_acquire().unwrap();
    /// assert_eq!(semaphore.try_acquire().unwrap_err(), TryAcquireError::NoPermits);
    /// ```
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
    ///
    /// # Examples
    ///
    /// ```
    /// use anyrt::sync::{Semaphore, TryAcquireError};
    ///
    /// let semaphore = Semaphore::new(3);
    /// assert_eq!(semaphore.try_acquire_many(4).unwrap_err(), TryAcquireError::NoPermits);
    /// assert_eq!(semaphore.try_acquire_many(3).unwrap().count(), 3);
    /// ```
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
    ///
    /// # Examples
    ///
    /// ```
    /// use anyrt::sync::Semaphore;
    /// use std::sync::Arc;
    ///
    /// # futures_lite::future::block_on(async {
    /// let semaphore = Arc::new(Semaphore::new(2));
    /// let permit = Arc::clone(&semaphore).acquire_owned(2).await.unwrap();
    /// std::thread::spawn(move || drop(permit)).join().unwrap();
    /// assert_eq!(semaphore.available(), 2);
    /// # });
    /// ```
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
    ///
    /// # Examples
    ///
    /// ```
    /// use anyrt::sync::Semaphore;
    /// use std::sync::Arc;
    ///
    /// let permit = Arc::new(Semaphore::new(2)).acquire_owned_blocking(1).unwrap();
    /// assert_eq!(permit.count(), 1);
    /// ```
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
    ///
    /// # Examples
    ///
    /// ```
    /// use anyrt::sync::{Semaphore, TryAcquireError};
    /// use std::sync::Arc;
    ///
    /// let semaphore = Arc::new(Semaphore::new(1));
    /// let _permit = Arc::clone(&semaphore).try_acquire_owned(1).unwrap();
    /// assert_eq!(semaphore.try_acquire_owned(1).unwrap_err(), TryAcquireError::NoPermits);
    /// ```
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
    ///
    /// # Examples
    ///
    /// ```
    /// use anyrt::sync::{Overfull, Semaphore};
    ///
    /// let semaphore = Semaphore::new(0);
    /// semaphore.add(2).unwrap();
    /// assert_eq!(semaphore.available(), 2);
    /// assert_eq!(semaphore.add(Semaphore::MAX_PERMITS), Err(Overfull));
    /// ```
    #[doc(alias = "release", alias = "add_permits")]
    pub fn add(&self, n: u32) -> Result<(), Overfull> {
        if self.permits.add(n) { Ok(()) } else { Err(Overfull) }
    }

    /// Removes up to `n` of the free permits, and tells how many those were.
    ///
    /// # Examples
    ///
    /// ```
    /// use anyrt::sync::Semaphore;
    ///
    /// let semaphore = Semaphore::new(3);
    /// assert_eq!(semaphore.forget(2), 2);
    /// assert_eq!(semaphore.forget(2), 1); // there was one left
    /// ```
    pub fn forget(&self, n: u32) -> u32 {
        self.permits.remove(n)
    }

    /// Ends all waits with [`Closed`], those to come as well. Permits that were taken stay valid.
    ///
    /// # Examples
    ///
    /// ```
    /// use anyrt::sync::{Semaphore, TryAcquireError};
    ///
    /// let semaphore = Semaphore::new(1);
    /// semaphore.close();
    /// assert_eq!(semaphore.try_acquire().unwrap_err(), TryAcquireError::Closed);
    /// ```
    pub fn close(&self) {
        self.permits.close();
    }

    /// Whether it was closed.
    ///
    /// # Memory ordering
    ///
    /// What was done before the `close` happens-before this returns `true`.
    ///
    /// # Examples
    ///
    /// ```
    /// use anyrt::sync::Semaphore;
    ///
    /// let semaphore = Semaphore::new(1);
    /// assert!(!semaphore.is_closed());
    /// semaphore.close();
    /// assert!(semaphore.is_closed());
    /// ```
    pub fn is_closed(&self) -> bool {
        self.permits.is_closed()
    }

    /// The permits that are free, as of just now.
    ///
    /// # Examples
    ///
    /// ```
    /// use anyrt::sync::Semaphore;
    ///
    /// let semaphore = Semaphore::new(3);
    /// let _permit = semaphore.try_acquire_many(2).unwrap();
    /// assert_eq!(semaphore.available(), 1);
    /// ```
    pub fn available(&self) -> u32 {
        self.permits.available()
    }

    /// Who is there, as of just now. Takes time in proportion to the waiters.
    ///
    /// # Examples
    ///
    /// ```
    /// use anyrt::sync::Semaphore;
    ///
    /// let statistics = Semaphore::new(3).statistics();
    /// assert_eq!((statistics.available, statistics.waiting), (3, 0));
    /// ```
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
///
/// # Examples
///
/// ```
/// use anyrt::sync::Semaphore;
///
/// # futures_lite::future::block_on(async {
/// let semaphore = Semaphore::new(0);
/// let mut waiter = Box::pin(semaphore.acquire());
/// assert!(futures_lite::future::poll_once(&mut waiter).await.is_none());
/// assert_eq!(semaphore.statistics().waiting, 1);
/// # });
/// ```
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
    ///
    /// # Examples
    ///
    /// ```
    /// use anyrt::sync::{Acquire, Semaphore};
    ///
    /// let semaphore = Semaphore::new(1);
    /// let acquire: Acquire<'_> = semaphore.acquire();
    /// assert_eq!(semaphore.available(), 1); // nothing happens before it is polled
    /// assert_eq!(futures_lite::future::block_on(acquire).unwrap().count(), 1);
    /// ```
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
///
/// # Examples
///
/// ```
/// use anyrt::sync::{Permit, Semaphore};
///
/// let semaphore = Semaphore::new(1);
/// let permit: Permit<'_> = semaphore.try_acquire().unwrap();
/// drop(permit);
/// assert_eq!(semaphore.available(), 1);
/// ```
#[derive(Debug)]
#[must_use = "a permit that is not kept is given back at once"]
#[clippy::has_significant_drop]
pub struct Permit<'a, S: PermitSource = Semaphore> {
    semaphore: &'a S,
    n: u32,
}

/// Permits that keep their semaphore alive, of [`Semaphore::acquire_owned`] and
/// [`BoundedSemaphore::acquire_owned`](super::BoundedSemaphore::acquire_owned).
///
/// # Examples
///
/// ```
/// use anyrt::sync::{OwnedPermit, Semaphore};
/// use std::sync::Arc;
///
/// let permit: OwnedPermit = Arc::new(Semaphore::new(1)).try_acquire_owned(1).unwrap();
/// assert_eq!(permit.count(), 1); // and nothing else has the semaphore
/// ```
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
    ///
    /// # Examples
    ///
    /// ```
    /// let semaphore = anyrt::sync::Semaphore::new(5);
    /// assert_eq!(semaphore.try_acquire_many(3).unwrap().count(), 3);
    /// ```
    pub fn count(&self) -> u32 {
        self.n
    }

    /// Splits `n` of the permits off; `None` if there are fewer.
    ///
    /// # Examples
    ///
    /// ```
    /// let semaphore = anyrt::sync::Semaphore::new(5);
    /// let mut permit = semaphore.try_acquire_many(5).unwrap();
    /// drop(permit.split(2));
    /// assert_eq!((permit.count(), semaphore.available()), (3, 2));
    /// assert!(permit.split(4).is_none());
    /// ```
    pub fn split(&mut self, n: u32) -> Option<Self> {
        self.n = self.n.checked_sub(n)?;
        Some(Self { semaphore: self.semaphore, n })
    }

    /// Does not give the permits back: the semaphore has fewer from now on; a bounded one until
    /// [`release`](super::BoundedSemaphore::release) gives them back.
    ///
    /// # Examples
    ///
    /// ```
    /// let semaphore = anyrt::sync::Semaphore::new(5);
    /// semaphore.try_acquire_many(2).unwrap().forget();
    /// assert_eq!(semaphore.available(), 3);
    /// ```
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
    ///
    /// # Examples
    ///
    /// ```
    /// let semaphore = std::sync::Arc::new(anyrt::sync::Semaphore::new(5));
    /// assert_eq!(semaphore.try_acquire_owned(3).unwrap().count(), 3);
    /// ```
    pub fn count(&self) -> u32 {
        self.n
    }

    /// Splits `n` of the permits off; `None` if there are fewer.
    ///
    /// # Examples
    ///
    /// ```
    /// let semaphore = std::sync::Arc::new(anyrt::sync::Semaphore::new(5));
    /// let mut permit = semaphore.try_acquire_owned(5).unwrap();
    /// let part = permit.split(2).unwrap();
    /// assert_eq!((permit.count(), part.count()), (3, 2));
    /// ```
    pub fn split(&mut self, n: u32) -> Option<Self> {
        self.n = self.n.checked_sub(n)?;
        Some(Self { semaphore: Arc::clone(&self.semaphore), n })
    }

    /// Does not give the permits back: the semaphore has fewer from now on; a bounded one until
    /// [`release`](super::BoundedSemaphore::release) gives them back.
    ///
    /// # Examples
    ///
    /// ```
    /// use std::sync::Arc;
    ///
    /// let semaphore = Arc::new(anyrt::sync::Semaphore::new(5));
    /// Arc::clone(&semaphore).try_acquire_owned(2).unwrap().forget();
    /// assert_eq!(semaphore.available(), 3);
    /// ```
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
