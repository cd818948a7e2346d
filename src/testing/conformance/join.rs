//! RT-JOIN-1 to RT-JOIN-4: what a handle's drop, a panic and an abort mean.

use std::future::pending;
use std::panic::resume_unwind;
use std::sync::{Arc, Mutex};
use std::thread;

use super::super::kit::{
    MS, Tally, finished, foreign_block_on, on_plain_thread, panic_with, poll_once,
};
use crate::contract::{BlockOn, JoinHandle, Spawn, Timer};
use crate::error::JoinError;
use crate::task::yield_now;

/// A task goes on when its handle is dropped in the midst of its work.
pub fn join_1_a_dropped_handle_detaches<O: BlockOn>(owner: O) {
    owner.run(|rt| async move {
        let (started, gate, ended) = (Tally::new(), Tally::new(), Tally::new());
        let task = rt.spawn(async move {
            started.hit();
            gate.reach(1).await;
            yield_now().await; // where a cancelled task would stop
            ended.hit();
        });
        started.reach(1).await;
        drop(task);
        gate.hit();
        ended.reach(1).await;
    });
}

/// A thousand tasks whose handles are dropped at once all run.
pub fn join_1_a_thousand_dropped_handles<O: BlockOn>(owner: O) {
    owner.run(|rt| async move {
        let ended = Tally::new();
        for _ in 0..1_000 {
            drop(rt.spawn(async move {
                yield_now().await;
                ended.hit();
            }));
        }
        ended.reach(1_000).await;
    });
}

/// `detach` detaches.
pub fn join_1_detach_detaches<O: BlockOn>(owner: O) {
    owner.run(|rt| async move {
        let ended = Tally::new();
        let inner = rt.clone();
        let task = rt.spawn(async move {
            inner.sleep(MS).await;
            ended.hit();
        });
        task.detach();
        ended.reach(1).await;
    });
}

/// A handle that was polled already detaches, too.
pub fn join_1_a_handle_dropped_after_a_poll_detaches<O: BlockOn>(owner: O) {
    owner.run(|rt| async move {
        let (gate, ended) = (Tally::new(), Tally::new());
        let mut task = rt.spawn(async move {
            gate.reach(1).await;
            yield_now().await; // where a cancelled task would stop
            ended.hit();
        });
        assert!(poll_once(&mut task).is_pending());
        drop(task);
        gate.hit();
        ended.reach(1).await;
    });
}

/// A timeout around `&mut handle` loses nothing: the value comes out later.
pub fn join_1_an_await_given_up_loses_nothing<O: BlockOn>(owner: O) {
    owner.run(|rt| async move {
        let gate = Tally::new();
        let mut task = rt.spawn(async move {
            gate.reach(1).await;
            42
        });
        assert!(rt.timeout(MS, &mut task).await.is_err());
        gate.hit();
        assert_eq!(task.await.unwrap(), 42);
    });
}

/// A panic with a literal and one with a formatted message are values with their messages.
pub fn join_2_a_panic_is_a_value<O: BlockOn>(owner: O) {
    owner.run(|rt| async move {
        let error = rt.spawn(panic_with("boom")).await.unwrap_err();
        assert!(error.is_panic());
        assert_eq!(error.message(), Some("boom"));
        let number = 7;
        let error = rt.spawn(async move { panic!("boom {number}") }).await;
        assert_eq!(error.unwrap_err().message(), Some("boom 7"));
    });
}

/// A payload that is no string comes through as it is.
pub fn join_2_a_payload_of_any_type<O: BlockOn>(owner: O) {
    #[derive(Debug, PartialEq)]
    struct Custom(u64);
    owner.run(|rt| async move {
        let error = rt.spawn(panic_with(Custom(7))).await.unwrap_err();
        assert_eq!(error.message(), None);
        let JoinError::Panicked(panic) = error else { panic!("a panic, not {error:?}") };
        assert_eq!(*panic.into_payload().downcast::<Custom>().unwrap(), Custom(7));
    });
}

/// A panic after some awaits is a value; what the future held is dropped by then.
pub fn join_2_a_panic_in_a_later_poll<O: BlockOn>(owner: O) {
    owner.run(|rt| async move {
        let dropped = Tally::new();
        let guard = dropped.guard();
        let inner = rt.clone();
        let task = rt.spawn(async move {
            let _guard = guard;
            inner.sleep(MS).await;
            yield_now().await;
            panic!("late")
        });
        assert_eq!(task.await.unwrap_err().message(), Some("late"));
        assert_eq!(dropped.count(), 1);
    });
}

