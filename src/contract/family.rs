use std::fmt::Debug;
use std::future::Future;
use std::ops::DerefMut;
use std::sync::Arc;

/// A sync family: how the tasks of a runtime wait for each other.
///
/// [`Portable`](crate::family::Portable) is that of every backend: ours, on any runtime. Others stand
/// for primitives that exist elsewhere, so that code which is written over [`Runtime`](crate::Runtime)
/// can be compared on them, or fitted into a program that uses them already.
///
/// The traits here are what families have in common. A type of [`sync`](crate::sync) can do more: it
/// also serves threads, has deadlines and statistics. Who needs that names the type.
///
/// # Examples
///
/// Written once; which locks it uses is the runtime's choice:
///
/// ```
/// use anyrt::family::{Barrier, Lock};
/// use anyrt::prelude::*;
/// use std::sync::Arc;
///
/// async fn count<R: Runtime>(rt: R) -> u64 {
///     let total = Arc::new(Lock::<R, u64>::new(0));
///     let met = Arc::new(Barrier::<R>::new(10));
///     let tasks: Vec<_> = (0..10)
///         .map(|_| {
///             let (total, met) = (Arc::clone(&total), Arc::clone(&met));
///             rt.spawn(async move {
///                 *total.lock().await += 1;
///                 met.wait().await
///             })
///         })
///         .collect();
///     let mut leaders = 0;
///     for task in tasks {
///         leaders += u64::from(task.await.unwrap());
///     }
///     *total.lock().await + leaders
/// }
///
/// assert_eq!(anyrt::ThreadsOwner::new().unwrap().run(count), 11);
/// ```
pub trait SyncFamily: Debug + Send + Sync + Sized + 'static {
    /// Mutual exclusion around a value.
    // Not `T: ?Sized`: the types of others could not be made from a value then.
    type Lock<T: Send + 'static>: FamilyLock<T>;
    /// A number of permits.
    type Semaphore: FamilySemaphore;
    /// A flag to wait for.
    type Event: FamilyEvent;
    /// Where holders of the family's locks wait for a change.
    type Condition: FamilyCondition<Self>;
    /// Where a number of tasks meet.
    type Barrier: FamilyBarrier;
    /// Items between tasks, first in, first out.
    type Queue<T: Send + 'static>: FamilyQueue<T>;

    /// The family's name, for reports.
    const NAME: &'static str;

    /// What it does otherwise than the clauses `SYNC` of the [contract](crate::contract) say. The suite
    /// holds that it does so: a family that keeps a clause must not be listed as breaking it.
    const DEVIATIONS: &'static [Deviation] = &[];
}

/// A clause that a [`SyncFamily`] does not keep.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub struct Deviation {
    clause: &'static str,
    instead: &'static str,
    kept_on: &'static [&'static str],
}

impl Deviation {
    /// A clause that is kept nowhere, by its number, and what happens instead.
    pub const fn always(clause: &'static str, instead: &'static str) -> Self {
        Self::but_on(clause, instead, &[])
    }

    /// A clause that is kept only on some runtimes, by their [names](crate::Runtime::name).
    pub const fn but_on(
        clause: &'static str,
        instead: &'static str,
        kept_on: &'static [&'static str],
    ) -> Self {
        Self { clause, instead, kept_on }
    }

    /// The clause's number: `"SYNC-BARRIER-2"`.
    pub fn clause(&self) -> &'static str {
        self.clause
    }

    /// What happens instead.
    pub fn instead(&self) -> &'static str {
        self.instead
    }

    /// The runtimes on which it is kept all the same.
    pub fn kept_on(&self) -> &'static [&'static str] {
        self.kept_on
    }
}

/// A lock of a [`SyncFamily`].
pub trait FamilyLock<T: Send + 'static>: Send + Sync + Sized + 'static {
    /// Has the value, and unlocks when dropped.
    type Guard<'a>: DerefMut<Target = T> + Send
    where
        Self: 'a;

    /// A guard that keeps the lock alive.
    type OwnedGuard: DerefMut<Target = T> + Send + 'static;

    /// Makes an unlocked lock.
    fn new(value: T) -> Self;

    /// Locks.
    ///
    /// # Cancel safety
    ///
    /// Dropping the future gives up its place in the queue, nothing else (SYNC-LOCK-2).
    #[track_caller]
    fn lock(&self) -> impl Future<Output = Self::Guard<'_>> + Send;

    /// Locks, with a guard that keeps the lock alive.
    ///
    /// # Cancel safety
    ///
    /// As [`lock`](Self::lock).
    #[track_caller]
    fn lock_owned(self: Arc<Self>) -> impl Future<Output = Self::OwnedGuard> + Send;

    /// Locks if that is possible at once.
    fn try_lock(&self) -> Option<Self::Guard<'_>>;

    /// Takes the value out.
    fn into_inner(self) -> T;
}

