//! Turns of an executor.

use crate::picture::{Panel, Picture};
use crate::stage::{Record, Stage};

pub(crate) fn turns() -> Picture {
    Picture {
        name: "15-turns",
        alt: "Three tasks on one thread take turns when each gives it back; a task that does not keeps the others waiting",
        unit: "steps",
        panels: vec![
            Panel { title: "each gives the thread back", record: play(false) },
            Panel { title: "one is greedy", record: play(true) },
        ],
    }
}

// ANCHOR: turns
fn play(greedy: bool) -> Record {
    let stage = Stage::new();
    let thread = stage.thread("the only thread");
    for name in ["task 1", "task 2", "task 3"] {
        let task = stage.clone();
        stage.spawn(thread, name, async move {
            let gives_back = !(greedy && name == "task 1");
            for turn in 0..4 {
                if turn > 0 && gives_back {
                    anyrt::task::yield_now().await; // to the end of the queue
                }
                task.work("", 1).await;
            }
        });
    }
    stage.run()
}
// ANCHOR_END: turns
