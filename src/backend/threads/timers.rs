//! The runtime's timers: the wheel under a lock, and its earliest tick beside it.

use std::panic::{AssertUnwindSafe, catch_unwind};
use std::sync::atomic::{AtomicU64, Ordering::Relaxed};
use std::sync::{Arc, Mutex, MutexGuard, PoisonError};
use std::task::Waker;
use std::thread::{self, Thread};
use std::time::{Duration, Instant};

use super::idle::NEVER;
pub(super) use super::wheel::Key;
use super::wheel::Wheel;

/// Nanoseconds of a tick, as a power of two: about a microsecond.
const TICK_BITS: u32 = 10;
/// Wakers that are woken between two times under the lock.
const BATCH: usize = 64;
/// Ticks between two times that a worker is woken up for timers alone.
const GAP: u64 = 64;

pub(super) struct Timers {
    /// When tick 0 began.
    origin: Instant,
    /// No timer is due before this tick; `NEVER` if there is none. Changed under the lock.
    next: AtomicU64,
    /// When timers fired last.
    fired: AtomicU64,
    state: Mutex<State>,
}

struct State {
    wheel: Wheel,
    /// The thread that drives the timers once the workers are gone.
    lone: Option<Thread>,
}

impl Timers {
    pub(super) fn new() -> Self {
        let state = Mutex::new(State { wheel: Wheel::new(), lone: None });
        Self {
            origin: Instant::now(),
            next: AtomicU64::new(NEVER),
            fired: AtomicU64::new(0),
            state,
        }
    }

    /// The tick of this moment.
    #[inline]
    pub(super) fn now(&self) -> u64 {
        nanos(self.origin.elapsed()) >> TICK_BITS
    }

    /// How long it is until `tick` begins.
    pub(super) fn until(&self, tick: u64) -> Duration {
        Duration::from_nanos(tick.saturating_mul(1 << TICK_BITS))
            .saturating_sub(self.origin.elapsed())
    }

    /// The first tick at or after `at`: a timer is never early.
    fn tick_at(&self, at: Instant) -> u64 {
        nanos(at.saturating_duration_since(self.origin)).div_ceil(1 << TICK_BITS)
    }

    /// No timer is due before this tick.
    #[inline]
    pub(super) fn next(&self) -> u64 {
        self.next.load(Relaxed)
    }

    /// When a sleeping worker has to wake up; `NEVER` if there is no timer. A lone timer is met as
    /// exactly as can be. Of many close to each other some are up to a `GAP` late, as to wake up for
    /// each would cost many times what it takes to fire it.
    pub(super) fn next_wake(&self) -> u64 {
        self.next().max(self.fired.load(Relaxed) + GAP)
    }

    /// Whether a timer may be due.
    #[inline]
    pub(super) fn is_due(&self) -> bool {
        let next = self.next();
        next != NEVER && next <= self.now()
    }

    /// Adds a timer; beside its key its tick, if no other is due before it.
    pub(super) fn insert(&self, at: Instant, waker: Waker) -> (Key, Option<u64>) {
        let tick = self.tick_at(at);
        let mut state = self.lock();
        let key = state.wheel.insert(tick, waker);
        let first = tick < self.next.load(Relaxed);
        if first {
            self.next.store(tick, Relaxed);
        }
        (key, first.then_some(tick))
    }

    /// Has a timer wake `waker`; false if it has fired.
    pub(super) fn update(&self, key: Key, waker: &Waker) -> bool {
        match self.lock().wheel.waker_mut(key) {
            None => return false,
            Some(current) if current.will_wake(waker) => return true,
            Some(_) => {}
        }
        let waker = waker.clone(); // outside the lock, as all that is done to wakers
        let mut state = self.lock();
        let Some(current) = state.wheel.waker_mut(key) else { return false };
        let replaced = std::mem::replace(current, waker);
        drop(state);
        drop(replaced);
        true
    }

    /// Takes a timer out, if it has not fired.
    pub(super) fn remove(&self, key: Key) {
        let mut state = self.lock();
        let waker = state.wheel.remove(key);
        if state.wheel.len() == 0 {
            self.next.store(NEVER, Relaxed);
        }
        drop(state);
        drop(waker);
    }

    /// Wakes all that are due; `before_many` is called first if they are more than one.
    #[cold]
    pub(super) fn fire(&self, before_many: impl Fn()) {
        let mut due = Vec::with_capacity(BATCH);
        loop {
            let mut state = self.lock();
            let now = self.now();
            let all = state.wheel.advance(now, BATCH, |waker| due.push(waker));
            self.fired.store(now, Relaxed);
            self.next.store(state.wheel.next().unwrap_or(NEVER), Relaxed);
            drop(state);
            if due.len() > 1 {
                before_many();
            }
            due.drain(..).for_each(wake);
            if all {
                return;
            }
        }
    }

    /// Has a thread of their own drive the timers that are there, until none is left.
    pub(super) fn drive_alone(self: &Arc<Self>) {
        let mut state = self.lock();
        if state.wheel.len() == 0 {
            return;
        }
        if let Some(lone) = &state.lone {
            return lone.unpark();
        }
        let timers = self.clone();
        let thread = thread::Builder::new().name("anyrt-timers".into());
        if let Ok(thread) = thread.spawn(move || timers.run_alone()) {
            state.lone = Some(thread.thread().clone());
        } else {
            // No thread to wait on: each sleep has to look at the clock itself, again and again.
            let waiting = state.wheel.drain();
            self.next.store(NEVER, Relaxed);
            drop(state);
            waiting.into_iter().for_each(wake);
        }
    }

    fn run_alone(&self) {
        loop {
            self.fire(|| ());
            let mut state = self.lock();
            let Some(next) = state.wheel.next() else {
                state.lone = None;
                return;
            };
            drop(state);
            thread::park_timeout(self.until(next));
        }
    }

    /// Nothing panics under this lock.
    fn lock(&self) -> MutexGuard<'_, State> {
        self.state.lock().unwrap_or_else(PoisonError::into_inner)
    }
}

/// A waker that panics has told so; the others must still be woken.
fn wake(waker: Waker) {
    let _told = catch_unwind(AssertUnwindSafe(|| waker.wake()));
}

/// 584 years fit; what is longer is cut.
#[inline]
fn nanos(duration: Duration) -> u64 {
    duration
        .as_secs()
        .checked_mul(1_000_000_000)
        .and_then(|nanos| nanos.checked_add(duration.subsec_nanos().into()))
        .unwrap_or(u64::MAX - 1)
}
