//! Lock order.

use std::sync::Arc;

use anyrt::sync::Lock;

use crate::picture::{Panel, Picture};
use crate::stage::{Record, Stage};

pub(crate) fn lock_order() -> Picture {
    Picture {
        name: "5-lock-order",
        alt: "Two threads take two locks in opposite order and wait for each other for ever; in one order, one waits for a while",
        unit: "milliseconds",
        panels: vec![
            Panel { title: "opposite order", record: transfers(true) },
            Panel { title: "one order", record: transfers(false) },
        ],
    }
}

// ANCHOR: transfers
fn transfers(opposite: bool) -> Record {
    let stage = Stage::new();
    let accounts = [Arc::new(Lock::new(100)), Arc::new(Lock::new(100))];
    for (name, there) in [("thread A", true), ("thread B", !opposite)] {
        let (clerk, [a, b]) = (stage.clone(), accounts.clone());
        let (first, then) = if there {
            ((a, "lock 1"), (b, "lock 2"))
        } else {
            ((b, "lock 2"), (a, "lock 1"))
        };
        stage.spawn(stage.thread(name), name, async move {
            let _first = clerk.block_on(first.1, first.0.lock()).await;
            clerk.work(first.1, 2).await;
            let _then = clerk.block_on(then.1, then.0.lock()).await;
            clerk.work(then.1, 3).await;
        });
    }
    stage.run()
}
// ANCHOR_END: transfers
