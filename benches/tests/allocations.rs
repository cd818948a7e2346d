//! The traits add no allocation, and erasing a runtime adds two at most.
//!
//! Each count is of a child process that does nothing else, with one thread for tasks: it repeats.

use std::path::Path;

use anyrt_benches::costs::{Plan, Workload, entries, measure};

/// Allocations per operation.
fn allocations(id: &str, workload: Workload) -> f64 {
    let entries = entries();
    let entry = entries.iter().find(|entry| entry.id == id).expect("an entry of `costs --list`");
    let plan = Plan { instructions: false, repeat: 3 };
    let cost = measure(Path::new(env!("CARGO_BIN_EXE_costs")), entry, workload, plan).unwrap();
    cost.allocations
}

/// Whether two counts are the same. smol's queues grow by a block every 31 wake-ups, and how many
/// wake-ups a blocking job needs is a matter of timing.
fn same(a: f64, b: f64) -> bool {
    (a - b).abs() < 0.1
}

fn assert_same(workload: Workload, direct: &str, ours: &str) {
    let (theirs, through) = (allocations(direct, workload), allocations(ours, workload));
    assert!(
        same(theirs, through),
        "to {}: {theirs} allocations by {direct}, {through} by {ours}",
        workload.title()
    );
}

/// At most two more than `base`, which is direct, or generic where there is nothing below anyrt.
fn assert_two_more_at_most(workload: Workload, base: &str, ours: &str) {
    let (base_count, count) = (allocations(base, workload), allocations(ours, workload));
    assert!(
        count < base_count + 2.1,
        "to {}: {base_count} allocations by {base}, {count} by {ours}",
        workload.title()
    );
}

#[test]
fn the_counter_counts() {
    // tokio allocates a task once, its sleep lives in its future, and its docs say so.
    assert!(same(allocations("tokio-handle", Workload::Spawn), 1.0));
    assert!(same(allocations("tokio-handle", Workload::Sleep), 0.0));
}

#[test]
fn generic_code_on_tokio_allocates_what_direct_calls_allocate() {
    for workload in Workload::ALL {
        assert_same(workload, "tokio-handle", "anyrt-tokio");
    }
}

#[test]
fn generic_code_on_a_smol_executor_allocates_what_direct_calls_allocate() {
    for workload in Workload::ALL {
        assert_same(workload, "smol-executor", "anyrt-smol");
    }
}

#[test]
fn generic_code_on_smol_allocates_what_direct_calls_allocate() {
    for workload in Workload::ALL {
        assert_same(workload, "smol-global", "anyrt-smol-global");
    }
}

#[test]
fn generic_code_on_async_std_allocates_no_more_than_direct_calls() {
    for workload in [Workload::Spawn, Workload::Sleep, Workload::SleepPolled, Workload::Yield] {
        assert_same(workload, "async-std", "anyrt-async-std");
    }
    // One less: anyrt leaves out the task that async-std puts around a blocking job.
    let direct = allocations("async-std", Workload::Blocking);
    assert!(allocations("anyrt-async-std", Workload::Blocking) < direct - 0.5);
}

#[test]
fn threads_allocate_once_per_task_and_job() {
    assert!(same(allocations("anyrt-threads", Workload::Spawn), 1.0));
    assert!(same(allocations("anyrt-threads", Workload::Sleep), 0.0));
    assert!(same(allocations("anyrt-threads", Workload::Yield), 0.0));
}

#[test]
fn an_erased_runtime_adds_two_allocations_at_most() {
    for workload in Workload::ALL {
        assert_two_more_at_most(workload, "tokio-handle", "any-tokio");
        assert_two_more_at_most(workload, "smol-executor", "any-smol");
        assert_two_more_at_most(workload, "smol-global", "any-smol-global");
        assert_two_more_at_most(workload, "async-std", "any-async-std");
        assert_two_more_at_most(workload, "anyrt-threads", "any-threads");
    }
}

#[test]
fn an_ambient_runtime_adds_two_allocations_at_most() {
    for workload in Workload::ALL {
        assert_two_more_at_most(workload, "tokio-handle", "ambient-tokio");
        assert_two_more_at_most(workload, "smol-executor", "ambient-smol");
        assert_two_more_at_most(workload, "smol-global", "ambient-smol-global");
        assert_two_more_at_most(workload, "async-std", "ambient-async-std");
        assert_two_more_at_most(workload, "anyrt-threads", "ambient-threads");
    }
}
