//! A solution: the flag is under the lock.

use super::Whistles;
use crate::steps::{Condvar, Mutex};

pub(super) struct Whistle {
    has_blown: Mutex<bool>,
    blows: Condvar,
}

impl Whistles for Whistle {
    fn new() -> Self {
        Self { has_blown: Mutex::new(false), blows: Condvar::new() }
    }

    fn sleep(&self) {
        let mut has_blown = self.has_blown.lock().expect("not poisoned");
        while !*has_blown {
            has_blown = self.blows.wait(has_blown).expect("not poisoned");
        }
        *has_blown = false;
    }

    fn blow(&self) {
        *self.has_blown.lock().expect("not poisoned") = true;
        self.blows.notify_one();
    }
}
