use std::collections::VecDeque;
use std::fmt;
use std::future::Future;
use std::pin::pin;
use std::sync::atomic::{AtomicBool, Ordering::SeqCst};
use std::sync::{Arc, PoisonError};

use tokio::sync::{
    Barrier, Mutex, MutexGuard, Notify, OwnedMutexGuard, OwnedSemaphorePermit, Semaphore,
    SemaphorePermit,
};

use super::baton::Baton;
use crate::contract::{
    Deviation, FamilyBarrier, FamilyCondition, FamilyEvent, FamilyLock, FamilyQueue,
    FamilySemaphore, SyncFamily,
};

/// The primitives of `tokio::sync`; events and conditions, which it has not, are made of its `Notify`,
/// queues for more than one consumer of its `Semaphore`.
///
/// They run on any runtime, but take turns on tokio only. [`family`](crate::family) has a table of what
/// they do otherwise than ours.
#[derive(Debug, Clone, Copy, Default, PartialEq, Eq)]
pub struct TokioSync;

impl SyncFamily for TokioSync {
    type Lock<T: Send + 'static> = Mutex<T>;
    type Semaphore = Semaphore;
    type Event = TokioEvent;
    type Condition = TokioCondition;
    type Barrier = Barrier;
    type Queue<T: Send + 'static> = TokioQueue<T>;

    const NAME: &'static str = "TokioSync";

    const DEVIATIONS: &'static [Deviation] = &[
        Deviation::always("SYNC-LOCK-5", HANDED),
        Deviation::always("SYNC-LOCK-6", HANDED),
        Deviation::but_on("SYNC-LOCK-7", "only tokio's own tasks take turns", &["tokio"]),
        Deviation::always("SYNC-SEM-5", HANDED),
        Deviation::always("SYNC-SEM-6", HANDED),
        Deviation::always("SYNC-COND-6", HANDED),
        Deviation::always(
            "SYNC-BARRIER-2",
            "a party that gave up counts: the others pass without it",
        ),
        Deviation::always("SYNC-QUEUE-5", HANDED),
        Deviation::always("SYNC-QUEUE-6", HANDED),
    ];
}

const HANDED: &str = "it is handed to the wait that nobody polls, and stays there";

impl<T: Send + 'static> FamilyLock<T> for Mutex<T> {
    type Guard<'a> = MutexGuard<'a, T>;
    type OwnedGuard = OwnedMutexGuard<T>;

    fn new(value: T) -> Self {
        Self::new(value)
    }

    #[inline]
    fn lock(&self) -> impl Future<Output = MutexGuard<'_, T>> + Send {
        self.lock()
    }

    #[inline]
    fn lock_owned(self: Arc<Self>) -> impl Future<Output = OwnedMutexGuard<T>> + Send {
        Self::lock_owned(self)
    }

    #[inline]
    fn try_lock(&self) -> Option<MutexGuard<'_, T>> {
        self.try_lock().ok()
    }

    fn into_inner(self) -> T {
        self.into_inner()
    }
}

const OPEN: &str = "a semaphore that was closed was waited for through `FamilySemaphore`";

impl FamilySemaphore for Semaphore {
    type Permit<'a> = SemaphorePermit<'a>;
    type OwnedPermit = OwnedSemaphorePermit;

    fn new(permits: u32) -> Self {
        Self::new(permits as usize)
    }

    #[inline]
    async fn acquire(&self) -> SemaphorePermit<'_> {
        self.acquire().await.expect(OPEN)
    }

    #[inline]
    async fn acquire_owned(self: Arc<Self>) -> OwnedSemaphorePermit {
        Self::acquire_owned(self).await.expect(OPEN)
    }

    #[inline]
    fn try_acquire(&self) -> Option<SemaphorePermit<'_>> {
        self.try_acquire().ok()
    }

    fn add(&self, permits: u32) {
        self.add_permits(permits as usize);
    }
}

/// A flag and a `tokio::sync::Notify`.
#[derive(Debug)]
pub struct TokioEvent {
    set: AtomicBool,
    changed: Notify,
}

impl FamilyEvent for TokioEvent {
    fn new() -> Self {
        Self { set: AtomicBool::new(false), changed: Notify::new() }
    }

