//! What is printed: tables that fit in 80 columns, and how to read them.

use std::fmt::Write as _;

use crate::cli::Plan;
use crate::compare::Comparison;
use crate::executors::Class;
use crate::results::{Behind, Cell, Contestant, Report, Row, factor, plural, quantity};

const LABEL: usize = 22;
const BEST: usize = 8;
const CELL: usize = 10;

/// What is about to happen.
pub(crate) fn opening(plan: &Plan) -> String {
    let (workloads, executors) = (plan.workloads.len(), plan.executors.len());
    format!(
        "anyrt shootout: {workloads} workload{} on {executors} executor{}, {} sample{} each,\n\
         every sample in a process of its own, in shuffled order.",
        plural(workloads),
        plural(executors),
        plan.repeat,
        plural(plan.repeat as usize),
    )
}

/// Everything that is printed when the work is done.
pub(crate) fn render(report: &Report, comparison: Option<&Comparison>) -> String {
    let mut text = String::new();
    for class in Class::ALL {
        let contestants = report.of_class(class);
        if !contestants.is_empty() {
            text += &table(report, class, &contestants);
        }
    }
    text += &workers(report);
    text += HOW_TO_READ;
    for warning in report.warnings() {
        text += &wrapped(&warning, "! ");
    }
    text += &answers(report);
    text += &failures(report);
    if let Some(comparison) = comparison {
        text += &changes(comparison);
    }
    text += &machine(report);
    text += &reproduce(report);
    text
}

const HOW_TO_READ: &str = "
How to read it: each cell is that executor's median divided by the best median
of its row: 1.00 is the best, 2.00 took twice as long. Column `best`: the best
median itself. After ±: half the range of the samples in per cent (++ is more
than 99), of five or more without the slowest. With = no difference to the best
was shown: it is within the noise, or not 95 % sure. `late`, p50, p99: half of
all, or 99 of 100, were not later. The page has the rest: processor time,
allocations, memory, curves, and what all this does not show.
";

/// The title of the table of a class.
pub(crate) fn title(report: &Report, class: Class) -> String {
    let threads = report.settings.threads;
    match class {
        Class::Several => format!("{threads} worker thread{}", plural(threads)),
        Class::One => "one thread, by design".to_owned(),
    }
}

fn table(report: &Report, class: Class, contestants: &[&Contestant]) -> String {
    let mut text = String::from("\n");
    let title = title(report, class).to_uppercase();
    for (line, best) in [(0, ""), (1, "best")] {
        let _ = write!(text, "{:LABEL$}{best:>BEST$}", if line == 0 { &title } else { "" });
        for contestant in contestants {
            let head = if line == 0 { &contestant.head.0 } else { &contestant.head.1 };
            let _ = write!(text, "{head:>CELL$}");
        }
        text.truncate(text.trim_end().len());
        text += "\n";
    }
    let width = LABEL + BEST + CELL * contestants.len();
    let standings = report.standings(class);
    let ours = contestants.iter().find(|contestant| contestant.ours);
    let lost = standings.iter().filter(|row| row.behind != Behind::Not).count();
    for (index, standing) in standings.iter().enumerate() {
        if let Some(ours) = ours {
            if index == 0 && lost > 0 {
                text += &rule(&format!("another beats {}", ours.name), width);
            } else if index == lost {
                text += &rule(&unbeaten(report, ours), width);
            }
        } else if index == 0 {
            text += &rule("", width);
        }
        text += &row(standing);
    }
    text
}

/// What more workers help: how many times as fast as with one.
fn workers(report: &Report) -> String {
    if report.scaling.is_empty() {
        return String::new();
    }
    let threads = report.settings.threads;
    let mut text =
        format!("\n{:<width$}", format!("{threads} WORKERS AGAINST ONE"), width = LABEL + BEST);
    let executors: Vec<_> = report.of_class(Class::Several);
    for executor in &executors {
        let _ = write!(text, "{:>CELL$}", executor.name.replace("smol-global", "global"));
    }
    text += "\n";
    text += &rule("", LABEL + BEST + CELL * executors.len());
    for workload in report.scaling.chunk_by(|one, next| one.workload == next.workload) {
        let _ = write!(text, "{:<width$}", workload[0].label, width = LABEL + BEST);
        for executor in &executors {
            let of = workload.iter().find(|scaling| scaling.executor == executor.name);
            let times = of.map_or_else(|| "-".to_owned(), |of| format!("{} x", of.gain()));
            let _ = write!(text, "{times:>CELL$}");
        }
        text += "\n";
    }
    text
}

/// Of the rows that anyrt's own executor does not lose.
pub(crate) fn unbeaten(report: &Report, ours: &Contestant) -> String {
    let tells = report.settings.repeat >= 3;
    let words = if tells { "nobody beats" } else { "too few samples to tell who beats" };
    format!("{words} {}", ours.name)
}

fn rule(title: &str, width: usize) -> String {
    if title.is_empty() {
        return "-".repeat(width) + "\n";
    }
    format!("-- {title} {}\n", "-".repeat(width.saturating_sub(title.len() + 4)))
}

fn row(row: &Row) -> String {
    let value = row.best.map_or_else(|| "-".to_owned(), |best| quantity(best, row.unit));
    let mut text = format!("{:<LABEL$}{value:>BEST$}", row.label);
    for cell in &row.cells {
        let _ = write!(text, "{:>CELL$}", cell_text(cell));
    }
    text.truncate(text.trim_end().len());
    text + "\n"
}

