//! What is known of threads, of permits, and of what is over.

use super::{blocked, eventually, line_of, names};
use anyrt::diagnose::{Role, Target, watchdog};
use anyrt::executor::{Executor, Inline, ThreadPool};
use anyrt::prelude::*;
use anyrt::probe::{Ending, What};
use anyrt::queue::Fifo;
use anyrt::sync::{Condition, Event, Lock, RwLock, Semaphore};
use std::sync::{Arc, Barrier, Mutex, mpsc};
use std::thread;
use std::time::Duration;

fn named(name: &str, f: impl FnOnce() + Send + 'static) -> thread::JoinHandle<()> {
    thread::Builder::new().name(name.into()).spawn(f).unwrap()
}

#[test]
fn a_watchdog_reports_two_threads_that_lock_each_other_out() {
    static OURS: Lock<u8> = Lock::new(1).named("ours of threads");
    static THEIRS: Lock<u16> = Lock::new(1).named("theirs of threads");
    let (tell, told) = mpsc::channel();
    let _watchdog = watchdog(Duration::from_millis(20), move |seen| {
        let _ = tell.send(seen.to_string());
    });
    let meeting = Arc::new(Barrier::new(2));
    let also = meeting.clone();
    // They never end.
    named("thread one", move || {
        let _ours = OURS.lock_blocking();
        meeting.wait();
        drop(THEIRS.lock_blocking()); // for ever: theirs
    });
    named("thread two", move || {
        let _theirs = THEIRS.lock_blocking();
        also.wait();
        drop(OURS.lock_blocking()); // for ever: ours
    });
    let line = |name| line_of(include_str!("graph.rs"), &format!("// for ever: {name}"));
    let report = loop {
        let report = told.recv_timeout(Duration::from_secs(60)).expect("the watchdog is silent");
        let circles = |line: &str| line.contains("cycle: ") && line.contains("'thread one'");
        if report.lines().any(circles) {
            break report;
        }
    };
    for line in [
        &format!("waits for Lock<u16> 'theirs of threads' at {}:{}:", file!(), line("theirs")),
        &format!("waits for Lock<u8> 'ours of threads' at {}:{}:", file!(), line("ours")),
        "'thread one' -> thread ",
    ] {
        assert!(report.contains(line), "no `{line}` in\n{report}");
    }
}

#[test]
fn a_thread_and_a_task_wait_for_each_other() {
    anyrt::diagnose::start();
    let (lock, event) = (Arc::new(Lock::new(())), Arc::new(Event::new()));
    let owner = anyrt::ThreadsOwner::builder().workers(1).build().unwrap();
    let holds = owner.handle().spawn_named("holds", {
        let (lock, event) = (lock.clone(), event.clone());
        async move {
            let _held = lock.lock().await;
            event.wait().await;
        }
    });
    eventually(|seen| blocked(seen, "holds"));
    let thread = named("plain thread", move || drop(lock.lock_blocking()));
    eventually(|seen| {
        let waits = blocked(seen, "plain thread")?;
        assert_eq!(waits.party().role(), Role::Thread);
        assert_eq!(names(waits.waits()[0].holders()), ["holds"]);
        Some(())
    });
    event.set();
    owner.block_on(holds).unwrap();
    thread.join().unwrap();
    eventually(|seen| blocked(seen, "plain thread").is_none().then_some(()));
}

#[test]
fn all_who_hold_permits_or_read_are_named() {
    anyrt::diagnose::start();
    let (permits, table) = (Arc::new(Semaphore::new(2)), Arc::new(RwLock::new(0)));
    let (go, gone) = (Arc::new(Event::new()), Arc::new(Barrier::new(3)));
    let holders = ["first holder", "second holder"].map(|name| {
        let (permits, table) = (permits.clone(), table.clone());
        let (go, there) = (go.clone(), gone.clone());
        named(name, move || {
            let _permit = permits.acquire_blocking().unwrap();
            let _reads = table.read_blocking();
            there.wait();
            go.wait_blocking();
        })
    });
    gone.wait();
    let waits = [
        named("wants permits", move || drop(permits.acquire_many_blocking(2).unwrap())),
        named("wants to write", move || *table.write_blocking() += 1),
    ];
    for name in ["wants permits", "wants to write"] {
        eventually(|seen| {
            let waits = blocked(seen, name)?;
            let mut holders = names(waits.waits()[0].holders());
            holders.sort_unstable();
            assert_eq!(holders, ["first holder", "second holder"]);
            Some(())
        });
    }
    go.set();
    for thread in holders.into_iter().chain(waits) {
        thread.join().unwrap();
    }
}

