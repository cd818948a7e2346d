//! Every small program over a primitive: what is done, and what it means. One file per primitive.

pub(super) mod barrier;
pub(super) mod condition;
pub(super) mod event;
pub(super) mod latch;
pub(super) mod lock;
pub(super) mod once_cell;
mod permits;
pub(super) mod queue;
pub(super) mod reentrant_lock;
pub(super) mod rw_lock;
pub(super) mod semaphore;

use crate::harness::{Check, Explored, Model};

const fn generated(name: &'static str, bound: usize, all: fn(usize) -> Explored) -> Model {
    let proves = "every small program is explained by the specification, and loses no wake-up";
    Model { name, proves, bound, check: Check::Generated(all) }
}
