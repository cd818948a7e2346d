//! How runtimes behave natively and through anyrt: runs each behaviour and writes the table.

use std::error::Error;
use std::num::NonZero;
use std::path::PathBuf;
use std::sync::Mutex;
use std::sync::atomic::{AtomicUsize, Ordering};
use std::thread;
use std::time::Duration;

use anyrt_benches::behaviour::{Behaviour, NATIVE, Observed, PEERS, markdown, observe, subjects};
use clap::{Parser, Subcommand, ValueEnum};
use indicatif::{ProgressBar, ProgressStyle};

/// Runs each behaviour on each runtime, natively and through anyrt, and writes the table.
#[derive(Debug, Parser)]
#[command(version)]
struct Args {
    /// Compare with the files instead of writing them; fail if they differ.
    #[arg(long)]
    check: bool,
    /// Where the files are.
    #[arg(long, value_name = "DIR", default_value = concat!(env!("CARGO_MANIFEST_DIR"), "/../docs"))]
    dir: PathBuf,
    /// Seconds after which a behaviour counts as hanging.
    #[arg(long, value_name = "SECONDS", default_value_t = 15)]
    watchdog: u64,
    /// Behaviours to run at a time.
    #[arg(long, default_value = "4")]
    jobs: NonZero<usize>,
    #[command(subcommand)]
    command: Option<Child>,
}

#[derive(Debug, Subcommand)]
enum Child {
    /// What each process runs: prints the answer.
    #[command(hide = true)]
    Child { subject: String, behaviour: Behaviour },
}

const HEAD: &str = "\
Written by `cargo run --release -p anyrt-benches --bin matrix`, which runs each line on each runtime in \
a process of its own; `-- --check` compares. A runtime has two workers, one in the line about `sleep(0)`, \
and smol's global executor always one, its default.\n\n";

fn main() -> Result<(), Box<dyn Error>> {
    let args = Args::parse();
    if let Some(Child::Child { subject, behaviour }) = args.command {
        child(&subject, behaviour);
    }

    let program = std::env::current_exe()?;
    let watchdog = Duration::from_secs(args.watchdog);
    let subjects = subjects();
    let pairs = Behaviour::value_variants().iter();
    let pairs =
        pairs.flat_map(|behaviour| subjects.iter().map(move |subject| (subject, *behaviour)));
    let pairs = pairs.collect::<Vec<_>>();

    let progress = ProgressBar::new(pairs.len() as u64);
    progress.set_style(ProgressStyle::with_template("{bar:30} {pos}/{len} {wide_msg}")?);
    let (next, done) = (AtomicUsize::new(0), Mutex::new(Vec::new()));
    thread::scope(|scope| {
        for _ in 0..args.jobs.get() {
            scope.spawn(|| {
                while let Some((subject, behaviour)) =
                    pairs.get(next.fetch_add(1, Ordering::Relaxed))
                {
                    progress.set_message(format!("{}: {}", subject.name, behaviour.title()));
                    let observed = observe(&program, subject, *behaviour, watchdog);
                    done.lock().unwrap().push(observed);
                    progress.inc(1);
                }
            });
        }
    });
    progress.finish_and_clear();

    let mut observed = done.into_inner()?.into_iter().collect::<Result<Vec<_>, _>>()?;
    let position = |o: &Observed| subjects.iter().position(|subject| subject.name == o.subject);
    observed.sort_by_key(position);
    let mut out_of_date = false;
    for (name, columns) in [("behaviour.md", NATIVE), ("behaviour-peers.md", PEERS)] {
        let path = args.dir.join(name);
        let table = format!("{HEAD}{}", markdown(&observed, columns));
        if args.check {
            out_of_date |= !compare(&std::fs::read_to_string(&path)?, &table);
        } else {
            std::fs::write(&path, &table)?;
            println!("{table}");
        }
    }
    if out_of_date {
        return Err("the published tables are out of date: run `matrix` without --check".into());
    }
    if args.check {
        println!("{} behaviours are as published", observed.len());
    }
    Ok(())
}

/// Whether the two are the same; prints the lines that are not.
fn compare(published: &str, now: &str) -> bool {
    let (old, new) = (published.lines().collect::<Vec<_>>(), now.lines().collect::<Vec<_>>());
    old.iter().filter(|line| !new.contains(line)).for_each(|line| println!("- {line}"));
    new.iter().filter(|line| !old.contains(line)).for_each(|line| println!("+ {line}"));
    published == now
}

/// Answers and leaves at once: threads may be blocked for ever.
fn child(name: &str, behaviour: Behaviour) -> ! {
    std::panic::set_hook(Box::new(|_| ())); // panics are answers here
    let subjects = subjects();
    let subject = subjects.iter().find(|subject| subject.name == name);
    let Some(subject) = subject else {
        eprintln!("unknown subject `{name}`");
        std::process::exit(2);
    };
    print!("{}", (subject.run)(behaviour).unwrap_or(behaviour.without_api()));
    std::io::Write::flush(&mut std::io::stdout()).expect("the parent reads");
    std::process::exit(0);
}
