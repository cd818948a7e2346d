//! Start and join.

use std::sync::Arc;

use anyrt::sync::Event;

use crate::picture::{Panel, Picture};
use crate::stage::{Record, Stage};

pub(crate) fn fork_join() -> Picture {
    Picture {
        name: "4-fork-join",
        alt: "The main thread starts three workers and joins them in order: it waits for the slowest, whatever the order",
        unit: "milliseconds",
        panels: vec![Panel { title: "", record: run() }],
    }
}

// ANCHOR: fork_join
fn run() -> Record {
    let stage = Stage::new();
    let main = stage.clone();
    stage.spawn(stage.thread("main"), "main", async move {
        let mut ends = Vec::new();
        for (name, work) in [("worker-a", 6), ("worker-b", 3), ("worker-c", 8)] {
            main.work("spawn", 1).await;
            let (ended, worker) = (Arc::new(Event::new()), main.clone());
            ends.push(Arc::clone(&ended));
            main.spawn(main.thread(name), name, async move {
                worker.work("", work).await;
                ended.set();
            });
        }
        for (label, ended) in ["join a", "join b", "join c"].into_iter().zip(ends) {
            main.block_on(label, ended.wait()).await;
        }
    });
    stage.run()
}
// ANCHOR_END: fork_join
