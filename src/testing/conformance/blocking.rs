//! RT-BLOCK: blocking jobs. No test needs two of them to run at once, so that a pool of one thread
//! passes.

use std::panic::resume_unwind;
use std::thread;

use super::super::kit::{
    MS, Tally, finished, foreign_block_on, on_plain_thread, panic_with, poll_once, poll_with,
    ready_by_now,
};
use crate::contract::{BlockOn, JoinHandle, Spawn, SpawnBlocking, Timer};
use crate::error::JoinError;

/// A thousand jobs whose handles are dropped all run.
pub fn block_1_a_thousand_dropped_handles_all_run<O: BlockOn>(owner: O) {
    owner.run(|rt| async move {
        let ran = Tally::new();
        for _ in 0..1_000 {
            drop(rt.spawn_blocking(move || ran.hit()));
        }
        ran.reach(1_000).await;
    });
}

/// Also where each handle was polled before its drop.
pub fn block_1_handles_dropped_after_a_poll<O: BlockOn>(owner: O) {
    owner.run(|rt| async move {
        let ran = Tally::new();
        for _ in 0..100 {
            let mut job = rt.spawn_blocking(move || ran.hit());
            if poll_once(&mut job).is_pending() {
                job.detach();
            }
        }
        ran.reach(100).await;
    });
}

/// A thousand jobs whose handles are awaited give a thousand values.
pub fn block_1_a_thousand_values<O: BlockOn>(owner: O) {
    owner.run(|rt| async move {
        let jobs: Vec<_> = (0..1_000_u64).map(|n| rt.spawn_blocking(move || n)).collect();
        let mut sum = 0;
        for job in jobs {
            sum += job.await.unwrap();
        }
        assert_eq!(sum, 499_500);
    });
}

/// A job can be started from anywhere: the root, a task, a job, a plain thread.
pub fn block_1_from_anywhere<O: BlockOn>(owner: O) {
    let early = owner.handle().spawn_blocking(|| 1);
    owner.run(|rt| async move {
        assert_eq!(early.await.unwrap(), 1);
        let inner = rt.clone();
        let in_task = rt.spawn(async move { inner.spawn_blocking(|| 2).await.unwrap() });
        assert_eq!(in_task.await.unwrap(), 2);
        let inner = rt.clone();
        let job = rt.spawn_blocking(move || inner.spawn_blocking(|| 3)).await.unwrap();
        assert_eq!(job.await.unwrap(), 3);
        let job = on_plain_thread(move || rt.spawn_blocking(|| 4)).await;
        assert_eq!(job.await.unwrap(), 4);
    });
}

/// A panic is a value with its message; the pool lives on after many.
pub fn block_2_a_panic_is_a_value<O: BlockOn>(owner: O) {
    owner.run(|rt| async move {
        let error = rt.spawn_blocking(|| foreign_block_on(panic_with("boom"))).await.unwrap_err();
        assert_eq!(error.message(), Some("boom"));
        for _ in 0..50 {
            let quiet = rt.spawn_blocking(|| -> () { resume_unwind(Box::new("quiet")) });
            assert!(quiet.await.unwrap_err().is_panic());
        }
        assert_eq!(rt.spawn_blocking(|| 42).await.unwrap(), 42);
    });
}

/// A payload that is no string comes through as it is.
pub fn block_2_a_payload_of_any_type<O: BlockOn>(owner: O) {
    owner.run(|rt| async move {
        let job = rt.spawn_blocking(|| -> () { resume_unwind(Box::new(7_u64)) });
        let JoinError::Panicked(panic) = job.await.unwrap_err() else { panic!("not cancelled") };
        assert_eq!(*panic.into_payload().downcast::<u64>().unwrap(), 7);
    });
}

/// Jobs that panic and whose handles are dropped harm nobody.
pub fn block_2_detached_panics_are_harmless<O: BlockOn>(owner: O) {
    owner.run(|rt| async move {
        let dropped = Tally::new();
        for _ in 0..50 {
            let guard = dropped.guard();
            drop(rt.spawn_blocking(move || -> () { resume_unwind(Box::new(guard)) }));
        }
        dropped.reach(50).await;
        assert_eq!(rt.spawn_blocking(|| 42).await.unwrap(), 42);
    });
}

/// While jobs block, tasks are spawned, sleep and end.
pub fn block_3_slow_jobs_do_not_stall_tasks<O: BlockOn>(owner: O) {
    owner.run(|rt| async move {
        let (started, gate) = (Tally::new(), Tally::new());
        let job = move || {
            started.hit();
            gate.reach_blocking(1);
        };
        let jobs: Vec<_> = (0..8).map(|_| rt.spawn_blocking(job)).collect();
        started.reach(1).await;
        for _ in 0..10 {
            let inner = rt.clone();
            rt.spawn(async move { inner.sleep(MS).await }).await.unwrap();
        }
        gate.hit(); // only now can the jobs end
        for job in jobs {
            job.await.unwrap();
        }
    });
}

