use std::ops::{Deref, DerefMut};
use std::panic::{RefUnwindSafe, UnwindSafe};
use std::pin::Pin;
use std::ptr::{self, NonNull};
use std::task::Waker;

use super::node::{Core, decode};
use super::{Node, State, WakeBatch};
use crate::primitives::diagnosis::{Hush, Label, left, waits, woken};
use crate::primitives::{AtomicU32, Ordering, RawGuard, RawLock, Stamp, UnsafeCell, const_fn};

/// First-in, first-out lists of waiters, mostly one, and the state `S` that they wait on, under one
/// lock; and beside them one word for the paths that take no lock.
#[repr(C)] // what is needed each time comes first
pub(crate) struct Queue<S, const LISTS: usize = 1> {
    word: AtomicU32,
    lock: RawLock,
    /// Which lists have somebody in them, a bit each.
    waiting: UnsafeCell<u8>,
    state: UnsafeCell<S>,
    /// The first in each ring; its `prev` is the last.
    heads: UnsafeCell<[Option<NonNull<Core>>; LISTS]>,
    label: Label,
}

// SAFETY: `state` and the nodes are only reached by the holder of `lock`, one thread at a time, so
// they are sent, never shared; the wakers among them are `Send` as well.
unsafe impl<S: Send, const LISTS: usize> Send for Queue<S, LISTS> {}
// SAFETY: as above.
unsafe impl<S: Send, const LISTS: usize> Sync for Queue<S, LISTS> {}

// A section runs nobody else's code, but by `expose`, before it changes anything: a panic finds it whole.
impl<S, const LISTS: usize> UnwindSafe for Queue<S, LISTS> {}
impl<S, const LISTS: usize> RefUnwindSafe for Queue<S, LISTS> {}

impl<S, const LISTS: usize> Queue<S, LISTS> {
    const_fn! {
        pub(crate) const fn new(word: u32, state: S, label: Label) -> Self {
            Self {
                word: AtomicU32::new(word),
                lock: RawLock::new(),
                waiting: UnsafeCell::new(0),
                state: UnsafeCell::new(state),
                heads: UnsafeCell::new([None; LISTS]),
                label,
            }
        }
    }

    const_fn! {
        pub(crate) const fn set_name(&mut self, name: &'static str) {
            self.label.set_name(name);
        }
    }

    /// What it is for.
    #[inline]
    pub(crate) fn label(&self) -> &Label {
        &self.label
    }

    /// What the primitive makes of it is its own affair.
    #[inline]
    pub(crate) fn word(&self) -> &AtomicU32 {
        &self.word
    }

    #[inline]
    pub(crate) fn lock(&self) -> Locked<'_, S, LISTS> {
        Locked { queue: self, _guard: self.lock.lock(), _hush: Hush::new() }
    }

    /// For what is done so often that threads had better not take turns: see
    /// [`RawLock::lock_patiently`].
    #[inline]
    pub(crate) fn lock_patiently(&self) -> Locked<'_, S, LISTS> {
        Locked { queue: self, _guard: self.lock.lock_patiently(), _hush: Hush::new() }
    }

    /// Locks for a poll of `node` with `waker`. A queued node has this waker then; for another there
    /// is a clone in `spare`, to push it with.
    ///
    /// `spare` may also hold a waker that is not needed any more. It is to be declared before the
    /// lock, so that it is dropped after it.
    pub(crate) fn lock_for<'q>(
        &'q self,
        node: Pin<&Node<'q, S, LISTS>>,
        waker: &Waker,
        spare: &mut Option<Waker>,
    ) -> Locked<'q, S, LISTS> {
        if node.state() != State::Queued {
            *spare = Some(waker.clone());
        }
        loop {
            let mut locked = self.lock();
            if locked.state_of(node) != State::Queued {
                if spare.is_some() {
                    return locked;
                }
            } else if locked.has_waker(node, waker) {
                return locked;
            } else if let Some(clone) = spare.take() {
                *spare = locked.set_waker(node, clone);
                return locked;
            }
            drop(locked); // while someone else's code makes the clone
            *spare = Some(waker.clone());
        }
    }
}

