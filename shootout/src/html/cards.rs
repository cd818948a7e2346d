//! Row by row: bars, curves, and every figure.

use maud::{Markup, html};

use super::plots::percentiles;
use super::{anchor, colour, each};
use crate::results::{Cell, Report, Row, quantity};
use crate::terminal::{ratio, title};
use crate::workloads::Unit;

/// Each workload once: what was measured of it, with a picture for each class.
pub(super) fn rows(report: &Report) -> Markup {
    let workloads = grouped(report.rows.iter().collect(), |row| &row.workload);
    html! {
        section {
            h2 { "Row by row" }
            p { "The bar is the median, the thin line the range of the samples (of five or more without the \
                 slowest). Shorter is better." }
            div.cards { @for rows in &workloads { (card(report, rows)) } }
        }
    }
}

/// Those with the same key together, both in the order in which they first come.
fn grouped(rows: Vec<&Row>, key: impl Fn(&Row) -> &String) -> Vec<Vec<&Row>> {
    let mut groups: Vec<Vec<&Row>> = Vec::new();
    for row in rows {
        match groups.iter_mut().find(|group| key(group[0]) == key(row)) {
            Some(group) => group.push(row),
            None => groups.push(vec![row]),
        }
    }
    groups
}

fn card(report: &Report, rows: &[&Row]) -> Markup {
    let labels = grouped(rows.to_vec(), |row| &row.label);
    html! {
        article {
            @for (index, rows) in labels.iter().enumerate() {
                h3 id=(anchor(&rows[0].workload, &rows[0].label)) { (rows[0].label) }
                @if index == 0 { p { (rows[0].about) "." } }
                @for row in rows {
                    h4 {
                        (title(report, row.class))
                        span.noise { " noise " (format!("{:.0}", row.noise * 100.0)) " %" }
                    }
                    (bars(report, row))
                }
            }
            // All rows of a workload are of the same latencies.
            @for row in &labels[0] {
                @if row.cells.iter().any(|cell| !cell.curve.is_empty()) {
                    h4 { "how many take how long: " (title(report, row.class)) }
                    (percentiles(report, row))
                }
            }
            details {
                summary { "All figures; how to take them again" }
                @for rows in &labels {
                    @if labels.len() > 1 { h4 { (rows[0].label) } }
                    (figures(rows))
                }
                ul.plain.commands {
                    @for row in &labels[0] {
                        @for cell in &row.cells { li { code { (command(report, row, cell)) } } }
                    }
                }
            }
        }
    }
}

fn bars(report: &Report, row: &Row) -> Markup {
    let tops = row.cells.iter().filter_map(|cell| Some(cell.summary.as_ref()?.high));
    let most = tops.fold(0.0, f64::max);
    let percent = |value: f64| if most > 0.0 { value / most * 100.0 } else { 0.0 };
    html! {
        div.bars {
            @for cell in &row.cells {
                span { (cell.executor) }
                @if let (Some(summary), None) = (&cell.summary, &cell.failure) {
                    svg viewBox="0 0 100 10" preserveAspectRatio="none" role="img"
                        aria-label=(format!("{} {}", cell.executor, quantity(summary.median, row.unit))) {
                        rect x="0" y="1" height="8" width=(format!("{:.2}", percent(summary.median).max(0.4)))
                            fill=(colour(report, &cell.executor)) {}
                        rect.range x=(format!("{:.2}", percent(summary.min))) y="4.4" height="1.2"
                            width=(format!("{:.2}", percent(summary.high - summary.min).max(0.2))) {}
                    }
                    span.value {
                        (quantity(summary.median, row.unit))
                        i { @if cell.tied { " =" } @else { " ×" } (ratio(cell)) }
                    }
                } @else if let Some(failure) = &cell.failure {
                    span.failed title=(failure.message) { (failure.kind) }
                    span {}
                } @else {
                    span.none { "can't take part" }
                    span {}
                }
            }
        }
    }
}

fn figures(rows: &[&Row]) -> Markup {
    let shown =
        |value: Option<f64>, unit| value.map_or("–".into(), |value| quantity(value, unit));
    let count = |value: Option<f64>| value.map_or("–".into(), each);
    let cells = || rows.iter().flat_map(|row| row.cells.iter().map(move |cell| (*row, cell)));
    html! {
        div.scroll {
            table.figures {
                thead {
                    tr {
                        th { "executor" } th { "median" } th { "±" } th { "ratio" }
                        th title="how sure it is that this is slower than the best" { "sure" }
                        th { "CPU/op" } th { "switches/op" } th { "allocs/op" } th { "bytes/op" }
                        th { "instr/op" } th { "peak memory" }
                        th title="the most that other programs used during a sample" { "others" }
                    }
                }
                tbody {
                    @for (row, cell) in cells() {
                        tr {
                            th scope="row" { (cell.executor) }
                            @if let Some(summary) = &cell.summary {
                                td { (quantity(summary.median, row.unit)) }
                                td { (format!("{:.0} %", summary.spread_percent())) }
                                td { @if cell.tied { "=" } (ratio(cell)) }
                                td { (format!("{:.1} %", cell.confidence * 100.0)) }
                            } @else {
                                td {} td {} td {} td {}
                            }
                            td { (shown(cell.cpu_ns, Unit::Nanoseconds)) }
                            td { (count(cell.switches)) }
                            td { (count(cell.allocations)) }
                            td { (count(cell.allocated_bytes)) }
                            td { (count(cell.instructions)) }
                            td { (shown(cell.peak_rss, Unit::Bytes)) }
                            td { (cell.foreign_load.map_or("–".into(), |load| format!("{:.0} %", load * 100.0))) }
                        }
                    }
                }
            }
        }
    }
}

/// What takes this cell again.
fn command(report: &Report, row: &Row, cell: &Cell) -> String {
    let settings = &report.settings;
    let quick = if settings.quick { " --quick" } else { "" };
    // The rate at which clients ask depends on who takes part.
    let all = || report.contestants.iter().map(|c| c.name.as_str()).collect::<Vec<_>>().join(",");
    let executors = row.rate.map_or_else(|| cell.executor.clone(), |_| all());
    format!(
        "{} --only {} --executors {executors} --threads {}{quick}",
        settings.command, row.workload, settings.threads
    )
}
