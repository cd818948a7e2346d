//! The report as one page that needs nothing else: no network, no scripts.

mod curves;

use std::fmt::Write as _;

use maud::{DOCTYPE, Markup, PreEscaped, html};

use self::curves::{COLOURS, curves};
use crate::compare::Comparison;
use crate::executors::Class;
use crate::results::{Behind, Cell, Report, Row, factor, plural, quantity};
use crate::terminal::{facts, failed, ratio, title};
use crate::workloads::Unit;

const STYLE: &str = include_str!("style.css");

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
                    (lost(report))
                    @if let Some(comparison) = comparison { (changes(comparison)) }
                    (index(report))
                    @for class in Class::ALL { (heat(report, class)) }
                    (answers(report))
                    (failures(report))
                    (rows(report))
                    (behaviour())
                    (how_to_read())
                    (not_shown())
                    (machine(report))
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

/// Where a row is on the page.
fn anchor(row: &Row) -> String {
    let slug = |c: char| if c.is_ascii_alphanumeric() { c.to_ascii_lowercase() } else { '-' };
    format!("{}-{}", row.workload, row.label.chars().map(slug).collect::<String>())
}

fn link(row: &Row) -> Markup {
    html! { a href={ "#" (anchor(row)) } { (row.label) } }
}

/// What we lose comes first.
fn lost(report: &Report) -> Markup {
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
                        @if rows.is_empty() { "nobody beats " code { (ours.name) } " in any row." }
                    }
                    @if !rows.is_empty() {
                        ul.plain {
                            @for row in rows {
                                li {
                                    (link(row)) " "
                                    @match row.behind {
                                        Behind::Times(times) => {
                                            b { (factor(times)) " ×" } " the best"
                                        }
                                        _ => b { "failed" },
                                    }
                                    @if let Some(best) = best(row) { ", " code { (best.executor) } }
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

/// One table of ratios, coloured.
fn heat(report: &Report, class: Class) -> Markup {
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
                            th scope="col" { "best" }
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
        _ if cell.tied => 0,
        ..1.001 => 0,
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

/// A count for each operation.
fn each(count: f64) -> String {
    match count {
        ..0.005 => "0".to_owned(),
        ..99.95 => format!("{count:.2}"),
        _ => format!("{count:.0}"),
    }
}

/// Each label once, with a picture for each class.
fn rows(report: &Report) -> Markup {
    let mut cards: Vec<Vec<&Row>> = Vec::new();
    for row in &report.rows {
        let same = |card: &&mut Vec<&Row>| {
            (&card[0].workload, &card[0].label) == (&row.workload, &row.label)
        };
        match cards.iter_mut().find(same) {
            Some(card) => card.push(row),
            None => cards.push(vec![row]),
        }
    }
    html! {
        section {
            h2 { "Row by row" }
            p { "The bar is the median, the thin line the range of the samples (of five or more without the \
                 slowest). Shorter is better." }
            div.cards { @for card in cards { (self::card(report, &card)) } }
        }
    }
}

fn card(report: &Report, rows: &[&Row]) -> Markup {
    let first = rows[0];
    html! {
        article id=(anchor(first)) {
            h3 { (first.label) }
            p { (first.about) "." }
            @for row in rows {
                h4 {
                    (title(report, row.class))
                    span.noise { " noise " (format!("{:.0}", row.noise * 100.0)) " %" }
                }
                (bars(report, row))
            }
            // Once for a workload, whose rows are of the same latencies.
            @for row in rows.iter().filter(|row| is_first(report, row)) {
                @if row.cells.iter().any(|cell| !cell.curve.is_empty()) {
                    h4 { "how many take how long: " (title(report, row.class)) }
                    (curves(report, row))
                }
            }
            details {
                summary { "All figures; how to take them again" }
                (figures(report, rows))
            }
        }
    }
}

/// Whether no other row of its workload comes before.
fn is_first(report: &Report, row: &Row) -> bool {
    report.rows.iter().find(|other| other.workload == row.workload).map(|other| &other.label)
        == Some(&row.label)
}

/// Of an executor, the same on the whole page.
fn colour(report: &Report, executor: &str) -> &'static str {
    let at = report.contestants.iter().position(|contestant| contestant.name == executor);
    COLOURS[at.unwrap_or(0) % COLOURS.len()]
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

fn figures(report: &Report, rows: &[&Row]) -> Markup {
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
        ul.plain.commands { @for (row, cell) in cells() { li { code { (command(report, row, cell)) } } } }
    }
}

/// What takes this cell again.
fn command(report: &Report, row: &Row, cell: &Cell) -> String {
    let settings = &report.settings;
    let quick = if settings.quick { " --quick" } else { "" };
    format!(
        "{} --only {} --executors {} --threads {}{quick}",
        settings.command, row.workload, cell.executor, settings.threads
    )
}

fn answers(report: &Report) -> Markup {
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

fn failures(report: &Report) -> Markup {
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

fn changes(comparison: &Comparison) -> Markup {
    let (changed, compared) = (comparison.changes.len(), comparison.compared);
    html! {
        section {
            h2 { "What changed: " (changed) " of " (compared) " cells" }
            p { "Since the run of " (date(comparison.since)) "; beyond the noise of both runs, and at least \
                 95 % sure. Slower ones first." }
            @for difference in &comparison.differences {
                p.warning { "Not the same conditions: " (difference) }
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

fn behaviour() -> Markup {
    let mut lines = BEHAVIOUR.lines().filter_map(|line| line.strip_prefix("| "));
    let cells = |line: &'static str| line.trim_end_matches(" |").split(" | ").map(plain);
    let head = BEHAVIOUR.lines().find_map(|line| line.strip_prefix("|  | ")).unwrap_or_default();
    lines.by_ref().next(); // the head, whose first cell is empty
    html! {
        section {
            h2 { "What they do, natively and through anyrt" }
            p { "Each line was run on each runtime, in a process of its own with a watchdog; " code { "matrix" }
                " runs them again, and the project's checks compare. The clause is the one of anyrt's contract." }
            div.scroll {
                table.behaviour {
                    thead { tr { th {} @for cell in cells(head) { th { (cell) } } } }
                    tbody {
                        @for line in lines {
                            tr { @for cell in cells(line) { td { (cell) } } }
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

fn how_to_read() -> Markup {
    html! {
        section {
            h2 { "How to read it" }
            ul {
                li { "A ratio is that executor's median over the best median of its row: 1.00 is the best, 2.00 took \
                      twice as long. Every figure is a cost: less is better." }
                li { "With = no difference to the best is shown: the two differ by less than the noise of the row, or \
                      it is less than 95 % sure (one-sided test of Mann and Whitney on the samples)." }
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

fn not_shown() -> Markup {
    html! {
        section {
            h2 { "What it does not show" }
            ul { @for point in NOT_SHOWN { li { (point.replace('`', "")) } } }
        }
    }
}

fn machine(report: &Report) -> Markup {
    let machine = &report.machine;
    let unknown = "unknown";
    let fact = |fact: &Option<String>| fact.clone().unwrap_or_else(|| unknown.into());
    let settings = &report.settings;
    html! {
        section {
            h2 { "Machine and settings" }
            dl.facts {
                dt { "processor" } dd { (fact(&machine.cpu)) ", " (machine.cores) " cores"
                    @if machine.hypervisor { ", a guest of a hypervisor" } }
                dt { "governor" } dd { (fact(&machine.governor)) }
                dt { "system" } dd { (fact(&machine.system)) }
                dt { "compiler" } dd { (fact(&machine.rustc)) @if !machine.release { ", not optimised" } }
                dt { "crates" } dd { (facts(report)[2]) }
                dt { "allocator" } dd { "the system's" }
                dt { "program" } dd {
                    (machine.program_bytes.map_or(unknown.into(), |bytes| quantity(bytes as f64, Unit::Bytes)))
                    ", all executors in one"
                }
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