/// The locked queue. It dereferences to its state.
///
/// Nobody else's code may run while it lives (but by `expose`): no waker is called, cloned or dropped,
/// and none is here; they are handed out for the time after.
pub(crate) struct Locked<'q, S, const LISTS: usize = 1> {
    queue: &'q Queue<S, LISTS>,
    _guard: RawGuard<'q>,
    /// After the lock in the order of drops.
    _hush: Hush,
}

/// Of the only list.
impl<S> Locked<'_, S> {
    pub(crate) fn is_empty(&self) -> bool {
        self.is_empty_in(0)
    }

    /// What the first waiter wants.
    pub(crate) fn front(&self) -> Option<u32> {
        self.front_in(0)
    }

    /// Whether this node is the first waiter.
    pub(crate) fn is_front(&self, node: Pin<&Node<'_, S>>) -> bool {
        self.head(0) == Some(node.core())
    }

    /// Changes the stamp of the first waiter.
    pub(crate) fn with_front_stamp<R>(&mut self, f: impl FnOnce(&mut Stamp) -> R) -> Option<R> {
        let head = self.head(0)?;
        // SAFETY: as in `front_in`.
        let core = unsafe { head.as_ref() };
        // SAFETY: as in `front_in`; `f` reaches no node.
        Some(core.stamp.with_mut(|stamp| f(unsafe { &mut *stamp })))
    }

    /// How many wait. Takes time in proportion.
    pub(crate) fn len(&self) -> usize {
        self.len_in(0)
    }

    /// Queued → Woken for the first waiter; its waker goes into the batch. `false` if nobody waits.
    pub(crate) fn wake_front(&mut self, outcome: u32, batch: &mut WakeBatch) -> bool {
        self.wake_front_in(0, outcome, batch)
    }

    /// Calls the first waiter without taking it out: it is polled, and stays Queued.
    pub(crate) fn nudge_front(&mut self, batch: &mut WakeBatch) {
        if let Some(head) = self.head(0)
            && let Some(waker) = Self::links(head, |links| links.waker.take())
        {
            batch.push(waker);
        }
    }
}

impl<'q, S, const LISTS: usize> Locked<'q, S, LISTS> {
    /// Whether all lists are empty.
    #[inline]
    pub(crate) fn nobody_waits(&self) -> bool {
        // SAFETY: as in `head`.
        self.queue.waiting.with(|waiting| unsafe { *waiting }) == 0
    }

    #[inline]
    pub(crate) fn is_empty_in(&self, list: usize) -> bool {
        self.head(list).is_none()
    }

    /// What the first waiter in a list wants.
    pub(crate) fn front_in(&self, list: usize) -> Option<u32> {
        let head = self.head(list)?;
        // SAFETY: nodes in a list are alive: they leave it, under this lock, before they die.
        let core = unsafe { head.as_ref() };
        // SAFETY: a queued node's fields belong to the holder of the lock.
        Some(core.tag.with(|tag| unsafe { *tag }))
    }

    /// How many wait in a list. Takes time in proportion.
    pub(crate) fn len_in(&self, list: usize) -> usize {
        let Some(head) = self.head(list) else { return 0 };
        let (mut count, mut at) = (1, Self::next(head));
        while at != head {
            count += 1;
            at = Self::next(at);
        }
        count
    }

    /// Looks at the state by other people's code: the one exception from the rule above. It may panic,
    /// and is told so, by a panic, when it comes back to this queue; it may not take long.
    #[inline]
    pub(crate) fn expose<R>(&self, f: impl FnOnce(&S) -> R) -> R {
        self.queue.lock.expose(|| f(self))
    }

    /// The state of a node of this queue, exact while this lock is held.
    pub(crate) fn state_of(&self, node: Pin<&Node<'q, S, LISTS>>) -> State {
        // SAFETY: the node is borrowed, so alive.
        let core = unsafe { self.own(node).as_ref() };
        // Ordering: the lock orders it: a queued node's state is only written under it.
        decode(core.state.load(Ordering::Relaxed))
    }

    /// Idle or Woken → Queued, at the end of its list.
    pub(crate) fn push_back(
        &mut self,
        node: Pin<&Node<'q, S, LISTS>>,
        waker: Waker,
        tag: u32,
        stamp: Stamp,
    ) {
        self.link(self.own(node), waker, tag, stamp);
    }

