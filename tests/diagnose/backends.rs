//! Deadlocks, on each backend.

use super::{blocked, eventually, line_of, names};
use anyrt::diagnose::{Role, Stage, Target, watchdog};
use anyrt::prelude::*;
use anyrt::sync::{Barrier, Event, Lock};
use anyrt::{AnyRuntime, AsyncStd, SmolGlobal, SmolOwner, ThreadsOwner, TokioOwner};
use std::future::poll_fn;
use std::panic::Location;
use std::sync::{Arc, mpsc};
use std::task::Poll;
use std::time::Duration;

macro_rules! on_each_backend {
    ($($test:ident),+ $(,)?) => {
        on_each_backend!(@ tokio, TokioOwner::with_workers(2).unwrap(), [$($test)+]);
        on_each_backend!(@ tokio_current, TokioOwner::current_thread().unwrap(), [$($test)+]);
        on_each_backend!(@ smol, SmolOwner::with_workers(2).unwrap(), [$($test)+]);
        on_each_backend!(@ smol_global, SmolGlobal, [$($test)+]);
        on_each_backend!(@ async_std, AsyncStd, [$($test)+]);
        on_each_backend!(@ threads, ThreadsOwner::builder().workers(2).build().unwrap(), [$($test)+]);
    };
    (@ $backend:ident, $owner:expr, [$($test:ident)+]) => {
        mod $backend {
            use super::*;

            $(
                #[test]
                fn $test() {
                    let at = stringify!($backend);
                    let owner = $owner;
                    owner.block_on(super::$test(owner.handle(), at));
                    owner.block_on(super::$test(AnyRuntime::new(owner.handle()), concat!("any_", stringify!($backend))));
                }
            )+
        }
    };
}

on_each_backend!(
    a_watchdog_reports_a_deadlock_of_two_tasks,
    a_job_that_blocks_and_a_task_that_waits_for_it_are_a_circle,
    a_waiter_that_its_task_forgets_is_a_futurelock,
    who_is_awaited_is_known,
);

/// What a loop must not do, done by a thread that has nothing else to do.
async fn aside<R: Runtime, T: Send + 'static>(rt: &R, f: impl FnOnce() -> T + Send + 'static) -> T {
    rt.spawn_blocking(f).await.unwrap()
}

/// Two locks, taken in two orders, with a meeting in between so that it always goes wrong.
async fn a_watchdog_reports_a_deadlock_of_two_tasks<R: Runtime>(rt: R, at: &'static str) {
    let (tell, told) = mpsc::channel();
    let watchdog = watchdog(Duration::from_millis(20), move |seen| {
        let _ = tell.send(seen.to_string());
    });

    let meeting = Arc::new(Barrier::new(2));
    let ours = Arc::new(Lock::new(1_u8).named("ours"));
    let theirs = Arc::new(Lock::new(1_u16).named("theirs"));
    let (left, right) = (format!("left on {at}"), format!("right on {at}"));
    let mut first = rt.spawn_named(left.clone(), {
        let (meeting, ours, theirs) = (meeting.clone(), ours.clone(), theirs.clone());
        async move {
            let _ours = ours.lock().await;
            meeting.wait().await.unwrap();
            drop(theirs.lock().await); // for ever: theirs
        }
    });
    let second = rt.spawn_named(right.clone(), async move {
        let _theirs = theirs.lock().await;
        meeting.wait().await.unwrap();
        drop(ours.lock().await); // for ever: ours
    });
    let line = |name| line_of(include_str!("backends.rs"), &format!("// for ever: {name}"));

    let names = (left.clone(), right.clone());
    let report = aside(&rt, move || {
        loop {
            let report =
                told.recv_timeout(Duration::from_secs(60)).expect("the watchdog is silent");
            let circles = |line: &str| {
                line.contains("cycle: ") && line.contains(&names.0) && line.contains(&names.1)
            };
            // Those of the tests beside this one are told of as well.
            if report.lines().any(circles) {
                return report;
            }
        }
    });
    let report = report.await;
    let file = file!();
    let says = |what: &str| assert!(report.contains(what), "no `{what}` in\n{report}");
    says(&format!("waits for Lock<u16> 'theirs' at {file}:{}:", line("theirs")));
    says(&format!("waits for Lock<u8> 'ours' at {file}:{}:", line("ours")));
    says(&format!("'{left}' (spawned at {file}:"));
    says(&format!("'{right}' (spawned at {file}:"));

    first.abort();
    assert!(first.await.unwrap_err().is_cancelled());
    second.await.unwrap(); // it has got both
    aside(&rt, || drop(watchdog)).await;
    aside(&rt, move || {
        eventually(|seen| {
            (blocked(seen, &left).is_none() && blocked(seen, &right).is_none()).then_some(())
        });
    })
    .await;
}

