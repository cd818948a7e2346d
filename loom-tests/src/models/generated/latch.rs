//! Every small program over `Latch`.

use super::generated;
use crate::harness::Model;
use crate::linear::{self, Step, Subject, What};
use crate::session::{Tell, Waits, tell};
use crate::sync::Latch;
use std::sync::Arc;

pub(in super::super) const MODELS: &[Model] =
    &[generated("latch::generated", 1, linear::all::<Latches>)];

#[derive(Debug)]
struct Latches;

impl Waits for Latches {
    type Object = Latch;
    type Ret = bool;

    fn object() -> Latch {
        Latch::new(2)
    }

    async fn wait(latch: Arc<Latch>, _kind: u8, told: Tell<bool>) {
        latch.wait().await;
        tell(&told, true);
    }
}

#[derive(Debug, Clone, Copy, PartialEq)]
enum Op {
    CountDown,
    IsOpen,
}

impl Subject for Latches {
    type Op = Op;
    /// How many counts are left.
    type Spec = u32;

    const OPS: &'static [Op] = &[Op::CountDown, Op::IsOpen];
    const WAITS: &'static [u8] = &[0];
    const PRELUDES: &'static [&'static [Step<Op>]] =
        &[&[], &[Step::Wait(0)], &[Step::Do(Op::CountDown)]];

    fn spec() -> u32 {
        2
    }

    fn run(latch: &Latch, op: Op) -> bool {
        match op {
            Op::CountDown => latch.count_down(1),
            Op::IsOpen => return latch.is_open(),
        }
        true
    }

    fn reads(op: Op) -> bool {
        op == Op::IsOpen
    }

    fn accept(left: &mut u32, call: &What<Op, bool>) -> bool {
        match call {
            What::Did(Op::CountDown, _) => {
                *left = left.saturating_sub(1);
                true
            }
            What::Did(Op::IsOpen, open) => *open == (*left == 0),
            What::Polled(_, _, Some(_)) => *left == 0,
            What::Polled(_, _, None) => *left > 0,
            What::Dropped(..) => true,
        }
    }
}