#[test]
fn a_wait_that_is_over_or_given_up_is_gone() {
    anyrt::diagnose::start();
    let lock = Arc::new(Lock::new(()));
    let held = lock.lock_blocking();
    let theirs = lock.clone();
    let gives_up = named("gives up", move || {
        assert!(theirs.lock_within_blocking(Duration::from_millis(1)).is_err());
        let condition = Condition::new();
        let own = Lock::new(());
        assert!(
            condition
                .wait_within_blocking(own.lock_blocking(), Duration::from_millis(1))
                .1
                .is_err()
        );
        let queue = Fifo::<u8>::unbounded();
        assert!(queue.get_within_blocking(Duration::from_millis(1)).is_err());
        let seen = anyrt::diagnose::snapshot();
        assert!(blocked(&seen, "gives up").is_none(), "{seen}");
    });
    gives_up.join().unwrap();
    drop(held);
}

#[test]
fn what_is_held_by_one_that_has_ended_says_so() {
    anyrt::diagnose::start();
    let lock = Arc::new(Lock::new(()).named("left locked"));
    let theirs = lock.clone();
    named("leaves it locked", move || std::mem::forget(theirs.lock_blocking())).join().unwrap();
    let waits = named("waits in vain", move || {
        assert!(lock.lock_within_blocking(Duration::from_secs(60)).is_ok());
    });
    let lock = eventually(|seen| {
        let waits = blocked(seen, "waits in vain")?;
        let wait = &waits.waits()[0];
        let text = wait.to_string();
        assert!(text.ends_with("'leaves it locked', which has ended"), "{text}");
        Some(wait.target().clone())
    });
    assert!(matches!(lock, Target::Object(object) if object.name() == Some("left locked")));
    drop(waits); // it goes on waiting, on a thread that nobody waits for
}

#[test]
fn where_an_item_or_room_is_waited_for_is_the_callers_place() {
    anyrt::diagnose::start();
    let owner = anyrt::ThreadsOwner::builder().workers(1).build().unwrap();
    let jobs = Arc::new(Fifo::<u32>::bounded(1).named("jobs"));
    let (gets, puts, joins) = (jobs.clone(), Arc::new(Fifo::<u32>::bounded(1)), jobs.clone());
    puts.try_put(0).unwrap();
    let full = puts.clone();
    let rt = owner.handle();
    let tasks = [
        rt.spawn_named("gets", async move {
            let _ = gets.get().await;
        }),
        rt.spawn_named("puts", async move {
            let _ = full.put(1).await;
        }),
        rt.spawn_named("gets many", {
            let jobs = jobs.clone();
            async move {
                let _ = jobs.get_many(&mut Vec::new(), 2).await;
            }
        }),
    ];
    for name in ["gets", "puts", "gets many"] {
        eventually(|seen| {
            let waits = blocked(seen, name)?;
            let wait = &waits.waits()[0];
            assert_eq!(wait.at().map(std::panic::Location::file), Some(file!()), "{name}");
            Some(())
        });
    }
    named("gets on a thread", move || {
        let _ = joins.get_blocking();
    });
    eventually(|seen| {
        let waits = blocked(seen, "gets on a thread")?;
        assert_eq!(waits.waits()[0].at().map(std::panic::Location::file), Some(file!()));
        assert!(waits.waits()[0].to_string().contains("Fifo<u32> 'jobs'"));
        Some(())
    });
    jobs.close();
    puts.close();
    for task in tasks {
        owner.block_on(task).unwrap();
    }
}

