//! What is run: the same source for every executor, generic over it, dispatched statically.

mod blocking;
pub(crate) mod echo;
mod fairness;
mod life;
pub(crate) mod pages;
pub(crate) mod program;
mod selftest;
mod sync;
mod tasks;
mod timers;
mod wakes;

use std::future::Future;

use anyrt::BuildError;
use anyrt::prelude::*;
use serde::{Deserialize, Serialize};

use crate::executors::Executor;
use crate::measure::{Job, Outcome};

/// One workload that runs on a runtime. Add a type, and name it in the list below.
pub(crate) trait Workload {
    const INFO: Info;

    /// Takes one sample on `rt`.
    fn run<R: Runtime>(rt: R, job: Job) -> impl Future<Output = Outcome> + Send + 'static;
}

/// The same with the say over the runtime itself: to build and to drop it can be what is measured.
pub(crate) trait Contest {
    const INFO: Info;

    fn drive<B: BlockOn>(
        build: impl Fn() -> Result<B, BuildError>,
        job: &Job,
    ) -> Result<Outcome, BuildError>;
}

impl<W: Workload> Contest for W {
    const INFO: Info = W::INFO;

    fn drive<B: BlockOn>(
        build: impl Fn() -> Result<B, BuildError>,
        job: &Job,
    ) -> Result<Outcome, BuildError> {
        let owner = build()?;
        let rt = owner.handle();
        let outcome = match W::INFO.driver {
            Driver::Root => owner.block_on(W::run(rt, job.clone())),
            Driver::Task => {
                let task = rt.spawn(W::run(rt.clone(), job.clone()));
                owner.block_on(task).unwrap_or_else(|error| error.resume())
            }
        };
        // What its end costs belongs to no sample: a million live tasks need not be dropped one by one.
        std::mem::forget(owner);
        Ok(outcome)
    }
}

/// What is to be known of a workload without running it.
#[derive(Debug, Clone, Copy)]
#[expect(clippy::struct_excessive_bools, reason = "each has nothing to do with the others")]
pub(crate) struct Info {
    /// For `--only`.
    pub(crate) name: &'static str,
    pub(crate) about: &'static str,
    /// Who wants to know: completes "I need ...".
    pub(crate) need: &'static str,
    /// What it measures; one row of the table each. Less is better.
    pub(crate) rows: &'static [Row],
    pub(crate) driver: Driver,
    /// Callgrind can count its operations.
    pub(crate) countable: bool,
    /// Clients ask at so many per cent of what the slowest contestant can take.
    pub(crate) rate: Option<u32>,
    /// Only runtimes that end can take part.
    pub(crate) needs_an_end: bool,
    /// Measured with fewer workers as well, to see what more of them help.
    pub(crate) scales: bool,
    /// For the tests of the harness.
    pub(crate) hidden: bool,
}

impl Info {
    /// An ordinary workload.
    const fn new(
        need: &'static str,
        name: &'static str,
        about: &'static str,
        rows: &'static [Row],
    ) -> Self {
        Self {
            name,
            about,
            need,
            rows,
            driver: Driver::Task,
            countable: false,
            rate: None,
            needs_an_end: false,
            scales: false,
            hidden: false,
        }
    }

    const fn countable(self) -> Self {
        Self { countable: true, ..self }
    }

    const fn needs_an_end(self) -> Self {
        Self { needs_an_end: true, ..self }
    }

    const fn scales(self) -> Self {
        Self { scales: true, ..self }
    }

    /// Whether this executor can take part.
    pub(crate) fn suits(&self, executor: &Executor) -> bool {
        executor.ends() || !self.needs_an_end
    }
}

/// Where the code that drives the workload runs. A spawn from the root `block_on` can cost fifty
/// times what it costs inside a task, and most programs live in tasks.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub(crate) enum Driver {
    Task,
    Root,
}

/// One row of the table.
#[derive(Debug)]
pub(crate) struct Row {
    /// At most 21 characters.
    pub(crate) label: &'static str,
    pub(crate) unit: Unit,
}

/// What a value counts.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Serialize, Deserialize)]
#[serde(rename_all = "snake_case")]
pub(crate) enum Unit {
    Nanoseconds,
    Bytes,
    /// So many times as much, or so many pieces.
    Number,
}

const fn time(label: &'static str) -> Row {
    Row { label, unit: Unit::Nanoseconds }
}

const fn bytes(label: &'static str) -> Row {
    Row { label, unit: Unit::Bytes }
}

const fn number(label: &'static str) -> Row {
    Row { label, unit: Unit::Number }
}

/// A workload, for a list.
#[derive(Debug, Clone, Copy)]
pub(crate) struct Entry {
    pub(crate) info: Info,
    pub(crate) measure: fn(&Executor, &Job) -> Result<Outcome, BuildError>,
}

impl Entry {
    pub(crate) const fn of<C: Contest>() -> Self {
        Self { info: C::INFO, measure: |executor, job| executor.measure::<C>(job) }
    }
}

/// In the order of the report: what many programs need most comes first.
pub(crate) const ALL: &[Entry] = &[
    Entry::of::<tasks::SpawnTask>(),
    Entry::of::<tasks::SpawnRoot>(),
    Entry::of::<tasks::SpawnForeign>(),
    Entry::of::<tasks::Burst>(),
    Entry::of::<tasks::Chain>(),
    Entry::of::<tasks::Tree>(),
    Entry::of::<tasks::Abort>(),
    Entry::of::<tasks::LiveTasks>(),
    Entry::of::<tasks::WakeAll>(),
    Entry::of::<tasks::Yield>(),
    Entry::of::<wakes::PingPong>(),
    Entry::of::<wakes::Ring>(),
    Entry::of::<wakes::ForeignWake>(),
    Entry::of::<wakes::ParkedWake>(),
    Entry::of::<sync::Channel>(),
    Entry::of::<sync::Contended>(),
    Entry::of::<timers::Sleeps>(),
    Entry::of::<timers::ShortSleep>(),
    Entry::of::<timers::CancelTimer>(),
    Entry::of::<fairness::Hogs>(),
    Entry::of::<fairness::SelfWaking>(),
    Entry::of::<fairness::Mixed>(),
    Entry::of::<fairness::FanOut>(),
    Entry::of::<blocking::RoundTrip>(),
    Entry::of::<blocking::Flood>(),
    Entry::of::<blocking::Waiting>(),
    Entry::of::<echo::One>(),
    Entry::of::<echo::Closed>(),
    Entry::of::<echo::Thousand>(),
    Entry::of::<echo::AtRate<25>>(),
    Entry::of::<echo::AtRate<50>>(),
    Entry::of::<echo::AtRate<75>>(),
    Entry::of::<echo::AtRate<90>>(),
    Entry::of::<echo::Storm>(),
    Entry::of::<life::StartStop>(),
    Entry::of::<life::ShutDown>(),
    Entry::of::<life::Ready>(),
    Entry::of::<life::Idle>(),
    Entry::of::<pages::Pages>(),
    Entry::of::<selftest::Panics>(),
    Entry::of::<selftest::Hangs>(),
    Entry::of::<selftest::Crashes>(),
    Entry::of::<selftest::Exits>(),
    Entry::of::<selftest::Prints>(),
    Entry::of::<selftest::Disagrees>(),
];
