use super::{Barrier, BlockingMutex, Mutex, Named, RwLock, Semaphore};

const NAME: &str = "saa";

impl Named for saa::Mutex<u64> {
    const NAME: &'static str = NAME;
}
impl Mutex for saa::Mutex<u64> {
    type Guard<'a> = saa::MutexGuard<'a, u64>;
    #[inline]
    fn make() -> Self {
        Self::new(0)
    }
    #[inline]
    fn lock(&self) -> impl Future<Output = Self::Guard<'_>> + Send {
        saa::lock_async(self)
    }
}
impl BlockingMutex for saa::Mutex<u64> {
    type Guard<'a> = saa::MutexGuard<'a, u64>;
    #[inline]
    fn make() -> Self {
        Self::new(0)
    }
    #[inline]
    fn lock(&self) -> Self::Guard<'_> {
        Self::lock(self)
    }
}

impl Named for saa::RwLock<u64> {
    const NAME: &'static str = NAME;
}
impl RwLock for saa::RwLock<u64> {
    #[inline]
    fn make() -> Self {
        Self::new(0)
    }
    #[inline]
    fn read(&self) -> impl Future<Output: std::ops::Deref<Target = u64> + Send> + Send {
        saa::read_async(self)
    }
    #[inline]
    fn write(&self) -> impl Future<Output: std::ops::DerefMut<Target = u64> + Send> + Send {
        saa::write_async(self)
    }
}

/// Its semaphore, with a guard.
#[derive(Debug)]
pub struct SaaSemaphore(saa::Semaphore);

struct Permits<'a>(&'a saa::Semaphore, usize);

impl Drop for Permits<'_> {
    #[inline]
    fn drop(&mut self) {
        self.0.release_many(self.1);
    }
}

impl Named for SaaSemaphore {
    const NAME: &'static str = NAME;
}
impl Semaphore for SaaSemaphore {
    #[inline]
    fn make(permits: u32) -> Self {
        Self(saa::Semaphore::with_permits(permits as usize))
    }
    #[inline]
    fn acquire(&self, n: u32) -> impl Future<Output: Send> + Send {
        async move {
            self.0.acquire_many_async(n as usize).await;
            Permits(&self.0, n as usize)
        }
    }
}

impl Named for saa::Barrier {
    const NAME: &'static str = NAME;
}
impl Barrier for saa::Barrier {
    #[inline]
    fn make(parties: u32) -> Self {
        Self::with_count(parties as usize)
    }
    #[inline]
    fn wait(&self) -> impl Future<Output = bool> + Send {
        self.wait_async()
    }
}
