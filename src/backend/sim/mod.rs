//! The deterministic simulator: one thread, chance by a seed, time that jumps.

mod bell;
mod builder;
mod drive;
mod explore;
mod failure;
mod inside;
mod lookout;
mod minimise;
mod owner;
mod policy;
mod quiet;
mod schedule;
mod sleep;
mod state;
mod timers;
mod trial;

use std::fmt;
use std::future::Future;
use std::sync::Arc;
use std::time::{Duration, Instant};

use self::state::Shared;
use super::task_handle::TaskHandle;
use crate::contract::{Runtime, Spawn, SpawnBlocking, Timer};
use crate::family::Portable;
use crate::primitives::birth::Birth;

pub use self::builder::SimBuilder;
pub use self::drive::yield_blocking;
pub use self::explore::{Explore, Explored, Found, explore, replay, try_explore};
pub use self::failure::{Failure, FailureKind};
pub use self::owner::SimOwner;
pub use self::policy::Policy;
pub use self::schedule::{Schedule, ScheduleError};
pub use self::sleep::SimSleep;

/// A handle of a simulation that a [`SimOwner`] owns.
///
/// Tasks run only inside of its `block_on`, and so do blocking jobs.
///
/// # Examples
///
/// ```
/// use anyrt::prelude::*;
///
/// async fn race<R: Runtime>(rt: R) -> Vec<u32> {
///     let (tell, told) = std::sync::mpsc::channel();
///     let tasks: Vec<_> = (0..3).map(|number| {
///         let tell = tell.clone();
///         rt.spawn(async move { tell.send(number).unwrap() })
///     }).collect();
///     for task in tasks {
///         task.await.unwrap();
///     }
///     told.try_iter().collect()
/// }
///
/// let order = anyrt::SimOwner::new(1).run(race);
/// assert_eq!(order, anyrt::SimOwner::new(1).run(race)); // the same seed, the same run
/// assert!((2..9).any(|seed| order != anyrt::SimOwner::new(seed).run(race)));
/// ```
#[derive(Clone)]
pub struct Sim {
    shared: Arc<Shared>,
}

impl Spawn for Sim {
    type JoinHandle<T: Send + 'static> = TaskHandle<T>;

    #[track_caller]
    fn spawn<F>(&self, future: F) -> TaskHandle<F::Output>
    where
        F: Future + Send + 'static,
        F::Output: Send + 'static,
    {
        self.shared.spawn(future, Birth::of::<F>()).unwrap_or_else(TaskHandle::cancelled)
    }
}

impl SpawnBlocking for Sim {
    type BlockingHandle<T: Send + 'static> = TaskHandle<T>;

    #[track_caller]
    fn spawn_blocking<F, T>(&self, f: F) -> TaskHandle<T>
    where
        F: FnOnce() -> T + Send + 'static,
        T: Send + 'static,
    {
        self.shared.spawn_blocking(f, Birth::of::<F>()).unwrap_or_else(TaskHandle::cancelled)
    }
}

impl Timer for Sim {
    type Sleep = SimSleep;

    #[inline]
    fn now(&self) -> Instant {
        self.shared.now()
    }

    fn sleep_until(&self, at: Option<Instant>) -> SimSleep {
        let at = at.and_then(|at| self.shared.nanos_at(at));
        SimSleep::new(self.shared.clone(), at)
    }
}

impl Runtime for Sim {
    type Sync = Portable;

    fn name(&self) -> &'static str {
        "sim"
    }
}

impl fmt::Debug for Sim {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        let elapsed = Duration::from_nanos(self.shared.elapsed());
        f.debug_struct("Sim").field("elapsed", &elapsed).finish_non_exhaustive()
    }
}