#[test]
fn a_job_of_a_pool_waits_for_another_that_waits_for_what_it_holds() {
    anyrt::diagnose::start();
    // Who waits must not run the other: it would wait for the lock that it holds itself.
    let pool = ThreadPool::builder().workers(2).inline(Inline::Never).build().unwrap();
    let lock = Arc::new(Lock::new(()).named("held by the first job"));
    let (seen, is_seen) = mpsc::channel();
    let (begun, has_begun) = mpsc::channel();
    let second = pool.job().name("second job").submit({
        let lock = lock.clone();
        move || {
            has_begun.recv().unwrap();
            drop(lock.lock_blocking());
        }
    });
    let first = pool.job().name("first job").submit(move || {
        let mut second = second;
        let held = lock.lock_blocking();
        begun.send(()).unwrap();
        // Until it was seen: a wait with a limit is no error, and ends.
        while is_seen.try_recv().is_err() {
            assert!(second.result(Duration::from_millis(20)).is_err());
        }
        drop(held);
        second.join_blocking().unwrap();
    });
    // A task that awaits the first is seen, too, whichever way it was submitted.
    let owner = anyrt::ThreadsOwner::builder().workers(1).build().unwrap();
    let task = owner.handle().spawn_named("awaits the first job", first);
    let report = eventually(|seen| {
        let report = seen.to_string();
        let has = |what: &str| report.contains(what);
        let all = has("'first job' -> job ") || has("'second job' -> job ");
        (all && has("awaits the first job' (spawned at ")).then_some(report)
    });
    seen.send(()).unwrap();
    owner.block_on(task).unwrap().unwrap();
    let line = |what: &str| {
        let mut lines = report.lines().skip_while(|line| !line.contains(what));
        (lines.next().unwrap_or_default().to_owned(), lines.next().unwrap_or_default().to_owned())
    };
    let (who, waits) = line("'first job' (spawned at tests/diagnose/graph.rs:");
    assert!(who.trim_start().starts_with("job "), "{report}");
    assert!(waits.contains("awaits the end of job ") && waits.contains("'second job'"), "{report}");
    let (_, waits) = line("'second job' (spawned at tests/diagnose/graph.rs:");
    assert!(waits.contains("waits for Lock<()> 'held by the first job' at "), "{report}");
    let (_, waits) = line("'awaits the first job' (spawned at ");
    assert!(waits.contains("awaits the end of job ") && waits.contains("'first job'"), "{report}");
}

#[test]
fn jobs_of_executors_go_by_the_place_where_they_were_submitted() {
    let list = Arc::new(Mutex::new(Vec::new()));
    let told = list.clone();
    let _installed = anyrt::probe::install(move |event: &anyrt::probe::Event| {
        if event.who.role() == Role::Job && event.who.name().starts_with("graph.rs:") {
            told.lock().unwrap().push((event.who.name().to_owned(), event.what.clone()));
        }
    });
    let pool = Arc::new(ThreadPool::builder().workers(1).build().unwrap());
    let owner = anyrt::ThreadsOwner::builder().workers(1).build().unwrap();
    let submitted = [
        (pool.submit(|| ()), line!()),
        (pool.submit_many([|| ()]).remove(0), line!()),
        (ThreadPool::submit(&pool, || ()), line!()),
        (owner.handle().submit(|| ()), line!()),
    ];
    for (handle, line) in submitted {
        handle.join_blocking().unwrap();
        let name = format!("graph.rs:{line}");
        let list = list.lock().unwrap().clone();
        let mine = list.into_iter().filter(|(who, _)| *who == name).map(|(_, what)| what);
        let mine: Vec<_> = mine.collect();
        assert!(matches!(mine.last(), Some(What::Ended { .. })), "{mine:?}");
        assert!(matches!(mine[0], What::Began { .. }), "{mine:?}");
        assert_eq!(mine.iter().filter(|what| matches!(what, What::Began { .. })).count(), 1);
    }
    let (begun, has_begun) = mpsc::channel();
    let busy = pool.submit(move || has_begun.recv().is_ok());
    let (cancelled, line) = (pool.submit(|| ()), line!());
    assert!(cancelled.cancel());
    drop(cancelled);
    begun.send(()).unwrap();
    busy.join_blocking().unwrap();
    let name = format!("graph.rs:{line}");
    eventually(|_| {
        let list = list.lock().unwrap();
        let ended = |(who, what): &(String, What)| {
            *who == name && matches!(what, What::Ended { how: Ending::Cancelled, .. })
        };
        list.iter().any(ended).then_some(())
    });
}
