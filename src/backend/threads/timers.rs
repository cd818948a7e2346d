//! The runtime's timers.

use std::collections::BTreeMap;
use std::panic::{AssertUnwindSafe, catch_unwind};
use std::sync::{Arc, Mutex, MutexGuard, PoisonError};
use std::task::Waker;
use std::thread::{self, Thread};
use std::time::{Duration, Instant};

/// Wakers by deadline.
#[derive(Default)]
pub(super) struct Timers {
    state: Mutex<State>,
}

#[derive(Default)]
struct State {
    waiting: BTreeMap<Key, Waker>,
    next_id: u64,
    /// The thread that drives the timers once the workers are gone.
    lone: Option<Thread>,
}

/// Which timer. Never used twice.
pub(super) type Key = (Instant, u64);

impl Timers {
    /// Adds a timer; true beside its key if it is the earliest now.
    pub(super) fn insert(&self, at: Instant, waker: Waker) -> (Key, bool) {
        let mut state = self.lock();
        let key = (at, state.next_id);
        state.next_id += 1;
        state.waiting.insert(key, waker);
        let first = state.waiting.first_key_value().is_some_and(|(first, _)| *first == key);
        (key, first)
    }

    /// Replaces the waker of a timer; false if it has fired.
    pub(super) fn update(&self, key: Key, waker: &Waker) -> bool {
        let waker = waker.clone();
        let replaced = match self.lock().waiting.get_mut(&key) {
            Some(slot) => std::mem::replace(slot, waker),
            None => return false,
        };
        drop(replaced); // outside the lock
        true
    }

    /// Takes a timer out, if it has not fired.
    pub(super) fn remove(&self, key: Key) {
        let waker = self.lock().waiting.remove(&key);
        drop(waker); // outside the lock
    }

    /// The earliest deadline.
    pub(super) fn next(&self) -> Option<Instant> {
        self.lock().waiting.first_key_value().map(|(key, _)| key.0)
    }

    /// Wakes all whose deadline has passed.
    pub(super) fn fire(&self) {
        let mut state = self.lock();
        if state.waiting.is_empty() {
            return;
        }
        let later = state.waiting.split_off(&(Instant::now(), u64::MAX));
        let due = std::mem::replace(&mut state.waiting, later);
        drop(state);
        due.into_values().for_each(wake);
    }

    /// Has a thread of their own drive the timers that are there, until none is left.
    pub(super) fn drive_alone(self: &Arc<Self>) {
        let mut state = self.lock();
        if state.waiting.is_empty() {
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
            let waiting = std::mem::take(&mut state.waiting);
            drop(state);
            waiting.into_values().for_each(wake);
        }
    }

    fn run_alone(&self) {
        loop {
            self.fire();
            let mut state = self.lock();
            let Some((first, _)) = state.waiting.first_key_value() else {
                state.lone = None;
                return;
            };
            let wait = first.0.saturating_duration_since(Instant::now());
            drop(state);
            thread::park_timeout(wait.max(Duration::from_nanos(1)));
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
