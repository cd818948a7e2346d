use std::pin::pin;
use std::sync::atomic::{AtomicBool, Ordering};

use tokio::sync::{self, MutexGuard, Notify};

use super::{Barrier, Condition, Event, Mutex, Named, RwLock, Semaphore};

const NAME: &str = "tokio";

impl Named for sync::Mutex<u64> {
    const NAME: &'static str = NAME;
}
impl Mutex for sync::Mutex<u64> {
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
        Self::new(permits as usize)
    }
    #[inline]
    fn acquire(&self, n: u32) -> impl Future<Output: Send> + Send {
        self.acquire_many(n)
    }
}

/// A flag beside a `Notify`, as its docs show.
#[derive(Debug)]
pub struct NotifyEvent {
    set: AtomicBool,
    notify: Notify,
}

impl Named for NotifyEvent {
    const NAME: &'static str = "tokio + Notify";
}
impl Event for NotifyEvent {
    #[inline]
    fn make() -> Self {
        Self { set: AtomicBool::new(false), notify: Notify::new() }
    }
    #[inline]
    fn set(&self) {
        self.set.store(true, Ordering::SeqCst);
        self.notify.notify_waiters();
    }
    #[inline]
    fn clear(&self) {
        self.set.store(false, Ordering::SeqCst);
    }
    #[inline]
    async fn wait(&self) {
        while !self.set.load(Ordering::Acquire) {
            let notified = self.notify.notified();
            if self.set.load(Ordering::SeqCst) {
                return;
            }
            notified.await;
        }
    }
}

/// A `Notify` beside a mutex, the usual stand-in.
#[derive(Debug)]
pub struct TokioCondition(sync::Mutex<u64>, Notify);

impl Named for TokioCondition {
    const NAME: &'static str = "tokio + Notify";
}
impl Condition for TokioCondition {
    type Lock = sync::Mutex<u64>;
    #[inline]
    fn make() -> Self {
        Self(sync::Mutex::new(0), Notify::new())
    }
    #[inline]
    fn mutex(&self) -> &sync::Mutex<u64> {
        &self.0
    }
    #[inline]
    async fn wait<'a>(&'a self, guard: MutexGuard<'a, u64>) -> MutexGuard<'a, u64> {
        let mut notified = pin!(self.1.notified());
        notified.as_mut().enable();
        drop(guard);
        notified.await;
        self.0.lock().await
    }
    #[inline]
    fn notify_one(&self) {
        self.1.notify_one();
    }
    #[inline]
    fn notify_all(&self) {
        self.1.notify_waiters();
    }
}

impl Named for sync::Barrier {
    const NAME: &'static str = NAME;
}
impl Barrier for sync::Barrier {
    #[inline]
    fn make(parties: u32) -> Self {
        Self::new(parties as usize)
    }
    #[inline]
    async fn wait(&self) -> bool {
        self.wait().await.is_leader()
    }
}
