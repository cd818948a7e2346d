//! The wait list: where tasks and threads stand until they are woken. See README.md for its states,
//! its transitions and why they hold.
//!
//! This is the only module of the portable core with `unsafe` in it; what it offers is safe.

#![allow(unsafe_code)]

mod batch;
mod blocking;
mod node;
mod queue;

pub(crate) use batch::WakeBatch;
pub(crate) use blocking::{block_on, block_on_within};
pub(crate) use node::{Node, State};
pub(crate) use queue::{Locked, Queue};
