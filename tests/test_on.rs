//! `test_on!`: one test, many backends.

use anyrt::family::Lock;
use anyrt::prelude::*;
use std::sync::Arc;
use std::sync::atomic::{AtomicU32, Ordering::SeqCst};

/// Counts the runs of a test by backend: each test of a module may run before the others.
static RUNS: AtomicU32 = AtomicU32::new(0);

anyrt::test_on! {
    /// All backends, as no list is given.
    async fn everywhere<R: Runtime>(rt: R) {
        let name = rt.name();
        assert!(["threads", "tokio", "smol", "async-std", "sim"].contains(&name), "{name}");
    }

    #[backends(threads, tokio, smol, async_std, sim(seeds = 200))]
    async fn adds<R: Runtime>(rt: R) {
        let sum = Arc::new(Lock::<R, u32>::new(0));
        let add = |n| {
            let sum = sum.clone();
            rt.spawn(async move { *sum.lock().await += n })
        };
        for task in [add(1), add(2), add(3)] {
            task.await.unwrap();
        }
        assert_eq!(*sum.lock().await, 6);
    }

    #[backends(sim(all = 1_000))]
    async fn every_schedule<R: Runtime>(rt: R) {
        let task = rt.spawn(async { 1 });
        assert_eq!(task.await.unwrap(), 1);
    }

    #[backends(sim(pct = 50))]
    async fn fifty_and_the_first_twice<R: Runtime>(rt: R) {
        RUNS.fetch_add(1, SeqCst);
        assert!(RUNS.load(SeqCst) <= 51);
        drop(rt);
    }
}

#[test]
fn there_is_a_test_for_each_backend() {
    let this = std::env::current_exe().unwrap();
    let list = std::process::Command::new(this).arg("--list").output().unwrap();
    let list = String::from_utf8(list.stdout).unwrap();
    for name in ["everywhere", "adds"] {
        for backend in ["threads", "tokio", "smol", "async_std", "sim"] {
            let test = format!("{name}::{backend}: test");
            assert!(list.lines().any(|line| line == test), "no `{test}` in\n{list}");
        }
    }
    assert_eq!(list.lines().filter(|line| line.ends_with(": test")).count(), 13);
}
