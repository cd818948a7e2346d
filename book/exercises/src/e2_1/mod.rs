//! When is the last coffee ready?

use crate::Exercise;

mod solution;
mod yours;

pub(crate) const EXERCISE: Exercise = Exercise {
    id: "2.1",
    title: "when is the last coffee ready?",
    file: "e2_1/yours.rs",
    hint: "keep for each machine when it is free next; the next in line takes the one that is free first",
    yours: || check(yours::makespan),
    solution: || check(solution::makespan),
};

fn check(makespan: fn(&[u32], usize) -> u32) {
    for (minutes, machines, expected) in [
        (&[2, 2, 2, 2, 2, 2][..], 1, 12),
        (&[2, 2, 2, 2, 2, 2], 2, 6),
        (&[5, 1, 1, 1], 2, 5),
        (&[1, 1, 1, 5], 2, 6),
        (&[3, 3], 5, 3),
        (&[], 2, 0),
    ] {
        let said = makespan(minutes, machines);
        assert!(
            said == expected,
            "coffees of {minutes:?} minutes on {machines} machine(s) are ready at minute {expected}, \
             not {said}"
        );
    }
}
