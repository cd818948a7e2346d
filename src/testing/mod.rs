//! The conformance suite: what makes a backend one of ours.
//!
//! [`conformance!`](crate::conformance) makes a module of tests, one or more for every clause of the
//! [contract](crate::contract), for a backend in this crate or in any other.
//!
//! # Examples
//!
//! In `tests/conformance.rs` of the crate that has the backend, with `anyrt`'s feature `testing` among
//! its dev-dependencies. `tests/foreign_backend.rs` in this repository is a whole backend of two
//! hundred lines that does so:
//!
//! ```
//! # use anyrt::ThreadsOwner as MyOwner;
//! // in a module `my_backend`: every clause that asks for nothing but `BlockOn` of the owner
//! anyrt::conformance!(my_backend, || MyOwner::new().unwrap());
//!
//! // and those about what else the owner can do
//! anyrt::conformance!(all_of_it, || MyOwner::new().unwrap(), local, shutdown, workers, inside);
//! ```
//!
//! `cargo test` then lists them by clause: `my_backend::join_3_abort_resolves_after_the_drop`.
//!
//! [`family_conformance!`](crate::family_conformance) does the same for a sync family, and the clauses
//! SYNC.
//!
//! A test that hangs fails after 60 seconds, or `ANYRT_TEST_TIMEOUT_SECS`.

pub mod conformance;
pub mod family;

mod clause;
mod kit;
mod list;
mod watch;

pub use clause::Clause;
pub use list::{COUNT, TESTS};
pub use watch::{check, check_within};
