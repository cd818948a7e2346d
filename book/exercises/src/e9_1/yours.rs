//! Three requests on one thread; each wants its own number, before an await and after it.

use std::cell::Cell;

use super::Request;

thread_local! {
    static NUMBER: Cell<u32> = const { Cell::new(0) };
}

/// Runs `request` so that [`number`] gives `id` in it.
pub(super) fn with_number(id: u32, request: Request) -> Request {
    Box::pin(async move {
        NUMBER.set(id);
        request.await
    })
}

/// The number of the request that runs.
pub(super) fn number() -> u32 {
    NUMBER.get()
}
