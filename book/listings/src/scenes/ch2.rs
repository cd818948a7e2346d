//! One coffee machine or two.

use crate::picture::{Panel, Picture};
use crate::stage::{Record, Stage};

pub(crate) fn coffee() -> Picture {
    Picture {
        name: "2-coffee",
        alt: "Two queues of three people: with one machine they take turns until minute 12, with two machines they are done at minute 6",
        unit: "minutes",
        panels: vec![
            Panel {
                title: "two queues, one machine: concurrent",
                record: queues(1),
            },
            Panel {
                title: "two queues, two machines: concurrent and parallel",
                record: queues(2),
            },
        ],
    }
}

pub(crate) fn phone_calls() -> Picture {
    Picture {
        name: "2-phone-calls",
        alt: "Four people who wait six minutes for an answer and need one minute of work: one thread is enough",
        unit: "minutes",
        panels: vec![
            Panel {
                title: "much waiting, little work: one thread",
                record: calls(1),
            },
            Panel { title: "the same on two threads", record: calls(2) },
        ],
    }
}

// ANCHOR: coffee
fn queues(machines: usize) -> Record {
    let stage = Stage::new();
    let names = ["machine 1", "machine 2"];
    let threads: Vec<_> =
        names[..machines].iter().map(|name| stage.thread(name)).collect();
    for (person, name) in
        ["Ann", "Bo", "Cy", "Di", "Eve", "Fu"].into_iter().enumerate()
    {
        let coffee = stage.clone();
        stage.spawn(threads[person % machines], name, async move {
            coffee.work("coffee", 2).await;
        });
    }
    stage.run()
}
// ANCHOR_END: coffee

// ANCHOR: calls
fn calls(threads: usize) -> Record {
    let stage = Stage::new();
    let names = ["thread 1", "thread 2"];
    let threads: Vec<_> =
        names[..threads].iter().map(|name| stage.thread(name)).collect();
    for (person, name) in ["Ann", "Bo", "Cy", "Di"].into_iter().enumerate() {
        let call = stage.clone();
        stage.spawn(threads[person % threads.len()], name, async move {
            call.wait("on hold", call.sleep(6)).await;
            call.work("notes", 1).await;
        });
    }
    stage.run()
}
// ANCHOR_END: calls
