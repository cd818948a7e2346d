//! A semaphore from a lock and a condition, under loom.

use loom::sync::Arc;
use loom::sync::atomic::{AtomicU32, Ordering};
use loom::thread;

use crate::Exercise;
use crate::steps;

mod solution;
mod yours;

pub(crate) const EXERCISE: Exercise = Exercise {
    id: "6.1",
    title: "a semaphore from a lock and a condition",
    file: "e6_1/yours.rs",
    hint: "who is woken has not got the permit yet: another may have taken it on the way. And who gives \
           a permit back has to tell somebody",
    yours: || check::<yours::Semaphore>(),
    solution: || check::<solution::Semaphore>(),
};

/// What a semaphore can do here.
trait Permits: Send + Sync + 'static {
    fn new(permits: u32) -> Self;
    fn acquire(&self);
    fn release(&self);
}

/// Every interleaving of three threads and one permit, with two preemptions at most.
fn check<S: Permits>() {
    steps::model(Some(2), || {
        let shared = Arc::new((S::new(1), AtomicU32::new(0)));
        let visit = |shared: &(S, AtomicU32)| {
            shared.0.acquire();
            let inside = shared.1.fetch_add(1, Ordering::SeqCst) + 1;
            assert!(inside == 1, "one permit, and {inside} are inside at once");
            shared.1.fetch_sub(1, Ordering::SeqCst);
            shared.0.release();
        };
        let threads = [(); 2].map(|()| {
            let shared = Arc::clone(&shared);
            thread::spawn(move || visit(&shared))
        });
        visit(&shared);
        for thread in threads {
            thread.join().expect("no panic");
        }
    });
}
