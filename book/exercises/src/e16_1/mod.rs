//! One thread that sleeps for everybody, in the simulator's time.

use std::sync::Arc;
use std::sync::atomic::{AtomicUsize, Ordering};
use std::time::{Duration, Instant};

use anyrt::prelude::*;
use anyrt::sync::{Event, Latch, Lock};
use anyrt::{Sim, SimOwner};

use crate::Exercise;

mod solution;
mod yours;

pub(crate) const EXERCISE: Exercise = Exercise {
    id: "16.1",
    title: "one thread for all sleeps",
    file: "e16_1/yours.rs",
    hint: "one thread, and the calls that are to come in a `BTreeMap` by their instant. It sleeps in \
           `Condition::wait_within_blocking` until the first of them is due, and whoever brings an \
           earlier one notifies it",
    yours: check::<yours::Timers>,
    solution: check::<solution::Timers>,
};

/// What is to be called.
pub(crate) type Call = Box<dyn FnOnce() + Send>;

/// What you write: calls that happen later.
pub(crate) trait CallAt: Send + Sync + Sized + 'static {
    fn new(threads: Threads) -> Self;
    /// Has `call` called at the instant `at`, by whatever thread.
    fn call_at(&self, at: Instant, call: Call);
    /// Nothing will be added any more; threads end when all has been called.
    fn close(&self);
}

/// Threads, which are counted, and the time.
#[derive(Clone)]
pub(crate) struct Threads {
    rt: Sim,
    started: Arc<AtomicUsize>,
}

impl Threads {
    /// Starts a thread.
    pub(crate) fn start(&self, body: impl FnOnce() + Send + 'static) {
        self.started.fetch_add(1, Ordering::Relaxed);
        self.rt.spawn_blocking(body).detach();
    }

    /// What time it is.
    pub(crate) fn now(&self) -> Instant {
        self.rt.now()
    }

    /// Blocks the thread until then.
    pub(crate) fn sleep_until(&self, at: Instant) {
        let nobody_sets_it = Event::new();
        _ = nobody_sets_it
            .wait_within_blocking(at.saturating_duration_since(self.now()));
    }
}

/// Due after so many milliseconds, and brought after so many others.
const CALLS: [(u64, u64); 8] = [
    (3_600_000, 0),
    (40, 0),
    (40, 0),
    (20, 5),
    (90, 5),
    (10, 7),
    (35, 15),
    (50, 30),
];

fn check<T: CallAt>() {
    for seed in 0..10 {
        let (log, threads) = SimOwner::new(seed).run(play::<T>);
        for (due, at) in &log {
            assert!(
                at >= due,
                "what was due after {due:?} was called after {at:?}: too early"
            );
            assert!(
                at.saturating_sub(*due) <= Duration::from_millis(1),
                "what was due after {due:?} was called after {at:?}. Did the thread sleep until \
                 something later, and did nobody tell it that there was something earlier?"
            );
        }
        assert!(
            threads == 1,
            "{} calls took {threads} threads, of which all but one only sleep",
            CALLS.len()
        );
    }
}

/// When each call was due and when it came; and how many threads there were.
async fn play<T: CallAt>(rt: Sim) -> (Vec<(Duration, Duration)>, usize) {
    let threads = Threads { rt: rt.clone(), started: Arc::default() };
    let timers = T::new(threads.clone());
    let start = rt.now();
    let log = Arc::new(Lock::new(Vec::new()));
    let over = Arc::new(Latch::new(8));
    for (due, brought) in CALLS {
        rt.sleep_until(Some(start + Duration::from_millis(brought))).await;
        let due = Duration::from_millis(due);
        let (log, over, rt) = (Arc::clone(&log), Arc::clone(&over), rt.clone());
        let call = move || {
            log.lock_blocking().push((due, rt.now() - start));
            over.count_down(1);
        };
        timers.call_at(start + due, Box::new(call));
    }
    timers.close();
    over.wait().await;
    let log = log.lock().await.clone();
    (log, threads.started.load(Ordering::Relaxed))
}
