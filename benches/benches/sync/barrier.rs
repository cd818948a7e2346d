//! Rounds of a barrier, per party.

use std::sync::Arc;

use anyrt_benches::compare::{Row, Took};
use anyrt_benches::hosts::Host;
use anyrt_benches::primitives::Barrier;

pub(crate) fn rows() -> Vec<Row> {
    let mut rows = Vec::new();
    for host in [Host::TokioOne, Host::TokioTwo, Host::SmolTwo] {
        for parties in [2, 10, 100, 1000] {
            let id = format!("barrier/{}-{parties}", host.name());
            let title = format!("of a round, per party: {parties} parties on {}", host.name());
            let target = if host == Host::TokioOne { 1.3 } else { 1.4 };
            let row = Row::timed(&id, &title).target(target);
            let row = timed!(row, rounds(host, parties);
                anyrt::sync::Barrier;
                tokio::sync::Barrier, async_lock::Barrier, asyncband::barrier::Barrier,
                mea::barrier::Barrier);
            // saa's takes 40 µs a party at ten, and ten times that at a hundred: a round takes seconds.
            let row =
                if parties > 10 { row } else { timed!(row, rounds(host, parties); ; saa::Barrier) };
            rows.push(row.into());
        }
    }
    rows
}

fn rounds<B: Barrier>(host: Host, parties: u32, n: u64) -> Took {
    let rounds = n.div_ceil(u64::from(parties));
    let barrier = Arc::new(B::make(parties));
    let leaders = Arc::new(std::sync::atomic::AtomicU64::new(0));
    let tasks = (0..parties).map(|_| {
        let (barrier, leaders) = (Arc::clone(&barrier), Arc::clone(&leaders));
        async move {
            let mut led = 0;
            for _ in 0..rounds {
                led += u64::from(barrier.wait().await);
            }
            leaders.fetch_add(led, std::sync::atomic::Ordering::SeqCst);
        }
    });
    let took = host.run(tasks.collect(), rounds * u64::from(parties));
    assert_eq!(leaders.load(std::sync::atomic::Ordering::SeqCst), rounds, "one leads each round");
    took
}
