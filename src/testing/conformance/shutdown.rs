//! RT-SHUT: how an owned runtime ends.

use std::future::{Future, pending};
use std::pin::Pin;
use std::sync::mpsc;
use std::thread;

use super::super::kit::{HOUR, MS, Tally, finished, foreign_block_on, message_of, poll_once};
use crate::backend::ThreadsOwner;
use crate::contract::{BlockOn, JoinHandle, Runtime, Shutdown, Spawn, SpawnBlocking, Timer};
use crate::task::yield_now;

/// Spawns `number` tasks of each kind: sleeping, waiting, detached, not yet polled. Each hits
/// `dropped` from its destructor.
fn pending_tasks<O: BlockOn>(
    owner: &O,
    dropped: Tally,
    number: usize,
) -> Vec<<O::Handle as Spawn>::JoinHandle<()>> {
    let started = Tally::new();
    let rt = owner.handle();
    let sleeping = |rt: O::Handle| {
        let guard = dropped.guard();
        async move {
            let _guard = guard;
            started.hit();
            rt.sleep(HOUR).await;
        }
    };
    let waiting = || {
        let guard = dropped.guard();
        async move {
            let _guard = guard;
            started.hit();
            pending::<()>().await;
        }
    };
    let mut handles = Vec::new();
    for _ in 0..number {
        handles.push(rt.spawn(sleeping(rt.clone())));
        handles.push(rt.spawn(waiting()));
        rt.spawn(waiting()).detach();
    }
    owner.block_on(started.reach(3 * number));
    for _ in 0..number {
        handles.push(rt.spawn(waiting())); // perhaps polled by the end, perhaps not
    }
    handles
}

/// When the awaited shutdown resolves, the destructors of all tasks have run, and their handles are
/// cancelled.
pub fn shut_1_destructors_run_before_it_resolves<O: Shutdown>(owner: O) {
    let dropped = Tally::new();
    let handles = pending_tasks(&owner, dropped, 10);
    assert_eq!(dropped.count(), 0);
    foreign_block_on(owner.shutdown());
    assert_eq!(dropped.count(), 40);
    for handle in handles {
        assert!(foreign_block_on(handle).unwrap_err().is_cancelled());
    }
}

/// Also in the blocking form.
pub fn shut_1_destructors_run_in_the_blocking_form<O: Shutdown>(owner: O) {
    let dropped = Tally::new();
    let handles = pending_tasks(&owner, dropped, 10);
    owner.shutdown_blocking();
    assert_eq!(dropped.count(), 40);
    for handle in handles {
        assert!(foreign_block_on(handle).unwrap_err().is_cancelled());
    }
}

/// Also when the owner is just dropped.
pub fn shut_1_destructors_run_when_the_owner_is_dropped<O: Shutdown>(owner: O) {
    let dropped = Tally::new();
    let _handles = pending_tasks(&owner, dropped, 10);
    drop(owner);
    assert_eq!(dropped.count(), 40);
}

/// Tasks that hold a handle of their own runtime, or each other's, go as well.
pub fn shut_1_tasks_that_hold_their_runtime<O: Shutdown>(owner: O) {
    let (started, dropped) = (Tally::new(), Tally::new());
    let rt = owner.handle();
    let mut chain: Option<<O::Handle as Spawn>::JoinHandle<()>> = None;
    for _ in 0..10 {
        let (inner, guard, before) = (rt.clone(), dropped.guard(), chain.take());
        chain = Some(rt.spawn(async move {
            let _held = (inner, guard);
            started.hit();
            match before {
                Some(task) => task.await.unwrap(),
                None => pending().await,
            }
        }));
    }
    owner.block_on(started.reach(10));
    drop(rt);
    foreign_block_on(owner.shutdown());
    assert_eq!(dropped.count(), 10);
}

/// A destructor that spawns while the runtime ends: the child is dropped, too.
pub fn shut_1_a_destructor_that_spawns<O: Shutdown>(owner: O) {
    struct SpawnsWhenDropped<R: Spawn>(R, Tally);
    impl<R: Spawn> Drop for SpawnsWhenDropped<R> {
        fn drop(&mut self) {
            let guard = self.1.guard();
            let child = self.0.spawn(async move {
                let _guard = guard;
                pending::<()>().await;
            });
            child.detach();
        }
    }
    let (started, dropped) = (Tally::new(), Tally::new());
    let rt = owner.handle();
    for _ in 0..10 {
        let spawns = SpawnsWhenDropped(rt.clone(), dropped);
        let task = rt.spawn(async move {
            let _spawns = spawns;
            started.hit();
            pending::<()>().await;
        });
        task.detach();
    }
    owner.block_on(started.reach(10));
    foreign_block_on(owner.shutdown());
    dropped.reach_blocking(10);
}

