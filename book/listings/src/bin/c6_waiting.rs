//! Ways to wait for more than a lock.

use std::sync::atomic::{AtomicU32, Ordering};
use std::thread;
use std::time::Duration;

use anyrt::prelude::*;
use anyrt::sync::{
    Barrier, Condition, Event, Latch, Lock, OnceCell, RwLock, Semaphore,
};

fn main() {
    event();
    condition();
    semaphore();
    barrier();
    others();
    timer();
}

// ANCHOR: event
/// A door that opens once, for everybody.
fn event() {
    let open = Event::new();
    thread::scope(|scope| {
        let guests = [(); 3].map(|()| scope.spawn(|| open.wait_blocking()));
        open.set();
        for guest in guests {
            guest.join().expect("no panic");
        }
    });
    println!("event: three came in, the door is open: {}", open.is_set());
}
// ANCHOR_END: event

// ANCHOR: condition
/// A table with dishes: eaters wait until there is one.
fn condition() {
    let table = Lock::new(Vec::new());
    let served = Condition::new();
    let eaten = thread::scope(|scope| {
        let eater = scope.spawn(|| {
            let mut dishes = table.lock_blocking();
            while dishes.is_empty() {
                dishes = served.wait_blocking(dishes); // unlocks, sleeps, locks again
            }
            dishes.pop()
        });
        table.lock_blocking().push("noodles");
        served.notify(1);
        eater.join().expect("no panic")
    });
    println!("condition: ate {}", eaten.expect("the loop saw to that"));
}
// ANCHOR_END: condition

// ANCHOR: semaphore
/// Ten bathers, three cubicles.
fn semaphore() {
    let (cubicles, inside, most) =
        (Semaphore::new(3), AtomicU32::new(0), AtomicU32::new(0));
    thread::scope(|scope| {
        for _bather in 0..10 {
            scope.spawn(|| {
                let _cubicle =
                    cubicles.acquire_blocking().expect("nobody closes the pool");
                most.fetch_max(
                    inside.fetch_add(1, Ordering::SeqCst) + 1,
                    Ordering::SeqCst,
                );
                thread::yield_now();
                inside.fetch_sub(1, Ordering::SeqCst);
            });
        }
    });
    println!("semaphore: never more than three: {}", most.into_inner() <= 3);
}
// ANCHOR_END: semaphore

// ANCHOR: barrier
/// Three hikers meet before anybody goes on.
fn barrier() {
    let (hut, arrived) = (Barrier::new(3), AtomicU32::new(0));
    let leaders = thread::scope(|scope| {
        let hikers = [(); 3].map(|()| {
            scope.spawn(|| {
                arrived.fetch_add(1, Ordering::SeqCst);
                let arrival = hut.wait_blocking().expect("nobody gives up");
                assert_eq!(arrived.load(Ordering::SeqCst), 3); // all were there
                arrival.is_leader()
            })
        });
        hikers
            .into_iter()
            .filter_map(|hiker| hiker.join().ok())
            .filter(|leads| *leads)
            .count()
    });
    println!("barrier: {leaders} of the three leads");
}
// ANCHOR_END: barrier

// ANCHOR: others
/// Many readers or one writer; a countdown; a value that is made once.
fn others() {
    let (menu, orders, oven) =
        (RwLock::new(vec!["soup"]), Latch::new(3), OnceCell::new());
    thread::scope(|scope| {
        for _guest in 0..3 {
            scope.spawn(|| {
                let menu = menu.read_blocking(); // all three may read at once
                oven.get_or_init_blocking(|| format!("hot, for {menu:?}"));
                orders.count_down(1);
            });
        }
        orders.wait_blocking(); // until three have ordered
        menu.write_blocking().push("fish"); // alone
    });
    println!("others: {}; {:?}", oven.get().expect("made"), menu.into_inner());
}
// ANCHOR_END: others

// ANCHOR: timer
/// A call that comes later, unless somebody takes it back.
fn timer() {
    anyrt::ThreadsOwner::new().expect("a thread").run(|rt| async move {
        let egg = anyrt::time::call_later(
            &rt,
            Duration::from_millis(5),
            || "the egg is done",
        );
        let alarm =
            anyrt::time::call_later(&rt, Duration::from_secs(3600), || "wake up");
        println!("timer: {}", egg.await.expect("nobody cancelled it"));
        println!("timer: the alarm was still to come: {}", alarm.cancel());
    });
}
// ANCHOR_END: timer