async fn a_job_that_blocks_and_a_task_that_waits_for_it_are_a_circle<R: Runtime>(
    rt: R,
    at: &'static str,
) {
    anyrt::diagnose::start();
    let name = format!("locks on {at}");
    let lock = Arc::new(Lock::new(()).named("of a job"));
    let mut task = rt.spawn_named(name.clone(), {
        let (rt, lock) = (rt.clone(), lock.clone());
        async move {
            let _held = lock.lock().await;
            let lock = lock.clone();
            rt.spawn_blocking(move || drop(lock.lock_blocking())).await.unwrap();
        }
    });
    let wanted = name.clone();
    aside(&rt, move || {
        eventually(|seen| {
            let task = blocked(seen, &wanted)?;
            let Target::End(job) = task.waits().first()?.target() else { return None };
            let job = seen.blocked().find(|one| one.party() == job)?;
            let wait = &job.waits()[0];
            assert_eq!(job.party().role(), Role::Job);
            assert_eq!(names(wait.holders()), [&wanted]);
            assert_eq!(wait.at().map(Location::file), Some(file!()));
            let circle = seen.cycles().iter().find(|cycle| cycle.contains(job.party()))?;
            assert!(circle.contains(task.party()));
            Some(())
        });
    })
    .await;
    task.abort(); // and its guard goes
    assert!(task.await.unwrap_err().is_cancelled());
}

async fn a_waiter_that_its_task_forgets_is_a_futurelock<R: Runtime>(rt: R, at: &'static str) {
    anyrt::diagnose::start();
    let name = format!("forgets on {at}");
    let lock = Arc::new(Lock::fair(()).named("forgotten"));
    let (polled, goes_on) = (Arc::new(Event::new()), Arc::new(Event::new()));
    let held = lock.lock().await;
    let task = rt.spawn_named(name.clone(), {
        let (lock, polled, goes_on) = (lock.clone(), polled.clone(), goes_on.clone());
        async move {
            let mut first = Box::pin(lock.lock());
            poll_fn(|cx| Poll::Ready(first.as_mut().poll(cx).is_pending())).await;
            polled.set();
            goes_on.wait().await; // and `first` is not polled meanwhile
            drop(first.await);
        }
    });
    polled.wait().await;
    drop(held);
    let wanted = name.clone();
    aside(&rt, move || {
        eventually(|seen| {
            let (_, wait) = seen.futurelocks().find(|(party, _)| party.name() == wanted)?;
            let Target::Object(lock) = wait.target() else { panic!("it waits for a lock") };
            assert_eq!((lock.name(), lock.kind().as_str()), (Some("forgotten"), "Lock<()>"));
            assert!(wait.to_string().contains("futurelock"));
            assert!(seen.is_stuck());
            Some(())
        });
    })
    .await;
    goes_on.set();
    task.await.unwrap();
    aside(&rt, move || {
        eventually(|seen| blocked(seen, &name).is_none().then_some(()));
    })
    .await;
}

async fn who_is_awaited_is_known<R: Runtime>(rt: R, at: &'static str) {
    anyrt::diagnose::start();
    let (outer, inner) = (format!("outer on {at}"), format!("inner on {at}"));
    let gate = Arc::new(Event::new().named("gate"));
    let task = rt.spawn_named(outer.clone(), {
        let (rt, gate, inner) = (rt.clone(), gate.clone(), inner.clone());
        async move {
            let child = rt.spawn_named(inner, async move { gate.wait().await });
            child.await.unwrap();
        }
    });
    let (wanted, child) = (outer.clone(), inner.clone());
    aside(&rt, move || {
        eventually(|seen| {
            let awaits = blocked(seen, &wanted)?;
            let waits = blocked(seen, &child)?;
            assert_eq!(awaits.waits()[0].target(), &Target::End(waits.party().clone()));
            assert_eq!(waits.waits()[0].stage(), Stage::Queued);
            assert!(seen.cycles().iter().all(|cycle| !cycle.contains(awaits.party())));
            Some(())
        });
    })
    .await;
    gate.set();
    task.await.unwrap();
    aside(&rt, move || {
        eventually(|seen| {
            (blocked(seen, &outer).is_none() && blocked(seen, &inner).is_none()).then_some(())
        });
    })
    .await;
}
