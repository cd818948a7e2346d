//! A solution.

use std::sync::Arc;

use anyrt::Sim;
use anyrt::executor::SubmitAsync;
use anyrt::prelude::*;
use anyrt::sync::Lock;

use super::{Old, look_up};

pub(super) async fn price(rt: Sim) -> u32 {
    let found = rt.submit_async(look_up(rt.clone()));
    let price = found.await.expect("it has not panicked");
    price + price / 10
}

pub(super) async fn add(total: Arc<Lock<u32>>, n: u32) {
    *total.lock().await += n;
}

pub(super) async fn report(rt: Sim, old: Arc<Old>) -> u32 {
    rt.spawn_blocking(move || old.total()).await.expect("no panic")
}
