//! Wakers that count, and tokens that loom misses when they leak.

use loom::sync::Arc as LoomArc;
use std::fmt;
use std::future::Future;
use std::pin::Pin;
use std::sync::atomic::{AtomicUsize, Ordering::Relaxed};
use std::sync::{Arc, Mutex, PoisonError};
use std::task::{Context, Poll, Wake, Waker};

/// A value that must be dropped once before the execution ends, or loom reports a leak.
#[derive(Debug, Clone)]
pub struct Token(#[allow(dead_code, reason = "loom counts it")] LoomArc<()>);

impl Token {
    /// A token that nobody has leaked yet.
    #[allow(clippy::new_without_default, reason = "a token stands for one value")]
    pub fn new() -> Self {
        Self(LoomArc::new(()))
    }

    /// How many of it there are.
    pub fn count(&self) -> usize {
        LoomArc::strong_count(&self.0)
    }
}

/// A waker that counts its wakes, runs something at each, and must not leak.
pub struct Bell {
    rung: AtomicUsize,
    then: Mutex<Option<Box<dyn FnMut() + Send>>>,
    _token: Token,
}

impl Bell {
    /// Only counts.
    pub fn new() -> Arc<Self> {
        Self::build(None)
    }

    /// Runs `then` inside every wake, as a waker that polls inline does.
    pub fn with(then: impl FnMut() + Send + 'static) -> Arc<Self> {
        Self::build(Some(Box::new(then)))
    }

    fn build(then: Option<Box<dyn FnMut() + Send>>) -> Arc<Self> {
        Arc::new(Self { rung: AtomicUsize::new(0), then: Mutex::new(then), _token: Token::new() })
    }

    /// The waker.
    pub fn waker(self: &Arc<Self>) -> Waker {
        Waker::from(Arc::clone(self))
    }

    /// Polls with it.
    pub fn poll<F: Future + ?Sized>(self: &Arc<Self>, future: Pin<&mut F>) -> Poll<F::Output> {
        future.poll(&mut Context::from_waker(&self.waker()))
    }

    /// Wakes so far. Only threads that were joined are sure to be in it.
    pub fn rung(&self) -> usize {
        self.rung.load(Relaxed)
    }

    /// Wakes since the last call.
    pub fn take(&self) -> usize {
        self.rung.swap(0, Relaxed)
    }
}

impl Wake for Bell {
    fn wake(self: Arc<Self>) {
        self.rung.fetch_add(1, Relaxed);
        // Taken out meanwhile: what runs may wake again.
        let then = self.then.lock().unwrap_or_else(PoisonError::into_inner).take();
        if let Some(mut then) = then {
            then();
            *self.then.lock().unwrap_or_else(PoisonError::into_inner) = Some(then);
        }
    }
}

/// A waker that runs something when it is dropped, as one that owns a task may.
pub struct Trap(Option<Box<dyn FnOnce() + Send + Sync>>);

impl Trap {
    /// A waker that runs `then` when the last clone of it is dropped.
    pub fn waker(then: impl FnOnce() + Send + Sync + 'static) -> Waker {
        Waker::from(Arc::new(Self(Some(Box::new(then)))))
    }
}

impl Wake for Trap {
    fn wake(self: Arc<Self>) {}
}

impl Drop for Trap {
    fn drop(&mut self) {
        if let Some(then) = self.0.take() {
            then();
        }
    }
}

impl fmt::Debug for Trap {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.debug_struct("Trap").finish_non_exhaustive()
    }
}

impl fmt::Debug for Bell {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.debug_struct("Bell").field("rung", &self.rung).finish_non_exhaustive()
    }
}

/// Drives a future to its end on this thread. Loom's own `block_on` also wakes by itself, which
/// doubles a model at each call; here that is left to models about polling again.
pub fn block_on<F: Future>(future: F) -> F::Output {
    crate::wait::block_on(std::pin::pin!(future))
}

/// Polls once with a waker that does nothing.
pub fn poll_once<F: Future + ?Sized>(future: Pin<&mut F>) -> Poll<F::Output> {
    future.poll(&mut Context::from_waker(Waker::noop()))
}
