//! The tests, a group of clauses per module; [`conformance!`](crate::conformance) lists and runs them.
//!
//! Each is a function that is given an owner and panics if the clause in its name does not hold:
//! `join_3_...` holds RT-JOIN-3 of the [contract](crate::contract). None asserts that something is
//! *fast*, so that a busy machine does not fail them; what never comes is met by a watchdog.

#![allow(clippy::missing_panics_doc, reason = "to panic is how a test fails")]
#![allow(clippy::needless_pass_by_value, reason = "each test has an owner of its own")]

pub mod blocking;
pub mod coop;
pub mod enter;
pub mod flow;
pub mod handle;
pub mod interval;
pub mod join;
pub mod local;
pub mod shutdown;
pub mod spawn;
pub mod task_local;
pub mod time;
