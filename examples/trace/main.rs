//! Draws what a program does: who runs, who waits for what, and who wakes whom, on a runtime of your choice.
//!
//! ```sh
//! cargo run --features diagnose --example trace -- --runtime sim --program transfers --svg out.svg
//! ```

mod programs;

use std::error::Error;
use std::path::PathBuf;

use anyrt::prelude::*;
use anyrt::probe::{self, Recorder};
use anyrt::{AsyncStd, SimOwner, SmolOwner, ThreadsOwner, TokioOwner};
use clap::{Parser, ValueEnum};

/// Runs a small program and draws what happened: an SVG for people, JSON for <https://ui.perfetto.dev>.
#[derive(Debug, Parser)]
#[command(version)]
struct Args {
    /// What it runs on.
    #[arg(long, value_enum, default_value_t = On::Threads)]
    runtime: On,
    /// What is run.
    #[arg(long, value_enum, default_value_t = programs::Program::Pipeline)]
    program: programs::Program,
    /// Worker threads, where the runtime has its own.
    #[arg(long, default_value_t = 2, value_parser = clap::value_parser!(u16).range(1..))]
    workers: u16,
    /// Of the simulator: what chance starts from. The same seed gives the same picture.
    #[arg(long, default_value_t = 1)]
    seed: u64,
    /// What a lane of the picture is.
    #[arg(long, value_enum, default_value_t = Lanes::Tasks)]
    lanes: Lanes,
    /// Write the picture here.
    #[arg(long, value_name = "PATH")]
    svg: Option<PathBuf>,
    /// Write the events here, in the Trace Event Format.
    #[arg(long, value_name = "PATH")]
    json: Option<PathBuf>,
}

#[derive(Debug, Clone, Copy, ValueEnum)]
enum On {
    Tokio,
    Smol,
    AsyncStd,
    Threads,
    Sim,
}

#[derive(Debug, Clone, Copy, ValueEnum)]
enum Lanes {
    /// A task, job or root: when it ran, and what it waited for.
    Tasks,
    /// A thread: what it ran.
    Threads,
}

fn main() -> Result<(), Box<dyn Error>> {
    let args = Args::parse();
    let recorder = Recorder::new();
    let workers = usize::from(args.workers);
    if let On::Sim = args.runtime {
        let sim = SimOwner::builder().seed(args.seed).probe(recorder.clone()).build();
        sim.run(|rt| args.program.run(rt));
    } else {
        let _installed = probe::install(recorder.clone());
        let program = args.program;
        match args.runtime {
            On::Tokio => TokioOwner::with_workers(workers)?.run(|rt| program.run(rt)),
            On::Smol => SmolOwner::with_workers(workers)?.run(|rt| program.run(rt)),
            On::AsyncStd => AsyncStd.run(|rt| program.run(rt)),
            On::Threads | On::Sim => {
                ThreadsOwner::builder().workers(workers).build()?.run(|rt| program.run(rt));
            }
        }
    }
    let trace = recorder.trace();
    let name = |value: &dyn Fn() -> Option<clap::builder::PossibleValue>| {
        value().map(|value| value.get_name().to_owned()).unwrap_or_default()
    };
    let program = name(&|| args.program.to_possible_value());
    let runtime = name(&|| args.runtime.to_possible_value());
    println!("{program} on {runtime}: {} events", trace.len());
    if let Some(path) = &args.svg {
        let title = format!("{program} on {runtime}");
        let picture = match args.lanes {
            Lanes::Tasks => trace.to_svg(&title),
            Lanes::Threads => trace.to_svg_by_thread(&title),
        };
        std::fs::write(path, picture)?;
        println!("wrote {}", path.display());
    }
    if let Some(path) = &args.json {
        std::fs::write(path, trace.to_json())?;
        println!("wrote {}", path.display());
    }
    if args.svg.is_none() && args.json.is_none() {
        println!("nothing written: ask for --svg PATH or --json PATH");
    }
    Ok(())
}
