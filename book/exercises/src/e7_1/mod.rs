//! Cooks, eaters, and the end.

use std::future::Future;
use std::pin::Pin;

use anyrt::prelude::*;
use anyrt::{Sim, SimOwner};

use crate::Exercise;

mod solution;
mod yours;

pub(crate) const EXERCISE: Exercise = Exercise {
    id: "7.1",
    title: "who tells the eaters?",
    file: "e7_1/yours.rs",
    hint: "an eater that has found a marker takes no other, and a cook doesn't know whether it is the \
           last one; let the queue itself say that no more will come",
    yours: || {
        check(|rt, cooks, eaters| Box::pin(yours::kitchen(rt, cooks, eaters)));
    },
    solution: || {
        check(|rt, cooks, eaters| Box::pin(solution::kitchen(rt, cooks, eaters)));
    },
};

/// How many dishes were eaten.
type Eaten = Pin<Box<dyn Future<Output = usize> + Send>>;

/// A hundred evenings in the simulator, which panics when all wait for each other.
fn check(kitchen: fn(Sim, usize, usize) -> Eaten) {
    for seed in 0..25 {
        for (cooks, eaters) in [(1, 1), (3, 1), (1, 3), (3, 2)] {
            let said = SimOwner::new(seed).run(|rt| kitchen(rt, cooks, eaters));
            let cooked = 10 * cooks;
            assert!(
                said == cooked,
                "{cooks} cook(s), {eaters} eater(s): {cooked} dishes were cooked, {said} were eaten"
            );
        }
    }
}
