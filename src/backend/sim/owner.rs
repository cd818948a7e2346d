use std::fmt;
use std::future::Future;
use std::pin::pin;
use std::sync::Arc;
use std::time::Duration;

use super::Sim;
use super::builder::SimBuilder;
use super::drive::{self, job_here};
use super::schedule::Schedule;
use super::state::{Id, Shared};
use crate::backend::done::Done;
use crate::backend::entered::{dropped_inside, enter, is_entered};
use crate::backend::local::Local;
use crate::contract::{BlockOn, LocalBlockOn, Shutdown};
use crate::primitives::birth::Birth;

/// The deterministic simulator: a runtime on one thread, with a seed and a clock of its own.
///
/// Which task runs next is chosen by the seed, and so is everything else that depends on it: a run
/// with the same seed is the same run. Time is virtual: it stands still while something can run, and
/// then jumps to the next timer, so that a sleep of a day takes no time. When nothing can run and no
/// timer is due, `block_on` panics with a report of who waits.
///
/// Blocking jobs take part: one runs at a time, on a thread of its own, and while it waits for
/// something of this crate's (`lock_blocking`, `block_on` ...) the others go on.
///
/// What makes a run differ from another with its seed is what comes from outside: real time, IO,
/// threads of one's own, the order of a hash map. The first three are refused with a clear message.
///
/// # Examples
///
/// ```
/// use anyrt::prelude::*;
/// use std::time::Duration;
///
/// let day = Duration::from_secs(86_400);
/// let sim = anyrt::SimOwner::new(7);
/// sim.run(|rt| async move {
///     let nap = rt.spawn({
///         let rt = rt.clone();
///         async move { rt.sleep(day).await }
///     });
///     assert!(rt.timeout(day / 2, nap).await.is_err());
/// });
/// assert_eq!(sim.elapsed(), day / 2);
/// ```
pub struct SimOwner {
    /// `None` only once shut down, which consumes the owner.
    shared: Option<Arc<Shared>>,
}

impl SimOwner {
    /// A simulation with random scheduling, by `seed`.
    pub fn new(seed: u64) -> Self {
        SimBuilder::new(seed).build()
    }

    /// Options: another policy, limits, other threads.
    pub fn builder() -> SimBuilder {
        SimBuilder::new(0)
    }

    pub(super) fn from_shared(shared: Arc<Shared>) -> Self {
        Self { shared: Some(shared) }
    }

    /// How much virtual time has passed.
    pub fn elapsed(&self) -> Duration {
        Duration::from_nanos(self.shared().elapsed())
    }

    /// How many polls of tasks and roots, and turns of jobs, there were.
    pub fn steps(&self) -> u64 {
        self.shared().lock().steps
    }

    /// What ran at each step, of the first million.
    pub fn schedule(&self) -> Schedule {
        Schedule(self.shared().lock().trace.clone())
    }

    pub(super) fn shared(&self) -> &Arc<Shared> {
        self.shared.as_ref().expect("only a shutdown takes it, and it consumes the owner")
    }
}

impl BlockOn for SimOwner {
    type Handle = Sim;

    fn handle(&self) -> Sim {
        Sim { shared: self.shared().clone() }
    }

    #[track_caller]
    fn block_on<F: Future>(&self, future: F) -> F::Output {
        self.block_on_as(future, Birth::of::<F>())
    }
}

impl SimOwner {
    #[track_caller]
    pub(super) fn block_on_as<F: Future>(&self, future: F, birth: Birth) -> F::Output {
        let _entered = enter(false);
        let shared = self.shared();
        if let Some(job) = job_here(shared) {
            let has_turn = shared.lock().has_turn(job);
            if !has_turn {
                shared.resume(job); // to be polled for the first time
            }
            return drive::block_on(shared, job, has_turn, pin!(future));
        }
        assert!(
            shared.options.is_open || !shared.lock().driving,
            "another thread is in the `block_on` of this simulation, which has one thread: allow more \
             with `SimBuilder::open`"
        );
        let (id, watch) = shared.add_root(birth);
        let _root = Root { shared, id };
        drive::block_on(shared, id, false, pin!(watch.future(future)))
    }
}

/// The unit of a `block_on`, while that lasts.
struct Root<'a> {
    shared: &'a Shared,
    id: Id,
}

impl Drop for Root<'_> {
    fn drop(&mut self) {
        self.shared.leave_turn(self.id);
        self.shared.remove(self.id);
    }
}

impl LocalBlockOn for SimOwner {
    type Local = Local<Sim>;

    #[track_caller]
    fn block_on_local<F, Fut>(&self, app: F) -> Fut::Output
    where
        F: FnOnce(Local<Sim>) -> Fut,
        Fut: Future,
    {
        self.block_on(Local::run_in_turns(self.handle(), 1, app))
    }
}

impl Shutdown for SimOwner {
    type Done = Done;

    fn shutdown(mut self) -> Done {
        let shared = self.shared.take();
        if let Some(shared) = &shared {
            shared.close(); // at once, not when the thread gets to it
        }
        Done::on_thread(move || {
            if let Some(shared) = shared {
                shared.end();
            }
        })
    }

    #[track_caller]
    fn shutdown_blocking(self) {
        drop(self);
    }
}

impl Drop for SimOwner {
    #[track_caller]
    fn drop(&mut self) {
        let Some(shared) = self.shared.take() else { return };
        if is_entered() {
            dropped_inside("SimOwner", move || shared.end());
        } else {
            shared.end();
        }
    }
}

impl fmt::Debug for SimOwner {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.debug_tuple("SimOwner").field(&self.handle()).finish()
    }
}
