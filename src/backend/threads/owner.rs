use std::fmt;
use std::future::Future;
use std::sync::Arc;
use std::thread;

use super::Threads;
use super::builder::ThreadsBuilder;
use super::park;
use super::scheduler::{self, Home};
use crate::backend::done::Done;
use crate::backend::entered::{dropped_inside, enter, is_entered};
use crate::backend::local::Local;
use crate::contract::{BlockOn, LocalBlockOn, Shutdown};
use crate::error::BuildError;
use crate::primitives::diagnosis::Watch;
use crate::primitives::role::Role;

/// The built-in runtime: owns its threads.
///
/// Dropping it shuts the runtime down and waits for its threads.
///
/// # Examples
///
/// ```
/// use anyrt::prelude::*;
///
/// fn main() {
///     let owner = anyrt::ThreadsOwner::new().unwrap();
///     let answer = owner.run(|rt| async move { rt.spawn(async { 6 * 7 }).await.unwrap() });
///     assert_eq!(answer, 42);
/// }
/// ```
pub struct ThreadsOwner {
    /// `None` only once shut down, which consumes the owner.
    running: Option<Running>,
}

impl ThreadsOwner {
    /// One worker per core, and blocking threads when they are needed.
    ///
    /// # Errors
    ///
    /// [`BuildError::Os`] when a thread can't be started.
    pub fn new() -> Result<Self, BuildError> {
        Self::builder().build()
    }

    /// Options: the number of workers, names, the blocking pool.
    pub fn builder() -> ThreadsBuilder {
        ThreadsBuilder::new()
    }

    pub(super) fn start(options: &ThreadsBuilder) -> Result<Self, BuildError> {
        let (shared, workers) = scheduler::start(options)?;
        Ok(Self { running: Some(Running { home: Home::new(shared), workers }) })
    }

    fn running(&self) -> &Running {
        self.running.as_ref().expect("only a shutdown takes it, and it consumes the owner")
    }
}

struct Running {
    home: Arc<Home>,
    workers: Vec<thread::JoinHandle<()>>,
}

impl Running {
    /// Stops and joins the workers, drops what they have left, waits for blocking jobs.
    fn end(self) {
        let shared = &self.home.shared;
        shared.close();
        // Only where no thread could be had to wait on: a task can't wait for its worker, nor for its
        // own end.
        let this = thread::current().id();
        let inside = self.workers.iter().any(|worker| worker.thread().id() == this);
        for worker in self.workers.into_iter().filter(|worker| worker.thread().id() != this) {
            worker.join().expect("a worker catches what its tasks throw");
        }
        shared.drop_tasks();
        if !inside {
            shared.live.wait_until_empty();
        }
        shared.blocking.join();
    }
}

impl BlockOn for ThreadsOwner {
    type Handle = Threads;

    fn handle(&self) -> Threads {
        Threads { home: self.running().home.clone() }
    }

    #[track_caller]
    fn block_on<F: Future>(&self, future: F) -> F::Output {
        let _entered = enter(false); // a worker is entered for its life
        park::block_on(Watch::here::<F>(Role::Root).future(future))
    }
}

impl LocalBlockOn for ThreadsOwner {
    type Local = Local<Threads>;

    #[track_caller]
    fn block_on_local<F, Fut>(&self, app: F) -> Fut::Output
    where
        F: FnOnce(Local<Threads>) -> Fut,
        Fut: Future,
    {
        self.block_on(Local::run(self.handle(), app))
    }
}

impl Shutdown for ThreadsOwner {
    type Done = Done;

    fn shutdown(mut self) -> Done {
        let running = self.running.take();
        if let Some(running) = &running {
            running.home.shared.close(); // at once, not when the thread gets to it
        }
        Done::on_thread(move || {
            if let Some(running) = running {
                running.end();
            }
        })
    }

    #[track_caller]
    fn shutdown_blocking(self) {
        drop(self);
    }
}

impl Drop for ThreadsOwner {
    #[track_caller]
    fn drop(&mut self) {
        let Some(running) = self.running.take() else { return };
        if is_entered() {
            dropped_inside("ThreadsOwner", move || running.end());
        } else {
            running.end();
        }
    }
}

impl fmt::Debug for ThreadsOwner {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.debug_tuple("ThreadsOwner").field(&self.handle()).finish()
    }
}
