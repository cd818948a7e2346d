//! The runtimes, one file or folder each. All of them can be used at once in one process.

mod done;
mod entered;
#[cfg(feature = "tokio")]
mod tokio;

pub use self::done::Done;
#[cfg(feature = "tokio")]
pub use self::tokio::{Tokio, TokioHandle, TokioLocal, TokioOwner};
