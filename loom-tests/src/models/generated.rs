//! Every small program over `Event`, `Semaphore` and `Barrier`.

use crate::harness::{Check, Explored, Model};
use crate::linear::{self, Step, Subject, Tell, What, tell, tell_and_hold};
use crate::sync::{Barrier, Event, Semaphore};
use std::sync::Arc;

pub(super) const MODELS: &[Model] = &[
    generated("event::generated", 2, linear::all::<Events>),
    generated("semaphore::generated", 2, linear::all::<Semaphores<false>>),
    generated("fair_semaphore::generated", 2, linear::all::<Semaphores<true>>),
    generated("barrier::generated", 2, linear::all::<Barriers>),
];

pub(super) const fn generated(
    name: &'static str,
    bound: usize,
    all: fn(usize) -> Explored,
) -> Model {
    let proves = "every small program is explained by the specification, and loses no wake-up";
    Model { name, proves, bound, check: Check::Generated(all) }
}

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

impl Subject for Events {
    type Object = Event;
    type Op = EventOp;
    type Ret = bool;
    type Spec = EventSpec;

    const OPS: &'static [EventOp] = &[EventOp::Set, EventOp::Clear, EventOp::IsSet];
    const WAITS: &'static [u8] = &[0];
    const PRELUDES: &'static [&'static [Step<EventOp>]] =
        &[&[], &[Step::Wait(0)], &[Step::Do(EventOp::Set)]];

    fn object() -> Event {
        Event::new()
    }

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

    async fn wait(event: Arc<Event>, _kind: u8, told: Tell<bool>) {
        event.wait().await;
        tell(&told, true);
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

#[derive(Debug)]
struct Semaphores<const FAIR: bool>;

#[derive(Debug, Clone, Copy, PartialEq)]
enum SemaphoreOp {
    Add,
    Close,
}

/// What is free; who waits for how much; who has how much.
#[derive(Debug, Clone)]
struct SemaphoreSpec {
    free: u32,
    closed: bool,
    queue: Vec<(usize, u32)>,
    held: Vec<(usize, u32)>,
}

impl<const FAIR: bool> Subject for Semaphores<FAIR> {
    type Object = Semaphore;
    type Op = SemaphoreOp;
    /// Of a wait: whether it got its permits, or was told that there are no more.
    type Ret = bool;
    type Spec = SemaphoreSpec;

    const OPS: &'static [SemaphoreOp] = &[SemaphoreOp::Add, SemaphoreOp::Close];
    /// The small request behind a large one may take what is free when it is polled, and is not woken.
    const MAY_PASS: bool = !FAIR;
    // For so many permits.
    const WAITS: &'static [u8] = &[1, 2];
    const PRELUDES: &'static [&'static [Step<SemaphoreOp>]] =
        &[&[], &[Step::Wait(1), Step::Wait(1)]];

    fn object() -> Semaphore {
        if FAIR { Semaphore::fair(1) } else { Semaphore::new(1) }
    }

    fn spec() -> SemaphoreSpec {
        SemaphoreSpec { free: 1, closed: false, queue: Vec::new(), held: Vec::new() }
    }

    fn run(semaphore: &Semaphore, op: SemaphoreOp) -> bool {
        match op {
            SemaphoreOp::Add => semaphore.add(1).expect("far from full"),
            SemaphoreOp::Close => semaphore.close(),
        }
        true
    }

    async fn wait(semaphore: Arc<Semaphore>, kind: u8, told: Tell<bool>) {
        match semaphore.acquire_many(kind.into()).await {
            Ok(permit) => tell_and_hold(told, true, permit).await,
            Err(_) => tell(&told, false),
        }
    }

    fn accept(spec: &mut SemaphoreSpec, call: &What<SemaphoreOp, bool>) -> bool {
        match call {
            What::Did(SemaphoreOp::Add, _) => {
                spec.free += 1;
                true
            }
            What::Did(SemaphoreOp::Close, _) => {
                spec.closed = true;
                true
            }
            What::Polled(id, kind, Some(true)) => {
                let n = u32::from(*kind);
                let ahead = spec.queue.iter().take_while(|(other, _)| other != id);
                let reserved: u32 = ahead.map(|(_, n)| n).sum();
                let enough = spec.free >= n + if FAIR { reserved } else { 0 };
                spec.queue.retain(|(other, _)| other != id);
                spec.held.push((*id, n));
                spec.free = spec.free.saturating_sub(n);
                enough && !spec.closed
            }
            What::Polled(id, _, Some(false)) => {
                spec.queue.retain(|(other, _)| other != id);
                spec.closed
            }
            What::Polled(id, kind, None) => {
                let others = spec.queue.iter().any(|(other, _)| other != id);
                if spec.queue.iter().all(|(other, _)| other != id) {
                    spec.queue.push((*id, (*kind).into()));
                }
                !spec.closed && (spec.free < u32::from(*kind) || others)
            }
            What::Dropped(id, _) => {
                spec.queue.retain(|(other, _)| other != id);
                if let Some(at) = spec.held.iter().position(|(other, _)| other == id) {
                    spec.free += spec.held.remove(at).1;
                }
                true
            }
        }
    }
}

