//! The threads of a pool, and their ends: what a [`ThreadPool`](super::ThreadPool) and the blocking
//! jobs of [`Threads`](crate::Threads) run on.

use std::cell::Cell;
use std::collections::HashMap;
use std::fmt;
use std::panic::Location;
use std::sync::atomic::{AtomicBool, AtomicU64, AtomicUsize, Ordering::Relaxed};
use std::sync::{Arc, Condvar, Mutex, MutexGuard, PoisonError, Weak};
use std::task::{Context, Poll};
use std::thread;
use std::time::{Duration, Instant};

use super::{PoolStatistics, state};
use crate::error::JoinError;
use crate::executor::context::{self, Replaces};
use crate::executor::engine::{
    Call, Closing, Crew, Home, Lane, List, Me, Next, Outcome, Phase, Reason, Role, Task, Ticket,
    job, send_job,
};
use crate::executor::submit::run;

/// How to make a pool.
#[derive(Debug, Clone)]
pub(crate) struct PoolOptions {
    /// Threads are called `NAME-0`, `NAME-1` ...
    pub(crate) name: String,
    pub(crate) stack_size: Option<usize>,
    /// So many run jobs.
    pub(crate) workers: usize,
    /// And so many at most, when those are stuck.
    pub(crate) max_threads: usize,
    pub(crate) keep_alive: Duration,
    pub(crate) max_jobs: Option<u64>,
}

/// More shards than this are only more places to look.
const MOST_SHARDS: usize = 16;

/// What makes a thread a worker; `false` if it can't be one.
pub(super) type Prepare = Box<dyn Fn(usize) -> bool + Send + Sync>;

pub(crate) struct Pool {
    crew: Crew,
    options: PoolOptions,
    id: usize,
    prepare: Option<Prepare>,
    broken: AtomicBool,
    threads: Mutex<Threads>,
    /// A thread has come or gone.
    changed: Condvar,
    counts: Box<[Count]>,
    this: Weak<Self>,
}

#[derive(Default)]
struct Threads {
    running: HashMap<usize, thread::JoinHandle<()>>,
    next_index: usize,
    /// A thread can't join itself: the next one to end, or the shutdown, does.
    ended: Option<thread::JoinHandle<()>>,
}

/// Jobs that were run, and those of them that panicked; a cache line for each thread, or nearly so.
#[derive(Default)]
#[repr(align(128))]
struct Count {
    done: AtomicU64,
    panicked: AtomicU64,
}

thread_local! {
    /// Which shard this thread pushes to.
    static HINT: Cell<Option<usize>> = const { Cell::new(None) };
}

#[inline]
fn hint() -> usize {
    static NEXT: AtomicUsize = AtomicUsize::new(0);
    HINT.get().unwrap_or_else(|| {
        let hint = NEXT.fetch_add(1, Relaxed);
        HINT.set(Some(hint));
        hint
    })
}

impl Pool {
    pub(crate) fn new(options: PoolOptions, prepare: Option<Prepare>) -> Arc<Self> {
        static NEXT: AtomicUsize = AtomicUsize::new(0);
        let narrow = |number: usize| u32::try_from(number).unwrap_or(u32::MAX / 4);
        let shards = options.workers.min(MOST_SHARDS);
        let (base, max) = (narrow(options.workers), narrow(options.max_threads));
        Arc::new_cyclic(|this| Self {
            crew: Crew::new(shards, base, max, options.keep_alive),
            id: NEXT.fetch_add(1, Relaxed),
            prepare,
            broken: AtomicBool::new(false),
            threads: Mutex::default(),
            changed: Condvar::new(),
            counts: (0..shards).map(|_| Count::default()).collect(),
            this: this.clone(),
            options,
        })
    }

    pub(crate) fn home(&self) -> Home {
        Home::Pool(self.id)
    }

    /// Queues a task; gives it back once closed.
    #[inline]
    pub(crate) fn push(&self, task: Task, lane: Lane) -> Result<(), Task> {
        if let Call::Start(role) = self.crew.push(task, lane, hint())? {
            self.start(role);
        }
        Ok(())
    }

