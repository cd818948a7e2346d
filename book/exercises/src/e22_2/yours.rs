//! Transfers; if that takes more than ten seconds, notes a complaint, and transfers all the same.

use std::pin::pin;
use std::sync::Arc;
use std::time::Duration;

use anyrt::Sim;
use anyrt::prelude::*;

use super::Office;

pub(super) async fn book(rt: Sim, office: Arc<Office>) {
    let mut transfer = pin!(office.transfer());
    let quick = rt.timeout(Duration::from_secs(10), transfer.as_mut()).await;
    if quick.is_err() {
        office.complain().await;
        transfer.await;
    }
}
