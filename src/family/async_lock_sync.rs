use std::fmt;
use std::future::Future;
use std::sync::Arc;
use std::sync::atomic::{AtomicBool, Ordering::SeqCst};

use async_lock::{
    Barrier, Mutex, MutexGuard, MutexGuardArc, Semaphore, SemaphoreGuard, SemaphoreGuardArc,
};

use super::baton::Baton;
use crate::contract::{
    Deviation, FamilyBarrier, FamilyCondition, FamilyEvent, FamilyLock, FamilyQueue,
    FamilySemaphore, SyncFamily,
};

/// The primitives of `async-lock`, smol's; events and conditions, which it has not, are made of the
/// `event-listener` that it is made of. Queues are those of `async-channel`.
///
/// [`family`](crate::family) has a table of what they do otherwise than ours.
#[derive(Debug, Clone, Copy, Default, PartialEq, Eq)]
pub struct AsyncLockSync;

impl SyncFamily for AsyncLockSync {
    type Lock<T: Send + 'static> = Mutex<T>;
    type Semaphore = Semaphore;
    type Event = ListenerEvent;
    type Condition = ListenerCondition;
    type Barrier = Barrier;
    type Queue<T: Send + 'static> = ChannelQueue<T>;

    const NAME: &'static str = "AsyncLockSync";

    const DEVIATIONS: &'static [Deviation] = &[
        Deviation::always("SYNC-LOCK-6", WOKEN),
        Deviation::always("SYNC-LOCK-7", "it counts no turns"),
        Deviation::always("SYNC-COND-6", WOKEN),
        Deviation::always(
            "SYNC-BARRIER-2",
            "a party that gave up counts: the others pass without it",
        ),
    ];
}

const WOKEN: &str = "the one wake-up went to the wait that nobody polls, and ends there";

impl<T: Send + 'static> FamilyLock<T> for Mutex<T> {
    type Guard<'a> = MutexGuard<'a, T>;
    type OwnedGuard = MutexGuardArc<T>;

    fn new(value: T) -> Self {
        Self::new(value)
    }

    #[inline]
    fn lock(&self) -> impl Future<Output = MutexGuard<'_, T>> + Send {
        self.lock()
    }

    #[inline]
    async fn lock_owned(self: Arc<Self>) -> MutexGuardArc<T> {
        self.lock_arc().await
    }

    #[inline]
    fn try_lock(&self) -> Option<MutexGuard<'_, T>> {
        self.try_lock()
    }

    fn into_inner(self) -> T {
        self.into_inner()
    }
}

impl FamilySemaphore for Semaphore {
    type Permit<'a> = SemaphoreGuard<'a>;
    type OwnedPermit = SemaphoreGuardArc;

    fn new(permits: u32) -> Self {
        Self::new(permits as usize)
    }

    #[inline]
    fn acquire(&self) -> impl Future<Output = SemaphoreGuard<'_>> + Send {
        self.acquire()
    }

    #[inline]
    async fn acquire_owned(self: Arc<Self>) -> SemaphoreGuardArc {
        self.acquire_arc().await
    }

    #[inline]
    fn try_acquire(&self) -> Option<SemaphoreGuard<'_>> {
        self.try_acquire()
    }

    fn add(&self, permits: u32) {
        self.add_permits(permits as usize);
    }
}

/// A flag and an `event_listener::Event`.
#[derive(Debug)]
pub struct ListenerEvent {
    set: AtomicBool,
    changed: event_listener::Event,
}

impl FamilyEvent for ListenerEvent {
    fn new() -> Self {
        Self { set: AtomicBool::new(false), changed: event_listener::Event::new() }
    }

    fn set(&self) {
        // Ordering: with the second load in `wait`, as `listen` and `notify` are in the same order:
        // who does not see the flag listens before this call.
        self.set.store(true, SeqCst);
        self.changed.notify(usize::MAX);
    }

    fn clear(&self) {
        self.set.store(false, SeqCst);
    }

    fn is_set(&self) -> bool {
        self.set.load(SeqCst)
    }

    async fn wait(&self) {
        if self.is_set() {
            return; // without an allocation
        }
        let changed = self.changed.listen(); // from here on a call of `set` reaches it
        if !self.is_set() {
            changed.await;
        }
    }
}

/// An `event_listener::Event`, beside a lock that its waiters give up.
#[derive(Debug)]
pub struct ListenerCondition(event_listener::Event);

impl FamilyCondition<AsyncLockSync> for ListenerCondition {
    fn new() -> Self {
        Self(event_listener::Event::new())
    }

    async fn wait<'a, T: Send + 'static>(&'a self, guard: MutexGuard<'a, T>) -> MutexGuard<'a, T> {
        let lock = MutexGuard::source(&guard);
        let notified = self.0.listen(); // from here on a notification reaches it
        drop(guard);
        notified.await;
        let baton = Baton::new(|| FamilyCondition::notify(self, 1));
        let guard = lock.lock().await;
        baton.keep();
        guard
    }

    fn notify(&self, n: usize) {
        self.0.notify_additional(n);
    }

    fn notify_all(&self) {
        self.0.notify(usize::MAX);
    }
}

impl FamilyBarrier for Barrier {
    fn new(parties: u32) -> Self {
        assert!(parties > 0, "a barrier needs at least one party: nobody could ever pass it");
        Self::new(parties as usize)
    }

    #[inline]
    async fn wait(&self) -> bool {
        self.wait().await.is_leader()
    }
}

/// Both ends of an `async-channel`.
pub struct ChannelQueue<T>(async_channel::Sender<T>, async_channel::Receiver<T>);

impl<T: Send + 'static> FamilyQueue<T> for ChannelQueue<T> {
    fn bounded(capacity: u32) -> Self {
        let (sender, receiver) = async_channel::bounded(capacity as usize);
        Self(sender, receiver)
    }

    #[inline]
    async fn put(&self, item: T) -> Result<(), T> {
        self.0.send(item).await.map_err(async_channel::SendError::into_inner)
    }

    #[inline]
    async fn get(&self) -> Option<T> {
        self.1.recv().await.ok()
    }

    #[inline]
    fn try_put(&self, item: T) -> Result<(), T> {
        self.0.try_send(item).map_err(async_channel::TrySendError::into_inner)
    }

    #[inline]
    fn try_get(&self) -> Option<T> {
        self.1.try_recv().ok()
    }

    fn close(&self) {
        self.0.close();
    }
}

impl<T> fmt::Debug for ChannelQueue<T> {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.debug_struct("ChannelQueue").field("len", &self.1.len()).finish_non_exhaustive()
    }
}