    /// Queues all of `tasks` in one step; gives them back once closed.
    pub(crate) fn push_all(&self, tasks: List) -> Result<(), List> {
        if let Call::Start(role) = self.crew.push_all(tasks, Lane::Normal, hint())? {
            self.start(role);
        }
        Ok(())
    }

    /// Queues `f`; once closed, drops it, and the job is cancelled.
    #[inline]
    #[track_caller]
    pub(crate) fn spawn<F, T>(&self, f: F) -> PoolTicket<T>
    where
        F: FnOnce() -> T + Send + 'static,
        T: Send + 'static,
    {
        let at = Location::caller();
        let send = |task| self.push(task, Lane::Normal).map_err(|task| (task, ()));
        match send_job(f, (), false, at, send) {
            Ok(((), ticket)) => PoolTicket(ticket),
            Err((f, ())) => {
                let (task, ticket) = job(f, (), false, at);
                drop(task);
                PoolTicket(ticket)
            }
        }
    }

    /// Starts a thread. If the operating system has none, those that run get to the queue; if none
    /// runs, the caller has to.
    #[cold]
    fn start(&self, role: Role) {
        let Some(pool) = self.this.upgrade() else { return };
        let mut threads = self.threads();
        let index = threads.next_index;
        let mut builder = thread::Builder::new().name(format!("{}-{index}", self.options.name));
        if let Some(bytes) = self.options.stack_size {
            builder = builder.stack_size(bytes);
        }
        if let Ok(thread) = builder.spawn(move || pool.work(index, role)) {
            threads.next_index += 1;
            threads.running.insert(index, thread);
            drop(threads);
            self.changed.notify_all();
            return;
        }
        drop(threads);
        if self.crew.not_started(role) {
            while let Some(task) = self.crew.take_any() {
                run(task);
            }
        }
    }

    /// The life of a thread.
    fn work(self: Arc<Self>, index: usize, role: Role) {
        if self.prepare.as_ref().is_none_or(|prepare| prepare(index)) {
            HINT.set(Some(index));
            context::enter_pool(Arc::clone(&self) as Arc<dyn Replaces>, self.home());
            self.run_jobs(index, role);
            context::leave_pool();
            state::forget();
        } else {
            self.break_down(role);
        }
        let mut threads = self.threads();
        // After a shutdown the thread is not in the map any more, and is joined by it.
        let this = threads.running.remove(&index);
        let before = this.and_then(|this| threads.ended.replace(this));
        drop(threads);
        self.changed.notify_all();
        if let Some(before) = before {
            join(before);
        }
    }

    fn run_jobs(&self, index: usize, role: Role) {
        let mut me = Me::new(index, role);
        let mut left = self.options.max_jobs.unwrap_or(u64::MAX);
        let count = &self.counts[index % self.counts.len()];
        let start = |role| self.start(role);
        while let Next::Run(task) = self.crew.next(&mut me, &start) {
            let Some(end) = run(task) else { continue };
            count.done.fetch_add(1, Relaxed);
            if end == Phase::Panicked {
                count.panicked.fetch_add(1, Relaxed);
            }
            left -= 1;
            if left == 0 {
                return self.crew.quit(&start);
            }
        }
    }

    /// A worker could not be made: no other will be.
    #[cold]
    fn break_down(&self, role: Role) {
        self.broken.store(true, Relaxed);
        let left = self.crew.close(Closing::Cancel);
        self.crew.not_started(role);
        for task in left.into_iter().flatten() {
            task.refuse(Reason::Broken);
        }
    }

    pub(crate) fn is_broken(&self) -> bool {
        self.broken.load(Relaxed)
    }

    pub(crate) fn is_closed(&self) -> bool {
        self.crew.is_closed()
    }

    /// Lets no more in; gives back those that will not be run.
    pub(crate) fn close(&self, how: Closing) -> Vec<List> {
        self.crew.close(how)
    }

