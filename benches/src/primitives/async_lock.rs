//! async-lock, with event-listener below it, and async-std above.

use std::sync::atomic::{AtomicBool, Ordering};

use async_lock::MutexGuard;
use event_listener::listener;

use super::{Barrier, BlockingMutex, Condition, Event, Mutex, Named, RwLock, Semaphore};

const NAME: &str = "async-lock";

impl Named for async_lock::Mutex<u64> {
    const NAME: &'static str = NAME;
}
impl Mutex for async_lock::Mutex<u64> {
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
impl BlockingMutex for async_lock::Mutex<u64> {
    type Guard<'a> = MutexGuard<'a, u64>;
    #[inline]
    fn make() -> Self {
        Self::new(0)
    }
    #[inline]
    fn lock(&self) -> Self::Guard<'_> {
        self.lock_blocking()
    }
}

impl Named for async_lock::RwLock<u64> {
    const NAME: &'static str = NAME;
}
impl RwLock for async_lock::RwLock<u64> {
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

impl Named for async_lock::Semaphore {
    const NAME: &'static str = NAME;
}
impl Semaphore for async_lock::Semaphore {
    #[inline]
    fn make(permits: u32) -> Self {
        Self::new(permits as usize)
    }
    #[inline]
    fn acquire(&self, n: u32) -> impl Future<Output: Send> + Send {
        assert_eq!(n, 1, "it takes one at a time");
        self.acquire()
    }
}

/// A flag beside event-listener's event, as its docs show; without the allocation of `listen`.
#[derive(Debug)]
pub struct ListenerEvent {
    set: AtomicBool,
    event: event_listener::Event,
}

impl Named for ListenerEvent {
    const NAME: &'static str = "event-listener";
}
impl Event for ListenerEvent {
    #[inline]
    fn make() -> Self {
        Self { set: AtomicBool::new(false), event: event_listener::Event::new() }
    }
    #[inline]
    fn set(&self) {
        self.set.store(true, Ordering::SeqCst);
        self.event.notify(usize::MAX);
    }
    #[inline]
    fn clear(&self) {
        self.set.store(false, Ordering::SeqCst);
    }
    #[inline]
    async fn wait(&self) {
        while !self.set.load(Ordering::Acquire) {
            listener!(self.event => listener);
            if self.set.load(Ordering::SeqCst) {
                return;
            }
            listener.await;
        }
    }
}

/// event-listener's event beside a mutex, the usual stand-in.
#[derive(Debug)]
pub struct AsyncLockCondition(async_lock::Mutex<u64>, event_listener::Event);

impl Named for AsyncLockCondition {
    const NAME: &'static str = "async-lock + Event";
}
impl Condition for AsyncLockCondition {
    type Lock = async_lock::Mutex<u64>;
    #[inline]
    fn make() -> Self {
        Self(async_lock::Mutex::new(0), event_listener::Event::new())
    }
    #[inline]
    fn mutex(&self) -> &async_lock::Mutex<u64> {
        &self.0
    }
    #[inline]
    async fn wait<'a>(&'a self, guard: MutexGuard<'a, u64>) -> MutexGuard<'a, u64> {
        listener!(self.1 => listener);
        drop(guard);
        listener.await;
        self.0.lock().await
    }
    #[inline]
    fn notify_one(&self) {
        self.1.notify_additional(1);
    }
    #[inline]
    fn notify_all(&self) {
        self.1.notify(usize::MAX);
    }
}

/// async-std's `Condvar`, whose mutex is async-lock's.
#[derive(Debug)]
pub struct AsyncStdCondition(async_lock::Mutex<u64>, async_std::sync::Condvar);

impl Named for AsyncStdCondition {
    const NAME: &'static str = "async-std";
}
impl Condition for AsyncStdCondition {
    type Lock = async_lock::Mutex<u64>;
    #[inline]
    fn make() -> Self {
        Self(async_lock::Mutex::new(0), async_std::sync::Condvar::new())
    }
    #[inline]
    fn mutex(&self) -> &async_lock::Mutex<u64> {
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

impl Named for async_lock::Barrier {
    const NAME: &'static str = NAME;
}
impl Barrier for async_lock::Barrier {
    #[inline]
    fn make(parties: u32) -> Self {
        Self::new(parties as usize)
    }
    #[inline]
    async fn wait(&self) -> bool {
        self.wait().await.is_leader()
    }
}
