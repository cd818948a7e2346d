//! What is said about the figures: answers, failures, changes, how to read them, where they come from.

use maud::{Markup, html};

use super::link;
use crate::compare::Comparison;
use crate::results::{Report, factor, quantity};
use crate::terminal::{facts, failed};

/// What no figure here says.
pub(crate) const NOT_SHOWN: [&str; 7] = [
    "Your program. `pages` is one program, the rest are parts of programs; `anyrt_shootout::main!` \
     compares your own.",
    "More cores than this machine has, and how a gap grows with them.",
    "Other settings: each runtime is as it comes, but for its number of workers. Blocking work may take \
     up to 512 threads on tokio, 500 on smol and async-std; these two have one more thread for timers and \
     sockets, shared by all of a process.",
    "The network: the clients of the echo server run on the same machine, and take processor time from it. \
     Sockets are tokio's own on tokio, those of async-io on every other executor.",
    "Runtimes on io_uring, or with a thread per core: none takes part.",
    "The cost of anyrt's traits: all cells go through them. `costs`, of anyrt's benches, counts it.",
    "An order of merit: there is no total, and no mean across rows.",
];

pub(super) fn answers(report: &Report) -> Markup {
    html! {
        @if !report.answers.is_empty() {
            section {
                h2 { "What the programs found" }
                @for answer in &report.answers {
                    p {
                        code { (answer.workload) } ": " (answer.text) ". "
                        @if answer.others.is_empty() { "Every executor gave the same answer." }
                        @else {
                            b.failed {
                                "Different answers, so somebody is wrong: others came from "
                                (answer.others.join(", ")) "."
                            }
                        }
                    }
                }
            }
        }
    }
}

pub(super) fn failures(report: &Report) -> Markup {
    let failed = failed(report);
    html! {
        @if !failed.is_empty() {
            section {
                h2 { "Failed" }
                ul.plain {
                    @for (row, cell) in failed {
                        @if let Some(failure) = &cell.failure {
                            li {
                                (link(row)) " on " code { (cell.executor) } ", " (cell.failures) "x "
                                b.failed { (failure.kind) } ": " (failure.message)
                            }
                        }
                    }
                }
            }
        }
    }
}

pub(super) fn changes(comparison: &Comparison) -> Markup {
    let (changed, compared) = (comparison.changes.len(), comparison.compared);
    html! {
        section {
            h2 { "What changed: " (changed) " of " (compared) " cells" }
            p { "Since the run of " (date(comparison.since)) "; beyond the noise of both runs, and at least \
                 95 % sure. Slower ones first." }
            @for difference in &comparison.differences {
                p.warning { "Not the same conditions: " (difference) }
            }
            @for failing in &comparison.failing {
                p { b.failed { "Fails now: " } (failing) }
            }
            @if changed > 0 {
                div.scroll {
                    table.figures {
                        thead {
                            tr { th { "row" } th { "executor" } th { "before" } th { "now" } th { "now/before" }
                                 th { "sure" } }
                        }
                        tbody {
                            @for change in &comparison.changes {
                                tr {
                                    th scope="row" { (change.label) }
                                    td { (change.executor) }
                                    td { (quantity(change.old, change.unit)) }
                                    td { (quantity(change.new, change.unit)) }
                                    td class=(if change.factor() > 1.0 { "h5" } else { "h0" }) {
                                        (factor(change.factor()))
                                    }
                                    td { (format!("{:.1} %", change.confidence * 100.0)) }
                                }
                            }
                        }
                    }
                }
            }
        }
    }
}

/// The published table, which is made by running it, and checked so.
const BEHAVIOUR: &str = include_str!("behaviour.md");

pub(super) fn behaviour() -> Markup {
    html! {
        section {
            h2 { "What they do, natively and through anyrt" }
            p { "Each line was run on each runtime, in a process of its own with a watchdog; " code { "matrix" }
                " runs them again, and the project's checks compare. The clause is the one of anyrt's contract." }
            (table(BEHAVIOUR))
        }
    }
}

/// As well: made by building.
const WEIGHTS: &str = include_str!("weights.md");

pub(super) fn weights() -> Markup {
    html! {
        section {
            h2 { "What they weigh" }
            p { "A program whose task sleeps for a millisecond, optimised and stripped; the crates that are \
                 compiled for it; and how long that takes from nothing, a rough figure. " code { "weights" }
                ", of anyrt's benches, builds them again." }
            (table(WEIGHTS))
        }
    }
}

