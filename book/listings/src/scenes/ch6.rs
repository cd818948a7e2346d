//! A barrier.

use std::sync::Arc;

use anyrt::sync::Barrier;

use crate::picture::{Panel, Picture};
use crate::stage::{Record, Stage};

pub(crate) fn barrier() -> Picture {
    Picture {
        name: "6-barrier",
        alt: "Three hikers of different pace meet after each stage: the fast ones wait for the slowest",
        unit: "hours",
        panels: vec![Panel { title: "", record: hike() }],
    }
}

// ANCHOR: hike
fn hike() -> Record {
    let stage = Stage::new();
    let hut = Arc::new(Barrier::new(3));
    for (name, paces) in [("Ann", [2, 4]), ("Bo", [5, 1]), ("Cy", [3, 3])] {
        let (hiker, hut) = (stage.clone(), Arc::clone(&hut));
        stage.spawn(stage.thread(name), name, async move {
            for pace in paces {
                hiker.work("walks", pace).await;
                let arrival = hiker
                    .block_on("waits", hut.wait())
                    .await
                    .expect("nobody gives up");
                if arrival.is_leader() {
                    hiker.mark("leads");
                }
            }
        });
    }
    stage.run()
}
// ANCHOR_END: hike
