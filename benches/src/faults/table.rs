use std::fmt::Write as _;

use super::Finding;
use super::probe::Answer;
use crate::compare::Side;

/// What each package does in each shape, as Markdown.
#[must_use]
pub fn futurelock_table(findings: &[Finding]) -> String {
    let packages = distinct(findings.iter().map(|finding| package(finding.who)));
    let mut text = String::from("| the second acquire |");
    for name in &packages {
        let _ = write!(text, " {name} |");
    }
    let _ = writeln!(text, "\n|---|{}", "---|".repeat(packages.len()));
    for row in distinct(findings.iter().map(|finding| finding.row)) {
        let _ = write!(text, "| {row} |");
        for name in &packages {
            let here = findings.iter().find(|f| f.row == row && package(f.who) == *name);
            let _ = write!(text, " {} |", here.map_or("", |finding| word(finding.answer)));
        }
        text.push('\n');
    }
    text
}

/// Who makes each mistake and who does not, as Markdown.
#[must_use]
pub fn mistake_table(findings: &[Finding]) -> String {
    let mut text = String::from("| mistake | made by | not by |\n|---|---|---|\n");
    for row in distinct(findings.iter().map(|finding| finding.row)) {
        let list = |right: bool| {
            let here = findings.iter().filter(|f| f.row == row && f.is_right() == right);
            let here = here.collect::<Vec<_>>();
            let names = distinct(here.iter().map(|finding| finding.who));
            let names = names.into_iter().map(|of| {
                let kinds = here.iter().filter(|f| f.who == of && !f.kind.is_empty());
                let kinds = kinds.map(|finding| finding.kind).collect::<Vec<_>>().join(", ");
                let ours = here.iter().any(|f| f.who == of && f.side == Side::Ours);
                let name = if ours { format!("**{of}**") } else { String::from(of) };
                // Which of them matters where it is not all.
                let all =
                    right && findings.iter().all(|f| f.row != row || f.who != of || f.is_right());
                if all || kinds.is_empty() { name } else { format!("{name} ({kinds})") }
            });
            names.collect::<Vec<_>>().join("; ")
        };
        let _ = writeln!(text, "| {row} | {} | {} |", list(false), list(true));
    }
    text
}

fn word(answer: Answer) -> &'static str {
    match answer {
        Answer::Right => "ok",
        Answer::Wrong | Answer::Hangs => "**hangs**",
        Answer::Panics => "panics",
    }
}

/// Without what stands in beside it.
fn package(who: &str) -> &str {
    who.split(" + ").next().unwrap_or(who)
}

/// In the order in which they come first.
fn distinct<'a>(names: impl Iterator<Item = &'a str>) -> Vec<&'a str> {
    let mut distinct = Vec::new();
    for name in names {
        if !distinct.contains(&name) {
            distinct.push(name);
        }
    }
    distinct
}
