//! A solution. A real executor keeps the payload, for whoever awaits the task's handle.

use std::panic::{AssertUnwindSafe, catch_unwind};
use std::task::Context;

use super::{Answer, Task};

pub(super) fn ask(task: &mut Task, context: &mut Context<'_>) -> Answer {
    match catch_unwind(AssertUnwindSafe(|| task.as_mut().poll(context).is_ready()))
    {
        Ok(false) => Answer::Pending,
        Ok(true) | Err(_) => Answer::Over,
    }
}
