//! Where tasks wait.

use super::super::job::Task;
use super::super::list::List;
use crate::primitives::Ordering::Relaxed;
use crate::primitives::diagnosis::Label;
use crate::wait::Queue;

/// Which tasks go first.
#[derive(Debug, Clone, Copy, PartialEq, Eq, PartialOrd, Ord, Hash)]
pub(crate) enum Lane {
    Low,
    Normal,
    High,
}

/// A list of tasks under a lock. The word is its length.
#[repr(align(128))] // and nothing else on its cache lines: what one thread writes, others look at
pub(super) struct Shard(pub(super) Queue<Tasks>);

pub(super) struct Tasks {
    pub(super) list: List,
    /// How many were taken out, going round.
    pub(super) taken: u32,
    pub(super) closed: bool,
}

impl Shard {
    pub(super) fn new() -> Self {
        Self(Queue::new(0, Tasks { list: List::new(), taken: 0, closed: false }, Label::internal()))
    }

    /// As of just now.
    pub(super) fn len(&self) -> u32 {
        // Ordering: a hint. Who relies on it takes the lock (`is_surely_empty`).
        self.0.word().load(Relaxed)
    }

    pub(super) fn looks_empty(&self) -> bool {
        self.len() == 0
    }

    /// Who finds it empty, and has made itself known before, is seen by whoever pushes later.
    pub(super) fn is_surely_empty(&self) -> bool {
        self.0.lock().list.is_empty()
    }

    pub(super) fn update<R>(&self, f: impl FnOnce(&mut Tasks) -> R) -> R {
        let mut tasks = self.0.lock();
        let result = f(&mut tasks);
        // Ordering: as in `len`. It is written under the lock only.
        self.0.word().store(tasks.list.len(), Relaxed);
        result
    }

    pub(super) fn pop(&self) -> Option<Task> {
        if self.looks_empty() {
            return None;
        }
        self.update(|tasks| {
            let task = tasks.list.pop_front();
            tasks.taken = tasks.taken.wrapping_add(u32::from(task.is_some()));
            task
        })
    }
}
