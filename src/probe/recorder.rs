#![allow(clippy::cast_precision_loss, reason = "it is an axis")]

use std::collections::BTreeMap;
use std::fmt;
use std::sync::{Arc, Mutex, MutexGuard, PoisonError};
use std::thread;

use super::{Event, Object, Party, Probe, What};

/// A probe that keeps what it is told, and makes a [`Trace`] of it.
///
/// Clones share what they keep. It keeps a million events, and counts those that come after; one takes
/// about a hundred bytes.
///
/// # Examples
///
/// ```
/// use anyrt::prelude::*;
/// use anyrt::probe::{self, Recorder};
///
/// let recorder = Recorder::new();
/// let installed = probe::install(recorder.clone());
/// let owner = anyrt::ThreadsOwner::new().unwrap();
/// owner.run(|rt| async move { rt.spawn_named("hello", async {}).await.unwrap() });
/// drop(installed);
///
/// let trace = recorder.trace();
/// assert!(trace.to_svg("hello").contains("'hello'")); // a picture,
/// assert!(trace.to_json().contains("'hello'")); // or for https://ui.perfetto.dev
/// ```
#[derive(Clone, Default)]
pub struct Recorder(Arc<Mutex<Kept>>);

#[derive(Default)]
struct Kept {
    events: Vec<(Event, Thread)>,
    missed: u64,
}

/// A name, and what tells two of one name apart. All of a simulation's are one.
type Thread = Option<(thread::ThreadId, String)>;

const MOST: usize = 1_000_000;

impl Recorder {
    /// Makes one that has kept nothing.
    pub fn new() -> Self {
        Self::default()
    }

    /// What it was told until now.
    pub fn trace(&self) -> Trace {
        let kept = self.lock();
        let (events, missed) = (kept.events.clone(), kept.missed);
        drop(kept);
        Trace::new(events, missed)
    }

    /// Nothing panics under this lock.
    fn lock(&self) -> MutexGuard<'_, Kept> {
        self.0.lock().unwrap_or_else(PoisonError::into_inner)
    }
}

impl Probe for Recorder {
    fn event(&self, event: &Event) {
        let thread = event.step.is_none().then(|| {
            let thread = thread::current();
            (thread.id(), thread.name().unwrap_or("<unnamed>").to_owned())
        });
        let mut kept = self.lock();
        if kept.events.len() < MOST {
            kept.events.push((event.clone(), thread));
        } else {
            kept.missed += 1;
        }
    }
}

impl fmt::Debug for Recorder {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.debug_struct("Recorder")
            .field("events", &self.lock().events.len())
            .finish_non_exhaustive()
    }
}

/// What happened, in the order in which it was told, to be [drawn](Self::to_svg) or
/// [written](Self::to_json).
///
/// That of a simulation is the same, byte for byte, for the same seed. Its axis is the number of steps, as
/// a poll takes no virtual time.
#[derive(Debug, Clone)]
pub struct Trace {
    pub(super) events: Vec<Moment>,
    /// In the order of their appearance.
    pub(super) parties: Vec<Party>,
    pub(super) threads: Vec<String>,
    pub(super) in_steps: bool,
    pub(super) missed: u64,
}

/// One event, with everything by its place in the trace.
#[derive(Debug, Clone)]
pub(super) struct Moment {
    /// In microseconds since the first, or in steps.
    pub(super) at: f64,
    pub(super) who: usize,
    pub(super) by: Option<usize>,
    pub(super) thread: usize,
    pub(super) what: What,
    /// The name of what it is about.
    pub(super) object: Option<String>,
}

