//! Blocked, at which level?

use crate::picture::{Panel, Picture};
use crate::stage::{Record, Stage};

pub(crate) fn frozen() -> Picture {
    Picture {
        name: "3-frozen",
        alt: "Tasks on one thread: when one of them awaits, the others run; when it blocks the thread, nobody does",
        unit: "milliseconds",
        panels: vec![
            Panel { title: "the first task awaits a sleep", record: guests(false) },
            Panel {
                title: "the first task blocks its thread",
                record: guests(true),
            },
        ],
    }
}

// ANCHOR: frozen
fn guests(blocks: bool) -> Record {
    let stage = Stage::new();
    let thread = stage.thread("the only thread");
    let first = stage.clone();
    stage.spawn(thread, "sleeper", async move {
        if blocks {
            first.block("thread::sleep", 10).await; // as std::thread::sleep does
        } else {
            first.wait("rt.sleep().await", first.sleep(10)).await;
        }
        first.work("", 1).await;
    });
    for name in ["task 1", "task 2", "task 3", "task 4"] {
        let task = stage.clone();
        stage.spawn(thread, name, async move { task.work("", 2).await });
    }
    stage.run()
}
// ANCHOR_END: frozen
