use std::sync::{Arc, Condvar, Mutex};
use std::time::Duration;

/// Longer than any test should take, on any machine.
pub(crate) const LONG: Duration = Duration::from_secs(120);

/// Holds jobs until it is opened.
#[derive(Clone, Default)]
pub(crate) struct Gate(Arc<(Mutex<State>, Condvar)>);

#[derive(Default)]
struct State {
    open: bool,
    waiting: usize,
}

impl Gate {
    pub(crate) fn new() -> Self {
        Self::default()
    }

    pub(crate) fn open(&self) {
        self.0.0.lock().unwrap().open = true;
        self.0.1.notify_all();
    }

    /// Blocks until it is open.
    pub(crate) fn pass(&self) {
        let mut state = self.0.0.lock().unwrap();
        state.waiting += 1;
        self.0.1.notify_all();
        let limit = self.0.1.wait_timeout_while(state, LONG, |state| !state.open).unwrap();
        assert!(!limit.1.timed_out(), "nobody opens the gate");
    }

    /// Blocks until so many have come to it.
    pub(crate) fn reached(&self, count: usize) {
        let state = self.0.0.lock().unwrap();
        let limit =
            self.0.1.wait_timeout_while(state, LONG, |state| state.waiting < count).unwrap();
        assert!(!limit.1.timed_out(), "they do not come to the gate");
    }
}

/// Waits until `holds`, which it will soon.
pub(crate) fn until(what: &str, holds: impl Fn() -> bool) {
    let start = std::time::Instant::now();
    while !holds() {
        assert!(start.elapsed() < LONG, "waited in vain: {what}");
        std::thread::sleep(Duration::from_millis(1));
    }
}
