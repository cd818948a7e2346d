//! Every small program over `Condition`.

use super::generated;
use crate::harness::Model;
use crate::linear::{self, Step, Subject, What};
use crate::session::{Tell, Waits, tell};
use crate::sync::{Condition, Lock};
use loom::thread;
use std::sync::Arc;

pub(in super::super) const MODELS: &[Model] =
    &[generated("condition::generated", 1, linear::all::<Conditions>)];

#[derive(Debug)]
struct Conditions;

impl Waits for Conditions {
    type Object = (Lock<()>, Condition);
    /// Of a notification: how many it reached.
    type Ret = usize;

    fn object() -> (Lock<()>, Condition) {
        (Lock::new(()), Condition::new())
    }

    /// Nobody holds the lock for longer than a poll, so the first poll gets as far as waiting.
    async fn wait(object: Arc<(Lock<()>, Condition)>, _kind: u8, told: Tell<usize>) {
        let (lock, condition) = &*object;
        let guard = loop {
            match lock.try_lock() {
                Some(guard) => break guard,
                None => thread::yield_now(),
            }
        };
        drop(condition.wait(guard).await);
        tell(&told, 0);
    }
}

#[derive(Debug, Clone, Copy, PartialEq)]
enum Op {
    NotifyOne,
    NotifyAll,
}

/// Who waits; who was notified, alone or not, and does not know it yet; how many were notified with all
/// others, and how many of them were counted.
#[derive(Debug, Clone, Default)]
struct Spec {
    waiting: Vec<usize>,
    notified: Vec<(usize, bool)>,
    reached: usize,
    said: usize,
}

impl Spec {
    fn notify(&mut self, n: usize, alone: bool) -> usize {
        let n = n.min(self.waiting.len());
        self.notified.extend(self.waiting.drain(..n).map(|id| (id, alone)));
        n
    }

    fn notified(&self, id: usize) -> Option<usize> {
        self.notified.iter().position(|(other, _)| *other == id)
    }
}

impl Subject for Conditions {
    type Op = Op;
    type Spec = Spec;

    const OPS: &'static [Op] = &[Op::NotifyOne, Op::NotifyAll];
    const WAITS: &'static [u8] = &[0];
    const PRELUDES: &'static [&'static [Step<Op>]] = &[&[], &[Step::Wait(0), Step::Wait(0)]];

    fn spec() -> Spec {
        Spec::default()
    }

    fn run((_, condition): &(Lock<()>, Condition), op: Op) -> usize {
        match op {
            Op::NotifyOne => condition.notify(1),
            Op::NotifyAll => condition.notify_all(),
        }
    }

    fn accept(spec: &mut Spec, call: &What<Op, usize>) -> bool {
        match call {
            What::Did(Op::NotifyOne, said) => spec.notify(1, true) == *said,
            What::Did(Op::NotifyAll, said) => {
                spec.said += said;
                spec.reached += spec.notify(usize::MAX, false);
                true
            }
            What::Polled(id, _, Some(_)) => match spec.notified(*id) {
                Some(at) => {
                    spec.notified.remove(at);
                    true
                }
                None => false,
            },
            What::Polled(id, _, None) => {
                // Notified, it may find the lock held by another poll.
                if spec.notified(*id).is_none() && !spec.waiting.contains(id) {
                    spec.waiting.push(*id);
                }
                true
            }
            What::Dropped(id, _) => {
                spec.waiting.retain(|other| other != id);
                // What was for it alone goes to the next.
                if let Some(at) = spec.notified(*id)
                    && spec.notified.remove(at).1
                {
                    spec.notify(1, true);
                }
                true
            }
        }
    }

    /// Whom another call has come to first is not counted, or by that one.
    fn ends(spec: &Spec) -> bool {
        spec.said <= spec.reached
    }
}