/// What finished before the end keeps its value after it.
pub fn shut_1_a_finished_task_keeps_its_value<O: Shutdown>(owner: O) {
    let rt = owner.handle();
    let (task, panicked, job) = owner.run(|rt| async move {
        let (task, panicked) = (rt.spawn(async { 42 }), rt.spawn(async { panic!("kept") }));
        let job = rt.spawn_blocking(|| 42);
        finished(&rt, &task).await;
        finished(&rt, &panicked).await;
        finished(&rt, &job).await;
        (task, panicked, job)
    });
    drop(rt);
    foreign_block_on(owner.shutdown());
    assert_eq!(foreign_block_on(task).unwrap(), 42);
    let panicked: Result<(), _> = foreign_block_on(panicked);
    assert_eq!(panicked.unwrap_err().message(), Some("kept"));
    assert_eq!(foreign_block_on(job).unwrap(), 42);
}

/// Shutdown waits for a blocking job that runs; its handle gives its value.
pub fn shut_2_waits_for_blocking_jobs_that_run<O: Shutdown>(owner: O) {
    let (started, gate, ended) = (Tally::new(), Tally::new(), Tally::new());
    let job = owner.handle().spawn_blocking(move || {
        started.hit();
        gate.reach_blocking(1);
        ended.hit();
        42
    });
    started.reach_blocking(1);
    let mut done = Box::pin(owner.shutdown());
    for _ in 0..5 {
        assert!(poll_once(&mut done).is_pending());
        thread::sleep(MS);
    }
    gate.hit();
    foreign_block_on(done);
    assert_eq!(ended.count(), 1);
    assert_eq!(foreign_block_on(job).unwrap(), 42);
}

/// Of blocking jobs that are queued each runs to its end or is dropped and resolves as cancelled.
pub fn shut_2_queued_blocking_jobs_run_or_are_cancelled<O: Shutdown>(owner: O) {
    let rt = owner.handle();
    let mut jobs = Vec::new();
    for _ in 0..200 {
        let (ran, dropped) = (Tally::new(), Tally::new());
        let guard = dropped.guard();
        let job = rt.spawn_blocking(move || {
            let _guard = guard;
            thread::yield_now();
            ran.hit();
        });
        jobs.push((job, ran, dropped));
    }
    foreign_block_on(owner.shutdown());
    for (job, ran, dropped) in jobs {
        dropped.reach_blocking(1);
        match foreign_block_on(job) {
            Ok(()) => assert_eq!(ran.count(), 1),
            Err(error) => assert!(error.is_cancelled() && ran.count() == 0, "{error:?}"),
        }
    }
}

/// Another runtime can await it, in its root or in a task.
pub fn shut_2_awaited_from_another_runtime<O: Shutdown>(owner: O) {
    let dropped = Tally::new();
    let _handles = pending_tasks(&owner, dropped, 5);
    let other = ThreadsOwner::builder().workers(1).build().unwrap();
    other.run(|rt| async move {
        rt.spawn(owner.shutdown()).await.unwrap();
        assert_eq!(dropped.count(), 20);
    });
}

/// The future may be dropped: the shutdown goes on, unseen.
pub fn shut_2_goes_on_without_its_future<O: Shutdown>(owner: O) {
    let dropped = Tally::new();
    let _handles = pending_tasks(&owner, dropped, 5);
    drop(owner.shutdown());
    dropped.reach_blocking(20);
}

/// The future wakes the waker of its last poll.
pub fn shut_2_moves_between_executors<O: Shutdown>(owner: O) {
    let (started, gate) = (Tally::new(), Tally::new());
    drop(owner.handle().spawn_blocking(move || {
        started.hit();
        gate.reach_blocking(1);
    }));
    started.reach_blocking(1);
    let mut done = Box::pin(owner.shutdown());
    assert!(poll_once(&mut done).is_pending());
    let waits = thread::spawn(move || foreign_block_on(done));
    gate.hit();
    waits.join().unwrap();
}

/// A task can begin the end of its own runtime; who awaits it elsewhere sees it done. For runtimes
/// with threads of their own.
pub fn shut_2_begun_inside_a_task<O: Shutdown + Send + 'static>(owner: O) {
    let (give, take) = mpsc::channel();
    let dropped = Tally::new();
    let guard = dropped.guard();
    let rt = owner.handle();
    let mut task = rt.spawn(async move {
        let _guard = guard;
        give.send(owner.shutdown()).unwrap();
        pending::<()>().await;
    });
    let done = take.recv().expect("`shutdown` inside a task returns");
    foreign_block_on(done);
    assert_eq!(dropped.count(), 1);
    task.abort();
    assert!(foreign_block_on(task).unwrap_err().is_cancelled());
}

