//! The primitives, ours and the peers', behind a trait per kind: what the bench `sync` and the tables of
//! `peers` are written in. A peer is an `impl` for its own type; all are inlined, as their own calls are.

mod anyrt;
mod async_lock;
mod asyncband;
mod blocking;
mod futures;
mod intrusive;
mod maitake;
mod mea;
mod saa;
mod tokio;

use std::future::Future;
use std::ops::DerefMut;

pub use anyrt::{AnyrtCondition, FairLock, FairSemaphore};
pub use async_lock::{AsyncLockCondition, AsyncStdCondition, ListenerEvent};
pub use asyncband::AsyncbandCondition;
pub use blocking::Std;
pub use futures::FuturesMutex;
pub use intrusive::{IntrusiveMutex, IntrusiveSemaphore};
pub use maitake::MaitakeEvent;
pub use mea::MeaCondition;
pub use saa::SaaSemaphore;
pub use tokio::{NotifyEvent, TokioCondition};

/// Something of a package.
pub trait Named: Send + Sync + 'static {
    /// Of the package, and of what in it, if that is not plain.
    const NAME: &'static str;
}

/// A lock around a number.
pub trait Mutex: Named {
    /// Unlocks when dropped.
    type Guard<'a>: DerefMut<Target = u64> + Send;
    /// With a zero in it.
    fn make() -> Self;
    /// Locks.
    fn lock(&self) -> impl Future<Output = Self::Guard<'_>> + Send;
}

/// Likewise, for threads.
pub trait BlockingMutex: Named {
    /// Unlocks when dropped.
    type Guard<'a>: DerefMut<Target = u64>;
    /// With a zero in it.
    fn make() -> Self;
    /// Locks.
    fn lock(&self) -> Self::Guard<'_>;
}

/// A readers-writer lock around a number.
pub trait RwLock: Named {
    /// With a zero in it.
    fn make() -> Self;
    /// Locks, to read.
    fn read(&self) -> impl Future<Output: std::ops::Deref<Target = u64> + Send> + Send;
    /// Locks, to write.
    fn write(&self) -> impl Future<Output: DerefMut<Target = u64> + Send> + Send;
}

/// A semaphore.
pub trait Semaphore: Named {
    /// With so many permits.
    fn make(permits: u32) -> Self;
    /// Takes some; gives them back when dropped.
    fn acquire(&self, n: u32) -> impl Future<Output: Send> + Send;
}

/// A flag that is waited for.
pub trait Event: Named {
    /// Not set.
    fn make() -> Self;
    /// Releases everybody, also those who come.
    fn set(&self);
    /// From now on those who come wait.
    fn clear(&self);
    /// Until it is set.
    fn wait(&self) -> impl Future<Output = ()> + Send;
}

/// A condition with its lock.
pub trait Condition: Named {
    /// Its lock.
    type Lock: Mutex;
    /// With a zero under the lock.
    fn make() -> Self;
    /// The lock.
    fn mutex(&self) -> &Self::Lock;
    /// Unlocks, waits, locks.
    fn wait<'a>(
        &'a self,
        guard: <Self::Lock as Mutex>::Guard<'a>,
    ) -> impl Future<Output = <Self::Lock as Mutex>::Guard<'a>> + Send;
    /// Wakes one.
    fn notify_one(&self);
    /// Wakes all.
    fn notify_all(&self);
}

/// A barrier.
pub trait Barrier: Named {
    /// For so many parties.
    fn make(parties: u32) -> Self;
    /// Whether it was the one that leads.
    fn wait(&self) -> impl Future<Output = bool> + Send;
}
