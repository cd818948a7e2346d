//! The ratios to the best, in colour; and above all those that we lose.

use std::fmt::Write as _;

use maud::{Markup, html};

use super::{each, link};
use crate::executors::Class;
use crate::results::{Behind, Cell, Report, Row, factor, quantity};
use crate::terminal::{ratio, title, unbeaten};
use crate::workloads::Unit;

/// What we lose comes first.
pub(super) fn lost(report: &Report) -> Markup {
    let lost = |class| {
        let rows = report.standings(class).into_iter();
        rows.filter(|row| row.behind != Behind::Not).collect::<Vec<_>>()
    };
    html! {
        section {
            h2 { "Where anyrt's own executor loses" }
            @for class in Class::ALL {
                @let ours = report.of_class(class).into_iter().find(|contestant| contestant.ours);
                @if let Some(ours) = ours {
                    @let rows = lost(class);
                    p {
                        b { (title(report, class)) } ": "
                        @if rows.is_empty() { (unbeaten(report, ours)) " in any row." }
                        @else { "so many times the best, which is" }
                    }
                    @if !rows.is_empty() {
                        ul.plain.lost {
                            @for row in rows {
                                li {
                                    (link(row))
                                    b {
                                        @match row.behind {
                                            Behind::Times(times) => { (factor(times)) " ×" }
                                            _ => "failed",
                                        }
                                    }
                                    span { @if let Some(best) = best(row) { (best.executor) } }
                                }
                            }
                        }
                    }
                }
            }
        }
    }
}

fn best(row: &Row) -> Option<&Cell> {
    row.cells.iter().find(|cell| cell.clean().is_some() && Some(cell.median()) == row.best)
}

/// One table of ratios, coloured.
pub(super) fn heat(report: &Report, class: Class) -> Markup {
    let contestants = report.of_class(class);
    if contestants.is_empty() {
        return html! {};
    }
    let standings = report.standings(class);
    let lost = standings.iter().filter(|row| row.behind != Behind::Not).count();
    html! {
        section {
            h2 { "Ratios to the best: " (title(report, class)) }
            div.scroll {
                table.heat {
                    thead {
                        tr {
                            th scope="col" { "lost rows first" }
                            th.best scope="col" { "best" }
                            @for contestant in &contestants {
                                th scope="col" title=(contestant.about) {
                                    (contestant.name)
                                }
                            }
                        }
                    }
                    tbody {
                        @for (index, row) in standings.iter().enumerate() {
                            tr.first[index == lost && lost > 0] {
                                th scope="row" { (link(row)) }
                                td.best { (row.best.map_or("-".into(), |best| quantity(best, row.unit))) }
                                @for cell in &row.cells { (heat_cell(row, cell)) }
                            }
                        }
                    }
                }
            }
        }
    }
}

fn heat_cell(row: &Row, cell: &Cell) -> Markup {
    if let Some(failure) = &cell.failure {
        return html! { td.failed title=(failure.message) { (failure.kind) } };
    }
    if cell.summary.is_none() {
        return html! { td.none { "–" } };
    }
    let step = match cell.ratio.unwrap_or(f64::INFINITY) {
        // Neither as good nor worse: it is not known.
        1.25.. if cell.tied => 8,
        ..1.001 => 0,
        _ if cell.tied => 0,
        ..1.25 => 1,
        ..1.8 => 2,
        ..3.0 => 3,
        ..6.0 => 4,
        ..15.0 => 5,
        ..50.0 => 6,
        _ => 7,
    };
    html! {
        td class={ "h" (step) } title=(hover(row, cell)) {
            @if cell.tied { "=" }
            (ratio(cell))
        }
    }
}

/// What the pointer is told.
fn hover(row: &Row, cell: &Cell) -> String {
    let mut text = format!("{}: {}", cell.executor, quantity(cell.median(), row.unit));
    if let Some(summary) = &cell.summary {
        let _ = write!(text, " ±{:.0} %", summary.spread_percent());
    }
    let mut tell = |name: &str, value: Option<String>| {
        if let Some(value) = value {
            let _ = write!(text, "\n{name}: {value}");
        }
    };
    tell("processor time", cell.cpu_ns.map(|cpu| quantity(cpu, Unit::Nanoseconds)));
    tell("context switches", cell.switches.map(each));
    tell("allocations", cell.allocations.map(each));
    tell("noise of the row", Some(format!("{:.0} %", row.noise * 100.0)));
    text
}
