//! Waiting of whole threads.

use std::future::Future;
use std::pin::pin;
use std::sync::Arc;
use std::sync::atomic::{AtomicBool, Ordering};
use std::task::{Context, Poll, Wake, Waker};
use std::thread::{self, Thread};

/// Lets one thread, the one that made it, wait for a token.
///
/// Its own flag beside `std`'s, because code of users may park, and unpark, the same thread.
pub(super) struct Parker {
    thread: Thread,
    notified: AtomicBool,
}

impl Parker {
    /// For the calling thread.
    pub(super) fn new() -> Self {
        Self { thread: thread::current(), notified: AtomicBool::new(false) }
    }

    /// Waits for the token and takes it.
    pub(super) fn park(&self) {
        while !self.take() {
            thread::park();
        }
    }

    /// Gives the token.
    pub(super) fn unpark(&self) {
        // Ordering: Release, for the `Acquire` in `take`.
        if !self.notified.swap(true, Ordering::Release) {
            self.thread.unpark();
        }
    }

    fn take(&self) -> bool {
        // Ordering: Acquire, to see what was done before the token was given.
        self.notified.swap(false, Ordering::Acquire)
    }
}

impl Wake for Parker {
    fn wake(self: Arc<Self>) {
        self.unpark();
    }

    fn wake_by_ref(self: &Arc<Self>) {
        self.unpark();
    }
}

thread_local! {
    /// One parker per thread, for every `block_on` on it. Late wake-ups of an earlier one are
    /// possible and only cost a poll.
    static PARKER: (Arc<Parker>, Waker) = parker();
}

fn parker() -> (Arc<Parker>, Waker) {
    let parker = Arc::new(Parker::new());
    (parker.clone(), parker.into())
}

/// Polls `future` on this thread until it is ready.
pub(super) fn block_on<F: Future>(future: F) -> F::Output {
    let mut future = pin!(future);
    // While the thread ends, its locals are gone.
    let (parker, waker) = PARKER.try_with(Clone::clone).unwrap_or_else(|_| parker());
    let mut cx = Context::from_waker(&waker);
    loop {
        if let Poll::Ready(output) = future.as_mut().poll(&mut cx) {
            return output;
        }
        parker.park();
    }
}
