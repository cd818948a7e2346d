//! A solution: nobody needs a marker, and nobody counts anybody.

use std::sync::Arc;

use anyrt::Sim;
use anyrt::prelude::*;
use anyrt::queue::Fifo;

/// Lets `cooks` cook ten dishes each, and `eaters` eat them; returns how many were eaten.
pub(super) async fn kitchen(rt: Sim, cooks: usize, eaters: usize) -> usize {
    let counter = Arc::new(Fifo::bounded(4));
    let cooks: Vec<_> = (0..cooks)
        .map(|_| {
            let counter = Arc::clone(&counter);
            rt.spawn_named("cook", async move {
                for dish in 0..10 {
                    counter.put(dish).await.expect("the kitchen is open");
                }
            })
        })
        .collect();
    let eaters: Vec<_> = (0..eaters)
        .map(|_| {
            let counter = Arc::clone(&counter);
            rt.spawn_named("eater", async move {
                let mut eaten = 0;
                while let Ok(_dish) = counter.get().await {
                    eaten += 1;
                }
                eaten
            })
        })
        .collect();
    for cook in cooks {
        cook.await.expect("no panic");
    }
    counter.close(); // what is on the counter is still eaten
    let mut eaten = 0;
    for eater in eaters {
        eaten += eater.await.expect("no panic");
    }
    eaten
}
