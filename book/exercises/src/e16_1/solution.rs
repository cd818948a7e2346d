//! A solution.

use std::collections::BTreeMap;
use std::sync::Arc;
use std::time::Instant;

use anyrt::sync::{Condition, Lock};

use super::{Call, CallAt, Threads};

pub(super) struct Timers {
    shared: Arc<Shared>,
}

struct Shared {
    calls: Lock<Calls>,
    changed: Condition,
}

#[derive(Default)]
struct Calls {
    /// By their instant; those of one instant in the order in which they came.
    to_come: BTreeMap<(Instant, usize), Call>,
    brought: usize,
    closed: bool,
}

impl CallAt for Timers {
    fn new(threads: Threads) -> Self {
        let calls = Lock::new(Calls::default());
        let shared = Arc::new(Shared { calls, changed: Condition::new() });
        let clock = threads.clone();
        threads.start({
            let shared = Arc::clone(&shared);
            move || shared.run(&clock)
        });
        Self { shared }
    }

    fn call_at(&self, at: Instant, call: Call) {
        let mut calls = self.shared.calls.lock_blocking();
        calls.brought += 1;
        let number = calls.brought;
        calls.to_come.insert((at, number), call);
        self.shared.changed.notify(1); // it may be earlier than all others
    }

    fn close(&self) {
        self.shared.calls.lock_blocking().closed = true;
        self.shared.changed.notify(1);
    }
}

impl Shared {
    fn run(&self, clock: &Threads) {
        let mut calls = self.calls.lock_blocking();
        loop {
            let now = clock.now();
            match calls.to_come.first_key_value().map(|((at, _), _)| *at) {
                Some(at) if at <= now => {
                    let first = calls.to_come.pop_first();
                    drop(calls); // it may want to bring another one
                    first.expect("looked at just now").1();
                    calls = self.calls.lock_blocking();
                }
                Some(at) => {
                    (calls, _) = self.changed.wait_within_blocking(calls, at - now);
                }
                None if calls.closed => return,
                None => calls = self.changed.wait_blocking(calls),
            }
        }
    }
}
