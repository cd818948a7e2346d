use std::fmt;
use std::marker::PhantomPinned;
use std::panic::{RefUnwindSafe, UnwindSafe};
use std::pin::Pin;
use std::ptr::NonNull;
use std::task::Waker;

use super::Queue;
use crate::primitives::diagnosis::{Site, left};
use crate::primitives::{AtomicU8, Ordering, Stamp, UnsafeCell};

/// Where a waiter is.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
#[repr(u8)]
pub(crate) enum State {
    /// In no list. Only the owner touches the node.
    Idle = 0,
    /// In the list, and owned by whoever holds the queue's lock.
    Queued = 1,
    /// Out of the list again, with an outcome. The waker of it has forgotten the node: only the
    /// owner touches it.
    Woken = 2,
}

/// A place in a list of a [`Queue`]. It lives inside the future that waits, so waiting allocates nothing.
///
/// Dropped while queued, it leaves the queue first.
pub(crate) struct Node<'q, S, const LISTS: usize = 1> {
    queue: &'q Queue<S, LISTS>,
    core: Core,
}

/// The part that the list links, whatever the queue's `S`.
pub(super) struct Core {
    pub(super) links: UnsafeCell<Links>,
    /// Queued: what the waiter wants. Woken: what it got.
    pub(super) tag: UnsafeCell<u32>,
    pub(super) stamp: UnsafeCell<Stamp>,
    /// Written under the lock, read by the owner without.
    pub(super) state: AtomicU8,
    /// Which list of the queue it is for.
    pub(super) list: u8,
    /// For who looks for deadlocks.
    pub(super) site: Site,
    _pinned: PhantomPinned,
}

pub(super) struct Links {
    /// Both are meaningful only while queued.
    pub(super) prev: NonNull<Core>,
    pub(super) next: NonNull<Core>,
    pub(super) waker: Option<Waker>,
}

// SAFETY: everything in a core but `state`, an atomic, is touched by the holder of the queue's lock
// while queued, and else through exclusive access or by `Locked`, which holds that lock, too. So a
// node may move to, and be used from, another thread as the queue it borrows may.
unsafe impl<S: Send, const LISTS: usize> Send for Node<'_, S, LISTS> {}
// SAFETY: as above.
unsafe impl<S: Send, const LISTS: usize> Sync for Node<'_, S, LISTS> {}

// As its queue.
impl<S, const LISTS: usize> UnwindSafe for Node<'_, S, LISTS> {}
impl<S, const LISTS: usize> RefUnwindSafe for Node<'_, S, LISTS> {}

impl<'q, S> Node<'q, S> {
    /// For the only list.
    pub(crate) fn new(queue: &'q Queue<S>, site: Site) -> Self {
        Self::new_in(queue, 0, site)
    }
}

impl<'q, S, const LISTS: usize> Node<'q, S, LISTS> {
    pub(crate) fn new_in(queue: &'q Queue<S, LISTS>, list: u8, site: Site) -> Self {
        debug_assert!(usize::from(list) < LISTS, "no such list");
        let links = Links { prev: NonNull::dangling(), next: NonNull::dangling(), waker: None };
        Self {
            queue,
            core: Core {
                links: UnsafeCell::new(links),
                tag: UnsafeCell::new(0),
                stamp: UnsafeCell::new(Stamp::NONE),
                state: AtomicU8::new(State::Idle as u8),
                list,
                site,
                _pinned: PhantomPinned,
            },
        }
    }

    pub(crate) fn queue(&self) -> &'q Queue<S, LISTS> {
        self.queue
    }

    /// Without the lock, so `Queued` may be over by now; the others stay until the owner acts.
    #[inline]
    pub(crate) fn state(&self) -> State {
        // Ordering: acquires what the waker's side did before the store of `Woken` in
        // `Locked::wake_front`: its last access to the node, and the tag.
        decode(self.core.state.load(Ordering::Acquire))
    }

    /// The outcome of a woken waiter; from then on it is idle.
    pub(crate) fn take_outcome(self: Pin<&mut Self>) -> Option<u32> {
        if self.state() != State::Woken {
            return None;
        }
        // Ordering: nobody else looks at the state of a node that is not queued.
        self.core.state.store(State::Idle as u8, Ordering::Relaxed);
        left(&self.core, self.queue.label());
        // SAFETY: a woken node is its owner's alone, and this is the owner: access is exclusive.
        Some(self.core.tag.with(|tag| unsafe { *tag }))
    }

    pub(super) fn core(self: Pin<&Self>) -> NonNull<Core> {
        NonNull::from(&self.get_ref().core)
    }
}

pub(super) fn decode(state: u8) -> State {
    match state {
        0 => State::Idle,
        1 => State::Queued,
        _ => State::Woken,
    }
}

impl<S, const LISTS: usize> Drop for Node<'_, S, LISTS> {
    fn drop(&mut self) {
        left(&self.core, self.queue.label());
        if self.state() == State::Queued {
            // SAFETY: a node that was ever queued was pinned, and is still in its place: this is its
            // destructor.
            let this = unsafe { Pin::new_unchecked(&*self) };
            let waker = this.queue.lock().remove(this);
            drop(waker); // after the lock
        }
    }
}

impl<S, const LISTS: usize> fmt::Debug for Node<'_, S, LISTS> {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.debug_struct("Node").field("state", &self.state()).finish_non_exhaustive()
    }
}
