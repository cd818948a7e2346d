//! Primitives for tasks and threads that wait for each other, on any runtime or none.

mod barrier;
mod bounded_semaphore;
mod condition;
mod error;
mod event;
mod guarded;
mod lock;
mod permits;
mod semaphore;

pub use barrier::{Arrival, Barrier, BarrierStatistics, BarrierWait};
pub use bounded_semaphore::BoundedSemaphore;
pub use condition::{Condition, ConditionStatistics, ConditionWait};
pub use error::{AcquireError, BarrierError, Broken, Closed, Overfull, TryAcquireError};
pub use event::{Event, EventStatistics, EventWait};
pub use lock::{Lock, LockFuture, LockGuard, LockStatistics, OwnedLockGuard};
pub use semaphore::{Acquire, OwnedPermit, Permit, Semaphore, SemaphoreStatistics};
