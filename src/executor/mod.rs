//! The bridge between threads that block and tasks that must not: give a function to an executor, and
//! get a handle to await, or to wait for on a thread.
//!
//! ```
//! use anyrt::executor::{Executor, ThreadPool, as_completed};
//!
//! let pool = ThreadPool::new();
//! let sizes = ["Cargo.toml", "README.md"].map(|path| {
//!     (path, pool.submit(move || std::fs::metadata(path).map_or(0, |file| file.len())))
//! });
//! for (path, size) in as_completed(sizes) {
//!     println!("{path}: {} bytes", size.unwrap());
//! }
//! assert!(pool.map(|n: u64| n * n, 1..).take(3).map(Result::unwrap).eq([1, 4, 9]));
//! ```
//!
//! | item | what |
//! |---|---|
//! | [`Executor`] | who runs jobs: a [`ThreadPool`], one's own or the [process's](ThreadPool::global), and every [`Runtime`](crate::Runtime) on its blocking threads |
//! | [`Handle`] | the result to come |
//! | [`as_completed`], [`wait()`] | many of them |
//! | [`Executor::map`] | ordered results of a lazy, perhaps endless, input |
//! | [`Executor::scope`] | jobs that borrow |
//! | [`Progress`] | how far a job has come, to watch |
//! | [`SubmitAsync`] | handles of futures that a runtime drives |
//!
//! Python's `concurrent.futures` has the same names for the same things.

mod as_completed;
mod context;
mod engine;
mod error;
mod handle;
mod map;
mod progress;
mod scope;
mod submit;
mod submit_async;
mod thread_pool;
mod wait;

pub use as_completed::{AsCompleted, as_completed};
pub use error::{JobError, JobErrorKind, JobLabel, PoolError, Refused, ShutdownTimedOut};
pub use handle::Handle;
pub use map::{Map, MapUnordered};
pub use progress::{Progress, ProgressCount, ProgressWatch};
pub use scope::{JobScope, ScopedHandle};
pub use submit::{Executor, Inline, Job};
pub use submit_async::SubmitAsync;
pub use thread_pool::{
    JobBuilder, PoolStatistics, Priority, Shutdown, ThreadPool, ThreadPoolBuilder,
};
pub(crate) use thread_pool::{Pool, PoolOptions, PoolTicket};
pub use wait::{Waited, When, wait, wait_blocking, wait_within_blocking};
