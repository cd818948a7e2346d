//! Why a primitive gave nothing.

use std::error::Error;
use std::fmt;

use crate::error::TimedOut;

/// The semaphore was closed.
///
/// # Examples
///
/// ```
/// use anyrt::sync::{Closed, Semaphore};
///
/// let semaphore = Semaphore::new(1);
/// semaphore.close();
/// assert_eq!(semaphore.acquire_blocking().unwrap_err(), Closed);
/// ```
#[derive(Debug, Clone, Copy, PartialEq, Eq, Hash)]
pub struct Closed;

impl fmt::Display for Closed {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.write_str("the semaphore was closed: it gives no more permits")
    }
}

impl Error for Closed {}

/// Why there were no permits within the limit.
///
/// # Examples
///
/// ```
/// use anyrt::sync::{AcquireError, Semaphore};
/// use std::time::Duration;
///
/// let semaphore = Semaphore::new(0);
/// semaphore.close();
/// let error = semaphore.acquire_within_blocking(1, Duration::MAX).unwrap_err();
/// assert_eq!(error, AcquireError::Closed);
/// ```
#[derive(Debug, Clone, Copy, PartialEq, Eq, Hash)]
#[non_exhaustive]
pub enum AcquireError {
    /// The deadline passed first.
    TimedOut,
    /// The semaphore was closed.
    Closed,
}

impl fmt::Display for AcquireError {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        match self {
            Self::TimedOut => f.write_str("the deadline passed before there were enough permits"),
            Self::Closed => Closed.fmt(f),
        }
    }
}

impl Error for AcquireError {}

impl From<Closed> for AcquireError {
    fn from(Closed: Closed) -> Self {
        Self::Closed
    }
}

impl From<TimedOut> for AcquireError {
    fn from(_: TimedOut) -> Self {
        Self::TimedOut
    }
}

/// Why there were no permits at once.
///
/// # Examples
///
/// ```
/// use anyrt::sync::{Semaphore, TryAcquireError};
///
/// let error = Semaphore::new(0).try_acquire().map(drop).unwrap_err();
/// assert_eq!(error, TryAcquireError::NoPermits);
/// ```
#[derive(Debug, Clone, Copy, PartialEq, Eq, Hash)]
#[non_exhaustive]
pub enum TryAcquireError {
    /// Too few are free, or they are reserved for one who waits.
    NoPermits,
    /// The semaphore was closed.
    Closed,
}

impl fmt::Display for TryAcquireError {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        match self {
            Self::NoPermits => f.write_str("too few permits are free: wait with `acquire`"),
            Self::Closed => Closed.fmt(f),
        }
    }
}

impl Error for TryAcquireError {}

/// More permits were given back than were taken and forgotten, or would be free than there can be; none
/// was added.
///
/// # Examples
///
/// ```
/// use anyrt::sync::{BoundedSemaphore, Overfull};
///
/// assert_eq!(BoundedSemaphore::new(1).release(1), Err(Overfull));
/// ```
#[derive(Debug, Clone, Copy, PartialEq, Eq, Hash)]
pub struct Overfull;

impl fmt::Display for Overfull {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.write_str("more permits were given back than taken: each may be given back once")
    }
}

impl Error for Overfull {}

/// The barrier was aborted or reset, or its action panicked, while or before this party waited.
///
/// # Examples
///
/// ```
/// use anyrt::sync::{Barrier, Broken};
///
/// let barrier = Barrier::new(2);
/// barrier.abort();
/// assert_eq!(barrier.wait_blocking(), Err(Broken));
/// ```
#[derive(Debug, Clone, Copy, PartialEq, Eq, Hash)]
pub struct Broken;

impl fmt::Display for Broken {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.write_str("the barrier is broken: not all parties arrive; `reset` makes it usable again")
    }
}

impl Error for Broken {}

/// Why a barrier was not passed within the limit.
///
/// # Examples
///
/// ```
/// use anyrt::sync::{Barrier, BarrierError};
/// use std::time::Duration;
///
/// let barrier = Barrier::new(2);
/// barrier.abort();
/// assert_eq!(barrier.wait_within_blocking(Duration::MAX), Err(BarrierError::Broken));
/// ```
#[derive(Debug, Clone, Copy, PartialEq, Eq, Hash)]
#[non_exhaustive]
pub enum BarrierError {
    /// The deadline passed first; this party has withdrawn.
    TimedOut,
    /// The barrier was aborted or reset, or its action panicked.
    Broken,
}

impl fmt::Display for BarrierError {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        match self {
            Self::TimedOut => f.write_str("the deadline passed before all parties had arrived"),
            Self::Broken => Broken.fmt(f),
        }
    }
}

impl Error for BarrierError {}

impl From<Broken> for BarrierError {
    fn from(Broken: Broken) -> Self {
        Self::Broken
    }
}

impl From<TimedOut> for BarrierError {
    fn from(_: TimedOut) -> Self {
        Self::TimedOut
    }
}
