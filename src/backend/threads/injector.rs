//! The queue for tasks that are woken, or spawned, on threads that are no workers.

use std::collections::VecDeque;
use std::sync::atomic::{AtomicUsize, Ordering::Relaxed};
use std::sync::{Mutex, MutexGuard, PoisonError};

use super::ring::Owner;
use super::scheduler::Runnable;

/// Emptied, a queue keeps room for so many tasks.
const KEPT: usize = 1024;

pub(super) struct Injector {
    /// `None` once closed.
    queue: Mutex<Option<VecDeque<Runnable>>>,
    /// Changed under the lock.
    len: AtomicUsize,
}

impl Injector {
    pub(super) fn new() -> Self {
        Self { queue: Mutex::new(Some(VecDeque::new())), len: AtomicUsize::new(0) }
    }

    /// Appends a task; gives it back once closed.
    pub(super) fn push(&self, task: Runnable) -> Result<(), Runnable> {
        let mut queue = self.lock();
        let Some(tasks) = &mut *queue else { return Err(task) };
        tasks.push_back(task);
        self.len.store(tasks.len(), Relaxed);
        Ok(())
    }

    /// Appends what a full ring gives away; gives it back once closed.
    pub(super) fn extend(&self, new: &mut dyn Iterator<Item = Runnable>) -> Vec<Runnable> {
        let mut queue = self.lock();
        let Some(tasks) = &mut *queue else {
            drop(queue);
            return new.collect();
        };
        tasks.extend(new);
        self.len.store(tasks.len(), Relaxed);
        Vec::new()
    }

    /// Takes the oldest task.
    pub(super) fn pop(&self) -> Option<Runnable> {
        if self.is_empty() {
            return None;
        }
        let mut queue = self.lock();
        let tasks = queue.as_mut()?;
        let task = tasks.pop_front();
        self.taken(tasks);
        task
    }

    /// Takes one of `shares` equal shares; all but the first task go to `ring`.
    pub(super) fn pop_share(&self, shares: usize, ring: &Owner) -> Option<Runnable> {
        if self.is_empty() {
            return None;
        }
        let room = ring.room() as usize; // only grows meanwhile: the ring is the caller's
        let mut queue = self.lock();
        let tasks = queue.as_mut()?;
        let share = (tasks.len() / shares).min(room / 2);
        let first = tasks.pop_front();
        for task in tasks.drain(..share.saturating_sub(1)) {
            ring.push(task, |_| unreachable!("there is room"));
        }
        self.taken(tasks);
        first
    }

    fn taken(&self, tasks: &mut VecDeque<Runnable>) {
        self.len.store(tasks.len(), Relaxed);
        if tasks.is_empty() && tasks.capacity() > KEPT {
            *tasks = VecDeque::new();
        }
    }

    /// Whether it was empty a moment ago.
    #[inline]
    pub(super) fn is_empty(&self) -> bool {
        self.len.load(Relaxed) == 0
    }

    /// Takes all, and lets nothing more in.
    pub(super) fn close(&self) -> Option<VecDeque<Runnable>> {
        self.lock().take()
    }

    /// Nothing panics under this lock, nor runs code of users.
    fn lock(&self) -> MutexGuard<'_, Option<VecDeque<Runnable>>> {
        self.queue.lock().unwrap_or_else(PoisonError::into_inner)
    }
}
