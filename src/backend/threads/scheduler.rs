//! What the owner, its handles, threads and tasks share.

use std::future::Future;
use std::ops::Deref;
use std::panic::{AssertUnwindSafe, catch_unwind};
use std::pin::Pin;
use std::sync::Arc;
use std::sync::atomic::{AtomicBool, Ordering::SeqCst};
use std::task::{Context, Poll, Waker};
use std::thread;
use std::time::Instant;

use async_task::{ScheduleInfo, Task, WithInfo};
use pin_project_lite::pin_project;

use super::builder::{Recipe, ThreadsBuilder};
use super::idle::Idle;
use super::injector::Injector;
use super::live::{self, Live, bury};
use super::park::Parker;
use super::ring::{Stealer, ring};
use super::timers::{Key, Timers};
use super::worker;
use crate::error::BuildError;
use crate::executor::{Pool, PoolOptions};

pub(super) type Runnable = async_task::Runnable;

pub(super) struct Shared {
    pub(super) injector: Padded<Injector>,
    pub(super) idle: Padded<Idle>,
    remotes: Box<[Remote]>,
    pub(super) live: Live,
    pub(super) timers: Arc<Timers>,
    pub(super) blocking: Arc<Pool>,
    closed: AtomicBool,
}

/// Has cache lines to itself: all threads write to it, while they read what is beside it.
#[repr(align(128))]
pub(super) struct Padded<T>(T);

impl<T> Deref for Padded<T> {
    type Target = T;

    #[inline]
    fn deref(&self) -> &T {
        &self.0
    }
}

/// The way back from a task to its runtime. Each worker has one for the tasks that it spawns, so that
/// workers don't contend for one reference count.
#[repr(align(128))] // nor for a cache line
pub(super) struct Home {
    pub(super) shared: Arc<Shared>,
}

/// What others need of a worker.
struct Remote {
    stealer: Stealer,
    parker: Parker,
}

/// Starts the workers. If one is refused, those before it are stopped.
pub(super) fn start(
    options: &ThreadsBuilder,
) -> Result<(Arc<Shared>, Vec<thread::JoinHandle<()>>), BuildError> {
    let cores = thread::available_parallelism().map_or(1, usize::from);
    let blocking = PoolOptions {
        name: format!("{}-blocking", options.name),
        stack_size: options.stack_size,
        workers: cores.min(options.max_blocking),
        max_threads: options.max_blocking,
        keep_alive: options.keep_alive,
        max_jobs: None,
    };
    let workers = options.worker_count();
    let (rings, stealers): (Vec<_>, Vec<_>) = (0..workers).map(|_| ring()).unzip();
    let remote = |stealer| Remote { stealer, parker: Parker::new() };
    let shared = Arc::new(Shared {
        injector: Padded(Injector::new()),
        idle: Padded(Idle::new(workers)),
        remotes: stealers.into_iter().map(remote).collect(),
        live: Live::new(workers + 1),
        timers: Arc::new(Timers::new()),
        blocking: Pool::new(blocking, None),
        closed: AtomicBool::new(false),
    });
    let recipe = Recipe::new(options.name.clone(), options.stack_size);
    let mut threads = Vec::with_capacity(workers);
    for (index, ring) in rings.into_iter().enumerate() {
        let (theirs, waits) = (shared.clone(), options.waits);
        match recipe.start(index, move || worker::run(theirs, index, ring, waits)) {
            Ok(thread) => threads.push(thread),
            Err(error) => {
                shared.close();
                for thread in threads {
                    thread.join().expect("a worker catches what its tasks throw");
                }
                return Err(error.into());
            }
        }
    }
    Ok((shared, threads))
}

impl Home {
    pub(super) fn new(shared: Arc<Shared>) -> Arc<Self> {
        Arc::new(Self { shared })
    }

