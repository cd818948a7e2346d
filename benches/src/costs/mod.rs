//! Instructions and allocations per operation.
//!
//! One source for all: [`work`] is generic over a [`Subject`], which
//! says how the operation is spelled natively, through anyrt and through each peer. Every measurement
//! is a child process that runs a given number of operations inside a task of the runtime; the
//! difference between two such numbers is what the operations cost, without the start-up.

mod direct;
mod measure;
mod ours;
mod peers;
mod report;
mod subject;
mod subjects;

pub use measure::{Cost, Counted, Plan, counted, measure};
pub use report::{Measured, Report};
pub use subject::{Subject, Workload, work};
pub use subjects::{Entry, Group, Kind, entries};
