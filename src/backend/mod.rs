//! The runtimes, one file or folder each. All of them can be used at once in one process.
//!
//! | runtime | handle | owner | feature |
//! |---|---|---|---|
//! | built-in threads | [`Threads`] | [`ThreadsOwner`] | always there |
//! | tokio | `Tokio` | `TokioOwner` (multi-thread or current-thread), or an existing `Handle` | `tokio` |
//! | smol, own executor | `Smol` | `SmolOwner` | `smol` |
//! | smol, global executor | `SmolGlobal` | the same value | `smol` |
//! | async-std | `AsyncStd` | the same value | `async-std` |
//! | the simulator, for tests | `Sim` | `SimOwner` | `sim` |
//! | any of them, erased | [`AnyRuntime`] | that of the erased runtime | always there |

mod ambient;
mod any;
#[cfg(any(feature = "smol", feature = "async-std"))]
mod async_io;
#[cfg(feature = "async-std")]
mod async_std;
mod done;
mod entered;
mod local;
#[cfg(feature = "sim")]
pub mod sim;
#[cfg(feature = "smol")]
mod smol;
mod task_handle;
mod test_on;
mod threads;
#[cfg(feature = "tokio")]
mod tokio;
mod watched;

pub use self::ambient::{
    current, interval, sleep, spawn, spawn_blocking, timeout, try_current, with_runtime,
};
pub use self::any::{AnyHandle, AnyRuntime, AnySleep};
#[cfg(any(feature = "smol", feature = "async-std"))]
pub use self::async_io::AsyncIoSleep;
#[cfg(feature = "async-std")]
pub use self::async_std::{AsyncStd, AsyncStdHandle};
pub use self::done::Done;
pub use self::local::Local;
#[cfg(feature = "sim")]
pub use self::sim::{Sim, SimBuilder, SimOwner, SimSleep};
#[cfg(feature = "smol")]
pub use self::smol::{Smol, SmolGlobal, SmolOwner};
pub use self::task_handle::{LocalHandle, TaskHandle};
pub use self::threads::{BlockingHandle, Threads, ThreadsBuilder, ThreadsOwner, ThreadsSleep};
#[cfg(feature = "tokio")]
pub use self::tokio::{Tokio, TokioHandle, TokioLocal, TokioOwner};
