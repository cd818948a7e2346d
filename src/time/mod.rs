//! Time, written once over [`Timer`](crate::Timer): the same on every runtime.

mod condition;
mod delayed;
mod interval;
mod timeout;

pub use delayed::{DelayedCall, call_later};
pub use interval::{Interval, MissedTick};
pub use timeout::Timeout;
