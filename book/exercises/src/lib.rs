//! The exercises of the book.
//!
//! Each has a folder: `yours.rs` is where you write, `mod.rs` holds the check, `solution.rs` a solution.
//!
//! ```sh
//! cargo run -p exercises              # lists them
//! cargo run -p exercises -- 5.1       # checks yours
//! cargo run -p exercises -- 5.1 --solution
//! ```

mod e13_1;
mod e14_1;
mod e15_1;
mod e16_1;
mod e17_1;
mod e18_1;
mod e19_1;
mod e1_1;
mod e20_1;
mod e20_2;
mod e22_1;
mod e22_2;
mod e23_1;
mod e23_2;
mod e2_1;
mod e3_1;
mod e4_1;
mod e5_1;
mod e5_2;
mod e6_1;
mod e6_2;
mod e7_1;
mod e8_1;
mod e9_1;
mod schedules;
mod steps;

pub use steps::drawn;

/// An exercise and its check, which panics with what is still missing.
#[derive(Debug)]
pub struct Exercise {
    /// Chapter and number, as in the book.
    pub id: &'static str,
    /// What it is about.
    pub title: &'static str,
    /// The file to write in.
    pub file: &'static str,
    /// Said when the check fails.
    pub hint: &'static str,
    /// Checks what the reader wrote.
    pub yours: fn(),
    /// Checks the solution.
    pub solution: fn(),
}

/// All of them, in the book's order.
pub fn exercises() -> Vec<Exercise> {
    vec![
        e1_1::EXERCISE,
        e2_1::EXERCISE,
        e3_1::EXERCISE,
        e4_1::EXERCISE,
        e5_1::EXERCISE,
        e5_2::EXERCISE,
        e6_1::EXERCISE,
        e6_2::EXERCISE,
        e7_1::EXERCISE,
        e8_1::EXERCISE,
        e9_1::EXERCISE,
        e13_1::EXERCISE,
        e14_1::EXERCISE,
        e15_1::EXERCISE,
        e16_1::EXERCISE,
        e17_1::EXERCISE,
        e18_1::EXERCISE,
        e19_1::EXERCISE,
        e20_1::EXERCISE,
        e20_2::EXERCISE,
        e22_1::EXERCISE,
        e22_2::EXERCISE,
        e23_1::EXERCISE,
        e23_2::EXERCISE,
    ]
}
