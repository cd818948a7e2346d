//! RT-JOIN-5 to RT-JOIN-9: what a handle does without being awaited, and wherever it is awaited.

use std::future::{Future, pending, poll_fn};
use std::pin::Pin;

use super::super::kit::{
    MS, Tally, finished, foreign_block_on, on_plain_thread, panic_with, poll_once, poll_with,
    ready_by_now,
};
use crate::contract::{BlockOn, JoinHandle, Spawn, Timer};
use crate::task::yield_now;

/// After an abort the future is dropped although the handle is dropped, too.
pub fn join_5_abort_and_drop_the_handle<O: BlockOn>(owner: O) {
    owner.run(|rt| async move {
        let (started, dropped) = (Tally::new(), Tally::new());
        let guard = dropped.guard();
        let mut task = rt.spawn(async move {
            let _guard = guard;
            started.hit();
            pending::<()>().await;
        });
        started.reach(1).await;
        task.abort();
        drop(task);
        dropped.reach(1).await;
    });
}

/// Also while the handle is kept, unpolled.
pub fn join_5_abort_and_keep_the_handle<O: BlockOn>(owner: O) {
    owner.run(|rt| async move {
        let dropped = Tally::new();
        let guard = dropped.guard();
        let mut task = rt.spawn(async move {
            let _guard = guard;
            pending::<()>().await;
        });
        task.abort();
        dropped.reach(1).await;
        assert!(task.await.unwrap_err().is_cancelled());
    });
}

/// Also before its first poll.
pub fn join_5_abort_and_drop_before_the_first_poll<O: BlockOn>(owner: O) {
    owner.run(|rt| async move {
        let dropped = Tally::new();
        for _ in 0..100 {
            let guard = dropped.guard();
            let mut task = rt.spawn(async move {
                let _guard = guard;
                pending::<()>().await;
            });
            task.abort();
        }
        dropped.reach(100).await;
    });
}

/// Dropping the tied handle drops the task's future.
pub fn join_6_its_drop_aborts<O: BlockOn>(owner: O) {
    owner.run(|rt| async move {
        let dropped = Tally::new();
        let guard = dropped.guard();
        let task = rt.spawn(async move {
            let _guard = guard;
            pending::<()>().await;
        });
        drop(task.abort_on_drop());
        dropped.reach(1).await;
    });
}

/// Awaited, it is a handle like another.
pub fn join_6_gives_the_value<O: BlockOn>(owner: O) {
    owner.run(|rt| async move {
        let task = rt.spawn(async { 42 }).abort_on_drop();
        finished(&rt, &task).await;
        assert_eq!(task.await.unwrap(), 42);
    });
}

/// `keep` unties it: the drop detaches again.
pub fn join_6_keep_unties<O: BlockOn>(owner: O) {
    owner.run(|rt| async move {
        let (gate, ended) = (Tally::new(), Tally::new());
        let task = rt.spawn(async move {
            gate.reach(1).await;
            yield_now().await; // where a cancelled task would stop
            ended.hit();
        });
        drop(task.abort_on_drop().keep());
        gate.hit();
        ended.reach(1).await;
    });
}

/// A child tied to its parent goes when the parent is aborted.
pub fn join_6_ties_a_child_to_its_parent<O: BlockOn>(owner: O) {
    owner.run(|rt| async move {
        let (started, dropped) = (Tally::new(), Tally::new());
        let (inner, guard) = (rt.clone(), dropped.guard());
        let mut parent = rt.spawn(async move {
            let child = inner.spawn(async move {
                let _guard = guard;
                started.hit();
                pending::<()>().await;
            });
            let _ = child.abort_on_drop().await;
        });
        started.reach(1).await;
        parent.abort();
        assert!(parent.await.unwrap_err().is_cancelled());
        dropped.reach(1).await;
    });
}

