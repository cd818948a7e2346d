//! Every small program over `Lock`.

use super::generated;
use crate::clock;
use crate::harness::Model;
use crate::linear::{self, Step, Subject, What};
use crate::session::{Tell, Waits, tell, tell_and_hold};
use crate::sync::Lock;
use std::sync::Arc;

pub(in super::super) const MODELS: &[Model] = &[
    generated("lock::generated", 2, linear::all::<Locks<false, false>>),
    generated("fair_lock::generated", 2, linear::all::<Locks<true, false>>),
    generated("lock::generated_overdue", 1, linear::all::<Locks<false, true>>),
    generated("fair_lock::generated_overdue", 1, linear::all::<Locks<true, true>>),
];

#[derive(Debug)]
struct Locks<const FAIR: bool, const OVERDUE: bool>;

/// Who has it, and who has asked for it.
#[derive(Debug, Clone, Default)]
struct Spec {
    holder: Option<usize>,
    queue: Vec<usize>,
}

/// To wait for it.
const LOCK: u8 = 0;
/// To try, and to hold it if that succeeds.
const TRY: u8 = 1;

/// Everything about a lock is held or waited for.
#[derive(Debug, Clone, Copy, PartialEq)]
enum Op {}

impl<const FAIR: bool, const OVERDUE: bool> Waits for Locks<FAIR, OVERDUE> {
    type Object = Lock<u32>;
    type Ret = bool;

    fn object() -> Lock<u32> {
        clock::overdue(if OVERDUE { 3 } else { 0 });
        if FAIR { Lock::fair(0) } else { Lock::new(0) }
    }

    async fn wait(lock: Arc<Lock<u32>>, kind: u8, told: Tell<bool>) {
        let guard = if kind == LOCK { Some(lock.lock().await) } else { lock.try_lock() };
        match guard {
            Some(mut guard) => {
                *guard += 1;
                tell_and_hold(told, true, guard).await;
            }
            None => tell(&told, false),
        }
    }
}

impl<const FAIR: bool, const OVERDUE: bool> Subject for Locks<FAIR, OVERDUE> {
    type Op = Op;
    type Spec = Spec;

    const OPS: &'static [Op] = &[];
    const WAITS: &'static [u8] = &[LOCK, TRY];
    const PRELUDES: &'static [&'static [Step<Op>]] = &[&[], &[Step::Wait(LOCK), Step::Wait(LOCK)]];

    fn spec() -> Spec {
        Spec::default()
    }

    fn run(_: &Lock<u32>, op: Op) -> bool {
        match op {}
    }

    fn accept(spec: &mut Spec, call: &What<Op, bool>) -> bool {
        let free = spec.holder.is_none();
        match call {
            What::Did(op, _) => match *op {},
            What::Polled(id, _, Some(true)) => {
                // Strictly fair: nobody passes a waiter, unless that has been asleep for too long.
                let turn = spec.queue.first().is_none_or(|first| first == id);
                spec.queue.retain(|other| other != id);
                spec.holder = Some(*id);
                free && (turn || !FAIR || OVERDUE)
            }
            // Reserved for those who wait counts as taken.
            What::Polled(_, _, Some(false)) => !free || !spec.queue.is_empty(),
            What::Polled(id, _, None) => {
                let others = spec.queue.iter().any(|other| other != id);
                if !spec.queue.contains(id) {
                    spec.queue.push(*id);
                }
                !free || others
            }
            What::Dropped(id, _) => {
                spec.queue.retain(|other| other != id);
                spec.holder = spec.holder.filter(|holder| holder != id);
                true
            }
        }
    }
}
