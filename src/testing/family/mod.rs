//! The suite of the sync families: the clauses SYNC of the [contract](crate::contract), on every
//! backend.
//!
//! [`family_conformance!`](crate::family_conformance) makes a module of tests. Each is an async
//! function over a runtime, whose family it asks. Where a family is said to deviate from a clause, its
//! test must fail: a deviation is a promise, too.
//!
//! Most of them poll by hand, in one task, so that they say the same in every run. What a poll may
//! always do is to ask for another turn.

#![allow(clippy::missing_panics_doc, reason = "to panic is how a test fails")]

pub mod barrier;
pub mod condition;
pub mod event;
pub mod lock;
pub mod queue;
pub mod semaphore;

use std::future::Future;
use std::panic::{AssertUnwindSafe, catch_unwind, resume_unwind};

use super::Clause;
use super::kit::{Tally, poll_with};
use super::watch::watched;
use crate::contract::{BlockOn, Deviation, Runtime, SyncFamily};
use crate::family::With;
use crate::task::yield_now;

/// Makes a module of `#[test]`s that hold the clauses SYNC of the [contract](crate::contract) for a
/// sync family on a backend.
///
/// `family_conformance!(name, Family, make)`: `make` is a closure without captures that makes an owner.
///
/// # Examples
///
/// ```
/// anyrt::family_conformance!(portable_on_threads, anyrt::family::Portable, || {
///     anyrt::ThreadsOwner::new().unwrap()
/// });
/// ```
#[macro_export]
macro_rules! family_conformance {
    ($name:ident, $family:ty, $make:expr $(,)?) => {
        mod $name {
            #[allow(unused_imports, reason = "the maker may or may not need what is around it")]
            use super::*;

            $crate::__family_list!(__family_tests, { $family, $make });
        }
    };
}

/// One `#[test]` for each name.
#[doc(hidden)]
#[macro_export]
macro_rules! __family_tests {
    ({ $family:ty, $make:expr } $($group:ident { $($test:ident)* })*) => {$($(
        #[test]
        fn $test() {
            let test = $crate::testing::family::$group::$test;
            $crate::testing::family::check::<$family, _, _>(::core::stringify!($test), $make, test);
        }
    )*)*};
}

/// The names alone.
#[doc(hidden)]
#[macro_export]
macro_rules! __family_names {
    ({} $($group:ident { $($test:ident)* })*) => {
        &[$($(::core::stringify!($test),)*)*]
    };
}

/// A row for each name: whether its test passes.
#[doc(hidden)]
#[macro_export]
macro_rules! __family_outcomes {
    ({ $family:ty, $make:expr } $($group:ident { $($test:ident)* })*) => {
        vec![$($(
            (stringify!($test), passes(stringify!($test), $make, $group::$test::<With<$family, _>>)),
        )*)*]
    };
}

/// Gives the tests to a macro.
#[doc(hidden)]
#[macro_export]
macro_rules! __family_list {
    ($then:ident, $with:tt) => {
        $crate::$then! { $with
            lock {
                lock_1_no_update_is_lost
                lock_1_an_owned_guard_goes_anywhere
                lock_2_a_queued_wait_is_dropped
                lock_2_a_woken_wait_is_dropped
                lock_2_dropped_after_each_poll
                lock_2_a_storm_of_timeouts
                lock_3_try_lock_does_not_wait
                lock_4_the_last_waker_is_woken
                lock_5_asked_for_after_the_release
                lock_6_asked_for_before_the_release
                lock_7_a_loop_takes_turns
            }
            semaphore {
                sem_1_no_more_than_there_are
                sem_1_an_owned_permit_goes_anywhere
                sem_2_a_queued_wait_is_dropped
                sem_2_a_woken_wait_is_dropped
                sem_2_dropped_after_each_poll
                sem_2_a_storm_of_timeouts
                sem_3_try_acquire_does_not_wait
                sem_4_what_is_added_is_given
                sem_5_asked_for_after_the_release
                sem_6_asked_for_before_the_release
            }
            event {
                event_1_set_releases_all
                event_1_until_it_is_cleared
                event_2_cleared_at_once
                event_3_a_wait_is_dropped
                event_3_the_last_waker_is_woken
            }
            condition {
                cond_1_no_change_is_missed
                cond_1_unlocks_and_listens_in_one_step
                cond_1_a_wait_has_the_lock_again
                cond_2_as_many_as_were_notified
                cond_2_not_those_who_come_later
                cond_3_a_notified_wait_is_dropped
                cond_3_a_wait_is_dropped
                cond_4_dropped_while_it_locks_again
                cond_5_notify_all_releases_all
                cond_6_asked_for_while_it_locks_again
            }
            barrier {
                barrier_1_all_or_none
                barrier_1_one_leader_in_each_round
                barrier_2_a_party_that_gives_up
            }
            queue {
                queue_1_in_order_and_bounded
                queue_1_each_item_once
                queue_2_a_queued_wait_is_dropped
                queue_2_a_woken_wait_is_dropped
                queue_2_the_last_waker_is_woken
                queue_3_a_queued_wait_is_dropped
                queue_3_a_woken_wait_is_dropped
                queue_4_close_gives_back_and_drains
                queue_4_close_ends_waits_for_items
                queue_5_asked_for_after_the_put
                queue_6_asked_for_before_the_put
            }
        }
    };
}

