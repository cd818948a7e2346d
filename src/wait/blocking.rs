use std::future::Future;
use std::pin::Pin;
use std::task::{Context, Poll};
use std::time::{Duration, Instant};

use crate::primitives::Parker;

/// When a thread gives up.
#[derive(Debug, Clone, Copy)]
pub(crate) struct Deadline(
    /// `None`: never.
    Option<Instant>,
);

impl Deadline {
    pub(crate) const NEVER: Self = Self(None);

    /// Too far to reckon is never.
    pub(crate) fn after(limit: Duration) -> Self {
        Self(Instant::now().checked_add(limit))
    }
}

/// Waits for a future of this crate's on this thread: a parked thread is a waiter like any other.
/// `None` when the deadline came first; the future is still there then.
pub(crate) fn block_on<F: Future>(
    mut future: Pin<&mut F>,
    deadline: Deadline,
) -> Option<F::Output> {
    Parker::with(|parker| {
        let mut cx = Context::from_waker(parker.waker());
        loop {
            if let Poll::Ready(output) = future.as_mut().poll(&mut cx) {
                return Some(output);
            }
            match deadline.0 {
                None => parker.park(),
                Some(at) if parker.park_until(at) => {}
                Some(_) => return None,
            }
        }
    })
}
