//! What happens: spawns, polls, wakes, waits, grants and ends, told to whoever wants to know.

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
