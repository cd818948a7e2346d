//! The pool of threads that may block.

use std::collections::{HashMap, VecDeque};
use std::future::Future;
use std::mem;
use std::panic::{AssertUnwindSafe, catch_unwind};
use std::pin::Pin;
use std::sync::atomic::{AtomicUsize, Ordering::Relaxed};
use std::sync::{Arc, Condvar, Mutex, MutexGuard, PoisonError};
use std::task::{Context, Poll};
use std::thread;
use std::time::{Duration, Instant};

use async_task::{Runnable, Task};

use super::builder::Recipe;
use super::spin::{self, Spin};

/// Threads that are started when a job finds none idle, up to a limit, and end when idle for long.
pub(super) struct Blocking {
    state: Mutex<State>,
    /// The length of the queue, for the thread that watches it; changed under the lock.
    queued: AtomicUsize,
    /// Told once per claimed idle thread, and all at the end.
    wake: Condvar,
    recipe: Recipe,
    max_threads: usize,
    keep_alive: Duration,
}

#[derive(Default)]
struct State {
    queue: VecDeque<Runnable>,
    /// A thread watches the queue before it goes to sleep. It takes one job.
    watched: bool,
    /// Threads that wait and are not claimed by a push.
    idle: usize,
    /// Claims that a waiting thread has yet to take.
    claims: usize,
    threads: HashMap<usize, thread::JoinHandle<()>>,
    next_index: usize,
    /// A thread can't join itself: the next one to end, or the shutdown, does.
    ended: Option<thread::JoinHandle<()>>,
    closed: bool,
}

impl Blocking {
    pub(super) fn new(recipe: Recipe, max_threads: usize, keep_alive: Duration) -> Self {
        let (state, queued, wake) = (Mutex::default(), AtomicUsize::new(0), Condvar::new());
        Self { state, queued, wake, recipe, max_threads, keep_alive }
    }

    /// Queues `f`; once closed, drops it, and the task is cancelled.
    pub(super) fn spawn<F, T>(self: &Arc<Self>, f: F) -> Task<T>
    where
        F: FnOnce() -> T + Send + 'static,
        T: Send + 'static,
    {
        let pool = self.clone();
        let schedule = move |runnable| pool.push(runnable);
        let builder = async_task::Builder::new().propagate_panic(true);
        let (runnable, task) = builder.spawn(|()| Job(Some(f)), schedule);
        runnable.schedule();
        task
    }

    fn push(self: &Arc<Self>, runnable: Runnable) {
        let mut state = self.lock();
        if state.closed {
            drop(state);
            return drop(runnable);
        }
        state.queue.push_back(runnable);
        self.queued.store(state.queue.len(), Relaxed);
        if state.watched && state.queue.len() == 1 {
            return; // seen
        }
        if state.idle > 0 {
            state.idle -= 1;
            state.claims += 1;
            drop(state);
            self.wake.notify_one();
        } else if state.threads.len() < self.max_threads {
            self.grow(state);
        }
    }

    /// Starts a thread. If the operating system has none, those that run get to the queue; if none
    /// runs, the caller has to.
    fn grow(self: &Arc<Self>, mut state: MutexGuard<'_, State>) {
        let index = state.next_index;
        let pool = self.clone();
        match self.recipe.start(index, move || pool.run(index)) {
            Ok(thread) => {
                state.next_index += 1;
                state.threads.insert(index, thread);
            }
            Err(_) if state.threads.is_empty() => {
                let job = state.queue.pop_back();
                self.queued.store(state.queue.len(), Relaxed);
                drop(state);
                job.map(Runnable::run);
            }
            Err(_) => {}
        }
    }

    /// The life of a thread.
    fn run(&self, index: usize) {
        let (mut state, mut spin) = (self.lock(), Spin::new());
        loop {
            while let Some(job) = state.queue.pop_front() {
                self.queued.store(state.queue.len(), Relaxed);
                drop(state);
                job.run();
                state = self.lock();
            }
            if !state.watched && !state.closed {
                state = self.watch(state, &mut spin);
                if !state.queue.is_empty() {
                    continue;
                }
            }
            if state.closed {
                return;
            }
            state = match self.wait(state) {
                Some(state) => state,
                None => break,
            };
        }
        let mut state = self.lock();
        // After a close the thread is not in the map any more, and is joined by the shutdown.
        let this = state.threads.remove(&index);
        let before = this.and_then(|this| state.ended.replace(this));
        drop(state);
        if let Some(before) = before {
            join(before);
        }
    }

    /// Looks at the queue for a little while: a job that comes soon need not wake a thread.
    fn watch<'a>(
        &'a self,
        mut state: MutexGuard<'a, State>,
        spin: &mut Spin,
    ) -> MutexGuard<'a, State> {
        let rounds = spin.rounds();
        if rounds == 0 {
            return state;
        }
        state.watched = true;
        drop(state);
        let came = (0..rounds).any(|_| {
            spin::pause();
            self.queued.load(Relaxed) > 0
        });
        if came {
            spin.paid();
        }
        let mut state = self.lock();
        state.watched = false;
        state
    }

    /// Waits for a claim or the close; `None` when the thread has idled for too long.
    fn wait<'a>(&'a self, mut state: MutexGuard<'a, State>) -> Option<MutexGuard<'a, State>> {
        state.idle += 1;
        let until = Instant::now().checked_add(self.keep_alive);
        loop {
            let left = until.map_or(Duration::MAX, |at| at.duration_since(Instant::now()));
            let (back, _) =
                self.wake.wait_timeout(state, left).unwrap_or_else(PoisonError::into_inner);
            state = back;
            if state.claims > 0 {
                state.claims -= 1;
                return Some(state);
            }
            if state.closed {
                return Some(state);
            }
            if until.is_some_and(|at| at <= Instant::now()) {
                state.idle -= 1;
                return None;
            }
        }
    }

    /// Drops the jobs that have not started; their handles resolve as cancelled.
    pub(super) fn close(&self) {
        let mut state = self.lock();
        state.closed = true;
        let queue = mem::take(&mut state.queue);
        drop(state);
        self.wake.notify_all();
        drop(queue);
    }

    /// Waits for the threads, of a pool that is closed.
    pub(super) fn join(&self) {
        let mut state = self.lock();
        let threads = mem::take(&mut state.threads);
        let ended = state.ended.take();
        drop(state);
        for thread in threads.into_values().chain(ended) {
            join(thread);
        }
    }

    /// Nothing panics under this lock.
    fn lock(&self) -> MutexGuard<'_, State> {
        self.state.lock().unwrap_or_else(PoisonError::into_inner)
    }
}

/// Joins `thread`, unless this is it: a job that ends its own runtime can't wait for itself.
fn join(thread: thread::JoinHandle<()>) {
    if thread.thread().id() != thread::current().id() {
        thread.join().expect("a blocking thread catches what its jobs throw");
    }
}

/// A closure as a future that is ready when first polled.
struct Job<F>(Option<F>);

impl<F> Drop for Job<F> {
    fn drop(&mut self) {
        // What an aborted job's closure throws has been told. `async-task` would abort the process.
        let _told = catch_unwind(AssertUnwindSafe(|| drop(self.0.take())));
    }
}

// The closure is moved out to be called, never pinned.
impl<F> Unpin for Job<F> {}

impl<T, F: FnOnce() -> T> Future for Job<F> {
    type Output = T;

    fn poll(mut self: Pin<&mut Self>, _: &mut Context<'_>) -> Poll<T> {
        Poll::Ready(self.0.take().expect("a task is not polled after it was ready")())
    }
}
