//! A solution.

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
        while *free == 0 {
            free = self.given_back.wait(free).expect("not poisoned");
        }
        *free -= 1;
    }

    fn release(&self) {
        *self.free.lock().expect("not poisoned") += 1;
        self.given_back.notify_one();
    }
}
