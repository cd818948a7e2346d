//! futures-intrusive, in its fair mode, which is the one that cannot starve.

use futures_intrusive::sync::{ManualResetEvent, MutexGuard};
use futures_intrusive::sync::{Mutex as Lock, Semaphore as Permits};

use super::{Event, Mutex, Named, Semaphore};

const NAME: &str = "futures-intrusive";

/// Its mutex.
#[derive(Debug)]
pub struct IntrusiveMutex(Lock<u64>);

impl Named for IntrusiveMutex {
    const NAME: &'static str = NAME;
}
impl Mutex for IntrusiveMutex {
    type Guard<'a> = MutexGuard<'a, u64>;
    #[inline]
    fn make() -> Self {
        Self(Lock::new(0, true))
    }
    #[inline]
    fn lock(&self) -> impl Future<Output = Self::Guard<'_>> + Send {
        self.0.lock()
    }
}

/// Its semaphore.
#[derive(Debug)]
pub struct IntrusiveSemaphore(Permits);

impl Named for IntrusiveSemaphore {
    const NAME: &'static str = NAME;
}
impl Semaphore for IntrusiveSemaphore {
    #[inline]
    fn make(permits: u32) -> Self {
        Self(Permits::new(true, permits as usize))
    }
    #[inline]
    fn acquire(&self, n: u32) -> impl Future<Output: Send> + Send {
        self.0.acquire(n as usize)
    }
}

impl Named for ManualResetEvent {
    const NAME: &'static str = NAME;
}
impl Event for ManualResetEvent {
    #[inline]
    fn make() -> Self {
        Self::new(false)
    }
    #[inline]
    fn set(&self) {
        self.set();
    }
    #[inline]
    fn clear(&self) {
        self.reset();
    }
    #[inline]
    fn wait(&self) -> impl Future<Output = ()> + Send {
        self.wait()
    }
}
