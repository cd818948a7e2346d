//! Three orders, and two ways to say that no more will come.

use std::thread;

use anyrt::queue::{Fifo, Lifo, Priority};

fn main() {
    orders();
    sentinels();
    close();
    done();
}

// ANCHOR: orders
fn orders() {
    let (fifo, lifo, priority) =
        (Fifo::unbounded(), Lifo::unbounded(), Priority::unbounded());
    for n in [2, 1, 3] {
        fifo.try_put(n).expect("there is always room");
        lifo.try_put(n).expect("there is always room");
        priority.try_put(n).expect("there is always room");
    }
    let mut row = vec![fifo.try_get(), lifo.try_get(), priority.try_get()];
    println!(
        "first out: {:?}",
        row.drain(..).map(Result::unwrap).collect::<Vec<_>>()
    );
}
// ANCHOR_END: orders

const COOKS: usize = 3;
const EATERS: usize = 2;

// ANCHOR: sentinels
/// The end is an item: `None`.
fn sentinels() {
    let counter = Fifo::bounded(4);
    let eaten: usize = thread::scope(|scope| {
        let eaters = [(); EATERS].map(|()| {
            scope.spawn(|| {
                let mut eaten = 0;
                while let Ok(Some(_dish)) = counter.get_blocking() {
                    eaten += 1;
                }
                eaten
            })
        });
        let cooks = [(); COOKS].map(|()| {
            scope.spawn(|| {
                for dish in 0..10 {
                    counter.put_blocking(Some(dish)).expect("the kitchen is open");
                }
            })
        });
        for cook in cooks {
            cook.join().expect("no panic");
        }
        for _ in 0..EATERS {
            counter.put_blocking(None).expect("the kitchen is open"); // one for each eater
        }
        eaters.into_iter().map(|eater| eater.join().expect("no panic")).sum()
    });
    println!("with end markers: {eaten} dishes eaten");
}
// ANCHOR_END: sentinels

// ANCHOR: close
/// The end is a state of the queue.
fn close() {
    let counter = Fifo::bounded(4);
    let eaten: usize = thread::scope(|scope| {
        let eaters =
            [(); EATERS].map(|()| scope.spawn(|| counter.iter_blocking().count()));
        let cooks = [(); COOKS].map(|()| {
            scope.spawn(|| {
                for dish in 0..10 {
                    counter.put_blocking(dish).expect("the kitchen is open");
                }
            })
        });
        for cook in cooks {
            cook.join().expect("no panic");
        }
        counter.close(); // what is on the counter is still eaten
        eaters.into_iter().map(|eater| eater.join().expect("no panic")).sum()
    });
    println!("with close: {eaten} dishes eaten");
    println!("after it: {}", counter.try_put(99).expect_err("it is closed"));
}
// ANCHOR_END: close

// ANCHOR: done
/// Empty is not done: an item may be out of the queue and still in work.
fn done() {
    let jobs = Fifo::unbounded();
    thread::scope(|scope| {
        scope.spawn(|| {
            while let Ok(job) = jobs.get_blocking() {
                let _done = jobs.done_on_drop(); // also if the work panics
                if job > 0 {
                    jobs.try_put(job - 1).expect("there is always room"); // a job that makes a job
                }
            }
        });
        jobs.try_put(3).expect("there is always room");
        jobs.join_blocking(); // until as many are done as were put
        println!(
            "join: {} in the queue, {} unfinished",
            jobs.len(),
            jobs.unfinished()
        );
        jobs.close();
    });
}
// ANCHOR_END: done
