//! Every small program in which a task has several waits for one primitive and polls only the newest:
//! the others are *dormant* ("futurelock").
//!
//! Somebody holds all there is, and lets go while two tasks begin waits, poll, give up and turn away.
//! Then, one after another, the tasks that are woken poll, and those who got something let go. In the
//! end everybody who waits must have got there, woken for it each time, or the program fails.
//!
//! One thing is allowed, as `sync::permits` says under "What remains": who was queued behind a waiter
//! of **another** task that was woken and has turned away from its waits, or has got something by another
//! of them. It must be woken when that one is dropped, when it is polled, when what its task has got is
//! given back, and when others have used the primitive for long enough.

use crate::clock;
use crate::harness::{Explored, explore};
use crate::session::{Session, Waits};
use loom::thread;
use std::fmt::Debug;
use std::panic::{AssertUnwindSafe, catch_unwind, resume_unwind};
use std::sync::Arc;
use std::time::{Duration, Instant};

/// A primitive that can be held.
pub trait Contended: Waits {
    /// Waits for this kind get everything there is.
    const ALL: u8;
    /// The kinds of the tasks' waits.
    const KINDS: &'static [u8];
    /// A kind that gets something at once or ends in vain.
    const TRY: u8;
    /// A wait that each task has from the beginning, and which [`Self::stir`] makes a waiter for what
    /// is held.
    const EARLIER: Option<u8> = None;
    /// After how many uses a release has looked at the queue twice.
    const USES: usize = 3;

    /// Done while everything is held, before the tasks begin.
    fn stir(_object: &Self::Object) {}
    /// Whether such a wait would be ready if nobody waited.
    fn is_free(object: &Self::Object, kind: u8) -> bool;
    /// How many wait, and were not woken.
    fn queued(object: &Self::Object) -> usize;
}

/// What a task does.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
enum Step {
    /// Begins a wait, polled once.
    Wait(u8),
    /// Polls its newest wait.
    Poll,
    /// Drops its oldest wait.
    Drop,
    /// Waits for something else from now on: all its waits are dormant.
    Away,
}

/// What ends the sleep behind a dormant waiter of another task.
#[derive(Debug, Clone, Copy)]
enum Remedy {
    Drop,
    Poll,
    Use,
}

/// A wait of a task.
struct Kept<R> {
    session: Session<R>,
    /// Woken, and neither polled nor, as far as is known, without its claim since.
    claims: bool,
    /// Since it was woken somebody was polled in vain: the next release must look.
    void: bool,
}

impl<R> Kept<R> {
    fn poll(&mut self) {
        (self.claims, self.void) = (false, false);
        self.session.take_ring();
        self.session.poll();
    }
}

struct Task<R> {
    waits: Vec<Kept<R>>,
    away: bool,
}

impl<R> Task<R> {
    fn begin<S: Contended<Ret = R>>(&mut self, object: &Arc<S::Object>, kind: u8) {
        let session = Session::new::<S>(object, kind);
        self.waits.push(Kept { session, claims: false, void: false });
        self.poll();
    }

    /// Polls the newest wait, if it waits at all; whether it did so in vain.
    fn poll(&mut self) -> bool {
        let Some(kept) = self.waiting() else { return false };
        kept.poll();
        !kept.session.is_done()
    }

    /// The wait that it polls.
    fn waiting(&mut self) -> Option<&mut Kept<R>> {
        let newest = self.waits.last_mut().filter(|_| !self.away)?;
        (!newest.session.is_done()).then_some(newest)
    }

    /// Whether it was woken, by whichever wait.
    fn take_ring(&mut self) -> bool {
        let mut rung = false;
        for kept in &mut self.waits {
            if !kept.session.is_done() && kept.session.take_ring() {
                // It may have asked for a poll before, to watch, and be woken only now.
                (kept.claims, kept.void) = (true, false);
                rung = true;
            }
        }
        rung && !self.away
    }

    fn claims(&self) -> bool {
        self.away && self.waits.iter().any(|kept| kept.claims)
    }

    /// Whether one of its waits has the claim, and it does not poll that now: it has turned away, or has
    /// got something by another, and goes on with the others when it gives that back.
    fn sleeps_on_a_claim(&self) -> bool {
        let busy = self.away || self.waits.last().is_some_and(|kept| kept.session.is_done());
        busy && self.waits.iter().any(|kept| kept.claims)
    }

    fn step<S: Contended<Ret = R>>(&mut self, object: &Arc<S::Object>, step: Step) {
        match step {
            Step::Wait(kind) => self.begin::<S>(object, kind),
            Step::Poll => _ = self.poll(),
            Step::Drop => drop(self.waits.remove(0)),
            Step::Away => self.away = true,
        }
    }
}

