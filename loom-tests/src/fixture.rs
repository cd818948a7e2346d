//! A one-place queue with known defects, on which the tools of this crate are tried.

use crate::atomics::AtomicUsize;
use crate::linear::{Step, Subject, What};
use crate::session::{Tell, Waits, tell};
use loom::cell::UnsafeCell;
use loom::sync::{Mutex, MutexGuard};
use std::future::poll_fn;
use std::sync::Arc;
use std::sync::atomic::Ordering::{Acquire, Relaxed, Release};
use std::task::{Poll, Waker};

const EMPTY: usize = 0;
const BUSY: usize = 1;
const FULL: usize = 2;

/// What is wrong with a [`Slot`].
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub enum Defect {
    /// Nothing.
    None,
    /// It looks first and takes later.
    Hasty,
    /// It wakes nobody.
    Silent,
    /// It registers after it looked.
    Late,
}

/// Holds at most one value.
#[derive(Debug)]
pub struct Slot {
    state: AtomicUsize,
    value: UnsafeCell<u8>,
    waiters: Mutex<Vec<Waker>>,
    defect: Defect,
}

// SAFETY: only the thread that has made the state `BUSY` touches the value.
unsafe impl Send for Slot {}
// SAFETY: as above.
unsafe impl Sync for Slot {}

impl Slot {
    /// Empty.
    pub fn new(defect: Defect) -> Self {
        let (state, value) = (AtomicUsize::new(EMPTY), UnsafeCell::new(0));
        Self { state, value, waiters: Mutex::new(Vec::new()), defect }
    }

    /// Puts a value in, unless there is one.
    pub fn try_push(&self, value: u8) -> bool {
        let mine = self.claim(EMPTY);
        if mine {
            // SAFETY: the state is `BUSY`, by this thread.
            self.value.with_mut(|at| unsafe { *at = value });
            // Ordering: pairs with the claim in `try_pop`; publishes the value.
            self.state.swap(FULL, Release);
            let waiters = std::mem::take(&mut *self.waiters());
            if self.defect != Defect::Silent {
                waiters.into_iter().for_each(Waker::wake);
            }
        }
        mine
    }

    /// Takes the value out, if there is one.
    pub fn try_pop(&self) -> Option<u8> {
        self.claim(FULL).then(|| {
            // SAFETY: the state is `BUSY`, by this thread.
            let value = self.value.with(|at| unsafe { *at });
            // Ordering: pairs with the claim in `try_push`: the value was read.
            self.state.swap(EMPTY, Release);
            value
        })
    }

    /// Waits for a value.
    pub async fn pop(&self) -> u8 {
        poll_fn(|cx| {
            if self.defect == Defect::Late {
                if let Some(value) = self.try_pop() {
                    return Poll::Ready(value);
                }
                self.waiters().push(cx.waker().clone());
                return Poll::Pending;
            }
            self.waiters().push(cx.waker().clone());
            self.try_pop().map_or(Poll::Pending, Poll::Ready)
        })
        .await
    }

    fn claim(&self, from: usize) -> bool {
        if self.defect == Defect::Hasty {
            if self.state.load(Acquire) != from {
                return false;
            }
            self.state.swap(BUSY, Relaxed);
            return true;
        }
        // Ordering: pairs with the swaps that end a claim.
        self.state.compare_exchange(from, BUSY, Acquire, Relaxed).is_ok()
    }

    fn waiters(&self) -> MutexGuard<'_, Vec<Waker>> {
        self.waiters.lock().expect("loom's mutex knows no poison")
    }
}

/// The slot of a defect, to the generator. The number is that of the variant.
#[derive(Debug)]
pub struct Generated<const DEFECT: usize>;

/// Its operations.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub enum Op {
    /// `try_push(7)`.
    Push,
    /// `try_pop`.
    Pop,
}

impl<const DEFECT: usize> Waits for Generated<DEFECT> {
    type Object = Slot;
    type Ret = Option<u8>;

    fn object() -> Slot {
        Slot::new([Defect::None, Defect::Hasty, Defect::Silent, Defect::Late][DEFECT])
    }

    async fn wait(slot: Arc<Slot>, _kind: u8, told: Tell<Option<u8>>) {
        tell(&told, Some(slot.pop().await));
    }
}

impl<const DEFECT: usize> Subject for Generated<DEFECT> {
    type Op = Op;
    type Spec = Option<u8>;

    const OPS: &'static [Op] = &[Op::Push, Op::Pop];
    const WAITS: &'static [u8] = &[0];
    const PRELUDES: &'static [&'static [Step<Op>]] = &[&[]];

    fn spec() -> Option<u8> {
        None
    }

    fn run(slot: &Slot, op: Op) -> Option<u8> {
        match op {
            Op::Push => slot.try_push(7).then_some(7),
            Op::Pop => slot.try_pop(),
        }
    }

    fn accept(spec: &mut Option<u8>, call: &What<Op, Option<u8>>) -> bool {
        match call {
            // It may fail while another thread is at it, which is no sequential reason.
            What::Did(_, None) | What::Polled(_, _, None) | What::Dropped(..) => true,
            What::Did(Op::Push, Some(value)) => spec.replace(*value).is_none(),
            What::Did(Op::Pop, Some(value)) | What::Polled(_, _, Some(Some(value))) => {
                spec.take() == Some(*value)
            }
            What::Polled(_, _, Some(None)) => false,
        }
    }
}
