//! What tasks and jobs of a simulation find in the place of the machine.

use std::panic::panic_any;
use std::sync::Arc;
use std::task::Waker;
use std::time::{Duration, Instant};

use super::state::{Id, Seat, Shared};
use crate::primitives::world::World;

/// The world of tasks and roots: time, and no sleep.
impl World for Shared {
    fn now(&self) -> Instant {
        self.now()
    }

    /// A step takes no virtual time, but counts as a microsecond where it is about fairness.
    fn age(&self) -> Duration {
        let steps = self.lock().steps;
        Duration::from_nanos(self.elapsed()) + Duration::from_micros(steps)
    }

    fn step(&self) -> u64 {
        self.lock().steps
    }

    fn waker(&self) -> Waker {
        Waker::noop().clone()
    }

    fn park(&self, _limit: Option<Duration>) {
        panic_any(String::from(
            "a blocking wait (`..._blocking`) inside a task would stop all tasks of the simulation: \
             await the future, or move the wait into `spawn_blocking`",
        ));
    }
}

/// The world of jobs: while one sleeps, others run.
pub(super) struct InJob {
    pub(super) shared: Arc<Shared>,
    pub(super) id: Id,
}

impl World for InJob {
    fn now(&self) -> Instant {
        self.shared.now()
    }

    fn age(&self) -> Duration {
        self.shared.age()
    }

    fn step(&self) -> u64 {
        self.shared.lock().steps
    }

    fn waker(&self) -> Waker {
        Waker::from(Arc::new(Seat { shared: self.shared.clone(), id: self.id }))
    }

    fn park(&self, limit: Option<Duration>) {
        let at =
            limit.and_then(|limit| self.shared.nanos_at(self.shared.now().checked_add(limit)?));
        let timer = at.map(|at| self.shared.set_timer(None, at, self.waker()));
        self.shared.wait_turn(self.id, false);
        if let Some(timer) = timer {
            self.shared.drop_timer(timer);
        }
    }
}
