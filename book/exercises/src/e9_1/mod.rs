//! A request's number that survives an await.

use std::sync::Arc;

use anyrt::ThreadsOwner;
use anyrt::prelude::*;
use anyrt::sync::Barrier;

use crate::Exercise;

mod solution;
mod yours;

pub(crate) const EXERCISE: Exercise = Exercise {
    id: "9.1",
    title: "a number that survives an await",
    file: "e9_1/yours.rs",
    hint: "what belongs to the thread is changed by whoever runs on it next; `anyrt::task_local!` and \
           `scope` tie a value to the task",
    yours: || check(yours::with_number, yours::number),
    solution: || check(solution::with_number, solution::number),
};

type Request = std::pin::Pin<Box<dyn Future<Output = (u32, u32)> + Send>>;

fn check(with_number: fn(u32, Request) -> Request, number: fn() -> u32) {
    let owner = ThreadsOwner::builder().workers(1).build().expect("a thread");
    let rt = owner.handle();
    let all_have_begun = Arc::new(Barrier::new(3));
    let requests = [1, 2, 3].map(|id| {
        let all_have_begun = Arc::clone(&all_have_begun);
        rt.spawn(with_number(
            id,
            Box::pin(async move {
                let before = number();
                all_have_begun.wait().await.expect("nobody gives up");
                (before, number())
            }),
        ))
    });
    for (id, request) in (1..).zip(requests) {
        let (before, after) = owner.block_on(request).expect("no panic");
        assert!(before == id, "request {id} saw number {before} at its beginning");
        assert!(after == id, "request {id} saw number {after} after its await");
    }
}
