//! What probes are told, and what is made of it.

use anyrt::executor::{Executor, Inline, SubmitAsync, ThreadPool};
use anyrt::prelude::*;
use anyrt::probe::{self, Ending, Event, Recorder, Role, What};
use anyrt::sync::{Event as Flag, Latch, Lock};
use anyrt::task::yield_now;
use anyrt::{AnyRuntime, AsyncStd, SimOwner, SmolOwner, ThreadsOwner, TokioOwner};
use std::ops::Range;
use std::sync::{Arc, Mutex, mpsc};
use std::time::Duration;

/// What happens to the parties whose names contain this, in short.
fn told(name: &'static str) -> (Arc<Mutex<Vec<String>>>, probe::Installed) {
    let list = Arc::new(Mutex::new(Vec::new()));
    let told = list.clone();
    let installed = probe::install(move |event: &Event| {
        if event.who.name().contains(name) {
            told.lock().unwrap().push(in_short(event));
        }
    });
    (list, installed)
}

fn in_short(event: &Event) -> String {
    match &event.what {
        What::Began { .. } => format!("{} began", event.who.role()),
        What::PollBegan => "poll".into(),
        What::PollEnded { ready: true, .. } => "ready".into(),
        What::PollEnded { .. } => "pending".into(),
        What::Woken { .. } => "woken".into(),
        What::WaitBegan { on, at, .. } => {
            assert_eq!(at.file(), file!());
            format!("waits for {on}")
        }
        What::Granted { on, .. } => format!("granted {on}"),
        What::WaitEnded { granted, .. } => format!("waited, granted {granted}"),
        What::Acquired { on, .. } => format!("acquired {on}"),
        What::Released { on, .. } => format!("released {on}"),
        What::Ended { how, .. } => format!("ended: {how:?}"),
        other => format!("{other:?}"),
    }
}

/// A task that waits once, step by step the same on each runtime.
async fn one_wait<R: Runtime>(rt: R, name: &'static str) {
    let gate = Arc::new(Flag::new().named("gate"));
    let theirs = gate.clone();
    let task = rt.spawn_named(name, async move { theirs.wait().await });
    while gate.statistics().waiting == 0 {
        yield_now().await;
    }
    gate.set();
    task.await.unwrap();
}

#[test]
fn each_backend_tells_the_life_of_a_task() {
    fn check<O: BlockOn>(owner: &O, name: &'static str, is_one_thread: bool) {
        let (list, installed) = told(name);
        owner.run(|rt| one_wait(rt, name));
        drop(installed);
        let list = list.lock().unwrap();
        let expected = [
            "task began",
            "poll",
            "waits for Event 'gate'",
            "pending",
            "granted Event 'gate'",
            "woken",
            "poll",
            "waited, granted true",
            "ready",
            "ended: Finished",
        ];
        let expected = expected.map(String::from).to_vec();
        if is_one_thread {
            assert_eq!(*list, expected, "{name}");
        }
        // Another thread may set the gate as soon as the wait is there, and tell so before this one has told
        // of the wait.
        let sorted = |mut list: Vec<String>| {
            list.sort_unstable();
            list
        };
        assert_eq!(list[..2], expected[..2], "{name}");
        assert_eq!(sorted(list.clone()), sorted(expected), "{name}");
    }
    check(&TokioOwner::with_workers(2).unwrap(), "told on tokio", false);
    check(&TokioOwner::current_thread().unwrap(), "told on tokio, one thread", true);
    check(&SmolOwner::with_workers(2).unwrap(), "told on smol", false);
    check(&AsyncStd, "told on async-std", false);
    check(&ThreadsOwner::builder().workers(2).build().unwrap(), "told on threads", false);
    let owner = ThreadsOwner::builder().workers(2).build().unwrap();
    let (list, installed) = told("told when erased");
    owner.run(|rt| one_wait(AnyRuntime::new(rt), "told when erased"));
    drop((installed, owner));
    assert_eq!(list.lock().unwrap().iter().filter(|what| *what == "task began").count(), 1);
}

