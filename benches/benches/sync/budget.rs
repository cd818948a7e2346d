//! What it costs that a loop over waits that are always ready lets others run.

use std::hint::black_box;

use anyrt_benches::compare::{Row, Stopwatch, Took};
use anyrt_benches::hosts::Host;

pub(crate) fn rows() -> Vec<Row> {
    vec![
        Row::timed("budget/consume", "to spend a unit of the budget, in a task on tokio")
            .ours("anyrt", consume)
            .peer("tokio", consume_tokio)
            .into(),
        Row::timed("budget/lock", "to lock and unlock, with the budget and without")
            .ours("lock().await", lock)
            .ours("try_lock()", try_lock)
            .into(),
    ]
}

fn consume(n: u64) -> Took {
    Host::TokioOne.block_on(async move {
        let watch = Stopwatch::of_this_thread();
        for _ in 0..n {
            anyrt::task::consume_budget().await;
        }
        watch.took(n)
    })
}

fn consume_tokio(n: u64) -> Took {
    Host::TokioOne.block_on(async move {
        let watch = Stopwatch::of_this_thread();
        for _ in 0..n {
            tokio::task::consume_budget().await;
        }
        watch.took(n)
    })
}

fn lock(n: u64) -> Took {
    let lock = anyrt::sync::Lock::new(0_u64);
    smol::block_on(async {
        let watch = Stopwatch::of_this_thread();
        for _ in 0..n {
            *black_box(&lock).lock().await += 1;
        }
        watch.took(n)
    })
}

fn try_lock(n: u64) -> Took {
    let lock = anyrt::sync::Lock::new(0_u64);
    let watch = Stopwatch::of_this_thread();
    for _ in 0..n {
        *black_box(&lock).try_lock().expect("nobody has it") += 1;
    }
    watch.took(n)
}
