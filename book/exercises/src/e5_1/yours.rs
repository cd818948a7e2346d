//! Loom runs this on two threads, in every interleaving that there is. `SeqCst` is the strongest order that an
//! operation can have; as you will see, it is not what is missing.

use loom::sync::atomic::Ordering;

use crate::steps::AtomicU32;

pub(super) fn increment(counter: &AtomicU32) {
    let before = counter.load(Ordering::SeqCst);
    counter.store(before + 1, Ordering::SeqCst);
}
