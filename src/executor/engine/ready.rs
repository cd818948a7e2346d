//! Jobs that are over, in that order: what `as_completed` and `wait` take from.

use std::future::poll_fn;
use std::pin::pin;
use std::task::{Context, Poll, Waker};
use std::time::Duration;

use crate::primitives::diagnosis::Label;
use crate::wait::{Queue, block_on, block_on_within};

/// Keys of jobs that are over, and the one who waits for them.
pub(crate) struct Ready(Queue<State>);

#[derive(Debug, Default)]
struct State {
    keys: Vec<u32>,
    waker: Option<Waker>,
}

impl Ready {
    pub(crate) fn new() -> Self {
        Self(Queue::new(0, State::default(), Label::internal()))
    }

    /// Makes room for so many keys, so that a push allocates nothing.
    pub(crate) fn reserve(&self, keys: usize) {
        let mut room = Vec::with_capacity(keys);
        let mut state = self.0.lock();
        room.extend_from_slice(&state.keys);
        std::mem::swap(&mut state.keys, &mut room);
        drop(state); // before the old room
    }

    /// A job is over.
    pub(super) fn push(&self, key: u32) {
        let mut state = self.0.lock();
        state.keys.push(key);
        let waker = state.waker.take();
        drop(state);
        if let Some(waker) = waker {
            waker.wake();
        }
    }

    /// Exchanges the empty `keys` for those that came; or has the waker called when one comes. One
    /// waits at a time.
    pub(crate) fn poll_take(&self, keys: &mut Vec<u32>, cx: &mut Context<'_>) -> Poll<()> {
        debug_assert!(keys.is_empty());
        if self.try_take(keys) {
            return Poll::Ready(());
        }
        let waker = cx.waker().clone();
        let mut state = self.0.lock();
        if state.keys.is_empty() {
            let old = state.waker.replace(waker);
            drop(state); // before the old one
            drop(old);
            return Poll::Pending;
        }
        std::mem::swap(&mut state.keys, keys);
        Poll::Ready(())
    }

    /// Likewise, if there are some: whether there were.
    pub(crate) fn try_take(&self, keys: &mut Vec<u32>) -> bool {
        let mut state = self.0.lock();
        let some = !state.keys.is_empty();
        if some {
            std::mem::swap(&mut state.keys, keys);
        }
        some
    }

    /// Likewise, on a thread.
    pub(crate) fn take_blocking(&self, keys: &mut Vec<u32>) {
        block_on(pin!(poll_fn(|cx| self.poll_take(keys, cx))));
    }

    /// Likewise, for no longer than `limit`: `false` when that has passed.
    pub(crate) fn take_within_blocking(&self, keys: &mut Vec<u32>, limit: Duration) -> bool {
        block_on_within(pin!(poll_fn(|cx| self.poll_take(keys, cx))), limit).is_some()
    }
}
