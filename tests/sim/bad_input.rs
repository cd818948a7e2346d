use super::{message_of, order, run, with};
use anyrt::SimOwner;
use anyrt::prelude::*;
use anyrt::sim::{Policy, Schedule};
use anyrt::sync::{Event, Lock};
use anyrt::task::yield_now;
use std::io::{BufRead as _, BufReader, Write as _};
use std::process::{Command, Stdio};
use std::sync::Arc;
use std::time::Duration;

#[test]
fn a_deadlock_is_told_and_not_waited_for() {
    async fn waits_for_nobody(rt: anyrt::Sim) {
        let event = Arc::new(Event::new());
        let forgotten = event.clone();
        rt.spawn(async move { forgotten.wait().await }).await.unwrap();
    }
    let sim = SimOwner::new(5);
    let message = message_of(|| sim.run(waits_for_nobody));
    assert!(message.starts_with("deadlock (seed 5, step "), "{message}");
    assert!(
        message.contains("root 0 'waits_for_nobody' (blocks at tests/sim/bad_input.rs:"),
        "{message}"
    );
    assert!(
        message.contains("task 1 'waits_for_nobody' (spawned at tests/sim/bad_input.rs:"),
        "{message}"
    );
}

#[test]
fn a_program_without_an_end_is_a_livelock() {
    let sim = SimOwner::builder().max_steps(1_000).build();
    let message = message_of(|| {
        sim.run(|_| async {
            loop {
                yield_now().await;
            }
        });
    });
    assert!(message.starts_with("livelock") && message.contains("1000 steps"), "{message}");
}

#[test]
fn a_thread_of_ones_own_is_refused() {
    let sim = SimOwner::new(1);
    let message = message_of(|| {
        sim.run(|_| async {
            let event = Arc::new(Event::new());
            let sets = event.clone();
            let mut thread = Some(std::thread::Builder::new().name("my-own".into()));
            let mut wait = std::pin::pin!(event.wait());
            std::future::poll_fn(|cx| {
                let polled = wait.as_mut().poll(cx);
                if let Some(thread) = thread.take() {
                    let sets = sets.clone();
                    thread.spawn(move || sets.set()).unwrap().join().unwrap();
                }
                polled
            })
            .await;
        });
    });
    assert!(message.contains("my-own") && message.contains("SimBuilder::open"), "{message}");
}

#[test]
fn a_blocking_wait_inside_a_task_is_refused() {
    let sim = SimOwner::new(1);
    let error = sim.run(|rt| async move {
        let lock = Arc::new(Lock::new(()));
        let held = lock.lock().await;
        let theirs = lock.clone();
        let error = rt.spawn(async move { drop(theirs.lock_blocking()) }).await.unwrap_err();
        drop(held);
        error
    });
    assert!(error.message().unwrap().contains("spawn_blocking"), "{error}");
}

#[test]
fn a_job_that_blocks_on_what_is_not_simulated_is_told() {
    let (tell, told) = std::sync::mpsc::channel::<()>();
    let sim = SimOwner::builder().patience(Duration::from_millis(20)).build();
    let message = message_of(|| {
        sim.run(|rt| async move { rt.spawn_blocking(move || told.recv().is_err()).await.unwrap() });
    });
    assert!(message.contains("job 1") && message.contains("did not come back"), "{message}");
    drop(tell); // the thread is left behind until here
}

#[test]
fn a_task_that_blocks_its_thread_is_told_while_it_does() {
    const CHILD: &str = "ANYRT_TEST_BLOCKS_IN_A_TASK";
    if std::env::var_os(CHILD).is_some() {
        let sim = SimOwner::builder().seed(3).patience(Duration::from_millis(1)).build();
        let read = sim.run(|rt| async move {
            let reads = async { std::io::stdin().read_line(&mut String::new()) };
            rt.spawn_named("reads a line", reads).await.unwrap()
        });
        assert_eq!(read.unwrap(), 3); // what comes back in the end goes on
        return;
    }
    let mut child = Command::new(std::env::current_exe().unwrap())
        .args(["bad_input::a_task_that_blocks_its_thread_is_told_while_it_does", "--exact"])
        .env(CHILD, "")
        .stdin(Stdio::piped())
        .stdout(Stdio::null())
        .stderr(Stdio::piped())
        .spawn()
        .unwrap();
    // Without `--nocapture`, and before it ends: the line is there all the same.
    let mut told = String::new();
    BufReader::new(child.stderr.take().unwrap()).read_line(&mut told).unwrap();
    child.stdin.take().unwrap().write_all(b"go\n").unwrap();
    assert!(child.wait().unwrap().success());
    assert!(
        told.contains("task 1 'reads a line' (spawned at tests/sim/bad_input.rs:")
            && told.contains("has been in one poll for ")
            && told.contains("(seed 3, step 2)")
            && told.contains("move it into `spawn_blocking`"),
        "{told}"
    );
}

#[test]
fn a_schedule_that_does_not_fit_is_told() {
    let (_, schedule) = run(&SimOwner::new(1));
    let sim = with(Policy::Replay(schedule), 0);
    let message = message_of(|| sim.run(|rt| order(rt, 1, 50)));
    assert!(message.contains("does not fit"), "{message}");
    let sim = with(Policy::Replay(Schedule::from(vec![0, 7])), 0);
    let message = message_of(|| sim.run(|rt| order(rt, 1, 1)));
    assert!(message.contains("at step 1 it wants unit 7"), "{message}");
}

#[test]
fn a_text_that_is_no_schedule_is_told() {
    for text in ["0 x3", "1x", "1x0", "a", "1 -2", "1x99999999999999999999", "1x999999999"] {
        let error = text.parse::<Schedule>().unwrap_err();
        assert!(error.to_string().contains("no part of a schedule"), "{text}: {error}");
    }
    assert_eq!("".parse::<Schedule>(), Ok(Schedule::default()));
}

#[test]
fn to_explore_nothing_is_a_mistake() {
    let none = anyrt::sim::Explore::random(0);
    let message = message_of(|| anyrt::sim::explore(none, |_| async {}));
    assert!(message.contains("ask for one at least"), "{message}");
}

#[test]
fn a_depth_beyond_all_reason_is_the_number_of_steps() {
    let policy = Policy::Pct { depth: u32::MAX, steps: 10 };
    assert_eq!(run(&with(policy, 1)).0.len(), 32);
}

#[test]
fn a_simulation_has_one_thread() {
    let sim = SimOwner::new(1);
    let message = sim.block_on(async {
        std::thread::scope(|scope| {
            scope.spawn(|| message_of(|| sim.block_on(async {}))).join().unwrap()
        })
    });
    assert!(message.contains("SimBuilder::open"), "{message}");
}

#[test]
fn tokios_time_inside_is_refused_by_tokio() {
    let sim = SimOwner::new(1);
    let message = message_of(|| sim.block_on(async { tokio::time::sleep(Duration::ZERO).await }));
    assert!(message.contains("no reactor running"), "{message}");
}

#[test]
fn smols_time_inside_is_a_deadlock_that_says_so() {
    let sim = SimOwner::new(1);
    let message = message_of(|| {
        sim.block_on(async { smol::Timer::after(Duration::from_secs(3_600)).await });
    });
    assert!(message.contains("real time and IO"), "{message}");
}
