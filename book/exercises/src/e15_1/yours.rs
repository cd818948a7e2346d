//! One question of an executor.

use std::task::Context;

use super::{Answer, Task};

pub(super) fn ask(task: &mut Task, context: &mut Context<'_>) -> Answer {
    if task.as_mut().poll(context).is_ready() {
        Answer::Over
    } else {
        Answer::Pending
    }
}
