use std::sync::atomic::{AtomicUsize, Ordering};
use std::sync::{Condvar, MutexGuard, PoisonError};
use std::time::Duration;

/// A condition variable that costs nothing to ring while nobody listens, where std's asks the operating
/// system; most simulations have one thread.
///
/// Who listens has the lock, and so has, or has had, who rings.
#[derive(Debug, Default)]
pub(super) struct Bell {
    condvar: Condvar,
    listeners: AtomicUsize,
}

impl Bell {
    /// Listens while `waits` says so.
    pub(super) fn wait_while<'a, T>(
        &self,
        mut guard: MutexGuard<'a, T>,
        waits: impl Fn(&mut T) -> bool,
    ) -> MutexGuard<'a, T> {
        while waits(&mut guard) {
            guard = self.wait(guard);
        }
        guard
    }

    /// Likewise, for so long at most.
    pub(super) fn wait_timeout_while<'a, T>(
        &self,
        guard: MutexGuard<'a, T>,
        limit: Duration,
        waits: impl FnMut(&mut T) -> bool,
    ) -> MutexGuard<'a, T> {
        // Ordering: the lock orders it.
        self.listeners.fetch_add(1, Ordering::Relaxed);
        let waited = self.condvar.wait_timeout_while(guard, limit, waits);
        self.listeners.fetch_sub(1, Ordering::Relaxed);
        waited.unwrap_or_else(PoisonError::into_inner).0
    }

    /// Listens once, for so long at most; may return early.
    pub(super) fn wait_timeout<'a, T>(
        &self,
        guard: MutexGuard<'a, T>,
        limit: Duration,
    ) -> MutexGuard<'a, T> {
        let mut first = true;
        self.wait_timeout_while(guard, limit, |_| std::mem::take(&mut first))
    }

    /// Listens once; may return early.
    pub(super) fn wait<'a, T>(&self, guard: MutexGuard<'a, T>) -> MutexGuard<'a, T> {
        // Ordering: the lock orders it.
        self.listeners.fetch_add(1, Ordering::Relaxed);
        let waited = self.condvar.wait(guard);
        self.listeners.fetch_sub(1, Ordering::Relaxed);
        waited.unwrap_or_else(PoisonError::into_inner)
    }

    #[inline]
    pub(super) fn ring(&self) {
        if self.listeners.load(Ordering::Relaxed) > 0 {
            self.condvar.notify_all();
        }
    }

    #[inline]
    pub(super) fn ring_one(&self) {
        if self.listeners.load(Ordering::Relaxed) > 0 {
            self.condvar.notify_one();
        }
    }
}
