//! What belongs to a task, on every runtime: its turn, and its own values.

mod coop;
mod local;

#[cfg(feature = "sim")]
pub(crate) use coop::{BUDGET, begin_turn_of, has_spent_turn};
pub use coop::{Yield, begin_turn, consume_budget, yield_now};
pub(crate) use coop::{made_progress, poll_proceed, poll_spend};
pub use local::{Scope, TaskLocal};