#[test]
fn how_a_task_ends_is_told() {
    let (list, installed) = told("ends by");
    let owner = TokioOwner::current_thread().unwrap();
    owner.run(|rt| async move {
        rt.spawn_named("ends by itself", async {}).await.unwrap();
        let mut aborted = rt.spawn_named("ends by an abort", std::future::pending::<()>());
        yield_now().await;
        aborted.abort();
        assert!(aborted.await.unwrap_err().is_cancelled());
        let panics = rt.spawn_named("ends by a panic", async { panic!("as it must") });
        assert!(panics.await.unwrap_err().is_panic());
    });
    drop(installed);
    let list = list.lock().unwrap();
    let ends: Vec<_> = list.iter().filter_map(|what| what.strip_prefix("ended: ")).collect();
    assert_eq!(ends, ["Finished", "Cancelled", "Panicked"]);
}

/// How the jobs and futures of executors ended whose names contain this, in the order of their ends.
fn endings(list: &Mutex<Vec<String>>) -> Vec<String> {
    let list = list.lock().unwrap();
    list.iter().filter_map(|what| Some(what.strip_prefix("ended: ")?.to_owned())).collect()
}

#[test]
fn how_a_job_of_a_pool_ends_is_told_once_and_before_its_result_is_there() {
    let (list, installed) = told("a job that ends");
    let pool = ThreadPool::builder().workers(1).inline(Inline::Never).build().unwrap();
    let job = || pool.job().name("a job that ends");
    assert!(job().submit(|| panic!("as it must")).join_blocking().map(|(): ()| ()).is_err());
    assert_eq!(endings(&list), ["Panicked"]);
    job().submit(|| ()).join_blocking().unwrap();
    assert_eq!(endings(&list).split_off(1), ["Finished"]);

    let (let_go, waits) = mpsc::channel::<()>();
    let busy = pool.submit(move || waits.recv().is_err());
    let cancelled = job().submit(|| unreachable!("it was cancelled"));
    assert!(cancelled.cancel());
    assert_eq!(endings(&list).split_off(2), ["Cancelled"]); // and the handle is there still
    let expired = job().begin_within(Duration::ZERO).submit(|| unreachable!("it is too late"));
    drop(let_go);
    assert!(busy.join_blocking().unwrap());
    assert!(expired.join_blocking().map(|(): ()| ()).unwrap_err().is_expired());
    assert!(cancelled.join_blocking().map(|(): ()| ()).unwrap_err().is_cancelled());
    drop(pool); // all that was queued has been taken out
    drop(installed);
    assert_eq!(endings(&list).split_off(3), ["Cancelled"]);
    let list = list.lock().unwrap();
    assert_eq!(list.iter().filter(|what| *what == "poll").count(), 2, "only what was run");
}

#[test]
fn how_a_job_ends_that_is_run_by_who_waits_for_it_is_told() {
    let (list, installed) = told("a job that is run");
    let pool = ThreadPool::builder().workers(1).build().unwrap();
    let (let_go, waits) = mpsc::channel::<()>();
    let busy = pool.submit(move || waits.recv().is_err());
    while !busy.is_running() {
        std::thread::yield_now();
    }
    let here = pool.job().name("a job that is run").submit(|| panic!("as it must"));
    assert!(here.join_blocking().map(|(): ()| ()).unwrap_err().is_panic());
    drop(let_go);
    assert!(busy.join_blocking().unwrap());
    drop(pool);
    drop(installed);
    assert_eq!(endings(&list), ["Panicked"]);
}

/// Where those jobs and futures come from.
const ENDS: Range<u32> = line!()..line!() + 10;

async fn ends<R: Runtime>(rt: R) {
    assert!(rt.submit(|| panic!("as it must")).await.map(|(): ()| ()).unwrap_err().is_panic());
    rt.submit(|| ()).await.unwrap();
    let panics = async { panic!("as it must") };
    assert!(rt.submit_async(panics).await.map(|(): ()| ()).unwrap_err().is_panic());
    rt.submit_async(async {}).await.unwrap();
}

