//! What peers get wrong, each reproduced by a few lines, and whether ours does; the tables of
//! COMPARE.md. `cargo run -p anyrt-benches --bin peers` prints them.

mod cancelled;
mod futurelock;
mod probe;
mod table;
mod wakers;

pub use futurelock::futurelocks;
pub(crate) use probe::Task;
pub use probe::{Answer, Finding, Probe};
pub use table::{futurelock_table, mistake_table};

/// Every probe but those of futurelock, row by row.
#[must_use]
pub fn mistakes() -> Vec<Probe> {
    let mut probes = cancelled::probes();
    probes.extend(wakers::probes());
    probes
}
