//! smol: its process-wide executor, or an executor with threads of its own.

use std::cell::Cell;
use std::fmt;
use std::future::Future;
use std::sync::{Arc, Condvar, Mutex, MutexGuard, PoisonError, Weak};
use std::thread;
use std::time::Instant;

use smol::Executor;
use smol::channel::{Receiver, Sender};

use super::async_io::AsyncIoSleep;
use super::done::Done;
use super::entered::{dropped_inside, enter, is_entered};
use super::local::Local;
use super::task_handle::TaskHandle;
use crate::contract::{BlockOn, LocalBlockOn, Runtime, Shutdown, Spawn, SpawnBlocking, Timer};
use crate::error::BuildError;
use crate::family::Portable;
use crate::primitives::diagnosis::Watch;
use crate::primitives::role::Role;

/// The process's smol executor: always there, so this is handle and owner in one.
///
/// It has one thread, or as many as the environment variable `SMOL_THREADS` says. There is nothing
/// to shut down: its threads live as long as the process.
///
/// # Examples
///
/// ```
/// use anyrt::{SmolGlobal, prelude::*};
///
/// assert_eq!(SmolGlobal.run(|rt| async move { rt.spawn(async { 42 }).await.unwrap() }), 42);
/// ```
#[derive(Debug, Clone, Copy, Default, PartialEq, Eq, Hash)]
pub struct SmolGlobal;

impl Spawn for SmolGlobal {
    type JoinHandle<T: Send + 'static> = TaskHandle<T>;

    #[inline]
    fn spawn<F>(&self, future: F) -> TaskHandle<F::Output>
    where
        F: Future + Send + 'static,
        F::Output: Send + 'static,
    {
        let watch = Watch::here::<F>(Role::Task);
        TaskHandle::new(smol::spawn(watch.future(future)).fallible(), watch.awaits())
    }
}

impl SpawnBlocking for SmolGlobal {
    type BlockingHandle<T: Send + 'static> = TaskHandle<T>;

    #[inline]
    fn spawn_blocking<F, T>(&self, f: F) -> TaskHandle<T>
    where
        F: FnOnce() -> T + Send + 'static,
        T: Send + 'static,
    {
        let watch = Watch::here::<F>(Role::Job);
        TaskHandle::new(blocking::unblock(watch.job(f)).fallible(), watch.awaits())
    }
}

impl Timer for SmolGlobal {
    type Sleep = AsyncIoSleep;

    #[inline]
    fn now(&self) -> Instant {
        Instant::now()
    }

    #[inline]
    fn sleep_until(&self, at: Option<Instant>) -> AsyncIoSleep {
        AsyncIoSleep::until(at)
    }
}

impl Runtime for SmolGlobal {
    type Sync = Portable;

    fn name(&self) -> &'static str {
        "smol-global"
    }

    fn in_task(&self) -> fn() -> bool {
        on_global_thread
    }
}

impl BlockOn for SmolGlobal {
    type Handle = Self;

    fn handle(&self) -> Self {
        Self
    }

    #[track_caller]
    fn block_on<F: Future>(&self, future: F) -> F::Output {
        let _entered = enter(on_global_thread());
        smol::block_on(Watch::here::<F>(Role::Root).future(future))
    }
}

/// smol's own threads run nothing but tasks, and are known by their names only.
fn on_global_thread() -> bool {
    thread::current()
        .name()
        .is_some_and(|name| name.strip_prefix("smol-").is_some_and(|n| n.parse::<usize>().is_ok()))
}

impl LocalBlockOn for SmolGlobal {
    type Local = Local<Self>;

    #[track_caller]
    fn block_on_local<F, Fut>(&self, app: F) -> Fut::Output
    where
        F: FnOnce(Local<Self>) -> Fut,
        Fut: Future,
    {
        self.block_on(Local::run(*self, app))
    }
}

thread_local! {
    /// Set for the life of a worker of a [`SmolOwner`].
    static IS_WORKER: Cell<bool> = const { Cell::new(false) };
}

/// A handle of a smol executor that a [`SmolOwner`] owns.
#[derive(Clone)]
pub struct Smol {
    /// Weak, so that the tasks end with the owner and not with the last handle.
    shared: Weak<Shared>,
}

struct Shared {
    executor: Executor<'static>,
    jobs: Arc<Jobs>,
}

impl Spawn for Smol {
    type JoinHandle<T: Send + 'static> = TaskHandle<T>;

    #[inline]
    fn spawn<F>(&self, future: F) -> TaskHandle<F::Output>
    where
        F: Future + Send + 'static,
        F::Output: Send + 'static,
    {
        let Some(shared) = self.shared.upgrade() else { return TaskHandle::cancelled() };
        let watch = Watch::here::<F>(Role::Task);
        let task = shared.executor.spawn(watch.future(future));
        TaskHandle::new(task.fallible(), watch.awaits())
    }
}

impl SpawnBlocking for Smol {
    type BlockingHandle<T: Send + 'static> = TaskHandle<T>;

    #[inline]
    fn spawn_blocking<F, T>(&self, f: F) -> TaskHandle<T>
    where
        F: FnOnce() -> T + Send + 'static,
        T: Send + 'static,
    {
        let Some(shared) = self.shared.upgrade() else { return TaskHandle::cancelled() };
        let watch = Watch::here::<F>(Role::Job);
        let f = watch.job(f);
        let job = shared.jobs.begin();
        let task = blocking::unblock(move || {
            let _job = job; // counted until `f` has ended or was dropped
            f()
        });
        TaskHandle::new(task.fallible(), watch.awaits())
    }
}

impl Timer for Smol {
    type Sleep = AsyncIoSleep;

