//! The report as Markdown, for where a page can't be shown.

use std::fmt::Write as _;

use crate::compare::Comparison;
use crate::executors::Class;
use crate::html::NOT_SHOWN;
use crate::results::{Behind, Cell, Report, Row, Scaling, factor, quantity};
use crate::terminal::{facts, failed, ratio, title};

pub(crate) fn text(report: &Report, comparison: Option<&Comparison>) -> String {
    let mut text = String::from("# Executor shootout\n\n");
    for warning in report.warnings() {
        let _ = writeln!(text, "- **{warning}**");
    }
    text += "\nRatios of medians to the best of the row: 1.00 is the best, 2.00 took twice as long, `=` means \
             that no difference was shown. **Rows that anyrt's own executors lose come first.**\n";
    for class in Class::ALL {
        text += &table(report, class);
    }
    text += &workers(report);
    if let Some(comparison) = comparison {
        text += &changes(comparison);
    }
    let failed = failed(report);
    if !failed.is_empty() {
        text += "\n## Failed\n\n";
    }
    for (row, cell) in failed {
        if let Some(failure) = &cell.failure {
            let (workload, executor, times) = (&row.workload, &cell.executor, cell.failures);
            let (kind, message) = (failure.kind, &failure.message);
            let _ = writeln!(text, "- `{workload}` on {executor}, {times}x {kind}: {message}");
        }
    }
    text += "\n## What it does not show\n\n";
    for point in NOT_SHOWN {
        let _ = writeln!(text, "- {point}");
    }
    text += "\n## Machine\n\n";
    for fact in facts(report) {
        let _ = writeln!(text, "- {fact}");
    }
    text
}

fn table(report: &Report, class: Class) -> String {
    let contestants = report.of_class(class);
    if contestants.is_empty() {
        return String::new();
    }
    let mut text = format!("\n## {}\n\n| | best |", title(report, class));
    for contestant in &contestants {
        let _ = write!(text, " {} |", contestant.name);
    }
    text += "\n|---|--:|";
    text += &"--:|".repeat(contestants.len());
    for row in report.standings(class) {
        text += &line(row);
    }
    text + "\n"
}

fn line(row: &Row) -> String {
    let mark = if row.behind == Behind::Not { "" } else { "**" };
    let best = row.best.map_or_else(|| "-".to_owned(), |best| quantity(best, row.unit));
    let cell = |cell: &Cell| match (&cell.failure, &cell.summary) {
        (Some(failure), _) => failure.kind.to_string(),
        (_, Some(_)) => format!("{}{}", if cell.tied { "=" } else { "" }, ratio(cell)),
        _ => "-".to_owned(),
    };
    let cells: Vec<_> = row.cells.iter().map(cell).collect();
    format!("\n| {mark}{}{mark} | {best} | {} |", row.label, cells.join(" | "))
}

/// What more workers help.
fn workers(report: &Report) -> String {
    if report.scaling.is_empty() {
        return String::new();
    }
    let threads = report.settings.threads;
    let executors = report.of_class(Class::Several);
    let names: Vec<_> = executors.iter().map(|executor| executor.name.as_str()).collect();
    let mut text = format!(
        "\n## {threads} workers against one: times as fast\n\n| | {} |\n|---|",
        names.join(" | ")
    );
    text += &"--:|".repeat(names.len());
    for workload in report.scaling.chunk_by(|one, next| one.workload == next.workload) {
        let gain = |name: &&str| {
            let of = workload.iter().find(|scaling| scaling.executor == **name);
            of.map_or_else(|| "-".to_owned(), Scaling::gain)
        };
        let cells: Vec<_> = names.iter().map(gain).collect();
        let _ = write!(text, "\n| {} | {} |", workload[0].label, cells.join(" | "));
    }
    text + "\n"
}

fn changes(comparison: &Comparison) -> String {
    let (changed, compared) = (comparison.changes.len(), comparison.compared);
    let mut text = format!("\n## Changed: {changed} of {compared} cells\n\n");
    for difference in &comparison.differences {
        let _ = writeln!(text, "- **Not the same conditions:** {difference}");
    }
    for failing in &comparison.failing {
        let _ = writeln!(text, "- **Fails now:** {failing}");
    }
    if changed > 0 {
        text += "\n| | executor | before | now | now/before |\n|---|---|--:|--:|--:|\n";
    }
    for change in &comparison.changes {
        let shown = |value| quantity(value, change.unit);
        let (label, executor) = (&change.label, &change.executor);
        let (old, new) = (shown(change.old), shown(change.new));
        let _ = writeln!(
            text,
            "| {label} | {executor} | {old} | {new} | {} |",
            factor(change.factor())
        );
    }
    text
}
