//! Every small program over `Event`.

use super::generated;
use crate::harness::Model;
use crate::linear::{self, Step, Subject, What};
use crate::session::{Tell, Waits, tell};
use crate::sync::Event;
use std::sync::Arc;

pub(in super::super) const MODELS: &[Model] =
    &[generated("event::generated", 2, linear::all::<Events>)];

#[derive(Debug)]
struct Events;

#[derive(Debug, Clone, Copy, PartialEq)]
enum EventOp {
    Set,
    Clear,
    IsSet,
}

/// Whether it is set; who waits; who was released and does not know it yet.
#[derive(Debug, Clone, Default)]
struct EventSpec {
    set: bool,
    waiting: Vec<usize>,
    released: Vec<usize>,
}

impl Waits for Events {
    type Object = Event;
    type Ret = bool;

    fn object() -> Event {
        Event::new()
    }

    async fn wait(event: Arc<Event>, _kind: u8, told: Tell<bool>) {
        event.wait().await;
        tell(&told, true);
    }
}

impl Subject for Events {
    type Op = EventOp;
    type Spec = EventSpec;

    const OPS: &'static [EventOp] = &[EventOp::Set, EventOp::Clear, EventOp::IsSet];
    const WAITS: &'static [u8] = &[0];
    const PRELUDES: &'static [&'static [Step<EventOp>]] =
        &[&[], &[Step::Wait(0)], &[Step::Do(EventOp::Set)]];

    fn spec() -> EventSpec {
        EventSpec::default()
    }

    fn run(event: &Event, op: EventOp) -> bool {
        match op {
            EventOp::Set => event.set(),
            EventOp::Clear => event.clear(),
            EventOp::IsSet => return event.is_set(),
        }
        true
    }

    fn reads(op: EventOp) -> bool {
        op == EventOp::IsSet
    }

    fn accept(spec: &mut EventSpec, call: &What<EventOp, bool>) -> bool {
        match call {
            What::Did(EventOp::Set, _) => {
                spec.set = true;
                spec.released.append(&mut spec.waiting);
                true
            }
            What::Did(EventOp::Clear, _) => {
                spec.set = false;
                true
            }
            What::Did(EventOp::IsSet, so) => *so == spec.set,
            What::Polled(id, _, Some(_)) => {
                let released = spec.released.contains(id);
                spec.released.retain(|other| other != id);
                spec.set || released
            }
            What::Polled(id, _, None) => {
                if !spec.waiting.contains(id) {
                    spec.waiting.push(*id);
                }
                !spec.set && !spec.released.contains(id)
            }
            What::Dropped(id, _) => {
                spec.waiting.retain(|other| other != id);
                spec.released.retain(|other| other != id);
                true
            }
        }
    }
}
