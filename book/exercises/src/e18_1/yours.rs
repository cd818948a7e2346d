//! Three functions that run in tasks. Each of them waits in a way in which one must not wait there.

use std::sync::Arc;

use anyrt::Sim;
use anyrt::executor::SubmitAsync;
use anyrt::sync::Lock;

use super::{Old, look_up};

/// What it costs, with a tenth on top.
pub(super) async fn price(rt: Sim) -> u32 {
    let found = rt.submit_async(look_up(rt.clone()));
    let price = found.join_blocking().expect("it has not panicked");
    price + price / 10
}

/// Adds to a total that others add to as well.
pub(super) async fn add(total: Arc<Lock<u32>>, n: u32) {
    *total.lock_blocking() += n;
}

/// Asks an old library, which blocks.
pub(super) async fn report(_rt: Sim, old: Arc<Old>) -> u32 {
    old.total()
}
