//! The contract: what a runtime is, as small traits on handle *values*, and the law they promise.
//!
//! [`Runtime`] is the sum that libraries ask for. A program's `main` also needs an owner, which can
//! block ([`BlockOn`]) and shut down ([`Shutdown`]); libraries never see it.
//!
//! # The clauses
//!
//! Every backend holds all of them, and [`testing`](crate::testing) checks them on each. Where a
//! runtime's own behaviour differs, the backend mends it.
//!
//! | clause | promise |
//! |---|---|
//! | RT-SPAWN-1 | [`spawn`](Spawn::spawn) works from any thread, inside the runtime or not. |
//! | RT-SPAWN-2 | A spawned task runs whether or not its handle is awaited. |
//! | RT-JOIN-1 | Dropping a [`JoinHandle`] detaches its task. |
//! | RT-JOIN-2 | A panic is a value, [`JoinError::Panicked`](crate::JoinError::Panicked), with its payload; awaiting never unwinds and the runtime lives on. |
//! | RT-JOIN-3 | [`abort`](JoinHandle::abort) can be awaited: the handle resolves only after the task's future is dropped. |
//! | RT-JOIN-4 | A finished body beats a late abort: its value is still there. An abort during its last poll may go either way. |
//! | RT-JOIN-5 | An abort works without an await: the task's future is dropped all the same. |
//! | RT-JOIN-6 | [`abort_on_drop`](JoinHandle::abort_on_drop) aborts when dropped. |
//! | RT-JOIN-7 | [`is_finished`](JoinHandle::is_finished) becomes true without an await, stays true, takes nothing from the result and loses no wake-up. |
//! | RT-JOIN-8 | A detached task leaks nothing: its future and its result are dropped when it ends. |
//! | RT-JOIN-9 | A handle can be awaited on any executor and thread, and moves between them: the waker of its last poll is woken. |
//! | RT-BLOCK-1 | Blocking jobs whose handles are dropped all run. |
//! | RT-BLOCK-2 | A panic in a blocking job is a value, too. |
//! | RT-BLOCK-3 | Slow blocking jobs do not stall tasks. |
//! | RT-BLOCK-4 | An aborted blocking job either never starts or runs to its end; its handle resolves after that. |
//! | RT-TIME-1 | A sleep works on any executor, and may be created on any thread, while its runtime runs (a current-thread one runs only inside its `block_on`). |
//! | RT-TIME-2 | A sleep of [`Duration::MAX`](std::time::Duration::MAX) pends; nothing overflows. |
//! | RT-TIME-3 | A sleep is never ready before its deadline by [`now`](Timer::now), which never goes back. |
//! | RT-TIME-4 | A sleep whose deadline has passed is ready without waiting. |
//! | RT-TIME-5 | The first tick of an [`interval`](Timer::interval) is immediate. |
//! | RT-TIME-6 | Missed ticks follow the named policy, [`MissedTick`](crate::time::MissedTick). |
//! | RT-TIME-7 | A [`timeout`](Timer::timeout) polls its future first: a ready value beats a passed deadline. |
//! | RT-TIME-8 | A [`call_later`](crate::time::call_later) comes exactly once, or never if it was cancelled first. |
//! | RT-ENTER-1 | [`block_on`](BlockOn::block_on) inside a task, or inside another `block_on`, panics with a clear message; it never hangs. |
//! | RT-ENTER-2 | `block_on` may run on many threads at once, and on threads of blocking jobs. |
//! | RT-ENTER-3 | A panic in the future of `block_on` unwinds into its caller; the runtime lives on. |
//! | RT-LOCAL-1 | Tasks of [`block_on_local`](LocalBlockOn::block_on_local) run on the calling thread, need not be `Send`, and keep the clauses RT-JOIN. |
//! | RT-LOCAL-2 | Local tasks still pending at its end are dropped before it returns; a later spawn drops its future and resolves as cancelled. |
//! | RT-COOP-1 | A loop over anyrt's own futures that are always ready lets its siblings run. |
//! | RT-FLOW-1 | The [halves](crate::queue::Queue::split) of a queue end the waits of each other's tasks and threads: the last sender drains it, the last receiver ends it at once. |
//! | RT-FLOW-2 | A [reserved](crate::queue::Queue::reserve) slot is room for one item, and comes back when its task is aborted. |
//! | RT-FLOW-3 | Batches go between tasks and threads in order; one that is given up keeps what it has not put. |
//! | RT-FLOW-4 | A queue's wait that is given up at a deadline, by a task or a thread, did not happen. |
//! | RT-FLOW-5 | What a consumer has in hand is [done](crate::queue::Queue::done_on_drop) when it panics or is aborted. |
//! | RT-FLOW-6 | A queue as a `Sink` waits for room, keeps the order, and gives back what comes too late. |
//! | RT-TLS-1 | [Task-locals](crate::task_local) follow their task across awaits and threads. |
//! | RT-SHUT-1 | The destructors of pending tasks run before [`shutdown`](Shutdown::shutdown) resolves. |
//! | RT-SHUT-2 | Shutdown is awaitable from another runtime, and waits for blocking jobs that run; each job still queued runs or resolves as cancelled. |
//! | RT-SHUT-3 | After shutdown a spawn drops its future and resolves as cancelled; nothing hangs. |
//! | RT-SHUT-4 | An owner dropped inside a task panics with a clear message, and its runtime is shut down all the same. |
//!
//! # The clauses of the sync families
//!
//! What a [`SyncFamily`] promises, on every runtime; [`testing::family`](crate::testing::family) checks
//! them. [`Portable`](crate::family::Portable) keeps all; [`family`](crate::family) tells of the others.
//!
//! | clause | promise |
//! |---|---|
//! | SYNC-LOCK-1 | One at a time has a lock's value. |
//! | SYNC-LOCK-2 | A dropped wait for a lock did not happen: the lock goes to the next, also when the wait had been woken for it. |
//! | SYNC-LOCK-3 | [`try_lock`](FamilyLock::try_lock) does not wait. |
//! | SYNC-LOCK-4 | A wait that is polled by another task is woken there. |
//! | SYNC-LOCK-5 | A wait that was woken and is not polled does not keep the lock from its task, if that asks after the release. |
//! | SYNC-LOCK-6 | Nor if that had asked before the release. |
//! | SYNC-LOCK-7 | A loop over a lock that is always free lets its siblings run. |
//! | SYNC-SEM-1 | There are never more permits out than a semaphore has. |
//! | SYNC-SEM-2 | A dropped wait for a permit did not happen: no permit is lost, none is made. |
//! | SYNC-SEM-3 | [`try_acquire`](FamilySemaphore::try_acquire) does not wait. |
//! | SYNC-SEM-4 | Permits that are added are given to those who wait. |
//! | SYNC-SEM-5 | As SYNC-LOCK-5, for a permit. |
//! | SYNC-SEM-6 | As SYNC-LOCK-6, for a permit. |
//! | SYNC-EVENT-1 | [`set`](FamilyEvent::set) releases all who wait, and all who come until [`clear`](FamilyEvent::clear). |
//! | SYNC-EVENT-2 | Who was waiting is released also when the event is cleared at once. |
//! | SYNC-EVENT-3 | A dropped wait for an event leaves nothing behind, and takes nothing from the others. |
//! | SYNC-COND-1 | A condition's wait unlocks and listens in one step, and has the lock again when it is ready. |
//! | SYNC-COND-2 | [`notify`](FamilyCondition::notify) reaches so many of those who wait, and nobody who comes later. |
//! | SYNC-COND-3 | A notification to a wait that is dropped goes to the next. |
//! | SYNC-COND-4 | Also when the wait was locking again. |
//! | SYNC-COND-5 | [`notify_all`](FamilyCondition::notify_all) reaches all who wait. |
//! | SYNC-COND-6 | As SYNC-LOCK-6, for a wait that was locking again. |
//! | SYNC-BARRIER-1 | A barrier lets nobody pass until all parties have arrived, then all, one of them as the leader; again and again. |
//! | SYNC-BARRIER-2 | A party that gives up has not arrived. |
//! | SYNC-QUEUE-1 | Items come out of a queue once each, in the order in which they went in; there are never more in it than it holds. |
//! | SYNC-QUEUE-2 | A dropped wait for an item did not happen: the item goes to the next, also when the wait had been woken for it. |
//! | SYNC-QUEUE-3 | A dropped wait for room did not happen: its item is not put, the room goes to the next. |
//! | SYNC-QUEUE-4 | [`close`](FamilyQueue::close) gives all who wait for room their items back, and lets the queue be emptied. |
//! | SYNC-QUEUE-5 | As SYNC-LOCK-5, for an item. |
//! | SYNC-QUEUE-6 | As SYNC-LOCK-6, for an item. |
//!
//! # What the runtimes do by themselves
//!
#![doc = include_str!("../../docs/behaviour.md")]

mod blocking;
mod entry;
mod family;
mod join;
mod local;
mod runtime;
mod spawn;
mod timer;

pub use blocking::SpawnBlocking;
pub use entry::{BlockOn, Shutdown};
pub use family::{
    Deviation, FamilyBarrier, FamilyCondition, FamilyEvent, FamilyGuard, FamilyLock, FamilyQueue,
    FamilySemaphore, SyncFamily,
};
pub use join::{AbortOnDrop, JoinHandle};
pub use local::{LocalBlockOn, SpawnLocal};
pub use runtime::Runtime;
pub use spawn::Spawn;
pub use timer::Timer;
