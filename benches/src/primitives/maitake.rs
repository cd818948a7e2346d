use std::sync::atomic::{AtomicBool, Ordering};

use maitake_sync::{MutexGuard, WaitQueue};

use super::{Event, Mutex, Named, RwLock, Semaphore};

const NAME: &str = "maitake-sync";

impl Named for maitake_sync::Mutex<u64> {
    const NAME: &'static str = NAME;
}
impl Mutex for maitake_sync::Mutex<u64> {
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

impl Named for maitake_sync::RwLock<u64> {
    const NAME: &'static str = NAME;
}
impl RwLock for maitake_sync::RwLock<u64> {
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

impl Named for maitake_sync::Semaphore {
    const NAME: &'static str = NAME;
}
impl Semaphore for maitake_sync::Semaphore {
    #[inline]
    fn make(permits: u32) -> Self {
        Self::new(permits as usize)
    }
    #[inline]
    fn acquire(&self, n: u32) -> impl Future<Output: Send> + Send {
        Self::acquire(self, n as usize)
    }
}

/// A flag beside its wait queue.
#[derive(Debug)]
pub struct MaitakeEvent {
    set: AtomicBool,
    queue: WaitQueue,
}

impl Named for MaitakeEvent {
    const NAME: &'static str = "maitake-sync";
}
impl Event for MaitakeEvent {
    #[inline]
    fn make() -> Self {
        Self { set: AtomicBool::new(false), queue: WaitQueue::new() }
    }
    #[inline]
    fn set(&self) {
        self.set.store(true, Ordering::SeqCst);
        self.queue.wake_all();
    }
    #[inline]
    fn clear(&self) {
        self.set.store(false, Ordering::SeqCst);
    }
    #[inline]
    async fn wait(&self) {
        if self.set.load(Ordering::Acquire) {
            return;
        }
        let set = || self.set.load(Ordering::SeqCst);
        self.queue.wait_for(set).await.expect("it is never closed");
    }
}
