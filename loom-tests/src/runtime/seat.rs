//! Where a thread of a model sits while it polls a future: its waker, and what stops it.

use loom::sync::{Condvar, Mutex, MutexGuard};
use loom::thread::{self, ThreadId};
use std::cell::Cell;
use std::pin::Pin;
use std::sync::Arc;
use std::task::{Context, Poll, Wake, Waker};

/// Of one thread. Loom's types only, and one lock: what is checked is the program, and this is a step
/// of it.
#[derive(Debug)]
pub(super) struct Seat {
    state: Mutex<State>,
    bell: Condvar,
}

#[derive(Debug, Default)]
struct State {
    woken: bool,
    aborted: bool,
    /// Who polls.
    thread: Option<ThreadId>,
    /// Polls in a row that have woken themselves.
    spins: u32,
}

/// So many of them, and the others are made to run: a loop that waits in this way would be explored
/// for ever.
const SPINS: u32 = 2;

impl Seat {
    pub(super) fn new() -> Arc<Self> {
        let state = State { woken: true, ..State::default() };
        Arc::new(Self { state: Mutex::new(state), bell: Condvar::new() })
    }

    /// Whoever sits there polls no more.
    pub(super) fn abort(&self) {
        self.state().aborted = true;
        self.bell.notify_one();
    }

    pub(super) fn is_aborted(&self) -> bool {
        self.state().aborted
    }

    /// Polls `future` to its end; `None` when it was aborted first.
    #[track_caller]
    pub(super) fn poll_to_end<F: Future>(
        self: &Arc<Self>,
        mut future: Pin<&mut F>,
    ) -> Option<F::Output> {
        let _polls = Polls::new();
        let waker = Waker::from(Arc::clone(self));
        let mut cx = Context::from_waker(&waker);
        loop {
            let mut state = self.state();
            state.thread = Some(thread::current().id());
            while !state.woken && !state.aborted {
                state.spins = 0;
                state = self.bell.wait(state).expect("loom's mutex knows no poison");
            }
            state.woken = false;
            let (aborted, spins) = (state.aborted, state.spins);
            drop(state);
            if aborted {
                return None;
            }
            if spins >= SPINS {
                thread::yield_now();
            }
            // The budget is one of the system's thread, which all executions share.
            anyrt::task::begin_turn();
            if let Poll::Ready(output) = future.as_mut().poll(&mut cx) {
                return Some(output);
            }
        }
    }

    fn state(&self) -> MutexGuard<'_, State> {
        self.state.lock().expect("loom's mutex knows no poison")
    }
}

loom::thread_local! {
    static POLLS: Cell<bool> = Cell::new(false);
}

/// While this thread polls: it must not block on another future then (RT-ENTER-1).
struct Polls;

impl Polls {
    #[track_caller]
    fn new() -> Self {
        assert!(
            !POLLS.with(|polls| polls.replace(true)),
            "`block_on` inside a task or another `block_on` would block the thread that does the work: \
             await the future, or move the blocking part into `spawn_blocking`"
        );
        Self
    }
}

impl Drop for Polls {
    fn drop(&mut self) {
        POLLS.with(|polls| polls.set(false));
    }
}

impl Wake for Seat {
    fn wake(self: Arc<Self>) {
        self.wake_by_ref();
    }

    fn wake_by_ref(self: &Arc<Self>) {
        let mut state = self.state();
        state.woken = true;
        let by_itself = state.thread == Some(thread::current().id());
        state.spins = if by_itself { state.spins + 1 } else { 0 };
        drop(state);
        self.bell.notify_one();
    }
}