    /// Closes without what is queued: those handles resolve as cancelled.
    pub(crate) fn close_and_cancel(&self) {
        drop(self.crew.close(Closing::Cancel));
    }

    /// Waits for the threads, of a pool that is closed; not for the one that this is.
    pub(crate) fn join(&self) {
        let this = thread::current().id();
        loop {
            let mut threads = self.threads();
            let others = threads.running.extract_if(|_, thread| thread.thread().id() != this);
            let others: Vec<_> = others.map(|(_, thread)| thread).collect();
            let ended = threads.ended.take();
            if others.is_empty() && ended.is_none() {
                // Somebody may be about to start one, to run what is queued.
                let own = threads.running.len();
                if self.crew.threads().0 <= own {
                    return;
                }
                let wait = Duration::from_millis(1);
                drop(self.changed.wait_timeout(threads, wait));
                continue;
            }
            drop(threads);
            others.into_iter().chain(ended).for_each(join);
        }
    }

    /// Likewise, until then at most. Whether all have ended.
    pub(super) fn join_until(&self, until: Instant) -> bool {
        let this = thread::current().id();
        let mut threads = self.threads();
        loop {
            let own =
                threads.running.values().filter(|thread| thread.thread().id() == this).count();
            let others = threads.running.len() - own;
            // As in `join`: somebody may be about to start one; that he can't is not told.
            let starting = self.crew.threads().0 > own;
            if others == 0 && !starting {
                drop(threads);
                self.join();
                return true;
            }
            let mut left = until.saturating_duration_since(Instant::now());
            if left.is_zero() {
                return false;
            }
            if others == 0 {
                left = left.min(Duration::from_millis(1));
            }
            let waited = self.changed.wait_timeout(threads, left);
            threads = waited.unwrap_or_else(PoisonError::into_inner).0;
        }
    }

    pub(super) fn statistics(&self) -> PoolStatistics {
        let (threads, idle) = self.crew.threads();
        let sum = |of: fn(&Count) -> &AtomicU64| {
            self.counts.iter().map(|count| of(count).load(Relaxed)).sum()
        };
        PoolStatistics {
            queued: self.crew.queued(),
            busy: threads - idle,
            idle,
            done: sum(|count| &count.done),
            panicked: sum(|count| &count.panicked),
        }
    }

    /// Nothing panics under this lock.
    fn threads(&self) -> MutexGuard<'_, Threads> {
        self.threads.lock().unwrap_or_else(PoisonError::into_inner)
    }
}

/// Joins `thread`, unless this is it: a job that ends its own pool can't wait for itself.
fn join(thread: thread::JoinHandle<()>) {
    if thread.thread().id() != thread::current().id() {
        thread.join().expect("a worker catches what its jobs throw");
    }
}

impl Replaces for Pool {
    fn block(&self) -> bool {
        self.crew.block(&|role| self.start(role))
    }

    fn unblock(&self) {
        self.crew.unblock();
    }
}

impl fmt::Debug for Pool {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        self.crew.fmt(f)
    }
}

/// The handle of a job of a [`Pool`], to a backend.
pub(crate) struct PoolTicket<T>(Ticket<T>);

impl<T> PoolTicket<T> {
    #[inline]
    pub(crate) fn poll(&mut self, cx: &mut Context<'_>) -> Poll<Result<T, JoinError>> {
        self.0.poll(cx.waker()).map(|outcome| match outcome {
            Outcome::Value(value) => Ok(value),
            Outcome::Panicked(panic) => Err(JoinError::Panicked(panic)),
            Outcome::NotRun(_) => Err(JoinError::Cancelled),
        })
    }

    /// Keeps it from beginning.
    pub(crate) fn cancel(&self) {
        self.0.cancel();
    }

    pub(crate) fn is_finished(&self) -> bool {
        self.0.is_over()
    }
}

impl<T> fmt::Debug for PoolTicket<T> {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        self.0.fmt(f)
    }
}
