//! Waiting of whole threads.

use std::future::Future;
use std::pin::pin;
use std::sync::atomic::{AtomicBool, Ordering};
use std::sync::{Arc, OnceLock};
use std::task::{Context, Poll, Wake, Waker};
use std::thread::{self, Thread};
use std::time::Duration;

use crate::primitives::Spin;

/// Lets one thread, the one that made it, wait for a token.
///
/// Its own flag beside `std`'s, because code of users may park, and unpark, the same thread.
pub(super) struct Parker {
    /// Set before the first park.
    thread: OnceLock<Thread>,
    notified: AtomicBool,
}

impl Parker {
    pub(super) fn new() -> Self {
        Self { thread: OnceLock::new(), notified: AtomicBool::new(false) }
    }

    /// Makes the calling thread the one that waits.
    pub(super) fn adopt(&self) {
        self.thread.get_or_init(thread::current);
    }

    /// Waits for the token and takes it.
    pub(super) fn park(&self) {
        while !self.take() {
            thread::park();
        }
    }

    /// Waits actively for the token and takes it; false without it.
    fn spin(&self, rounds: u32) -> bool {
        (0..rounds).any(|_| {
            Spin::pause();
            self.notified.load(Ordering::Relaxed)
        }) && self.take()
    }

    /// Waits for the token and takes it, but not for long; false without it.
    pub(super) fn park_timeout(&self, timeout: Duration) -> bool {
        self.take() || {
            thread::park_timeout(timeout);
            self.take()
        }
    }

    /// Gives the token.
    pub(super) fn unpark(&self) {
        // Ordering: Release, for the `Acquire` in `take`, and Acquire for its `Release`: a thread not
        // seen here has yet to look at the flag.
        if !self.notified.swap(true, Ordering::AcqRel)
            && let Some(thread) = self.thread.get()
        {
            thread.unpark();
        }
    }

    fn take(&self) -> bool {
        // Ordering: Acquire, to see what was done before the token was given; Release, see there.
        self.notified.swap(false, Ordering::AcqRel)
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
    parker.adopt();
    (parker.clone(), parker.into())
}

/// Polls `future` on this thread until it is ready.
pub(super) fn block_on<F: Future>(future: F) -> F::Output {
    let mut future = pin!(future);
    let mut spin = Spin::new();
    // While the thread ends, its locals are gone.
    let (parker, waker) = PARKER.try_with(Clone::clone).unwrap_or_else(|_| parker());
    let mut cx = Context::from_waker(&waker);
    loop {
        if let Poll::Ready(output) = future.as_mut().poll(&mut cx) {
            return output;
        }
        if parker.spin(spin.rounds()) {
            spin.paid();
        } else {
            parker.park();
        }
    }
}

/// Asks Linux to end this thread's timeouts on time; by default it may be 50 µs late with them, to
/// save wake-ups. Best effort: without it sleeps are a little later.
pub(super) fn be_punctual() {
    #[cfg(target_os = "linux")]
    if let Ok(link) = std::fs::read_link("/proc/thread-self")
        && let Some(thread) = link.file_name()
    {
        let slack = std::path::Path::new("/proc").join(thread).join("timerslack_ns");
        let _refused = std::fs::write(slack, "1");
    }
}
