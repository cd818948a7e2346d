//! Alone in its process: it counts the allocations of all threads.

use std::alloc::System;

use anyrt_benches::allocations::{per_item, per_wait};
use anyrt_benches::compare::Side;
use stats_alloc::{INSTRUMENTED_SYSTEM, StatsAlloc};

#[global_allocator]
static ALLOCATOR: &StatsAlloc<System> = &INSTRUMENTED_SYSTEM;

#[test]
fn a_wait_of_ours_allocates_nothing() {
    let list = per_wait();
    let allocates = |side| list.iter().filter(move |w| w.side == side && w.allocations > 0.0);
    assert_eq!(list.iter().filter(|wait| wait.side == Side::Ours).count(), 11);
    assert_eq!(allocates(Side::Ours).collect::<Vec<_>>(), Vec::<&_>::new());
    // The counter counts: async-lock's listeners are on the heap.
    assert!(allocates(Side::Peer).any(|wait| wait.who == "async-lock"));

    // A full queue takes what its items do, and itself.
    let ours = per_item().into_iter().find(|item| item.who == "anyrt").expect("it is among them");
    assert!((8.0..8.5).contains(&ours.bytes), "{ours:?}");
}