/// What is given to a runtime as an executor: in a simulation, too, which knows its parties by itself.
#[test]
fn how_jobs_and_futures_of_runtimes_end_is_told() {
    let list = Arc::new(Mutex::new(Vec::new()));
    let probe = || {
        let list = list.clone();
        move |event: &Event| {
            let What::Ended { how, .. } = event.what else { return };
            let at = event.who.at().filter(|at| at.file() == file!());
            if at.is_some_and(|at| ENDS.contains(&at.line())) {
                list.lock().unwrap().push(format!("{} {how:?}", event.who.role()));
            }
        }
    };
    let assert_told = |who: &str| {
        let mut list = std::mem::take(&mut *list.lock().unwrap());
        list.sort_unstable();
        let expected = ["job Finished", "job Panicked", "task Finished", "task Panicked"];
        assert_eq!(list, expected, "{who}");
    };
    SimOwner::builder().seed(1).probe(probe()).build().run(ends);
    assert_told("sim");
    let _installed = probe::install(probe());
    let tokio = TokioOwner::with_workers(2).unwrap();
    tokio.run(ends);
    tokio.shutdown_blocking();
    assert_told("tokio");
    let smol = SmolOwner::with_workers(2).unwrap();
    smol.run(ends);
    smol.shutdown_blocking();
    assert_told("smol");
    let threads = ThreadsOwner::builder().workers(2).build().unwrap();
    threads.run(ends);
    threads.shutdown_blocking();
    assert_told("threads");
}

/// A runtime is asked for a thread for each job: that one has nothing left to do if who waits was faster, which
/// is no cancellation.
#[test]
fn a_job_of_a_runtime_that_its_waiter_runs_is_not_told_as_cancelled() {
    let mut by_waiter = 0;
    for seed in 0..50 {
        let list = Arc::new(Mutex::new(Vec::new()));
        let seen = list.clone();
        let probe = move |event: &Event| {
            if let What::Ended { how, .. } = event.what {
                seen.lock().unwrap().push((event.who.role().to_string(), how));
            }
        };
        let is_inline = SimOwner::builder().seed(seed).probe(probe).build().run(|rt| async move {
            let inner = rt.clone();
            let waits = move || inner.submit(std::thread::current).join_blocking().unwrap().id();
            let ran = rt.submit(move || (waits(), std::thread::current().id()));
            let (job, waiter) = ran.await.unwrap();
            rt.sleep(Duration::from_secs(1)).await; // its thread has its turn
            job == waiter
        });
        by_waiter += u32::from(is_inline);
        let list = list.lock().unwrap();
        let jobs = list.iter().filter(|(role, _)| role == "job").map(|(_, how)| *how);
        assert_eq!(jobs.collect::<Vec<_>>(), [Ending::Finished, Ending::Finished], "{seed}");
    }
    assert!(by_waiter > 0, "a schedule in which the waiter runs it");
}

#[test]
fn who_holds_a_lock_is_told() {
    let (list, installed) = told("holds and gives back");
    let owner = ThreadsOwner::builder().workers(1).build().unwrap();
    owner.run(|rt| async move {
        let task = async { drop(Lock::new(0_u8).named("held").lock().await) };
        rt.spawn_named("holds and gives back", task).await.unwrap();
    });
    drop(installed);
    let list = list.lock().unwrap();
    let held: Vec<_> = list.iter().filter(|what| what.ends_with("Lock<u8> 'held'")).collect();
    assert_eq!(held, ["acquired Lock<u8> 'held'", "released Lock<u8> 'held'"]);
}