fn cell_text(cell: &Cell) -> String {
    if let Some(failure) = &cell.failure {
        return failure.kind.to_string();
    }
    let Some(summary) = &cell.summary else { return "-".to_owned() };
    let spread = summary.spread_percent();
    let spread = if spread > 99.0 { "++".to_owned() } else { format!("{spread:.0}") };
    format!("{}{} ±{spread:<2}", if cell.tied { "=" } else { "" }, ratio(cell))
}

/// The ratio to the best of a cell that has samples.
pub(crate) fn ratio(cell: &Cell) -> String {
    factor(cell.ratio.unwrap_or(f64::INFINITY))
}

fn answers(report: &Report) -> String {
    let mut text = String::new();
    for answer in &report.answers {
        text += &wrapped(&format!("{} found: {}", answer.workload, answer.text), "");
        if answer.others.is_empty() {
            text += "Every executor gave the same answer.\n";
        } else {
            let others = answer.others.join(", ");
            text += &wrapped(
                &format!("DIFFERENT ANSWERS, so somebody is wrong! Others came from: {others}"),
                "",
            );
        }
    }
    if text.is_empty() { text } else { "\n".to_owned() + &text }
}

/// Each once, though it shows in every row of its workload.
pub(crate) fn failed(report: &Report) -> Vec<(&Row, &Cell)> {
    let mut all: Vec<(&Row, &Cell)> = Vec::new();
    for row in &report.rows {
        for cell in row.cells.iter().filter(|cell| cell.failure.is_some()) {
            let same = |(r, c): &&(&Row, &Cell)| {
                (&r.workload, &c.executor) == (&row.workload, &cell.executor)
            };
            if all.iter().find(same).is_none() {
                all.push((row, cell));
            }
        }
    }
    all
}

fn failures(report: &Report) -> String {
    let mut text = String::new();
    for (row, cell) in failed(report) {
        let Some(failure) = &cell.failure else { continue };
        if text.is_empty() {
            text += "\nFAILED\n";
        }
        let (workload, executor, times) = (&row.workload, &cell.executor, cell.failures);
        let line = format!("  {workload} on {executor}, {times}x {}: ", failure.kind);
        let room = 79_usize.saturating_sub(line.chars().count());
        text += &line;
        text.extend(failure.message.chars().take(room));
        text += "\n";
    }
    text
}

fn changes(comparison: &Comparison) -> String {
    let (compared, changed) = (comparison.compared, comparison.changes.len());
    let mut text =
        format!("\nCHANGED: {changed} of {compared} cells, beyond the noise of both runs\n");
    for difference in &comparison.differences {
        text += &wrapped(&format!("not the same conditions: {difference}"), "! ");
    }
    for failing in &comparison.failing {
        text += &wrapped(&format!("fails now: {failing}"), "! ");
    }
    for change in &comparison.changes {
        let word = if change.factor() > 1.0 { "slower" } else { "faster" };
        let by = if change.factor() > 1.0 { change.factor() } else { 1.0 / change.factor() };
        let _ = writeln!(
            text,
            "  {:<LABEL$} {:<13} {:>8} -> {:>8}  {} x {word}",
            change.label,
            change.executor,
            quantity(change.old, change.unit),
            quantity(change.new, change.unit),
            factor(by),
        );
    }
    text
}

/// What a reader must know of the machine, in lines.
pub(crate) fn facts(report: &Report) -> [String; 3] {
    let machine = &report.machine;
    let fact = |fact: &Option<String>| fact.clone().unwrap_or_else(|| "unknown".to_owned());
    let crates: Vec<_> = machine.crates.iter().map(|(name, of)| format!("{name} {of}")).collect();
    let cores = machine.cores;
    let guest = if machine.hypervisor { ", a guest of a hypervisor" } else { "" };
    [
        format!("{cores} core{}, {}{guest}", plural(cores), fact(&machine.cpu)),
        format!("{}; {}", fact(&machine.system), fact(&machine.rustc)),
        if crates.is_empty() { "versions unknown".to_owned() } else { crates.join(", ") },
    ]
}

fn machine(report: &Report) -> String {
    facts(report).iter().fold("\nMachine\n".to_owned(), |text, fact| text + &wrapped(fact, "  "))
}

/// One row again, by example.
fn reproduce(report: &Report) -> String {
    let workload = report.rows.first().map_or("spawn_task", |row| &row.workload);
    let pair: Vec<_> = report.contestants.iter().take(2).map(|c| c.name.as_str()).collect();
    format!(
        "\nTo look at a row again (--list has the names)\n  {} --only {workload} \\\n    \
         --executors {} --repeat 11\n",
        report.settings.command,
        pair.join(","),
    )
}

/// Lines of less than 80 columns, all but the first indented more.
fn wrapped(text: &str, indent: &str) -> String {
    let mut lines = indent.to_owned();
    let mut column = indent.chars().count();
    for (index, word) in text.split_whitespace().enumerate() {
        if index > 0 && column + 1 + word.chars().count() > 79 {
            lines += "\n    ";
            column = 4;
        } else if index > 0 {
            lines += " ";
            column += 1;
        }
        lines += word;
        column += word.chars().count();
    }
    lines + "\n"
}
