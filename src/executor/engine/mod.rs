//! What executors are made of: jobs, lists of them, and a crew of threads that runs them. See
//! README.md for the states, and why they hold.
//!
//! These files are also compiled under the model checkers: they take from the machine only what
//! `crate::primitives` gives them. `job` and `list` are the only ones with `unsafe` in them.

mod crew;
#[allow(unsafe_code)]
mod job;
#[allow(unsafe_code)]
mod list;
mod ready;

pub(crate) use crew::{Call, Closing, Crew, Lane, Me, Next, Role};
pub(crate) use job::{
    Begun, Detail, Extra, Home, Outcome, Phase, Promise, Reason, Task, Ticket, job, promise,
    send_job,
};
pub(crate) use list::List;
pub(crate) use ready::Ready;