#[derive(Debug)]
struct Barriers;

#[derive(Debug, Clone, Copy, PartialEq)]
enum BarrierOp {
    Abort,
    Reset,
}

/// Who has arrived; who passes or is told that it is broken, and does not know it yet.
#[derive(Debug, Clone, Default)]
struct BarrierSpec {
    broken: bool,
    arrived: Vec<usize>,
    released: Vec<(usize, bool)>,
}

impl BarrierSpec {
    fn release(&mut self, pass: bool) {
        self.released.extend(self.arrived.drain(..).map(|id| (id, pass)));
    }
}

impl Subject for Barriers {
    type Object = Barrier;
    type Op = BarrierOp;
    /// Of a wait: whether it passed.
    type Ret = bool;
    type Spec = BarrierSpec;

    const OPS: &'static [BarrierOp] = &[BarrierOp::Abort, BarrierOp::Reset];
    const WAITS: &'static [u8] = &[0];
    const PRELUDES: &'static [&'static [Step<BarrierOp>]] =
        &[&[], &[Step::Wait(0)], &[Step::Do(BarrierOp::Abort)]];

    fn object() -> Barrier {
        Barrier::new(2)
    }

    fn spec() -> BarrierSpec {
        BarrierSpec::default()
    }

    fn run(barrier: &Barrier, op: BarrierOp) -> bool {
        match op {
            BarrierOp::Abort => barrier.abort(),
            BarrierOp::Reset => barrier.reset(),
        }
        true
    }

    async fn wait(barrier: Arc<Barrier>, _kind: u8, told: Tell<bool>) {
        let passed = barrier.wait().await.is_ok();
        tell(&told, passed);
    }

    fn accept(spec: &mut BarrierSpec, call: &What<BarrierOp, bool>) -> bool {
        match call {
            What::Did(BarrierOp::Abort, _) => {
                spec.broken = true;
                spec.release(false);
                true
            }
            What::Did(BarrierOp::Reset, _) => {
                spec.broken = false;
                spec.release(false);
                true
            }
            What::Polled(id, _, Some(passed)) => {
                if let Some(at) = spec.released.iter().position(|(other, _)| other == id) {
                    return spec.released.remove(at).1 == *passed;
                }
                if spec.arrived.contains(id) {
                    return false;
                }
                if *passed {
                    let last = spec.arrived.len() == 1;
                    spec.release(true);
                    return last && !spec.broken;
                }
                spec.broken
            }
            What::Polled(id, _, None) => {
                if spec.arrived.contains(id) {
                    return true;
                }
                let released = spec.released.iter().any(|(other, _)| other == id);
                let waits = spec.arrived.is_empty() && !spec.broken && !released;
                spec.arrived.push(*id);
                waits
            }
            What::Dropped(id, _) => {
                spec.arrived.retain(|other| other != id);
                spec.released.retain(|(other, _)| other != id);
                true
            }
        }
    }
}
