//! A solution: nobody waits for those before him.

use std::sync::Arc;
use std::time::Duration;

use anyrt::Sim;
use anyrt::prelude::*;

use super::{PERIOD, REQUESTS, Server};

pub(super) async fn latencies(rt: Sim, server: Arc<Server>) -> Vec<Duration> {
    let start = rt.now();
    let client = |n: u32| {
        let (rt, server) = (rt.clone(), Arc::clone(&server));
        async move {
            let due = start + n * PERIOD;
            rt.sleep_until(Some(due)).await;
            server.ask().await;
            rt.now() - due
        }
    };
    let clients: Vec<_> = (0..REQUESTS).map(|n| rt.spawn(client(n))).collect();
    let mut took = Vec::new();
    for client in clients {
        took.push(client.await.expect("no panic"));
    }
    took
}
