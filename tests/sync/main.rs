//! The portable primitives: their behaviour (CPython's `lock_tests`, re-expressed), cancellation at
//! each poll, hostile wakers, futures that nobody polls, and stress with threads and tasks mixed.

mod barrier;
mod condition;
mod event;
mod futurelock;
mod hostile;
mod lock;
mod semaphore;
mod support;