    #[inline]
    fn now(&self) -> Instant {
        Instant::now()
    }

    #[inline]
    fn sleep_until(&self, at: Option<Instant>) -> AsyncIoSleep {
        AsyncIoSleep::until(at)
    }
}

impl Runtime for Smol {
    type Sync = Portable;

    fn name(&self) -> &'static str {
        "smol"
    }

    fn in_task(&self) -> fn() -> bool {
        || IS_WORKER.get()
    }
}

impl fmt::Debug for Smol {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.debug_struct("Smol").field("is_up", &(self.shared.strong_count() > 0)).finish()
    }
}

/// A smol executor with threads of its own.
///
/// Timers and blocking jobs use smol's process-wide reactor and pool.
///
/// # Examples
///
/// ```
/// use anyrt::{SmolOwner, prelude::*};
///
/// let owner = SmolOwner::with_workers(2).unwrap();
/// assert_eq!(owner.run(|rt| async move { rt.spawn(async { 42 }).await.unwrap() }), 42);
/// ```
pub struct SmolOwner {
    /// `None` only once shut down, which consumes the owner.
    running: Option<Running>,
}

struct Running {
    shared: Arc<Shared>,
    workers: Vec<thread::JoinHandle<()>>,
    /// Closing it, by the drop, stops the workers.
    stop: Sender<()>,
}

impl SmolOwner {
    /// One worker thread per core.
    pub fn new() -> Result<Self, BuildError> {
        Self::with_workers(thread::available_parallelism().map_or(1, usize::from))
    }

    /// So many worker threads.
    pub fn with_workers(workers: usize) -> Result<Self, BuildError> {
        if workers == 0 {
            return Err(BuildError::NoWorkers);
        }
        let shared = Arc::new(Shared { executor: Executor::new(), jobs: Arc::default() });
        let (stop, stopped) = smol::channel::bounded(1);
        let mut running = Running { shared, workers: Vec::with_capacity(workers), stop };
        for n in 0..workers {
            match running.start_worker(n, stopped.clone()) {
                Ok(worker) => running.workers.push(worker),
                Err(error) => {
                    running.end();
                    return Err(error.into());
                }
            }
        }
        Ok(Self { running: Some(running) })
    }

    fn running(&self) -> &Running {
        self.running.as_ref().expect("only a shutdown takes it, and it consumes the owner")
    }
}

impl Running {
    fn start_worker(
        &self,
        n: usize,
        stopped: Receiver<()>,
    ) -> std::io::Result<thread::JoinHandle<()>> {
        let shared = self.shared.clone();
        thread::Builder::new().name(format!("anyrt-smol-{n}")).spawn(move || {
            let _entered = enter(false);
            IS_WORKER.set(true);
            // Ready, with an error, when the owner drops its end.
            let _ = smol::block_on(shared.executor.run(stopped.recv()));
        })
    }

    /// Stops the threads, drops the tasks, waits for blocking jobs.
    fn end(self) {
        let Self { shared, workers, stop } = self;
        drop(stop);
        for worker in workers {
            // A worker that panicked has said so on stderr; the others must still be waited for.
            let _ = worker.join();
        }
        let jobs = shared.jobs.clone();
        drop(shared); // the executor goes, and drops its tasks
        jobs.wait();
    }
}

impl BlockOn for SmolOwner {
    type Handle = Smol;

    fn handle(&self) -> Smol {
        Smol { shared: Arc::downgrade(&self.running().shared) }
    }

    #[track_caller]
    fn block_on<F: Future>(&self, future: F) -> F::Output {
        let _entered = enter(on_global_thread());
        smol::block_on(Watch::here::<F>(Role::Root).future(future))
    }
}

impl LocalBlockOn for SmolOwner {
    type Local = Local<Smol>;

    #[track_caller]
    fn block_on_local<F, Fut>(&self, app: F) -> Fut::Output
    where
        F: FnOnce(Local<Smol>) -> Fut,
        Fut: Future,
    {
        self.block_on(Local::run(self.handle(), app))
    }
}

impl Shutdown for SmolOwner {
    type Done = Done;

    fn shutdown(mut self) -> Done {
        let running = self.running.take();
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

impl Drop for SmolOwner {
    #[track_caller]
    fn drop(&mut self) {
        let Some(running) = self.running.take() else { return };
        if is_entered() || on_global_thread() {
            dropped_inside("SmolOwner", move || running.end());
        } else {
            running.end();
        }
    }
}

impl fmt::Debug for SmolOwner {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        let workers = self.running.as_ref().map_or(0, |running| running.workers.len());
        f.debug_struct("SmolOwner").field("workers", &workers).finish()
    }
}

/// Counts the blocking jobs of one owner, since the pool that runs them is the whole process's.
#[derive(Default)]
struct Jobs {
    live: Mutex<usize>,
    none: Condvar,
}

impl Jobs {
    fn begin(self: &Arc<Self>) -> Job {
        *self.lock() += 1;
        Job(self.clone())
    }

    /// Blocks until no job is left.
    fn wait(&self) {
        let mut live = self.lock();
        while *live > 0 {
            live = self.none.wait(live).unwrap_or_else(PoisonError::into_inner);
        }
    }

    /// Nothing panics under this lock.
    fn lock(&self) -> MutexGuard<'_, usize> {
        self.live.lock().unwrap_or_else(PoisonError::into_inner)
    }
}

/// One job that is queued or runs.
struct Job(Arc<Jobs>);

impl Drop for Job {
    fn drop(&mut self) {
        let mut live = self.0.lock();
        *live -= 1;
        if *live == 0 {
            self.0.none.notify_all();
        }
    }
}
