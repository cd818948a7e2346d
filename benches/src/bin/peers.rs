//! What the primitives of others get wrong: prints the tables of COMPARE.md.

use std::alloc::System;
use std::error::Error;
use std::path::PathBuf;
use std::time::Duration;

use anyrt_benches::allocations;
use anyrt_benches::faults::{
    Finding, Probe, futurelock_table, futurelocks, mistake_table, mistakes,
};
use clap::Parser;
use stats_alloc::{INSTRUMENTED_SYSTEM, StatsAlloc};

#[global_allocator]
static ALLOCATOR: &StatsAlloc<System> = &INSTRUMENTED_SYSTEM;

/// Reproduces what primitives get wrong, and prints three tables as Markdown: futurelock, other
/// mistakes, and what waiting allocates.
#[derive(Debug, Parser)]
#[command(version)]
struct Args {
    /// Fail unless this file has the tables as they are printed.
    #[arg(long, value_name = "PATH")]
    check: Option<PathBuf>,
    /// Seconds after which a probe counts as hanging.
    #[arg(long, value_name = "SECONDS", default_value_t = 15)]
    watchdog: u64,
}

fn main() -> Result<(), Box<dyn Error>> {
    let args = Args::parse();
    std::panic::set_hook(Box::new(|_| ())); // panics are answers here
    let limit = Duration::from_secs(args.watchdog);
    let findings = |probes: Vec<Probe>| -> Vec<Finding> {
        probes.into_iter().map(|probe| probe.finding(limit)).collect()
    };
    // First, as no probe runs yet.
    let allocations = allocations::table(&allocations::per_wait());
    let items = allocations::item_table(&allocations::per_item());
    let tables = [
        futurelock_table(&findings(futurelocks())),
        mistake_table(&findings(mistakes())),
        allocations,
        items,
    ];
    println!("{}", tables.join("\n"));
    if let Some(path) = &args.check {
        let page = std::fs::read_to_string(path)?;
        let missing = tables.iter().flat_map(|table| table.lines());
        let missing = missing.filter(|line| !page.lines().any(|known| known == *line));
        let missing = missing.collect::<Vec<_>>();
        if !missing.is_empty() {
            let (path, lines) = (path.display(), missing.join("\n"));
            return Err(format!("{path} is out of date: it lacks these lines\n{lines}").into());
        }
    }
    std::process::exit(0); // threads may hang for ever
}
