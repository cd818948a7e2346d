//! Threads and tasks that wait for each other.

use std::sync::Arc;

use anyrt::queue::Fifo;
use anyrt::sync::Event;

use crate::picture::{Panel, Picture};
use crate::stage::{Record, Stage};

pub(crate) fn bridges() -> Picture {
    Picture {
        name: "18-bridges",
        alt: "A thread that asks a task blocks itself, and nobody else; a task that asks a pool waits, and its thread serves another task meanwhile; a task that blocks its thread for a task of this thread waits for ever, and so does everybody there",
        unit: "milliseconds",
        panels: vec![
            Panel { title: "a thread asks a task", record: thread_asks() },
            Panel { title: "a task asks a pool", record: task_asks() },
            Panel {
                title: "a task blocks for a task of its own thread",
                record: itself(),
            },
        ],
    }
}

/// Somebody else's task, which wants a bit of the thread now and then.
async fn other(stage: Stage) {
    for _ in 0..3 {
        stage.sleep(2).await;
        stage.work("", 1).await;
    }
}

// ANCHOR: thread_asks
fn thread_asks() -> Record {
    let stage = Stage::new();
    let (asked, answered) = (Arc::new(Event::new()), Arc::new(Event::new()));
    let (ask, answer) = (Arc::clone(&asked), Arc::clone(&answered));
    let main = stage.clone();
    stage.spawn(stage.thread("main"), "main", async move {
        main.work("", 1).await;
        ask.set(); // submit_async
        main.block_on("join_blocking", answered.wait()).await;
        main.work("", 1).await;
    });
    let worker = stage.thread("the runtime's thread");
    let task = stage.clone();
    stage.spawn(worker, "task", async move {
        asked.wait().await;
        task.work("", 2).await;
        task.wait("network", task.sleep(4)).await;
        task.work("", 1).await;
        answer.set();
    });
    stage.spawn(worker, "another task", other(stage.clone()));
    stage.run()
}
// ANCHOR_END: thread_asks

// ANCHOR: task_asks
fn task_asks() -> Record {
    let stage = Stage::new();
    let (jobs, answered) = (Arc::new(Fifo::unbounded()), Arc::new(Event::new()));
    let (ask, answer) = (Arc::clone(&jobs), Arc::clone(&answered));
    let worker = stage.thread("the runtime's thread");
    let task = stage.clone();
    stage.spawn(worker, "task", async move {
        task.work("", 1).await;
        ask.try_put("file").expect("there is always room"); // submit
        ask.close();
        task.wait("handle.await", answered.wait()).await;
        task.work("", 1).await;
    });
    stage.spawn(worker, "another task", other(stage.clone()));
    let thread = stage.clone();
    stage.spawn(stage.thread("pool"), "pool", async move {
        while let Ok(file) = jobs.get().await {
            thread.block(file, 5).await;
            thread.work("", 1).await;
            answer.set();
        }
    });
    stage.run()
}
// ANCHOR_END: task_asks

// ANCHOR: itself
fn itself() -> Record {
    let stage = Stage::new();
    let (asked, answered) = (Arc::new(Event::new()), Arc::new(Event::new()));
    let (ask, answer) = (Arc::clone(&asked), Arc::clone(&answered));
    let worker = stage.thread("the runtime's thread");
    let outer = stage.clone();
    stage.spawn(worker, "task", async move {
        outer.work("", 1).await;
        ask.set(); // submit_async
        outer.block_on("join_blocking", answered.wait()).await; // and not `.await`
    });
    let inner = stage.clone();
    stage.spawn(worker, "inner task", async move {
        asked.wait().await;
        inner.work("", 2).await;
        answer.set();
    });
    stage.spawn(worker, "another task", other(stage.clone()));
    stage.run()
}
// ANCHOR_END: itself
