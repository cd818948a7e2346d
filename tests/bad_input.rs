//! What cannot work says what to do instead.

use std::panic::catch_unwind;
use std::time::Duration;

use anyrt::prelude::*;
use anyrt::{BuildError, NoRuntime, SmolOwner, ThreadsOwner, Tokio, TokioOwner};

anyrt::task_local! {
    static KEY: u8;
}

fn message_of(f: fn()) -> String {
    let payload = catch_unwind(f).expect_err("it panics");
    match payload.downcast::<String>() {
        Ok(text) => *text,
        Err(payload) => (*payload.downcast::<&str>().expect("a message")).into(),
    }
}

#[test]
fn zero_workers_are_refused() {
    let errors = [
        TokioOwner::with_workers(0).unwrap_err(),
        SmolOwner::with_workers(0).unwrap_err(),
        ThreadsOwner::builder().workers(0).build().unwrap_err(),
    ];
    for error in errors {
        assert!(matches!(error, BuildError::NoWorkers), "{error:?}");
        assert!(error.to_string().contains("ask for 1 or more"), "{error}");
    }
}

#[test]
fn zero_threads_for_blocking_work_are_refused() {
    let error = ThreadsOwner::builder().max_blocking_threads(0).build().unwrap_err();
    assert!(matches!(error, BuildError::NoBlockingThreads), "{error:?}");
    assert!(error.to_string().contains("ask for 1 or more"), "{error}");
}

#[test]
fn no_ambient_runtime_is_a_clear_error() {
    assert_eq!(anyrt::try_current().unwrap_err(), NoRuntime);
    let calls: [fn(); 6] = [
        || drop(anyrt::current()),
        || drop(anyrt::spawn(async {})),
        || drop(anyrt::spawn_blocking(|| ())),
        || drop(anyrt::sleep(Duration::ZERO)),
        || drop(anyrt::timeout(Duration::ZERO, async {})),
        || drop(anyrt::interval(Duration::from_secs(1))),
    ];
    for call in calls {
        let message = message_of(call);
        assert!(message.contains("with_runtime"), "{message}");
    }
}

#[test]
fn a_plain_spawn_does_not_inherit_the_ambient_runtime() {
    let owner = ThreadsOwner::builder().workers(1).build().unwrap();
    owner.run(|rt| {
        anyrt::with_runtime(rt.clone(), async move {
            assert!(anyrt::try_current().is_ok());
            let plain = rt.spawn(async { anyrt::try_current().is_err() });
            let ambient = anyrt::spawn(async { anyrt::try_current().is_ok() });
            assert!(plain.await.unwrap() && ambient.await.unwrap());
        })
    });
    assert_eq!(anyrt::try_current().unwrap_err(), NoRuntime);
}

#[test]
fn no_tokio_runtime_is_an_error() {
    let error = Tokio::current().unwrap_err();
    assert!(error.is_missing_context());
}

#[test]
fn a_task_local_outside_its_scope_says_so() {
    let message = message_of(|| KEY.with(|_| ()));
    assert!(message.contains("KEY.scope"), "{message}");
}
