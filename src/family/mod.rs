//! The sync families, and the primitives of a runtime by their short names.
//!
//! Code that is generic over its runtime writes `Lock<R, u64>`, and whoever calls it chooses, with the
//! runtime, how the tasks wait. [`Portable`] is what every backend has unless told otherwise.
//!
//! | family | locks, semaphores, barriers | events, conditions | queues | feature |
//! |---|---|---|---|---|
//! | [`Portable`] | [`anyrt::sync`](crate::sync) | likewise | [`anyrt::queue`](crate::queue) | always there |
//! | `TokioSync` | `tokio::sync` | made of its `Notify` | made of its `Semaphore`, as its channel has one consumer only | `tokio` |
//! | `AsyncLockSync` | `async-lock` | made of `event-listener` | `async-channel` | `async-lock` |
//!
//! [`With`] gives a runtime another family. What the traits have is what all can do; who needs a
//! deadline, a thread's wait or statistics names the types of [`sync`](crate::sync).
//!
//! # What they promise
//!
//! The clauses are those of the [contract](crate::contract). This table is made by the suite,
//! [`testing::family`](crate::testing::family), which holds the deviations as well: a family that is
//! said to break a clause must break it.
//!
#![doc = include_str!("../../docs/families.md")]

#[cfg(feature = "async-lock")]
mod async_lock_sync;
#[cfg(any(feature = "tokio", feature = "async-lock"))]
mod baton;
mod portable;
#[cfg(feature = "tokio")]
mod tokio_sync;
mod with;

#[cfg(feature = "async-lock")]
pub use async_lock_sync::{AsyncLockSync, ChannelQueue, ListenerCondition, ListenerEvent};
pub use portable::Portable;
#[cfg(feature = "tokio")]
pub use tokio_sync::{TokioCondition, TokioEvent, TokioQueue, TokioSync};
pub use with::With;

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

/// The queue of a runtime, first in, first out.
pub type Queue<R, T> = <<R as Runtime>::Sync as SyncFamily>::Queue<T>;
