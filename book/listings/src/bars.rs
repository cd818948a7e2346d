//! Draws a measurement: a group of bars for each row, on a logarithmic scale.

use std::collections::BTreeMap;
use std::fmt::Write as _;

use serde::Deserialize;

use crate::picture::{Language, escape, say};

/// What `book/measure/shootout` has written.
#[derive(Debug, Deserialize)]
pub struct Measurement {
    /// The machine and the versions.
    pub machine: String,
    /// The executors, in the order of their bars.
    pub executors: Vec<String>,
    /// What was measured.
    pub rows: Vec<Row>,
}

/// One thing that was measured on each executor.
#[derive(Debug, Deserialize)]
pub struct Row {
    /// Its name in the shootout.
    pub row: String,
    /// `ns` or `bytes`.
    pub unit: String,
    /// By executor.
    pub cells: BTreeMap<String, Cell>,
}

/// The samples of a row on one executor.
#[derive(Debug, Clone, Copy, Deserialize)]
pub struct Cell {
    /// The middle one.
    pub median: f64,
    /// The least.
    pub min: f64,
    /// The greatest that counts.
    pub high: f64,
}

const WIDTH: f64 = 720.0;
const LEFT: f64 = 190.0;
const RIGHT: f64 = 56.0;
const BAR: u32 = 11;
/// The end of the scale: so many times the best.
const MOST: f64 = 500.0;

/// The bars: how many times the best of its row each executor needs.
pub fn svg(measured: &Measurement, alt: &str, language: Language) -> String {
    let mut body = String::new();
    let mut y = 4;
    for row in &measured.rows {
        let best =
            row.cells.values().map(|cell| cell.median).fold(f64::MAX, f64::min);
        let (label, value) = (say(&row.row, language), quantity(best, &row.unit));
        let head = y + 13;
        _ = writeln!(
            body,
            "<text class=\"task\" x=\"4\" y=\"{head}\">{label}</text>"
        );
        let below = head + 15;
        let said = match language {
            Language::En => format!("the best: {value}"),
            Language::Zh => format!("最好的：{value}"),
        };
        _ = writeln!(
            body,
            "<text class=\"tick left\" x=\"4\" y=\"{below}\">{said}</text>"
        );
        for (number, executor) in measured.executors.iter().enumerate() {
            if let Some(cell) = row.cells.get(executor) {
                bar(&mut body, y, number, executor, cell, best);
            }
            y += BAR;
        }
        y += 12;
    }
    let bottom = y;
    for times in [1.0, 2.0, 5.0, 10.0, 20.0, 50.0, 100.0, 200.0, 500.0] {
        let at = x(times);
        _ = writeln!(body, "<path class=\"rule\" d=\"M{at:.0} 4V{bottom}\"/>");
        let below = bottom + 14;
        _ = writeln!(
            body,
            "<text class=\"tick\" x=\"{at:.0}\" y=\"{below}\">×{times}</text>"
        );
    }
    y += 24;
    let mut at = 4;
    for (number, executor) in measured.executors.iter().enumerate() {
        _ = writeln!(
            body,
            "<rect class=\"bar-{number}\" x=\"{at}\" y=\"{y}\" width=\"12\" height=\"12\" rx=\"2\"/>"
        );
        let (text, below) = (at + 17, y + 10);
        _ = writeln!(
            body,
            "<text class=\"legend\" x=\"{text}\" y=\"{below}\">{executor}</text>"
        );
        at += 110;
    }
    y += 30;
    let machine = escape(&measured.machine);
    _ = writeln!(
        body,
        "<text class=\"tick left\" x=\"4\" y=\"{y}\">{machine}</text>"
    );
    let (height, alt) = (y + 8, say(alt, language));
    format!(
        "<div class=\"run\"><svg class=\"run\" viewBox=\"0 0 {WIDTH} {height}\" role=\"img\" aria-label=\"{alt}\" \
         xmlns=\"http://www.w3.org/2000/svg\">\n{body}</svg></div>\n"
    )
}

/// Where a multiple of the best lies.
fn x(times: f64) -> f64 {
    LEFT + times.clamp(1.0, MOST).ln() / MOST.ln() * (WIDTH - LEFT - RIGHT)
}

fn bar(
    body: &mut String,
    y: u32,
    number: usize,
    executor: &str,
    cell: &Cell,
    best: f64,
) {
    let times = cell.median / best;
    let (from, to) = (LEFT - 6.0, x(times));
    let (width, height, middle) = (to - from, BAR - 2, y + BAR / 2);
    let (low, high) = (x(cell.min / best), x(cell.high / best));
    let shown =
        if times < 9.95 { format!("{times:.2}") } else { format!("{times:.0}") };
    _ = writeln!(
        body,
        "<rect class=\"bar-{number}\" x=\"{from:.0}\" y=\"{y}\" width=\"{width:.1}\" height=\"{height}\" rx=\"1\">\
         <title>{executor}: {shown}</title></rect>\
         <path class=\"whisker\" d=\"M{low:.1} {middle}H{high:.1}\"/>"
    );
    let (text, below) = (to.max(high) + 5.0, y + 9);
    _ = writeln!(
        body,
        "<text class=\"tick left\" x=\"{text:.0}\" y=\"{below}\">{shown}</text>"
    );
}

/// Three digits and a unit.
fn quantity(value: f64, unit: &str) -> String {
    let (value, unit) = match (unit, value) {
        ("ns", 1e6..) => (value / 1e6, "ms"),
        ("ns", 1e3..) => (value / 1e3, "µs"),
        ("bytes", _) => return format!("{value:.0} B"),
        _ => (value, unit),
    };
    match value {
        ..10.0 => format!("{value:.2} {unit}"),
        ..100.0 => format!("{value:.1} {unit}"),
        _ => format!("{value:.0} {unit}"),
    }
}
