//! Loom runs this on three threads. The mutex and the condition variable are loom's, which
//! work as std's do: `wait` unlocks, sleeps, and locks again.

use super::Permits;
use crate::steps::{Condvar, Mutex};

pub(super) struct Semaphore {
    free: Mutex<u32>,
    given_back: Condvar,
}

impl Permits for Semaphore {
    fn new(permits: u32) -> Self {
        Self { free: Mutex::new(permits), given_back: Condvar::new() }
    }

    fn acquire(&self) {
        let mut free = self.free.lock().expect("not poisoned");
        if *free == 0 {
            free = self.given_back.wait(free).expect("not poisoned");
        }
        *free = free.checked_sub(1).expect("took a permit that was not there");
    }

    fn release(&self) {
        *self.free.lock().expect("not poisoned") += 1;
        self.given_back.notify_one();
    }
}
