//! The built-in runtime: worker threads that poll tasks, timers, a blocking pool.

mod blocking;
mod builder;
mod idle;
mod injector;
mod live;
mod owner;
mod park;
#[cfg(feature = "async-io")]
mod reactor;
mod ring;
mod scheduler;
mod sleep;
mod timers;
mod wheel;
mod worker;

use std::fmt;
use std::future::Future;
use std::sync::Arc;
use std::time::Instant;

use self::scheduler::Home;
use super::task_handle::TaskHandle;
use crate::contract::{Runtime, Spawn, SpawnBlocking, Timer};
use crate::family::Portable;
use crate::primitives::diagnosis::Watch;
use crate::primitives::role::Role;

pub use self::blocking::BlockingHandle;
pub use self::builder::ThreadsBuilder;
pub use self::owner::ThreadsOwner;
pub use self::sleep::ThreadsSleep;

/// A handle of the built-in runtime that a [`ThreadsOwner`] owns.
///
/// Nothing but threads: no reactor, no dependency on another runtime. Tasks run on worker threads
/// that steal work from one another, blocking jobs on a pool of threads that grows and shrinks;
/// timers are driven by whichever worker is at hand.
///
/// Cloning it is cheap. It does not keep the runtime alive: after the owner is gone spawning gives
/// cancelled handles (RT-SHUT-3). Sleeps outlive it: those that are pending then, or made later, are
/// driven by one thread for as long as there are any.
///
/// # Examples
///
/// ```
/// use anyrt::prelude::*;
/// use std::time::Duration;
///
/// let owner = anyrt::ThreadsOwner::new().unwrap();
/// let rt: anyrt::Threads = owner.handle();
/// let task = rt.spawn({
///     let rt = rt.clone();
///     async move {
///         rt.sleep(Duration::from_millis(1)).await;
///         rt.name()
///     }
/// });
/// assert_eq!(owner.block_on(task).unwrap(), "threads");
/// ```
#[derive(Clone)]
pub struct Threads {
    home: Arc<Home>,
}

impl Spawn for Threads {
    type JoinHandle<T: Send + 'static> = TaskHandle<T>;

    #[inline]
    fn spawn<F>(&self, future: F) -> TaskHandle<F::Output>
    where
        F: Future + Send + 'static,
        F::Output: Send + 'static,
    {
        let watch = Watch::here::<F>(Role::Task);
        match self.home.spawn(watch.future(future)) {
            Some(task) => TaskHandle::new(task.fallible(), watch.awaits()),
            None => TaskHandle::cancelled(),
        }
    }
}

impl SpawnBlocking for Threads {
    type BlockingHandle<T: Send + 'static> = BlockingHandle<T>;

    #[inline]
    fn spawn_blocking<F, T>(&self, f: F) -> BlockingHandle<T>
    where
        F: FnOnce() -> T + Send + 'static,
        T: Send + 'static,
    {
        let watch = Watch::here::<F>(Role::Job);
        BlockingHandle::new(self.home.shared.blocking.spawn(watch.job(f)), watch.awaits())
    }
}

impl Timer for Threads {
    type Sleep = ThreadsSleep;

    #[inline]
    fn now(&self) -> Instant {
        Instant::now()
    }

    #[inline]
    fn sleep_until(&self, at: Option<Instant>) -> ThreadsSleep {
        ThreadsSleep::new(self.home.shared.clone(), at)
    }
}

impl Runtime for Threads {
    type Sync = Portable;

    fn name(&self) -> &'static str {
        "threads"
    }

    fn in_task(&self) -> fn() -> bool {
        worker::is_one
    }
}

impl fmt::Debug for Threads {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.debug_struct("Threads")
            .field("workers", &self.home.shared.workers())
            .field("is_up", &!self.home.shared.is_closed())
            .finish()
    }
}
