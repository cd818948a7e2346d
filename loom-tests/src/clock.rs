//! What a model says about time.

use std::cell::Cell;

thread_local! {
    // Loom's threads are coroutines on one thread of the system, so this is one clock per model.
    static OVERDUE: Cell<u32> = const { Cell::new(0) };
}

/// In this execution, the next so many waiters that are asked about have waited too long. Each
/// execution begins with none. (If it were all of them, two could go on for ever taking each other's
/// turn, which time forbids.)
pub fn overdue(times: u32) {
    OVERDUE.set(times);
}

pub(crate) fn is_overdue() -> bool {
    let left = OVERDUE.get();
    OVERDUE.set(left.saturating_sub(1));
    left > 0
}
