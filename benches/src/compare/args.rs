use std::error::Error;
use std::path::PathBuf;
use std::process::ExitCode;
use std::time::Duration;

use clap::Parser;
use indicatif::{ProgressBar, ProgressStyle};

use super::rounds::race;
use super::terminal::Summary;
use super::{Machine, Plan, Report, Row};

/// The rows of a bench, and what they are about.
#[derive(Debug)]
pub struct Suite {
    /// Packages whose versions the report tells.
    pub packages: &'static [&'static str],
    /// The questions.
    pub rows: Vec<Row>,
}

/// Compares anyrt with its peers, side by side in one process.
///
/// The contestants of a row run in turns, in shuffled order, round by round. A figure is the median of
/// the rounds; `±` is half of the width of their middle half. `=`: no difference to the best is shown,
/// because the ratio of the two, round by round, has 1 in its interval of 95 % confidence, or is
/// nearer to 1 than two runs of ours are to each other. Less is better, everywhere.
#[derive(Debug, Parser)]
struct Args {
    /// Run only rows with one of these in their names.
    filter: Vec<String>,
    /// List the rows and their contestants.
    #[arg(long)]
    list: bool,
    /// Few and short rounds: to see that it runs. Its figures mean nothing.
    #[arg(long)]
    quick: bool,
    /// Run each contestant so often.
    #[arg(long, default_value_t = 21, value_parser = clap::value_parser!(u32).range(1..))]
    rounds: u32,
    /// Milliseconds of a timed run.
    #[arg(long, default_value_t = 10, value_parser = clap::value_parser!(u64).range(1..))]
    sample: u64,
    /// Write all samples as JSON.
    #[arg(long, value_name = "PATH")]
    json: Option<PathBuf>,
    /// Write the tables as Markdown.
    #[arg(long, value_name = "PATH")]
    markdown: Option<PathBuf>,
    /// What `cargo bench` adds.
    #[arg(long, hide = true)]
    bench: bool,
}

impl Suite {
    /// The `main` of a bench.
    #[must_use]
    pub fn main(self) -> ExitCode {
        let args = Args::parse();
        match self.run(&args) {
            Ok(()) => ExitCode::SUCCESS,
            Err(error) => {
                eprintln!("error: {error}");
                ExitCode::FAILURE
            }
        }
    }

    fn run(mut self, args: &Args) -> Result<(), Box<dyn Error>> {
        let wanted = |row: &Row| {
            args.filter.is_empty() || args.filter.iter().any(|text| row.id.contains(text))
        };
        self.rows.retain(wanted);
        if self.rows.is_empty() {
            return Err("no row has such a name: see --list".into());
        }
        if args.list {
            self.list();
            return Ok(());
        }

        let plan = if args.quick {
            Plan { rounds: args.rounds.min(3), sample: Duration::from_millis(1) }
        } else {
            Plan { rounds: args.rounds, sample: Duration::from_millis(args.sample) }
        };
        let progress = ProgressBar::new(self.rows.len() as u64);
        progress.set_style(ProgressStyle::with_template("{bar:30} {pos}/{len} {wide_msg}")?);
        let mut report = Report::new(Machine::this(self.packages), plan);
        for row in &mut self.rows {
            let (id, from) = (row.id.clone(), report.lines.len());
            let raced = race(row, plan, |name| progress.set_message(format!("{id}: {name}")));
            report.add(row, &raced);
            progress.suspend(|| report.lines[from..].iter().for_each(|line| println!("{line}")));
            progress.inc(1);
        }
        progress.finish_and_clear();

        print!("{}", Summary(&report));
        if let Some(path) = &args.json {
            std::fs::write(path, serde_json::to_string_pretty(&report)?)?;
        }
        if let Some(path) = &args.markdown {
            std::fs::write(path, report.to_markdown())?;
        }
        Ok(())
    }

    fn list(&self) {
        for row in &self.rows {
            println!("{}: {}", row.id, row.title);
            let names = row.contestants.iter().map(|contestant| contestant.name);
            println!("    {}", names.collect::<Vec<_>>().join(", "));
        }
    }
}
