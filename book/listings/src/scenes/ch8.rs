//! Pools: two ways to take results, and a job that waits for another.

use std::sync::Arc;

use anyrt::queue::Fifo;
use anyrt::sync::Event;

use crate::picture::{Panel, Picture};
use crate::stage::{Record, Stage};

pub(crate) fn results() -> Picture {
    Picture {
        name: "8-results",
        alt: "Five jobs on two workers: with map the main thread shows the results in the order of the jobs and waits for the slow first one; with as_completed it shows each when it is ready",
        unit: "seconds",
        panels: vec![
            Panel {
                title: "map: in the order of the jobs",
                record: take_results(true),
            },
            Panel {
                title: "as_completed: whichever is ready",
                record: take_results(false),
            },
        ],
    }
}

pub(crate) fn nested() -> Picture {
    Picture {
        name: "8-nested",
        alt: "A pool with one worker: a job that waits for another job of the same pool waits for ever, unless whoever waits runs what is queued",
        unit: "seconds",
        panels: vec![
            Panel { title: "a pool by hand", record: wait_in_a_job(false) },
            Panel {
                title: "a pool in which those who wait help",
                record: wait_in_a_job(true),
            },
        ],
    }
}

// ANCHOR: results
const NAMES: [&str; 5] = ["job 1", "job 2", "job 3", "job 4", "job 5"];

fn take_results(in_order: bool) -> Record {
    let stage = Stage::new();
    let (jobs, ready) = (Arc::new(Fifo::unbounded()), Arc::new(Fifo::unbounded()));
    let done = Arc::new([(); 5].map(|()| Event::new()));
    for (job, seconds) in [6, 2, 3, 1, 4].into_iter().enumerate() {
        jobs.try_put((job, seconds)).expect("there is always room");
    }
    jobs.close();
    for name in ["worker 1", "worker 2"] {
        let (worker, jobs) = (stage.clone(), Arc::clone(&jobs));
        let (ready, done) = (Arc::clone(&ready), Arc::clone(&done));
        stage.spawn(stage.thread(name), name, async move {
            while let Ok((job, seconds)) = jobs.get().await {
                worker.work(NAMES[job], seconds).await;
                done[job].set();
                ready.try_put(job).expect("there is always room");
            }
        });
    }
    let main = stage.clone();
    stage.spawn(stage.thread("main"), "main", async move {
        for job in 0..5 {
            let job = if in_order {
                main.block_on(NAMES[job], done[job].wait()).await;
                job
            } else {
                main.block_on("any", ready.get()).await.expect("one for each")
            };
            main.work(["1", "2", "3", "4", "5"][job], 1).await; // shows it
        }
    });
    stage.run()
}
// ANCHOR_END: results

// ANCHOR: nested
fn wait_in_a_job(help: bool) -> Record {
    let stage = Stage::new();
    let jobs = Arc::new(Fifo::unbounded());
    let worker = stage.clone();
    stage.spawn(stage.thread("the only worker"), "the only worker", async move {
        worker.work("outer", 2).await;
        let inner_is_done = Arc::new(Event::new());
        jobs.try_put(Arc::clone(&inner_is_done)).expect("there is always room"); // submit
        worker.depth(jobs.len());
        if help && let Ok(inner) = jobs.try_get() {
            worker.depth(jobs.len());
            worker.work("inner", 3).await;
            inner.set();
        }
        worker.block_on("waits for inner", inner_is_done.wait()).await;
        worker.work("outer", 2).await;
    });
    stage.run()
}
// ANCHOR_END: nested
