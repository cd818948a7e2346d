//! Which tests there are: written down once, for the macro and for whoever counts them.

/// Makes a module of `#[test]`s that hold the clauses of the [contract](crate::contract) on a backend.
///
/// `conformance!(name, make)` or `conformance!(name, make, capability, ...)`: `make` is a closure
/// without captures that makes an owner, `Send + Sync + 'static` and its own for each test (a value
/// that stands for a global runtime will do). The capabilities:
///
/// | capability | the owner |
/// |---|---|
/// | (none) | implements [`BlockOn`](crate::BlockOn) |
/// | `workers` | has threads of its own: its tasks run while nobody is in `block_on` |
/// | `local` | implements [`LocalBlockOn`](crate::LocalBlockOn) |
/// | `shutdown` | implements [`Shutdown`](crate::Shutdown) |
/// | `inside` | both: it has threads of its own and can be shut down by its own tasks |
///
/// # Examples
///
/// See [`testing`](crate::testing).
#[macro_export]
macro_rules! conformance {
    ($name:ident, $make:expr $(, $capability:ident)* $(,)?) => {
        mod $name {
            #[allow(unused_imports, reason = "the maker may or may not need what is around it")]
            use super::*;

            $crate::__conformance_list!(always, __conformance_tests, $make);
            $($crate::__conformance_list!($capability, __conformance_tests, $make);)*
        }
    };
}

/// One `#[test]` for each name.
#[doc(hidden)]
#[macro_export]
macro_rules! __conformance_tests {
    ({ $make:expr } $($group:ident { $($test:ident)* })*) => {$($(
        #[test]
        fn $test() {
            let test = $crate::testing::conformance::$group::$test;
            $crate::testing::check(::core::stringify!($test), $make, test);
        }
    )*)*};
}

/// The names alone.
#[doc(hidden)]
#[macro_export]
macro_rules! __conformance_names {
    ({ $($nothing:expr)? } $($group:ident { $($test:ident)* })*) => {
        &[$($(::core::stringify!($test),)*)*]
    };
}

