//! The tables for a terminal of 80 columns.

use std::fmt;

use super::report::{Line, Report, Verdict, rounded};
use super::row::{Side, Target};

impl fmt::Display for Line {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        let column =
            if self.column.is_empty() { String::new() } else { format!(", {}", self.column) };
        writeln!(f, "{}: {}{column} ({})", self.id, self.title, self.unit)?;
        for figure in &self.figures {
            let mark = if figure.side == Side::Ours { '>' } else { ' ' };
            let (name, median) = (figure.name, rounded(figure.median));
            let spread = figure.spread * 100.0;
            let ratio = match figure.ratio {
                _ if figure.as_good_as_best => "=".into(),
                ratio if ratio.is_finite() => format!("x{}", rounded(ratio)),
                _ => "more".into(),
            };
            writeln!(f, "  {mark} {name:<26}{median:>10}  ±{spread:>3.0} %{ratio:>10}")?;
        }
        Ok(())
    }
}

/// All lines in short, lost ones first.
#[derive(Debug)]
pub(super) struct Summary<'a>(pub(super) &'a Report);

impl fmt::Display for Summary<'_> {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        writeln!(
            f,
            "{:<36}{:>8}{:>8} {:<13}{:>7}{:>7}",
            "lost first", "anyrt", "best", "peer", "", "target"
        )?;
        for line in self.0.lost_first() {
            let (Some(ours), Some(peer)) = (line.ours(), line.best_peer()) else { continue };
            let verdict = match line.verdict {
                Verdict::Lost(times) if times.is_finite() => format!("x{}", rounded(times)),
                Verdict::Lost(_) => "more".into(),
                Verdict::Won(times) if times.is_finite() => format!("/{}", rounded(times)),
                Verdict::Won(_) => "none".into(),
                Verdict::Same | Verdict::Alone => "=".into(),
            };
            let name = format!("{} {}", line.id, line.column);
            let target = line.target.as_ref().map(Target::to_string).unwrap_or_default();
            writeln!(
                f,
                "{:<36}{:>8}{:>8} {:<13}{verdict:>7}{target:>7}",
                clipped(name.trim(), 35),
                rounded(ours.median),
                rounded(peer.median),
                clipped(peer.name, 13)
            )?;
        }
        if let Some(mean) = self.0.mean_told() {
            writeln!(f, "\n{mean}")?;
        }
        writeln!(
            f,
            "\nx: ours costs so many times more; /: the best peer does; =: no difference shown"
        )
    }
}

fn clipped(text: &str, width: usize) -> String {
    text.chars().take(width).collect()
}
