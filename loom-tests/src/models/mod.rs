//! The models, one file per primitive.

mod barrier;
mod condition;
mod dormant;
mod event;
mod fixture;
mod generated;
mod jobs;
mod lock;
mod queue;
mod queue_end;
mod reentrant_lock;
mod rw_lock;
mod semaphore;

use crate::harness::Model;
use loom::thread::{self, JoinHandle};

const GROUPS: &[&[Model]] = &[
    fixture::MODELS,
    fixture::GENERATED,
    lock::MODELS,
    lock::FAIR_MODELS,
    reentrant_lock::MODELS,
    generated::lock::MODELS,
    generated::reentrant_lock::MODELS,
    generated::event::MODELS,
    generated::semaphore::MODELS,
    generated::barrier::MODELS,
    generated::rw_lock::MODELS,
    generated::condition::MODELS,
    generated::latch::MODELS,
    generated::once_cell::MODELS,
    generated::queue::MODELS,
    dormant::MODELS,
    rw_lock::MODELS,
    rw_lock::FAIR_MODELS,
    rw_lock::CELL_MODELS,
    rw_lock::LATCH_MODELS,
    semaphore::MODELS,
    semaphore::FAIR_MODELS,
    semaphore::BOUNDED_MODELS,
    event::MODELS,
    condition::MODELS,
    barrier::MODELS,
    jobs::JOB_MODELS,
    jobs::CREW_MODELS,
    queue::MODELS,
    queue_end::MODELS,
];

/// All of them.
pub fn models() -> Vec<&'static Model> {
    GROUPS.iter().copied().flatten().collect()
}

/// What must fail, or the tools are broken.
pub fn planted() -> Vec<&'static Model> {
    fixture::PLANTED.iter().collect()
}

fn join<T>(thread: JoinHandle<T>) -> T {
    thread.join().expect("a panic ends the model before")
}

/// Runs both at once.
fn both<A: 'static, B: 'static>(a: impl FnOnce() -> A + 'static, b: impl FnOnce() -> B) -> (A, B) {
    let a = thread::spawn(a);
    let b = b();
    (join(a), b)
}

/// Rows of a table of models written by hand: function, bound if not the default one, what it
/// proves. With a constant after the group's name, the functions get it as a parameter.
macro_rules! written {
    (@bound) => { $crate::harness::BOUND };
    (@bound $bound:literal) => { $bound };
    ($group:literal: $($body:ident $(@ $bound:literal)? $proves:literal;)*) => {
        &[$($crate::harness::Model {
            name: concat!($group, "::", stringify!($body)),
            proves: $proves,
            bound: $crate::models::written!(@bound $($bound)?),
            check: $crate::harness::Check::Written($body),
        }),*]
    };
    ($group:literal $flag:literal: $($body:ident $(@ $bound:literal)? $proves:literal;)*) => {
        &[$($crate::harness::Model {
            name: concat!($group, "::", stringify!($body)),
            proves: $proves,
            bound: $crate::models::written!(@bound $($bound)?),
            check: $crate::harness::Check::Written($body::<$flag>),
        }),*]
    };
}
use written;
