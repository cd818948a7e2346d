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
//! | RT-TLS-1 | [Task-locals](crate::task_local) follow their task across awaits and threads. |
//! | RT-SHUT-1 | The destructors of pending tasks run before [`shutdown`](Shutdown::shutdown) resolves. |
//! | RT-SHUT-2 | Shutdown is awaitable from another runtime, and waits for blocking jobs that run; each job still queued runs or resolves as cancelled. |
//! | RT-SHUT-3 | After shutdown a spawn drops its future and resolves as cancelled; nothing hangs. |
//! | RT-SHUT-4 | An owner dropped inside a task panics with a clear message, and its runtime is shut down all the same. |
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
    Deviation, FamilyBarrier, FamilyCondition, FamilyEvent, FamilyGuard, FamilyLock,
    FamilySemaphore, SyncFamily,
};
pub use join::{AbortOnDrop, JoinHandle};
pub use local::{LocalBlockOn, SpawnLocal};
pub use runtime::Runtime;
pub use spawn::Spawn;
pub use timer::Timer;
