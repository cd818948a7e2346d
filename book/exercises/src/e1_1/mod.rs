//! Twelve calls and four cells.

use crate::Exercise;

mod solution;
mod yours;

pub(crate) const EXERCISE: Exercise = Exercise {
    id: "1.1",
    title: "twelve calls, four cells",
    file: "e1_1/yours.rs",
    hint: "two questions: does the answer come with the return of the call, or later, by notice? And \
           does the one who called wait, or go on?",
    yours: || check(&yours::GRID),
    solution: || check(&solution::GRID),
};

/// A cell of the grid.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub(crate) enum Cell {
    /// Not placed yet.
    Unknown,
    /// The answer comes with the return; the caller waits for it.
    SyncBlocking,
    /// The answer comes with the return, which is at once.
    SyncNonBlocking,
    /// The answer comes later; the caller waits for it all the same.
    AsyncBlocking,
    /// The answer comes later; the caller goes on.
    AsyncNonBlocking,
}

type Grid = [(&'static str, Cell); 12];

fn check(grid: &Grid) {
    let right = &solution::GRID;
    for ((call, cell), (same, truth)) in grid.iter().zip(right) {
        assert_eq!(call, same, "change the cells only, not the calls");
        assert!(*cell != Cell::Unknown, "{call}: not placed yet");
        assert!(cell == truth, "{call}: not {cell:?}");
    }
}
