//! An event and many waiters.

use std::pin::Pin;
use std::sync::Arc;
use std::sync::atomic::{AtomicU64, Ordering};
use std::task::{Context, Poll, Waker};
use std::time::Instant;

use anyrt_benches::compare::{Row, Stopwatch, Took};
use anyrt_benches::hosts::Host;
use anyrt_benches::primitives::Event;

pub(crate) fn rows() -> Vec<Row> {
    let title = "to wait and be released, per waiter: 1000 waiters, no executor";
    let row = Row::timed("event/raw-1000", title).target(1.9);
    let mut rows = vec![events!(row, raw(1000)).into()];
    for (host, waiters) in [
        (Host::TokioTwo, 1_000),
        (Host::SmolTwo, 1_000),
        (Host::TokioTwo, 100_000),
        (Host::SmolTwo, 100_000),
    ] {
        let id = format!("event/{}-{waiters}", host.name());
        let title =
            format!("from `set` until all have run, per task: {waiters} on {}", host.name());
        rows.push(events!(Row::timed(&id, &title).target(1.1), broadcast(host, waiters)).into());
    }
    rows
}

fn raw<E: Event>(waiters: usize, n: u64) -> Took {
    let rounds = n.div_ceil(waiters as u64);
    let event = E::make();
    let mut slots = (0..waiters).map(|_| Box::pin(None)).collect::<Vec<Pin<Box<Option<_>>>>>();
    let mut cx = Context::from_waker(Waker::noop());
    let watch = Stopwatch::of_this_thread();
    for _ in 0..rounds {
        for slot in &mut slots {
            slot.set(Some(event.wait()));
            let wait = slot.as_mut().as_pin_mut().expect("just set");
            assert!(wait.poll(&mut cx).is_pending());
        }
        event.set();
        for slot in &mut slots {
            let wait = slot.as_mut().as_pin_mut().expect("set above");
            assert!(wait.poll(&mut cx).is_ready());
            slot.set(None);
        }
        event.clear();
    }
    watch.took(rounds * waiters as u64)
}

/// `n` is the least number of releases; only the time from `set` on counts.
fn broadcast<E: Event>(host: Host, waiters: u64, n: u64) -> Took {
    let rounds = n.div_ceil(waiters);
    let rounds_took = (0..rounds).map(|_| {
        let event = Arc::new(E::make());
        let (waiting, left) = (Arc::new(AtomicU64::new(0)), Arc::new(AtomicU64::new(waiters)));
        host.block_on(async move {
            let (sender, receiver) = tokio::sync::oneshot::channel();
            let done = Arc::new(std::sync::Mutex::new(Some(sender)));
            for _ in 0..waiters {
                let (event, waiting) = (Arc::clone(&event), Arc::clone(&waiting));
                let (left, done) = (Arc::clone(&left), Arc::clone(&done));
                host.spawn(async move {
                    let mut wait = std::pin::pin!(event.wait());
                    let mut first = true;
                    std::future::poll_fn(|cx| {
                        let polled = wait.as_mut().poll(cx);
                        if std::mem::take(&mut first) && polled == Poll::Pending {
                            waiting.fetch_add(1, Ordering::SeqCst);
                        }
                        polled
                    })
                    .await;
                    if left.fetch_sub(1, Ordering::SeqCst) == 1 {
                        let end = Instant::now();
                        let sender = done.lock().expect("no panic").take();
                        sender.expect("one is last").send(end).expect("awaited");
                    }
                });
            }
            while waiting.load(Ordering::SeqCst) < waiters {
                smol::future::yield_now().await;
            }
            let start = Instant::now();
            event.set();
            receiver.await.expect("sent by the last") - start
        })
    });
    Took { elapsed: rounds_took.sum(), operations: rounds * waiters }
}
