//! Old Zhang's four kettles.

use std::sync::Arc;

use anyrt::sync::Event;

use crate::picture::{Panel, Picture};
use crate::stage::{Record, Stage};

pub(crate) fn kettles() -> Picture {
    Picture {
        name: "1-kettles",
        alt: "Zhang and his kettle in four runs: he stands by it, looks in, stands by a whistling one, watches TV until it whistles",
        unit: "minutes",
        panels: vec![
            Panel { title: "plain kettle, Zhang stands by it", record: stand_by() },
            Panel {
                title: "plain kettle, Zhang looks in now and then",
                record: look_in(),
            },
            Panel {
                title: "whistling kettle, Zhang stands by it anyway",
                record: stand_by_anyway(),
            },
            Panel { title: "whistling kettle, Zhang watches TV", record: go_on() },
        ],
    }
}

/// Puts a kettle on the stove; the event is set when the water boils.
fn kettle(stage: &Stage, sound: &'static str) -> Arc<Event> {
    let boils = Arc::new(Event::new());
    let (clock, hot) = (stage.clone(), Arc::clone(&boils));
    stage.spawn(stage.thread("kettle"), "kettle", async move {
        clock.work("heats", 7).await;
        hot.set();
        if !sound.is_empty() {
            clock.mark(sound);
        }
    });
    boils
}

// ANCHOR: plain
/// Synchronous, blocking.
fn stand_by() -> Record {
    let stage = Stage::new();
    let boils = kettle(&stage, "");
    let zhang = stage.clone();
    stage.spawn(stage.thread("Zhang"), "Zhang", async move {
        zhang.block_on("stands by", boils.wait()).await;
        zhang.work("tea", 2).await;
    });
    stage.run()
}

/// Synchronous, non-blocking.
fn look_in() -> Record {
    let stage = Stage::new();
    let boils = kettle(&stage, "");
    let zhang = stage.clone();
    stage.spawn(stage.thread("Zhang"), "Zhang", async move {
        while !boils.is_set() {
            zhang.work("TV", 3).await;
            zhang.mark("?");
        }
        zhang.work("tea", 2).await;
    });
    stage.run()
}
// ANCHOR_END: plain

// ANCHOR: whistling
/// Asynchronous, blocking.
fn stand_by_anyway() -> Record {
    let stage = Stage::new();
    let boils = kettle(&stage, "whistle");
    let zhang = stage.clone();
    stage.spawn(stage.thread("Zhang"), "Zhang", async move {
        zhang.block_on("stands by", boils.wait()).await;
        zhang.work("tea", 2).await;
    });
    stage.run()
}

/// Asynchronous, non-blocking: two tasks share Zhang.
fn go_on() -> Record {
    let stage = Stage::new();
    let boils = kettle(&stage, "whistle");
    let zhang = stage.thread("Zhang");
    let (tea, tv) = (stage.clone(), stage.clone());
    stage.spawn(zhang, "make tea", async move {
        tea.wait("await", boils.wait()).await;
        tea.work("tea", 2).await;
    });
    stage.spawn(zhang, "watch TV", async move {
        for _minute in 0..7 {
            tv.work("TV", 1).await;
            anyrt::task::yield_now().await;
        }
    });
    stage.run()
}
// ANCHOR_END: whistling
