//! The shuttle side of the door.

#[path = "../../../src/primitives/no_diagnosis.rs"]
pub(crate) mod diagnosis;

use shuttle::rand::{Rng, thread_rng};
pub(crate) use shuttle::sync::atomic::{AtomicU8, AtomicU32, AtomicUsize, Ordering};
use shuttle::sync::{Mutex, MutexGuard};
use shuttle::thread::{self, Thread};
pub(crate) use std::sync::Arc;
use std::task::{Wake, Waker};
use std::time::Instant;

pub(crate) const WAKE_BATCH: usize = 2;
pub(crate) const SPINS: u32 = 1;

macro_rules! const_fn {
    ($(#[$meta:meta])* $vis:vis const fn $($rest:tt)*) => {
        $(#[$meta])* $vis fn $($rest)*
    };
}
pub(crate) use const_fn;

pub(crate) fn spin_hint() {
    thread::yield_now();
}

pub(crate) fn pauses() -> impl Iterator<Item = ()> {
    std::iter::once_with(spin_hint)
}

#[derive(Debug)]
pub(crate) struct Spin;

#[allow(clippy::unused_self, reason = "the crate's door remembers something")]
impl Spin {
    pub(crate) fn new() -> Self {
        Self
    }

    pub(crate) fn rounds(&mut self) -> u32 {
        1
    }

    pub(crate) fn pause() {
        spin_hint();
    }

    pub(crate) fn paid(&mut self) {}
}

pub(crate) fn poll_again(waker: &Waker) {
    waker.wake_by_ref();
    thread::yield_now();
}

pub(crate) fn panicking() -> bool {
    std::thread::panicking()
}

pub(crate) fn fresh_id() -> usize {
    static LAST: std::sync::atomic::AtomicUsize = std::sync::atomic::AtomicUsize::new(0);
    LAST.fetch_add(1, Ordering::Relaxed) + 1
}

pub(crate) fn thread_id() -> usize {
    shuttle::thread_local! {
        static ID: usize = fresh_id();
    }
    ID.with(|id| *id)
}

/// Shuttle interleaves only at its own operations, so a borrow is never half done; whether two may
/// overlap is loom's question.
#[derive(Debug)]
pub(crate) struct UnsafeCell<T: ?Sized>(std::cell::UnsafeCell<T>);

impl<T> UnsafeCell<T> {
    pub(crate) fn new(value: T) -> Self {
        Self(std::cell::UnsafeCell::new(value))
    }

    pub(crate) fn into_inner(self) -> T {
        self.0.into_inner()
    }
}

impl<T: ?Sized> UnsafeCell<T> {
    pub(crate) fn with<R>(&self, f: impl FnOnce(*const T) -> R) -> R {
        f(self.0.get())
    }

    pub(crate) fn with_mut<R>(&self, f: impl FnOnce(*mut T) -> R) -> R {
        f(self.0.get())
    }
}

/// A deadline has passed when the model says so, whatever the time.
pub(crate) fn now() -> Instant {
    Instant::now()
}

#[derive(Debug)]
pub(crate) struct RawLock(Mutex<()>);

#[derive(Debug)]
pub(crate) struct RawGuard<'a>(
    #[expect(dead_code, reason = "held for its drop")] MutexGuard<'a, ()>,
);

impl RawLock {
    pub(crate) fn new() -> Self {
        Self(Mutex::new(()))
    }

    pub(crate) fn lock(&self) -> RawGuard<'_> {
        RawGuard(self.0.lock().unwrap())
    }

    pub(crate) fn lock_patiently(&self) -> RawGuard<'_> {
        self.lock()
    }

    #[expect(clippy::unused_self, reason = "the crate's door knows which lock")]
    pub(crate) fn expose<R>(&self, f: impl FnOnce() -> R) -> R {
        f()
    }
}

/// What has begun is overdue by chance.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub(crate) struct Stamp {
    begun: bool,
}

impl Stamp {
    pub(crate) const NONE: Self = Self { begun: false };

    pub(crate) fn begin_or_is_overdue(&mut self) -> bool {
        std::mem::replace(&mut self.begun, true) && thread_rng().gen_bool(0.3)
    }
}

#[derive(Debug)]
pub(crate) struct Parker {
    sleeper: Arc<Sleeper>,
    waker: Waker,
}

#[derive(Debug)]
struct Sleeper {
    thread: Thread,
    woken: shuttle::sync::atomic::AtomicBool,
}

impl Parker {
    pub(crate) fn with<R>(f: impl FnOnce(&Self) -> R) -> R {
        let woken = shuttle::sync::atomic::AtomicBool::new(false);
        let sleeper = Arc::new(Sleeper { thread: thread::current(), woken });
        f(&Self { waker: Waker::from(Arc::clone(&sleeper)), sleeper })
    }

    pub(crate) fn waker(&self) -> &Waker {
        &self.waker
    }

    pub(crate) fn park(&self) {
        while !self.sleeper.woken.swap(false, Ordering::SeqCst) {
            thread::park();
        }
    }

    /// A deadline passes by chance.
    pub(crate) fn park_until(&self, _deadline: Instant) -> bool {
        while !self.sleeper.woken.swap(false, Ordering::SeqCst) {
            if thread_rng().gen_bool(0.3) {
                return false;
            }
            thread::yield_now();
        }
        true
    }
}

impl Wake for Sleeper {
    fn wake(self: Arc<Self>) {
        if !self.woken.swap(true, Ordering::SeqCst) {
            self.thread.unpark();
        }
    }
}