#[test]
fn a_probe_may_use_what_it_is_told_of() {
    static LOCK: Lock<u32> = Lock::new(0).named("used by its probe");
    let installed = probe::install(|event: &Event| {
        let on = match &event.what {
            What::WaitBegan { on, .. } | What::Granted { on, .. } | What::WaitEnded { on, .. } => {
                on
            }
            What::Acquired { on, .. } | What::Released { on, .. } => on,
            _ => return,
        };
        if on.name() == Some("used by its probe") {
            // These take the internal lock; if it was held, they would never return.
            std::hint::black_box(LOCK.statistics());
            drop(LOCK.try_lock());
        }
    });
    let owner = ThreadsOwner::builder().workers(2).build().unwrap();
    owner.run(|rt| async move {
        let tasks = [(); 4].map(|()| {
            rt.spawn(async {
                for _ in 0..50 {
                    let mut count = LOCK.lock().await;
                    yield_now().await;
                    *count += 1;
                }
            })
        });
        for task in tasks {
            task.await.unwrap();
        }
    });
    drop(installed);
    assert_eq!(*LOCK.lock_blocking(), 200);
}

#[test]
fn a_probe_that_panics_harms_nobody() {
    let installed = probe::install(|event: &Event| {
        assert!(event.who.name() != "survives its probe", "as it must");
    });
    let owner = ThreadsOwner::builder().workers(1).build().unwrap();
    let sum = owner.run(|rt| async move {
        rt.spawn_named("survives its probe", async { 1 + 1 }).await.unwrap()
    });
    drop(installed);
    assert_eq!(sum, 2);
}

#[test]
fn a_probe_that_was_removed_is_not_called() {
    let (list, installed) = told("after the probe");
    drop(installed);
    let owner = ThreadsOwner::builder().workers(1).build().unwrap();
    owner.run(|rt| async move { rt.spawn_named("after the probe", async {}).await.unwrap() });
    assert!(list.lock().unwrap().is_empty());
}

/// What a simulation of this seed looks like.
fn recorded(seed: u64) -> probe::Trace {
    let recorder = Recorder::new();
    let sim = SimOwner::builder().seed(seed).probe(recorder.clone()).build();
    sim.run(|rt| async move {
        let lock = Arc::new(Lock::new(0_u32).named("a \"lock\" & more"));
        let task = |number: u32| {
            let (lock, timer) = (lock.clone(), rt.clone());
            rt.spawn_named(format!("task <{number}>"), async move {
                let mut total = lock.lock().await;
                timer.sleep(Duration::from_secs(3600)).await;
                *total += number;
            })
        };
        let job = rt.spawn_blocking({
            let lock = lock.clone();
            move || *lock.lock_blocking() += 1
        });
        let forgotten = rt.spawn(std::future::pending::<()>());
        for task in [1, 2, 3].map(task) {
            task.await.unwrap();
        }
        job.await.unwrap();
        drop(forgotten);
    });
    drop(sim);
    recorder.trace()
}

#[test]
fn the_same_seed_gives_the_same_trace_byte_for_byte() {
    let (first, second) = (recorded(7), recorded(7));
    assert_eq!(first.to_svg("seven"), second.to_svg("seven"));
    assert_eq!(first.to_json(), second.to_json());
    assert!((8..16).any(|seed| recorded(seed).to_json() != first.to_json()));
}

#[test]
fn the_json_is_a_trace_that_viewers_open() {
    let json: serde_json::Value = serde_json::from_str(&recorded(7).to_json()).unwrap();
    assert_eq!(json["otherData"]["unit"], "steps");
    assert_eq!(json["otherData"]["missed"], 0);
    let events = json["traceEvents"].as_array().unwrap();
    let with = |key: &str, value: &str| events.iter().filter(|event| event[key] == value).count();
    assert_eq!(with("ph", "M"), 6, "a root, three tasks, a job, and the one that is forgotten");
    assert!(events.iter().any(|event| event["args"]["name"] == "task 3 'task <1>'"));
    assert_eq!(with("how", ""), 0);
    let ends = |how: &str| events.iter().filter(|event| event["args"]["how"] == how).count();
    assert_eq!((ends("finished"), ends("cancelled")), (5, 1));
    assert!(with("ph", "b") >= 1 && with("ph", "b") == with("ph", "e"), "each wait ends");
    for event in events.iter().filter(|event| event["cat"] == "poll") {
        assert!(event["dur"].as_f64().unwrap() >= 0.0 && event["ts"].is_number());
    }
}

