//! Percentile curves: how many of the operations took how long.

use maud::{Markup, html};

use super::colour;
use crate::results::{Report, Row, quantity};
use crate::workloads::Unit;

/// One for each executor, told apart on light and on dark, and by most who see colours otherwise.
pub(super) const COLOURS: [&str; 8] =
    ["#2f81f7", "#e8702a", "#1a9e77", "#b65fcf", "#c79a00", "#2f81f7", "#e8702a", "#1a9e77"];

const WIDTH: f64 = 480.0;
const HEIGHT: f64 = 260.0;
const LEFT: f64 = 62.0;
const RIGHT: f64 = 12.0;
const TOP: f64 = 10.0;
const BOTTOM: f64 = 30.0;

/// Percentages from left to right, each step ten times rarer; nanoseconds upwards, by powers of ten.
pub(super) fn curves(report: &Report, row: &Row) -> Markup {
    let points = || row.cells.iter().flat_map(|cell| &cell.curve);
    let values = || points().map(|(_, value)| value.max(1.0));
    let (low, high) = (values().fold(f64::INFINITY, f64::min), values().fold(1.0, f64::max));
    let (low, high) = (low.log10().floor(), high.log10().ceil().max(low.log10().floor() + 1.0));
    let rarest = points()
        .filter(|(percent, _)| *percent < 100.0)
        .fold(1.0, |most, (p, _)| rarity(*p).max(most));
    let rarest = rarest + 0.9; // there the slowest of all is
    let x = |percent: f64| {
        let at = if percent < 100.0 { rarity(percent) } else { rarest };
        LEFT + at / rarest * (WIDTH - LEFT - RIGHT)
    };
    let y = |value: f64| {
        let at = (value.max(1.0).log10() - low) / (high - low);
        HEIGHT - BOTTOM - at * (HEIGHT - TOP - BOTTOM)
    };
    let line = |curve: &[(f64, f64)]| {
        let points =
            curve.iter().map(|(percent, value)| format!("{:.1},{:.1}", x(*percent), y(*value)));
        points.collect::<Vec<_>>().join(" ")
    };
    let percents =
        [50.0, 90.0, 99.0, 99.9, 99.99].into_iter().filter(|p| rarity(*p) < rarest - 0.8);
    let powers = (low as i32..=high as i32).map(|power| 10_f64.powi(power));
    html! {
        svg.curves viewBox=(format!("0 0 {WIDTH} {HEIGHT}")) role="img"
            aria-label=(format!("percentile curves of {}", row.label)) {
            @for value in powers {
                line.grid x1=(LEFT) x2=(WIDTH - RIGHT) y1=(y(value)) y2=(y(value)) {}
                text x=(LEFT - 6.0) y=(y(value) + 5.0) text-anchor="end" { (short(value)) }
            }
            @for percent in percents {
                line.grid x1=(x(percent)) x2=(x(percent)) y1=(TOP) y2=(HEIGHT - BOTTOM) {}
                text x=(x(percent)) y=(HEIGHT - 9.0) text-anchor="middle" { (percent) " %" }
            }
            text x=(WIDTH - RIGHT) y=(HEIGHT - 9.0) text-anchor="end" { "max" }
            @for cell in row.cells.iter().filter(|cell| !cell.curve.is_empty()) {
                polyline points=(line(&cell.curve)) stroke=(colour(report, &cell.executor)) {
                    title { (cell.executor) }
                }
            }
        }
        p.legend {
            @for cell in row.cells.iter().filter(|cell| !cell.curve.is_empty()) {
                span style={ "--c:" (colour(report, &cell.executor)) } { (cell.executor) }
            }
        }
    }
}

/// How rare a slower one is: 1 for one in ten, 2 for one in a hundred.
fn rarity(percent: f64) -> f64 {
    -(1.0 - percent / 100.0).log10()
}

/// A power of ten, without digits after the point.
fn short(value: f64) -> String {
    quantity(value, Unit::Nanoseconds).replace(".00", "").replace(".0", "")
}