/// The names of all tests.
pub const TESTS: &[&str] = __family_list!(__family_names, {});

/// Runs one test of the suite by hand; [`family_conformance!`](crate::family_conformance) does it for
/// all.
///
/// # Panics
///
/// If the test fails, and it is a clause that the family keeps on this runtime; if it passes, and the
/// family says that it does not.
pub fn check<F, O, Fut>(name: &'static str, make: fn() -> O, test: fn(With<F, O::Handle>) -> Fut)
where
    F: SyncFamily,
    O: BlockOn + 'static,
    Fut: Future<Output = ()> + 'static,
{
    watched(name, move || {
        let owner = make();
        let runtime = owner.handle().name();
        let result = catch_unwind(AssertUnwindSafe(|| owner.run(|rt| test(With::new(rt)))));
        match (deviation::<F>(name, runtime), result) {
            (None, Ok(())) | (Some(_), Err(_)) => {}
            (None, Err(panic)) => resume_unwind(panic),
            (Some(deviation), Ok(())) => panic!(
                "{} keeps {} on {runtime}: it is no deviation, take it from the list",
                F::NAME,
                deviation.clause()
            ),
        }
    });
}

/// What the family `F` does on the runtime that `make` makes: of each clause, in the order of the
/// contract, whether it is kept.
pub fn outcomes<F: SyncFamily, O: BlockOn + 'static>(make: fn() -> O) -> Vec<(Clause, bool)> {
    let tests: Vec<(&str, bool)> = __family_list!(__family_outcomes, { F, make });
    let kept = |clause: &Clause| {
        let of_clause = |test: &&(&str, bool)| Clause::of_test(test.0).as_ref() == Some(clause);
        tests.iter().filter(of_clause).all(|(_, passed)| *passed)
    };
    Clause::all()
        .filter(Clause::is_of_families)
        .map(|clause| (clause.clone(), kept(&clause)))
        .collect()
}

fn passes<F, O, Fut>(
    name: &'static str,
    make: fn() -> O,
    test: fn(With<F, O::Handle>) -> Fut,
) -> bool
where
    F: SyncFamily,
    O: BlockOn + 'static,
    Fut: Future<Output = ()> + 'static,
{
    let run = move || make().run(|rt| test(With::new(rt)));
    catch_unwind(|| watched(name, run)).is_ok()
}

fn deviation<F: SyncFamily>(test: &str, runtime: &str) -> Option<Deviation> {
    let clause = Clause::of_test(test)?;
    let mut all = F::DEVIATIONS.iter();
    all.find(|one| one.clause() == clause.id() && !one.kept_on().contains(&runtime)).copied()
}

/// Waits in the queue: pending, and not for the sake of a turn.
async fn queue<F: Future + Unpin>(future: &mut F) -> Tally {
    for _ in 0..3 {
        let woken = Tally::new();
        assert!(poll_with(future, &woken.waker()).is_pending(), "it must wait, and is ready");
        if woken.count() == 0 {
            return woken;
        }
        yield_now().await;
    }
    panic!("it asks for one turn after the other");
}

#[cfg(test)]
mod tests {
    use super::*;

    const SOURCES: &[&str] = &[
        include_str!("barrier.rs"),
        include_str!("condition.rs"),
        include_str!("event.rs"),
        include_str!("queue.rs"),
        include_str!("lock.rs"),
        include_str!("semaphore.rs"),
    ];

    #[test]
    fn every_clause_has_a_test_and_every_test_a_clause() {
        let held: Vec<_> = TESTS.iter().map(|test| Clause::of_test(test)).collect();
        for clause in Clause::all().filter(Clause::is_of_families) {
            assert!(held.contains(&Some(clause.clone())), "no test holds {clause}");
        }
        let is_of_families =
            |clause: &Option<Clause>| clause.as_ref().is_some_and(Clause::is_of_families);
        assert!(held.iter().all(is_of_families), "a test is named after no clause");
    }

    #[test]
    fn every_test_is_listed_once() {
        let lines = SOURCES.iter().flat_map(|source| source.lines());
        let written =
            lines.filter_map(|line| line.strip_prefix("pub async fn ")?.split('<').next());
        let mut written: Vec<_> = written.collect();
        let mut listed = TESTS.to_vec();
        written.sort_unstable();
        listed.sort_unstable();
        assert_eq!(written, listed);
    }
}