/// All that there is once the threads are done.
struct Scene<S: Contended> {
    object: Arc<S::Object>,
    /// What the holder has, after it let go of everything: what it barged in for.
    others: Vec<Session<S::Ret>>,
    tasks: Vec<Task<S::Ret>>,
}

impl<S: Contended> Scene<S> {
    /// Until nobody is left who waits.
    fn conclude(&mut self, remedy: Remedy) {
        loop {
            self.settle();
            self.look_again();
            self.check();
            if !(self.let_go() || self.remedy(remedy)) {
                break;
            }
        }
        let waits = self.tasks.iter_mut().any(|task| task.waiting().is_some());
        assert!(!waits, "nothing is held, nobody is woken, and somebody waits");
        self.tasks.clear();
        let mut all = Session::new::<S>(&self.object, S::ALL);
        all.poll();
        assert!(all.is_done(), "something is lost: not all can be had in the end");
    }

    /// Whoever is woken polls, until nobody is.
    fn settle(&mut self) {
        for round in 0.. {
            let Some(at) = (0..self.tasks.len()).find(|at| self.tasks[*at].take_ring()) else {
                return;
            };
            assert!(round < 40, "it does not settle");
            // Who asks to be polled again waits for time to pass.
            clock::overdue(u32::from(round > 4));
            if self.tasks[at].poll() {
                self.in_vain();
            }
        }
    }

    fn in_vain(&mut self) {
        for kept in self.tasks.iter_mut().flat_map(|task| &mut task.waits) {
            kept.void = kept.claims;
        }
    }

    /// Who only asked to be polled again was rung, too, but is in the queue, and has no claim.
    fn look_again(&mut self) {
        let all = || self.tasks.iter().flat_map(|task| &task.waits);
        if S::queued(&self.object) == all().filter(|kept| !kept.session.is_done()).count() {
            let all = self.tasks.iter_mut().flat_map(|task| &mut task.waits);
            all.for_each(|kept| (kept.claims, kept.void) = (false, false));
        }
    }

    /// Nobody sleeps in front of what is free, but for what is allowed, and behind one who waits for
    /// more than that: first in, first out.
    fn check(&mut self) {
        let all = || self.tasks.iter().flat_map(|task| &task.waits);
        let pending = all().filter(|kept| !kept.session.is_done()).count();
        // Of those that were rung some may be in the queue: who only asked to be polled again.
        let unsure = all().filter(|kept| kept.claims).count() + S::queued(&self.object) > pending;
        let is_free = |kept: &Kept<_>| S::is_free(&self.object, kept.session.kind());
        let first =
            all().any(|kept| !(kept.session.is_done() || kept.claims && !unsure || is_free(kept)));
        for at in 0..self.tasks.len() {
            let allowed =
                (0..self.tasks.len()).any(|by| by != at && self.tasks[by].sleeps_on_a_claim());
            let Some(kept) = self.tasks[at].waiting() else { continue };
            let ready = S::is_free(&self.object, kept.session.kind());
            assert!(
                !ready || allowed || first,
                "a lost wake-up: task {at} could go on, and was not woken"
            );
        }
    }

    /// One of those who got something gives it back. Its task goes on, with its other waits.
    fn let_go(&mut self) -> bool {
        if let Some(other) = self.others.pop() {
            self.release(other);
            return true;
        }
        let done = |task: &Task<_>| task.waits.iter().rposition(|kept| kept.session.is_done());
        let found = self.tasks.iter().enumerate().find_map(|(at, task)| Some((at, done(task)?)));
        let Some((at, which)) = found else { return false };
        let kept = self.tasks[at].waits.remove(which);
        self.release(kept.session);
        if self.tasks[at].poll() {
            self.in_vain();
        }
        true
    }

    fn release(&mut self, session: Session<S::Ret>) {
        drop(session);
        for kept in self.tasks.iter_mut().flat_map(|task| &mut task.waits) {
            kept.claims &= !kept.void;
        }
    }

    /// Does something about a dormant waiter that has the claim.
    fn remedy(&mut self, remedy: Remedy) -> bool {
        let Some(at) = self.tasks.iter().position(Task::claims) else { return false };
        match remedy {
            Remedy::Drop => {
                let waits = &mut self.tasks[at].waits;
                let dormant = waits.iter().position(|kept| kept.claims).expect("found above");
                drop(waits.remove(dormant));
            }
            Remedy::Poll => {
                self.tasks[at].away = false;
                if self.tasks[at].poll() {
                    self.in_vain();
                }
            }
            Remedy::Use => {
                for _ in 0..S::USES {
                    clock::overdue(1);
                    let mut newcomer = Session::new::<S>(&self.object, S::KINDS[0]);
                    for _ in 0..8 {
                        if !newcomer.is_done() {
                            newcomer.poll();
                            clock::overdue(1);
                        }
                    }
                    assert!(newcomer.is_done(), "a dormant waiter keeps a newcomer out");
                }
                // From now on it is nobody's excuse.
                self.tasks[at].waits.iter_mut().for_each(|kept| kept.claims = false);
            }
        }
        true
    }
}

