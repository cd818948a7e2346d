//! What happens: spawns, polls, wakes, waits, grants and ends, told to whoever wants to know.
//!
//! With the feature `diagnose`, every task, blocking job and root of every runtime tells what it does, and so
//! do the primitives and queues: see [`What`]. A [`Probe`] that is [installed](install) is told; a simulation
//! tells [its own](crate::SimBuilder::probe). A [`Recorder`] is a probe that makes a [`Trace`]: a picture of
//! who ran, who waited for what and who woke whom, by task or by thread, or JSON for a viewer.
//!
//! ```sh
//! cargo run --features diagnose --example trace -- --runtime tokio --program pipeline --svg out.svg
//! ```
//!
//! Without the feature nothing of it is compiled; with it, and no probe, it costs the read of a static.
//!
//! # Examples
//!
//! The same picture each time, of a program under the simulator:
//!
//! ```
//! # #[cfg(feature = "sim")] {
//! use anyrt::prelude::*;
//! use anyrt::probe::Recorder;
//! use anyrt::{SimOwner, sync::Lock};
//! use std::sync::Arc;
//!
//! let picture = || {
//!     let recorder = Recorder::new();
//!     let sim = SimOwner::builder().seed(7).probe(recorder.clone()).build();
//!     sim.run(|rt| async move {
//!         let lock = Arc::new(Lock::new(0).named("counter"));
//!         let tasks = [1, 2].map(|_| {
//!             let lock = lock.clone();
//!             rt.spawn(async move {
//!                 let mut count = lock.lock().await;
//!                 anyrt::task::yield_now().await;
//!                 *count += 1;
//!             })
//!         });
//!         for task in tasks {
//!             task.await.unwrap();
//!         }
//!     });
//!     recorder.trace().to_svg("two tasks, one lock")
//! };
//! assert_eq!(picture(), picture());
//! # }
//! ```

mod json;
mod recorder;
mod svg;

pub use self::recorder::{Recorder, Trace};
pub use crate::primitives::diagnosis::{Ending, Event, Object, Party, Probe, What};
pub use crate::primitives::role::Role;

use std::sync::Arc;

use crate::primitives::diagnosis::Observer;

/// Has `probe` told what happens in this process from now on, until the returned value is dropped.
///
/// Everything on every runtime is told, but what was spawned before the first probe, or
/// [`diagnose::start`](crate::diagnose::start), and what happens in simulations: those tell their
/// [own](crate::SimBuilder::probe).
pub fn install(probe: impl Probe + 'static) -> Installed {
    Installed(Observer::start().add_probe(Arc::new(probe)))
}

/// A probe that is told what happens; dropped, it is told no more, but for what another thread is just
/// about to tell.
#[derive(Debug)]
#[must_use = "the probe is removed when this is dropped"]
pub struct Installed(u64);

impl Drop for Installed {
    fn drop(&mut self) {
        Observer::start().remove_probe(self.0);
    }
}
