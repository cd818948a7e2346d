//! Every small program over a primitive, checked against a sequential specification.
//!
//! A program is what two threads do in two steps each, or three in one, after a prelude. Waiting is
//! not a step: starting to wait, polling again and giving up are, so that cancellation is generated
//! at every point and no program can hang. When the threads are done the waits that are left are
//! driven to their end: one that is ready although its waker was not woken has lost its wake-up.
//! The calls of each execution must then fit the specification in some order that keeps the order of
//! each thread (the search of Wing and Gong). The time on the wall is not kept: a thread may see an
//! old value where nothing has told it of the new one, and loom shows that.

use crate::harness::{Explored, explore};
use crate::session::{Session, Waits};
use loom::thread;
use std::fmt::Debug;
use std::panic::{AssertUnwindSafe, catch_unwind, resume_unwind};
use std::sync::Arc;
use std::sync::atomic::{AtomicUsize, Ordering::Relaxed};
use std::time::{Duration, Instant};

/// A primitive, what can be done with it, and what that means.
pub trait Subject: Waits {
    /// An operation that does not wait.
    type Op: Copy + Debug + PartialEq + Send + Sync + 'static;
    /// The sequential specification.
    type Spec: Clone + Debug;

    /// The operations that do not wait.
    const OPS: &'static [Self::Op];
    /// The kinds of waits.
    const WAITS: &'static [u8];
    /// Preludes: what the first thread has done before the second one begins.
    const PRELUDES: &'static [&'static [Step<Self::Op>]];

    /// Whether a wait may be ready without having been woken while another one is not.
    const MAY_PASS: bool = false;
    /// Whether a wait may be ready without having been woken while another one has what it waits for.
    const SHARED: bool = false;

    /// What a new one is.
    fn spec() -> Self::Spec;
    /// Does `op`.
    fn run(object: &Self::Object, op: Self::Op) -> Self::Ret;
    /// Whether the specification allows the call, and what it is afterwards.
    fn accept(spec: &mut Self::Spec, call: &What<Self::Op, Self::Ret>) -> bool;
    /// Whether the specification may end so.
    fn ends(_spec: &Self::Spec) -> bool {
        true
    }
    /// Whether steps that only read may be left out of programs: `op` changes nothing.
    fn reads(_op: Self::Op) -> bool {
        false
    }
}

/// A step of a program.
#[derive(Debug, Clone, Copy, PartialEq)]
pub enum Step<O> {
    /// Does it.
    Do(O),
    /// Begins to wait, polled once.
    Wait(u8),
    /// Polls the thread's oldest wait again, with another waker.
    Again,
    /// Drops the thread's oldest wait, or what it got.
    Drop,
}

/// A call, as the specification sees it. Waits have numbers.
#[derive(Debug, Clone)]
pub enum What<O, R> {
    /// It was done.
    Did(O, R),
    /// The wait of a kind was polled; `None` is pending.
    Polled(usize, u8, Option<R>),
    /// The wait, or what it got, was dropped.
    Dropped(usize, u8),
}

/// A thread: what it has done, and what it holds.
struct Actor<S: Subject> {
    object: Arc<S::Object>,
    ids: Arc<AtomicUsize>,
    /// With their numbers.
    held: Vec<(usize, Session<S::Ret>)>,
    calls: Vec<What<S::Op, S::Ret>>,
}

impl<S: Subject> Actor<S> {
    /// Another one, who takes over what this one holds.
    fn successor(&mut self) -> Self {
        Self {
            object: Arc::clone(&self.object),
            ids: Arc::clone(&self.ids),
            held: std::mem::take(&mut self.held),
            calls: Vec::new(),
        }
    }

    fn step(&mut self, step: Step<S::Op>) {
        match step {
            Step::Do(op) => self.calls.push(What::Did(op, S::run(&self.object, op))),
            Step::Wait(kind) => {
                let id = self.ids.fetch_add(1, Relaxed);
                self.held.push((id, Session::new::<S>(&self.object, kind)));
                self.poll(self.held.len() - 1);
            }
            Step::Again => {
                if let Some(at) = self.held.iter().position(|(_, session)| !session.is_done()) {
                    self.held[at].1.change_waker();
                    self.poll(at);
                }
            }
            Step::Drop if self.held.is_empty() => {}
            Step::Drop => self.finish(0),
        }
    }

    fn poll(&mut self, at: usize) {
        let (id, session) = &mut self.held[at];
        let told = session.poll();
        self.calls.push(What::Polled(*id, session.kind(), told));
    }

    fn finish(&mut self, at: usize) {
        let (id, session) = self.held.remove(at);
        let kind = session.kind();
        drop(session);
        self.calls.push(What::Dropped(id, kind));
    }

    /// Polls what was woken until nothing is, then checks that the others had no reason to be.
    fn settle(&mut self) {
        // Round and round: one may wait for the next one to take its turn.
        let mut quiet = false;
        while !quiet {
            quiet = true;
            for at in 0..self.held.len() {
                let session = &self.held[at].1;
                if !session.is_done() && session.take_ring() {
                    self.poll(at);
                    quiet = false;
                }
            }
        }
        let waiting = self.held.iter().filter(|(_, session)| !session.is_done()).count();
        let excused = S::MAY_PASS && waiting > 1 || S::SHARED && waiting < self.held.len();
        for at in 0..self.held.len() {
            if !(self.held[at].1.is_done() || excused) {
                self.poll(at);
                let (id, session) = &self.held[at];
                assert!(!session.is_done(), "a lost wake-up: wait {id} was ready, and not woken");
            }
        }
    }
}

