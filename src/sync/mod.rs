//! Primitives for tasks and threads that wait for each other, on any runtime or none.
//!
//! | to | there is | Python's name |
//! |---|---|---|
//! | have a value to oneself for a while | [`Lock`] | `Lock` |
//! | do so again while one has it | [`ReentrantLock`] | `RLock` |
//! | let many read a value, or one change it | [`RwLock`] | |
//! | let some in at a time | [`Semaphore`], [`BoundedSemaphore`] | `Semaphore`, `BoundedSemaphore` |
//! | say that something has happened | [`Event`] | `Event` |
//! | wait until a number of things have happened | [`Latch`] | |
//! | make a value once, when it is first needed | [`OnceCell`] | |
//! | wait until a locked value has changed | [`Condition`] | `Condition` |
//! | meet, again and again | [`Barrier`] | `Barrier` |
//!
//! Each waits in the same ways, on the same object:
//!
//! | who | form |
//! |---|---|
//! | a task | the bare method: `lock().await` |
//! | a task, for so long | [`timeout`](crate::Timer::timeout) around it, as dropping it undoes it; a [`Condition`] locks again, so it has [`wait_within`](Condition::wait_within) |
//! | a thread | `lock_blocking()` |
//! | a thread, for so long | `lock_within_blocking(limit)` |
//! | who does not wait | `try_lock()`; of what is not taken, `is_set()`, `is_open()`, `get()` |
//! | who takes the guard elsewhere | `lock_owned()` of an [`Arc`](std::sync::Arc), `lock_owned_blocking()`, `try_lock_owned()` |
//! | who looks | `statistics()` |
//!
//! In code that is generic over its runtime, [`family`](crate::family) gives them their short names.
//!
//! # The law
//!
//! **Dropping a wait means that it did not happen; only its place in the queue is lost.** A
//! notification, a permit or a lock that was meant for it goes to the next one.
//!
//! And, of each primitive here:
//!
//! - no waker and no destructor of a value is called under an internal lock;
//! - waiting does not allocate, and giving up takes constant time;
//! - a future that was woken and is not polled any more does not keep its task from what it waited
//!   for ("futurelock");
//! - a loop over waits that are always ready lets its siblings run;
//! - nothing is poisoned: a panic unlocks, gives back or withdraws as a return does;
//! - `new` is `const`, so all can be `static`.
//!
//! # Example
//!
//! Ten workers, three at a time, and who waits until all have started:
//!
//! ```
//! use anyrt::sync::{Barrier, Lock, Semaphore};
//!
//! static STARTED: Barrier = Barrier::new(11);
//! static SLOTS: Semaphore = Semaphore::new(3);
//! static SUM: Lock<u32> = Lock::new(0);
//!
//! async fn worker(n: u32) {
//!     STARTED.wait().await.unwrap();
//!     let _slot = SLOTS.acquire().await.unwrap();
//!     *SUM.lock().await += n;
//! }
//!
//! let workers = (1..=10).map(|n| {
//!     std::thread::spawn(move || futures_lite::future::block_on(worker(n)))
//! });
//! let workers: Vec<_> = workers.collect();
//! STARTED.wait_blocking().unwrap();
//! for worker in workers {
//!     worker.join().unwrap();
//! }
//! assert_eq!(*SUM.lock_blocking(), 55);
//! ```

mod barrier;
mod booking;
mod bounded_semaphore;
mod condition;
mod error;
mod event;
mod guarded;
mod latch;
mod lock;
mod once_cell;
mod owner;
mod permits;
mod reentrant_lock;
mod rw_lock;
mod semaphore;

pub use barrier::{Arrival, Barrier, BarrierStatistics, BarrierWait};
pub use bounded_semaphore::BoundedSemaphore;
pub use condition::{Condition, ConditionStatistics, ConditionWait};
pub use error::{AcquireError, BarrierError, Broken, Closed, Overfull, TryAcquireError};
pub use event::{Event, EventStatistics, EventWait};
pub use latch::{Latch, LatchStatistics};
pub use lock::{Lock, LockFuture, LockGuard, LockStatistics, OwnedLockGuard};
pub use once_cell::{OnceCell, OnceCellStatistics};
pub use owner::Owner;
pub use reentrant_lock::{
    OwnedReentrantLockGuard, ReentrantLock, ReentrantLockFuture, ReentrantLockGuard,
    ReentrantLockStatistics,
};
pub use rw_lock::{
    OwnedReadGuard, OwnedWriteGuard, Read, ReadGuard, RwLock, RwLockStatistics, Write, WriteGuard,
};
pub use semaphore::{Acquire, OwnedPermit, Permit, PermitSource, Semaphore, SemaphoreStatistics};
