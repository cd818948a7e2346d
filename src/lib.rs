//! Write async code once; run it on tokio, async-std, smol or plain threads.
//!
//! A library takes the runtime as a value and leaves the choice to its caller:
//!
//! ```
//! use anyrt::prelude::*;
//! use std::time::Duration;
//!
//! /// Greets, once, from a task of whatever runtime it is given.
//! async fn greet<R: Runtime>(rt: R) -> String {
//!     let name = rt.spawn_blocking(|| "world"); // a file, a database ...
//!     let task = rt.spawn(async { format!("hello, {}", name.await.unwrap()) });
//!     match rt.timeout(Duration::from_secs(1), task).await {
//!         Ok(joined) => joined.unwrap(),
//!         Err(late) => late.to_string(),
//!     }
//! }
//!
//! let owner = anyrt::ThreadsOwner::new().unwrap(); // or TokioOwner, SmolOwner, AsyncStd ...
//! assert_eq!(owner.run(greet), "hello, world");
//! ```
//!
//! # Map
//!
//! | module | what |
//! |---|---|
//! | [`contract`] | the traits, and the law that every runtime keeps, clause by clause |
//! | [`backend`] | the runtimes: [`Threads`] (built in), tokio, async-std, smol, [`AnyRuntime`], the simulator |
//! | [`sync`] | locks, semaphores, events, barriers ..., for tasks and threads, on any runtime |
//! | [`family`] | the primitives of a runtime: `Lock<R, T>` ... in code that is generic over `R` |
//! | [`queue`] | first in first out, last in first out, by priority; for tasks and threads |
//! | [`executor`] | the bridge between threads and tasks: `submit`, `map`, `as_completed`, [`ThreadPool`](executor::ThreadPool) |
//! | `diagnose` | why it hangs: who waits for what and who holds it, asked of a running program |
//! | `probe` | what happens, told to probes; a recorder that draws it |
//! | [`time`] | timeouts, intervals, delayed calls: written once |
//! | [`task`] | yielding, the cooperative budget, task-locals |
//! | [`error`] | why something gave no value |
//! | `testing` | the conformance suite, for authors of backends |
//!
//! # Features
//!
//! | feature | adds |
//! |---|---|
//! | `tokio` | `Tokio`, `TokioOwner`, [`family`]`::TokioSync` |
//! | `smol` | `Smol`, `SmolOwner`, `SmolGlobal` |
//! | `async-std` | `AsyncStd` |
//! | `async-io` | `ThreadsBuilder::drive_async_io`: workers of [`Threads`] wait for async-io's sockets, too |
//! | `async-lock` | [`family`]`::AsyncLockSync` |
//! | `sim` | [`Sim`], [`SimOwner`] and the module [`sim`]: the deterministic simulator |
//! | `diagnose` | the modules `diagnose` and `probe`, and who waits for what in the simulator's reports; not part of `full` |
//! | `sink` | a queue as a `Sink` of the `futures` crates |
//! | `testing` | the `testing` module and the `conformance!` macro |
//! | `criterion` | the module `criterion`: an executor for its benches; not part of `full` |
//! | `full` | all of them |
//!
//! Features only add; any number of runtimes can run in one process.

#![deny(unsafe_code)] // but for the few modules that say so
#![cfg_attr(docsrs, feature(doc_cfg))]

pub mod backend;
pub mod contract;
#[cfg(feature = "criterion")]
pub mod criterion;
#[cfg(feature = "diagnose")]
pub mod diagnose;
pub mod error;
pub mod executor;
pub mod family;
pub mod prelude;
mod primitives;
#[cfg(feature = "diagnose")]
pub mod probe;
pub mod queue;
#[cfg(feature = "sink")]
pub mod sink;
pub mod sync;
pub mod task;
#[cfg(feature = "testing")]
pub mod testing;
pub mod time;
mod wait;

pub use backend::*;
pub use contract::*;
pub use error::{BuildError, JoinError, NoRuntime, NotSet, TimedOut};

/// The example of the README is compiled and run.
#[cfg(doctest)]
#[doc = include_str!("../README.md")]
struct Readme;
