//! Conditions: two tasks in turns, and one that tells all others.

use std::sync::Arc;

use anyrt_benches::compare::{Row, Took};
use anyrt_benches::hosts::Host;
use anyrt_benches::primitives::{
    AnyrtCondition, AsyncLockCondition, AsyncStdCondition, AsyncbandCondition, Condition,
    MeaCondition, Mutex, TokioCondition,
};

macro_rules! conditions {
    ($row:expr, $run:ident $args:tt) => {
        timed!($row, $run $args;
            AnyrtCondition;
            TokioCondition, AsyncLockCondition, AsyncStdCondition, AsyncbandCondition, MeaCondition)
    };
}

pub(crate) fn rows() -> Vec<Row> {
    let mut rows = Vec::new();
    for host in [Host::TokioOne, Host::SmolOne, Host::TokioTwo] {
        let id = format!("condition/{}-ping-pong", host.name());
        let title = format!("of a turn: two tasks on {}", host.name());
        rows.push(conditions!(Row::timed(&id, &title).target(1.4), ping_pong(host)).into());
    }
    for (host, target) in [(Host::TokioOne, 1.5), (Host::TokioTwo, 1.9), (Host::SmolTwo, 1.9)] {
        let id = format!("condition/{}-all-16", host.name());
        let title = format!("of a `notify_all` to 15, per task, on {}", host.name());
        rows.push(conditions!(Row::timed(&id, &title).target(target), all(host, 16)).into());
    }
    rows
}

/// The number says whose turn it is.
fn ping_pong<C: Condition>(host: Host, n: u64) -> Took {
    let turns = n.div_ceil(2);
    let shared = Arc::new(C::make());
    let tasks = (0..2).map(|me| {
        let shared = Arc::clone(&shared);
        async move {
            for _ in 0..turns {
                let mut number = shared.mutex().lock().await;
                while *number % 2 != me {
                    number = shared.wait(number).await;
                }
                *number += 1;
                shared.notify_one();
            }
        }
    });
    let took = host.run(tasks.collect(), turns * 2);
    assert_eq!(*smol::block_on(shared.mutex().lock()), turns * 2);
    took
}

/// A barrier of a condition: the last to come tells all others. The number counts those who came.
fn all<C: Condition>(host: Host, tasks: u64, n: u64) -> Took {
    let rounds = n.div_ceil(tasks);
    let shared = Arc::new(C::make());
    let work = (0..tasks).map(|_| {
        let shared = Arc::clone(&shared);
        async move {
            for round in 0..rounds {
                let mut came = shared.mutex().lock().await;
                *came += 1;
                if *came == (round + 1) * tasks {
                    shared.notify_all();
                }
                while *came < (round + 1) * tasks {
                    came = shared.wait(came).await;
                }
            }
        }
    });
    let took = host.run(work.collect(), rounds * tasks);
    assert_eq!(*smol::block_on(shared.mutex().lock()), rounds * tasks);
    took
}