/// Gives the tests that a capability adds to a macro.
#[doc(hidden)]
#[macro_export]
macro_rules! __conformance_list {
    (always, $then:ident, $($make:expr)?) => {
        $crate::$then! { { $($make)? }
            spawn {
                spawn_1_from_the_root
                spawn_1_from_a_task
                spawn_1_from_a_plain_thread
                spawn_1_from_a_blocking_job
                spawn_1_before_block_on
                spawn_1_from_a_destructor
                spawn_1_ten_thousand_children
                spawn_1_a_tree_of_tasks
                spawn_2_runs_without_an_await
                spawn_2_a_task_may_wake_itself
                spawn_2_each_wake_from_a_plain_thread_counts
                spawn_2_survives_a_storm_of_wakes
                spawn_2_a_waker_may_outlive_its_task
                spawn_2_the_spawner_goes_on
            }
            join {
                join_1_a_dropped_handle_detaches
                join_1_a_thousand_dropped_handles
                join_1_detach_detaches
                join_1_a_handle_dropped_after_a_poll_detaches
                join_1_an_await_given_up_loses_nothing
                join_2_a_panic_is_a_value
                join_2_a_payload_of_any_type
                join_2_a_panic_in_a_later_poll
                join_2_the_runtime_lives_on
                join_2_an_awaiting_task_does_not_unwind
                join_3_abort_resolves_after_the_drop
                join_3_when_the_drop_is_slow
                join_3_wakes_a_handle_that_waits
                join_3_abort_before_the_first_poll
                join_3_abort_twice
                join_3_abort_during_a_poll
                join_3_abort_during_the_last_poll
                join_3_abort_races_with_wakes
                join_3_a_task_may_abort_itself
                join_4_a_finished_body_beats_a_late_abort
                join_4_a_panic_beats_a_late_abort
                join_4_abort_races_with_the_end
            }
            handle {
                join_5_abort_and_drop_the_handle
                join_5_abort_and_keep_the_handle
                join_5_abort_and_drop_before_the_first_poll
                join_6_its_drop_aborts
                join_6_gives_the_value
                join_6_keep_unties
                join_6_ties_a_child_to_its_parent
                join_7_becomes_true_and_stays_true
                join_7_takes_nothing_from_the_result
                join_7_after_an_abort
                join_7_false_until_the_drop
                join_7_of_a_panicked_task
                join_7_loses_no_wake_up
                join_7_asked_to_the_end_the_waker_is_woken
                join_8_a_detached_task_leaks_nothing
                join_8_a_result_nobody_takes_is_dropped
                join_8_a_payload_nobody_takes_is_dropped
                join_8_an_awaited_result_has_one_owner
                join_9_awaited_on_a_foreign_executor
                join_9_awaited_in_another_task
                join_9_wakes_the_waker_of_its_last_poll
                join_9_moves_between_executors
            }
            blocking {
                block_1_a_thousand_dropped_handles_all_run
                block_1_handles_dropped_after_a_poll
                block_1_a_thousand_values
                block_1_from_anywhere
                block_2_a_panic_is_a_value
                block_2_a_payload_of_any_type
                block_2_detached_panics_are_harmless
                block_3_slow_jobs_do_not_stall_tasks
                block_4_abort_of_a_running_job
                block_4_abort_of_queued_jobs
                block_4_abort_and_drop_of_a_running_job
                block_4_a_finished_job_beats_a_late_abort
                join_8_a_detached_job_leaks_nothing
                join_9_a_jobs_handle_moves_between_executors
                join_7_of_a_job
            }
            time {
                time_1_a_sleep_on_a_foreign_executor
                time_1_a_sleep_made_on_a_plain_thread
                time_1_a_sleep_made_before_block_on
                time_1_a_sleep_moves_between_executors
                time_1_a_thousand_sleeps
                time_1_dropped_sleeps_are_forgotten
                time_1_a_dropped_sleep_keeps_no_waker
                time_2_the_longest_sleeps_pend
                time_2_the_longest_timeout
                time_2_a_task_that_sleeps_for_ever
                time_3_a_sleep_is_never_early
                time_3_sleeps_side_by_side_are_never_early
                time_3_a_sleep_polled_often_is_never_early
                time_3_now_never_goes_back
                time_4_a_passed_deadline_is_ready
                time_4_a_deadline_that_passed_between_polls
                time_7_a_value_beats_a_passed_deadline
                time_7_a_timeout_ends_and_drops
                time_7_a_future_by_reference_goes_on
                time_7_polls_its_future_each_time
            }
            interval {
                time_5_the_first_tick_is_immediate
                time_5_the_beat_starts_when_it_is_made
                time_5_the_longest_period
                time_5_a_period_of_zero_panics
                time_5_a_tick_given_up_comes_later
                time_5_reset_starts_the_beat_anew
                time_3_a_tick_is_never_early
                time_6_skip_keeps_the_beat
                time_6_burst_gives_every_tick
                time_6_delay_starts_from_the_late_tick
                time_8_a_call_comes_once
                time_8_a_dropped_handle_lets_it_come
                time_8_cancel_prevents_the_call
                time_8_too_late_to_cancel
                time_8_reset_moves_the_call
                time_8_cancel_races_with_the_call
                time_8_a_panic_in_the_call_is_a_value
            }
            enter {
                enter_1_inside_block_on
                enter_1_inside_block_on_with_pending_futures
                enter_1_inside_a_task
                enter_1_in_more_tasks_than_workers
                enter_1_inside_a_destructor
                enter_2_many_threads_at_once
                enter_2_on_threads_of_blocking_jobs
                enter_2_a_thousand_times_in_a_row
                enter_2_on_a_plain_thread_meanwhile
                enter_2_borrows_from_the_stack
                enter_3_a_panic_unwinds_into_the_caller
                enter_3_a_panic_before_the_future
            }
            coop {
                coop_1_sleeps_of_zero
                coop_1_sleeps_until_the_past
                coop_1_intervals_that_are_behind
                coop_1_timeouts_of_ready_futures
                coop_1_consumed_budgets
                coop_1_yields
                coop_1_the_root_takes_turns
                coop_1_timers_fire_under_load
                coop_1_no_rhythm_starves_a_task
                coop_1_wakes_come_through_under_load
            }
            flow {
                flow_1_the_last_sender_ends_the_consumers
                flow_1_the_last_receiver_ends_the_producers
                flow_1_an_aborted_task_drops_its_half
                flow_2_a_slot_is_room
                flow_2_an_aborted_task_gives_its_slot_back
                flow_3_batches_of_tasks_and_threads
                flow_3_a_batch_given_up_keeps_the_rest
                flow_4_deadlines_of_a_task
                flow_4_deadlines_of_a_thread
                flow_4_a_storm_of_deadlines
                flow_5_join_when_consumers_fail
                flow_6_a_sink
            }
            task_local {
                tls_1_follows_its_task
                tls_1_scopes_nest
                tls_1_is_not_inherited
                tls_1_destructors_see_it
                tls_1_leaves_nothing_behind
                tls_1_moves_between_executors
            }
        }
    };
    (workers, $then:ident, $($make:expr)?) => {
        $crate::$then! { { $($make)? }
            spawn { spawn_2_runs_without_block_on }
        }
    };
    (local, $then:ident, $($make:expr)?) => {
        $crate::$then! { { $($make)? }
            local {
                local_1_runs_on_the_calling_thread
                local_1_ten_thousand_children
                local_1_the_root_borrows_from_the_stack
                local_1_beside_the_runtimes_own_tasks
                local_1_woken_from_plain_threads
                local_1_a_dropped_handle_detaches
                local_1_a_panic_is_a_value
                local_1_abort_resolves_after_the_drop
                local_1_a_finished_body_beats_a_late_abort
                local_1_abort_without_an_await
                local_1_is_finished
                local_1_a_detached_task_leaks_nothing
                local_1_a_handle_wakes_its_last_waker
                local_1_blocking_inside_panics
                local_1_on_many_threads_at_once
                local_1_always_ready_loops_take_turns
                local_2_pending_tasks_are_dropped
                local_2_also_those_that_hold_the_spawner
                local_2_also_after_a_panic
                local_2_a_spawn_after_the_end_is_cancelled
                local_2_wakers_outlive_the_end
            }
        }
    };
    (shutdown, $then:ident, $($make:expr)?) => {
        $crate::$then! { { $($make)? }
            shutdown {
                shut_1_destructors_run_before_it_resolves
                shut_1_destructors_run_in_the_blocking_form
                shut_1_destructors_run_when_the_owner_is_dropped
                shut_1_tasks_that_hold_their_runtime
                shut_1_a_destructor_that_spawns
                shut_1_a_finished_task_keeps_its_value
                shut_2_waits_for_blocking_jobs_that_run
                shut_2_queued_blocking_jobs_run_or_are_cancelled
                shut_2_awaited_from_another_runtime
                shut_2_goes_on_without_its_future
                shut_2_moves_between_executors
                shut_3_a_spawn_after_the_end_is_cancelled
                shut_3_a_blocking_job_after_the_end_is_cancelled
                shut_3_spawns_that_race_with_the_end
                shut_3_handles_and_wakers_outlive_the_end
            }
        }
    };
    (inside, $then:ident, $($make:expr)?) => {
        $crate::$then! { { $($make)? }
            shutdown { shut_2_begun_inside_a_task shut_4_dropped_inside_its_own_task }
        }
    };
}