#[test]
fn the_picture_stands_alone_and_is_well_formed() {
    let svg = recorded(7).to_svg("locks & <hours>");
    assert!(
        svg.starts_with("<svg xmlns=\"http://www.w3.org/2000/svg\"") && svg.ends_with("</svg>\n")
    );
    assert!(svg.contains("locks &amp; &lt;hours&gt;"));
    assert!(svg.contains("'task &lt;1&gt;'"));
    assert!(svg.contains("Lock&lt;u32&gt; 'a &quot;lock&quot; &amp; more'"));
    assert!(svg.contains("prefers-color-scheme:dark"));
    assert!(!svg.contains("<script") && !svg.contains("href"));
    let count = |what: &str| svg.matches(what).count();
    assert_eq!(count("<g>"), count("</g>"));
    assert_eq!(count("<text"), count("</text>"));
    assert_eq!(count("<title>"), count("</title>"));
}

#[test]
fn the_picture_by_thread_has_a_lane_for_each_that_ran_something() {
    let recorder = Recorder::new();
    let installed = probe::install(recorder.clone());
    let owner = ThreadsOwner::builder().workers(2).thread_name("lanes").build().unwrap();
    owner.run(|rt| async move {
        let gate = Arc::new(Latch::new(2));
        // Each stays in its poll until the other is in its own: on two threads.
        let tasks = ["left & first", "right"].map(|name| {
            let gate = gate.clone();
            rt.spawn_named(name, async move {
                gate.count_down(1);
                while !gate.is_open() {
                    std::thread::yield_now();
                }
            })
        });
        for task in tasks {
            task.await.unwrap();
        }
    });
    drop(installed);
    let svg = recorder.trace().to_svg_by_thread("two at once");
    assert!(svg.starts_with("<svg ") && svg.ends_with("</svg>\n"));
    assert_eq!(svg.matches("<title>lanes-").count(), 2, "{svg}");
    assert!(svg.contains("'left &amp; first' from ") && svg.contains("'right' from "), "{svg}");
    let count = |what: &str| svg.matches(what).count();
    assert_eq!(count("<g>"), count("</g>"));
    assert_eq!(count("<text"), count("</text>"));
    // All of a simulation is one thread, and the same each time.
    let picture = || recorded(7).to_svg_by_thread("seven");
    assert_eq!(picture(), picture());
    assert_eq!(picture().matches(" % of the time").count(), 1);
}

#[test]
fn a_recorder_sees_parties_of_all_roles() {
    let recorder = Recorder::new();
    let installed = probe::install(recorder.clone());
    let roles = Arc::new(Mutex::new(Vec::new()));
    let also = roles.clone();
    let other = probe::install(move |event: &Event| {
        if matches!(event.what, What::Began { .. }) {
            also.lock().unwrap().push(event.who.role());
        }
        if let What::Ended { how, .. } = event.what {
            assert!(matches!(how, Ending::Finished | Ending::Cancelled | Ending::Panicked));
        }
    });
    let owner = ThreadsOwner::builder().workers(1).build().unwrap();
    owner.run(|rt| async move {
        rt.spawn(async {}).await.unwrap();
        rt.spawn_blocking(|| ()).await.unwrap();
    });
    std::thread::spawn(|| drop(Lock::new(()).lock_blocking())).join().unwrap();
    drop((installed, other));
    let trace = recorder.trace();
    assert!(trace.len() > 10 && !trace.is_empty() && trace.missed() == 0);
    for role in [Role::Root, Role::Task, Role::Job, Role::Thread] {
        assert!(roles.lock().unwrap().contains(&role), "{role}");
    }
}