/// Runs all programs: one task of three steps, and, with one preemption less, two of up to two.
///
/// # Panics
///
/// With the first program that fails, and how.
pub fn all<S: Contended>(bound: usize) -> Explored {
    let start = Instant::now();
    let mut total = Explored { programs: 0, executions: 0, bound, elapsed: Duration::ZERO };
    for program in programs::<S>() {
        total.programs += 1;
        total.executions += check::<S>((bound + 1).saturating_sub(program.tasks.len()), &program);
    }
    total.elapsed = start.elapsed();
    total
}

#[derive(Debug, Clone)]
struct Program {
    tasks: Vec<Vec<Step>>,
    /// Whether the holder barges in after it let go.
    barges: bool,
    remedy: Remedy,
}

fn programs<S: Contended>() -> Vec<Program> {
    let mut all = Vec::new();
    let mut add = |tasks: Vec<Vec<Step>>| {
        let away = tasks.iter().flatten().any(|step| *step == Step::Away);
        let remedies: &[_] =
            if away { &[Remedy::Drop, Remedy::Poll, Remedy::Use] } else { &[Remedy::Drop] };
        for remedy in remedies {
            for barges in [false, true] {
                all.push(Program { tasks: tasks.clone(), barges, remedy: *remedy });
            }
        }
    };
    tasks::<S>(3).into_iter().filter(|steps| steps.len() == 3).for_each(|steps| add(vec![steps]));
    let short = tasks::<S>(2);
    for (at, one) in short.iter().enumerate() {
        short[at..].iter().for_each(|two| add(vec![one.clone(), two.clone()]));
    }
    all
}

/// Whatever a task can do in up to so many steps.
fn tasks<S: Contended>(most: usize) -> Vec<Vec<Step>> {
    let mut steps: Vec<_> = S::KINDS.iter().map(|kind| Step::Wait(*kind)).collect();
    steps.extend([Step::Poll, Step::Drop, Step::Away]);
    let mut all = vec![Vec::new()];
    let mut from = 0;
    for _ in 0..most {
        let to = all.len();
        for at in from..to {
            let earlier = usize::from(S::EARLIER.is_some());
            let held = all[at].iter().fold(earlier, |held, step| match step {
                Step::Wait(_) => held + 1,
                Step::Drop => held - 1,
                Step::Poll | Step::Away => held,
            });
            for step in &steps {
                let sensible = match step {
                    Step::Wait(_) => true,
                    Step::Poll | Step::Away => held > 0,
                    // That of the only one is cancellation without anything dormant.
                    Step::Drop => held > 1,
                };
                if sensible && all[at].last() != Some(&Step::Away) {
                    let mut longer = all[at].clone();
                    longer.push(*step);
                    all.push(longer);
                }
            }
        }
        from = to;
    }
    all.remove(0);
    all
}

fn check<S: Contended>(bound: usize, program: &Program) -> usize {
    let copy = program.clone();
    match catch_unwind(AssertUnwindSafe(|| explore(bound, move || execute::<S>(&copy)))) {
        Ok(explored) => explored.executions,
        Err(panic) => {
            eprintln!("the program that fails: {program:?}");
            resume_unwind(panic)
        }
    }
}

fn execute<S: Contended>(program: &Program) {
    let object = Arc::new(S::object());
    let mut tasks: Vec<_> =
        program.tasks.iter().map(|_| Task { waits: Vec::new(), away: false }).collect();
    if let Some(kind) = S::EARLIER {
        for task in &mut tasks {
            task.begin::<S>(&object, kind);
        }
    }
    let mut holder = Session::new::<S>(&object, S::ALL);
    holder.poll();
    assert!(holder.is_done(), "the first one gets it");
    S::stir(&object);
    for task in &mut tasks {
        task.poll();
    }
    let threads: Vec<_> = tasks
        .into_iter()
        .zip(program.tasks.clone())
        .map(|(mut task, steps)| {
            let object = Arc::clone(&object);
            thread::spawn(move || {
                for step in steps {
                    task.step::<S>(&object, step);
                }
                task
            })
        })
        .collect();
    drop(holder);
    let mut others = Vec::new();
    if program.barges {
        let mut barges = Session::new::<S>(&object, S::TRY);
        barges.poll();
        others.push(barges);
    }
    let join = |thread: thread::JoinHandle<_>| thread.join().expect("a panic ends the model");
    let tasks = threads.into_iter().map(join).collect();
    Scene::<S> { object, others, tasks }.conclude(program.remedy);
}
