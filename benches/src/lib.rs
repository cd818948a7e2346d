//! What anyrt costs and what it mends, measured beside the runtimes themselves and beside its peers.
//!
//! Two programs, each one command from the root of the repository:
//!
//! ```text
//! cargo run --release -p anyrt-benches --bin costs     # instructions and allocations
//! cargo run -p anyrt-benches --bin matrix              # behaviour, native and through anyrt
//! ```
//!
//! The peers' crates are dependencies of this package only: a user of anyrt never compiles them.

#![forbid(unsafe_code)]

pub mod behaviour;
pub mod costs;

use stats_alloc::{INSTRUMENTED_SYSTEM, StatsAlloc};
use std::alloc::System;

/// Counts every allocation of the process, whichever thread makes it.
#[global_allocator]
static ALLOCATOR: &StatsAlloc<System> = &INSTRUMENTED_SYSTEM;

/// How often, and how much, was allocated.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Default)]
pub struct Allocated {
    /// Calls of `alloc` and `realloc`.
    pub count: u64,
    /// Bytes asked for in them.
    pub bytes: u64,
}

impl Allocated {
    /// What this process has allocated so far.
    #[must_use]
    pub fn so_far() -> Self {
        let stats = ALLOCATOR.stats();
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
