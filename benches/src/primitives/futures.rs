use futures::lock::{Mutex as Lock, MutexGuard};

use super::{Mutex, Named};

/// Its mutex.
pub type FuturesMutex = Lock<u64>;

impl Named for FuturesMutex {
    const NAME: &'static str = "futures";
}
impl Mutex for FuturesMutex {
    type Guard<'a> = MutexGuard<'a, u64>;
    #[inline]
    fn make() -> Self {
        Self::new(0)
    }
    #[inline]
    fn lock(&self) -> impl Future<Output = Self::Guard<'_>> + Send {
        Self::lock(self)
    }
}
