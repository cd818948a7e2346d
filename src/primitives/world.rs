//! What a simulator puts in the place of the machine, for the threads that it runs.

use std::cell::RefCell;
use std::sync::Arc;
use std::task::Waker;
use std::time::{Duration, Instant};

/// A clock and a way to sleep.
pub(crate) trait World: Send + Sync {
    fn now(&self) -> Instant;

    /// The clock of fairness: it goes on where the other one stands still.
    fn age(&self) -> Duration;

    /// How many steps there were.
    #[cfg_attr(not(feature = "diagnose"), expect(dead_code, reason = "for those who look"))]
    fn step(&self) -> u64;

    /// Makes this thread go on from [`park`](Self::park).
    fn waker(&self) -> Waker;

    /// Lets others run until the waker is called or `limit` has passed; may return early.
    fn park(&self, limit: Option<Duration>);
}

thread_local! {
    static WORLD: RefCell<Option<Arc<dyn World>>> = const { RefCell::new(None) };
}

/// That of this thread, if it is a simulated one.
pub(crate) fn current() -> Option<Arc<dyn World>> {
    WORLD.try_with(|world| world.borrow().clone()).ok().flatten()
}

/// This thread lives in `world` until the guard is dropped.
pub(crate) fn enter(world: Arc<dyn World>) -> Within {
    Within(WORLD.replace(Some(world)))
}

/// Puts the world back that was there before.
pub(crate) struct Within(Option<Arc<dyn World>>);

impl Drop for Within {
    fn drop(&mut self) {
        WORLD.set(self.0.take());
    }
}
