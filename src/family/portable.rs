use std::future::Future;
use std::sync::Arc;

use crate::contract::{
    FamilyBarrier, FamilyCondition, FamilyEvent, FamilyLock, FamilyQueue, FamilySemaphore,
    SyncFamily,
};
use crate::queue::{Closed, Fifo, TryPutError};
use crate::sync::{
    Barrier, Condition, Event, Lock, LockGuard, OwnedLockGuard, OwnedPermit, Permit, Semaphore,
};

/// The primitives of [`anyrt::sync`](crate::sync) and [`anyrt::queue`](crate::queue): on any runtime or none, and all clauses are kept.
#[derive(Debug, Clone, Copy, Default, PartialEq, Eq)]
pub struct Portable;

impl SyncFamily for Portable {
    type Lock<T: Send + 'static> = Lock<T>;
    type Semaphore = Semaphore;
    type Event = Event;
    type Condition = Condition;
    type Barrier = Barrier;
    type Queue<T: Send + 'static> = Fifo<T>;

    const NAME: &'static str = "Portable";
}

impl<T: Send + 'static> FamilyLock<T> for Lock<T> {
    type Guard<'a> = LockGuard<'a, T>;
    type OwnedGuard = OwnedLockGuard<T>;

    fn new(value: T) -> Self {
        Self::new(value)
    }

    #[inline]
    #[track_caller]
    fn lock(&self) -> impl Future<Output = LockGuard<'_, T>> + Send {
        self.lock()
    }

    #[inline]
    #[track_caller]
    fn lock_owned(self: Arc<Self>) -> impl Future<Output = OwnedLockGuard<T>> + Send {
        Self::lock_owned(self)
    }

    #[inline]
    fn try_lock(&self) -> Option<LockGuard<'_, T>> {
        self.try_lock()
    }

    fn into_inner(self) -> T {
        self.into_inner()
    }
}

/// Nobody else can close it: the trait has no such method, and the semaphore is the family's.
const OPEN: &str = "a semaphore that was closed was waited for through `FamilySemaphore`";

impl FamilySemaphore for Semaphore {
    type Permit<'a> = Permit<'a>;
    type OwnedPermit = OwnedPermit;

    fn new(permits: u32) -> Self {
        Self::new(permits)
    }

    #[inline]
    #[track_caller]
    fn acquire(&self) -> impl Future<Output = Permit<'_>> + Send {
        let wait = self.acquire(); // out here: it notes its caller
        async { wait.await.expect(OPEN) }
    }

    #[inline]
    #[track_caller]
    fn acquire_owned(self: Arc<Self>) -> impl Future<Output = OwnedPermit> + Send {
        let wait = Self::acquire_owned(self, 1); // out here: it notes its caller
        async { wait.await.expect(OPEN) }
    }

    #[inline]
    fn try_acquire(&self) -> Option<Permit<'_>> {
        self.try_acquire().ok()
    }

    fn add(&self, permits: u32) {
        self.add(permits).expect("more permits than a semaphore can have");
    }
}

impl FamilyEvent for Event {
    fn new() -> Self {
        Self::new()
    }

    fn set(&self) {
        self.set();
    }

    fn clear(&self) {
        self.clear();
    }

    #[inline]
    fn is_set(&self) -> bool {
        self.is_set()
    }

    #[inline]
    #[track_caller]
    fn wait(&self) -> impl Future<Output = ()> + Send {
        self.wait()
    }
}

impl FamilyCondition<Portable> for Condition {
    fn new() -> Self {
        Self::new()
    }

    #[inline]
    #[track_caller]
    fn wait<'a, T: Send + 'static>(
        &'a self,
        guard: LockGuard<'a, T>,
    ) -> impl Future<Output = LockGuard<'a, T>> + Send {
        self.wait(guard)
    }

    fn notify(&self, n: usize) {
        self.notify(n);
    }

    fn notify_all(&self) {
        self.notify_all();
    }
}

impl FamilyBarrier for Barrier {
    fn new(parties: u32) -> Self {
        Self::new(parties)
    }

    #[inline]
    #[track_caller]
    fn wait(&self) -> impl Future<Output = bool> + Send {
        let wait = self.wait(); // out here: it notes its caller
        async { wait.await.expect("a barrier that was aborted was waited for").is_leader() }
    }
}

impl<T: Send + 'static> FamilyQueue<T> for Fifo<T> {
    fn bounded(capacity: u32) -> Self {
        Self::bounded(capacity as usize)
    }

    #[inline]
    #[track_caller]
    fn put(&self, item: T) -> impl Future<Output = Result<(), T>> + Send {
        let put = self.put(item); // out here: it notes its caller
        async { put.await.map_err(Closed::into_inner) }
    }

    #[inline]
    #[track_caller]
    fn get(&self) -> impl Future<Output = Option<T>> + Send {
        let get = self.get(); // out here: it notes its caller
        async { get.await.ok() }
    }

    #[inline]
    fn try_put(&self, item: T) -> Result<(), T> {
        self.try_put(item).map_err(TryPutError::into_inner)
    }

    #[inline]
    fn try_get(&self) -> Option<T> {
        self.try_get().ok()
    }

    fn close(&self) {
        self.close();
    }
}
