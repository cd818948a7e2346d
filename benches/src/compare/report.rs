use serde::Serialize;

use super::rounds::{Raced, Samples};
use super::row::{Kind, Row, Side, Target};
use super::statistics::{Ratio, median, spread};
use super::{Machine, Plan};

/// Differences below this are never one: where code happens to lie in memory makes as much.
const LEAST: f64 = 0.02;

/// All that was measured.
#[derive(Debug, Serialize)]
pub struct Report {
    /// Where.
    pub machine: Machine,
    /// How often each contestant ran.
    pub rounds: u32,
    /// The lines, in the order of the rows.
    pub lines: Vec<Line>,
}

/// One column of a row.
#[derive(Debug, Clone, Serialize)]
pub struct Line {
    /// The row's name for the command line.
    pub id: String,
    /// What is measured.
    pub title: String,
    /// Which of the row's figures, if there are several.
    pub column: &'static str,
    /// Of the figures.
    pub unit: &'static str,
    /// What we aim at.
    pub target: Option<Target>,
    /// By this fraction two runs of ours differ; the least that counts as a difference.
    pub noise: f64,
    /// Which of ours is compared: the first that was entered.
    pub ours: Option<&'static str>,
    /// How it fared.
    pub verdict: Verdict,
    /// Of each contestant, best first.
    pub figures: Vec<Figure>,
}

/// What a contestant came to.
#[derive(Debug, Clone, Serialize)]
pub struct Figure {
    /// Who.
    pub name: &'static str,
    /// Whose.
    pub side: Side,
    /// The middle of the rounds.
    pub median: f64,
    /// Half of the rounds are within this fraction of the median.
    pub spread: f64,
    /// Against the best of all, round by round.
    pub ratio: f64,
    /// Whether no difference to the best is shown.
    pub as_good_as_best: bool,
    /// Each round.
    pub samples: Vec<f64>,
}

/// Ours against the best peer.
#[derive(Debug, Clone, Copy, PartialEq, Serialize)]
#[serde(rename_all = "lowercase")]
pub enum Verdict {
    /// Ours costs so many times more.
    Lost(f64),
    /// No difference is shown.
    Same,
    /// The best peer costs so many times more.
    Won(f64),
    /// There is nobody to compare, or nothing of ours.
    Alone,
}

impl Report {
    pub(super) fn new(machine: Machine, plan: Plan) -> Self {
        Self { machine, rounds: plan.rounds, lines: Vec::new() }
    }

    pub(super) fn add(&mut self, row: &Row, raced: &Raced) {
        self.lines.extend((0..row.columns.len()).map(|column| Line::new(row, raced, column)));
    }

    /// Those that we lost, the worst first; then those without a difference; then those that we won.
    #[must_use]
    pub fn lost_first(&self) -> Vec<&Line> {
        let compared = self.lines.iter().filter(|line| line.verdict != Verdict::Alone);
        let mut lines = compared.collect::<Vec<_>>();
        lines.sort_by(|a, b| b.verdict.cost().total_cmp(&a.verdict.cost()));
        lines
    }

    /// What ours cost in terms of the best peer of each line: the geometric mean of the lines that
    /// measure time. A line without a difference counts as 1. `None` if there is no such line.
    #[must_use]
    pub fn mean(&self) -> Option<f64> {
        let timed = self.lost_first().into_iter().filter(|line| line.unit == "ns");
        let logs = timed.map(|line| line.verdict.cost().ln()).collect::<Vec<_>>();
        #[expect(clippy::cast_precision_loss, reason = "a number of rows")]
        let mean = logs.iter().sum::<f64>() / logs.len() as f64;
        (!logs.is_empty()).then(|| mean.exp())
    }

    /// A sentence on the mean.
    pub(super) fn mean_told(&self) -> Option<String> {
        let mean = rounded(self.mean()?);
        Some(format!(
            "Over all rows in ns, ours cost {mean} times what the best peer of each does (geometric mean)."
        ))
    }
}

impl Verdict {
    /// Ours over the best peer's.
    fn cost(self) -> f64 {
        match self {
            Self::Lost(times) => times,
            Self::Same | Self::Alone => 1.0,
            Self::Won(times) => 1.0 / times,
        }
    }
}

