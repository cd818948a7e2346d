use anyrt::sync::{self, LockGuard};

use super::{Barrier, BlockingMutex, Condition, Event, Mutex, Named, RwLock, Semaphore};

const NAME: &str = "anyrt";

impl Named for sync::Lock<u64> {
    const NAME: &'static str = NAME;
}
impl Mutex for sync::Lock<u64> {
    type Guard<'a> = LockGuard<'a, u64>;
    #[inline]
    fn make() -> Self {
        Self::new(0)
    }
    #[inline]
    fn lock(&self) -> impl Future<Output = Self::Guard<'_>> + Send {
        Self::lock(self)
    }
}
impl BlockingMutex for sync::Lock<u64> {
    type Guard<'a> = LockGuard<'a, u64>;
    #[inline]
    fn make() -> Self {
        Self::new(0)
    }
    #[inline]
    fn lock(&self) -> Self::Guard<'_> {
        self.lock_blocking()
    }
}

/// A strictly fair lock.
#[derive(Debug)]
pub struct FairLock(sync::Lock<u64>);

impl Named for FairLock {
    const NAME: &'static str = "anyrt, fair";
}
impl Mutex for FairLock {
    type Guard<'a> = LockGuard<'a, u64>;
    #[inline]
    fn make() -> Self {
        Self(sync::Lock::fair(0))
    }
    #[inline]
    fn lock(&self) -> impl Future<Output = Self::Guard<'_>> + Send {
        self.0.lock()
    }
}
impl BlockingMutex for FairLock {
    type Guard<'a> = LockGuard<'a, u64>;
    #[inline]
    fn make() -> Self {
        Self(sync::Lock::fair(0))
    }
    #[inline]
    fn lock(&self) -> Self::Guard<'_> {
        self.0.lock_blocking()
    }
}

impl Named for sync::RwLock<u64> {
    const NAME: &'static str = NAME;
}
impl RwLock for sync::RwLock<u64> {
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

impl Named for sync::Semaphore {
    const NAME: &'static str = NAME;
}
impl Semaphore for sync::Semaphore {
    #[inline]
    fn make(permits: u32) -> Self {
        Self::new(permits)
    }
    #[inline]
    fn acquire(&self, n: u32) -> impl Future<Output: Send> + Send {
        self.acquire_many(n)
    }
}

/// A strictly fair semaphore.
#[derive(Debug)]
pub struct FairSemaphore(sync::Semaphore);

impl Named for FairSemaphore {
    const NAME: &'static str = "anyrt, fair";
}
impl Semaphore for FairSemaphore {
    #[inline]
    fn make(permits: u32) -> Self {
        Self(sync::Semaphore::fair(permits))
    }
    #[inline]
    fn acquire(&self, n: u32) -> impl Future<Output: Send> + Send {
        self.0.acquire_many(n)
    }
}

impl Named for sync::Event {
    const NAME: &'static str = NAME;
}
impl Event for sync::Event {
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
        self.clear();
    }
    #[inline]
    fn wait(&self) -> impl Future<Output = ()> + Send {
        self.wait()
    }
}

/// A condition and a lock.
#[derive(Debug)]
pub struct AnyrtCondition(sync::Lock<u64>, sync::Condition);

impl Named for AnyrtCondition {
    const NAME: &'static str = NAME;
}
impl Condition for AnyrtCondition {
    type Lock = sync::Lock<u64>;
    #[inline]
    fn make() -> Self {
        Self(sync::Lock::new(0), sync::Condition::new())
    }
    #[inline]
    fn mutex(&self) -> &sync::Lock<u64> {
        &self.0
    }
    #[inline]
    fn wait<'a>(
        &'a self,
        guard: LockGuard<'a, u64>,
    ) -> impl Future<Output = LockGuard<'a, u64>> + Send {
        self.1.wait(guard)
    }
    #[inline]
    fn notify_one(&self) {
        self.1.notify(1);
    }
    #[inline]
    fn notify_all(&self) {
        self.1.notify_all();
    }
}

impl Named for sync::Barrier {
    const NAME: &'static str = NAME;
}
impl Barrier for sync::Barrier {
    #[inline]
    fn make(parties: u32) -> Self {
        Self::new(parties)
    }
    #[inline]
    async fn wait(&self) -> bool {
        self.wait().await.is_ok_and(|arrival| arrival.is_leader())
    }
}
