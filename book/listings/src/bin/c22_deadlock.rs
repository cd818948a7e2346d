//! Two programs that hang, and what the simulator says of them. With the feature `diagnose`.

use std::array;
use std::pin::pin;
use std::sync::Arc;
use std::time::Duration;

use anyrt::Sim;
use anyrt::prelude::*;
use anyrt::sim::{Explore, try_explore};
use anyrt::sync::Lock;
use anyrt::task::yield_now;

fn main() {
    let found = try_explore(Explore::random(1000), dinner);
    println!("{}", found.expect_err("it hangs now and then"));
    println!();
    let found = try_explore(Explore::random(1), clerk);
    println!("{}", found.expect_err("it always hangs").failure());
}

// ANCHOR: dinner
struct Fork;

async fn philosopher(left: Arc<Lock<Fork>>, right: Arc<Lock<Fork>>) {
    let _left = left.lock().await;
    yield_now().await; // reaches across the plate
    let _right = right.lock().await;
}

async fn dinner(rt: Sim) {
    let forks: [_; 5] = array::from_fn(|_| Arc::new(Lock::new(Fork)));
    let table: [_; 5] = array::from_fn(|seat| {
        let (left, right) = (&forks[seat], &forks[(seat + 1) % 5]);
        rt.spawn(philosopher(Arc::clone(left), Arc::clone(right)))
    });
    for seat in table {
        seat.await.expect("no panic");
    }
}
// ANCHOR_END: dinner

// ANCHOR: clerk
struct Ledger(u32);
struct Journal(u32);

async fn clerk(rt: Sim) {
    let (ledger, journal) = (Lock::new(Ledger(0)), Arc::new(Lock::new(Journal(0))));
    let (clock, theirs) = (rt.clone(), Arc::clone(&journal));
    let auditor = rt.spawn(async move {
        let _journal = theirs.lock().await;
        clock.sleep(Duration::from_secs(60)).await;
    });
    rt.sleep(Duration::from_secs(1)).await; // the auditor has it now
    let mut entry = pin!(async {
        let mut ledger = ledger.lock().await;
        let mut journal = journal.lock().await;
        ledger.0 += 1;
        journal.0 += 1;
    });
    let quick = rt.timeout(Duration::from_secs(1), entry.as_mut()).await;
    if quick.is_err() {
        ledger.lock().await.0 += 1; // a note that it took long
    }
    entry.await;
    auditor.await.expect("no panic");
}
// ANCHOR_END: clerk