    fn set(&self) {
        // Ordering: with the load in `wait`, as `Notify` counts its calls in the same order: who does
        // not see the flag has begun to listen before this call.
        self.set.store(true, SeqCst);
        self.changed.notify_waiters();
    }

    fn clear(&self) {
        self.set.store(false, SeqCst);
    }

    fn is_set(&self) -> bool {
        self.set.load(SeqCst)
    }

    async fn wait(&self) {
        let changed = self.changed.notified(); // from here on a call of `set` reaches it
        if !self.is_set() {
            changed.await;
        }
    }
}

/// A `tokio::sync::Notify`, beside a lock that its waiters give up.
#[derive(Debug)]
pub struct TokioCondition(Notify);

impl FamilyCondition<TokioSync> for TokioCondition {
    fn new() -> Self {
        Self(Notify::new())
    }

    async fn wait<'a, T: Send + 'static>(&'a self, guard: MutexGuard<'a, T>) -> MutexGuard<'a, T> {
        let lock = MutexGuard::mutex(&guard);
        let mut notified = pin!(self.0.notified());
        notified.as_mut().enable(); // from here on a notification reaches it
        drop(guard);
        notified.await;
        let baton = Baton::new(|| FamilyCondition::notify(self, 1));
        let guard = lock.lock().await;
        baton.keep();
        guard
    }

    fn notify(&self, n: usize) {
        for _ in 0..n {
            self.0.notify_one();
            // Where nobody waits, the notification is kept for the next to come: take it back.
            if pin!(self.0.notified()).enable() {
                break;
            }
        }
    }

    fn notify_all(&self) {
        self.0.notify_waiters();
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

/// Items, and a `tokio::sync::Semaphore` for them and for the room beside them.
pub struct TokioQueue<T> {
    room: Semaphore,
    items: Semaphore,
    inside: std::sync::Mutex<Inside<T>>,
}

struct Inside<T> {
    items: VecDeque<T>,
    closed: bool,
}

impl<T> TokioQueue<T> {
    fn inside(&self) -> std::sync::MutexGuard<'_, Inside<T>> {
        self.inside.lock().unwrap_or_else(PoisonError::into_inner)
    }

    fn push(&self, room: SemaphorePermit<'_>, item: T) -> Result<(), T> {
        let mut inside = self.inside();
        if inside.closed {
            return Err(item);
        }
        inside.items.push_back(item);
        drop(inside);
        room.forget();
        self.items.add_permits(1);
        Ok(())
    }

    /// With the permit of an item, or when there are no permits any more.
    fn pop(&self) -> Option<T> {
        let item = self.inside().items.pop_front()?;
        self.room.add_permits(1);
        Some(item)
    }
}

impl<T: Send + 'static> FamilyQueue<T> for TokioQueue<T> {
    fn bounded(capacity: u32) -> Self {
        assert!(capacity > 0, "a queue has room for one item at least");
        Self {
            room: Semaphore::new(capacity as usize),
            items: Semaphore::new(0),
            inside: std::sync::Mutex::new(Inside { items: VecDeque::new(), closed: false }),
        }
    }

    async fn put(&self, item: T) -> Result<(), T> {
        match self.room.acquire().await {
            Ok(room) => self.push(room, item),
            Err(_) => Err(item),
        }
    }

    async fn get(&self) -> Option<T> {
        if let Ok(one) = self.items.acquire().await {
            one.forget();
        }
        self.pop()
    }

    fn try_put(&self, item: T) -> Result<(), T> {
        match self.room.try_acquire() {
            Ok(room) => self.push(room, item),
            Err(_) => Err(item),
        }
    }

    fn try_get(&self) -> Option<T> {
        match self.items.try_acquire() {
            Ok(one) => one.forget(),
            Err(tokio::sync::TryAcquireError::Closed) => {}
            Err(tokio::sync::TryAcquireError::NoPermits) => return None,
        }
        self.pop()
    }

    fn close(&self) {
        self.inside().closed = true; // from here on nothing is pushed
        self.room.close();
        self.items.close();
    }
}

impl<T> fmt::Debug for TokioQueue<T> {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.debug_struct("TokioQueue")
            .field("len", &self.inside().items.len())
            .finish_non_exhaustive()
    }
}
