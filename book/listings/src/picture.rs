//! Draws records as SVG, to be put into a page as it is; `assets/book.css` gives the colours.

use std::fmt::Write as _;

use crate::stage::{Lane, Record, Span, State};

/// The two editions.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub enum Language {
    /// English.
    En,
    /// Chinese.
    Zh,
}

/// Part of a picture: a run, and what it is called.
#[derive(Debug)]
pub struct Panel {
    /// What this run shows.
    pub title: &'static str,
    /// The run.
    pub record: Record,
}

/// A picture: runs one below the other, on one scale of time.
#[derive(Debug)]
pub struct Picture {
    /// The file's name, without its ending.
    pub name: &'static str,
    /// What a listener is told instead.
    pub alt: &'static str,
    /// The unit of time.
    pub unit: &'static str,
    /// The runs.
    pub panels: Vec<Panel>,
}

const WIDTH: u64 = 720;
const LEFT: u64 = 150;
const RIGHT: u64 = 12;
const LANE: u64 = 26;
const BAR: u64 = 18;
const DEPTH: u64 = 9;

impl Picture {
    /// The picture in a language.
    pub fn svg(&self, language: Language) -> String {
        let end = self
            .panels
            .iter()
            .map(|panel| panel.record.end)
            .max()
            .unwrap_or(0)
            .max(1);
        let mut canvas =
            Canvas { language, end, y: 4, body: String::new(), used: Vec::new() };
        for panel in &self.panels {
            canvas.panel(panel);
        }
        canvas.axis(self.unit);
        canvas.legend();
        let (body, height, alt) = (&canvas.body, canvas.y, canvas.say(self.alt));
        format!(
            "<div class=\"run\"><svg class=\"run\" viewBox=\"0 0 {WIDTH} {height}\" role=\"img\" aria-label=\"{alt}\" \
             xmlns=\"http://www.w3.org/2000/svg\">\n{body}</svg></div>\n"
        )
    }
}

/// A word of a picture in a language, for SVG.
pub(crate) fn say(text: &str, language: Language) -> String {
    escape(match language {
        Language::En => text,
        Language::Zh => crate::scenes::zh(text),
    })
}

pub(crate) fn escape(text: &str) -> String {
    text.replace('&', "&amp;").replace('<', "&lt;").replace('"', "&quot;")
}

struct Canvas {
    language: Language,
    end: u64,
    y: u64,
    body: String,
    /// The states that occur, for the legend.
    used: Vec<State>,
}

impl Canvas {
    fn say(&self, text: &str) -> String {
        say(text, self.language)
    }

    fn x(&self, time: u64) -> u64 {
        LEFT + time * (WIDTH - LEFT - RIGHT) / self.end
    }

    fn text(&mut self, class: &str, x: u64, y: u64, text: &str) {
        _ = writeln!(
            self.body,
            "<text class=\"{class}\" x=\"{x}\" y=\"{y}\">{text}</text>"
        );
    }

    fn panel(&mut self, panel: &Panel) {
        if !panel.title.is_empty() {
            let title = self.say(panel.title);
            self.text("title", 4, self.y + 14, &title);
            self.y += 22;
        }
        let mut thread = "";
        for lane in &panel.record.lanes {
            if lane.thread != lane.task && lane.thread != thread {
                let name = self.say(lane.thread);
                self.text("thread", 4, self.y + 13, &name);
                self.y += 18;
            }
            thread = lane.thread;
            self.lane(lane, panel.record.stuck.contains(&lane.task));
        }
        if !panel.record.depths.is_empty() {
            self.depths(&panel.record.depths);
        }
        self.y += 8;
    }

