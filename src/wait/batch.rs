use std::any::Any;
use std::mem::MaybeUninit;
use std::panic::{self, AssertUnwindSafe};
use std::task::Waker;

use crate::primitives::{WAKE_BATCH, panicking};

/// Wakers taken under the lock, to be called after it. It allocates nothing.
///
/// A waker that panics costs the others nothing: the panic goes on when the batch is dropped.
pub(crate) struct WakeBatch {
    /// The first `len` are there.
    wakers: [MaybeUninit<Waker>; WAKE_BATCH],
    len: usize,
    panic: Option<Box<dyn Any + Send>>,
}

impl WakeBatch {
    #[inline]
    pub(crate) const fn new() -> Self {
        Self { wakers: [const { MaybeUninit::uninit() }; WAKE_BATCH], len: 0, panic: None }
    }

    /// Then it is to be woken before the next push.
    #[inline]
    pub(crate) fn is_full(&self) -> bool {
        self.len == WAKE_BATCH
    }

    #[inline]
    pub(super) fn push(&mut self, waker: Waker) {
        self.wakers[self.len].write(waker);
        self.len += 1;
    }

    /// Calls them, first in, first out. No lock may be held.
    #[inline]
    pub(crate) fn wake(&mut self) {
        if self.len > 0 {
            self.wake_some();
        }
    }

    #[inline(never)]
    fn wake_some(&mut self) {
        let len = std::mem::take(&mut self.len); // a waker is out of the batch before it is called
        for slot in &self.wakers[..len] {
            // SAFETY: the first `len` were written, and each is read once, as `len` is 0 now.
            let waker = unsafe { slot.assume_init_read() };
            if let Err(panic) = panic::catch_unwind(AssertUnwindSafe(|| waker.wake())) {
                self.panic.get_or_insert(panic);
            }
        }
    }
}

impl Drop for WakeBatch {
    #[inline]
    fn drop(&mut self) {
        self.wake();
        if let Some(panic) = self.panic.take()
            && !panicking()
        {
            panic::resume_unwind(panic);
        }
    }
}
