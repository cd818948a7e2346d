//! Draws who waits for whom, from the report of a deadlock.

use std::collections::BTreeMap;
use std::f64::consts::TAU;
use std::fmt::Write as _;

use crate::picture::{Language, escape, say};

/// What a report says: who there is, and who waits for whom.
#[derive(Debug, Default)]
struct Waits {
    /// `task 1`, in the order of the report.
    units: Vec<String>,
    edges: Vec<Edge>,
    /// The units in the circle, in its order.
    cycle: Vec<String>,
}

#[derive(Debug)]
struct Edge {
    from: String,
    what: What,
}

#[derive(Debug)]
enum What {
    /// It waits for this, which another has.
    Held { what: String, by: String },
    /// It was woken for this, and has not looked since.
    Woken { what: String },
    /// It awaits the end of another.
    End { of: String },
}

impl Waits {
    fn read(report: &str) -> Self {
        let mut waits = Self::default();
        for line in report.lines() {
            let (indent, text) =
                (line.len() - line.trim_start().len(), line.trim());
            if indent == 2 && text.starts_with("cycle: ") {
                let circle = text.trim_start_matches("cycle: ").split(" -> ");
                waits.cycle = circle.map(unit).collect();
                waits.cycle.pop(); // the first once more
            } else if indent == 2 {
                waits.units.push(unit(text));
            } else if indent == 4 {
                let from = waits.units.last().cloned().unwrap_or_default();
                waits.edges.extend(what(text).map(|what| Edge { from, what }));
            } else if !waits.units.is_empty() {
                break; // what follows is the schedule
            }
        }
        waits
    }
}

/// `task 1` of `task 1 'philosopher' (spawned at ...)`.
fn unit(text: &str) -> String {
    text.split(" '").next().unwrap_or(text).to_owned()
}

fn what(text: &str) -> Option<What> {
    let lock = |text: &str| text.split(" at ").next().unwrap_or(text).to_owned();
    if let Some(of) = text.strip_prefix("awaits the end of ") {
        Some(What::End { of: unit(of) })
    } else if let Some(woken) = text.strip_prefix("was woken for ") {
        Some(What::Woken { what: lock(woken) })
    } else {
        let (what, by) =
            text.strip_prefix("waits for ")?.split_once(", held by ")?;
        Some(What::Held { what: lock(what), by: unit(by) })
    }
}

const WIDTH: f64 = 720.0;
const RADIUS: f64 = 27.0;

/// The graphs of all reports in `text`, one below the other.
///
/// # Panics
///
/// When there is no report.
pub fn svg(text: &str, language: Language) -> String {
    let titles = ["five at the table", "one who waits for himself"];
    let alt = "Who waits for whom when nothing goes on: five philosophers in a circle, each for the fork of the next, \
               and the root for one of them; a clerk who waits for a lock that he holds, and was woken for another \
               that he does not look at";
    let reports: Vec<_> = text.split("\n\n").map(Waits::read).collect();
    assert!(
        reports.len() == titles.len()
            && reports.iter().all(|r| !r.units.is_empty()),
        "the reports of c22_deadlock are not what they were: {reports:?}"
    );
    let (mut body, mut y) = (String::new(), 4.0);
    for (waits, title) in reports.iter().zip(titles) {
        let title = say(title, language);
        _ = writeln!(
            body,
            "<text class=\"title\" x=\"4\" y=\"{}\">{title}</text>",
            y + 14.0
        );
        y += 22.0;
        let around = if waits.cycle.len() > 2 { 115.0 } else { 0.0 };
        let height = 2.0 * (around + RADIUS) + 36.0;
        draw(&mut body, waits, (WIDTH / 2.0, y + height / 2.0), around, language);
        y += height;
    }
    let alt = say(alt, language);
    format!(
        "<div class=\"run\"><svg class=\"run\" viewBox=\"0 0 {WIDTH} {y}\" role=\"img\" aria-label=\"{alt}\" \
         xmlns=\"http://www.w3.org/2000/svg\">\n{body}</svg></div>\n"
    )
}

type Point = (f64, f64);

