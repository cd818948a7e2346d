//! The report as one page that needs nothing else: no network, no scripts.

mod cards;
mod heat;
mod notes;
mod plots;
mod trends;

use maud::{DOCTYPE, Markup, PreEscaped, html};

pub(crate) use self::notes::NOT_SHOWN;
use crate::compare::Comparison;
use crate::executors::Class;
use crate::results::{Report, Row, plural};
use crate::terminal::facts;

const STYLE: &str = include_str!("style.css");

/// One for each executor, told apart on light and on dark, and by most who see colours otherwise.
const COLOURS: [&str; 8] =
    ["#2f81f7", "#e8702a", "#1a9e77", "#b65fcf", "#c79a00", "#2f81f7", "#e8702a", "#1a9e77"];

/// The page.
pub(crate) fn page(report: &Report, comparison: Option<&Comparison>) -> String {
    let page = html! {
        (DOCTYPE)
        html lang="en" {
            head {
                meta charset="utf-8";
                meta name="viewport" content="width=device-width, initial-scale=1";
                meta name="color-scheme" content="light dark";
                link rel="icon" href="data:,";
                title { "Executor shootout" }
                style { (PreEscaped(STYLE)) }
            }
            body {
                header {
                    h1 { "Executor shootout" }
                    p { (summary(report)) }
                    @for warning in report.warnings() { p.warning { (warning) } }
                }
                main {
                    (heat::lost(report))
                    @if let Some(comparison) = comparison { (notes::changes(comparison)) }
                    (index(report))
                    @for class in Class::ALL { (heat::heat(report, class)) }
                    (notes::answers(report))
                    (notes::failures(report))
                    (trends::rates(report))
                    (trends::workers(report))
                    (cards::rows(report))
                    (notes::behaviour())
                    (notes::weights())
                    (notes::how_to_read())
                    (notes::not_shown())
                    (notes::machine(report))
                }
            }
        }
    };
    page.into_string()
}

fn summary(report: &Report) -> String {
    let mut workloads: Vec<_> = report.rows.iter().map(|row| &row.workload).collect();
    workloads.dedup();
    let (workloads, contestants) = (workloads.len(), report.contestants.len());
    let repeat = report.settings.repeat;
    format!(
        "{workloads} workload{} on {contestants} executor{}, {repeat} sample{} of each, every sample in a \
         process of its own, in shuffled order. {}.",
        plural(workloads),
        plural(contestants),
        plural(repeat as usize),
        facts(report)[0],
    )
}

/// From the question to the rows that answer it.
fn index(report: &Report) -> Markup {
    let mut needs: Vec<&str> = Vec::new();
    for row in &report.rows {
        if !needs.contains(&row.need.as_str()) {
            needs.push(&row.need);
        }
    }
    let labels = |need: &str| {
        let mut rows: Vec<&Row> = Vec::new();
        for row in report.rows.iter().filter(|row| row.need == need) {
            if rows.iter().all(|known| known.label != row.label) {
                rows.push(row);
            }
        }
        rows
    };
    html! {
        section {
            h2 { "I need ..." }
            dl.needs {
                @for need in needs {
                    dt { "... " (need) }
                    dd { @for row in labels(need) { (link(row)) " " } }
                }
            }
        }
    }
}

/// Where a row is on the page.
fn anchor(workload: &str, label: &str) -> String {
    let slug = |c: char| if c.is_ascii_alphanumeric() { c.to_ascii_lowercase() } else { '-' };
    format!("{workload}-{}", label.chars().map(slug).collect::<String>())
}

fn link(row: &Row) -> Markup {
    html! { a href={ "#" (anchor(&row.workload, &row.label)) } { (row.label) } }
}

/// Of an executor, the same on the whole page.
fn colour(report: &Report, executor: &str) -> &'static str {
    let at = report.contestants.iter().position(|contestant| contestant.name == executor);
    COLOURS[at.unwrap_or(0) % COLOURS.len()]
}

/// A count for each operation.
fn each(count: f64) -> String {
    match count {
        ..0.005 => "0".to_owned(),
        ..99.95 => format!("{count:.2}"),
        _ => format!("{count:.0}"),
    }
}
