//! One run of a program under exploration, and what is known after it.

use std::cell::Cell;
use std::future::Future;
use std::mem;
use std::panic::{AssertUnwindSafe, catch_unwind};
use std::sync::Arc;

use super::Sim;
use super::builder::SimBuilder;
use super::failure::{Failure, FailureKind};
use super::owner::SimOwner;
use super::policy::{Branch, Picker};
use super::quiet::Quiet;
use super::schedule::Schedule;
use super::state::Shared;
use crate::contract::BlockOn;
use crate::primitives::birth::Birth;

/// What is explored.
pub(super) struct Program<'a, F> {
    pub(super) app: &'a F,
    pub(super) birth: Birth,
    /// Of the run before, whose memory is used again.
    pub(super) spare: Cell<Option<Arc<Shared>>>,
}

#[derive(Debug)]
pub(super) struct Trial {
    pub(super) trace: Vec<u32>,
    pub(super) steps: u64,
    pub(super) elapsed: u64,
    picker: Picker,
    /// Of the simulator.
    failure: Option<Failure>,
    /// Of the root.
    root_panicked: bool,
    /// Of a task or job, by its number.
    task_panicked: Option<u32>,
    /// What the first panic said.
    panic: Option<String>,
    /// What is known of each unit, by number, if that was asked for.
    units: Vec<String>,
    shared: Arc<Shared>,
}

impl<F> Program<'_, F> {
    pub(super) fn run<Fut>(&self, options: SimBuilder, picker: Picker) -> Trial
    where
        F: Fn(Sim) -> Fut,
        Fut: Future,
    {
        let quiet = Quiet::new();
        let owner = SimOwner::from_shared(match self.spare.take() {
            Some(spare) => Shared::renew(spare, options, picker),
            None => Shared::new(options, picker),
        });
        let ended = catch_unwind(AssertUnwindSafe(|| {
            let rt = owner.handle();
            owner.block_on_as((self.app)(rt), self.birth.clone());
        }));
        let shared = owner.shared().clone();
        let root_panicked = ended.is_err();
        let ended = catch_unwind(AssertUnwindSafe(|| drop((ended, owner))));
        let mut core = shared.lock();
        let (trace, units) = (mem::take(&mut core.trace), mem::take(&mut core.names));
        let picker = mem::replace(&mut core.picker, Picker::Fifo);
        let (steps, elapsed, failure) = (core.steps, shared.elapsed(), core.failure.take());
        let (root_panicked, task_panicked) = (root_panicked || ended.is_err(), core.panicked);
        let panic = quiet.end();
        drop(core);
        Trial {
            trace,
            steps,
            elapsed,
            picker,
            failure,
            root_panicked,
            task_panicked,
            panic,
            units,
            shared,
        }
    }

    /// Gives the memory of a run that nobody looks at any more to the next one.
    pub(super) fn recycle(&self, trial: Trial) {
        let Trial { trace, shared, .. } = trial;
        shared.lock().trace = trace;
        self.spare.set(Some(shared));
    }
}

impl Trial {
    pub(super) fn has_failed(&self, task_panics: bool) -> bool {
        self.kind(task_panics).is_some()
    }

    pub(super) fn kind(&self, task_panics: bool) -> Option<FailureKind> {
        let panicked = self.root_panicked || self.task_panicked.is_some() && !task_panics;
        match &self.failure {
            Some(failure) => Some(failure.kind),
            None => panicked.then_some(FailureKind::Panic),
        }
    }

    /// Where the program panicked, for comparison: another panic is another bug.
    pub(super) fn place(&self) -> Option<&str> {
        let (place, _text) = self.panic.as_deref()?.split_once(": ")?;
        Some(place).filter(|_| self.failure.is_none())
    }

    /// What went wrong, and what is known of the units.
    pub(super) fn failure(self, task_panics: bool) -> Option<(Failure, Vec<String>)> {
        let kind = self.kind(task_panics)?;
        let Self { failure, units, panic, steps, task_panicked, trace, .. } = self;
        let failure = failure.unwrap_or_else(|| {
            let unit = task_panicked.map_or(0, |serial| serial as usize);
            let who = units.get(unit).map_or("the program", String::as_str);
            let what = panic.as_deref().unwrap_or("panicked");
            let text = format!("{who} {what} (step {steps})");
            Failure { kind, text, schedule: Schedule(trace) }
        });
        Some((failure, units))
    }

    /// Of PCT: the steps in which there was a choice.
    pub(super) fn choices(&self) -> u32 {
        match &self.picker {
            Picker::Pct(pct) => u32::try_from(pct.choices()).unwrap_or(u32::MAX),
            _ => 0,
        }
    }

    /// Of a search: the branches that were taken.
    pub(super) fn path(&self) -> Vec<Branch> {
        match &self.picker {
            Picker::Search { path, at } => path[..*at].to_vec(),
            _ => Vec::new(),
        }
    }
}