impl Line {
    fn new(row: &Row, raced: &Raced, column: usize) -> Self {
        let of = |samples: &Samples| samples.columns[column].clone();
        let (name, unit) = row.columns[column];
        let first_of_ours = raced.samples.iter().find(|samples| samples.side == Side::Ours);
        let ours = first_of_ours.map(of);
        let again = raced.again.as_ref().map(of);
        let noise = match (&ours, again, row.kind) {
            (_, _, Kind::Counted) => 0.0,
            (Some(ours), Some(again), _) => (Ratio::of(ours, &again).median - 1.0).abs().max(LEAST),
            _ => LEAST,
        };

        let least = |side: Option<Side>| {
            let side = raced.samples.iter().filter(|s| side.is_none_or(|side| s.side == side));
            side.map(of).min_by(|a, b| median(a).total_cmp(&median(b)))
        };
        let verdict = match (ours, least(Some(Side::Peer))) {
            (Some(ours), Some(peer)) => Verdict::new(Ratio::of(&ours, &peer), noise),
            _ => Verdict::Alone,
        };

        let best = least(None).unwrap_or_default();
        let figures = raced.samples.iter().map(|contestant| {
            let samples = of(contestant);
            let ratio = Ratio::of(&samples, &best);
            Figure {
                name: contestant.name,
                side: contestant.side,
                median: median(&samples),
                spread: if row.kind == Kind::Counted { 0.0 } else { spread(&samples) },
                ratio: ratio.median,
                as_good_as_best: ratio.is_one(noise),
                samples,
            }
        });
        let mut figures = figures.collect::<Vec<_>>();
        figures.sort_by(|a, b| a.median.total_cmp(&b.median));
        let target = row.targets.iter().find(|(of, _)| *of == name).map(|(_, target)| *target);
        Self {
            id: row.id.clone(),
            title: row.title.clone(),
            column: name,
            unit,
            target,
            noise,
            ours: first_of_ours.map(|samples| samples.name),
            verdict,
            figures,
        }
    }

    /// The first part of its name.
    #[must_use]
    pub fn group(&self) -> &str {
        self.id.split('/').next().unwrap_or(&self.id)
    }

    /// The one of ours that is compared.
    #[must_use]
    pub fn ours(&self) -> Option<&Figure> {
        self.figures.iter().find(|figure| Some(figure.name) == self.ours)
    }

    /// The best of the others.
    #[must_use]
    pub fn best_peer(&self) -> Option<&Figure> {
        self.figures.iter().find(|figure| figure.side == Side::Peer)
    }
}

impl Verdict {
    fn new(ours_over_peer: Ratio, noise: f64) -> Self {
        match ours_over_peer.median {
            _ if ours_over_peer.is_one(noise) => Self::Same,
            times if times > 1.0 => Self::Lost(times),
            times => Self::Won(1.0 / times),
        }
    }
}

/// Three figures are enough.
pub(super) fn rounded(value: f64) -> String {
    match value {
        _ if value.fract() == 0.0 && value.abs() < 1e6 => format!("{value:.0}"),
        ..9.995 => format!("{value:.2}"),
        ..99.95 => format!("{value:.1}"),
        ..999_999.5 => format!("{value:.0}"),
        _ => format!("{:.1} M", value / 1e6),
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    fn line(ours: &[f64], again: &[f64], peer: &[f64]) -> Line {
        let samples =
            |name, side, column: &[f64]| Samples { name, side, columns: vec![column.into()] };
        let raced = Raced {
            samples: vec![samples("anyrt", Side::Ours, ours), samples("theirs", Side::Peer, peer)],
            again: Some(samples("anyrt", Side::Ours, again)),
        };
        Line::new(&Row::timed("a/b", "").target(1.0).into(), &raced, 0)
    }

    #[test]
    fn who_costs_more_has_lost() {
        let (one, two) = ([1.0; 9], [2.0; 9]);
        assert_eq!(line(&two, &two, &one).verdict, Verdict::Lost(2.0));
        assert_eq!(line(&one, &one, &two).verdict, Verdict::Won(2.0));
        assert_eq!(line(&one, &one, &one).verdict, Verdict::Same);
    }

    #[test]
    fn what_two_runs_of_ours_differ_by_is_noise() {
        let line = line(&[1.3; 9], &[1.0; 9], &[1.1; 9]);
        assert!(line.noise > 0.29, "{line:?}");
        assert_eq!(line.verdict, Verdict::Same);
    }

    #[test]
    fn lost_lines_come_first() {
        let machine = Machine::this(&[]);
        let plan = Plan { rounds: 9, sample: std::time::Duration::ZERO };
        let mut report = Report::new(machine, plan);
        let (one, two, three) = ([1.0; 9], [2.0; 9], [3.0; 9]);
        report.lines =
            vec![line(&one, &one, &two), line(&one, &one, &one), line(&three, &three, &two)];
        let verdicts = report.lost_first().into_iter().map(|line| line.verdict);
        let verdicts = verdicts.collect::<Vec<_>>();
        assert_eq!(verdicts, [Verdict::Lost(1.5), Verdict::Same, Verdict::Won(2.0)]);
    }

    #[test]
    fn the_mean_is_that_of_the_factors() {
        let plan = Plan { rounds: 9, sample: std::time::Duration::ZERO };
        let mut report = Report::new(Machine::this(&[]), plan);
        assert_eq!(report.mean(), None);
        let (one, four) = ([1.0; 9], [4.0; 9]);
        report.lines = vec![line(&four, &four, &one)];
        assert!((report.mean().unwrap() - 4.0).abs() < 1e-9);
        report.lines.push(line(&one, &one, &one));
        assert!((report.mean().unwrap() - 2.0).abs() < 1e-9);
        report.lines.push(line(&one, &one, &four));
        assert!((report.mean().unwrap() - 1.0).abs() < 1e-9);
    }

    #[test]
    fn figures_are_as_long_as_they_are_worth() {
        let shown = [0.512, 9.61, 12.04, 156.3, 87_654.0, 16.0, 2.5e6].map(rounded);
        assert_eq!(shown, ["0.51", "9.61", "12.0", "156", "87654", "16", "2.5 M"]);
    }
}
