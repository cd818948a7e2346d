//! Who sleeps for whom.

use std::sync::Arc;

use anyrt::queue::Fifo;
use anyrt::sync::{Event, Latch};

use crate::picture::{Panel, Picture};
use crate::stage::{Record, Stage};

pub(crate) fn handshake() -> Picture {
    Picture {
        name: "16-handshake",
        alt: "Two waits take two threads that sleep; or two tasks on one thread leave their wakers with a reactor, which sleeps for both and wakes each when the kernel has told it",
        unit: "milliseconds",
        panels: vec![
            Panel { title: "a thread for each wait", record: two_threads() },
            Panel {
                title: "tasks, and a reactor that sleeps for both",
                record: reactor(),
            },
        ],
    }
}

/// What the kernel tells: the bytes after four milliseconds, the clock after seven.
async fn kernel(stage: Stage, what: &'static str, after: u64, tell: impl FnOnce()) {
    stage.work(what, after).await;
    tell();
}

fn two_threads() -> Record {
    let stage = Stage::new();
    for (device, what, after, name, wait) in [
        ("network", "bytes travel", 4, "reader", "read"),
        ("clock", "ticks", 7, "sleeper", "thread::sleep"),
    ] {
        let told = Arc::new(Event::new());
        let tell = Arc::clone(&told);
        let tell = kernel(stage.clone(), what, after, move || tell.set());
        stage.spawn(stage.thread(device), device, tell);
        let thread = stage.clone();
        stage.spawn(stage.thread(name), name, async move {
            thread.work("", 1).await;
            thread.block_on(wait, told.wait()).await;
            thread.work("", 2).await;
        });
    }
    stage.run()
}

// ANCHOR: reactor
fn reactor() -> Record {
    let stage = Stage::new();
    let notices = Arc::new(Fifo::unbounded()); // from the kernel
    let over = Arc::new(Latch::new(2));
    let thread = stage.thread("the only thread");
    let mut wakers = Vec::new();
    for (device, what, after, name, wait) in [
        ("network", "bytes travel", 4, "reader", "read().await"),
        ("clock", "ticks", 7, "sleeper", "sleep().await"),
    ] {
        let tell = Arc::clone(&notices);
        let tell = kernel(stage.clone(), what, after, move || {
            tell.try_put(device).expect("there is always room");
        });
        stage.spawn(stage.thread(device), device, tell);
        let waker = Arc::new(Event::new());
        wakers.push((device, Arc::clone(&waker)));
        let (task, over) = (stage.clone(), Arc::clone(&over));
        stage.spawn(thread, name, async move {
            task.work("", 1).await;
            task.mark("leaves its waker");
            task.wait(wait, waker.wait()).await;
            task.work("", 2).await;
            over.count_down(1);
        });
    }
    let reactor = stage.clone();
    stage.spawn(thread, "reactor", async move {
        loop {
            anyrt::task::yield_now().await; // whoever is ready goes first
            if over.is_open() {
                return;
            }
            let device = reactor.block_on("poll", notices.get()).await;
            let device = device.expect("it is never closed");
            reactor.mark("wakes");
            wakers
                .iter()
                .filter(|(of, _)| *of == device)
                .for_each(|(_, it)| it.set());
        }
    });
    stage.run()
}
// ANCHOR_END: reactor