/// After more panics than there are threads, awaited or detached, the runtime works as before.
pub fn join_2_the_runtime_lives_on<O: BlockOn>(owner: O) {
    owner.run(|rt| async move {
        let panicked = Tally::new();
        for number in 0..50 {
            let guard = panicked.guard();
            let task = rt.spawn(async move {
                let _guard = guard;
                // Without the hook's output, which fifty times over hides what matters.
                resume_unwind(Box::new("quiet"))
            });
            if number % 2 == 0 {
                assert!(task.await.unwrap_err().is_panic());
            }
        }
        panicked.reach(50).await;
        assert_eq!(rt.spawn(async { 42 }).await.unwrap(), 42);
    });
}

/// Where a task awaits one that panicked, only the second has panicked.
pub fn join_2_an_awaiting_task_does_not_unwind<O: BlockOn>(owner: O) {
    owner.run(|rt| async move {
        let inner = rt.clone();
        let outer =
            rt.spawn(async move { inner.spawn(panic_with("inner")).await.unwrap_err().is_panic() });
        assert!(outer.await.unwrap());
    });
}

/// An aborted task's future is dropped when its handle resolves.
pub fn join_3_abort_resolves_after_the_drop<O: BlockOn>(owner: O) {
    owner.run(|rt| async move {
        let (started, dropped) = (Tally::new(), Tally::new());
        let guard = dropped.guard();
        let mut task = rt.spawn(async move {
            let _guard = guard;
            started.hit();
            pending::<()>().await;
        });
        started.reach(1).await;
        assert_eq!(dropped.count(), 0);
        task.abort();
        assert!(task.await.unwrap_err().is_cancelled());
        assert_eq!(dropped.count(), 1);
    });
}

/// Also where the future takes long to drop.
pub fn join_3_when_the_drop_is_slow<O: BlockOn>(owner: O) {
    struct Slow(Tally);
    impl Drop for Slow {
        fn drop(&mut self) {
            thread::sleep(20 * MS);
            self.0.hit();
        }
    }
    owner.run(|rt| async move {
        let (started, dropped) = (Tally::new(), Tally::new());
        let slow = Slow(dropped);
        let mut task = rt.spawn(async move {
            let _slow = slow;
            started.hit();
            pending::<()>().await;
        });
        started.reach(1).await;
        task.abort();
        assert!(task.await.unwrap_err().is_cancelled());
        assert_eq!(dropped.count(), 1);
    });
}

/// A handle that was polled before the abort is woken by it.
pub fn join_3_wakes_a_handle_that_waits<O: BlockOn>(owner: O) {
    owner.run(|rt| async move {
        let dropped = Tally::new();
        let guard = dropped.guard();
        let mut task = rt.spawn(async move {
            let _guard = guard;
            pending::<()>().await;
        });
        let mut aborted = false;
        let joined = std::future::poll_fn(|cx| {
            let polled = std::pin::Pin::new(&mut task).poll(cx);
            if !std::mem::replace(&mut aborted, true) {
                task.abort();
            }
            polled
        });
        assert!(joined.await.unwrap_err().is_cancelled());
        assert_eq!(dropped.count(), 1);
    });
}

/// A task can be aborted before its first poll.
pub fn join_3_abort_before_the_first_poll<O: BlockOn>(owner: O) {
    owner.run(|rt| async move {
        let dropped = Tally::new();
        for number in 1..=100 {
            let guard = dropped.guard();
            let mut task = rt.spawn(async move {
                let _guard = guard;
                pending::<()>().await;
            });
            task.abort();
            assert!(task.await.unwrap_err().is_cancelled());
            assert_eq!(dropped.count(), number);
        }
    });
}

/// Aborting twice is aborting once.
pub fn join_3_abort_twice<O: BlockOn>(owner: O) {
    owner.run(|rt| async move {
        let dropped = Tally::new();
        let guard = dropped.guard();
        let mut task = rt.spawn(async move {
            let _guard = guard;
            pending::<()>().await;
        });
        task.abort();
        task.abort();
        assert!((&mut task).await.unwrap_err().is_cancelled());
        assert_eq!(dropped.count(), 1);
    });
}

