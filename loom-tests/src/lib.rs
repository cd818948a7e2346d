//! anyrt's waiting primitives under the loom model checker: the same source files as in the crate,
//! behind another door. README.md lists the models and says how to run them.

// The examples of the included sources name the real crate: they are tested there. (`doctest = false` is
// not heard by `cargo test --doc`.)
#![cfg(not(doctest))]

pub mod atomics;
pub mod clock;
pub mod dormant;
pub mod fixture;
pub mod harness;
pub mod linear;
pub mod litmus;
#[allow(
    clippy::needless_for_each,
    clippy::similar_names,
    reason = "a model is short and read at a glance"
)]
mod models;
pub mod mutants;
pub mod mutate;
#[allow(
    dead_code,
    unused_imports,
    unused_macros,
    reason = "a door offers more than one module needs"
)]
mod primitives;
pub mod runner;
mod runtime;
pub mod session;
pub mod table;
mod task;
pub mod wakers;

/// What a runtime is: the crate's own traits.
mod contract {
    pub(crate) use anyrt::contract::*;
}

/// The sync family of the sources behind this door.
pub mod family {
    pub use crate::portable::Portable;
}

// The sources under test, with the crate's own paths to what they import.
#[allow(dead_code, unused_imports, reason = "the whole of it")]
#[path = "../../src/executor/engine/mod.rs"]
mod engine;
#[path = "../../src/error.rs"]
pub mod error;
#[path = "../../src/family/portable.rs"]
mod portable;
#[path = "../../src/queue/mod.rs"]
pub mod queue;
#[path = "../../src/sync/mod.rs"]
pub mod sync;
#[path = "../../src/wait/mod.rs"]
pub mod wait;

pub use models::{models, planted};
pub use runtime::{Loom, LoomHandle, LoomSleep, model, model_with};
