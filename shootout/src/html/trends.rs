//! What no single row shows: latency as clients ask more, and what more workers help.

use maud::{Markup, html};

use super::anchor;
use super::plots::{by_rate, speed_ups};
use crate::executors::Class;
use crate::results::{Report, Row, Scaling, quantity};
use crate::terminal::title;

/// The slowest of a hundred, by the rate at which clients ask.
pub(super) fn rates(report: &Report) -> Markup {
    let rows = |class| {
        let p99 = |row: &&Row| {
            row.class == class
                && row.rate.is_some()
                && row.label.ends_with("p99")
                && row.best.is_some()
        };
        report.rows.iter().filter(p99).collect::<Vec<_>>()
    };
    let classes: Vec<_> = Class::ALL.map(rows).into_iter().filter(|rows| rows.len() > 1).collect();
    html! {
        @if !classes.is_empty() {
            section {
                h2 { "The more is asked" }
                p {
                    "What 99 of 100 answers of the echo server did not exceed, by the rate at which its clients \
                     ask. 100 % is what the slowest executor can take"
                    @if let Some(most) = report.settings.saturation {
                        ": " (format!("{:.1}", most / 1e3)) " thousand a second"
                    }
                    "."
                }
                div.cards {
                    @for rows in classes {
                        article {
                            h3 { (title(report, rows[0].class)) }
                            (by_rate(report, &rows))
                        }
                    }
                }
            }
        }
    }
}

/// How many times as fast with more workers.
pub(super) fn workers(report: &Report) -> Markup {
    let workloads = report.scaling.chunk_by(|one, next| one.workload == next.workload);
    html! {
        @if !report.scaling.is_empty() {
            section {
                h2 { "With more workers" }
                p { "How many times as fast as with one worker, by medians. An executor that is slow with one has \
                     more to gain: the figures are below. With = the samples do not tell one worker from all." }
                div.cards {
                    @for executors in workloads {
                        article {
                            h3 {
                                a href={ "#" (anchor(&executors[0].workload, &executors[0].label)) } {
                                    (executors[0].label)
                                }
                            }
                            (speed_ups(report, executors))
                            (figures(executors))
                        }
                    }
                }
            }
        }
    }
}

fn figures(executors: &[Scaling]) -> Markup {
    html! {
        div.scroll {
            table.figures {
                thead {
                    tr {
                        th { "workers" }
                        @for (workers, _) in &executors[0].by_workers { th { (workers) } }
                        th { "speed-up" }
                    }
                }
                tbody {
                    @for one in executors {
                        tr {
                            th scope="row" { (one.executor) }
                            @for (_, summary) in &one.by_workers {
                                td title=(format!("±{:.0} %", summary.spread_percent())) {
                                    (quantity(summary.median, one.unit))
                                }
                            }
                            td { (one.gain()) " ×" }
                        }
                    }
                }
            }
        }
    }
}
