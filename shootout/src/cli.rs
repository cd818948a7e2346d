//! The command line.

use std::fmt::Write as _;
use std::io;
use std::path::{Path, PathBuf};
use std::process::Stdio;
use std::time::Duration;

use clap::builder::{PossibleValue, PossibleValuesParser};
use clap::{CommandFactory, FromArgMatches, Parser, Subcommand};

use crate::executors::{self, Class, Executor};
use crate::workloads::{Entry, pages};

/// Runs the same workloads on every async executor of this machine and compares them.
///
/// Every sample is taken in a child process of its own, in shuffled order. The result is a table of
/// ratios to the best, with their spread; a page and a Markdown file show more, and every sample
/// goes to a JSON file.
#[derive(Debug, Parser)]
#[command(name = "shootout", version, args_conflicts_with_subcommands = true, max_term_width = 80)]
pub(crate) struct Cli {
    /// List the workloads and the executors, and do nothing else
    #[arg(long)]
    pub(crate) list: bool,

    /// Run these workloads only, separated by commas
    #[arg(long, value_name = "NAME", value_delimiter = ',')]
    only: Vec<String>,

    /// Run these executors only, separated by commas
    #[arg(long, value_name = "NAME", value_delimiter = ',', value_parser = executor_names(),
          hide_possible_values = true)]
    executors: Vec<String>,

    /// Smaller counts and shorter samples: minutes instead of a quarter of an hour
    #[arg(long)]
    quick: bool,

    /// Samples of each workload on each executor [default: 5, with --quick 3]
    #[arg(long, value_name = "N", value_parser = clap::value_parser!(u32).range(1..=1000))]
    repeat: Option<u32>,

    /// Worker threads of the executors that have several [default: one per core]
    #[arg(long, value_name = "N", value_parser = clap::value_parser!(u32).range(1..=1024))]
    threads: Option<u32>,

    /// Write every sample to this file, and the page and the Markdown beside it, with .html and .md
    /// [default: in the target directory]
    #[arg(long, value_name = "PATH")]
    json: Option<PathBuf>,

    /// Show what changed since the run that wrote this JSON
    #[arg(long, value_name = "PATH")]
    pub(crate) compare: Option<PathBuf>,

    /// Count instructions, too, with valgrind: on one thread, where they repeat exactly
    #[arg(long)]
    instructions: bool,

    /// The directory tree for `pages` [default: the toolchain's HTML documentation of std if it is
    /// installed, else the current directory]
    #[arg(long, value_name = "DIR")]
    input: Option<PathBuf>,

    /// Kill a sample that takes longer than this many seconds, and report it as hung
    #[arg(long, value_name = "SECONDS", default_value_t = 60,
          value_parser = clap::value_parser!(u64).range(1..))]
    limit: u64,

    #[command(subcommand)]
    pub(crate) command: Option<Command>,
}

/// What this program starts itself with.
#[derive(Debug, Subcommand)]
pub(crate) enum Command {
    /// Take one sample and print it: what the child processes are started with
    #[command(hide = true)]
    Sample {
        /// The job, as JSON
        job: String,
    },
    /// Be the clients of an echo server, and print what they found
    #[command(hide = true)]
    Clients {
        /// What to ask, as JSON
        load: String,
    },
}

/// What is to be run.
#[derive(Debug)]
pub(crate) struct Plan {
    pub(crate) workloads: Vec<Entry>,
    pub(crate) executors: Vec<&'static Executor>,
    pub(crate) quick: bool,
    pub(crate) repeat: u32,
    pub(crate) threads: usize,
    pub(crate) cores: usize,
    pub(crate) json: Option<PathBuf>,
    pub(crate) instructions: bool,
    pub(crate) input: PathBuf,
    pub(crate) limit: Duration,
    /// How long one sample should take.
    pub(crate) budget: Duration,
    /// Of the order of the samples.
    pub(crate) seed: u64,
    /// How this program is started, up to its arguments.
    pub(crate) command: String,
}

impl Plan {
    /// Samples that will be taken, about.
    pub(crate) fn samples(&self) -> usize {
        let classes = Class::ALL.iter().filter(|c| self.executors.iter().any(|e| e.class == **c));
        let each = (self.executors.len() + classes.count()) * self.repeat as usize;
        let several = self.executors.iter().filter(|e| e.class == Class::Several).count();
        let fewer = self.workloads.iter().flat_map(|w| self.fewer_workers(w)).count();
        self.workloads.len() * (each + self.executors.len())
            + fewer * several * self.repeat as usize
    }

    /// The numbers of workers besides the run's that a workload is measured with: powers of two.
    pub(crate) fn fewer_workers(&self, workload: &Entry) -> impl Iterator<Item = usize> + use<> {
        let most = if workload.info.scales { self.threads } else { 0 };
        std::iter::successors(Some(1), |workers| Some(workers * 2)).take_while(move |w| *w < most)
    }
}

