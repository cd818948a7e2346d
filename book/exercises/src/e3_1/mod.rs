//! The line that freezes nine tasks.

use std::future::Future;
use std::pin::Pin;
use std::sync::Arc;
use std::time::Duration;

use anyrt::prelude::*;
use anyrt::sync::Latch;
use anyrt::{Threads, ThreadsOwner};

use crate::Exercise;

mod solution;
mod yours;

pub(crate) const EXERCISE: Exercise = Exercise {
    id: "3.1",
    title: "the line that freezes nine tasks",
    file: "e3_1/yours.rs",
    hint: "`legacy` blocks whatever thread calls it: let the runtime call it on a thread that may block",
    yours: || {
        check(
            |rt, legacy| Box::pin(yours::report(rt, legacy)),
            Duration::from_millis(300),
        );
    },
    solution: || {
        check(
            |rt, legacy| Box::pin(solution::report(rt, legacy)),
            Duration::from_secs(300),
        );
    },
};

/// A call that blocks; true if the nine other tasks got on meanwhile.
type Legacy = Box<dyn FnOnce() -> bool + Send>;
type Report = Pin<Box<dyn Future<Output = bool> + Send>>;

fn check(report: fn(Threads, Legacy) -> Report, patience: Duration) {
    let owner = ThreadsOwner::builder().workers(1).build().expect("a thread");
    let rt = owner.handle();
    let done = Arc::new(Latch::new(9));
    let seen = Arc::clone(&done);
    let legacy = Box::new(move || seen.wait_within_blocking(patience).is_ok());
    let got_on = owner.block_on(rt.clone().spawn(async move {
        for _ in 0..9 {
            let done = Arc::clone(&done);
            rt.spawn(async move { done.count_down(1) }).detach();
        }
        report(rt, legacy).await
    }));
    assert!(
        got_on.expect("no panic"),
        "while your task waited for `legacy`, none of its nine siblings could run"
    );
}
