//! What is printed: tables that fit in 80 columns, and how to read them.

use std::fmt::Write as _;

use crate::cli::Plan;
use crate::executors::{Class, Executor};
use crate::machine::Machine;
use crate::report::{Cell, Report, Standing};
use crate::stats::Summary;
use crate::workloads::Unit;

const LABEL: usize = 21;
const BEST: usize = 9;
const CELL: usize = 10;

/// What is about to happen.
pub(crate) fn opening(plan: &Plan, machine: &Machine) -> String {
    let (workloads, executors) = (plan.workloads.len(), plan.executors.len());
    let mut text = format!(
        "anyrt shootout: {workloads} workload{} on {executors} executor{}, {} sample{} each,\n\
         every sample in a process of its own, in shuffled order.",
        plural(workloads),
        plural(executors),
        plan.repeat,
        plural(plan.repeat as usize),
    );
    if !machine.release {
        text += "\nA debug build: these figures mean nothing. Run it with --release.";
    }
    if let Some(load) = machine.foreign_load.filter(|load| *load > 0.1) {
        let percent = load * 100.0;
        let _ = write!(
            text,
            "\nOther programs use {percent:.0} % of this machine: expect a large spread."
        );
    }
    text
}

/// Everything that is printed when the work is done.
pub(crate) fn render(plan: &Plan, report: &Report) -> String {
    let mut text = String::new();
    for class in [Class::Several, Class::One] {
        let executors: Vec<_> =
            plan.executors.iter().copied().filter(|e| e.class == class).collect();
        if !executors.is_empty() {
            text += &table(plan, report, class, &executors);
        }
    }
    text += HOW_TO_READ;
    text += &pages(plan, report);
    text += &failures(report);
    text += &not_shown(plan);
    text += &machine(&report.machine);
    text += &reproduce(plan);
    text
}

const HOW_TO_READ: &str = "
How to read it: each cell is that executor's median divided by the best median
of its row: 1.00 is the best, 2.00 took twice as long. Column `best`: the best
median itself. After ±: half the range of the samples in per cent (++ is more
than 99), of five or more without the slowest. With = the samples overlap those
of the best: no difference was shown. `late`: how long after its time a sleep
ended, p50 or p99. A sample is the best of ten short batches, where it can be.
";

fn table(plan: &Plan, report: &Report, class: Class, executors: &[&Executor]) -> String {
    let mut text = String::from("\n");
    let title = match class {
        Class::Several => {
            format!("{} WORKER THREAD{}", plan.threads, plural(plan.threads).to_uppercase())
        }
        Class::One => "ONE THREAD, BY DESIGN".to_owned(),
    };
    for (line, best) in [(0, ""), (1, "best")] {
        let _ = write!(text, "{:LABEL$}{best:>BEST$}", if line == 0 { &title } else { "" });
        for executor in executors {
            let _ = write!(text, "{:>CELL$}", executor.head[line]);
        }
        text.truncate(text.trim_end().len());
        text += "\n";
    }
    let width = LABEL + BEST + CELL * executors.len();
    let standings = report.standings(plan, class);
    let ours = executors.iter().find(|executor| executor.is_ours());
    let lost = standings.iter().filter(|standing| standing.behind.is_some()).count();
    for (index, standing) in standings.iter().enumerate() {
        if let Some(ours) = ours {
            if index == 0 && lost > 0 {
                text += &rule(&format!("another beats {}", ours.name), width);
            } else if index == lost {
                text += &rule(&format!("nobody beats {}", ours.name), width);
            }
        } else if index == 0 {
            text += &rule("", width);
        }
        text += &row(standing);
    }
    text
}

fn rule(title: &str, width: usize) -> String {
    if title.is_empty() {
        return "-".repeat(width) + "\n";
    }
    format!("-- {title} {}\n", "-".repeat(width.saturating_sub(title.len() + 4)))
}

fn row(standing: &Standing<'_>) -> String {
    let best = standing.best.as_ref();
    let value = best.map_or_else(|| "-".to_owned(), |best| quantity(best.median, standing.unit));
    let mut text = format!("{:<LABEL$}{value:>BEST$}", standing.label);
    for cell in &standing.cells {
        let _ = write!(text, "{:>CELL$}", cell_text(cell, best));
    }
    text.truncate(text.trim_end().len());
    text + "\n"
}

fn cell_text(cell: &Cell, best: Option<&Summary>) -> String {
    if let Some(failure) = &cell.failure {
        return failure.kind.to_string();
    }
    let (Some(summary), Some(best)) = (&cell.summary, best) else { return "-".to_owned() };
    let ratio = if best.median == 0.0 { 1.0 } else { summary.median / best.median };
    let tied = summary != best && summary.ties_with(best);
    let spread = summary.spread_percent();
    let spread = if spread > 99.0 { "++".to_owned() } else { format!("{spread:.0}") };
    format!("{}{} ±{spread:<2}", if tied { "=" } else { "" }, factor(ratio))
}

/// Three digits or so, four characters at most.
fn factor(ratio: f64) -> String {
    match ratio {
        ..9.995 => format!("{ratio:.2}"),
        ..99.95 => format!("{ratio:.1}"),
        ..9999.5 => format!("{ratio:.0}"),
        _ => format!("{:.0}k", ratio / 1000.0),
    }
}