/// The table of a Markdown text.
fn table(markdown: &'static str) -> Markup {
    let mut lines = markdown.lines().filter_map(|line| line.strip_prefix("| "));
    let cells = |line: &'static str| line.trim_end_matches(" |").split(" | ").map(plain);
    let head = lines.next().unwrap_or_default();
    html! {
        div.scroll {
            table.prose {
                thead { tr { @for cell in cells(head) { th { (cell) } } } }
                tbody {
                    @for line in lines {
                        tr {
                            @for (index, cell) in cells(line).enumerate() {
                                @if index == 0 { th scope="row" { (cell) } } @else { td { (cell) } }
                            }
                        }
                    }
                }
            }
        }
    }
}

/// Markdown without its marks.
fn plain(text: &str) -> String {
    text.replace(['`', '*'], "")
}

pub(super) fn how_to_read() -> Markup {
    html! {
        section {
            h2 { "How to read it" }
            ul {
                li { "A ratio is that executor's median over the best median of its row: 1.00 is the best, 2.00 took \
                      twice as long. Every figure is a cost: less is better." }
                li { "With = no difference to the best is shown: the two differ by less than the noise of the row, or \
                      it is less than 95 % sure (one-sided test of Mann and Whitney on the samples)." }
                li { "Grey cells differ by a quarter or more, and yet no difference is shown: these samples are too \
                      few, or too far apart, to tell." }
                li { "The noise of a row is what two series of samples of one and the same executor differ by, but 2 % \
                      at least." }
                li { "Where an operation can be repeated a sample is the best of ten short batches: interruptions only \
                      ever add. Latencies are distributions: p50 and p99 were not exceeded by half, and by 99 of 100." }
                li { "Executors with several worker threads, the same number each, and those with one by design are \
                      compared apart." }
                li { "Allocations are counted in a sample of their own, which is not timed." }
                li { "The clients of the echo server ask at the same rate on all executors: a share of what the slowest \
                      can take. Latency counts from when a request should have been sent, so a server that is late \
                      is not forgiven what it delayed." }
            }
        }
    }
}

pub(super) fn not_shown() -> Markup {
    html! {
        section {
            h2 { "What it does not show" }
            ul { @for point in NOT_SHOWN { li { (point.replace('`', "")) } } }
        }
    }
}

pub(super) fn machine(report: &Report) -> Markup {
    let machine = &report.machine;
    let unknown = "unknown";
    let fact = |fact: &Option<String>| fact.clone().unwrap_or_else(|| unknown.into());
    let settings = &report.settings;
    html! {
        section {
            h2 { "Machine and settings" }
            dl.facts {
                dt { "processor" } dd { (facts(report)[0]) }
                dt { "governor" } dd { (fact(&machine.governor)) }
                dt { "idle driver" } dd { (fact(&machine.idle)) }
                dt { "mitigations" } dd {
                    (machine.mitigations.map_or(unknown.into(), |count| format!("of {count} flaws of the processor")))
                }
                dt { "system" } dd { (fact(&machine.system)) }
                dt { "compiler" } dd { (fact(&machine.rustc)) @if !machine.release { ", not optimised" } }
                dt { "crates" } dd { (facts(report)[2]) }
                dt { "allocator" } dd { "the system's" }
                dt { "others before" } dd {
                    (machine.foreign_load.map_or(unknown.into(), |load| format!("{:.0} % of the machine", load * 100.0)))
                }
                dt { "worker threads" } dd { (settings.threads) }
                dt { "a sample" } dd { "about " (settings.budget_ms) " ms where it can be scaled" }
                dt { "order" } dd { "shuffled, seed " (settings.seed) }
                dt { "ended" } dd { (date(report.ended)) }
            }
        }
    }
}

/// Of seconds since 1970, in UTC.
fn date(seconds: u64) -> String {
    let (days, rest) = (seconds / 86_400, seconds % 86_400);
    // Days of years that begin in March, so that the leap day is the last: Hinnant's algorithm.
    let shifted = days + 719_468;
    let (era, day) = (shifted / 146_097, shifted % 146_097);
    let year = (day - day / 1_460 + day / 36_524 - day / 146_096) / 365;
    let day = day - (365 * year + year / 4 - year / 100);
    let month = (5 * day + 2) / 153;
    let day = day - (153 * month + 2) / 5 + 1;
    let (year, month) =
        if month < 10 { (year + era * 400, month + 3) } else { (year + era * 400 + 1, month - 9) };
    format!("{year}-{month:02}-{day:02} {:02}:{:02} UTC", rest / 3600, rest / 60 % 60)
}

#[cfg(test)]
mod tests {
    use super::date;

    #[test]
    fn dates_are_those_of_the_calendar() {
        assert_eq!(date(0), "1970-01-01 00:00 UTC");
        assert_eq!(date(951_782_400), "2000-02-29 00:00 UTC");
        assert_eq!(date(1_798_761_599), "2026-12-31 23:59 UTC");
    }
}
