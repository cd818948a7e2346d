#![allow(clippy::cast_precision_loss, reason = "it is drawn, to a tenth of a point")]

use std::fmt::Write as _;

use super::recorder::{Moment, Span, SpanKind, Trace};
use super::{Ending, Party, Role, What};

const WIDTH: f64 = 1200.0;
/// For the names of the lanes.
const LEFT: f64 = 210.0;
const RIGHT: f64 = 24.0;
const TOP: f64 = 72.0;
const LANE: f64 = 46.0;
const POLL: f64 = 18.0;
const WAIT: f64 = 12.0;
/// More arrows than this are only ink.
const ARROWS: usize = 400;

/// Light, and dark where the reader's machine is.
const STYLE: &str = "
svg{--paper:#fff;--ink:#1d2733;--dim:#667485;--line:#dde3ea;--poll:#3878c7;--done:#23875a;--wait:#c9731d;--wake:#9457b8;--bad:#c23b3b}
@media(prefers-color-scheme:dark){svg{--paper:#14191f;--ink:#e6ebf1;--dim:#93a1b1;--line:#2b343f;--poll:#64a3ee;--done:#4fbb88;--wait:#e79a4b;--wake:#c590e6;--bad:#ee7070}}
text{font:12px system-ui,sans-serif;fill:var(--ink)}.title{font-size:17px;font-weight:600}.dim{fill:var(--dim);font-size:11px}
.paper{fill:var(--paper)}.line{stroke:var(--line)}.life{stroke:var(--dim);stroke-width:1.5;opacity:.55}
.poll{fill:var(--poll)}.done{fill:var(--done)}.wait{stroke:var(--wait)}.hatch{stroke:var(--wait);stroke-width:2.4}
.wake{stroke:var(--wake);stroke-width:1.3;fill:none}.head{fill:var(--wake)}.bad{stroke:var(--bad);stroke-width:2}.on{font-size:10.5px;font-weight:600;paint-order:stroke;stroke:var(--paper);stroke-width:4.5px;stroke-linejoin:round}
";

impl Trace {
    /// As a picture: an SVG file that stands alone, without script, readable on light and on dark.
    ///
    /// A lane for each party, from its beginning to its end: boxes are polls (green the last one, which was
    /// ready), hatched bars are waits, with what is waited for, and arrows lead from the one that wakes to
    /// the one that is woken. A cross marks one that was cancelled or panicked. Everything has a tooltip.
    pub fn to_svg(&self, title: &str) -> String {
        let spans = self.spans();
        let mut lanes = 0;
        let mut lane_of = |(number, party): (usize, &Party)| {
            let is_seen =
                party.role() != Role::Thread || spans.iter().any(|span| span.who == number);
            is_seen.then(|| {
                lanes += 1;
                lanes - 1
            })
        };
        let lanes = self.parties.iter().enumerate().map(&mut lane_of).collect();
        Picture { trace: self, lanes, end: self.end() }.draw(title, &spans)
    }
}

struct Picture<'a> {
    trace: &'a Trace,
    /// Of each party. A thread that does nothing but wake others has none.
    lanes: Vec<Option<usize>>,
    end: f64,
}

impl Picture<'_> {
    fn draw(&self, title: &str, spans: &[Span<'_>]) -> String {
        let trace = self.trace;
        let bottom = TOP + LANE * self.lanes.iter().flatten().count() as f64;
        let (title, height) = (escape(title), bottom + 66.0);
        let mut out = format!(
            "<svg xmlns=\"http://www.w3.org/2000/svg\" viewBox=\"0 0 {WIDTH} {height}\" role=\"img\" \
             aria-label=\"{title}\">\n<style>{STYLE}</style>\n<defs><pattern id=\"hatch\" width=\"6\" \
             height=\"6\" patternUnits=\"userSpaceOnUse\" patternTransform=\"rotate(45)\"><path \
             class=\"hatch\" d=\"M1 0v6\"/></pattern><marker id=\"head\" viewBox=\"0 0 8 8\" refX=\"7\" \
             refY=\"4\" markerWidth=\"7\" markerHeight=\"7\" orient=\"auto\"><path class=\"head\" d=\"M0 \
             0 8 4 0 8z\"/></marker></defs>\n<rect class=\"paper\" width=\"{WIDTH}\" \
             height=\"{height}\"/>\n<text class=\"title\" x=\"16\" y=\"30\">{title}</text>\n"
        );
        self.axis(&mut out, bottom);
        self.lanes(&mut out);
        for span in spans {
            self.span(&mut out, span);
        }
        let arrows =
            trace.events.iter().enumerate().filter_map(|(id, moment)| self.arrow(id, moment));
        for arrow in arrows.take(ARROWS) {
            out += &arrow;
        }
        self.ends(&mut out);
        legend(&mut out, bottom + 48.0);
        if trace.missed > 0 {
            let _ = writeln!(
                out,
                "<text class=\"dim\" x=\"{}\" y=\"30\" text-anchor=\"end\">{} events more</text>",
                WIDTH - RIGHT,
                trace.missed
            );
        }
        out + "</svg>\n"
    }

    fn x(&self, at: f64) -> f64 {
        LEFT + at / self.end * (WIDTH - LEFT - RIGHT)
    }

    /// The middle of a party's boxes.
    fn y(&self, who: usize) -> Option<f64> {
        Some(TOP + LANE * self.lanes[who]? as f64 + 4.0 + POLL / 2.0)
    }

    fn axis(&self, out: &mut String, bottom: f64) {
        let step = nice(self.end / 10.0, self.trace.in_steps);
        let (unit, scale, digits) = match () {
            () if self.trace.in_steps => ("steps", 1.0, 0),
            () if step >= 1e6 => ("s", 1e-6, 0),
            () if step >= 1e5 => ("s", 1e-6, 1),
            () if step >= 1e3 => ("ms", 1e-3, 0),
            () if step >= 1e2 => ("ms", 1e-3, 1),
            () => ("µs", 1.0, usize::from(step < 1.0)),
        };
        let mut at = 0.0;
        while at <= self.end {
            let (x, label) = (self.x(at), at * scale);
            let _ = writeln!(
                out,
                "<path class=\"line\" d=\"M{x:.1} {:.1}V{bottom:.1}\"/><text class=\"dim\" x=\"{x:.1}\" \
                 y=\"{:.1}\" text-anchor=\"middle\">{label:.digits$}</text>",
                TOP - 8.0,
                TOP - 14.0
            );
            at += step;
        }
        let y = TOP - 14.0;
        let _ = writeln!(
            out,
            "<text class=\"dim\" x=\"{:.1}\" y=\"{y:.1}\" text-anchor=\"end\">{unit}</text>",
            LEFT - 16.0
        );
    }

    fn lanes(&self, out: &mut String) {
        for (lane, party) in self.trace.parties.iter().enumerate() {
            let Some(y) = self.y(lane) else { continue };
            let mine = || self.trace.events.iter().filter(|moment| moment.who == lane);
            let from = mine().next().map_or(0.0, |moment| moment.at);
            let over = mine().any(|moment| matches!(moment.what, What::Ended { .. }));
            let to = mine().next_back().filter(|_| over).map_or(self.end, |moment| moment.at);
            let at = party.at().map(ToString::to_string).unwrap_or_default();
            let name = escape(&shorten(&party.to_string(), 32));
            let tip = escape(&format!("{party} {at}"));
            let file = escape(&shorten(at.rsplit('/').next().unwrap_or_default(), 32));
            let _ = writeln!(
                out,
                "<g><title>{tip}</title><text x=\"16\" y=\"{:.1}\">{name}</text><text class=\"dim\" \
                 x=\"16\" y=\"{:.1}\">{file}</text><path class=\"life\" d=\"M{:.1} {y:.1}H{:.1}\"/></g>",
                y + 3.0,
                y + 17.0,
                self.x(from),
                self.x(to).max(self.x(from) + 1.0)
            );
        }
    }

    fn span(&self, out: &mut String, span: &Span<'_>) {
        let Some(y) = self.y(span.who) else { return };
        let x = self.x(span.from);
        let (width, unit) = (self.x(span.to) - x, if self.trace.in_steps { "" } else { " µs" });
        let (from, to) = (span.from, span.to);
        let digits = usize::from(!self.trace.in_steps);
        match span.kind {
            SpanKind::Poll { ready } => {
                let (class, then) = if ready { ("done", "ready") } else { ("poll", "pending") };
                let thread = escape(&self.trace.threads[span.thread]);
                let _ = writeln!(
                    out,
                    "<rect class=\"{class}\" x=\"{x:.1}\" y=\"{:.1}\" width=\"{:.1}\" height=\"{POLL}\" \
                     rx=\"2\"><title>polled from {from:.digits$} to {to:.digits$}{unit} on {thread}: \
                     {then}</title></rect>",
                    y - POLL / 2.0,
                    (width - 0.6).max(1.8)
                );
            }
            SpanKind::Wait { granted } => {
                let object = escape(span.moment.object.as_deref().unwrap_or_default());
                let at = match &span.moment.what {
                    What::WaitBegan { at, .. } => escape(&at.to_string()),
                    _ => String::new(),
                };
                let end = match granted {
                    Some(true) => "its turn came",
                    Some(false) => "given up, or quicker than its turn",
                    None => "not over",
                };
                let top = y + POLL / 2.0 + 3.0;
                let _ = writeln!(
                    out,
                    "<g><title>waits for {object} from {from:.digits$} to {to:.digits$}{unit} at {at}: \
                     {end}</title><rect class=\"wait\" fill=\"url(#hatch)\" x=\"{x:.1}\" y=\"{top:.1}\" \
                     width=\"{:.1}\" height=\"{WAIT}\" rx=\"2\"/>",
                    width.max(2.0)
                );
                if width > object.chars().count() as f64 * 5.6 + 8.0 {
                    let _ = writeln!(
                        out,
                        "<text class=\"on\" x=\"{:.1}\" y=\"{:.1}\">{object}</text>",
                        x + 5.0,
                        top + 9.6
                    );
                }
                *out += "</g>\n";
            }
        }
    }

    /// From the one that wakes to the one that is woken; of what has no lane, a short one from above.
    fn arrow(&self, id: usize, moment: &Moment) -> Option<String> {
        let What::Woken { .. } = moment.what else { return None };
        let mut later = self.trace.events[id..].iter();
        let next =
            later.find(|next| next.who == moment.who && matches!(next.what, What::PollBegan));
        let (x, to) = (self.x(moment.at), self.x(next.map_or(moment.at, |next| next.at)));
        let end = self.y(moment.who)?;
        let by = moment.by.filter(|by| *by != moment.who);
        let Some((by, from)) = by.and_then(|by| Some((by, self.y(by)?))) else {
            if moment.by == Some(moment.who) {
                return None; // it woke itself: it yields
            }
            let (from, end) = (end - POLL / 2.0 - 10.0, end - POLL / 2.0);
            let tip = "woken by a timer, a thread, IO or another crate";
            return Some(format!(
                "<path class=\"wake\" marker-end=\"url(#head)\" d=\"M{x:.1} {from:.1}L{to:.1} {end:.1}\">\
                 <title>{tip}</title></path>\n"
            ));
        };
        let down = if end > from { 1.0 } else { -1.0 };
        let (from, end) = (from + down * POLL / 2.0, end - down * POLL / 2.0);
        let tip =
            escape(&format!("{} wakes {}", self.trace.parties[by], self.trace.parties[moment.who]));
        Some(format!(
            "<path class=\"wake\" marker-end=\"url(#head)\" d=\"M{x:.1} {from:.1}L{to:.1} {end:.1}\">\
             <title>{tip}</title></path>\n"
        ))
    }

    fn ends(&self, out: &mut String) {
        for moment in &self.trace.events {
            let What::Ended { how: how @ (Ending::Cancelled | Ending::Panicked) } = moment.what
            else {
                continue;
            };
            let Some(y) = self.y(moment.who) else { continue };
            let x = self.x(moment.at);
            let tip = if how == Ending::Cancelled { "cancelled" } else { "panicked" };
            let _ = writeln!(
                out,
                "<path class=\"bad\" d=\"M{:.1} {:.1}l10 10m0-10l-10 10\"><title>{tip}</title></path>",
                x - 5.0,
                y - 5.0
            );
        }
    }
}

fn legend(out: &mut String, y: f64) {
    let (box_top, text) = (y - 10.0, y);
    let _ = writeln!(
        out,
        "<g><rect class=\"poll\" x=\"{LEFT}\" y=\"{box_top}\" width=\"16\" height=\"12\" rx=\"2\"/><text \
         class=\"dim\" x=\"{}\" y=\"{text}\">poll: pending</text><rect class=\"done\" x=\"{}\" \
         y=\"{box_top}\" width=\"16\" height=\"12\" rx=\"2\"/><text class=\"dim\" x=\"{}\" \
         y=\"{text}\">poll: ready</text><rect class=\"wait\" fill=\"url(#hatch)\" x=\"{}\" \
         y=\"{box_top}\" width=\"34\" height=\"12\" rx=\"2\"/><text class=\"dim\" x=\"{}\" \
         y=\"{text}\">waits for</text><path class=\"wake\" marker-end=\"url(#head)\" d=\"M{} \
         {}h26\"/><text class=\"dim\" x=\"{}\" y=\"{text}\">wakes</text><path class=\"bad\" d=\"M{} \
         {box_top}l10 10m0-10l-10 10\"/><text class=\"dim\" x=\"{}\" y=\"{text}\">cancelled, or \
         panicked</text></g>",
        LEFT + 22.0,
        LEFT + 120.0,
        LEFT + 142.0,
        LEFT + 230.0,
        LEFT + 270.0,
        LEFT + 340.0,
        y - 4.0,
        LEFT + 374.0,
        LEFT + 430.0,
        LEFT + 446.0
    );
}

/// 1, 2 or 5 times a power of ten, at least `at_least`.
fn nice(at_least: f64, whole: bool) -> f64 {
    let power = 10_f64.powf(at_least.max(1e-3).log10().floor());
    let step = [1.0, 2.0, 5.0, 10.0].into_iter().find(|factor| factor * power >= at_least);
    let step = step.unwrap_or(10.0) * power;
    if whole { step.max(1.0) } else { step }
}

fn shorten(text: &str, most: usize) -> String {
    if text.chars().count() <= most {
        return text.to_owned();
    }
    text.chars().take(most - 1).chain(['…']).collect()
}

fn escape(text: &str) -> String {
    text.replace('&', "&amp;").replace('<', "&lt;").replace('>', "&gt;").replace('"', "&quot;")
}
