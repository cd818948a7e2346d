//! A quick cook and a slow eater.

use std::sync::Arc;

use anyrt::queue::Fifo;

use crate::picture::{Panel, Picture};
use crate::stage::{Record, Stage};

pub(crate) fn back_pressure() -> Picture {
    Picture {
        name: "7-back-pressure",
        alt: "A quick cook and a slow eater: without a bound the queue grows, with a bound of two the cook waits for room",
        unit: "minutes",
        panels: vec![
            Panel { title: "no bound", record: kitchen(Fifo::unbounded()) },
            Panel { title: "room for two", record: kitchen(Fifo::bounded(2)) },
        ],
    }
}

// ANCHOR: kitchen
fn kitchen(counter: Fifo<u32>) -> Record {
    let stage = Stage::new();
    let counter = Arc::new(counter);
    let (cook, dishes) = (stage.clone(), Arc::clone(&counter));
    stage.spawn(stage.thread("cook"), "cook", async move {
        for dish in 0..7 {
            cook.work("cooks", 2).await;
            cook.block_on("full", dishes.put(dish))
                .await
                .expect("nobody else closes it");
            cook.depth(dishes.len());
        }
        dishes.close();
    });
    let eater = stage.clone();
    stage.spawn(stage.thread("eater"), "eater", async move {
        while let Ok(_dish) = eater.block_on("empty", counter.get()).await {
            eater.depth(counter.len());
            eater.work("eats", 4).await;
        }
    });
    stage.run()
}
// ANCHOR_END: kitchen
