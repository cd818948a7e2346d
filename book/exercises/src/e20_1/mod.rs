//! Ten waits that are given up.

use crate::Exercise;

mod solution;
mod yours;

pub(crate) const EXERCISE: Exercise = Exercise {
    id: "20.1",
    title: "ten waits, given up",
    file: "e20_1/yours.rs",
    hint: "who has the item, the byte, the job at the moment of the drop? If the other side still has it, \
           nothing happened; if the future has it, it goes down with the future; if a task or thread has \
           it, it goes on",
    yours: || check(&yours::WAITS),
    solution: || check(&solution::WAITS),
};

/// What has happened when the future is dropped while it is pending.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub(crate) enum Dropped {
    /// Not classified yet.
    Unknown,
    /// Nothing: it can be called again as if it had never been called.
    Nothing,
    /// Something went down with it, or was done in part, and nobody knows how far.
    Loses,
    /// What it waited for goes on without it.
    GoesOn,
}

type Waits = [(&'static str, Dropped); 10];

fn check(waits: &Waits) {
    let right = &solution::WAITS;
    for ((call, class), (same, truth)) in waits.iter().zip(right) {
        assert_eq!(call, same, "change the classes only, not the calls");
        assert!(*class != Dropped::Unknown, "{call}: not classified yet");
        assert!(class == truth, "{call}: not {class:?}");
    }
}
