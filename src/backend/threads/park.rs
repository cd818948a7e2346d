//! Waiting of whole threads.

use std::future::Future;
#[cfg(target_os = "linux")]
use std::io::Write as _;
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
    /// Set before the first wait.
    sleeper: OnceLock<Sleeper>,
    notified: AtomicBool,
}

/// Who waits.
enum Sleeper {
    Thread(Thread),
    /// A worker that is polled.
    #[cfg(feature = "async-io")]
    Polled(Waker),
}

impl Parker {
    pub(super) fn new() -> Self {
        Self { sleeper: OnceLock::new(), notified: AtomicBool::new(false) }
    }

    /// Makes the calling thread the one that waits.
    pub(super) fn adopt(&self) {
        self.sleeper.get_or_init(|| Sleeper::Thread(thread::current()));
    }

    /// Makes it the one that `waker` wakes, which asks for the token by [`take`](Self::take).
    #[cfg(feature = "async-io")]
    pub(super) fn adopt_polled(&self, waker: &Waker) {
        self.sleeper.get_or_init(|| Sleeper::Polled(waker.clone()));
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
        if !self.notified.swap(true, Ordering::AcqRel) {
            self.nudge();
        }
    }

    /// Has it look again, without a token.
    pub(super) fn nudge(&self) {
        match self.sleeper.get() {
            Some(Sleeper::Thread(thread)) => thread.unpark(),
            #[cfg(feature = "async-io")]
            Some(Sleeper::Polled(waker)) => waker.wake_by_ref(),
            None => {}
        }
    }

    pub(super) fn take(&self) -> bool {
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

/// Has the timeouts of a thread end on time: Linux may be 50 µs late with them, to save wake-ups.
///
/// Only while it sleeps, as threads and programs that a task starts inherit it, whose own sleeps would be an
/// interrupt each. Best effort: without it sleeps are a little later.
pub(super) struct Punctual {
    /// Where to ask for it, and what was asked for before.
    #[cfg(target_os = "linux")]
    slack: Option<(std::fs::File, Vec<u8>)>,
}

#[cfg(target_os = "linux")]
impl Punctual {
    /// Of the calling thread.
    pub(super) fn new() -> Self {
        let slack = || -> std::io::Result<_> {
            let link = std::fs::read_link("/proc/thread-self")?;
            let id = link.file_name().ok_or(std::io::ErrorKind::InvalidData)?;
            let path = std::path::Path::new("/proc").join(id).join("timerslack_ns");
            let before = std::fs::read(&path)?;
            Ok((std::fs::OpenOptions::new().write(true).open(path)?, before))
        };
        Self { slack: slack().ok() }
    }

    pub(super) fn during<T>(&mut self, sleep: impl FnOnce() -> T) -> T {
        let mut ask = |on_time: bool| {
            if let Some((file, before)) = &mut self.slack {
                let _refused = file.write(if on_time { b"1" } else { before });
            }
        };
        ask(true);
        let slept = sleep();
        ask(false);
        slept
    }
}

#[cfg(not(target_os = "linux"))]
impl Punctual {
    pub(super) fn new() -> Self {
        Self {}
    }

    pub(super) fn during<T>(&mut self, sleep: impl FnOnce() -> T) -> T {
        sleep()
    }
}
