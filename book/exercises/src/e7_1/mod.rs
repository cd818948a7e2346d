//! Cooks, eaters, and the end.

use std::future::Future;
use std::pin::Pin;

use anyrt::Sim;

use crate::Exercise;
use crate::schedules::in_many_schedules;

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

/// Hundreds of evenings in the simulator, which notices when all wait for each other.
fn check(kitchen: fn(Sim, usize, usize) -> Eaten) {
    for (cooks, eaters) in [(1, 1), (3, 1), (1, 3), (3, 2)] {
        in_many_schedules(move |rt| async move {
            let eaten = kitchen(rt, cooks, eaters).await;
            let cooked = 10 * cooks;
            assert!(
                eaten == cooked,
                "{cooks} cook(s), {eaters} eater(s): {cooked} dishes were cooked, {eaten} were eaten"
            );
        });
    }
}
