//! Queues between tasks and threads, in any number on either side, on any runtime or none.
//!
//! | the next item is | there is | Python's name |
//! |---|---|---|
//! | the first that came in | [`Fifo`] | `Queue` |
//! | the last that came in | [`Lifo`] | `LifoQueue` |
//! | the smallest, among equals the first | [`Priority`], with keys apart: [`Keyed`] | `PriorityQueue` |
//!
//! They are one type, [`Queue`], over three stores. Each is bounded or not, and does everything in
//! three ways: a task with the bare method (`get().await`), a thread with its `_blocking` twin, on the
//! same object; and `try_` does not wait. Each wait has a deadline form: `_within_blocking` for threads;
//! for tasks, [`timeout`](crate::Timer::timeout) around the wait, as dropping it undoes it.
//!
//! | | task | thread | at once |
//! |---|---|---|---|
//! | put | [`put`](Queue::put) | [`put_blocking`](Queue::put_blocking) | [`try_put`](Queue::try_put) |
//! | room first, then the item | [`reserve`](Queue::reserve) | [`reserve_blocking`](Queue::reserve_blocking) | [`try_reserve`](Queue::try_reserve) |
//! | put many | [`put_many`](Queue::put_many) | [`put_many_blocking`](Queue::put_many_blocking) | [`try_put_many`](Queue::try_put_many) |
//! | get | [`get`](Queue::get) | [`get_blocking`](Queue::get_blocking) | [`try_get`](Queue::try_get) |
//! | get many | [`get_many`](Queue::get_many) | [`get_many_blocking`](Queue::get_many_blocking) | [`try_get_many`](Queue::try_get_many) |
//! | get all, to the end | [`stream`](Queue::stream) | [`iter_blocking`](Queue::iter_blocking) | |
//! | wait until all is done | [`join`](Queue::join) | [`join_blocking`](Queue::join_blocking) | |
//!
//! # The law
//!
//! **Dropping a wait means that it did not happen; only its place in the line is lost.** An item stays
//! in the queue until the `get` that it goes to is polled to its end; a `put` that is not polled to its
//! end has put nothing.
//!
//! And, of each queue here:
//!
//! - no waker and no destructor of an item is called under the internal lock; comparisons are, but only
//!   those of [`Priority`] (see there);
//! - waiting does not allocate, and giving up takes constant time;
//! - a future that was woken and is not polled any more keeps neither items nor room from its task
//!   ("futurelock");
//! - a loop over operations that are always ready lets its siblings run;
//! - what was to be put comes back in every error;
//! - the constructors are `const`, so all can be `static`.
//!
//! Share a queue by an [`Arc`](std::sync::Arc), in a `static`, or as the two [halves](Queue::split) of a
//! channel, which closes by itself when either side is gone. With feature `sink` it is a `Sink`, too.
//!
//! # Names in Python
//!
//! | `queue`, `asyncio` | here |
//! |---|---|
//! | `Queue(maxsize=4)`, `Queue()` | [`Fifo::bounded(4)`](Queue::bounded), [`Fifo::unbounded()`](Queue::unbounded) |
//! | `LifoQueue`, `PriorityQueue` | [`Lifo`], [`Priority`] |
//! | `put(x)` | [`put`](Queue::put) of a task, [`put_blocking`](Queue::put_blocking) of a thread |
//! | `put(x, timeout=1)`, `put_nowait(x)` | [`put_within_blocking`](Queue::put_within_blocking), [`try_put`](Queue::try_put) |
//! | `get()` | [`get`](Queue::get), [`get_blocking`](Queue::get_blocking) |
//! | `get(timeout=1)`, `get_nowait()` | [`get_within_blocking`](Queue::get_within_blocking), [`try_get`](Queue::try_get) |
//! | `qsize`, `maxsize`, `empty`, `full` | [`len`](Queue::len), [`capacity`](Queue::capacity), [`is_empty`](Queue::is_empty), [`is_full`](Queue::is_full) |
//! | `task_done`, `join` | [`task_done`](Queue::task_done) or [`done_on_drop`](Queue::done_on_drop), [`join`](Queue::join) |
//! | `shutdown()`, `shutdown(immediate=True)` | [`close`](Queue::close), [`close_now`](Queue::close_now) |
//! | `Full`, `Empty`, `ShutDown` | [`TryPutError`], [`TryGetError`], [`Closed`] |
//!
//! # Example
//!
//! Two workers, tasks or threads; the end comes when everything is done:
//!
//! ```
//! use anyrt::queue::Fifo;
//!
//! static JOBS: Fifo<u32> = Fifo::bounded(4);
//! static DONE: Fifo<u32> = Fifo::unbounded();
//!
//! async fn worker() {
//!     while let Ok(job) = JOBS.get().await {
//!         let _done = JOBS.done_on_drop(); // also when this panics
//!         DONE.try_put(job * job).unwrap();
//!     }
//! }
//!
//! let workers = [(); 2].map(|()| {
//!     std::thread::spawn(|| futures_lite::future::block_on(worker()))
//! });
//! for job in 1..=10 {
//!     JOBS.put_blocking(job).unwrap(); // waits while four are waiting
//! }
//! JOBS.join_blocking();
//! JOBS.close();
//! workers.map(|worker| worker.join().unwrap());
//! DONE.close();
//! assert_eq!(DONE.iter_blocking().sum::<u32>(), 385);
//! ```

mod base;
mod done;
mod error;
mod get;
mod halves;
mod heap;
mod many;
mod put;
mod reserve;
mod section;
mod store;
mod stream;

pub use base::{Fifo, Lifo, Priority, Queue, QueueStatistics};
pub use done::{DoneGuard, Join};
pub use error::{Closed, GetError, PutError, TooManyDone, TryGetError, TryPutError};
pub use get::Get;
pub use halves::{Receiver, Sender};
pub use heap::{Heap, Keyed};
pub use many::{GetMany, PutMany};
pub use put::Put;
pub use reserve::{Reserve, Slot};
pub use store::{Ring, Stack, Store};
pub use stream::{Items, IterBlocking};
