use asyncband::barrier::Barrier as Band;
use asyncband::condvar::Condvar;
use asyncband::mutex::{Mutex as Lock, MutexGuard};

use super::{Barrier, Condition, Event, Mutex, Named, RwLock, Semaphore};

const NAME: &str = "asyncband";

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

impl Named for asyncband::rwlock::RwLock<u64> {
    const NAME: &'static str = NAME;
}
impl RwLock for asyncband::rwlock::RwLock<u64> {
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

impl Named for asyncband::semaphore::Semaphore {
    const NAME: &'static str = NAME;
}
impl Semaphore for asyncband::semaphore::Semaphore {
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
pub struct AsyncbandCondition(Lock<u64>, Condvar);

impl Named for AsyncbandCondition {
    const NAME: &'static str = NAME;
}
impl Condition for AsyncbandCondition {
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

impl Named for asyncband::event::ManualResetEvent {
    const NAME: &'static str = NAME;
}
impl Event for asyncband::event::ManualResetEvent {
    #[inline]
    fn make() -> Self {
        Self::new()
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
        Self::wait(self)
    }
}