    fn lane(&mut self, lane: &Lane, stuck: bool) {
        let (y, name) = (self.y, self.say(lane.task));
        let indent = if lane.thread == lane.task { 4 } else { 16 };
        self.text("task", indent, y + 13, &name);
        let (x0, x1) = (self.x(0), self.x(self.end));
        let mid = y + BAR / 2;
        _ = writeln!(self.body, "<path class=\"rule\" d=\"M{x0} {mid}H{x1}\"/>");
        let quiet =
            |span: &Span| span.state == State::Waiting && span.label.is_empty();
        for span in lane.spans.iter().filter(|span| !quiet(span)) {
            let to = span.to.min(self.end);
            if !self.used.contains(&span.state) {
                self.used.push(span.state);
            }
            let (x, width) = (self.x(span.from), self.x(to) - self.x(span.from));
            let (class, label) = (class(span.state), self.say(span.label));
            let state = self.say(meaning(span.state));
            _ = writeln!(
                self.body,
                "<rect class=\"{class}\" x=\"{x}\" y=\"{y}\" width=\"{width}\" height=\"{BAR}\" rx=\"2\">\
                 <title>{name}: {label} [{state}] {} – {}</title></rect>",
                span.from,
                if span.to == to { to.to_string() } else { "∞".into() }
            );
            if width_of(&label) + 6 <= width {
                let marked = lane.marks.iter().any(|(time, _)| *time == span.from);
                self.text("label", x + if marked { 9 } else { 4 }, y + 13, &label);
            }
        }
        for &(time, label) in &lane.marks {
            let (x, label) = (self.x(time), self.say(label));
            _ = writeln!(
                self.body,
                "<path class=\"mark\" d=\"M{x} {y}l5 9l-5 9l-5 -9z\"><title>{name}: {label} {time}</title></path>"
            );
            let covered =
                |span: &Span| (span.from..span.to).contains(&time) && !quiet(span);
            let needed = width_of(&label);
            if x + 7 + needed > WIDTH {
                self.text("label inside", x - 7 - needed, y + 13, &label);
            } else if !lane.spans.iter().any(covered) {
                self.text("label", x + 7, y + 13, &label);
            }
        }
        if stuck {
            self.text("stuck", x1 - 12, y + 14, "∞");
        }
        self.y += LANE;
    }

    /// Steps: as high as many items are there.
    fn depths(&mut self, depths: &[(u64, usize)]) {
        let name = self.say("in the queue");
        // Of several changes at one time, only the last one lasts.
        let lasts = |at: usize| {
            depths.get(at + 1).is_none_or(|next| next.0 != depths[at].0)
        };
        let depths: Vec<_> = (0..depths.len())
            .filter(|at| lasts(*at))
            .map(|at| depths[at])
            .collect();
        let most = depths.iter().map(|(_, items)| *items).max().unwrap_or(0).max(1);
        let bottom = self.y + DEPTH * most as u64;
        self.text("task", 4, bottom, &name);
        let mut path = format!("M{} {bottom}", self.x(0));
        for (time, items) in &depths {
            _ = write!(
                path,
                "H{}V{}",
                self.x(*time),
                bottom - DEPTH * *items as u64
            );
        }
        _ = writeln!(
            self.body,
            "<path class=\"depth\" d=\"{path}H{}V{bottom}z\"/>",
            self.x(self.end)
        );
        let left = self.x(0) - 12;
        self.text("tick", left, self.y + 8, &most.to_string());
        self.y = bottom + 6;
    }

    fn axis(&mut self, unit: &'static str) {
        let (y, x0, x1) = (self.y, self.x(0), self.x(self.end));
        _ = writeln!(self.body, "<path class=\"axis\" d=\"M{x0} {y}H{x1}\"/>");
        let step =
            [1, 2, 5, 10, 20, 50].into_iter().find(|step| self.end / step <= 12);
        for time in (0..=self.end)
            .step_by(usize::try_from(step.unwrap_or(100)).unwrap_or(1))
        {
            let x = self.x(time);
            _ = writeln!(self.body, "<path class=\"axis\" d=\"M{x} {y}v4\"/>");
            self.text("tick", x, y + 16, &time.to_string());
        }
        let unit = self.say(unit);
        self.text("task", 4, y + 16, &unit);
        self.y += 26;
    }

    fn legend(&mut self) {
        self.used.sort();
        let mut x = 4;
        for state in self.used.clone() {
            let (y, text) = (self.y, self.say(meaning(state)));
            let class = class(state);
            _ = writeln!(
                self.body,
                "<rect class=\"{class}\" x=\"{x}\" y=\"{y}\" width=\"12\" height=\"12\" rx=\"2\"/>"
            );
            self.text("legend", x + 17, y + 10, &text);
            x += 40
                + text
                    .chars()
                    .map(|c| if c.is_ascii() { 6 } else { 12 })
                    .sum::<u64>();
        }
        self.y += 18;
    }
}

/// About how many pixels a label needs.
fn width_of(label: &str) -> u64 {
    label.chars().map(|c| if c.is_ascii() { 7 } else { 12 }).sum()
}

fn class(state: State) -> &'static str {
    match state {
        State::Ready => "ready",
        State::Running => "running",
        State::Blocking => "blocking",
        State::Waiting => "waiting",
    }
}

fn meaning(state: State) -> &'static str {
    match state {
        State::Ready => "ready, but its thread is taken",
        State::Running => "running",
        State::Blocking => "blocks its thread",
        State::Waiting => "waits; its thread is free",
    }
}
