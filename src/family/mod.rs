//! The sync families, and the primitives of a runtime by their short names.
//!
//! Code that is generic over its runtime writes `Lock<R, u64>`, and whoever calls it chooses, with the
//! runtime, how the tasks wait. [`Portable`] is what every backend has unless told otherwise.
//!
//! | family | locks, semaphores, barriers | events, conditions | feature |
//! |---|---|---|---|
//! | [`Portable`] | [`anyrt::sync`](crate::sync) | likewise | always there |

mod portable;

pub use portable::Portable;

use crate::contract::{Runtime, SyncFamily};

/// The lock of a runtime.
pub type Lock<R, T> = <<R as Runtime>::Sync as SyncFamily>::Lock<T>;

/// The semaphore of a runtime.
pub type Semaphore<R> = <<R as Runtime>::Sync as SyncFamily>::Semaphore;

/// The event of a runtime.
pub type Event<R> = <<R as Runtime>::Sync as SyncFamily>::Event;

/// The condition of a runtime.
pub type Condition<R> = <<R as Runtime>::Sync as SyncFamily>::Condition;

/// The barrier of a runtime.
pub type Barrier<R> = <<R as Runtime>::Sync as SyncFamily>::Barrier;
