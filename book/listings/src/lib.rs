//! What the book's programs share: a stage where they are run for a picture, the pictures, and the
//! state graphs of the steppers.
//!
//! The programs are in `src/bin`, one file each; what they print is in `out`, and `tests/outputs.rs`
//! compares.

pub mod bars;
pub mod explore;
pub mod files;
pub mod graph;
pub mod picture;
pub mod puzzles;
pub mod scenes;
pub mod stage;
pub mod tree;
