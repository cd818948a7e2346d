//! The tables for a page.

use std::fmt::Write as _;

use super::report::{Figure, Line, Report, Verdict, rounded};
use super::row::{Side, Target};

impl Report {
    /// The report as Markdown: first how ours fared, lost lines first, then a table per group.
    #[must_use]
    pub fn to_markdown(&self) -> String {
        let mut text = String::new();
        let machine = &self.machine;
        let _ = writeln!(
            text,
            "Measured in {} interleaved rounds on {} cores ({}; Linux {}). {}.\n",
            self.rounds,
            machine.cores,
            machine.processor,
            machine.kernel,
            machine.versions()
        );
        text.push_str("| row | unit | anyrt | best peer | | target |\n|---|---|--:|--:|---|--:|\n");
        for line in self.lost_first() {
            let (Some(ours), Some(peer)) = (line.ours(), line.best_peer()) else { continue };
            let _ = writeln!(
                text,
                "| {} | {} | {} | {} {} | {} | {} |",
                name(line),
                line.unit,
                rounded(ours.median),
                peer.name,
                rounded(peer.median),
                verdict(line.verdict),
                line.target.as_ref().map(Target::to_string).unwrap_or_default()
            );
        }
        if let Some(mean) = self.mean_told() {
            let _ = writeln!(text, "\n{mean}");
        }
        for group in self.groups() {
            self.write_group(&mut text, group);
        }
        text
    }

    /// In the order of the lines.
    fn groups(&self) -> Vec<&str> {
        let mut groups = Vec::new();
        for group in self.lines.iter().map(Line::group) {
            if !groups.contains(&group) {
                groups.push(group);
            }
        }
        groups
    }

    fn write_group(&self, text: &mut String, group: &str) {
        let lines = || self.lines.iter().filter(|line| line.group() == group);
        let mut names: Vec<&Figure> = Vec::new();
        for figure in lines().flat_map(|line| &line.figures) {
            if !names.iter().any(|known| known.name == figure.name) {
                names.push(figure);
            }
        }
        names.sort_by_key(|figure| (figure.side == Side::Peer, figure.name));
        let _ = write!(text, "\n### {group}\n\n| row | unit |");
        for figure in &names {
            let _ = write!(text, " {} |", figure.name);
        }
        let _ = writeln!(text, "\n|---|---|{}", "--:|".repeat(names.len()));
        for line in lines() {
            let _ = write!(text, "| {} | {} |", line.full_title(), line.unit);
            for column in &names {
                let figure = line.figures.iter().find(|figure| figure.name == column.name);
                let _ = write!(text, " {} |", figure.map(cell).unwrap_or_default());
            }
            text.push('\n');
        }
    }
}

impl Line {
    fn full_title(&self) -> String {
        if self.column.is_empty() {
            return self.title.clone();
        }
        format!("{}: {}", self.title, self.column)
    }
}

fn name(line: &Line) -> String {
    format!("`{}` {}", line.id, line.column).trim().into()
}

fn verdict(verdict: Verdict) -> String {
    match verdict {
        Verdict::Lost(times) if times.is_finite() => format!("**lost, {} times**", rounded(times)),
        Verdict::Lost(_) => "**lost**".into(),
        Verdict::Won(times) if times.is_finite() => format!("won, {} times", rounded(times)),
        Verdict::Won(_) => "won".into(),
        Verdict::Same | Verdict::Alone => "=".into(),
    }
}

/// The figure, and how many times the best that is; bold if none is better.
fn cell(figure: &Figure) -> String {
    let median = rounded(figure.median);
    match figure.ratio {
        _ if figure.as_good_as_best => format!("**{median}**"),
        ratio if ratio.is_finite() => format!("{median} (x{})", rounded(ratio)),
        _ => median,
    }
}
