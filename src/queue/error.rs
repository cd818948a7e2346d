//! Why a queue took or gave nothing. What was to be put always comes back.

use std::error::Error;
use std::fmt;

use crate::error::TimedOut;

/// The queue is closed. Holds what was to be put, or nothing.
///
/// # Examples
///
/// ```
/// let queue = anyrt::queue::Fifo::unbounded();
/// queue.close();
/// let closed = queue.put_blocking("late").unwrap_err();
/// assert_eq!(closed.into_inner(), "late");
/// ```
#[doc(alias("ShutDown", "QueueShutDown", "SendError", "RecvError"))]
#[derive(Clone, Copy, Default, PartialEq, Eq, Hash)]
pub struct Closed<T = ()>(pub(crate) T);

impl<T> Closed<T> {
    /// What was to be put.
    pub fn into_inner(self) -> T {
        self.0
    }
}

/// Why nothing was put at once.
///
/// # Examples
///
/// ```
/// let queue = anyrt::queue::Fifo::bounded(1);
/// queue.try_put("first").unwrap();
/// let error = queue.try_put("second").unwrap_err();
/// assert!(error.is_full());
/// assert_eq!(error.into_inner(), "second");
/// ```
#[doc(alias("Full", "QueueFull", "TrySendError"))]
#[derive(Clone, Copy, PartialEq, Eq, Hash)]
#[non_exhaustive]
pub enum TryPutError<T> {
    /// The queue is full.
    Full(T),
    /// The queue is closed.
    Closed(T),
}

/// Why nothing was put within the limit.
///
/// # Examples
///
/// ```
/// let queue = anyrt::queue::Fifo::bounded(1);
/// queue.try_put("first").unwrap();
/// let error = queue.put_within_blocking("second", std::time::Duration::ZERO).unwrap_err();
/// assert!(error.is_timed_out());
/// assert_eq!(error.into_inner(), "second");
/// ```
#[doc(alias("Full", "SendTimeoutError"))]
#[derive(Clone, Copy, PartialEq, Eq, Hash)]
#[non_exhaustive]
pub enum PutError<T> {
    /// The deadline passed while the queue was full.
    TimedOut(T),
    /// The queue is closed.
    Closed(T),
}

impl<T> TryPutError<T> {
    /// What was to be put.
    pub fn into_inner(self) -> T {
        match self {
            Self::Full(item) | Self::Closed(item) => item,
        }
    }

    /// Whether the queue is full, but not closed.
    pub fn is_full(&self) -> bool {
        matches!(self, Self::Full(_))
    }
}

impl<T> PutError<T> {
    /// What was to be put.
    pub fn into_inner(self) -> T {
        match self {
            Self::TimedOut(item) | Self::Closed(item) => item,
        }
    }

    /// Whether the deadline passed.
    pub fn is_timed_out(&self) -> bool {
        matches!(self, Self::TimedOut(_))
    }
}

/// Why there was nothing to get at once.
///
/// # Examples
///
/// ```
/// use anyrt::queue::{Fifo, TryGetError};
///
/// let queue = Fifo::<u8>::unbounded();
/// assert_eq!(queue.try_get(), Err(TryGetError::Empty)); // now
/// queue.close();
/// assert_eq!(queue.try_get(), Err(TryGetError::Closed)); // for ever
/// ```
#[doc(alias("QueueEmpty", "TryRecvError"))]
#[derive(Debug, Clone, Copy, PartialEq, Eq, Hash)]
#[non_exhaustive]
pub enum TryGetError {
    /// The queue is empty.
    Empty,
    /// The queue is closed, and empty.
    Closed,
}

/// Why there was nothing to get within the limit.
///
/// # Examples
///
/// ```
/// use anyrt::queue::{Fifo, GetError};
///
/// let queue = Fifo::<u8>::unbounded();
/// let limit = std::time::Duration::ZERO;
/// assert_eq!(queue.get_within_blocking(limit), Err(GetError::TimedOut));
/// ```
#[doc(alias("Empty", "RecvTimeoutError"))]
#[derive(Debug, Clone, Copy, PartialEq, Eq, Hash)]
#[non_exhaustive]
pub enum GetError {
    /// The deadline passed while the queue was empty.
    TimedOut,
    /// The queue is closed, and empty.
    Closed,
}

/// More items were marked as done than were put; nothing was counted.
///
/// # Examples
///
/// ```
/// use anyrt::queue::{Fifo, TooManyDone};
///
/// assert_eq!(Fifo::<u8>::unbounded().task_done(), Err(TooManyDone));
/// ```
#[derive(Debug, Clone, Copy, PartialEq, Eq, Hash)]
pub struct TooManyDone;

const CLOSED: &str = "the queue is closed: nothing can be put any more";
const NO_MORE: &str = "the queue is closed and empty: there will be no more items";

impl<T> fmt::Debug for Closed<T> {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.write_str("Closed")
    }
}

impl<T> fmt::Debug for TryPutError<T> {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.write_str(if self.is_full() { "Full" } else { "Closed" })
    }
}

impl<T> fmt::Debug for PutError<T> {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.write_str(if self.is_timed_out() { "TimedOut" } else { "Closed" })
    }
}

impl<T> fmt::Display for Closed<T> {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.write_str(
            "the queue is closed: it takes no more items, and gives only those that are left",
        )
    }
}

impl<T> fmt::Display for TryPutError<T> {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.write_str(match self {
            Self::Full(_) => "the queue is full: wait with `put`",
            Self::Closed(_) => CLOSED,
        })
    }
}

impl<T> fmt::Display for PutError<T> {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.write_str(match self {
            Self::TimedOut(_) => "the deadline passed while the queue was full",
            Self::Closed(_) => CLOSED,
        })
    }
}

impl fmt::Display for TryGetError {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.write_str(match self {
            Self::Empty => "the queue is empty: wait with `get`",
            Self::Closed => NO_MORE,
        })
    }
}

impl fmt::Display for GetError {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.write_str(match self {
            Self::TimedOut => "the deadline passed while the queue was empty",
            Self::Closed => NO_MORE,
        })
    }
}

impl fmt::Display for TooManyDone {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.write_str("`task_done` was called more often than items were put: call it once for each")
    }
}

impl<T> Error for Closed<T> {}
impl<T> Error for TryPutError<T> {}
impl<T> Error for PutError<T> {}
impl Error for TryGetError {}
impl Error for GetError {}
impl Error for TooManyDone {}

impl From<Closed> for TryGetError {
    fn from(_: Closed) -> Self {
        Self::Closed
    }
}

impl From<Closed> for GetError {
    fn from(_: Closed) -> Self {
        Self::Closed
    }
}

impl From<TimedOut> for GetError {
    fn from(_: TimedOut) -> Self {
        Self::TimedOut
    }
}

impl<T> From<Closed<T>> for TryPutError<T> {
    fn from(Closed(item): Closed<T>) -> Self {
        Self::Closed(item)
    }
}

impl<T> From<Closed<T>> for PutError<T> {
    fn from(Closed(item): Closed<T>) -> Self {
        Self::Closed(item)
    }
}
