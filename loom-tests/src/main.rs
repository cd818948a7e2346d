//! Runs single models, writes the tables, and hunts mutants.

use anyrt_loom::harness::Check;
use anyrt_loom::mutants::{self, Allowed, Fate};
use anyrt_loom::runner::{self, End};
use anyrt_loom::table::{self, thousands};
use anyrt_loom::{litmus, models, planted};
use clap::{Parser, Subcommand};
use std::collections::BTreeMap;
use std::path::PathBuf;
use std::process::ExitCode;
use std::time::{Duration, Instant};

#[derive(Parser)]
#[command(about)]
struct Cli {
    #[command(subcommand)]
    command: Command,
}

#[derive(Subcommand)]
enum Command {
    /// Names the models.
    List,
    /// Runs one model in this process.
    Run { model: String },
    /// Fails when loom misses an outcome of so many litmus programs.
    Litmus { programs: usize },
    /// Runs all models and writes the table in README.md.
    Table,
    /// Weakens every atomic operation in turn and writes MUTANTS.md; fails on an unlisted survivor.
    Mutants {
        /// Only mutants whose name contains this; writes nothing.
        filter: Option<String>,
        /// One preemption only.
        #[arg(long)]
        quick: bool,
    },
}

fn main() -> ExitCode {
    match Cli::parse().command {
        Command::List => models().iter().for_each(|model| println!("{}", model.name)),
        Command::Run { model } => run(&model),
        Command::Litmus { programs } => return litmus(programs),
        Command::Table => return table(),
        Command::Mutants { filter, quick } => return hunt(filter.as_deref(), !quick),
    }
    ExitCode::SUCCESS
}

fn run(name: &str) {
    let mut all = models().into_iter().chain(planted());
    let model = all.find(|model| model.name == name).expect("no model of this name");
    let explored = model.run();
    let seconds = explored.elapsed.as_secs_f64();
    let (programs, executions, bound) = (explored.programs, explored.executions, explored.bound);
    println!("explored {programs} {executions} {bound} {seconds:.2}");
}

fn litmus(programs: usize) -> ExitCode {
    let programs = litmus::programs(programs, 0x5eed);
    let missed = |program| !litmus::interleaved(program).is_subset(&litmus::explored(program).0);
    let missed = programs.iter().filter(|program| missed(program)).count();
    println!("{missed} of {} programs have outcomes that loom misses", programs.len());
    if missed > 0 { ExitCode::FAILURE } else { ExitCode::SUCCESS }
}

fn this() -> PathBuf {
    std::env::current_exe().expect("the runner knows itself")
}

fn table() -> ExitCode {
    let exe = this();
    let start = Instant::now();
    let models = models();
    let ends = runner::on_all_cores(&models, |model| {
        let end = runner::run(&exe, model.name, &[], Duration::from_secs(1800));
        eprintln!("{} {end:?}", model.name);
        end
    });
    let mut rows = Vec::new();
    let (mut programs, mut executions) = (0, 0);
    for (model, end) in models.iter().zip(ends) {
        let End::Held(row) = end else {
            eprintln!("{} fails: {end:?}", model.name);
            return ExitCode::FAILURE;
        };
        programs += row.programs;
        executions += row.executions;
        let proves = match model.check {
            Check::Written(_) => model.proves.to_owned(),
            Check::Generated(_) => {
                format!("{} ({} programs)", model.proves, thousands(row.programs))
            }
        };
        rows.push(vec![
            format!("`{}`", model.name),
            proves,
            row.bound.to_string(),
            thousands(row.executions),
            format!("{:.1}", row.seconds),
        ]);
    }
    let file = runner::root().join("loom-tests/README.md");
    table::write(&file, "models", &["model", "what it proves", "bound", "executions", "s"], &rows);
    println!(
        "{} models, {} programs, {} executions, {:.0?}",
        rows.len(),
        thousands(programs),
        thousands(executions),
        start.elapsed()
    );
    ExitCode::SUCCESS
}

fn hunt(filter: Option<&str>, thorough: bool) -> ExitCode {
    let exe = this();
    let start = Instant::now();
    let scratch = std::env::temp_dir().join(format!("loom-tests-{}", std::process::id()));
    std::fs::create_dir_all(&scratch).expect("a scratch folder");
    let visits = mutants::survey(&exe, &models(), &scratch);
    eprintln!("{} models hold as they are, {:.0?}", visits.len(), start.elapsed());
    let mut all = mutants::mutants(&visits);
    all.retain(|mutant| filter.is_none_or(|part| mutant.to_string().contains(part)));
    let file = runner::root().join("loom-tests/MUTANTS.md");
    let known: BTreeMap<String, String> = table::read(&file, "mutants")
        .into_iter()
        .filter_map(|row| Some((row.first()?.clone(), row.get(1)?.clone())))
        .collect();
    let fates = runner::on_all_cores(&all, |mutant| {
        let name = mutant.to_string();
        let first = known.get(&name).map(String::as_str);
        let fate = mutants::hunt(&exe, mutant, &visits, first, thorough);
        eprintln!("{name}: {fate:?}");
        fate
    });
    let _ = std::fs::remove_dir_all(&scratch);
    let allowed = Allowed::read();
    let reason = |name: &str| allowed.allowed.iter().find(|entry| entry.mutant == name);
    let (mut rows, mut wrong, mut killed) = (Vec::new(), 0, 0);
    for (mutant, fate) in all.iter().zip(fates) {
        let name = mutant.to_string();
        match (fate, reason(&name)) {
            (Fate::Killed(model), None) => {
                killed += 1;
                rows.push(vec![format!("`{name}`"), format!("`{model}`")]);
            }
            (Fate::Killed(model), Some(_)) => {
                wrong += 1;
                println!("LISTED AND KILLED {name} by {model}: take it out of orderings.toml");
            }
            (_, Some(entry)) => rows.push(vec![format!("`{name}`"), entry.reason.clone()]),
            (fate, None) => {
                wrong += 1;
                println!("SURVIVED {name} {fate:?}");
            }
        }
    }
    if filter.is_none() {
        table::write(&file, "mutants", &["mutant", "killed by, or why it may live"], &rows);
    }
    let elapsed = start.elapsed();
    println!("{} mutants, {killed} killed, {wrong} unexplained, {elapsed:.0?}", all.len());
    if wrong > 0 { ExitCode::FAILURE } else { ExitCode::SUCCESS }
}