/// A semaphore of a [`SyncFamily`].
pub trait FamilySemaphore: Debug + Send + Sync + Sized + 'static {
    /// A permit; given back when dropped.
    type Permit<'a>: Debug + Send
    where
        Self: 'a;

    /// A permit that keeps the semaphore alive.
    type OwnedPermit: Debug + Send + 'static;

    /// Makes a semaphore with so many permits; zero are allowed.
    ///
    /// # Panics
    ///
    /// If the family can't have so many. Any can have 268,435,455.
    fn new(permits: u32) -> Self;

    /// Takes a permit.
    ///
    /// # Cancel safety
    ///
    /// Dropping the future gives up its place in the queue, nothing else (SYNC-SEM-2).
    #[track_caller]
    fn acquire(&self) -> impl Future<Output = Self::Permit<'_>> + Send;

    /// Takes a permit that keeps the semaphore alive.
    ///
    /// # Cancel safety
    ///
    /// As [`acquire`](Self::acquire).
    #[track_caller]
    fn acquire_owned(self: Arc<Self>) -> impl Future<Output = Self::OwnedPermit> + Send;

    /// Takes a permit if that is possible at once.
    fn try_acquire(&self) -> Option<Self::Permit<'_>>;

    /// Adds permits to those that there are.
    ///
    /// # Panics
    ///
    /// If there would be more than the family can have.
    fn add(&self, permits: u32);
}

/// An event of a [`SyncFamily`].
pub trait FamilyEvent: Debug + Send + Sync + Sized + 'static {
    /// Makes an event that is not set.
    fn new() -> Self;

    /// Sets it, and releases everybody who waits.
    fn set(&self);

    /// Unsets it: who comes from now on waits for the next [`set`](Self::set).
    fn clear(&self);

    /// Whether it is set.
    fn is_set(&self) -> bool;

    /// Waits until it is set.
    ///
    /// # Cancel safety
    ///
    /// Dropping the future leaves nothing behind (SYNC-EVENT-3).
    #[track_caller]
    fn wait(&self) -> impl Future<Output = ()> + Send;
}

/// The guard of a family's lock.
pub type FamilyGuard<'a, F, T> = <<F as SyncFamily>::Lock<T> as FamilyLock<T>>::Guard<'a>;

/// A condition of the [`SyncFamily`] `F`, for its locks.
pub trait FamilyCondition<F: SyncFamily>: Debug + Send + Sync + Sized + 'static {
    /// Makes a condition.
    fn new() -> Self;

    /// Unlocks, waits for a notification, and locks again. It may also return without one, so wait in
    /// a loop, or with [`wait_for`](Self::wait_for), which does.
    ///
    /// # Cancel safety
    ///
    /// Dropping the future gives up the wait and the lock; a notification that was for it alone goes to
    /// the next (SYNC-COND-3, SYNC-COND-4).
    fn wait<'a, T: Send + 'static>(
        &'a self,
        guard: FamilyGuard<'a, F, T>,
    ) -> impl Future<Output = FamilyGuard<'a, F, T>> + Send;

    /// Waits until `predicate` holds, which is looked at under the lock.
    ///
    /// # Cancel safety
    ///
    /// As [`wait`](Self::wait).
    fn wait_for<'a, T: Send + 'static>(
        &'a self,
        mut guard: FamilyGuard<'a, F, T>,
        mut predicate: impl FnMut(&mut T) -> bool + Send,
    ) -> impl Future<Output = FamilyGuard<'a, F, T>> + Send {
        async move {
            while !predicate(&mut guard) {
                guard = self.wait(guard).await;
            }
            guard
        }
    }

    /// Notifies the first `n` of those who wait.
    fn notify(&self, n: usize);

    /// Notifies all who wait.
    fn notify_all(&self);
}

/// A barrier of a [`SyncFamily`].
pub trait FamilyBarrier: Debug + Send + Sync + Sized + 'static {
    /// Makes a barrier for so many parties.
    ///
    /// # Panics
    ///
    /// If there are none.
    fn new(parties: u32) -> Self;

    /// Arrives, waits for the other parties, and tells one of them that it is the leader.
    ///
    /// # Cancel safety
    ///
    /// Dropping the future withdraws: this party did not arrive (SYNC-BARRIER-2).
    #[track_caller]
    fn wait(&self) -> impl Future<Output = bool> + Send;
}

/// A queue of a [`SyncFamily`]: bounded, first in, first out, for any number of tasks on either side.
pub trait FamilyQueue<T: Send + 'static>: Send + Sync + Sized + 'static {
    /// Makes a queue that holds at most `capacity` items; then those who put wait.
    ///
    /// # Panics
    ///
    /// If the capacity is zero.
    fn bounded(capacity: u32) -> Self;

    /// Puts an item in; waits while the queue is full.
    ///
    /// # Cancel safety
    ///
    /// Dropping the future puts nothing, and drops the item (SYNC-QUEUE-3).
    ///
    /// # Errors
    ///
    /// The item, when the queue is, or becomes, closed.
    #[track_caller]
    fn put(&self, item: T) -> impl Future<Output = Result<(), T>> + Send;

    /// Takes the next item out; waits while the queue is empty. `None` when it is closed and empty.
    ///
    /// # Cancel safety
    ///
    /// Dropping the future takes nothing out (SYNC-QUEUE-2).
    #[track_caller]
    fn get(&self) -> impl Future<Output = Option<T>> + Send;

    /// Puts an item in if that is possible at once.
    ///
    /// # Errors
    ///
    /// The item, when the queue is full or closed.
    fn try_put(&self, item: T) -> Result<(), T>;

    /// Takes the next item out if there is one.
    fn try_get(&self) -> Option<T>;

    /// Ends all putting. What is in it can still be got.
    fn close(&self);
}
