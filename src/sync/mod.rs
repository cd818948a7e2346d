//! Primitives for tasks and threads that wait for each other, on any runtime or none.

mod guarded;
mod lock;
mod permits;

pub use lock::{Lock, LockFuture, LockGuard, LockStatistics, OwnedLockGuard};