/// It is false while the task goes on, becomes true without an await, and stays true.
pub fn join_7_becomes_true_and_stays_true<O: BlockOn>(owner: O) {
    owner.run(|rt| async move {
        let gate = Tally::new();
        let task = rt.spawn(async move { gate.reach(1).await });
        for _ in 0..10 {
            yield_now().await;
            assert!(!task.is_finished());
        }
        gate.hit();
        finished(&rt, &task).await;
        assert!(task.is_finished() && task.is_finished());
        task.await.unwrap();
    });
}

/// It takes nothing: the value is there afterwards, at the first poll.
pub fn join_7_takes_nothing_from_the_result<O: BlockOn>(owner: O) {
    owner.run(|rt| async move {
        let mut task = rt.spawn(async { String::from("kept") });
        finished(&rt, &task).await;
        assert!(task.is_finished());
        let polled = ready_by_now(&mut task).await;
        assert_eq!(polled.unwrap(), "kept");
    });
}

/// True means that an await is ready: after an abort the future is dropped by then.
pub fn join_7_after_an_abort<O: BlockOn>(owner: O) {
    owner.run(|rt| async move {
        let dropped = Tally::new();
        let guard = dropped.guard();
        let mut task = rt.spawn(async move {
            let _guard = guard;
            pending::<()>().await;
        });
        task.abort();
        finished(&rt, &task).await;
        assert_eq!(dropped.count(), 1);
        assert!(ready_by_now(&mut task).await.unwrap_err().is_cancelled());
    });
}

/// It is false as long as an aborted task is still in its last poll.
pub fn join_7_false_until_the_drop<O: BlockOn>(owner: O) {
    owner.run(|rt| async move {
        let (inside, gate) = (Tally::new(), Tally::new());
        let mut task = rt.spawn(async move {
            inside.hit();
            gate.reach_blocking(1); // the plain thread opens it
            pending::<()>().await;
        });
        let joined = on_plain_thread(move || {
            inside.reach_blocking(1);
            task.abort();
            assert!(!task.is_finished());
            gate.hit();
            foreign_block_on(task)
        });
        assert!(joined.await.unwrap_err().is_cancelled());
    });
}

/// It becomes true for a task that panicked.
pub fn join_7_of_a_panicked_task<O: BlockOn>(owner: O) {
    owner.run(|rt| async move {
        let mut task = rt.spawn(panic_with("counted as an end"));
        finished(&rt, &task).await;
        assert!(ready_by_now(&mut task).await.unwrap_err().is_panic());
    });
}

/// Asked between the polls of an await, it loses no wake-up.
pub fn join_7_loses_no_wake_up<O: BlockOn>(owner: O) {
    owner.run(|rt| async move {
        for _ in 0..50 {
            let gate = Tally::new();
            let mut task = rt.spawn(async move { gate.reach(1).await });
            let mut polls = 0;
            poll_fn(|cx| {
                let _before = task.is_finished();
                let polled = Pin::new(&mut task).poll(cx);
                if polled.is_pending() {
                    let _after = task.is_finished();
                }
                polls += 1;
                if polls == 1 {
                    gate.hit();
                }
                polled
            })
            .await
            .unwrap();
        }
    });
}

/// Asked until it is true, it still leaves the waker of an earlier poll to be woken.
pub fn join_7_asked_to_the_end_the_waker_is_woken<O: BlockOn>(owner: O) {
    owner.run(|rt| async move {
        let (gate, woken) = (Tally::new(), Tally::new());
        let mut task = rt.spawn(async move { gate.reach(1).await });
        assert!(poll_with(&mut task, &woken.waker()).is_pending());
        assert!(!task.is_finished());
        gate.hit();
        finished(&rt, &task).await;
        woken.reach(1).await;
        task.await.unwrap();
    });
}

