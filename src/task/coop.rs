//! Taking turns. An executor can switch tasks only where one returns `Pending`; a loop over futures
//! that are always ready never does, and starves its siblings. So anyrt's own futures return
//! `Pending` once in a while although they are ready.
//!
//! The budget is counted per thread, not per poll: no runtime has to tell us where a poll begins, and
//! the cost is one thread-local byte. A task may so pay for what its predecessors on the thread used
//! up; that costs it one turn in 96 operations at most. No budget is like the one before: tasks that
//! spend the same in every round would have the same one among them pay each time, and never go on.

use std::cell::Cell;
use std::future::Future;
use std::pin::Pin;
use std::task::{Context, Poll};

/// Operations that may be ready in a row on one thread, at most.
pub(crate) const BUDGET: u8 = 128;

thread_local! {
    static LEFT: Cell<u8> = const { Cell::new(BUDGET) };
    /// Whether the budget was used up since `begin_turn_of`.
    static SPENT: Cell<bool> = const { Cell::new(false) };
    /// By which the next budget differs: a step of a generator that goes through all values.
    static UNEVEN: Cell<u8> = const { Cell::new(0) };
}

/// First in the poll of a future that may be always ready: `Pending` when the budget is used up.
#[inline]
pub(crate) fn poll_proceed(cx: &mut Context<'_>) -> Poll<()> {
    if LEFT.get() > 0 { Poll::Ready(()) } else { take_a_turn(cx) }
}

/// Both in one, for a future that knows that it is ready: it spends one operation, or is `Pending`.
#[inline]
pub(crate) fn poll_spend(cx: &mut Context<'_>) -> Poll<()> {
    let Some(left) = LEFT.get().checked_sub(1) else { return take_a_turn(cx) };
    LEFT.set(left);
    Poll::Ready(())
}

#[cold]
fn take_a_turn(cx: &mut Context<'_>) -> Poll<()> {
    let uneven = UNEVEN.get().wrapping_mul(5).wrapping_add(1);
    UNEVEN.set(uneven);
    LEFT.set(BUDGET - uneven / 8);
    SPENT.set(true);
    cx.waker().wake_by_ref();
    Poll::Pending
}

/// Last before such a future is ready.
#[inline]
pub(crate) fn made_progress() {
    LEFT.set(LEFT.get().saturating_sub(1));
}

/// Begins a budget anew, for a scheduler that calls it before each poll and so makes a run the same
/// whatever its thread did before. No runtime has to.
///
/// # Examples
///
/// ```
/// use std::task::{Context, Waker};
///
/// let mut task = Box::pin(async {
///     for _ in 0..128 {
///         anyrt::task::consume_budget().await;
///     }
/// });
/// anyrt::task::begin_turn();
/// let poll = task.as_mut().poll(&mut Context::from_waker(Waker::noop()));
/// assert!(poll.is_ready()); // nothing was spent before
/// ```
#[inline]
pub fn begin_turn() {
    UNEVEN.set(0);
    LEFT.set(BUDGET);
}

/// Likewise, of so many operations: a scheduler can have its turn before each of them.
#[cfg(feature = "sim")]
#[inline]
pub(crate) fn begin_turn_of(operations: u8) {
    UNEVEN.set(0);
    LEFT.set(operations);
    SPENT.set(false);
}

/// Whether the turn ended before an operation, as nothing was left for it.
#[cfg(feature = "sim")]
#[inline]
pub(crate) fn has_spent_turn() -> bool {
    SPENT.get()
}

/// Lets the other tasks of this thread run once.
///
/// # Cancel safety
///
/// Holds nothing.
///
/// # Examples
///
/// ```
/// # use anyrt::prelude::*;
/// # anyrt::ThreadsOwner::new().unwrap().run(|_| async {
/// for chunk in (0..1_000_000_u64).collect::<Vec<_>>().chunks(10_000) {
///     std::hint::black_box(chunk.iter().sum::<u64>());
///     anyrt::task::yield_now().await;
/// }
/// # });
/// ```
pub fn yield_now() -> Yield {
    Yield { yielded: false }
}

/// The future of [`yield_now`].
#[derive(Debug)]
#[must_use = "futures do nothing unless awaited"]
pub struct Yield {
    yielded: bool,
}

impl Future for Yield {
    type Output = ();

    #[inline]
    fn poll(mut self: Pin<&mut Self>, cx: &mut Context<'_>) -> Poll<()> {
        if self.yielded {
            return Poll::Ready(());
        }
        self.yielded = true;
        cx.waker().wake_by_ref();
        Poll::Pending
    }
}

/// Yields once in 128 calls, or sooner: the cheap form of [`yield_now`] for hot loops (RT-COOP-1).
///
/// # Cancel safety
///
/// Holds nothing.
///
/// # Examples
///
/// ```
/// # use anyrt::prelude::*;
/// # anyrt::ThreadsOwner::new().unwrap().run(|_| async {
/// let mut sum = 0_u64;
/// for n in 0..1_000_000 {
///     sum += n;
///     anyrt::task::consume_budget().await;
/// }
/// # });
/// ```
pub async fn consume_budget() {
    std::future::poll_fn(poll_spend).await;
}
