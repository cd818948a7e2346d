//! Instructions and allocations per operation: direct calls, anyrt and its peers, in one run.

use std::alloc::System;
use std::error::Error;
use std::path::PathBuf;

use anyrt_benches::costs::{Measured, Plan, Report, Workload, entries, measure};
use clap::{Parser, Subcommand};
use indicatif::{ProgressBar, ProgressStyle};
use stats_alloc::{INSTRUMENTED_SYSTEM, StatsAlloc};

#[global_allocator]
static ALLOCATOR: &StatsAlloc<System> = &INSTRUMENTED_SYSTEM;

/// What an operation costs directly, through anyrt and through its peers.
///
/// Instructions come from valgrind's callgrind, if it is installed; allocations are counted in any
/// case. Each figure is the difference between two numbers of operations, in child processes, so
/// that start-up cancels. The operations run inside a task, on one thread.
#[derive(Debug, Parser)]
#[command(version)]
struct Args {
    /// Measure only subjects whose name contains this.
    #[arg(long, value_name = "TEXT")]
    only: Option<String>,
    /// Measure only these operations.
    #[arg(long, value_delimiter = ',')]
    workload: Vec<Workload>,
    /// Count so often, unless two counts agree, and take the least.
    #[arg(long, default_value_t = 3, value_parser = clap::value_parser!(u32).range(1..))]
    repeat: u32,
    /// Count allocations only.
    #[arg(long)]
    no_instructions: bool,
    /// List the subjects.
    #[arg(long)]
    list: bool,
    /// Write the figures as JSON.
    #[arg(long, value_name = "PATH")]
    json: Option<PathBuf>,
    /// Write the tables as Markdown.
    #[arg(long, value_name = "PATH")]
    markdown: Option<PathBuf>,
    #[command(subcommand)]
    command: Option<Child>,
}

#[derive(Debug, Subcommand)]
enum Child {
    /// What each measurement runs: prints allocations and bytes.
    #[command(hide = true)]
    Child { subject: String, workload: Workload, n: u64 },
}

fn main() -> Result<(), Box<dyn Error>> {
    let args = Args::parse();
    if let Some(Child::Child { subject, workload, n }) = args.command {
        let entry = entries().into_iter().find(|entry| entry.id == subject);
        let entry = entry.ok_or_else(|| format!("unknown subject `{subject}`: see --list"))?;
        let allocated = (entry.run)(workload, n);
        println!("{} {}", allocated.count, allocated.bytes);
        return Ok(());
    }
    if args.list {
        for entry in entries() {
            println!("{:<24}{} ({})", entry.id, entry.label, entry.group.title());
        }
        return Ok(());
    }

    let wanted = |id: &str| args.only.as_ref().is_none_or(|only| id.contains(only));
    let chosen = entries().into_iter().filter(|entry| wanted(entry.id)).collect::<Vec<_>>();
    if chosen.is_empty() {
        return Err("no subject has such a name: see --list".into());
    }
    let workloads = if args.workload.is_empty() { &Workload::ALL[..] } else { &args.workload };

    let instructions = !args.no_instructions && Plan::has_valgrind();
    if !instructions && !args.no_instructions {
        eprintln!("valgrind is not installed: instructions are left out");
    }
    let plan = Plan { instructions, repeat: args.repeat };

    let program = std::env::current_exe()?;
    let progress = ProgressBar::new((workloads.len() * chosen.len()) as u64);
    progress.set_style(ProgressStyle::with_template("{bar:30} {pos}/{len} {wide_msg}")?);
    let mut report = Report { lines: Vec::new() };
    for &workload in workloads {
        for entry in &chosen {
            progress.set_message(format!("{}: {}", entry.id, workload.title()));
            let has = !entry.lacks.contains(&workload);
            let cost = has.then(|| measure(&program, entry, workload, plan)).transpose()?;
            report.lines.push(Measured::new(entry, workload, cost));
            progress.inc(1);
        }
    }
    progress.finish_and_clear();

    print!("{report}");
    println!("\nPer operation. `~`: repetitions differed by more than 0.5 %; the least is shown.");
    if let Some(path) = args.json {
        std::fs::write(path, serde_json::to_string_pretty(&report)?)?;
    }
    if let Some(path) = args.markdown {
        std::fs::write(path, report.to_markdown())?;
    }
    Ok(())
}
