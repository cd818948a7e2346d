//! Every small program over `RwLock`.

use super::generated;
use super::permits::Permits;
use crate::harness::Model;
use crate::linear::{self, Step, Subject, What};
use crate::session::{Tell, Waits, tell_and_hold};
use crate::sync::RwLock;
use std::sync::Arc;

pub(in super::super) const MODELS: &[Model] = &[
    generated("rw_lock::generated", 1, linear::all::<RwLocks<false>>),
    generated("fair_rw_lock::generated", 1, linear::all::<RwLocks<true>>),
];

#[derive(Debug)]
struct RwLocks<const FAIR: bool>;

const READ: u8 = 0;
const WRITE: u8 = 1;

/// A reader has one permit, a writer all of them: more than a program has readers.
const ALL: u32 = 8;

fn permits(kind: u8) -> u32 {
    if kind == READ { 1 } else { ALL }
}

impl<const FAIR: bool> Waits for RwLocks<FAIR> {
    type Object = RwLock<u32>;
    /// Of a wait: how many have written before.
    type Ret = u32;

    fn object() -> RwLock<u32> {
        if FAIR { RwLock::fair(0) } else { RwLock::new(0) }
    }

    async fn wait(lock: Arc<RwLock<u32>>, kind: u8, told: Tell<u32>) {
        if kind == READ {
            let guard = lock.read().await;
            tell_and_hold(told, *guard, guard).await;
        } else {
            let mut guard = lock.write().await;
            *guard += 1;
            tell_and_hold(told, *guard - 1, guard).await;
        }
    }
}

/// Everything about a lock is held or waited for.
#[derive(Debug, Clone, Copy, PartialEq)]
enum Op {}

/// The permits, and how many have written.
#[derive(Debug, Clone)]
struct Spec {
    permits: Permits,
    written: u32,
}

impl<const FAIR: bool> Subject for RwLocks<FAIR> {
    type Op = Op;
    type Spec = Spec;

    const OPS: &'static [Op] = &[];
    const WAITS: &'static [u8] = &[READ, WRITE];
    /// A reader behind a writer may read with others when it is polled, and is not woken.
    const MAY_PASS: bool = !FAIR;
    const PRELUDES: &'static [&'static [Step<Op>]] =
        &[&[], &[Step::Wait(WRITE), Step::Wait(READ)], &[Step::Wait(READ), Step::Wait(WRITE)]];

    fn spec() -> Spec {
        Spec { permits: Permits::new(ALL, FAIR), written: 0 }
    }

    fn run(_: &RwLock<u32>, op: Op) -> u32 {
        match op {}
    }

    fn accept(spec: &mut Spec, call: &What<Op, u32>) -> bool {
        match call {
            What::Did(op, _) => match *op {},
            What::Polled(id, kind, Some(written)) => {
                let seen = spec.written == *written;
                spec.written += u32::from(*kind == WRITE);
                spec.permits.got(*id, permits(*kind)) && seen
            }
            What::Polled(id, kind, None) => spec.permits.pending(*id, permits(*kind)),
            What::Dropped(id, _) => {
                spec.permits.dropped(*id);
                true
            }
        }
    }
}