/// A task that is aborted while it is being polled stops at its next await.
pub fn join_3_abort_during_a_poll<O: BlockOn>(owner: O) {
    owner.run(|rt| async move {
        let (inside, gate, dropped) = (Tally::new(), Tally::new(), Tally::new());
        let guard = dropped.guard();
        let mut task = rt.spawn(async move {
            let _guard = guard;
            inside.hit();
            gate.reach_blocking(1); // the plain thread opens it
            yield_now().await;
            panic!("it went on after its abort");
        });
        let joined = on_plain_thread(move || {
            inside.reach_blocking(1);
            task.abort();
            assert!(poll_once(&mut task).is_pending(), "its future is not dropped yet");
            gate.hit();
            (foreign_block_on(task), dropped.count())
        });
        let (joined, dropped) = joined.await;
        assert!(joined.unwrap_err().is_cancelled());
        assert_eq!(dropped, 1);
    });
}

/// An abort during the poll that finishes the task: either wins, and nothing is dropped twice.
pub fn join_3_abort_during_the_last_poll<O: BlockOn>(owner: O) {
    owner.run(|rt| async move {
        let (inside, gate) = (Tally::new(), Tally::new());
        let (future, result) = (Tally::new(), Tally::new());
        let (in_future, in_result) = (future.guard(), result.guard());
        let mut task = rt.spawn(async move {
            let _in_future = in_future;
            inside.hit();
            gate.reach_blocking(1);
            in_result
        });
        let joined = on_plain_thread(move || {
            inside.reach_blocking(1);
            task.abort();
            gate.hit();
            foreign_block_on(task)
        });
        match joined.await {
            Ok(guard) => {
                assert_eq!(result.count(), 0);
                drop(guard);
            }
            Err(error) => assert!(error.is_cancelled(), "{error:?}"),
        }
        result.reach(1).await;
        future.reach(1).await;
        assert_eq!((future.count(), result.count()), (1, 1));
    });
}

/// Aborts that race with wake-ups drop each future once, before the handle resolves.
pub fn join_3_abort_races_with_wakes<O: BlockOn>(owner: O) {
    owner.run(|rt| async move {
        for round in 0..100 {
            let dropped = Tally::new();
            let guard = dropped.guard();
            let mut task = rt.spawn(async move {
                let _guard = guard;
                loop {
                    yield_now().await;
                }
            });
            for _ in 0..round % 4 {
                yield_now().await;
            }
            task.abort();
            assert!(task.await.unwrap_err().is_cancelled());
            assert_eq!(dropped.count(), 1);
        }
    });
}

/// A task may abort itself, and stops at its next await.
pub fn join_3_a_task_may_abort_itself<O: BlockOn>(owner: O) {
    owner.run(|rt| async move {
        let (given, aborted, dropped) = (Tally::new(), Tally::new(), Tally::new());
        let slot = Arc::new(Mutex::new(None));
        let (its_slot, guard) = (slot.clone(), dropped.guard());
        let task = rt.spawn(async move {
            let _guard = guard;
            given.reach(1).await;
            let take: &mut Option<<O::Handle as Spawn>::JoinHandle<()>> =
                &mut its_slot.lock().unwrap();
            take.as_mut().unwrap().abort();
            aborted.hit();
        });
        *slot.lock().unwrap() = Some(task);
        given.hit();
        aborted.reach(1).await;
        let task = slot.lock().unwrap().take().unwrap();
        // It was in its last poll, so either wins.
        let _either = task.await;
        dropped.reach(1).await;
    });
}

/// The value of a task that has finished is still there after an abort.
pub fn join_4_a_finished_body_beats_a_late_abort<O: BlockOn>(owner: O) {
    owner.run(|rt| async move {
        let mut task = rt.spawn(async { 42 });
        finished(&rt, &task).await;
        task.abort();
        task.abort();
        assert_eq!(task.await.unwrap(), 42);
    });
}

/// So is the panic of one that has panicked.
pub fn join_4_a_panic_beats_a_late_abort<O: BlockOn>(owner: O) {
    owner.run(|rt| async move {
        let mut task = rt.spawn(panic_with("first"));
        finished(&rt, &task).await;
        task.abort();
        assert_eq!(task.await.unwrap_err().message(), Some("first"));
    });
}

/// Aborts that race with the end of their tasks: a value or a cancellation, and never a hang.
pub fn join_4_abort_races_with_the_end<O: BlockOn>(owner: O) {
    owner.run(|rt| async move {
        for round in 0..100_u32 {
            let ended = Tally::new();
            let mut task = rt.spawn(async move {
                for _ in 0..round % 3 {
                    yield_now().await;
                }
                ended.hit();
                round
            });
            for _ in 0..round % 5 {
                yield_now().await;
            }
            let was_finished = task.is_finished();
            task.abort();
            match task.await {
                Ok(value) => assert_eq!((value, ended.count()), (round, 1)),
                Err(error) => assert!(error.is_cancelled() && !was_finished, "{error:?}"),
            }
        }
    });
}