impl Cli {
    /// The command line of this program, whose workloads are these.
    ///
    /// # Errors
    ///
    /// What is wrong with it.
    pub(crate) fn read(entries: &[Entry]) -> Result<Self, clap::Error> {
        // The names depend on the program, so the derived parser is told of them here.
        let command = Self::command().after_help(examples(entries)).mut_arg("only", |only| {
            let name = |entry: &Entry| PossibleValue::new(entry.info.name).hide(entry.info.hidden);
            only.value_parser(PossibleValuesParser::new(entries.iter().map(name)))
                .hide_possible_values(true)
        });
        Self::from_arg_matches(&command.try_get_matches()?)
    }

    /// # Errors
    ///
    /// If the input directory is of no use, and a workload needs it; if instructions can't be counted.
    pub(crate) fn plan(&self, entries: &[Entry]) -> io::Result<Plan> {
        let workloads: Vec<_> = entries
            .iter()
            .filter(|entry| chosen(&self.only, entry.info.name, !entry.info.hidden))
            .copied()
            .collect();
        let executors = executors::ALL
            .iter()
            .filter(|executor| chosen(&self.executors, executor.name, true))
            .collect();
        if self.instructions && !has_valgrind() {
            let why =
                "valgrind, which counts instructions, is not installed; leave --instructions out";
            return Err(io::Error::other(why));
        }
        let needs_input = workloads.iter().any(|entry| entry.info.name == "pages");
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
            cores,
            json: self.json.clone(),
            instructions: self.instructions,
            input,
            limit: Duration::from_secs(self.limit),
            budget: Duration::from_millis(if self.quick { 25 } else { 60 }),
            seed: fastrand::u64(..),
            command: this_program(),
        })
    }
}

fn has_valgrind() -> bool {
    let mut command = std::process::Command::new("valgrind");
    let silent = command.arg("--version").stdout(Stdio::null()).stderr(Stdio::null());
    silent.status().is_ok_and(|status| status.success())
}

/// How a reader starts this program again, up to its arguments.
fn this_program() -> String {
    let Ok(program) = std::env::current_exe() else { return "shootout".to_owned() };
    let name = program.file_stem().unwrap_or_default().to_string_lossy().into_owned();
    let directory = program.parent().and_then(Path::file_name).unwrap_or_default();
    match directory.to_str() {
        Some("examples") => format!("cargo run --release --example {name} --"),
        Some("release" | "debug") => format!("cargo run --release --bin {name} --"),
        _ => name,
    }
}

fn examples(entries: &[Entry]) -> String {
    let (program, entry) = (this_program(), entries[0].info.name);
    format!(
        "Examples:\n  {program} --quick\n  {program} --only {entry} --executors tokio,smol\n  \
         {program} --compare target/before.json"
    )
}

/// An empty choice is everything that takes part by default.
fn chosen(choice: &[String], name: &str, by_default: bool) -> bool {
    if choice.is_empty() { by_default } else { choice.iter().any(|chosen| chosen == name) }
}

fn executor_names() -> PossibleValuesParser {
    PossibleValuesParser::new(executors::ALL.iter().map(|executor| executor.name))
}

/// The text of `--list`.
pub(crate) fn list(entries: &[Entry]) -> String {
    let mut text = "Workloads (--only NAME,NAME)\n".to_owned();
    for Entry { info, .. } in entries.iter().filter(|entry| !entry.info.hidden) {
        text += &hanging(info.name, info.about);
    }
    text += "\nExecutors (--executors NAME,NAME)\n";
    for executor in executors::ALL {
        let threads = if executor.class == Class::Several { " with --threads workers" } else { "" };
        text += &hanging(executor.name, &format!("{}{threads}", executor.about));
    }
    text
}

/// A name and what it means, in lines of less than 80 columns.
fn hanging(name: &str, about: &str) -> String {
    let (mut text, mut column) = (format!("  {name:<15}"), 17);
    for word in about.split_whitespace() {
        if column + 1 + word.chars().count() > 79 {
            let _ = write!(text, "\n{:17}", "");
            column = 17;
        }
        let _ = write!(text, " {word}");
        column += 1 + word.chars().count();
    }
    text + "\n"
}

fn default_input() -> PathBuf {
    let documentation = std::process::Command::new("rustc").args(["--print", "sysroot"]).output();
    let documentation = documentation.ok().map(|output| {
        let sysroot = String::from_utf8_lossy(&output.stdout).trim().to_owned();
        Path::new(&sysroot).join("share/doc/rust/html/std")
    });
    match documentation {
        Some(directory) if directory.is_dir() => directory,
        _ => PathBuf::from("."),
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
