//! Philosophers.

use std::array;
use std::pin::Pin;
use std::sync::Arc;

use anyrt::prelude::*;
use anyrt::sync::{Lock, LockGuard};
use anyrt::task::yield_now;

use crate::Exercise;
use crate::schedules::in_many_schedules;

mod solution;
mod yours;

pub(crate) const EXERCISE: Exercise = Exercise {
    id: "22.1",
    title: "philosophers",
    file: "e22_1/yours.rs",
    hint: "a circle needs five who all take against the order, and the forks have numbers. With \
           `--features diagnose` behind `-p exercises` the report says who waits for whom",
    yours: || check(|left, right| Box::pin(yours::take(left, right))),
    solution: || check(|left, right| Box::pin(solution::take(left, right))),
};

/// Its number on the table, and whether somebody has it.
#[derive(Debug)]
pub(crate) struct Fork {
    number: usize,
    lock: Lock<()>,
}

/// Both forks of a seat.
type Both<'a> = [LockGuard<'a, ()>; 2];
type Take = for<'a> fn(
    &'a Fork,
    &'a Fork,
) -> Pin<Box<dyn Future<Output = Both<'a>> + Send + 'a>>;

/// Five of them, each of whom eats twice, in many schedules.
fn check(take: Take) {
    in_many_schedules(move |rt| async move {
        let forks: [_; 5] =
            array::from_fn(|number| Arc::new(Fork { number, lock: Lock::new(()) }));
        let table: [_; 5] = array::from_fn(|seat| {
            let left = Arc::clone(&forks[seat]);
            let right = Arc::clone(&forks[(seat + 1) % 5]);
            let who = format!("philosopher {}", seat + 1);
            rt.spawn_named(who.clone(), async move {
                for _ in 0..2 {
                    let both = take(&left, &right).await;
                    assert!(
                        left.lock.is_locked() && right.lock.is_locked(),
                        "{who} eats without both of the forks"
                    );
                    yield_now().await; // eats
                    drop(both);
                }
            })
        });
        for seat in table {
            seat.await.expect("no panic");
        }
    });
}
