//! The engine of the comparisons: `cargo bench -p anyrt-benches --bench sync` and its like.
//!
//! A [`Suite`] has [`Row`]s, each a question with a unit; contestants answer it, ours and the peers.
//! The engine runs them in one process, in interleaved rounds of shuffled order, and reports medians,
//! spreads, and ratios to the best peer. Every figure is a cost: less is better.
//!
//! ```
//! use anyrt_benches::compare::{Row, Stopwatch, Took};
//!
//! fn push(n: u64) -> Took {
//!     let mut list = Vec::new();
//!     let watch = Stopwatch::of_this_thread();
//!     for i in 0..n {
//!         list.push(std::hint::black_box(i));
//!     }
//!     watch.took(n)
//! }
//!
//! let row = Row::timed("list/push", "to append a number")
//!     .ours("anyrt", push)
//!     .peer("std", push);
//! # let _ = row;
//! ```
//!
//! | file | is about |
//! |---|---|
//! | `row` | what is asked, and who answers |
//! | `args` | the command line, and `main` |
//! | `rounds` | running the contestants |
//! | `statistics` | medians, and whether a difference is one |
//! | `report` | the lines, the verdicts, JSON |
//! | `terminal`, `markdown` | the tables |

mod args;
mod clock;
mod machine;
mod markdown;
mod report;
mod rounds;
mod row;
mod statistics;
mod terminal;

pub use args::Suite;
pub use clock::{Stopwatch, Took};
pub use machine::Machine;
pub use report::{Figure, Line, Report, Verdict};
pub use rounds::Plan;
pub use row::{Counted, Measured, Row, Side, Target, Timed};
