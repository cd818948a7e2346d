//! A panic that ends its task, and nothing else.

use std::cell::RefCell;
use std::collections::VecDeque;
use std::future::Future;
use std::pin::Pin;
use std::rc::Rc;
use std::task::{Context, Poll, Waker};

use crate::Exercise;

mod solution;
mod yours;

pub(crate) const EXERCISE: Exercise = Exercise {
    id: "15.1",
    title: "a panic that ends its task only",
    file: "e15_1/yours.rs",
    hint: "`std::panic::catch_unwind` around the poll, with `AssertUnwindSafe`; a future that has panicked \
           is over, and must not be asked again",
    yours: || check(yours::ask),
    solution: || check(solution::ask),
};

/// What the executor has to know after a poll.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub(crate) enum Answer {
    Pending,
    Over,
}

type Task = Pin<Box<dyn Future<Output = ()>>>;

/// Gives the thread back once.
async fn turn() {
    let mut given = false;
    std::future::poll_fn(|_| {
        if std::mem::replace(&mut given, true) {
            Poll::Ready(())
        } else {
            Poll::Pending
        }
    })
    .await;
}

/// An executor that asks all in turn, with `ask`.
fn check(ask: fn(&mut Task, &mut Context<'_>) -> Answer) {
    let log = Rc::new(RefCell::new(Vec::new()));
    let mut tasks: VecDeque<Task> = VecDeque::new();
    for name in ["first", "bomb", "last"] {
        let log = Rc::clone(&log);
        tasks.push_back(Box::pin(async move {
            turn().await;
            if name == "bomb" {
                std::panic::resume_unwind(Box::new("boom")); // without a message
            }
            log.borrow_mut().push(name);
        }));
    }
    let run = std::panic::AssertUnwindSafe(|| {
        let mut context = Context::from_waker(Waker::noop());
        while let Some(mut task) = tasks.pop_front() {
            if ask(&mut task, &mut context) == Answer::Pending {
                tasks.push_back(task);
            }
        }
    });
    let unwound = std::panic::catch_unwind(run).is_err();
    assert!(
        !unwound,
        "a task panicked, and the executor with it: who would ask the others now?"
    );
    let log = log.take();
    assert!(
        log == ["first", "last"],
        "the tasks beside it got on as {log:?}, not to their ends"
    );
}
