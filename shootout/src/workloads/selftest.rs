//! Workloads that fail on purpose: the tests of the harness name them, nothing else runs them.

use std::future::pending;

use anyrt::prelude::*;

use super::{Info, Row, Workload, time};
use crate::measure::{Job, Outcome, Spent};

const ROWS: &[Row] = &[time("self-test")];

const fn hidden(name: &'static str, about: &'static str) -> Info {
    Info { hidden: true, ..Info::new("to test the harness", name, about, ROWS) }
}

pub(super) struct Panics;

impl Workload for Panics {
    const INFO: Info = hidden("selftest_panic", "panics in its task");

    async fn run<R: Runtime>(rt: R, _: Job) -> Outcome {
        panic!("{} was asked to panic", rt.name())
    }
}

pub(super) struct Hangs;

impl Workload for Hangs {
    const INFO: Info = hidden("selftest_hang", "never ends");

    async fn run<R: Runtime>(_: R, _: Job) -> Outcome {
        pending().await
    }
}

pub(super) struct Crashes;

impl Workload for Crashes {
    const INFO: Info = hidden("selftest_crash", "aborts its process");

    async fn run<R: Runtime>(_: R, _: Job) -> Outcome {
        std::process::abort()
    }
}

pub(super) struct Exits;

impl Workload for Exits {
    const INFO: Info = hidden("selftest_exit", "ends its process as if all were well");

    async fn run<R: Runtime>(_: R, _: Job) -> Outcome {
        std::process::exit(0)
    }
}

pub(super) struct Prints;

impl Workload for Prints {
    const INFO: Info = hidden("selftest_print", "prints more than its sample");

    async fn run<R: Runtime>(rt: R, _: Job) -> Outcome {
        println!("\"{}\"", "a line that is JSON, and more than a pipe holds".repeat(2_000));
        print!("{}, without an end of line", rt.name());
        Outcome::new(vec![1.0], 1, Spent::default())
    }
}

pub(super) struct Disagrees;

impl Workload for Disagrees {
    const INFO: Info = hidden("selftest_disagree", "finds something else on every executor");

    async fn run<R: Runtime>(rt: R, _: Job) -> Outcome {
        let outcome = Outcome::new(vec![1.0], 1, Spent::default());
        Outcome { answer: Some(rt.name().to_owned()), ..outcome }
    }
}
