//! A thread for each call, which sleeps until then: as Python's `threading.Timer`.

use std::time::Instant;

use super::{Call, CallAt, Threads};

pub(super) struct Timers {
    threads: Threads,
}

impl CallAt for Timers {
    fn new(threads: Threads) -> Self {
        Self { threads }
    }

    fn call_at(&self, at: Instant, call: Call) {
        let threads = self.threads.clone();
        self.threads.start(move || {
            threads.sleep_until(at);
            call();
        });
    }

    fn close(&self) {}
}
