//! The executor shootout: the same workloads on every executor of this machine, one clear report.
//!
//! ```text
//! cargo run --release --example shootout
//! cargo run --release --example shootout -- --help
//! ```
//!
//! And the same for a program of one's own: see [`main!`].
//!
//! | file | what |
//! |---|---|
//! | `cli` | the command line, and what is wrong with it |
//! | `executors` | the contestants |
//! | `workloads` | what is run, a file for each group |
//! | `measure`, `alloc` | what a workload measures with |
//! | `runner` | a child process for every sample, watched, in shuffled order |
//! | `results`, `stats`, `machine` | what the samples come to, and where they come from |
//! | `compare` | what changed since an earlier run |
//! | `output`, `terminal`, `html`, `markdown` | how it is shown |

// Measured quantities: no count here comes near the limits of these conversions.
#![allow(clippy::cast_precision_loss, clippy::cast_possible_truncation, clippy::cast_sign_loss)]

mod alloc;
mod cli;
mod compare;
mod executors;
mod html;
mod machine;
mod markdown;
mod measure;
mod output;
mod results;
mod runner;
mod stats;
mod terminal;
mod workloads;

use std::error::Error;
use std::process::ExitCode;

pub use crate::alloc::CountingAllocator;
pub use crate::workloads::program::Program;

use crate::cli::{Cli, Command};
use crate::compare::Comparison;
use crate::results::Report;
use crate::workloads::Entry;

/// Writes a `main` that compares a program of one's own on all executors.
///
/// The program is an `async fn app<R: Runtime>(rt: R)`, in whatever module. What it returns must be
/// [`Debug`](std::fmt::Debug), and the same on every executor: a difference is reported. It is run in a
/// task, many times. What it prints is not shown; if it panics, hangs or ends its process, its cell says so.
///
/// The program takes the options of the shootout (`--help`), prints the table and writes the page, the
/// Markdown and the JSON to the target directory. With `--compare` it says what changed. It also has
/// the shootout's own workloads: `--list`, `--only`.
///
/// ```no_run
/// use anyrt::prelude::*;
///
/// async fn app<R: Runtime>(rt: R) -> u64 {
///     let tasks: Vec<_> = (0..1_000).map(|i| rt.spawn(async move { i * i })).collect();
///     let mut sum = 0;
///     for task in tasks {
///         sum += task.await.unwrap();
///     }
///     sum
/// }
///
/// anyrt_shootout::main!(app);
/// ```
///
/// The expansion has a global allocator, [`CountingAllocator`]; a program that has one of its own implements
/// [`Program`] and calls [`compare`] instead.
#[macro_export]
macro_rules! main {
    ($app:path) => {
        #[global_allocator]
        static ALLOCATOR: $crate::CountingAllocator = $crate::CountingAllocator;

        fn main() -> ::std::process::ExitCode {
            struct App;

            impl $crate::Program for App {
                const NAME: &'static str = stringify!($app);

                fn run<R: $crate::Runtime>(
                    rt: R,
                ) -> impl ::std::future::Future<
                    Output = impl ::std::fmt::Debug + ::std::marker::Send + 'static,
                > + ::std::marker::Send
                + 'static {
                    $app(rt)
                }
            }

            $crate::compare::<App>()
        }
    };
}

#[doc(hidden)]
pub use anyrt::Runtime; // for the expansion of `main!`

/// Compares a program of one's own on all executors: what [`main!`] calls. Reads the command line.
///
/// Must be what `main` does first and last: it starts the same executable again, for each sample.
///
/// ```no_run
/// use anyrt::prelude::*;
///
/// struct Sleeps;
///
/// impl anyrt_shootout::Program for Sleeps {
///     const NAME: &'static str = "sleeps";
///
///     async fn run<R: Runtime>(rt: R) {
///         rt.sleep(std::time::Duration::from_millis(1)).await;
///     }
/// }
///
/// fn main() -> std::process::ExitCode {
///     anyrt_shootout::compare::<Sleeps>()
/// }
/// ```
#[must_use = "it says whether all went well"]
pub fn compare<P: Program>() -> ExitCode {
    let own = Entry::of::<workloads::program::Own<P>>();
    // The others are at hand, but asked for by name.
    let hide = |entry: &Entry| {
        let mut entry = *entry;
        entry.info.hidden = true;
        entry
    };
    start(&[own].into_iter().chain(workloads::ALL.iter().map(hide)).collect::<Vec<_>>())
}

/// The shootout itself, with its own workloads. Reads the command line.
///
/// Must be what `main` does first and last: it starts the same executable again, for each sample.
///
/// ```no_run
/// #[global_allocator]
/// static ALLOCATOR: anyrt_shootout::CountingAllocator = anyrt_shootout::CountingAllocator;
///
/// fn main() -> std::process::ExitCode {
///     anyrt_shootout::shootout()
/// }
/// ```
#[must_use = "it says whether all went well"]
pub fn shootout() -> ExitCode {
    start(workloads::ALL)
}

fn start(entries: &[Entry]) -> ExitCode {
    let cli = match Cli::read(entries) {
        Ok(cli) => cli,
        Err(error) => {
            let _ = error.print(); // there is no other place to say it
            return ExitCode::from(error.exit_code() as u8);
        }
    };
    let done = match &cli.command {
        Some(Command::Sample { job }) => runner::be_child(job, entries).map(|()| ExitCode::SUCCESS),
        Some(Command::Clients { load }) => {
            workloads::echo::be_clients(load).map(|()| ExitCode::SUCCESS)
        }
        None if cli.list => {
            print!("{}", cli::list(entries));
            Ok(ExitCode::SUCCESS)
        }
        None => run(&cli, entries),
    };
    done.unwrap_or_else(|error| {
        eprintln!("error: {error}");
        ExitCode::from(2)
    })
}

/// Succeeds if nothing failed and all executors agree on every answer.
fn run(cli: &Cli, entries: &[Entry]) -> Result<ExitCode, Box<dyn Error>> {
    let plan = cli.plan(entries)?;
    // What can fail early does: before the work, not after.
    let old = cli.compare.as_deref().map(compare::read).transpose()?;
    let output = output::Output::open(plan.json.clone())?;
    let machine = machine::Machine::look();
    println!("{}", terminal::opening(&plan));
    if let Some(load) = machine.foreign_load.filter(|load| *load > machine::NOT_QUIET) {
        let percent = load * 100.0;
        println!("Other programs use {percent:.0} % of this machine: expect a large spread.");
    }
    let taken = runner::run(&plan)?;
    if taken.interrupted && taken.samples.is_empty() {
        return Err(
            "stopped before the first sample: nothing is written, older reports are as they were"
                .into(),
        );
    }
    let report = Report::new(&plan, machine, taken);
    let comparison = old.map(|old| Comparison::new(&old, &report));
    print!("{}", terminal::render(&report, comparison.as_ref()));
    let [page, markdown, json] = output.write(&report, comparison.as_ref())?;
    println!("\nThe page: {}\nas Markdown: {}", page.display(), markdown.display());
    println!("Every sample is in {}", json.display());
    Ok(if report.is_sound() { ExitCode::SUCCESS } else { ExitCode::FAILURE })
}
