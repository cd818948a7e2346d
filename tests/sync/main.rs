//! The portable primitives: their behaviour (Python's `lock_tests`, re-expressed), cancellation at
//! each poll, hostile wakers, and stress with threads and tasks mixed.

mod barrier;
mod cancel;
mod condition;
mod deadlines;
mod event;
mod fairness;
mod forms;
mod hostile;
mod lock;
#[cfg(feature = "full")]
mod mixed;
mod once;
mod races;
mod reentrant;
mod rw_lock;
mod semaphore;
#[cfg(feature = "full")]
mod stress;
mod support;
