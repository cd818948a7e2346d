//! The loom side of the door: the names of the crate's `primitives`, under the model checker.

#[path = "../../src/primitives/no_diagnosis.rs"]
pub(crate) mod diagnosis;

pub(crate) use crate::atomics::{AtomicU8, AtomicU32, AtomicUsize};
use crate::clock;
pub(crate) use loom::cell::UnsafeCell;
use loom::sync::{Condvar, Mutex, MutexGuard};
pub(crate) use std::sync::Arc;
pub(crate) use std::sync::atomic::Ordering;
use std::task::{Wake, Waker};
use std::time::Instant;

/// So small that three waiters are enough to see a batch end.
pub(crate) const WAKE_BATCH: usize = 2;

/// Spinning has nothing to show.
pub(crate) const SPINS: u32 = 0;

/// Loom's atomics are not made in constants.
macro_rules! const_fn {
    ($(#[$meta:meta])* $vis:vis const fn $($rest:tt)*) => {
        $(#[$meta])* $vis fn $($rest)*
    };
}
pub(crate) use const_fn;

/// Lets the others run: whoever spins waits for them.
pub(crate) fn spin_hint() {
    loom::thread::yield_now();
}

/// Looking again has nothing to show.
pub(crate) fn pauses() -> impl Iterator<Item = ()> {
    std::iter::empty()
}

/// Looking longer has nothing to show.
#[derive(Debug)]
pub(crate) struct Spin;

#[allow(clippy::unused_self, reason = "the crate's door remembers something")]
impl Spin {
    pub(crate) fn new() -> Self {
        Self
    }

    pub(crate) fn rounds(&mut self) -> u32 {
        0
    }

    pub(crate) fn pause() {
        spin_hint();
    }

    pub(crate) fn paid(&mut self) {}
}

/// Wakes, and lets the others run, or loom would poll for ever.
pub(crate) fn poll_again(waker: &Waker) {
    waker.wake_by_ref();
    loom::thread::yield_now();
}

/// Loom fails a model as soon as something panics.
pub(crate) fn panicking() -> bool {
    false
}

/// A number that is given out once, in this execution and all others: no step of the search.
pub(crate) fn fresh_id() -> usize {
    static LAST: std::sync::atomic::AtomicUsize = std::sync::atomic::AtomicUsize::new(0);
    LAST.fetch_add(1, Ordering::Relaxed) + 1
}

/// The number of this thread of the model.
pub(crate) fn thread_id() -> usize {
    loom::thread_local! {
        static ID: usize = fresh_id();
    }
    ID.with(|id| *id)
}

/// Loom's mutex: its every order is explored, and a deadlock is found.
#[derive(Debug)]
pub(crate) struct RawLock(Mutex<()>);

/// Unlocks when dropped.
#[derive(Debug)]
pub(crate) struct RawGuard<'a>(
    #[expect(dead_code, reason = "held for its drop")] MutexGuard<'a, ()>,
);

impl RawLock {
    pub(crate) fn new() -> Self {
        Self(Mutex::new(()))
    }

    pub(crate) fn lock(&self) -> RawGuard<'_> {
        RawGuard(self.0.lock().expect("loom's mutex knows no poison"))
    }

    pub(crate) fn lock_patiently(&self) -> RawGuard<'_> {
        self.lock()
    }

    /// Loom finds the deadlock by itself.
    #[expect(clippy::unused_self, reason = "the crate's door knows which lock")]
    pub(crate) fn expose<R>(&self, f: impl FnOnce() -> R) -> R {
        f()
    }
}

/// Time, of which a model has none: what has begun is overdue when the model says so.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub(crate) struct Stamp {
    begun: bool,
}

impl Stamp {
    pub(crate) const NONE: Self = Self { begun: false };

    pub(crate) fn begin_or_is_overdue(&mut self) -> bool {
        std::mem::replace(&mut self.begun, true) && clock::is_overdue()
    }
}

/// A deadline has passed when the model says so, whatever the time.
pub(crate) fn now() -> Instant {
    Instant::now()
}

/// A thread that sleeps. A deadline has passed as soon as it is looked at: a thread may be late at
/// every point of the schedule.
#[derive(Debug)]
pub(crate) struct Parker {
    sleeper: Arc<Sleeper>,
    waker: Waker,
}

/// Not loom's `Notify`: that wakes by itself, once, which doubles every model that sleeps; and not its
/// `park`, which is no step of the search.
#[derive(Debug)]
struct Sleeper {
    woken: Mutex<bool>,
    bell: Condvar,
}

impl Parker {
    pub(crate) fn with<R>(f: impl FnOnce(&Self) -> R) -> R {
        let sleeper = Arc::new(Sleeper { woken: Mutex::new(false), bell: Condvar::new() });
        f(&Self { waker: Waker::from(Arc::clone(&sleeper)), sleeper })
    }

    pub(crate) fn waker(&self) -> &Waker {
        &self.waker
    }

    pub(crate) fn park(&self) {
        let mut woken = self.sleeper.lock();
        while !*woken {
            woken = self.sleeper.bell.wait(woken).expect("loom's mutex knows no poison");
        }
        *woken = false;
    }

    pub(crate) fn park_until(&self, _deadline: Instant) -> bool {
        std::mem::take(&mut *self.sleeper.lock())
    }
}

impl Sleeper {
    fn lock(&self) -> MutexGuard<'_, bool> {
        self.woken.lock().expect("loom's mutex knows no poison")
    }
}

impl Wake for Sleeper {
    fn wake(self: Arc<Self>) {
        *self.lock() = true;
        self.bell.notify_one();
    }
}
