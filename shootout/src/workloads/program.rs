//! A program of the user's own.

use std::fmt::Debug;
use std::future::Future;
use std::marker::PhantomData;

use anyrt::prelude::*;

use super::{Info, Workload, time};
use crate::measure::{Job, Outcome, cost};

/// What [`main!`](crate::main!) makes of an `async fn app<R: Runtime>(rt: R)`.
pub trait Program: 'static {
    /// What it is called on the command line and in the report.
    const NAME: &'static str;

    /// Runs it once. What it returns must be the same on every executor: the report says if not.
    fn run<R: Runtime>(rt: R)
    -> impl Future<Output = impl Debug + Send + 'static> + Send + 'static;
}

pub(crate) struct Own<P>(PhantomData<P>);

impl<P: Program> Workload for Own<P> {
    const INFO: Info = Info::new(
        "my own program to run fast",
        P::NAME,
        "a program of one's own, in a task, from its start to its end",
        &[time("one run")],
    );

    async fn run<R: Runtime>(rt: R, job: Job) -> Outcome {
        let answer = format!("{:?}", P::run(rt.clone()).await);
        let outcome = cost(&job, |n| {
            let rt = rt.clone();
            async move {
                for _ in 0..n {
                    std::hint::black_box(P::run(rt.clone()).await);
                }
            }
        });
        Outcome { answer: Some(answer), ..outcome.await }
    }
}
