//! A solution: the transfer is a task, so somebody asks it while we complain.

use std::sync::Arc;
use std::time::Duration;

use anyrt::Sim;
use anyrt::prelude::*;

use super::Office;

pub(super) async fn book(rt: Sim, office: Arc<Office>) {
    let theirs = Arc::clone(&office);
    let mut transfer = rt.spawn(async move { theirs.transfer().await });
    let quick = rt.timeout(Duration::from_secs(10), &mut transfer).await;
    if quick.is_err() {
        office.complain().await;
        transfer.await.expect("no panic");
    }
}