fn draw(
    body: &mut String,
    waits: &Waits,
    middle: Point,
    around: f64,
    language: Language,
) {
    let mut places: BTreeMap<&str, Point> = BTreeMap::new();
    for unit in &waits.units {
        let place = waits.cycle.iter().position(|of| of == unit);
        let number = |n: usize| f64::from(u32::try_from(n).unwrap_or(u32::MAX));
        let turn = |at| TAU * number(at) / number(waits.cycle.len()) - TAU / 4.0;
        let at = place.map_or(middle, |at| {
            (middle.0 + around * turn(at).cos(), middle.1 + around * turn(at).sin())
        });
        places.insert(unit, at);
    }
    for Edge { from, what } in &waits.edges {
        let at = |unit: &str| places.get(unit).copied().unwrap_or(middle);
        let start = at(from);
        match what {
            What::Held { what, by } if from == by => {
                itself(body, start, what, language);
            }
            What::Held { what, by } => {
                let label = Some((escape(what), middle));
                arrow(body, "waits-for", start, at(by), label);
            }
            What::Woken { what } => {
                let end = (start.0 + 236.0, start.1);
                let says = say("woken for it, and does not look", language);
                arrow(
                    body,
                    "dormant",
                    start,
                    end,
                    Some((says, (f64::midpoint(start.0, end.0), WIDTH))),
                );
                label(
                    body,
                    (end.0 - RADIUS + 4.0, end.1 + 4.0),
                    "start",
                    &escape(what),
                );
            }
            What::End { of } => arrow(body, "end-of", start, at(of), None),
        }
    }
    for (unit, (x, y)) in &places {
        let in_circle = waits.cycle.iter().any(|of| of == unit);
        let class = if in_circle { "unit stuck-unit" } else { "unit" };
        _ = writeln!(
            body,
            "<circle class=\"{class}\" cx=\"{x:.0}\" cy=\"{y:.0}\" r=\"{RADIUS}\"/>"
        );
        let name = match (unit.strip_prefix("task "), language) {
            (Some(number), Language::Zh) => format!("任务 {number}"),
            _ => (*unit).to_owned(),
        };
        label(body, (*x, y + 4.0), "middle", &name);
    }
}

/// From the rim of one circle to the rim of another, with a word on the side away from `(text, middle)`.
fn arrow(
    body: &mut String,
    class: &str,
    from: Point,
    to: Point,
    text: Option<(String, Point)>,
) {
    let (dx, dy) = (to.0 - from.0, to.1 - from.1);
    let length = dx.hypot(dy).max(1.0);
    let (ux, uy) = (dx / length, dy / length);
    let (start, end) = (
        (from.0 + ux * (RADIUS + 2.0), from.1 + uy * (RADIUS + 2.0)),
        (to.0 - ux * (RADIUS + 3.0), to.1 - uy * (RADIUS + 3.0)),
    );
    line(body, class, &format!("{}L{}", point(start), point(end)));
    head(body, class, end, (ux, uy));
    if let Some((text, inside)) = text {
        let half = (f64::midpoint(start.0, end.0), f64::midpoint(start.1, end.1));
        let out = (half.0 - inside.0, half.1 - inside.1);
        let far = out.0.hypot(out.1).max(1.0);
        let at = (half.0 + 14.0 * out.0 / far, half.1 + 14.0 * out.1 / far + 4.0);
        let anchor = match out.0 / far {
            x if x > 0.3 => "start",
            x if x < -0.3 => "end",
            _ => "middle",
        };
        label(body, at, anchor, &text);
    }
}

/// A wait for what one has oneself.
fn itself(body: &mut String, (x, y): Point, what: &str, language: Language) {
    let (up, down) = ((x - 21.0, y - 19.0), (x - 21.0, y + 19.0));
    let curve = format!(
        "{}C{} {} {}",
        point(up),
        point((x - 110.0, y - 60.0)),
        point((x - 110.0, y + 60.0)),
        point(down)
    );
    line(body, "waits-for", &curve);
    head(body, "waits-for", down, (0.9, -0.44));
    let says =
        format!("{}: {}", escape(what), say("which it holds itself", language));
    label(body, (x - 96.0, y + 4.0), "end", &says);
}

fn point((x, y): Point) -> String {
    format!("{x:.0} {y:.0}")
}

fn line(body: &mut String, class: &str, path: &str) {
    _ = writeln!(body, "<path class=\"edge {class}\" d=\"M{path}\"/>");
}

fn head(body: &mut String, class: &str, (x, y): Point, (ux, uy): Point) {
    let side = |s: f64| (x - 9.0 * ux - s * 4.0 * uy, y - 9.0 * uy + s * 4.0 * ux);
    _ = writeln!(
        body,
        "<path class=\"head {class}\" d=\"M{}L{}L{}z\"/>",
        point((x, y)),
        point(side(1.0)),
        point(side(-1.0))
    );
}

fn label(body: &mut String, (x, y): Point, anchor: &str, text: &str) {
    _ = writeln!(
        body,
        "<text class=\"label\" text-anchor=\"{anchor}\" x=\"{x:.0}\" y=\"{y:.0}\">{text}</text>"
    );
}
