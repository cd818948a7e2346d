//! What is run: the same source for every executor, generic over it, dispatched statically.

mod blocking;
pub(crate) mod pages;
mod selftest;
mod tasks;
mod timers;
mod wakes;

use std::future::Future;

use anyrt::prelude::*;

use crate::measure::{Job, Outcome};

/// One workload. Add a type, and name it in the list below.
pub(crate) trait Workload {
    const INFO: Info;

    /// Takes one sample on `rt`.
    fn run<R: Runtime>(rt: R, job: Job) -> impl Future<Output = Outcome> + Send + 'static;
}

/// What is to be known of a workload without running it.
#[derive(Debug)]
pub(crate) struct Info {
    /// For `--only`.
    pub(crate) name: &'static str,
    pub(crate) about: &'static str,
    /// What it measures; one row of the table each. Less is better.
    pub(crate) rows: &'static [Row],
    pub(crate) driver: Driver,
    /// For the tests of the harness.
    pub(crate) hidden: bool,
}

impl Info {
    /// An ordinary workload.
    const fn new(name: &'static str, about: &'static str, rows: &'static [Row]) -> Self {
        Self { name, about, rows, driver: Driver::Task, hidden: false }
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

#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub(crate) enum Unit {
    Nanoseconds,
    Bytes,
}

const fn time(label: &'static str) -> Row {
    Row { label, unit: Unit::Nanoseconds }
}

macro_rules! workloads {
    ($($workload:ty),+ $(,)?) => {
        /// In the order of the list.
        pub(crate) const ALL: &[Info] = &[$(<$workload>::INFO),+];

        /// Runs the job's workload on the runtime of `owner`, which is left running.
        ///
        /// # Panics
        ///
        /// If there is no workload of that name, or if it panics.
        pub(crate) fn run<B: BlockOn>(owner: B, job: &Job) -> Outcome {
            $(if job.workload == <$workload>::INFO.name {
                return drive::<$workload, B>(owner, job.clone());
            })+
            panic!("no workload is named {:?}", job.workload);
        }
    };
}

workloads![
    tasks::SpawnTask,
    tasks::SpawnRoot,
    tasks::LiveTasks,
    tasks::Yield,
    wakes::PingPong,
    wakes::Ring,
    wakes::ForeignWake,
    timers::Sleeps,
    timers::ShortSleep,
    timers::CancelTimer,
    timers::Hogs,
    blocking::RoundTrip,
    pages::Pages,
    selftest::Panics,
    selftest::Hangs,
    selftest::Crashes,
    selftest::Disagrees,
];

fn drive<W: Workload, B: BlockOn>(owner: B, job: Job) -> Outcome {
    let rt = owner.handle();
    let outcome = match W::INFO.driver {
        Driver::Root => owner.block_on(W::run(rt, job)),
        Driver::Task => {
            let task = rt.spawn(W::run(rt.clone(), job));
            owner.block_on(task).unwrap_or_else(|error| error.resume())
        }
    };
    std::mem::forget(owner); // a million live tasks need not be dropped one by one
    outcome
}
