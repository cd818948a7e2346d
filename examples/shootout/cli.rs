//! The command line.

use std::fmt::Write as _;
use std::io;
use std::path::{Path, PathBuf};
use std::time::Duration;

use clap::builder::{PossibleValue, PossibleValuesParser};
use clap::{Parser, Subcommand};

use crate::executors::{self, Class, Executor};
use crate::workloads::{self, Info, pages};

/// Runs the same workloads on every async executor of this machine and compares them.
///
/// Every sample is taken in a child process of its own, in shuffled order. The result is a table of
/// ratios to the best, with their spread; every sample goes to a JSON file.
#[derive(Debug, Parser)]
#[command(name = "shootout", version, args_conflicts_with_subcommands = true, max_term_width = 80, after_help = EXAMPLES)]
pub(crate) struct Cli {
    /// List the workloads and the executors, and do nothing else
    #[arg(long)]
    pub(crate) list: bool,

    /// Run these workloads only, separated by commas
    #[arg(long, value_name = "NAME", value_delimiter = ',', value_parser = workload_names(),
          hide_possible_values = true)]
    only: Vec<String>,

    /// Run these executors only, separated by commas
    #[arg(long, value_name = "NAME", value_delimiter = ',', value_parser = executor_names(),
          hide_possible_values = true)]
    executors: Vec<String>,

    /// Smaller counts and shorter samples: half a minute instead of three
    #[arg(long)]
    quick: bool,

    /// Samples of each workload on each executor [default: 5, with --quick 3]
    #[arg(long, value_name = "N", value_parser = clap::value_parser!(u32).range(1..=1000))]
    repeat: Option<u32>,

    /// Worker threads of the executors that have several [default: one per core]
    #[arg(long, value_name = "N", value_parser = clap::value_parser!(u32).range(1..=1024))]
    threads: Option<u32>,

    /// Write every sample to this file [default: shootout.json in the target directory]
    #[arg(long, value_name = "PATH")]
    json: Option<PathBuf>,

    /// The directory tree for `pages` [default: the toolchain's HTML documentation of std if it is
    /// installed, else this project]
    #[arg(long, value_name = "DIR")]
    input: Option<PathBuf>,

    /// Kill a sample that takes longer than this many seconds, and report it as hung
    #[arg(long, value_name = "SECONDS", default_value_t = 60,
          value_parser = clap::value_parser!(u64).range(1..))]
    limit: u64,

    #[command(subcommand)]
    pub(crate) command: Option<Command>,
}

const EXAMPLES: &str = "\
Examples:
  cargo run --release --example shootout
  cargo run --release --example shootout -- --quick
  cargo run --release --example shootout -- --only pages --input ~/Documents
  cargo run --release --example shootout -- --only ring --executors tokio,smol";

#[derive(Debug, Subcommand)]
pub(crate) enum Command {
    /// Take one sample and print it: what the child processes are started with
    #[command(hide = true)]
    Sample {
        /// The job, as JSON
        job: String,
    },
}

/// What is to be run.
#[derive(Debug)]
pub(crate) struct Plan {
    pub(crate) workloads: Vec<&'static Info>,
    pub(crate) executors: Vec<&'static Executor>,
    pub(crate) quick: bool,
    pub(crate) repeat: u32,
    pub(crate) threads: usize,
    pub(crate) json: Option<PathBuf>,
    pub(crate) input: PathBuf,
    pub(crate) limit: Duration,
    /// How long one sample should take.
    pub(crate) budget: Duration,
    /// Of the order of the samples.
    pub(crate) seed: u64,
}

impl Cli {
    /// # Errors
    ///
    /// If the input directory is of no use, and a workload needs it.
    pub(crate) fn plan(&self) -> io::Result<Plan> {
        let workloads: Vec<_> = workloads::ALL
            .iter()
            .filter(|workload| chosen(&self.only, workload.name, !workload.hidden))
            .collect();
        let executors = executors::ALL
            .iter()
            .filter(|executor| chosen(&self.executors, executor.name, true))
            .collect();
        let needs_input = workloads.iter().any(|workload| workload.name == "pages");
        let input = self.input.clone().unwrap_or_else(default_input);
        if needs_input || self.input.is_some() {
            check_and_warm(&input)?;
        }
        let cores = std::thread::available_parallelism().map_or(1, usize::from);
        Ok(Plan {
            workloads,
            executors,
            quick: self.quick,
            repeat: self.repeat.unwrap_or(if self.quick { 3 } else { 5 }),
            threads: self.threads.map_or(cores, |threads| threads as usize),
            json: self.json.clone(),
            input,
            limit: Duration::from_secs(self.limit),
            budget: Duration::from_millis(if self.quick { 25 } else { 60 }),
            seed: fastrand::u64(..),
        })
    }
}

/// An empty choice is everything that takes part by default.
fn chosen(choice: &[String], name: &str, by_default: bool) -> bool {
    if choice.is_empty() { by_default } else { choice.iter().any(|chosen| chosen == name) }
}

fn workload_names() -> PossibleValuesParser {
    let name = |info: &Info| PossibleValue::new(info.name).hide(info.hidden);
    PossibleValuesParser::new(workloads::ALL.iter().map(name))
}

fn executor_names() -> PossibleValuesParser {
    PossibleValuesParser::new(executors::ALL.iter().map(|executor| executor.name))
}

/// The text of `--list`.
pub(crate) fn list() -> String {
    let mut text = "Workloads (--only NAME,NAME)\n".to_owned();
    for workload in workloads::ALL.iter().filter(|workload| !workload.hidden) {
        let _ = writeln!(text, "  {:<13} {}", workload.name, workload.about);
    }
    text += "\nExecutors (--executors NAME,NAME)\n";
    for executor in executors::ALL {
        let threads = if executor.class == Class::Several { " with --threads workers" } else { "" };
        let _ = writeln!(text, "  {:<13} {}{threads}", executor.name, executor.about);
    }
    text
}

fn default_input() -> PathBuf {
    let documentation = std::process::Command::new("rustc").args(["--print", "sysroot"]).output();
    let documentation = documentation.ok().map(|output| {
        let sysroot = String::from_utf8_lossy(&output.stdout).trim().to_owned();
        Path::new(&sysroot).join("share/doc/rust/html/std")
    });
    match documentation {
        Some(directory) if directory.is_dir() => directory,
        _ => PathBuf::from(env!("CARGO_MANIFEST_DIR")),
    }
}

/// Reads every file once, so that the first sample does not pay for a cold disk.
fn check_and_warm(input: &Path) -> io::Result<()> {
    let explain = |why: &dyn std::fmt::Display| {
        let directory = input.display();
        io::Error::other(format!(
            "the input directory {directory} is of no use: {why}; name another with --input DIR"
        ))
    };
    match input.metadata() {
        Err(error) if error.kind() == io::ErrorKind::NotFound => {
            return Err(explain(&"there is no such directory"));
        }
        Err(error) => return Err(explain(&error)),
        Ok(input) if !input.is_dir() => return Err(explain(&"it is not a directory")),
        Ok(_) => {}
    }
    let files = pages::list_files(input, false).map_err(|error| explain(&error))?;
    let read = files.iter().filter(|file| std::fs::read(file).is_ok()).count();
    match (files.len(), read) {
        (0, _) => Err(explain(&"it holds no files (hidden ones and caches don't count)")),
        (_, 0) => Err(explain(&"none of its files can be read")),
        _ => Ok(()),
    }
}
