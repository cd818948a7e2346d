//! What anyrt costs and what it mends, measured beside the runtimes themselves and beside its peers.
//!
//! Each of these is one command from the root of the repository; README.md tells more:
//!
//! ```text
//! cargo run --release -p anyrt-benches --bin costs     # instructions and allocations
//! cargo run -p anyrt-benches --bin matrix              # behaviour, native and through anyrt
//! cargo run -p anyrt-benches --bin peers               # what primitives get wrong, and what waiting allocates
//! cargo bench -p anyrt-benches --bench sync            # the primitives and their peers, in time
//! ```
//!
//! The peers' crates are dependencies of this package only: a user of anyrt never compiles them.

#![forbid(unsafe_code)]

pub mod allocations;
pub mod behaviour;
pub mod compare;
pub mod costs;
pub mod faults;
pub mod hosts;
pub mod primitives;

use stats_alloc::INSTRUMENTED_SYSTEM;

/// How often, and how much, was allocated.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Default)]
pub struct Allocated {
    /// Calls of `alloc` and `realloc`.
    pub count: u64,
    /// Bytes asked for in them.
    pub bytes: u64,
}

impl Allocated {
    /// What this process has allocated so far, on whichever thread. Only in a program whose
    /// `#[global_allocator]` is `stats_alloc::INSTRUMENTED_SYSTEM`; the others, which measure time,
    /// do without the cost of counting.
    #[must_use]
    pub fn so_far() -> Self {
        let stats = INSTRUMENTED_SYSTEM.stats();
        Self {
            count: (stats.allocations + stats.reallocations) as u64,
            bytes: stats.bytes_allocated as u64,
        }
    }

    /// What has been allocated since `earlier`.
    #[must_use]
    pub fn since(self, earlier: Self) -> Self {
        Self { count: self.count - earlier.count, bytes: self.bytes - earlier.bytes }
    }
}