    #[inline]
    pub(super) fn spawn<F>(self: &Arc<Self>, future: F) -> Option<Task<F::Output>>
    where
        F: Future + Send + 'static,
        F::Output: Send + 'static,
    {
        // A worker's tasks are in its own shard, those of other threads in the last.
        let (home, shard) =
            worker::home(self).unwrap_or_else(|| (self.clone(), self.shared.workers()));
        let (runnable, task) = self.shared.live.insert(shard, |key| {
            let member = Member { home: home.clone(), key };
            let wake = move |task, info: ScheduleInfo| {
                worker::schedule(&home, task, info.woken_while_running);
            };
            let builder = async_task::Builder::new().propagate_panic(true);
            let future = Tracked { counted: Some(Counted { future, member }) };
            builder.spawn(|()| future, WithInfo(wake))
        })?;
        runnable.schedule();
        Some(task)
    }
}

impl Shared {
    /// Queues a task from a thread that is no worker.
    pub(super) fn inject(&self, task: Runnable) {
        match self.injector.push(task) {
            Ok(()) => self.notify(),
            Err(task) => bury(task),
        }
    }

    /// After a push to the injector.
    #[inline]
    pub(super) fn notify(&self) {
        if let Some(worker) = self.idle.notify() {
            self.unpark(worker);
        }
    }

    pub(super) fn unpark(&self, worker: usize) {
        self.parker(worker).unpark();
    }

    pub(super) fn parker(&self, worker: usize) -> &Parker {
        &self.remotes[worker].parker
    }

    pub(super) fn stealer(&self, worker: usize) -> &Stealer {
        &self.remotes[worker].stealer
    }

    /// Whether a task is in any queue that a searcher can take from.
    pub(super) fn has_work(&self) -> bool {
        !self.injector.is_empty() || self.remotes.iter().any(|remote| !remote.stealer.is_empty())
    }

    /// Adds a timer and makes sure that someone wakes up for it.
    pub(super) fn add_timer(self: &Arc<Self>, at: Instant, waker: &Waker) -> Key {
        let (key, first) = self.timers.insert(at, waker.clone());
        if let Some(tick) = first {
            if self.is_closed() {
                self.timers.drive_alone();
            } else if !worker::is_one_of(self)
                && let Some(worker) = self.idle.needs_timekeeper(tick)
            {
                self.unpark(worker);
            }
        }
        key
    }

    /// Stops the workers and the blocking threads at their next occasion.
    pub(super) fn close(&self) {
        self.closed.store(true, SeqCst);
        self.live.close();
        self.remotes.iter().for_each(|remote| remote.parker.unpark());
        self.blocking.close_and_cancel();
        self.timers.drive_alone();
    }

    /// Drops the tasks that the workers have left.
    pub(super) fn drop_tasks(&self) {
        self.injector.close().into_iter().flatten().for_each(bury);
        self.live.wake_all();
    }

    #[inline]
    pub(super) fn workers(&self) -> usize {
        self.remotes.len()
    }

    #[inline]
    pub(super) fn is_closed(&self) -> bool {
        self.closed.load(SeqCst)
    }
}

pin_project! {
    /// The future of a task; a destructor of it that panics is survived.
    struct Tracked<F> {
        // `None` only once dropped.
        #[pin]
        counted: Option<Counted<F>>,
    }

    impl<F> PinnedDrop for Tracked<F> {
        fn drop(this: Pin<&mut Self>) {
            // The panic has been told. `async-task` would abort the process.
            let _told = catch_unwind(AssertUnwindSafe(|| this.project().counted.set(None)));
        }
    }
}

pin_project! {
    /// A future that is counted among the living until it is dropped.
    struct Counted<F> {
        #[pin]
        future: F,
        // Dropped after the future, and there even if that panics.
        member: Member,
    }
}

impl<F: Future> Future for Tracked<F> {
    type Output = F::Output;

    #[inline]
    fn poll(self: Pin<&mut Self>, cx: &mut Context<'_>) -> Poll<F::Output> {
        let counted = self.project().counted.as_pin_mut().expect("a dropped future is not polled");
        counted.project().future.poll(cx)
    }
}

struct Member {
    home: Arc<Home>,
    key: live::Key,
}

impl Drop for Member {
    #[inline]
    fn drop(&mut self) {
        self.home.shared.live.remove(self.key);
    }
}
