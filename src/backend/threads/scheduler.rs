//! The queue of woken tasks and the threads that run them.

use std::collections::VecDeque;
use std::future::Future;
use std::pin::Pin;
use std::sync::{Arc, Condvar, Mutex, MutexGuard, PoisonError};
use std::task::{Context, Poll, Waker};
use std::thread;
use std::time::Instant;

use async_task::{Runnable, Task};
use pin_project_lite::pin_project;

use super::blocking::Blocking;
use super::builder::{Recipe, ThreadsBuilder};
use super::live::{self, Live, bury};
use super::timers::{Key, Timers};
use crate::backend::entered::enter;
use crate::error::BuildError;

/// Polls between two looks at the timers.
const POLLS: u32 = 16;

/// What the owner, its handles, threads and tasks share.
pub(super) struct Shared {
    queue: Mutex<Queue>,
    /// Told once per push, and all at the end.
    wake: Condvar,
    workers: usize,
    live: Live,
    pub(super) timers: Arc<Timers>,
    pub(super) blocking: Arc<Blocking>,
}

#[derive(Default)]
struct Queue {
    ready: VecDeque<Runnable>,
    closed: bool,
}

/// Starts the workers. If one is refused, those before it are stopped.
pub(super) fn start(
    options: &ThreadsBuilder,
) -> Result<(Arc<Shared>, Vec<thread::JoinHandle<()>>), BuildError> {
    let blocking = Recipe::new(format!("{}-blocking", options.name), options.stack_size);
    let workers = options.worker_count();
    let shared = Arc::new(Shared {
        queue: Mutex::default(),
        wake: Condvar::new(),
        workers,
        live: Live::new(workers),
        timers: Arc::default(),
        blocking: Arc::new(Blocking::new(blocking, options.max_blocking, options.keep_alive)),
    });
    let recipe = Recipe::new(options.name.clone(), options.stack_size);
    let mut threads = Vec::with_capacity(workers);
    for index in 0..workers {
        let theirs = shared.clone();
        match recipe.start(index, move || theirs.work()) {
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

impl Shared {
    pub(super) fn spawn<F>(self: &Arc<Self>, future: F) -> Option<Task<F::Output>>
    where
        F: Future + Send + 'static,
        F::Output: Send + 'static,
    {
        let (runnable, task) = self.live.insert(0, |key| {
            let member = Member { shared: self.clone(), key };
            let shared = self.clone();
            let schedule = move |runnable| shared.push(runnable);
            let builder = async_task::Builder::new().propagate_panic(true);
            builder.spawn(|()| Tracked { future, member }, schedule)
        })?;
        runnable.schedule();
        Some(task)
    }

    fn push(&self, runnable: Runnable) {
        let mut queue = self.lock();
        if queue.closed {
            drop(queue);
            return bury(runnable);
        }
        queue.ready.push_back(runnable);
        drop(queue);
        self.wake.notify_one();
    }

    /// The life of a worker.
    fn work(&self) {
        let _entered = enter(false);
        loop {
            self.timers.fire();
            for _ in 0..POLLS {
                let next = self.lock().ready.pop_front();
                match next {
                    Some(runnable) => runnable.run(),
                    None => break,
                };
            }
            let mut queue = self.lock();
            while queue.ready.is_empty() && !queue.closed {
                let Some(at) = self.timers.next() else {
                    queue = self.wake.wait(queue).unwrap_or_else(PoisonError::into_inner);
                    continue;
                };
                let left = at.saturating_duration_since(Instant::now());
                if left.is_zero() {
                    break;
                }
                let woken = self.wake.wait_timeout(queue, left);
                queue = woken.unwrap_or_else(PoisonError::into_inner).0;
            }
            if queue.closed {
                return;
            }
        }
    }

    /// Adds a timer and makes sure that someone wakes up for it.
    pub(super) fn add_timer(&self, at: Instant, waker: &Waker) -> Key {
        let (key, first) = self.timers.insert(at, waker.clone());
        if first {
            let closed = self.lock().closed; // the lock: a worker has seen the timer or now waits
            if closed {
                self.timers.drive_alone();
            } else {
                self.wake.notify_one();
            }
        }
        key
    }

    /// Stops the workers and the blocking threads at their next occasion.
    pub(super) fn close(&self) {
        self.lock().closed = true;
        self.wake.notify_all();
        self.blocking.close();
        self.timers.drive_alone();
    }

    /// Drops the tasks that the workers have left.
    pub(super) fn clear(&self) {
        let ready = std::mem::take(&mut self.lock().ready);
        ready.into_iter().for_each(bury);
        self.live.clear();
    }

    pub(super) fn workers(&self) -> usize {
        self.workers
    }

    pub(super) fn is_closed(&self) -> bool {
        self.lock().closed
    }

    /// Nothing panics under this lock.
    fn lock(&self) -> MutexGuard<'_, Queue> {
        self.queue.lock().unwrap_or_else(PoisonError::into_inner)
    }
}

pin_project! {
    /// The future of a task, counted among the living until it is dropped.
    struct Tracked<F> {
        #[pin]
        future: F,
        // Dropped after the future.
        member: Member,
    }
}

impl<F: Future> Future for Tracked<F> {
    type Output = F::Output;

    #[inline]
    fn poll(self: Pin<&mut Self>, cx: &mut Context<'_>) -> Poll<F::Output> {
        self.project().future.poll(cx)
    }
}

struct Member {
    shared: Arc<Shared>,
    key: live::Key,
}

impl Drop for Member {
    fn drop(&mut self) {
        self.shared.live.remove(self.key);
    }
}