/// Three digits and a unit.
fn quantity(value: f64, unit: Unit) -> String {
    let (value, name) = match (unit, value) {
        (Unit::Bytes, _) => return format!("{value:.0} B"),
        (Unit::Nanoseconds, ..999.5) => (value, "ns"),
        (Unit::Nanoseconds, ..999_500.0) => (value / 1e3, "µs"),
        (Unit::Nanoseconds, ..999.5e6) => (value / 1e6, "ms"),
        (Unit::Nanoseconds, _) => (value / 1e9, "s"),
    };
    match value {
        ..9.995 => format!("{value:.2} {name}"),
        ..99.95 => format!("{value:.1} {name}"),
        _ => format!("{value:.0} {name}"),
    }
}

/// The answer of the real workload, and how fast each came to it.
fn pages(plan: &Plan, report: &Report) -> String {
    let Some(answer) = &report.answer else { return String::new() };
    let mut text = format!(
        "\nThe tree of `pages`: {} files, {:.1} MB; found {} links and {} words,\n\
         {} of them distinct; checksum {}.\n",
        answer.files,
        answer.bytes as f64 / 1e6,
        answer.links,
        answer.words,
        answer.distinct_words,
        answer.checksum,
    );
    if answer.unreadable > 0 {
        let _ = writeln!(text, "{} more files could not be read.", answer.unreadable);
    }
    if report.disagreement.is_empty() {
        text += "Every executor gave the same answer.\n";
    } else {
        let others = report.disagreement.join(", ");
        text += &wrapped(&format!(
            "DIFFERENT ANSWERS, so somebody is wrong! Others came from: {others}"
        ));
    }
    for executor in &plan.executors {
        let cells = || report.cells.iter().filter(|cell| cell.executor == executor.name);
        let cell = cells().find(|cell| cell.workload == "pages").and_then(Cell::clean);
        if let Some(summary) = cell {
            let seconds = summary.median / 1e9;
            let (files, bytes) =
                (answer.files as f64 / seconds, answer.bytes as f64 / seconds / 1e6);
            let _ =
                writeln!(text, "  {:<13} {files:>7.0} files/s {bytes:>6.0} MB/s", executor.name);
        }
    }
    text
}

fn failures(report: &Report) -> String {
    let mut text = String::new();
    let mut seen = None;
    for cell in &report.cells {
        let Some(failure) = &cell.failure else { continue };
        if seen.replace((cell.workload, cell.executor)) == Some((cell.workload, cell.executor)) {
            continue; // another row of the same samples
        }
        if text.is_empty() {
            text += "\nFAILED\n";
        }
        let (workload, executor, times) = (cell.workload, cell.executor, cell.failures);
        let line = format!("  {workload} on {executor}, {times}x {}: ", failure.kind);
        let room = 79_usize.saturating_sub(line.chars().count());
        text += &line;
        text.extend(failure.message.chars().take(room));
        text += "\n";
    }
    text
}

fn not_shown(plan: &Plan) -> String {
    let quick = if plan.quick {
        "\n- More than a glance: --quick takes few and short samples."
    } else {
        ""
    };
    format!(
        "\nWhat it does not show{quick}
- Sockets: no workload does any I/O but reading files.
- Your program: `pages` is one program, the rest are parts of programs.
- More cores than this machine has; how a gap grows with them.
- Other settings: each runtime is as it comes, but for its number of workers.
  Blocking work may take up to 512 threads on tokio, 500 on smol and async-std,
  and these two have one more thread for timers, shared by all of a process.
- The cost of anyrt's traits: all cells go through them. Its tests count that.
"
    )
}

fn machine(machine: &Machine) -> String {
    let unknown = || "unknown".to_owned();
    let crates: Vec<_> = machine.crates.iter().map(|(name, of)| format!("{name} {of}")).collect();
    let fact = |fact: &Option<String>| fact.clone().unwrap_or_else(unknown);
    let facts = [
        format!("{} cores, {}", machine.cores, fact(&machine.cpu)),
        format!("{}; {}", fact(&machine.system), fact(&machine.rustc)),
        crates.join(", "),
    ];
    facts.iter().fold("\nMachine\n".to_owned(), |text, fact| text + &wrapped(fact))
}

/// One cell again, by example.
fn reproduce(plan: &Plan) -> String {
    let workload = plan.workloads.first().map_or("spawn_task", |workload| workload.name);
    let pair: Vec<_> = plan.executors.iter().take(2).map(|executor| executor.name).collect();
    format!(
        "\nTo look at a row again (--list has the names)\n  \
         cargo run --release --example shootout -- --only {workload} \\\n    \
         --executors {} --repeat 11\n",
        pair.join(","),
    )
}

/// Indented lines of less than 80 columns.
fn wrapped(text: &str) -> String {
    let (mut lines, mut column) = (String::from(" "), 1);
    for word in text.split_whitespace() {
        if column + 1 + word.chars().count() > 79 {
            lines += "\n   ";
            column = 3;
        }
        let _ = write!(lines, " {word}");
        column += 1 + word.chars().count();
    }
    lines + "\n"
}

fn plural(count: usize) -> &'static str {
    if count == 1 { "" } else { "s" }
}
