use mea::barrier::Barrier as Band;
use mea::condvar::Condvar;
use mea::mutex::{Mutex as Lock, MutexGuard};

use super::{Barrier, Condition, Mutex, Named, RwLock, Semaphore};

const NAME: &str = "mea";

impl Named for Lock<u64> {
    const NAME: &'static str = NAME;
}
impl Mutex for Lock<u64> {
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

impl Named for mea::rwlock::RwLock<u64> {
    const NAME: &'static str = NAME;
}
impl RwLock for mea::rwlock::RwLock<u64> {
    #[inline]
    fn make() -> Self {
        Self::new(0)
    }
    #[inline]
    fn read(&self) -> impl Future<Output: std::ops::Deref<Target = u64> + Send> + Send {
        Self::read(self)
    }
    #[inline]
    fn write(&self) -> impl Future<Output: std::ops::DerefMut<Target = u64> + Send> + Send {
        Self::write(self)
    }
}

impl Named for mea::semaphore::Semaphore {
    const NAME: &'static str = NAME;
}
impl Semaphore for mea::semaphore::Semaphore {
    #[inline]
    fn make(permits: u32) -> Self {
        Self::new(permits as usize)
    }
    #[inline]
    fn acquire(&self, n: u32) -> impl Future<Output: Send> + Send {
        Self::acquire(self, n as usize)
    }
}

/// A condition and a mutex.
#[derive(Debug)]
pub struct MeaCondition(Lock<u64>, Condvar);

impl Named for MeaCondition {
    const NAME: &'static str = NAME;
}
impl Condition for MeaCondition {
    type Lock = Lock<u64>;
    #[inline]
    fn make() -> Self {
        Self(Lock::new(0), Condvar::new())
    }
    #[inline]
    fn mutex(&self) -> &Lock<u64> {
        &self.0
    }
    #[inline]
    fn wait<'a>(
        &'a self,
        guard: MutexGuard<'a, u64>,
    ) -> impl Future<Output = MutexGuard<'a, u64>> + Send {
        self.1.wait(guard)
    }
    #[inline]
    fn notify_one(&self) {
        self.1.notify_one();
    }
    #[inline]
    fn notify_all(&self) {
        self.1.notify_all();
    }
}

impl Named for Band {
    const NAME: &'static str = NAME;
}
impl Barrier for Band {
    #[inline]
    fn make(parties: u32) -> Self {
        Self::new(parties)
    }
    #[inline]
    async fn wait(&self) -> bool {
        self.wait().await.is_leader()
    }
}