/// Runs all programs: 2 threads × 2 steps and 3 × 1, after each prelude.
///
/// # Panics
///
/// With the first program that fails, and how.
pub fn all<S: Subject>(bound: usize) -> Explored {
    let start = Instant::now();
    let mut total = Explored { programs: 0, executions: 0, bound, elapsed: Duration::ZERO };
    for prelude in S::PRELUDES {
        for program in programs::<S>(prelude) {
            total.programs += 1;
            total.executions += check::<S>(bound, prelude, &program);
        }
    }
    total.elapsed = start.elapsed();
    total
}

fn programs<S: Subject>(prelude: &[Step<S::Op>]) -> Vec<Vec<Vec<Step<S::Op>>>> {
    let steps: Vec<Step<S::Op>> = S::OPS
        .iter()
        .map(|op| Step::Do(*op))
        .chain(S::WAITS.iter().map(|kind| Step::Wait(*kind)))
        .chain([Step::Again, Step::Drop])
        .collect();
    let held = waits(0, prelude);
    let one = |held| steps.iter().filter(move |step| applies(held, &[**step])).copied();
    let two = |held| {
        let pairs = steps.iter().flat_map(|a| steps.iter().map(|b| vec![*a, *b]));
        pairs.filter(move |pair| applies(held, pair)).collect::<Vec<_>>()
    };
    let mut all = Vec::new();
    // Threads without a prelude are alike: only one order of them.
    let (first, second) = (two(held), two(0));
    for (i, a) in first.iter().enumerate() {
        for b in &second[if prelude.is_empty() { i } else { 0 }..] {
            all.push(vec![a.clone(), b.clone()]);
        }
    }
    let others: Vec<_> = one(0).collect();
    for (i, a) in one(held).enumerate() {
        for (j, b) in others.iter().enumerate().skip(if prelude.is_empty() { i } else { 0 }) {
            all.extend(others[j..].iter().map(|c| vec![vec![a], vec![*b], vec![*c]]));
        }
    }
    // A program that changes nothing, or in which only one thread does anything, says nothing new.
    let reads = |step: &Step<S::Op>| matches!(step, Step::Do(op) if S::reads(*op));
    all.retain(|threads| {
        let writers = threads.iter().filter(|steps| !steps.iter().all(reads)).count();
        writers > 0
    });
    all
}

/// How many waits a thread holds after `steps`.
fn waits<O: Copy>(before: usize, steps: &[Step<O>]) -> usize {
    steps.iter().fold(before, |held, step| match step {
        Step::Wait(_) => held + 1,
        Step::Drop => held.saturating_sub(1),
        Step::Do(_) | Step::Again => held,
    })
}

/// Whether every step has a wait to act on.
fn applies<O: Copy>(mut held: usize, steps: &[Step<O>]) -> bool {
    steps.iter().all(|step| {
        let applies = !matches!(step, Step::Again | Step::Drop) || held > 0;
        held = waits(held, &[*step]);
        applies
    })
}

fn check<S: Subject>(
    bound: usize,
    prelude: &'static [Step<S::Op>],
    program: &[Vec<Step<S::Op>>],
) -> usize {
    let threads = program.to_vec();
    let body = move || execute::<S>(prelude, &threads);
    match catch_unwind(AssertUnwindSafe(|| explore(bound, body))) {
        Ok(explored) => explored.executions,
        Err(panic) => {
            eprintln!("the program that fails: {prelude:?}, then {program:?}");
            resume_unwind(panic)
        }
    }
}

fn execute<S: Subject>(prelude: &[Step<S::Op>], threads: &[Vec<Step<S::Op>>]) {
    let mut main = Actor::<S> {
        object: Arc::new(S::object()),
        ids: Arc::default(),
        held: Vec::new(),
        calls: Vec::new(),
    };
    for step in prelude {
        main.step(*step);
    }
    let threads: Vec<_> = threads
        .iter()
        .cloned()
        .map(|steps| {
            let mut actor = main.successor();
            thread::spawn(move || {
                for step in steps {
                    actor.step(step);
                }
                actor
            })
        })
        .collect();
    let before = std::mem::take(&mut main.calls);
    let mut lanes = Vec::new();
    for thread in threads {
        let actor = thread.join().expect("a panic ends the model");
        main.held.extend(actor.held);
        lanes.push(actor.calls);
    }
    // Every wait that can end does; then what it got is given back, and so on.
    main.settle();
    while let Some(at) = main.held.iter().position(|(_, session)| session.is_done()) {
        main.finish(at);
        main.settle();
    }
    while !main.held.is_empty() {
        main.finish(0);
    }
    let mut spec = S::spec();
    let known = before.iter().all(|call| S::accept(&mut spec, call));
    let history = || format!("{before:?}\nthen {lanes:#?}\nthen {:?}", main.calls);
    assert!(known, "not even the prelude is allowed: {before:?}");
    let lanes: Vec<_> = lanes.iter().map(Vec::as_slice).collect();
    assert!(fits::<S>(&lanes, &main.calls, &spec), "no order is allowed of:\n{}", history());
}

/// Whether some interleaving of the lanes, and then `after`, is what the specification allows.
fn fits<S: Subject>(
    lanes: &[&[What<S::Op, S::Ret>]],
    after: &[What<S::Op, S::Ret>],
    spec: &S::Spec,
) -> bool {
    if lanes.iter().all(|lane| lane.is_empty()) {
        let mut spec = spec.clone();
        return after.iter().all(|call| S::accept(&mut spec, call)) && S::ends(&spec);
    }
    (0..lanes.len()).any(|at| {
        let Some((call, rest)) = lanes[at].split_first() else { return false };
        let mut spec = spec.clone();
        S::accept(&mut spec, call) && {
            let mut lanes = lanes.to_vec();
            lanes[at] = rest;
            fits::<S>(&lanes, after, &spec)
        }
    })
}