    /// Idle or Woken → Queued, before everybody else in its list.
    pub(crate) fn push_front(
        &mut self,
        node: Pin<&Node<'q, S, LISTS>>,
        waker: Waker,
        tag: u32,
        stamp: Stamp,
    ) {
        let core = self.own(node);
        self.link(core, waker, tag, stamp);
        self.set_head(Self::list(core), Some(core));
    }

    /// What a queued node wants.
    pub(crate) fn tag(&self, node: Pin<&Node<'q, S, LISTS>>) -> u32 {
        // SAFETY: the node is borrowed, so alive.
        let core = unsafe { self.own(node).as_ref() };
        // SAFETY: it is written only under this lock.
        core.tag.with(|tag| unsafe { *tag })
    }

    /// The stamp that a node was queued with, or was given since.
    pub(crate) fn stamp(&self, node: Pin<&Node<'q, S, LISTS>>) -> Stamp {
        // SAFETY: the node is borrowed, so alive.
        let core = unsafe { self.own(node).as_ref() };
        // SAFETY: it is written only under this lock.
        core.stamp.with(|stamp| unsafe { *stamp })
    }

    /// Woken → Idle, with the outcome; else `None`.
    pub(crate) fn take_outcome(&mut self, node: Pin<&Node<'q, S, LISTS>>) -> Option<u32> {
        if self.state_of(node) != State::Woken {
            return None;
        }
        // SAFETY: the node is borrowed, so alive.
        let core = unsafe { self.own(node).as_ref() };
        // Ordering: only the owner looks at the state of a node that is not queued.
        core.state.store(State::Idle as u8, Ordering::Relaxed);
        left(core, &self.queue.label);
        // SAFETY: the tag is written only under this lock.
        Some(core.tag.with(|tag| unsafe { *tag }))
    }

    /// Queued → Idle, with the waker, to be dropped after the lock; else `None`.
    #[must_use = "a waker is dropped after the lock"]
    pub(crate) fn remove(&mut self, node: Pin<&Node<'q, S, LISTS>>) -> Option<Waker> {
        if self.state_of(node) != State::Queued {
            return None;
        }
        let core = self.own(node);
        let waker = self.unlink(core);
        // SAFETY: the node is borrowed, so alive.
        let core = unsafe { core.as_ref() };
        // Ordering: only the owner looks at the state of a node that is not queued.
        core.state.store(State::Idle as u8, Ordering::Relaxed);
        left(core, &self.queue.label);
        waker
    }

    /// Whether a wake-up of a queued node would reach this waker already.
    fn has_waker(&self, node: Pin<&Node<'q, S, LISTS>>, waker: &Waker) -> bool {
        Self::links(self.own(node), |links| {
            links.waker.as_ref().is_some_and(|stored| stored.will_wake(waker))
        })
    }

    /// Gives a queued node another waker; returns the old one, to be dropped after the lock.
    fn set_waker(&mut self, node: Pin<&Node<'q, S, LISTS>>, waker: Waker) -> Option<Waker> {
        debug_assert_eq!(self.state_of(node), State::Queued);
        Self::links(self.own(node), |links| links.waker.replace(waker))
    }

    /// Queued → Woken for the first waiter in a list; its waker goes into the batch. `false` if nobody
    /// waits there.
    pub(crate) fn wake_front_in(
        &mut self,
        list: usize,
        outcome: u32,
        batch: &mut WakeBatch,
    ) -> bool {
        let Some(head) = self.head(list) else { return false };
        if let Some(waker) = self.unlink(head) {
            batch.push(waker);
        }
        // SAFETY: the node cannot die yet: its owner sees Queued, and so takes the lock first.
        let core = unsafe { head.as_ref() };
        // SAFETY: until it is marked as woken, the node belongs to the holder of the lock.
        core.tag.with_mut(|tag| unsafe { *tag = outcome });
        woken(core, &self.queue.label);
        let state = &core.state;
        // Ordering: releases the node to its owner's load in `Node::state`. This is the last access:
        // the owner may free the node at once.
        state.store(State::Woken as u8, Ordering::Release);
        true
    }

