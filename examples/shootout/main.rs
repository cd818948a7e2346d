//! The executor shootout: the same workloads on every executor of this machine, one clear table.
//!
//! ```text
//! cargo run --release --example shootout
//! cargo run --release --example shootout -- --help
//! ```
//!
//! | file | what |
//! |---|---|
//! | `cli.rs` | the command line, and what is wrong with it |
//! | `executors.rs` | the contestants |
//! | `workloads/` | what is run, a file for each group |
//! | `measure.rs`, `alloc.rs` | what a workload measures with |
//! | `runner.rs` | a child process for every sample, watched, in shuffled order |
//! | `report.rs`, `stats.rs`, `machine.rs` | the results, and where they come from |
//! | `table.rs` | what is printed |

// Measured quantities: no count here comes near the limits of these conversions.
#![allow(clippy::cast_precision_loss, clippy::cast_possible_truncation, clippy::cast_sign_loss)]

mod alloc;
mod cli;
mod executors;
mod machine;
mod measure;
mod report;
mod runner;
mod stats;
mod table;
mod workloads;

use std::error::Error;
use std::process::ExitCode;

use clap::Parser;

use crate::cli::{Cli, Command};
use crate::report::Report;

fn main() -> ExitCode {
    let cli = Cli::parse();
    let done = match &cli.command {
        Some(Command::Sample { job }) => runner::be_child(job).map(|()| ExitCode::SUCCESS),
        None if cli.list => {
            print!("{}", cli::list());
            Ok(ExitCode::SUCCESS)
        }
        None => shootout(&cli),
    };
    done.unwrap_or_else(|error| {
        eprintln!("error: {error}");
        ExitCode::from(2)
    })
}

/// Succeeds if nothing failed and all executors agree on every answer.
fn shootout(cli: &Cli) -> Result<ExitCode, Box<dyn Error>> {
    let plan = cli.plan()?;
    let json = report::Output::open(plan.json.clone())?; // before the work, not after
    let machine = machine::Machine::look();
    println!("{}", table::opening(&plan, &machine));
    let report = Report::new(&plan, machine, runner::run(&plan)?);
    print!("{}", table::render(&plan, &report));
    println!("\nEvery sample is in {}", json.write(&report)?.display());
    Ok(if report.is_sound() { ExitCode::SUCCESS } else { ExitCode::FAILURE })
}
