use std::fmt::Write as _;

use super::recorder::{Moment, SpanKind, Trace};
use super::{Ending, What};

impl Trace {
    /// As JSON in the Trace Event Format, which <https://ui.perfetto.dev> and `chrome://tracing` open.
    ///
    /// One object with `traceEvents`, an array, and `otherData`: `unit` is `us` or, of a simulation,
    /// `steps`, and `missed` counts the events that were not kept. In the array:
    ///
    /// | `ph` | `cat` | is |
    /// |---|---|---|
    /// | `M` | | the name of a lane: `tid` is the number of a party, in the order of appearance |
    /// | `X` | `poll` | a poll, from `ts` for `dur`; `args`: `thread`, `ready` |
    /// | `b`, `e` | `wait` | the ends of a wait, of one `id`; `args`: `at`, and at the end `granted` |
    /// | `s`, `f` | `wake` | a wake-up, of one `id`: from the one that wakes to the one that is woken |
    /// | `i` | `party` | that a party began (`args`: `at`) or ended (`args`: `how`) |
    /// | `i` | `hold` | that it acquired or released something (`args`: `permits`) |
    ///
    /// Times are in microseconds since the first event; a step is written as one.
    pub fn to_json(&self) -> String {
        let mut out = Array(String::from("{\"traceEvents\":["), true);
        for (tid, party) in self.parties.iter().enumerate() {
            let name = text(&party.to_string());
            out.push(&format!(
                "\"ph\":\"M\",\"name\":\"thread_name\",\"pid\":1,\"tid\":{tid},\"args\":{{\"name\":{name}}}"
            ));
        }
        for (id, span) in self.spans().into_iter().enumerate() {
            let (tid, from, to) = (span.who, span.from, span.to);
            match span.kind {
                SpanKind::Poll { ready } => {
                    let thread = text(&self.threads[span.thread]);
                    out.push(&format!(
                        "\"ph\":\"X\",\"cat\":\"poll\",\"name\":\"poll\",\"pid\":1,\"tid\":{tid},\
                         \"ts\":{from:.3},\"dur\":{:.3},\"args\":{{\"thread\":{thread},\"ready\":{ready}}}",
                        to - from
                    ));
                }
                SpanKind::Wait { granted } => {
                    let name = text(span.moment.object.as_deref().unwrap_or_default());
                    let at = place_of(span.moment);
                    let same = format!(
                        "\"cat\":\"wait\",\"name\":{name},\"pid\":1,\"tid\":{tid},\"id\":{id}"
                    );
                    out.push(&format!(
                        "\"ph\":\"b\",{same},\"ts\":{from:.3},\"args\":{{\"at\":{at}}}"
                    ));
                    if let Some(granted) = granted {
                        out.push(&format!(
                            "\"ph\":\"e\",{same},\"ts\":{to:.3},\"args\":{{\"granted\":{granted}}}"
                        ));
                    }
                }
            }
        }
        for (id, moment) in self.events.iter().enumerate() {
            self.push_moment(&mut out, id, moment);
        }
        let unit = if self.in_steps { "steps" } else { "us" };
        let missed = self.missed;
        let mut out = out.0;
        let _ = write!(out, "\n],\"otherData\":{{\"unit\":\"{unit}\",\"missed\":{missed}}}}}\n");
        out
    }

    fn push_moment(&self, out: &mut Array, id: usize, moment: &Moment) {
        let (at, tid) = (moment.at, moment.who);
        let mut instant = |cat: &str, name: &str, args: &str| {
            let name = text(name);
            out.push(&format!(
                "\"ph\":\"i\",\"s\":\"t\",\"cat\":\"{cat}\",\"name\":{name},\"pid\":1,\"tid\":{tid},\
                 \"ts\":{at:.3},\"args\":{{{args}}}"
            ));
        };
        let object = moment.object.as_deref().unwrap_or_default();
        match &moment.what {
            What::Began { .. } => {
                let place =
                    self.parties[tid].at().map_or("null".into(), |at| text(&at.to_string()));
                instant("party", "began", &format!("\"at\":{place}"));
            }
            What::Ended { how } => {
                let how = match how {
                    Ending::Finished => "finished",
                    Ending::Cancelled => "cancelled",
                    Ending::Panicked => "panicked",
                };
                instant("party", "ended", &format!("\"how\":\"{how}\""));
            }
            What::Acquired { permits, .. } => {
                instant("hold", &format!("acquired {object}"), &format!("\"permits\":{permits}"));
            }
            What::Released { permits, .. } => {
                instant("hold", &format!("released {object}"), &format!("\"permits\":{permits}"));
            }
            What::Woken { .. } => {
                let same = format!("\"cat\":\"wake\",\"name\":\"wake\",\"pid\":1,\"id\":{id}");
                if let Some(by) = moment.by {
                    out.push(&format!("\"ph\":\"s\",{same},\"tid\":{by},\"ts\":{at:.3}"));
                }
                let next = self.events[id..]
                    .iter()
                    .find(|next| next.who == tid && matches!(next.what, What::PollBegan));
                if let Some(next) = next {
                    let at = next.at;
                    out.push(&format!(
                        "\"ph\":\"f\",\"bp\":\"e\",{same},\"tid\":{tid},\"ts\":{at:.3}"
                    ));
                }
            }
            _ => {}
        }
    }
}

/// The objects of an array, one a line.
struct Array(String, bool);

impl Array {
    fn push(&mut self, fields: &str) {
        let comma = if std::mem::take(&mut self.1) { "" } else { "," };
        let _ = write!(self.0, "{comma}\n{{{fields}}}");
    }
}

fn place_of(moment: &Moment) -> String {
    match &moment.what {
        What::WaitBegan { at, .. } => text(&at.to_string()),
        _ => "null".into(),
    }
}

/// A string of JSON.
fn text(text: &str) -> String {
    let mut out = String::from("\"");
    for letter in text.chars() {
        match letter {
            '"' => out += "\\\"",
            '\\' => out += "\\\\",
            letter if letter < ' ' => {
                let _ = write!(out, "\\u{:04x}", letter as u32);
            }
            letter => out.push(letter),
        }
    }
    out + "\""
}