/// The names of all tests, by the capability that asks for them; those of every backend come first.
pub const TESTS: &[(&str, &[&str])] = &[
    ("always", __conformance_list!(always, __conformance_names,)),
    ("workers", __conformance_list!(workers, __conformance_names,)),
    ("local", __conformance_list!(local, __conformance_names,)),
    ("shutdown", __conformance_list!(shutdown, __conformance_names,)),
    ("inside", __conformance_list!(inside, __conformance_names,)),
];

/// How many tests there are for a backend with every capability.
pub const COUNT: usize = {
    let (mut count, mut at) = (0, 0);
    while at < TESTS.len() {
        count += TESTS[at].1.len();
        at += 1;
    }
    count
};

/// The floor: raise it when tests are added.
const _: () = assert!(COUNT >= 188);

#[cfg(test)]
mod tests {
    use super::*;
    use crate::testing::Clause;

    const SOURCES: &[&str] = &[
        include_str!("conformance/blocking.rs"),
        include_str!("conformance/coop.rs"),
        include_str!("conformance/enter.rs"),
        include_str!("conformance/flow.rs"),
        include_str!("conformance/handle.rs"),
        include_str!("conformance/interval.rs"),
        include_str!("conformance/join.rs"),
        include_str!("conformance/local.rs"),
        include_str!("conformance/shutdown.rs"),
        include_str!("conformance/spawn.rs"),
        include_str!("conformance/task_local.rs"),
        include_str!("conformance/time.rs"),
    ];

    fn listed() -> Vec<&'static str> {
        TESTS.iter().flat_map(|(_, tests)| *tests).copied().collect()
    }

    #[test]
    fn every_clause_has_a_test() {
        let listed: Vec<_> = listed().into_iter().map(Clause::of_test).collect();
        for clause in Clause::all().filter(|clause| !clause.is_of_families()) {
            assert!(listed.contains(&Some(clause.clone())), "no test holds {clause}");
        }
    }

    #[test]
    fn every_test_names_a_clause() {
        for test in listed() {
            assert!(Clause::of_test(test).is_some(), "`{test}` is named after no clause");
        }
    }

    #[test]
    fn every_test_is_listed_once() {
        let mut written: Vec<_> = SOURCES.iter().flat_map(|source| source.lines()).collect();
        written.retain(|line| line.starts_with("pub fn "));
        let mut written: Vec<_> =
            written.iter().map(|line| line["pub fn ".len()..].split('<').next().unwrap()).collect();
        written.sort_unstable();
        let mut listed = listed();
        listed.sort_unstable();
        assert_eq!(written, listed);
    }
}
