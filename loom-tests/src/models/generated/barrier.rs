//! Every small program over `Barrier`.

use super::generated;
use crate::harness::Model;
use crate::linear::{self, Step, Subject, What};
use crate::session::{Tell, Waits, tell};
use crate::sync::Barrier;
use std::sync::Arc;

pub(in super::super) const MODELS: &[Model] =
    &[generated("barrier::generated", 2, linear::all::<Barriers>)];

#[derive(Debug)]
struct Barriers;

#[derive(Debug, Clone, Copy, PartialEq)]
enum BarrierOp {
    Abort,
    Reset,
}

/// Who has arrived; who passes or is told that it is broken, and does not know it yet.
#[derive(Debug, Clone, Default)]
struct BarrierSpec {
    broken: bool,
    arrived: Vec<usize>,
    released: Vec<(usize, bool)>,
}

impl BarrierSpec {
    fn release(&mut self, pass: bool) {
        self.released.extend(self.arrived.drain(..).map(|id| (id, pass)));
    }
}

impl Waits for Barriers {
    type Object = Barrier;
    /// Of a wait: whether it passed.
    type Ret = bool;

    fn object() -> Barrier {
        Barrier::new(2)
    }

    async fn wait(barrier: Arc<Barrier>, _kind: u8, told: Tell<bool>) {
        let passed = barrier.wait().await.is_ok();
        tell(&told, passed);
    }
}

impl Subject for Barriers {
    type Op = BarrierOp;
    type Spec = BarrierSpec;

    const OPS: &'static [BarrierOp] = &[BarrierOp::Abort, BarrierOp::Reset];
    const WAITS: &'static [u8] = &[0];
    const PRELUDES: &'static [&'static [Step<BarrierOp>]] =
        &[&[], &[Step::Wait(0)], &[Step::Do(BarrierOp::Abort)]];

    fn spec() -> BarrierSpec {
        BarrierSpec::default()
    }

    fn run(barrier: &Barrier, op: BarrierOp) -> bool {
        match op {
            BarrierOp::Abort => barrier.abort(),
            BarrierOp::Reset => barrier.reset(),
        }
        true
    }

    fn accept(spec: &mut BarrierSpec, call: &What<BarrierOp, bool>) -> bool {
        match call {
            What::Did(BarrierOp::Abort, _) => {
                spec.broken = true;
                spec.release(false);
                true
            }
            What::Did(BarrierOp::Reset, _) => {
                spec.broken = false;
                spec.release(false);
                true
            }
            What::Polled(id, _, Some(passed)) => {
                if let Some(at) = spec.released.iter().position(|(other, _)| other == id) {
                    return spec.released.remove(at).1 == *passed;
                }
                if spec.arrived.contains(id) {
                    return false;
                }
                if *passed {
                    let last = spec.arrived.len() == 1;
                    spec.release(true);
                    return last && !spec.broken;
                }
                spec.broken
            }
            What::Polled(id, _, None) => {
                if spec.arrived.contains(id) {
                    return true;
                }
                let released = spec.released.iter().any(|(other, _)| other == id);
                let waits = spec.arrived.is_empty() && !spec.broken && !released;
                spec.arrived.push(*id);
                waits
            }
            What::Dropped(id, _) => {
                spec.arrived.retain(|other| other != id);
                spec.released.retain(|(other, _)| other != id);
                true
            }
        }
    }
}