/// The handle of a running job that is aborted resolves after the job's end.
pub fn block_4_abort_of_a_running_job<O: BlockOn>(owner: O) {
    owner.run(|rt| async move {
        let (started, gate, ended, dropped) =
            (Tally::new(), Tally::new(), Tally::new(), Tally::new());
        let guard = dropped.guard();
        let mut job = rt.spawn_blocking(move || {
            let _guard = guard;
            started.hit();
            gate.reach_blocking(1);
            ended.hit();
            42
        });
        started.reach(1).await;
        job.abort();
        for _ in 0..5 {
            assert!(poll_once(&mut job).is_pending() && !job.is_finished());
            rt.sleep(MS).await;
        }
        gate.hit();
        let joined = job.await;
        assert_eq!((ended.count(), dropped.count()), (1, 1));
        assert!(matches!(joined, Ok(42) | Err(JoinError::Cancelled)), "{joined:?}");
    });
}

/// Jobs that are aborted while they are queued: when the handle resolves, each has run to its end or
/// is dropped and never runs.
pub fn block_4_abort_of_queued_jobs<O: BlockOn>(owner: O) {
    owner.run(|rt| async move {
        let mut jobs = Vec::new();
        let ran = Tally::new();
        for _ in 0..300 {
            let (started, ended, dropped) = (Tally::new(), Tally::new(), Tally::new());
            let guard = dropped.guard();
            let job = rt.spawn_blocking(move || {
                let _guard = guard;
                started.hit();
                ran.hit();
                thread::yield_now();
                ended.hit();
            });
            jobs.push((job, started, ended, dropped));
        }
        for (job, ..) in &mut jobs {
            job.abort();
        }
        let mut seen = 0;
        for (job, started, ended, dropped) in jobs {
            let joined = job.await;
            assert_eq!(started.count(), ended.count());
            assert_eq!(dropped.count(), 1);
            match joined {
                Ok(()) => assert_eq!(started.count(), 1),
                Err(error) => assert!(error.is_cancelled(), "{error:?}"),
            }
            seen += started.count();
        }
        rt.spawn_blocking(|| ()).await.unwrap();
        assert_eq!(ran.count(), seen, "a job ran after its handle had resolved");
    });
}

/// An abort followed by the handle's drop: a job that has started runs on to its end.
pub fn block_4_abort_and_drop_of_a_running_job<O: BlockOn>(owner: O) {
    owner.run(|rt| async move {
        let (started, gate, ended) = (Tally::new(), Tally::new(), Tally::new());
        let job = rt.spawn_blocking(move || {
            started.hit();
            gate.reach_blocking(1);
            ended.hit();
        });
        started.reach(1).await;
        drop(job.abort_on_drop());
        gate.hit();
        ended.reach(1).await;
    });
}

/// A job that has finished keeps its value after an abort, or two.
pub fn block_4_a_finished_job_beats_a_late_abort<O: BlockOn>(owner: O) {
    owner.run(|rt| async move {
        let mut job = rt.spawn_blocking(|| 42);
        finished(&rt, &job).await;
        job.abort();
        job.abort();
        assert_eq!(ready_by_now(&mut job).await.unwrap(), 42);
    });
}

/// The result of a job whose handle is dropped is dropped, and so is its closure.
pub fn join_8_a_detached_job_leaks_nothing<O: BlockOn>(owner: O) {
    owner.run(|rt| async move {
        let (closure, result) = (Tally::new(), Tally::new());
        for _ in 0..100 {
            let (in_closure, in_result) = (closure.guard(), result.guard());
            drop(rt.spawn_blocking(move || {
                let _in_closure = in_closure;
                in_result
            }));
        }
        closure.reach(100).await;
        result.reach(100).await;
        assert_eq!((closure.count(), result.count()), (100, 100));
    });
}

/// A job's handle can be awaited on a foreign executor, polled before with another waker.
pub fn join_9_a_jobs_handle_moves_between_executors<O: BlockOn>(owner: O) {
    owner.run(|rt| async move {
        let (gate, last) = (Tally::new(), Tally::new());
        let mut job = rt.spawn_blocking(move || {
            gate.reach_blocking(1);
            42
        });
        assert!(poll_once(&mut job).is_pending());
        assert!(poll_with(&mut job, &last.waker()).is_pending());
        gate.hit();
        last.reach(1).await;
        assert_eq!(on_plain_thread(move || foreign_block_on(job)).await.unwrap(), 42);
    });
}

/// `is_finished` of a job becomes true without an await and takes nothing.
pub fn join_7_of_a_job<O: BlockOn>(owner: O) {
    owner.run(|rt| async move {
        let gate = Tally::new();
        let mut job = rt.spawn_blocking(move || {
            gate.reach_blocking(1);
            42
        });
        assert!(!job.is_finished());
        gate.hit();
        finished(&rt, &job).await;
        assert_eq!(ready_by_now(&mut job).await.unwrap(), 42);
    });
}
