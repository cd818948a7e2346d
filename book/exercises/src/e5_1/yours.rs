//! Loom runs this on two threads, in every interleaving that there is.

use loom::sync::atomic::Ordering;

use crate::steps::AtomicU32;

pub(super) fn increment(counter: &AtomicU32) {
    let before = counter.load(Ordering::Relaxed);
    counter.store(before + 1, Ordering::Relaxed);
}
