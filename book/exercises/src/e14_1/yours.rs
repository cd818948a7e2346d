//! Loom runs this on two threads. Its atomics, mutex and condition variable work as std's do.

use loom::sync::atomic::Ordering;

use super::Whistles;
use crate::steps::{AtomicBool, Condvar, Mutex};

pub(super) struct Whistle {
    has_blown: AtomicBool,
    lock: Mutex<()>,
    blows: Condvar,
}

impl Whistles for Whistle {
    fn new() -> Self {
        Self {
            has_blown: AtomicBool::new(false),
            lock: Mutex::new(()),
            blows: Condvar::new(),
        }
    }

    fn sleep(&self) {
        while !self.has_blown.swap(false, Ordering::SeqCst) {
            let guard = self.lock.lock().expect("not poisoned");
            drop(self.blows.wait(guard));
        }
    }

    fn blow(&self) {
        self.has_blown.store(true, Ordering::SeqCst);
        self.blows.notify_one();
    }
}
