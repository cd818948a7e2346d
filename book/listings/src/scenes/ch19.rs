//! Two ways to measure a server, and a measurement.

use std::sync::Arc;

use anyrt::queue::Fifo;
use anyrt::sync::Event;

use crate::picture::{Panel, Picture};
use crate::stage::{Record, Stage};

pub(crate) fn loops() -> Picture {
    Picture {
        name: "19-loops",
        alt: "A server that stalls for six seconds: a client that sends its next request after the answer sees one slow request, clients that come when they come see four",
        unit: "seconds",
        panels: vec![
            Panel {
                title: "closed loop: one client, who waits before asking again",
                record: play(true),
            },
            Panel {
                title: "open loop: clients who come every other second",
                record: play(false),
            },
        ],
    }
}

// ANCHOR: loops
const CLIENTS: [&str; 6] =
    ["request 1", "request 2", "request 3", "request 4", "request 5", "request 6"];

fn play(closed: bool) -> Record {
    let stage = Stage::new();
    let requests = Arc::new(Fifo::unbounded());
    let server = stage.clone();
    let inbox = Arc::clone(&requests);
    stage.spawn(stage.thread("server"), "server", async move {
        for _ in CLIENTS {
            let answered: Arc<Event> = inbox.get().await.expect("never closed");
            if (4..10).contains(&server.now()) {
                server.block("stalls", 10 - server.now()).await;
            }
            server.work("", 1).await;
            answered.set();
        }
    });
    let mut before: Option<Arc<Event>> = None;
    for (number, name) in CLIENTS.into_iter().enumerate() {
        let answered = Arc::new(Event::new());
        let after = before.replace(Arc::clone(&answered)).filter(|_| closed);
        let (client, requests) = (stage.clone(), Arc::clone(&requests));
        stage.spawn(stage.thread(name), name, async move {
            match after {
                Some(answered) => {
                    answered.wait().await;
                    client.sleep(1).await;
                }
                None => client.sleep(2 * number as u64).await,
            }
            requests.try_put(Arc::clone(&answered)).expect("there is always room");
            client.wait("waiting", answered.wait()).await;
        });
    }
    stage.run()
}
// ANCHOR_END: loops
