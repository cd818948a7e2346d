//! What a worker's initializer has made, for the jobs that ask for it.

use std::any::Any;
use std::cell::RefCell;
use std::panic::{AssertUnwindSafe, catch_unwind};

thread_local! {
    /// Out, while a job has it.
    static STATE: RefCell<Option<Box<dyn Any>>> = const { RefCell::new(None) };
}

/// Makes it; `false` if `make` panics.
pub(super) fn init<S: 'static>(make: impl FnOnce() -> S) -> bool {
    let result = catch_unwind(AssertUnwindSafe(make));
    result.is_ok_and(|state| {
        STATE.set(Some(Box::new(state)));
        true
    })
}

/// Drops it, before the thread ends. What its destructor throws has been told.
pub(super) fn forget() {
    let state = STATE.take();
    let _told = catch_unwind(AssertUnwindSafe(|| drop(state)));
}

/// Puts the state back, also when the job panics.
struct Lent(Option<Box<dyn Any>>);

impl Drop for Lent {
    fn drop(&mut self) {
        STATE.set(self.0.take());
    }
}

/// Runs `f` with the state of this worker.
pub(super) fn with<S: 'static, R>(f: impl FnOnce(&mut S) -> R) -> R {
    let mut lent = Lent(STATE.take());
    let state = lent.0.as_mut().and_then(|state| state.downcast_mut());
    f(state.expect("such a job runs on a worker of its pool, and one at a time"))
}
