//! A storm of cancellations: what it costs to drop a wait that is queued among others.

use std::pin::Pin;
use std::task::{Context, Waker};

use anyrt_benches::compare::{Row, Stopwatch, Took};
use anyrt_benches::primitives::{Event, Mutex, Semaphore};

pub(crate) fn rows() -> Vec<Row> {
    let mut rows = Vec::new();
    for queued in [100, 10_000] {
        let title =
            |of: &str| format!("to drop a queued wait, in random order: {queued} wait for {of}");
        let row = |of: &str, target| {
            Row::timed(&format!("cancel/{of}-{queued}"), &title(of)).target(target)
        };
        rows.push(locks!(row("lock", 1.25), of_a_lock(queued)).into());
        let semaphore = row("semaphore", 1.25);
        rows.push(semaphores!(semaphore, of_a_semaphore(queued), async_lock::Semaphore).into());
        rows.push(events!(row("event", 1.25), of_an_event(queued)).into());
    }
    rows
}

fn of_a_lock<L: Mutex>(queued: usize, n: u64) -> Took {
    let lock = L::make();
    let _held = smol::block_on(lock.lock());
    storm(queued, n, || lock.lock())
}

fn of_a_semaphore<S: Semaphore>(queued: usize, n: u64) -> Took {
    let semaphore = S::make(1);
    let _held = smol::block_on(semaphore.acquire(1));
    storm(queued, n, || semaphore.acquire(1))
}

fn of_an_event<E: Event>(queued: usize, n: u64) -> Took {
    let event = E::make();
    storm(queued, n, || event.wait())
}

/// Only the drops are timed. Each future stays in its place, so that nothing is freed.
fn storm<F: Future>(queued: usize, n: u64, wait: impl Fn() -> F) -> Took {
    let rounds = n.div_ceil(queued as u64);
    let mut order = (0..queued).collect::<Vec<_>>();
    fastrand::Rng::with_seed(1).shuffle(&mut order);
    let mut slots = (0..queued).map(|_| Box::pin(None)).collect::<Vec<Pin<Box<Option<F>>>>>();
    let mut cx = Context::from_waker(Waker::noop());
    let times = (0..rounds).map(|_| {
        for slot in &mut slots {
            slot.set(Some(wait()));
            let wait = slot.as_mut().as_pin_mut().expect("just set");
            assert!(wait.poll(&mut cx).is_pending());
        }
        let watch = Stopwatch::of_this_thread();
        for &at in &order {
            slots[at].set(None);
        }
        watch.took(queued as u64).elapsed
    });
    Took { elapsed: times.sum(), operations: rounds * queued as u64 }
}
