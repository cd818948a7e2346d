//! The executor shootout: which executor is fast at what, on this machine.
//!
//! ```sh
//! cargo run --release --example shootout
//! cargo run --release --example shootout -- --help
//! ```

use std::process::ExitCode;

use anyrt_shootout::CountingAllocator;

#[global_allocator]
static ALLOCATOR: CountingAllocator = CountingAllocator;

fn main() -> ExitCode {
    anyrt_shootout::shootout()
}
