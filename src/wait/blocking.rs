use std::future::Future;
use std::pin::Pin;
use std::task::{Context, Poll};
use std::time::Duration;

use crate::primitives::{Parker, now};

/// Waits for a future of this crate's on this thread: a parked thread is a waiter like any other.
pub(crate) fn block_on<F: Future>(mut future: Pin<&mut F>) -> F::Output {
    Parker::with(|parker| {
        let mut cx = Context::from_waker(parker.waker());
        loop {
            match future.as_mut().poll(&mut cx) {
                Poll::Ready(output) => return output,
                Poll::Pending => parker.park(),
            }
        }
    })
}

/// Likewise, but not for longer than `limit`: `None` when that has passed. The future is still there
/// then; a limit too far to reckon is none.
pub(crate) fn block_on_within<F: Future>(
    mut future: Pin<&mut F>,
    limit: Duration,
) -> Option<F::Output> {
    let Some(deadline) = now().checked_add(limit) else {
        return Some(block_on(future));
    };
    Parker::with(|parker| {
        let mut cx = Context::from_waker(parker.waker());
        loop {
            match future.as_mut().poll(&mut cx) {
                Poll::Ready(output) => return Some(output),
                Poll::Pending if parker.park_until(deadline) => {}
                Poll::Pending => return None,
            }
        }
    })
}
