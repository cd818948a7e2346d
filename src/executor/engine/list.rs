//! Lists of tasks, linked through the jobs themselves: queueing allocates nothing.

use std::fmt;
use std::ptr::NonNull;

use super::job::{Header, Task};

/// A first-in, first-out list of tasks. It owns them.
pub(crate) struct List {
    ends: Option<(NonNull<Header>, NonNull<Header>)>,
    len: u32,
    /// Where [`sweep`](Self::sweep) goes on: behind this one, or at the front.
    swept: Option<NonNull<Header>>,
}

// SAFETY: it owns its tasks, and those are `Send`.
unsafe impl Send for List {}

/// The link of a job of a list, for who has the list exclusively.
fn link<R>(job: NonNull<Header>, f: impl FnOnce(&mut Option<NonNull<Header>>) -> R) -> R {
    // SAFETY: a list owns the task of each of its jobs, so that they are alive.
    let header = unsafe { &*job.as_ptr() };
    // SAFETY: only who has the list touches the links, and it is one list at a time.
    header.next.with_mut(|next| f(unsafe { &mut *next }))
}

impl List {
    pub(crate) const fn new() -> Self {
        Self { ends: None, len: 0, swept: None }
    }

    pub(crate) fn len(&self) -> u32 {
        self.len
    }

    pub(crate) fn is_empty(&self) -> bool {
        self.len == 0
    }

    pub(crate) fn push_back(&mut self, task: Task) {
        let job = task.into_raw();
        link(job, |next| *next = None);
        match &mut self.ends {
            Some((_, last)) => {
                link(*last, |next| *next = Some(job));
                *last = job;
            }
            none => *none = Some((job, job)),
        }
        self.len += 1;
    }

    pub(crate) fn pop_front(&mut self) -> Option<Task> {
        let (first, last) = self.ends?;
        let next = link(first, Option::take);
        self.ends = next.map(|next| (next, last));
        self.len -= 1;
        if self.swept == Some(first) {
            self.swept = None;
        }
        // SAFETY: out of the list, which owned it.
        Some(unsafe { Task::from_raw(first) })
    }

    /// Takes the first `n`, which it has.
    pub(crate) fn split_front(&mut self, n: u32) -> Self {
        let Some((first, last)) = self.ends.filter(|_| n > 0) else { return Self::new() };
        debug_assert!(n <= self.len);
        let mut end = first;
        for _ in 1..n {
            end = link(end, |next| *next).unwrap_or(end);
        }
        let rest = link(end, Option::take);
        self.ends = rest.map(|rest| (rest, last));
        self.len -= n;
        self.swept = None;
        Self { ends: Some((first, end)), len: n, swept: None }
    }

    /// Moves all of `other` to the end.
    pub(crate) fn append(&mut self, mut other: Self) {
        let Some((first, end)) = other.ends.take() else { return };
        match &mut self.ends {
            Some((_, last)) => {
                link(*last, |next| *next = Some(first));
                *last = end;
            }
            none => *none = Some((first, end)),
        }
        self.len += std::mem::take(&mut other.len);
    }

    /// Looks at the next `steps` tasks, going round, and takes those out that need not wait here any
    /// more: cancelled ones, and those that a waiter has run.
    ///
    /// Two steps for each push, and the list is never much longer than twice those that do wait.
    pub(crate) fn sweep(&mut self, steps: u32) -> Self {
        let mut dead = Self::new();
        for _ in 0..steps {
            let Some((first, last)) = self.ends else { break };
            let Some(job) = self.swept.map_or(Some(first), |before| link(before, |next| *next))
            else {
                self.swept = None; // round
                continue;
            };
            // SAFETY: given back at once if it stays; the list owns it.
            let task = unsafe { Task::from_raw(job) };
            if task.is_queued() {
                self.swept = Some(task.into_raw());
                continue;
            }
            let next = link(job, Option::take);
            match self.swept {
                Some(before) => {
                    link(before, |slot| *slot = next);
                    self.ends = Some((first, if job == last { before } else { last }));
                }
                None => self.ends = next.map(|next| (next, last)),
            }
            self.len -= 1;
            dead.push_back(task);
        }
        dead
    }
}

impl Iterator for List {
    type Item = Task;

    fn next(&mut self) -> Option<Task> {
        self.pop_front()
    }
}

impl Drop for List {
    fn drop(&mut self) {
        self.for_each(drop);
    }
}

impl fmt::Debug for List {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.debug_struct("List").field("len", &self.len).finish_non_exhaustive()
    }
}
