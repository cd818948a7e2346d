//! A lock for tasks by hand, and who gets it under three policies.

use std::collections::BTreeMap;
use std::future::Future;
use std::pin::Pin;
use std::sync::{Arc, Mutex, MutexGuard, PoisonError};
use std::task::{Context, Poll, Waker};

use crate::picture::{Panel, Picture};
use crate::stage::{Lane, Record, Span, Stage, State};

pub(crate) fn policies() -> Picture {
    Picture {
        name: "17-policies",
        alt: "A asks for a lock again and again, B and C wait for it on a busy thread: with barging A has it six times in a row; with hand-off the lock is idle until B and C get to it; with bounded barging they get it after A has passed them twice",
        unit: "milliseconds",
        panels: vec![
            Panel {
                title: "barging: whoever runs may take it",
                record: play(Policy::Barging),
            },
            Panel {
                title: "hand-off: it is for the first in line",
                record: play(Policy::HandOff),
            },
            Panel {
                title: "bounded: passed twice, handed over",
                record: play(Policy::Bounded(2)),
            },
        ],
    }
}

// ANCHOR: lock
/// A lock for tasks: a flag, and a list of those who wait.
struct Gate {
    policy: Policy,
    state: Mutex<Line>, // for a few steps at a time; nobody awaits anything in it
}

#[derive(Default)]
struct Line {
    taken: bool,
    /// By number, the order in which they came.
    waiting: BTreeMap<u64, Waker>,
    came: u64,
    /// Nobody but this one may take it.
    reserved: Option<u64>,
    /// How often somebody has taken it in front of those who wait.
    passed: u32,
}

/// A wait for the gate.
struct Enter<'a> {
    gate: &'a Gate,
    /// The number in the line, once there.
    place: Option<u64>,
}

impl<'a> Future for Enter<'a> {
    type Output = Inside<'a>;

    fn poll(mut self: Pin<&mut Self>, cx: &mut Context<'_>) -> Poll<Inside<'a>> {
        let mut line = self.gate.line();
        let for_another = line.reserved.is_some() && line.reserved != self.place;
        if line.taken || for_another {
            let place = self.place.unwrap_or(line.came);
            line.came = line.came.max(place + 1);
            line.waiting.insert(place, cx.waker().clone()); // keeps its place
            self.place = Some(place);
            return Poll::Pending;
        }
        match self.place.take() {
            Some(place) => _ = line.waiting.remove(&place),
            None if line.waiting.is_empty() => {}
            None => line.passed += 1,
        }
        line.taken = true;
        line.reserved = None;
        Poll::Ready(Inside(self.gate))
    }
}
// ANCHOR_END: lock

// ANCHOR: drops
/// To have this is to have the lock.
struct Inside<'a>(&'a Gate);

impl Drop for Inside<'_> {
    fn drop(&mut self) {
        let mut line = self.0.line();
        line.taken = false;
        self.0.wake_first(line);
    }
}

impl Drop for Enter<'_> {
    fn drop(&mut self) {
        let Some(place) = self.place else { return };
        let mut line = self.gate.line();
        line.waiting.remove(&place); // it has not waited
        if line.reserved == Some(place) {
            line.reserved = None;
        }
        self.gate.wake_first(line); // in its stead, if it was its turn
    }
}
// ANCHOR_END: drops

// ANCHOR: policies
#[derive(Clone, Copy)]
enum Policy {
    Barging,
    HandOff,
    /// So often may the line be passed.
    Bounded(u32),
}

impl Gate {
    /// Tells the first in line, if the gate is free.
    fn wake_first(&self, mut line: MutexGuard<'_, Line>) {
        if line.taken {
            return;
        }
        let Some((&place, waker)) = line.waiting.first_key_value() else { return };
        let waker = waker.clone();
        let hand_over = match self.policy {
            Policy::Barging => false,
            Policy::HandOff => true,
            Policy::Bounded(times) => line.passed >= times,
        };
        if hand_over {
            line.reserved = Some(place);
            line.passed = 0;
        }
        drop(line); // a waker is foreign code
        waker.wake();
    }
}
// ANCHOR_END: policies

impl Gate {
    fn new(policy: Policy) -> Self {
        Self { policy, state: Mutex::default() }
    }

    fn enter(&self) -> Enter<'_> {
        Enter { gate: self, place: None }
    }

    fn line(&self) -> MutexGuard<'_, Line> {
        self.state.lock().unwrap_or_else(PoisonError::into_inner)
    }
}

// ANCHOR: play
/// A wants it six times in a row. B and C want it once; their thread is busy.
fn play(policy: Policy) -> Record {
    let stage = Stage::new();
    let gate = Arc::new(Gate::new(policy));
    let had = Arc::new(Mutex::new(Vec::new()));
    let (here, there) = (stage.thread("thread 1"), stage.thread("thread 2"));
    for (thread, name, at, turns) in
        [(here, "A", 0, 6), (there, "B", 1, 1), (there, "C", 1, 1)]
    {
        let (task, gate, had) =
            (stage.clone(), Arc::clone(&gate), Arc::clone(&had));
        stage.spawn(thread, name, async move {
            task.sleep(at).await;
            for _ in 0..turns {
                let inside = task.wait("in line", gate.enter()).await;
                let from = task.now();
                task.work("has it", 2).await;
                had.lock().expect("no panic").push((from, task.now(), name));
                drop(inside);
            }
        });
    }
    let other = stage.clone();
    stage.spawn(there, "other work", async move {
        for _ in 0..4 {
            other.work("", 3).await;
            anyrt::task::yield_now().await;
        }
    });
    with_lane_of_the_lock(stage.run(), &had.lock().expect("no panic"))
}
// ANCHOR_END: play

fn with_lane_of_the_lock(
    mut record: Record,
    had: &[(u64, u64, &'static str)],
) -> Record {
    let span = |&(from, to, label)| Span { from, to, state: State::Running, label };
    let spans = had.iter().map(span).collect();
    record.lanes.push(Lane {
        thread: "the lock",
        task: "the lock",
        spans,
        marks: Vec::new(),
    });
    record
}
