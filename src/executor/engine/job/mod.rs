//! A job: one allocation for the closure, its result and whoever waits for it. The states and why
//! they hold are in README.md.

mod body;
mod promise;
mod state;
mod steps;
mod task;
mod ticket;

pub(super) use body::Header;
pub(crate) use body::{Detail, Extra};
pub(crate) use promise::{Begun, Promise, promise};
pub(crate) use state::{Home, Outcome, Phase, Reason};
pub(crate) use task::{Task, job, send_job};
pub(crate) use ticket::Ticket;
