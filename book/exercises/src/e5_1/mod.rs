//! The lost update, found by loom.

use loom::sync::Arc;
use loom::sync::atomic::Ordering;
use loom::thread;

use crate::Exercise;
use crate::steps::{self, AtomicU32};

mod solution;
mod yours;

pub(crate) const EXERCISE: Exercise = Exercise {
    id: "5.1",
    title: "the lost update",
    file: "e5_1/yours.rs",
    hint: "between your load and your store the other thread can do both of its own; look for one \
           operation of the atomic that does it all",
    yours: || check(yours::increment),
    solution: || check(solution::increment),
};

/// Every interleaving of two threads that increment.
fn check(increment: fn(&AtomicU32)) {
    steps::model(None, move || {
        let counter = Arc::new(AtomicU32::new(0));
        let other = Arc::clone(&counter);
        let thread = thread::spawn(move || increment(&other));
        increment(&counter);
        thread.join().expect("no panic");
        let total = counter.load(Ordering::Relaxed);
        assert!(
            total == 2,
            "two threads incremented, and in one interleaving the counter shows {total}"
        );
    });
}