/// A spawn after the end drops its future and resolves as cancelled, on any executor.
pub fn shut_3_a_spawn_after_the_end_is_cancelled<O: Shutdown>(owner: O) {
    let rt = owner.handle();
    foreign_block_on(owner.shutdown());
    let dropped = Tally::new();
    for number in 1..=3 {
        let guard = dropped.guard();
        let late = rt.spawn(async move { drop(guard) });
        assert!(foreign_block_on(late).unwrap_err().is_cancelled());
        assert_eq!(dropped.count(), number);
    }
}

/// So does a blocking job; its closure is dropped.
pub fn shut_3_a_blocking_job_after_the_end_is_cancelled<O: Shutdown>(owner: O) {
    let rt = owner.handle();
    foreign_block_on(owner.shutdown());
    let (ran, dropped) = (Tally::new(), Tally::new());
    let guard = dropped.guard();
    let late = rt.spawn_blocking(move || {
        let _guard = guard;
        ran.hit();
    });
    assert!(foreign_block_on(late).unwrap_err().is_cancelled());
    assert_eq!((ran.count(), dropped.count()), (0, 1));
}

/// Threads that spawn all through the end: each handle resolves, and each future is dropped.
pub fn shut_3_spawns_that_race_with_the_end<O: Shutdown>(owner: O) {
    const THREADS: usize = 4;
    const TASKS: usize = 200;
    let (dropped, spawning) = (Tally::new(), Tally::new());
    let threads: Vec<_> = (0..THREADS)
        .map(|_| {
            let rt = owner.handle();
            thread::spawn(move || {
                let mut handles = Vec::new();
                for number in 0..TASKS {
                    let guard = dropped.guard();
                    handles.push(rt.spawn(async move {
                        let _guard = guard;
                        if number % 2 == 0 {
                            yield_now().await;
                        } else {
                            pending::<()>().await;
                        }
                    }));
                    spawning.hit();
                }
                for handle in handles {
                    if let Err(error) = foreign_block_on(handle) {
                        assert!(error.is_cancelled(), "{error:?}");
                    }
                }
            })
        })
        .collect();
    spawning.reach_blocking(TASKS / 2);
    foreign_block_on(owner.shutdown());
    for thread in threads {
        thread.join().unwrap();
    }
    dropped.reach_blocking(THREADS * TASKS);
}

/// Wake-ups, aborts and drops of handles after the end do no harm.
pub fn shut_3_handles_and_wakers_outlive_the_end<O: Shutdown>(owner: O) {
    let (started, gate) = (Tally::new(), Tally::new());
    let rt = owner.handle();
    let mut handles: Vec<_> = (0..10)
        .map(|_| {
            rt.spawn(async move {
                started.hit();
                gate.reach(1).await;
            })
        })
        .collect();
    owner.block_on(started.reach(10));
    foreign_block_on(owner.shutdown());
    gate.hit();
    for handle in &mut handles {
        handle.abort();
        assert!(handle.is_finished());
    }
    handles.truncate(5);
    for handle in handles {
        assert!(foreign_block_on(handle).unwrap_err().is_cancelled());
    }
    let _still_told = (rt.now(), rt.name().len(), format!("{rt:?}"));
}

/// An owner that is dropped inside a task of its own runtime panics clearly, and the runtime ends all
/// the same. For runtimes with threads of their own.
pub fn shut_4_dropped_inside_its_own_task<O: Shutdown + Send + 'static>(owner: O) {
    let (dropped, said) = (Tally::new(), Tally::new());
    let guard = dropped.guard();
    let (give, take) = mpsc::channel();
    let rt = owner.handle();
    rt.spawn(async move {
        let _guard = guard;
        pending::<()>().await;
    })
    .detach();
    let task = rt.spawn(async move {
        give.send(message_of(|| drop(owner))).unwrap();
        said.hit();
    });
    let message = take.recv().expect("the drop panics");
    assert!(message.contains("dropped inside a task"), "{message}");
    said.reach_blocking(1);
    let _value_or_cancelled = foreign_block_on(task);
    dropped.reach_blocking(1);
    ends(rt);
}

/// Waits until a runtime that ends in the background takes no more tasks.
fn ends<R: Spawn>(rt: R) {
    loop {
        let probe: Pin<Box<dyn Future<Output = ()> + Send>> = Box::pin(pending());
        let mut probe = rt.spawn(probe);
        thread::sleep(MS);
        if probe.is_finished() {
            assert!(foreign_block_on(probe).unwrap_err().is_cancelled());
            return;
        }
        probe.abort();
    }
}
