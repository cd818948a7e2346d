//! The queues: their behaviour (`python.rs` has the table of what Python's tests ask), the order of each
//! kind, cancellation at each poll, hostile wakers, comparisons and destructors, futures that nobody polls,
//! and stress with threads and tasks mixed.

mod basics;
mod cancel;
mod close;
mod compare;
mod futurelock;
mod halves;
mod hostile;
mod join;
mod many;
#[cfg(feature = "full")]
#[path = "../sync/mixed.rs"]
mod mixed;
mod order;
mod python;
#[cfg(feature = "full")]
mod sink;
#[cfg(feature = "full")]
mod stress;
#[allow(dead_code, reason = "shared with the tests of the primitives")]
#[path = "../sync/support.rs"]
mod support;
