//! Sends requests to a server, and measures each. It is what many load generators do.

use std::sync::Arc;
use std::time::Duration;

use anyrt::Sim;
use anyrt::prelude::*;

use super::{PERIOD, REQUESTS, Server};

pub(super) async fn latencies(rt: Sim, server: Arc<Server>) -> Vec<Duration> {
    let mut took = Vec::new();
    for _ in 0..REQUESTS {
        let sent = rt.now();
        server.ask().await;
        took.push(rt.now() - sent);
        rt.sleep(PERIOD).await;
    }
    took
}
