//! Locks for threads only: what blocking can cost at least.

use super::{BlockingMutex, Named};

/// std's mutex.
pub type Std = std::sync::Mutex<u64>;

impl Named for Std {
    const NAME: &'static str = "std";
}
impl BlockingMutex for Std {
    type Guard<'a> = std::sync::MutexGuard<'a, u64>;
    #[inline]
    fn make() -> Self {
        Self::new(0)
    }
    #[inline]
    fn lock(&self) -> Self::Guard<'_> {
        self.lock().expect("nobody panics")
    }
}

impl Named for parking_lot::Mutex<u64> {
    const NAME: &'static str = "parking_lot";
}
impl BlockingMutex for parking_lot::Mutex<u64> {
    type Guard<'a> = parking_lot::MutexGuard<'a, u64>;
    #[inline]
    fn make() -> Self {
        Self::new(0)
    }
    #[inline]
    fn lock(&self) -> Self::Guard<'_> {
        Self::lock(self)
    }
}
