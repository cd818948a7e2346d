//! How often it hangs, what cures it, and the waits that are no deadlock.

use std::array;
use std::future::Future;
use std::pin::pin;
use std::sync::Arc;
use std::time::Duration;

use anyrt::Sim;
use anyrt::SimOwner;
use anyrt::prelude::*;
use anyrt::queue::Priority;
use anyrt::sim::{Explore, Policy, try_explore};
use anyrt::sync::Lock;
use anyrt::task::yield_now;

fn main() {
    dinners();
    polite();
    starving();
    futurelocks();
}

// ANCHOR: dinners
fn dinners() {
    let hangs = |seed: &u64| {
        try_explore(Explore::random(1).seed(*seed).minimise(0), dinner::<5>)
            .is_err()
    };
    println!("left first: {} of 1000 hang", (0..1000).filter(hangs).count());
    let all = try_explore(Explore::all(1_000_000), dinner_by_number::<3>);
    let all = all.expect("none hangs");
    assert!(all.is_complete());
    println!("lower number first, three at the table: all {} end", all.schedules());
}
// ANCHOR_END: dinners

async fn dinner<const SEATS: usize>(rt: Sim) {
    eat::<SEATS>(rt, |left, right| (left, right)).await;
}

// ANCHOR: by_number
async fn dinner_by_number<const SEATS: usize>(rt: Sim) {
    eat::<SEATS>(rt, |left, right| (left.min(right), left.max(right))).await;
}
// ANCHOR_END: by_number

/// `order` says which of the two forks of a seat is taken first.
async fn eat<const SEATS: usize>(
    rt: Sim,
    order: fn(usize, usize) -> (usize, usize),
) {
    let forks: [_; SEATS] = array::from_fn(|_| Arc::new(Lock::new(())));
    let table: [_; SEATS] = array::from_fn(|seat| {
        let (first, then) = order(seat, (seat + 1) % SEATS);
        let (first, then) = (Arc::clone(&forks[first]), Arc::clone(&forks[then]));
        rt.spawn(async move {
            let _first = first.lock().await;
            yield_now().await;
            let _then = then.lock().await;
        })
    });
    for seat in table {
        seat.await.expect("no panic");
    }
}

// ANCHOR: polite
async fn polite_one(mine: Arc<Lock<()>>, other: Arc<Lock<()>>) {
    loop {
        let _mine = mine.lock().await;
        yield_now().await;
        if other.try_lock().is_some() {
            return;
        } // else puts it down again
    }
}
// ANCHOR_END: polite

fn polite() {
    let in_step = SimOwner::builder().policy(Policy::Fifo).build();
    let eaten = in_step.run(|rt| async move {
        let [a, b] = [(); 2].map(|()| Arc::new(Lock::new(())));
        let ann = rt.spawn(polite_one(Arc::clone(&a), Arc::clone(&b)));
        let bo = rt.spawn(polite_one(b, a));
        for _turn in 0..1000 {
            yield_now().await;
        }
        ann.is_finished() || bo.is_finished()
    });
    println!("polite, after a thousand turns: somebody has eaten: {eaten}");
}

// ANCHOR: starving
/// An express letter comes each minute, and a letter is carried each minute. When is the ordinary one?
fn carried(order: impl Fn(u32, bool) -> u32) -> Option<u32> {
    let letters = Priority::unbounded();
    letters.try_put((order(0, false), "ordinary")).expect("there is always room");
    for minute in 0..1000 {
        letters.try_put((order(minute, true), "express")).expect("there is room");
        if let Ok((_, "ordinary")) = letters.try_get() {
            return Some(minute);
        }
    }
    None
}

fn starving() {
    let says = |by, carried| match carried {
        Some(minute) => println!("by {by}: the ordinary one in minute {minute}"),
        None => println!("by {by}: the ordinary one not in a thousand minutes"),
    };
    says("class", carried(|_, express| u32::from(!express)));
    says("deadline", carried(|now, express| now + if express { 0 } else { 30 }));
}
// ANCHOR_END: starving

// ANCHOR: futurelock
/// Two acquires of one lock by one task, which has stopped asking the first.
async fn two_acquires<F>(rt: Sim, acquire: impl Fn() -> F) -> &'static str
where
    F: Future<Output: Send> + Send + 'static,
{
    let (minute, hour) = (Duration::from_secs(60), Duration::from_secs(3600));
    let (clock, held) = (rt.clone(), acquire());
    let holder = rt.spawn(async move {
        let _guard = held.await;
        clock.sleep(3 * minute).await;
    });
    rt.sleep(minute).await;
    let mut first = pin!(acquire());
    let late = rt.timeout(minute, first.as_mut()).await; // gives up, and keeps it
    assert!(late.is_err(), "it is locked");
    let second = rt.timeout(hour, acquire()).await;
    holder.await.expect("no panic");
    if second.is_ok() { "has it" } else { "still waits, and nobody holds the lock" }
}
// ANCHOR_END: futurelock

fn futurelocks() {
    let sim = || SimOwner::new(1);
    let lock = Arc::new(tokio::sync::Mutex::new(()));
    let says =
        sim().run(|rt| two_acquires(rt, move || Arc::clone(&lock).lock_owned()));
    println!("tokio, an hour later: {says}");
    let lock = Arc::new(async_lock::Mutex::new(()));
    let says = sim().run(|rt| two_acquires(rt, move || lock.lock_arc()));
    println!("async-lock, an hour later: {says}");
    let lock = Arc::new(Lock::new(()));
    let says =
        sim().run(|rt| two_acquires(rt, move || Arc::clone(&lock).lock_owned()));
    println!("anyrt, an hour later: {says}");
}
