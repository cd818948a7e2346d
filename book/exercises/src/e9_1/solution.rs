//! A solution.

use super::Request;

anyrt::task_local! {
    static NUMBER: u32;
}

/// Runs `request` so that [`number`] gives `id` in it.
pub(super) fn with_number(id: u32, request: Request) -> Request {
    Box::pin(NUMBER.scope(id, request))
}

/// The number of the request that runs.
pub(super) fn number() -> u32 {
    NUMBER.with(|number| *number)
}
