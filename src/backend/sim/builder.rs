use std::time::Duration;

use super::owner::SimOwner;
use super::policy::{Picker, Policy};
use super::state::Shared;
use crate::primitives::diagnosis::Attached;
use crate::task::BUDGET;

const PATIENCE: Duration = Duration::from_secs(10);

/// Options of a simulation; made by [`SimOwner::builder`].
#[derive(Debug, Clone)]
#[must_use = "call `build`"]
pub struct SimBuilder {
    pub(super) seed: u64,
    pub(super) policy: Policy,
    pub(super) is_open: bool,
    pub(super) patience: Duration,
    pub(super) max_steps: u64,
    /// How many operations of primitives a turn has: 1 if others may come before each.
    pub(super) budget: u8,
    pub(super) max_trace: usize,
    /// Whether what is known of each unit is kept beyond its end.
    pub(super) keep_names: bool,
    /// Whether it is noted who waits for what.
    pub(super) watches: bool,
    pub(super) probe: Attached,
}

impl SimBuilder {
    pub(super) fn new(seed: u64) -> Self {
        Self {
            seed,
            policy: Policy::Random,
            is_open: false,
            patience: PATIENCE,
            max_steps: 100_000_000,
            budget: BUDGET,
            max_trace: 1 << 20,
            keep_names: false,
            watches: true,
            probe: Attached::NONE,
        }
    }

    /// What chance starts from: the same seed gives the same run. 0 by default.
    pub fn seed(mut self, seed: u64) -> Self {
        self.seed = seed;
        self
    }

    /// Who runs next; [`Policy::Random`] by default.
    pub fn policy(mut self, policy: Policy) -> Self {
        self.policy = policy;
        self
    }

    /// Allows threads that are not simulated to wake and spawn what is, and to block on it. Nothing is
    /// a deadlock then, as they may always come; before the clock jumps they are given a moment, and a
    /// job that blocks on them is left to itself. Such a run can't be repeated.
    pub fn open(mut self) -> Self {
        self.is_open = true;
        self.patience = Duration::from_millis(5);
        self
    }

    /// How long, in real time, a blocking job may go on without waiting for something of this crate's:
    /// 10 seconds by default. Then it fails the run; in an [`open`](Self::open) one, where it is 5
    /// milliseconds, the others go on beside it.
    ///
    /// A task that goes on for so long in one poll can't be ended: nothing else runs until it comes back,
    /// if ever. That is told on standard error, with its name and where it was spawned (in an open run
    /// after 10 seconds).
    pub fn patience(mut self, patience: Duration) -> Self {
        self.patience = patience;
        self
    }

    /// After so many steps the run fails, as it may have no end. 100 million by default.
    pub fn max_steps(mut self, steps: u64) -> Self {
        self.max_steps = steps;
        self
    }

    /// Lets others come before each operation of anyrt's primitives, also where it does not wait: before
    /// a lock that is free, for instance. So it is on a machine with many cores; without it a task runs
    /// from one wait or yield to the next, as on one.
    pub fn preemptive(mut self) -> Self {
        self.budget = 1;
        self
    }

    /// Tells `probe` what happens in the simulation, and nobody else. (Probes that are
    /// [installed](crate::probe::install) are told of everything but simulations.)
    #[cfg(feature = "diagnose")]
    pub fn probe(mut self, probe: impl crate::probe::Probe + 'static) -> Self {
        self.probe = Attached(Some(std::sync::Arc::new(probe)));
        self
    }

    /// Makes the simulation.
    pub fn build(self) -> SimOwner {
        let picker = Picker::new(&self.policy, self.seed);
        self.build_with(picker)
    }

    /// How long a task may be in one poll before that is told.
    pub(super) fn longest_poll(&self) -> Duration {
        if self.is_open { PATIENCE } else { self.patience }
    }

    /// Keeps the whole schedule, however long.
    pub(super) fn with_trace(mut self) -> Self {
        self.max_trace = usize::MAX;
        self
    }

    pub(super) fn with_names(mut self) -> Self {
        self.keep_names = true;
        self
    }

    /// For runs of which only a few are looked at.
    pub(super) fn unwatched(mut self) -> Self {
        self.watches = false;
        self
    }

    pub(super) fn build_with(self, picker: Picker) -> SimOwner {
        SimOwner::from_shared(Shared::new(self, picker))
    }
}