/// Of a detached task, future and result are dropped.
pub fn join_8_a_detached_task_leaks_nothing<O: BlockOn>(owner: O) {
    owner.run(|rt| async move {
        let (future, result) = (Tally::new(), Tally::new());
        for _ in 0..100 {
            let (in_future, in_result) = (future.guard(), result.guard());
            drop(rt.spawn(async move {
                let _in_future = in_future;
                yield_now().await;
                in_result
            }));
        }
        future.reach(100).await;
        result.reach(100).await;
        assert_eq!((future.count(), result.count()), (100, 100));
    });
}

/// Of a task whose handle is dropped after its end, unawaited, the result is dropped.
pub fn join_8_a_result_nobody_takes_is_dropped<O: BlockOn>(owner: O) {
    owner.run(|rt| async move {
        let result = Tally::new();
        let guard = result.guard();
        let mut task = rt.spawn(async move { guard });
        finished(&rt, &task).await;
        assert_eq!(result.count(), 0);
        task.abort();
        drop(task);
        result.reach(1).await;
    });
}

/// Of a detached task that panics, the payload is dropped.
pub fn join_8_a_payload_nobody_takes_is_dropped<O: BlockOn>(owner: O) {
    owner.run(|rt| async move {
        let payload = Tally::new();
        let (early, late) = (payload.guard(), payload.guard());
        drop(rt.spawn(panic_with(early)));
        payload.reach(1).await;
        let task = rt.spawn(panic_with(late));
        finished(&rt, &task).await;
        assert_eq!(payload.count(), 1);
        drop(task);
        payload.reach(2).await;
    });
}

/// A value that is awaited is dropped once, by its new owner.
pub fn join_8_an_awaited_result_has_one_owner<O: BlockOn>(owner: O) {
    owner.run(|rt| async move {
        let result = Tally::new();
        let guard = result.guard();
        let value = rt.spawn(async move { guard }).await.unwrap();
        for _ in 0..10 {
            yield_now().await;
        }
        assert_eq!(result.count(), 0);
        drop(value);
        assert_eq!(result.count(), 1);
    });
}

/// An executor that the runtime knows nothing of can await a handle.
pub fn join_9_awaited_on_a_foreign_executor<O: BlockOn>(owner: O) {
    owner.run(|rt| async move {
        let inner = rt.clone();
        let task = rt.spawn(async move {
            inner.sleep(MS).await;
            42
        });
        assert_eq!(on_plain_thread(move || foreign_block_on(task)).await.unwrap(), 42);
    });
}

/// A task can await the handle of another, which somebody else has spawned.
pub fn join_9_awaited_in_another_task<O: BlockOn>(owner: O) {
    owner.run(|rt| async move {
        let gate = Tally::new();
        let first = rt.spawn(async move {
            gate.reach(1).await;
            42
        });
        let second = rt.spawn(first);
        gate.hit();
        assert_eq!(second.await.unwrap().unwrap(), 42);
    });
}

/// Polled again with another waker, it wakes that one.
pub fn join_9_wakes_the_waker_of_its_last_poll<O: BlockOn>(owner: O) {
    owner.run(|rt| async move {
        let (gate, first, last) = (Tally::new(), Tally::new(), Tally::new());
        let mut task = rt.spawn(async move { gate.reach(1).await });
        assert!(poll_with(&mut task, &first.waker()).is_pending());
        assert!(poll_with(&mut task, &last.waker()).is_pending());
        gate.hit();
        last.reach(1).await;
        finished(&rt, &task).await;
        task.await.unwrap();
    });
}

/// It can be polled here, moved, and awaited there.
pub fn join_9_moves_between_executors<O: BlockOn>(owner: O) {
    owner.run(|rt| async move {
        for _ in 0..20 {
            let gate = Tally::new();
            let mut task = rt.spawn(async move { gate.reach(1).await });
            assert!(poll_once(&mut task).is_pending());
            on_plain_thread(move || {
                gate.hit();
                foreign_block_on(task).unwrap();
            })
            .await;
        }
    });
}