impl Trace {
    fn new(events: Vec<(Event, Thread)>, missed: u64) -> Self {
        let in_steps = events.first().is_some_and(|(event, _)| event.step.is_some());
        let mut per_step = BTreeMap::new();
        for (event, _) in &events {
            *per_step.entry(event.step.unwrap_or(0)).or_insert(0_u32) += 1;
        }
        let mut trace =
            Self { events: Vec::new(), parties: Vec::new(), threads: Vec::new(), in_steps, missed };
        let (mut party_places, mut thread_places, mut objects) =
            (BTreeMap::new(), Vec::new(), BTreeMap::new());
        let begin = events.iter().map(|(event, _)| event.at).min();
        let mut seen_in_step = (0, 0_u32);
        for (event, thread) in events {
            let mut place = |party: &Party| {
                *party_places.entry((party.role() as u8, party.id())).or_insert_with(|| {
                    trace.parties.push(party.clone());
                    trace.parties.len() - 1
                })
            };
            let who = place(&event.who);
            let by = match &event.what {
                What::Began { by } | What::Woken { by } | What::Granted { by, .. } => by.as_ref(),
                _ => None,
            };
            let by = by.map(&mut place);
            let key = thread.as_ref().map(|(id, _)| *id);
            let thread =
                thread_places.iter().position(|there| *there == key).unwrap_or_else(|| {
                    thread_places.push(key);
                    trace.threads.push(thread.map_or("the simulator".into(), |(_, name)| name));
                    thread_places.len() - 1
                });
            let at = if in_steps {
                let step = event.step.unwrap_or(0);
                if seen_in_step.0 != step {
                    seen_in_step = (step, 0);
                }
                seen_in_step.1 += 1;
                // A step is as wide as any other, and what happens in it is spread over it.
                step as f64 + f64::from(seen_in_step.1 - 1) / f64::from(per_step[&step])
            } else {
                let since = begin.map(|begin| event.at.saturating_duration_since(begin));
                since.unwrap_or_default().as_secs_f64() * 1e6
            };
            let object = object_of(&event.what).map(|object| {
                let next = objects.len() + 1;
                let number = *objects.entry(object.id()).or_insert(next);
                match object.name() {
                    Some(name) => format!("{} '{name}'", object.kind()),
                    None => format!("{} #{number}", object.kind()),
                }
            });
            trace.events.push(Moment { at, who, by, thread, what: event.what, object });
        }
        trace
    }

    /// How many events there are.
    pub fn len(&self) -> usize {
        self.events.len()
    }

    /// Whether nothing has happened.
    pub fn is_empty(&self) -> bool {
        self.events.is_empty()
    }

    /// How many more events there were, which nobody kept.
    pub fn missed(&self) -> u64 {
        self.missed
    }

    /// What lasted from one event to another: polls, and waits.
    pub(super) fn spans(&self) -> Vec<Span<'_>> {
        let end = self.end();
        let mut spans = Vec::new();
        let mut polls = BTreeMap::new();
        let mut waits: BTreeMap<_, Vec<usize>> = BTreeMap::new();
        for moment in &self.events {
            let Moment { at, who, thread, .. } = *moment;
            match &moment.what {
                What::PollBegan => {
                    polls.insert(who, spans.len());
                    let kind = SpanKind::Poll { ready: false };
                    spans.push(Span { kind, who, thread, from: at, to: end, moment });
                }
                What::PollEnded { ready } => {
                    if let Some(begun) = polls.remove(&who) {
                        spans[begun].to = at;
                        spans[begun].kind = SpanKind::Poll { ready: *ready };
                    }
                }
                What::WaitBegan { .. } => {
                    waits.entry((who, moment.object.clone())).or_default().push(spans.len());
                    let kind = SpanKind::Wait { granted: None };
                    spans.push(Span { kind, who, thread, from: at, to: end, moment });
                }
                What::WaitEnded { granted, .. } => {
                    let begun = waits.get_mut(&(who, moment.object.clone())).and_then(Vec::pop);
                    if let Some(begun) = begun {
                        spans[begun].to = at;
                        spans[begun].kind = SpanKind::Wait { granted: Some(*granted) };
                    }
                }
                _ => {}
            }
        }
        spans
    }

    pub(super) fn end(&self) -> f64 {
        let last = self.events.iter().map(|moment| moment.at).fold(0.0, f64::max);
        if self.in_steps { last.floor() + 1.0 } else { last.max(1.0) }
    }
}

/// Something that lasted.
pub(super) struct Span<'a> {
    pub(super) kind: SpanKind,
    pub(super) who: usize,
    pub(super) thread: usize,
    pub(super) from: f64,
    pub(super) to: f64,
    /// How it began.
    pub(super) moment: &'a Moment,
}

#[derive(Clone, Copy)]
pub(super) enum SpanKind {
    Poll {
        ready: bool,
    },
    /// `None` while it lasts.
    Wait {
        granted: Option<bool>,
    },
}

fn object_of(what: &What) -> Option<&Object> {
    match what {
        What::WaitBegan { on, .. }
        | What::Granted { on, .. }
        | What::WaitEnded { on, .. }
        | What::Acquired { on, .. }
        | What::Released { on, .. } => Some(on),
        _ => None,
    }
}
