//! The tasks whose futures are alive, so that a shutdown reaches every one of them.

use std::cell::RefCell;
use std::sync::{Condvar, Mutex, MutexGuard, PoisonError};
use std::task::Waker;

use slab::Slab;

use super::scheduler::Runnable;

/// Live tasks, in shards with a lock each.
pub(super) struct Live {
    shards: Box<[Shard]>,
}

struct Shard {
    members: Mutex<Members>,
    /// Told when the last member of a closed shard has left.
    emptied: Condvar,
}

#[derive(Default)]
struct Members {
    /// Waking a task of a closed runtime drops its future.
    wakers: Slab<Waker>,
    closed: bool,
}

/// Which task: a shard and a place in it.
pub(super) type Key = usize;

impl Live {
    pub(super) fn new(shards: usize) -> Self {
        let shard = || Shard { members: Mutex::default(), emptied: Condvar::new() };
        Self { shards: (0..shards).map(|_| shard()).collect() }
    }

    /// Adds the task that `make` builds around its key; `None` once closed.
    ///
    /// `make` runs under the shard's lock and must run no code of users.
    #[inline]
    pub(super) fn insert<T>(
        &self,
        hint: usize,
        make: impl FnOnce(Key) -> (Runnable, T),
    ) -> Option<(Runnable, T)> {
        let index = hint % self.shards.len();
        let mut members = self.shards[index].lock();
        if members.closed {
            return None;
        }
        let entry = members.wakers.vacant_entry();
        let (runnable, task) = make(entry.key() * self.shards.len() + index);
        entry.insert(runnable.waker());
        Some((runnable, task))
    }

    /// The future of the task is gone.
    #[inline]
    pub(super) fn remove(&self, key: Key) {
        let shard = &self.shards[key % self.shards.len()];
        let mut members = shard.lock();
        let waker = members.wakers.try_remove(key / self.shards.len());
        if members.closed && members.wakers.is_empty() {
            shard.emptied.notify_all();
        }
        drop(members);
        drop(waker);
    }

    /// Lets no more in.
    pub(super) fn close(&self) {
        self.shards.iter().for_each(|shard| shard.lock().closed = true);
    }

    /// Wakes those inside, which are to leave at that.
    pub(super) fn wake_all(&self) {
        for shard in &self.shards {
            let members = shard.lock();
            let wakers: Vec<_> = members.wakers.iter().map(|(_, waker)| waker.clone()).collect();
            drop(members);
            wakers.into_iter().for_each(Waker::wake);
        }
    }

    /// Waits, once closed, until all have left: another thread that woke a task may be dropping its
    /// future just now.
    pub(super) fn wait_until_empty(&self) {
        for shard in &self.shards {
            let mut members = shard.lock();
            while !members.wakers.is_empty() {
                members = shard.emptied.wait(members).unwrap_or_else(PoisonError::into_inner);
            }
        }
    }
}

impl Shard {
    /// Nothing panics under this lock.
    fn lock(&self) -> MutexGuard<'_, Members> {
        self.members.lock().unwrap_or_else(PoisonError::into_inner)
    }
}

thread_local! {
    /// What is yet to be dropped while a drop runs further up the stack.
    static GRAVE: RefCell<Option<Vec<Runnable>>> = const { RefCell::new(None) };
}

/// Drops a task that no worker will run, and with it its future.
///
/// A destructor may wake another such task, and that one's a third: they are dropped one after the
/// other, not inside each other, whatever their number.
pub(super) fn bury(runnable: Runnable) {
    let mut runnable = Some(runnable);
    let outermost = GRAVE.try_with(|grave| match &mut *grave.borrow_mut() {
        Some(grave) => {
            grave.extend(runnable.take());
            false
        }
        none => {
            *none = Some(Vec::new());
            true
        }
    });
    // With the thread's locals gone (an error) nothing can be put off.
    drop(runnable);
    if outermost == Ok(true) {
        while let Some(next) = GRAVE.with_borrow_mut(|grave| grave.as_mut().and_then(Vec::pop)) {
            drop(next);
        }
        GRAVE.set(None);
    }
}
