//! The errors of the contract: small, concrete, the same on every backend.

use std::any::Any;
use std::fmt;
use std::sync::{Mutex, PoisonError};

/// Why a task or a blocking job gave no value.
///
/// One concrete type on every backend, so that no runtime's error leaks into a caller's bounds.
///
/// # Examples
///
/// ```
/// use anyrt::prelude::*;
///
/// let owner = anyrt::ThreadsOwner::new().unwrap();
/// let error = owner.run(|rt| async move {
///     rt.spawn_blocking(|| panic!("no such page")).await.unwrap_err()
/// });
/// assert_eq!(error.message(), Some("no such page"));
/// ```
pub enum JoinError {
    /// The body panicked; the payload is kept.
    Panicked(Panic),
    /// The body was aborted, or its runtime shut down, before it finished.
    Cancelled,
}

impl JoinError {
    /// Makes the error of a caught panic from what `catch_unwind` returned.
    pub fn from_panic(payload: Box<dyn Any + Send + 'static>) -> Self {
        Self::Panicked(Panic::new(payload))
    }

    /// Whether the body panicked.
    pub fn is_panic(&self) -> bool {
        matches!(self, Self::Panicked(_))
    }

    /// Whether the body was aborted or its runtime shut down.
    pub fn is_cancelled(&self) -> bool {
        matches!(self, Self::Cancelled)
    }

    /// The panic's message, if the body panicked with a string, as `panic!` does.
    pub fn message(&self) -> Option<&str> {
        match self {
            Self::Panicked(panic) => panic.message(),
            Self::Cancelled => None,
        }
    }

    /// Carries the failure on into this thread: a panic goes on unwinding with its own payload.
    ///
    /// # Panics
    ///
    /// Always: that is what it is for.
    pub fn resume(self) -> ! {
        match self {
            Self::Panicked(panic) => std::panic::resume_unwind(panic.into_payload()),
            Self::Cancelled => panic!("the task was cancelled before it gave a value"),
        }
    }
}

impl fmt::Debug for JoinError {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        match self {
            Self::Panicked(panic) => f.debug_tuple("Panicked").field(panic).finish(),
            Self::Cancelled => f.write_str("Cancelled"),
        }
    }
}

impl fmt::Display for JoinError {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        match (self, self.message()) {
            (Self::Panicked(_), Some(message)) => write!(f, "the task panicked: {message}"),
            (Self::Panicked(_), None) => f.write_str("the task panicked"),
            (Self::Cancelled, _) => {
                f.write_str("the task was cancelled: aborted, or its runtime shut down")
            }
        }
    }
}

impl std::error::Error for JoinError {}

/// The payload of a caught panic.
pub struct Panic(
    /// Boxed once more, so that a `Result<T, JoinError>` stays one word larger than its `T`.
    Box<Payload>,
);

struct Payload {
    /// The text, taken out once, so that reading it needs no lock.
    message: Option<Box<str>>,
    /// A payload is only `Send`; the mutex makes it `Sync` without unsafe code and is never locked.
    value: Mutex<Box<dyn Any + Send + 'static>>,
}

impl Panic {
    #[cold]
    pub(crate) fn new(value: Box<dyn Any + Send + 'static>) -> Self {
        let text = value.downcast_ref::<&'static str>().copied();
        let text = text.or_else(|| value.downcast_ref::<String>().map(String::as_str));
        Self(Box::new(Payload { message: text.map(Box::from), value: Mutex::new(value) }))
    }

    /// The message, if the panic was raised with a string, as `panic!` does.
    pub fn message(&self) -> Option<&str> {
        self.0.message.as_deref()
    }

    /// The value that the panic was raised with.
    pub fn into_payload(self) -> Box<dyn Any + Send + 'static> {
        self.0.value.into_inner().unwrap_or_else(PoisonError::into_inner)
    }
}

impl fmt::Debug for Panic {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.debug_tuple("Panic").field(&self.message().unwrap_or("<not a string>")).finish()
    }
}

/// A deadline passed first.
///
/// # Examples
///
/// ```
/// use anyrt::prelude::*;
/// use std::time::Duration;
///
/// let owner = anyrt::ThreadsOwner::new().unwrap();
/// let late = owner.run(|rt| async move {
///     rt.timeout(Duration::from_millis(5), std::future::pending::<()>()).await
/// });
/// assert_eq!(late, Err(anyrt::TimedOut));
/// ```
#[derive(Debug, Clone, Copy, PartialEq, Eq, Hash)]
pub struct TimedOut;

impl fmt::Display for TimedOut {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.write_str("the deadline passed before the future was ready")
    }
}

impl std::error::Error for TimedOut {}

/// The ambient runtime was asked for where none is in scope.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Hash)]
pub struct NoRuntime;

impl fmt::Display for NoRuntime {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.write_str(
            "no ambient runtime is in scope: wrap the future in `anyrt::with_runtime(rt, ...)`, \
             or pass the runtime as a value (`async fn app<R: Runtime>(rt: R)`)",
        )
    }
}

impl std::error::Error for NoRuntime {}

/// A runtime could not be started.
#[derive(Debug)]
#[non_exhaustive]
pub enum BuildError {
    /// Zero worker threads were asked for.
    NoWorkers,
    /// Zero threads for blocking work were asked for.
    NoBlockingThreads,
    /// The operating system refused a thread, a timer or an event queue.
    Os(std::io::Error),
}

impl fmt::Display for BuildError {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        match self {
            Self::NoWorkers => f.write_str(
                "a runtime needs at least one worker thread: ask for 1 or more, \
                 or leave the number out for one per core",
            ),
            Self::NoBlockingThreads => f.write_str(
                "a runtime needs at least one thread for blocking work: ask for 1 or more",
            ),
            Self::Os(error) => write!(f, "the operating system refused a resource: {error}"),
        }
    }
}

impl std::error::Error for BuildError {
    fn source(&self) -> Option<&(dyn std::error::Error + 'static)> {
        match self {
            Self::Os(error) => Some(error),
            Self::NoWorkers | Self::NoBlockingThreads => None,
        }
    }
}

impl From<std::io::Error> for BuildError {
    fn from(error: std::io::Error) -> Self {
        Self::Os(error)
    }
}

/// A task-local value was asked for outside its scope.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Hash)]
pub struct NotSet;

impl fmt::Display for NotSet {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.write_str("the task-local value is not set here: wrap the future in `KEY.scope(value, ...)`; spawned tasks do not inherit it")
    }
}

impl std::error::Error for NotSet {}
