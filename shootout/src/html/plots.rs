//! Lines in a frame: percentiles of a latency, latency by rate, speed by workers.

use maud::{Markup, html};

use super::colour;
use crate::results::{Contestant, Report, Row, Scaling, factor, quantity};
use crate::workloads::Unit;

const WIDTH: f64 = 480.0;
const HEIGHT: f64 = 260.0;
const LEFT: f64 = 62.0;
const RIGHT: f64 = 16.0;
const TOP: f64 = 10.0;
const BOTTOM: f64 = 30.0;

/// Where something lies on an axis, from 0 to 1, and what is written there.
type Mark = (f64, String);

/// All positions go from 0 to 1, from the left and from the bottom.
struct Plot {
    about: String,
    across: Vec<Mark>,
    up: Vec<Mark>,
    /// Of an executor each.
    lines: Vec<(String, Vec<(f64, f64)>)>,
}

impl Plot {
    fn draw(&self, report: &Report) -> Markup {
        let x = |at: f64| LEFT + at * (WIDTH - LEFT - RIGHT);
        let y = |at: f64| HEIGHT - BOTTOM - at * (HEIGHT - TOP - BOTTOM);
        let points = |line: &[(f64, f64)]| {
            let points = line.iter().map(|(across, up)| format!("{:.1},{:.1}", x(*across), y(*up)));
            points.collect::<Vec<_>>().join(" ")
        };
        html! {
            svg.curves viewBox=(format!("0 0 {WIDTH} {HEIGHT}")) role="img" aria-label=(self.about) {
                @for (at, text) in &self.up {
                    line.grid x1=(x(0.0)) x2=(x(1.0)) y1=(y(*at)) y2=(y(*at)) {}
                    text x=(LEFT - 6.0) y=(y(*at) + 5.0) text-anchor="end" { (text) }
                }
                @for (at, text) in &self.across {
                    line.grid x1=(x(*at)) x2=(x(*at)) y1=(y(0.0)) y2=(y(1.0)) {}
                    text x=(x(*at)) y=(HEIGHT - 9.0) text-anchor="middle" { (text) }
                }
                @for (executor, line) in &self.lines {
                    polyline points=(points(line)) stroke=(colour(report, executor)) { title { (executor) } }
                }
            }
            p.legend {
                @for (executor, _) in &self.lines {
                    span style={ "--c:" (colour(report, executor)) } { (executor) }
                }
            }
        }
    }
}

/// An axis of times, by powers of ten, that holds all of `nanos`.
struct Powers {
    low: f64,
    high: f64,
}

impl Powers {
    fn over(nanos: impl Iterator<Item = f64>) -> Self {
        let (low, high) = nanos.fold((f64::INFINITY, 1.0_f64), |(low, high), value| {
            (low.min(value.max(1.0)), high.max(value))
        });
        let low = if low.is_finite() { low.log10().floor() } else { 0.0 };
        Self { low, high: high.log10().ceil().max(low + 1.0) }
    }

    fn at(&self, nanos: f64) -> f64 {
        (nanos.max(1.0).log10() - self.low) / (self.high - self.low)
    }

    fn marks(&self) -> Vec<Mark> {
        let powers = (self.low as i32..=self.high as i32).map(|power| 10_f64.powi(power));
        let text = |nanos| quantity(nanos, Unit::Nanoseconds).replace(".00", "").replace(".0", "");
        powers.map(|nanos| (self.at(nanos), text(nanos))).collect()
    }
}

/// How many of the operations took how long: each step to the right is ten times rarer.
pub(super) fn percentiles(report: &Report, row: &Row) -> Markup {
    let rarity = |percent: f64| -(1.0 - percent / 100.0).log10();
    let points = || row.cells.iter().flat_map(|cell| &cell.curve);
    let powers = Powers::over(points().map(|(_, value)| *value));
    let seen = points().map(|(percent, _)| *percent).filter(|percent| *percent < 100.0);
    let rarest = seen.fold(1.0, |most, percent| rarity(percent).max(most)) + 0.9; // there is the slowest of all
    let x = |percent: f64| if percent < 100.0 { rarity(percent) / rarest } else { 1.0 };
    let shown = [50.0, 90.0, 99.0, 99.9, 99.99].into_iter().filter(|p| rarity(*p) < rarest - 0.8);
    let cells = row.cells.iter().filter(|cell| !cell.curve.is_empty());
    let line = |curve: &[(f64, f64)]| {
        curve.iter().map(|(percent, value)| (x(*percent), powers.at(*value))).collect()
    };
    Plot {
        about: format!("percentile curves of {}", row.label),
        across: shown
            .map(|percent| (x(percent), format!("{percent} %")))
            .chain([(1.0, "max".to_owned())])
            .collect(),
        up: powers.marks(),
        lines: cells.map(|cell| (cell.executor.clone(), line(&cell.curve))).collect(),
    }
    .draw(report)
}

/// The latency of one percentile by the rate at which clients ask; a row for each rate.
pub(super) fn by_rate(report: &Report, rows: &[&Row]) -> Markup {
    let powers = Powers::over(
        rows.iter().flat_map(|row| &row.cells).filter_map(|cell| Some(cell.clean()?.median)),
    );
    let x = |row: &Row| f64::from(row.rate.unwrap_or(0)) / 100.0;
    let line = |executor: &Contestant| {
        let point = |row: &&Row| {
            let cell = row.cells.iter().find(|cell| cell.executor == executor.name)?;
            Some((x(row), powers.at(cell.clean()?.median)))
        };
        (executor.name.clone(), rows.iter().filter_map(point).collect::<Vec<_>>())
    };
    let text = |row: &&Row| (x(row), format!("{} %", row.rate.unwrap_or(0)));
    Plot {
        about: "latency by rate".to_owned(),
        across: rows.iter().map(text).collect(),
        up: powers.marks(),
        lines: report.of_class(rows[0].class).into_iter().map(line).collect(),
    }
    .draw(report)
}

/// How many times as fast with more workers.
pub(super) fn speed_ups(report: &Report, executors: &[Scaling]) -> Markup {
    let workers = || executors.iter().flat_map(Scaling::speed_ups);
    let most =
        workers().fold(1.0_f64, |most, (workers, times)| most.max(workers as f64).max(times));
    let most = most.ceil();
    let x = |workers: usize| (workers as f64).log2() / (report.settings.threads as f64).log2();
    let line = |scaling: &Scaling| {
        scaling.speed_ups().map(|(workers, times)| (x(workers), times / most)).collect()
    };
    let counts = executors.first().into_iter().flat_map(Scaling::speed_ups);
    let steps = (0..=most as u32).filter(|step| most <= 8.0 || step.is_power_of_two());
    Plot {
        about: "speed by number of workers".to_owned(),
        across: counts.map(|(workers, _)| (x(workers), workers.to_string())).collect(),
        up: steps
            .map(f64::from)
            .map(|times| (times / most, format!("{} ×", factor(times).replace(".00", ""))))
            .collect(),
        lines: executors.iter().map(|one| (one.executor.clone(), line(one))).collect(),
    }
    .draw(report)
}
