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
/// So many parties have colours of their own, where the lanes are threads; they are named in columns.
const COLOURS: usize = 8;
const COLUMNS: usize = 4;
const ROW: f64 = 20.0;
/// More names than this are only ink.
const NAMES: usize = 24;

/// Light, and dark where the reader's machine is.
const STYLE: &str = "
svg{--paper:#fff;--ink:#1d2733;--dim:#667485;--line:#dde3ea;--poll:#3878c7;--done:#23875a;--wait:#c9731d;--wake:#9457b8;--bad:#c23b3b;--box:#fff;--c0:#2f6db5;--c1:#b3561a;--c2:#23785a;--c3:#7a4aa0;--c4:#b03a5b;--c5:#0f7a8a;--c6:#6b6b1e;--c7:#5a6470}
@media(prefers-color-scheme:dark){svg{--paper:#14191f;--ink:#e6ebf1;--dim:#93a1b1;--line:#2b343f;--poll:#64a3ee;--done:#4fbb88;--wait:#e79a4b;--wake:#c590e6;--bad:#ee7070;--box:#10151b;--c0:#6aa9f0;--c1:#eaa05a;--c2:#56c393;--c3:#c796ea;--c4:#f08aa6;--c5:#55c5d3;--c6:#c3c255;--c7:#a9b4c0}}
text{font:12px system-ui,sans-serif;fill:var(--ink)}.title{font-size:17px;font-weight:600}.dim{fill:var(--dim);font-size:11px}
.paper{fill:var(--paper)}.line{stroke:var(--line)}.life{stroke:var(--dim);stroke-width:1.5;opacity:.55}
.poll{fill:var(--poll)}.done{fill:var(--done)}.wait{stroke:var(--wait)}.hatch{stroke:var(--wait);stroke-width:2.4}
.wake{stroke:var(--wake);stroke-width:1.3;fill:none}.head{fill:var(--wake)}.bad{stroke:var(--bad);stroke-width:2}.on{font-size:10.5px;font-weight:600;paint-order:stroke;stroke:var(--paper);stroke-width:4.5px;stroke-linejoin:round}
.c0{fill:var(--c0)}.c1{fill:var(--c1)}.c2{fill:var(--c2)}.c3{fill:var(--c3)}.c4{fill:var(--c4)}.c5{fill:var(--c5)}.c6{fill:var(--c6)}.c7{fill:var(--c7)}.in{fill:var(--box);font-size:10.5px;font-weight:600}.inner{stroke:var(--paper);stroke-width:1.2}
";

impl Trace {
    /// As a picture: an SVG file that stands alone, without script, readable on light and on dark.
    ///
    /// A lane for each party, from its beginning to its end: boxes are polls (green the last one, which was
    /// ready), hatched bars are waits, with what is waited for, and arrows lead from the one that wakes to
    /// the one that is woken. A cross marks one that was cancelled or panicked. Everything has a tooltip.
    pub fn to_svg(&self, title: &str) -> String {
        let spans = self.spans();
        let is_seen = |(number, party): (usize, &Party)| {
            party.role() != Role::Thread || spans.iter().any(|span| span.who == number)
        };
        let lanes = number(self.parties.iter().enumerate().map(is_seen));
        Picture { trace: self, by: By::Party, lanes, end: self.end() }.draw(title, &spans)
    }

    /// As [`to_svg`](Self::to_svg), with a lane for each thread that polls: what each of them did, and when
    /// it had nothing to do.
    ///
    /// The boxes are the polls and jobs that it ran, in the colour of their party; what ran inside of
    /// another is drawn inside of it. Arrows lead from the thread that wakes to the one that polls. Who
    /// waits is on no thread, so waits are not in it. A simulation is one thread.
    ///
    /// # Examples
    ///
    /// ```
    /// use anyrt::prelude::*;
    /// use anyrt::probe::{self, Recorder};
    ///
    /// let recorder = Recorder::new();
    /// let installed = probe::install(recorder.clone());
    /// let owner = anyrt::ThreadsOwner::builder().workers(2).build().unwrap();
    /// owner.run(|rt| async move {
    ///     let tasks = [(); 4].map(|()| rt.spawn(anyrt::task::yield_now()));
    ///     for task in tasks {
    ///         task.await.unwrap();
    ///     }
    /// });
    /// drop(installed);
    /// let picture = recorder.trace().to_svg_by_thread("four tasks, two workers");
    /// assert!(picture.contains("<title>anyrt-"));
    /// ```
    pub fn to_svg_by_thread(&self, title: &str) -> String {
        let mut spans = self.spans();
        spans.retain(|span| matches!(span.kind, SpanKind::Poll { .. }));
        let runs = |thread| spans.iter().any(|span| span.thread == thread);
        let lanes = number((0..self.threads.len()).map(runs));
        Picture { trace: self, by: By::Thread, lanes, end: self.end() }.draw(title, &spans)
    }
}

/// The lanes of those that have one.
fn number(has_lane: impl Iterator<Item = bool>) -> Vec<Option<usize>> {
    let mut lanes = 0..;
    has_lane.map(|has| if has { lanes.next() } else { None }).collect()
}

/// What a lane is.
#[derive(Clone, Copy, PartialEq)]
enum By {
    Party,
    Thread,
}

struct Picture<'a> {
    trace: &'a Trace,
    by: By,
    /// Of each party, or of each thread. A thread that does nothing but wake others has none.
    lanes: Vec<Option<usize>>,
    end: f64,
}

impl Picture<'_> {
    fn draw(&self, title: &str, spans: &[Span<'_>]) -> String {
        let trace = self.trace;
        let bottom = TOP + LANE * self.lanes.iter().flatten().count() as f64;
        let mut ran: Vec<_> = match self.by {
            By::Party => Vec::new(),
            By::Thread => spans.iter().map(|span| span.who).collect(),
        };
        ran.sort_unstable();
        ran.dedup();
        let rows = ran.len().min(NAMES).div_ceil(COLUMNS);
        let (title, height) = (escape(title), bottom + 66.0 + ROW * rows as f64);
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
        match self.by {
            By::Party => {
                self.lanes_of_parties(&mut out);
                for span in spans {
                    self.span(&mut out, span);
                }
            }
            By::Thread => {
                self.lanes_of_threads(&mut out, spans);
                self.runs(&mut out, spans, &ran);
            }
        }
        let arrows =
            trace.events.iter().enumerate().filter_map(|(id, moment)| self.arrow(id, moment));
        for arrow in arrows.take(ARROWS) {
            out += &arrow;
        }
        self.ends(&mut out);
        match self.by {
            By::Party => legend(&mut out, bottom + 48.0),
            By::Thread => self.names(&mut out, bottom + 40.0, &ran),
        }
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

    /// The middle of a party's boxes, or of those of a thread.
    fn y(&self, who: usize, thread: usize) -> Option<f64> {
        let lane = match self.by {
            By::Party => who,
            By::Thread => thread,
        };
        Some(TOP + LANE * self.lanes[lane]? as f64 + 4.0 + POLL / 2.0)
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

    fn lanes_of_parties(&self, out: &mut String) {
        for (lane, party) in self.trace.parties.iter().enumerate() {
            let Some(y) = self.y(lane, 0) else { continue };
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

    fn lanes_of_threads(&self, out: &mut String, spans: &[Span<'_>]) {
        for (thread, name) in self.trace.threads.iter().enumerate() {
            let Some(y) = self.y(0, thread) else { continue };
            let same = self.trace.threads.iter().filter(|other| *other == name).count();
            let number =
                self.trace.threads[..=thread].iter().filter(|other| *other == name).count();
            let name = if same > 1 { format!("{name} #{number}") } else { name.clone() };
            let runs = || spans.iter().filter(|span| span.thread == thread);
            // What runs inside of another is not counted twice.
            let (mut busy, mut until) = (0.0, 0.0_f64);
            for span in runs() {
                busy += (span.to - span.from.max(until)).max(0.0);
                until = until.max(span.to);
            }
            let _ = writeln!(
                out,
                "<g><title>{tip}</title><text x=\"16\" y=\"{:.1}\">{name}</text><text class=\"dim\" \
                 x=\"16\" y=\"{:.1}\">{} runs, {:.0} % of the time</text><path class=\"life\" d=\"M{LEFT} \
                 {y:.1}H{:.1}\"/></g>",
                y + 3.0,
                y + 17.0,
                runs().count(),
                busy / self.end * 100.0,
                WIDTH - RIGHT,
                tip = escape(&name),
                name = escape(&shorten(&name, 32)),
            );
        }
    }

    /// What threads ran, in the colours of who it was, by the place among those that `ran`.
    fn runs(&self, out: &mut String, spans: &[Span<'_>], ran: &[usize]) {
        let (unit, digits) = if self.trace.in_steps { ("", 0) } else { (" µs", 1) };
        let mut around: Vec<Vec<f64>> = vec![Vec::new(); self.trace.threads.len()];
        for span in spans {
            let Some(y) = self.y(span.who, span.thread) else { continue };
            let (from, to) = (span.from, span.to);
            let around = &mut around[span.thread];
            around.retain(|end| *end > from);
            let inset = 2.5 * around.len().min(3) as f64;
            let inner = if around.is_empty() { "" } else { " inner" };
            around.push(to);
            let party = &self.trace.parties[span.who];
            let x = self.x(from);
            let width = (self.x(to) - x - 0.6).max(1.8);
            let (top, height) = (y - POLL / 2.0 + inset, POLL - 2.0 * inset);
            let _ = writeln!(
                out,
                "<g><title>{} from {from:.digits$} to {to:.digits$}{unit}</title><rect \
                 class=\"c{}{inner}\" x=\"{x:.1}\" y=\"{top:.1}\" width=\"{width:.1}\" \
                 height=\"{height:.1}\" rx=\"2\"/>",
                escape(&party.to_string()),
                ran.binary_search(&span.who).unwrap_or_default() % COLOURS,
            );
            let fits = |text: &String| width > text.chars().count() as f64 * 5.9 + 8.0;
            let text = [party.to_string(), party.name().to_owned()].into_iter().find(fits);
            if let Some(text) = text.filter(|_| inset == 0.0) {
                let (x, y, text) = (x + 5.0, y + 3.8, escape(&text));
                let _ = writeln!(out, "<text class=\"in\" x=\"{x:.1}\" y=\"{y:.1}\">{text}</text>");
            }
            *out += "</g>\n";
        }
    }

    /// Who has which colour.
    fn names(&self, out: &mut String, y: f64, ran: &[usize]) {
        let column = (WIDTH - 16.0 - RIGHT) / COLUMNS as f64;
        for (number, who) in ran.iter().enumerate().take(NAMES) {
            let x = 16.0 + column * (number % COLUMNS) as f64;
            let y = y + ROW * (number / COLUMNS) as f64;
            let text = match ran.len() - number {
                more if number + 1 == NAMES && more > 1 => format!("and {more} more"),
                _ => shorten(&self.trace.parties[*who].to_string(), 40),
            };
            let _ = writeln!(
                out,
                "<rect class=\"c{}\" x=\"{x:.1}\" y=\"{:.1}\" width=\"16\" height=\"12\" \
                 rx=\"2\"/><text class=\"dim\" x=\"{:.1}\" y=\"{y:.1}\">{}</text>",
                number % COLOURS,
                y - 10.0,
                x + 22.0,
                escape(&text)
            );
        }
    }

    fn span(&self, out: &mut String, span: &Span<'_>) {
        let Some(y) = self.y(span.who, span.thread) else { return };
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
        if moment.by == Some(moment.who) {
            return None; // it woke itself: it yields
        }
        let mut later = self.trace.events[id..].iter();
        let next =
            later.find(|next| next.who == moment.who && matches!(next.what, What::PollBegan));
        let (x, to) = (self.x(moment.at), self.x(next.map_or(moment.at, |next| next.at)));
        let end = self.y(moment.who, next.map_or(moment.thread, |next| next.thread))?;
        let from = moment.by.and_then(|by| Some((by, self.y(by, moment.thread)?)));
        let tip = match from {
            Some((by, _)) => {
                let (by, who) = (&self.trace.parties[by], &self.trace.parties[moment.who]);
                escape(&format!("{by} wakes {who}"))
            }
            None => "woken by a timer, a thread, IO or another crate".into(),
        };
        let half = POLL / 2.0;
        let path = match from {
            None => format!("M{x:.1} {:.1}L{to:.1} {:.1}", end - half - 10.0, end - half),
            // On one thread, over what it does in between.
            Some((_, from)) if (from - end).abs() < 1.0 => {
                let (top, above) = (end - half, end - half - 12.0);
                format!("M{x:.1} {top:.1}C{x:.1} {above:.1} {to:.1} {above:.1} {to:.1} {top:.1}")
            }
            Some((_, from)) => {
                let down = if end > from { half } else { -half };
                format!("M{x:.1} {:.1}L{to:.1} {:.1}", from + down, end - down)
            }
        };
        Some(format!(
            "<path class=\"wake\" marker-end=\"url(#head)\" d=\"{path}\"><title>{tip}</title></path>\n"
        ))
    }

    fn ends(&self, out: &mut String) {
        for moment in &self.trace.events {
            let What::Ended { how: how @ (Ending::Cancelled | Ending::Panicked) } = moment.what
            else {
                continue;
            };
            let Some(y) = self.y(moment.who, moment.thread) else { continue };
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