    fn own(&self, node: Pin<&Node<'q, S, LISTS>>) -> NonNull<Core> {
        assert!(ptr::eq(node.queue(), self.queue), "a waiter of another queue");
        node.core()
    }

    fn head(&self, list: usize) -> Option<NonNull<Core>> {
        self.queue.heads.with(|heads| {
            // SAFETY: `heads` is only touched by the holder of the lock.
            let heads = unsafe { &*heads };
            heads[list]
        })
    }

    fn set_head(&mut self, list: usize, to: Option<NonNull<Core>>) {
        self.queue.heads.with_mut(|heads| {
            // SAFETY: as in `head`.
            let heads = unsafe { &mut *heads };
            heads[list] = to;
        });
        self.queue.waiting.with_mut(|waiting| {
            // SAFETY: as in `head`.
            let waiting = unsafe { &mut *waiting };
            *waiting = *waiting & !(1 << list) | u8::from(to.is_some()) << list;
        });
    }

    /// The list of a node that is alive: borrowed, or in it.
    fn list(core: NonNull<Core>) -> usize {
        // SAFETY: alive, as said above; a node's list never changes.
        usize::from(unsafe { core.as_ref() }.list)
    }

    fn next(core: NonNull<Core>) -> NonNull<Core> {
        Self::links(core, |links| links.next)
    }

    /// The links of a node that is alive: borrowed, or in the list.
    fn links<R>(core: NonNull<Core>, f: impl FnOnce(&mut super::node::Links) -> R) -> R {
        // SAFETY: alive, as said above.
        let core = unsafe { core.as_ref() };
        core.links.with_mut(|links| {
            // SAFETY: links are only touched by the holder of the lock, and `f` of this module
            // reaches no other links.
            f(unsafe { &mut *links })
        })
    }

    /// Puts a node that is not queued between the last and the first.
    fn link(&mut self, core: NonNull<Core>, waker: Waker, tag: u32, stamp: Stamp) {
        // SAFETY: the node is borrowed by the caller, so alive.
        let node = unsafe { core.as_ref() };
        // Ordering: only the owner writes the state of a node that is not queued, and this is it.
        assert_ne!(decode(node.state.load(Ordering::Relaxed)), State::Queued, "queued twice");
        let list = Self::list(core);
        let (prev, next) = match self.head(list) {
            Some(head) => (Self::links(head, |links| links.prev), head),
            None => (core, core),
        };
        let old = Self::links(core, |links| {
            (links.prev, links.next) = (prev, next);
            links.waker.replace(waker)
        });
        debug_assert!(old.is_none(), "a node that is not queued has no waker");
        if prev == core {
            self.set_head(list, Some(core));
        } else {
            Self::links(prev, |links| links.next = core);
            Self::links(next, |links| links.prev = core);
        }
        // SAFETY: the lock is held, and nobody else knows the node yet.
        node.tag.with_mut(|slot| unsafe { *slot = tag });
        // SAFETY: as above.
        node.stamp.with_mut(|slot| unsafe { *slot = stamp });
        // Ordering: whoever acts on it holds the lock.
        node.state.store(State::Queued as u8, Ordering::Relaxed);
        waits(node, &self.queue.label, node.site);
    }

    /// Takes a queued node out of the ring.
    fn unlink(&mut self, core: NonNull<Core>) -> Option<Waker> {
        let (prev, next, waker) =
            Self::links(core, |links| (links.prev, links.next, links.waker.take()));
        let list = Self::list(core);
        if next == core {
            self.set_head(list, None);
        } else {
            Self::links(prev, |links| links.next = next);
            Self::links(next, |links| links.prev = prev);
            if self.head(list) == Some(core) {
                self.set_head(list, Some(next));
            }
        }
        waker
    }
}

impl<S, const LISTS: usize> Deref for Locked<'_, S, LISTS> {
    type Target = S;

    fn deref(&self) -> &S {
        // SAFETY: the lock is held, and `self` is shared.
        self.queue.state.with(|state| unsafe { &*state })
    }
}

impl<S, const LISTS: usize> DerefMut for Locked<'_, S, LISTS> {
    fn deref_mut(&mut self) -> &mut S {
        // SAFETY: the lock is held, and `self` is exclusive.
        self.queue.state.with_mut(|state| unsafe { &mut *state })
    }
}
