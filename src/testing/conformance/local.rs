//! RT-LOCAL: tasks that stay on their thread.

use std::cell::{Cell, RefCell};
use std::future::pending;
use std::panic::{AssertUnwindSafe, catch_unwind};
use std::rc::Rc;
use std::thread;

use super::super::kit::{
    MS, Tally, finished, foreign_block_on, message_of, on_plain_thread, panic_with, poll_once,
    poll_with, ready_by_now,
};
use crate::contract::{JoinHandle, LocalBlockOn, Spawn, SpawnLocal, Timer};
use crate::error::JoinError;
use crate::task::{consume_budget, yield_now};

/// Local tasks run on the calling thread and share what is not `Send`.
pub fn local_1_runs_on_the_calling_thread<O: LocalBlockOn>(owner: O) {
    let home = thread::current().id();
    let sum = owner.block_on_local(|local| async move {
        let sum = Rc::new(Cell::new(0));
        let mut tasks = Vec::new();
        for number in 0..100 {
            let (local_inside, sum) = (local.clone(), sum.clone());
            tasks.push(local.spawn_local(async move {
                assert_eq!(thread::current().id(), home);
                local_inside.sleep(number % 3 * MS).await;
                assert_eq!(thread::current().id(), home);
                sum.set(sum.get() + number);
                Rc::new(number) // a result need not be `Send` either
            }));
        }
        for (number, task) in (0..).zip(tasks) {
            assert_eq!(*task.await.unwrap(), number);
        }
        sum.get()
    });
    assert_eq!(sum, 4_950);
}

/// Local tasks spawn local tasks, ten thousand of them.
pub fn local_1_ten_thousand_children<O: LocalBlockOn>(owner: O) {
    let sum = owner.block_on_local(|local| async move {
        let inner = local.clone();
        let parent = local.spawn_local(async move {
            let children: Vec<_> =
                (0..10_000_u64).map(|number| inner.spawn_local(async move { number })).collect();
            let mut sum = 0;
            for child in children {
                sum += child.await.unwrap();
            }
            sum
        });
        parent.await.unwrap()
    });
    assert_eq!(sum, 49_995_000);
}

/// What `block_on_local` is given may borrow from the stack, and its tasks run while it awaits.
pub fn local_1_the_root_borrows_from_the_stack<O: LocalBlockOn>(owner: O) {
    let seen = RefCell::new(Vec::new());
    owner.block_on_local(async |local: O::Local| {
        let value = local.spawn_local(async { "task" }).await.unwrap();
        seen.borrow_mut().push(value);
    });
    assert_eq!(seen.into_inner(), ["task"]);
}

/// Local tasks and the runtime's own tasks await each other.
pub fn local_1_beside_the_runtimes_own_tasks<O: LocalBlockOn>(owner: O) {
    let rt = owner.handle();
    let sum = owner.block_on_local(|local| async move {
        let (asked, told) = (Tally::new(), Tally::new());
        let outside = rt.spawn(async move {
            for round in 1..=100 {
                asked.reach(round).await;
                told.hit();
            }
            20
        });
        let inside = local.spawn_local(async move {
            for round in 1..=100 {
                asked.hit();
                told.reach(round).await;
            }
            22
        });
        outside.await.unwrap() + inside.await.unwrap()
    });
    assert_eq!(sum, 42);
}

/// A wake-up from a plain thread reaches a local task.
pub fn local_1_woken_from_plain_threads<O: LocalBlockOn>(owner: O) {
    owner.block_on_local(|local| async move {
        let (asked, told) = (Tally::new(), Tally::new());
        let task = local.spawn_local(async move {
            for round in 1..=200 {
                asked.reach(round).await;
                told.hit();
            }
        });
        let thread = thread::spawn(move || {
            for round in 1..=200 {
                asked.hit();
                told.reach_blocking(round);
            }
        });
        task.await.unwrap();
        thread.join().unwrap();
    });
}

/// RT-JOIN-1 for local tasks: a dropped handle detaches.
pub fn local_1_a_dropped_handle_detaches<O: LocalBlockOn>(owner: O) {
    owner.block_on_local(|local| async move {
        let ended = Tally::new();
        for _ in 0..100 {
            let inner = local.clone();
            drop(local.spawn_local(async move {
                inner.sleep(MS).await;
                ended.hit();
            }));
        }
        ended.reach(100).await;
    });
}

/// RT-JOIN-2 for local tasks: a panic is a value, with any payload, and the others live on.
pub fn local_1_a_panic_is_a_value<O: LocalBlockOn>(owner: O) {
    owner.block_on_local(|local| async move {
        let error = local.spawn_local(panic_with("boom")).await.unwrap_err();
        assert_eq!(error.message(), Some("boom"));
        let error = local.spawn_local(panic_with(7_u64)).await.unwrap_err();
        let JoinError::Panicked(panic) = error else { panic!("not cancelled") };
        assert_eq!(*panic.into_payload().downcast::<u64>().unwrap(), 7);
        drop(local.spawn_local(panic_with("detached")));
        yield_now().await;
        assert_eq!(local.spawn_local(async { 42 }).await.unwrap(), 42);
    });
}

/// RT-JOIN-3 for local tasks: an abort resolves after the drop, before the first poll as well.
pub fn local_1_abort_resolves_after_the_drop<O: LocalBlockOn>(owner: O) {
    owner.block_on_local(|local| async move {
        for polls_before in 0..3 {
            let dropped = Tally::new();
            let guard = dropped.guard();
            let mut task = local.spawn_local(async move {
                let _guard = guard;
                pending::<()>().await;
            });
            for _ in 0..polls_before {
                yield_now().await;
            }
            task.abort();
            task.abort();
            assert!(task.await.unwrap_err().is_cancelled());
            assert_eq!(dropped.count(), 1);
        }
    });
}

/// RT-JOIN-4 for local tasks: a finished body beats a late abort.
pub fn local_1_a_finished_body_beats_a_late_abort<O: LocalBlockOn>(owner: O) {
    owner.block_on_local(|local| async move {
        let mut task = local.spawn_local(async { 42 });
        finished(&local, &task).await;
        task.abort();
        assert_eq!(task.await.unwrap(), 42);
    });
}

/// RT-JOIN-5 and RT-JOIN-6 for local tasks: aborts without an await drop the futures.
pub fn local_1_abort_without_an_await<O: LocalBlockOn>(owner: O) {
    owner.block_on_local(|local| async move {
        let dropped = Tally::new();
        let task = || {
            let guard = dropped.guard();
            local.spawn_local(async move {
                let _guard = guard;
                pending::<()>().await;
            })
        };
        let mut kept = task();
        kept.abort();
        dropped.reach(1).await;
        drop(task().abort_on_drop());
        dropped.reach(2).await;
        yield_now().await;
        let mut aborted = task();
        yield_now().await;
        aborted.abort();
        drop(aborted);
        dropped.reach(3).await;
    });
}

/// RT-JOIN-7 for local tasks: `is_finished` is told without an await, and loses no wake-up.
pub fn local_1_is_finished<O: LocalBlockOn>(owner: O) {
    owner.block_on_local(|local| async move {
        let (gate, woken) = (Tally::new(), Tally::new());
        let mut task = local.spawn_local(async move {
            gate.reach(1).await;
            42
        });
        assert!(poll_with(&mut task, &woken.waker()).is_pending() && !task.is_finished());
        gate.hit();
        finished(&local, &task).await;
        woken.reach(1).await;
        assert_eq!(ready_by_now(&mut task).await.unwrap(), 42);
    });
}

/// RT-JOIN-8 for local tasks: a detached one leaks nothing.
pub fn local_1_a_detached_task_leaks_nothing<O: LocalBlockOn>(owner: O) {
    owner.block_on_local(|local| async move {
        let (future, result, payload) = (Tally::new(), Tally::new(), Tally::new());
        let (in_future, in_result) = (future.guard(), result.guard());
        drop(local.spawn_local(async move {
            let _in_future = in_future;
            yield_now().await;
            Rc::new(in_result)
        }));
        drop(local.spawn_local(panic_with(payload.guard())));
        future.reach(1).await;
        result.reach(1).await;
        payload.reach(1).await;
        assert_eq!((future.count(), result.count(), payload.count()), (1, 1, 1));
    });
}

/// RT-JOIN-9 for local tasks: the handle wakes the waker of its last poll.
pub fn local_1_a_handle_wakes_its_last_waker<O: LocalBlockOn>(owner: O) {
    owner.block_on_local(|local| async move {
        let (gate, last) = (Tally::new(), Tally::new());
        let mut task = local.spawn_local(async move { gate.reach(1).await });
        assert!(poll_once(&mut task).is_pending());
        assert!(poll_with(&mut task, &last.waker()).is_pending());
        gate.hit();
        last.reach(1).await;
        task.await.unwrap();
    });
}

/// RT-ENTER for local tasks: blocking in one panics clearly, whichever way.
pub fn local_1_blocking_inside_panics<O: LocalBlockOn>(owner: O) {
    let inside = async || {
        for message in [
            message_of(|| owner.block_on(async {})),
            message_of(|| owner.block_on_local(|_| async {})),
        ] {
            assert!(message.contains("block_on"), "{message}");
        }
    };
    owner.block_on_local(|_| inside());
    owner.block_on(inside());
    assert_eq!(owner.block_on_local(|_| async { 42 }), 42);
}

/// RT-ENTER-2 for local tasks: many threads may have local tasks at once.
pub fn local_1_on_many_threads_at_once<O: LocalBlockOn + Send + Sync + 'static>(owner: O) {
    const THREADS: usize = 4;
    let (inside, owner) = (Tally::new(), &owner);
    thread::scope(|scope| {
        for _ in 0..THREADS {
            scope.spawn(move || {
                owner.block_on_local(|local| async move {
                    local.spawn_local(async move { inside.hit() }).await.unwrap();
                    inside.reach(THREADS).await;
                    local.sleep(MS).await;
                });
            });
        }
    });
}

/// RT-COOP-1 for local tasks, and for the root among them.
pub fn local_1_always_ready_loops_take_turns<O: LocalBlockOn>(owner: O) {
    owner.block_on_local(|local| async move {
        let stop = Rc::new(Cell::new(false));
        let spinner = |stop: Rc<Cell<bool>>| async move {
            while !stop.get() {
                consume_budget().await;
            }
        };
        let spinning = local.spawn_local(spinner(stop.clone()));
        let stopping = local.spawn_local({
            let (local, stop) = (local.clone(), stop.clone());
            async move {
                local.sleep(MS).await;
                on_plain_thread(|| ()).await;
                stop.set(true);
            }
        });
        spinner(stop).await;
        spinning.await.unwrap();
        stopping.await.unwrap();
    });
}

/// Tasks that are pending at the end are dropped before `block_on_local` returns, on its thread.
pub fn local_2_pending_tasks_are_dropped<O: LocalBlockOn>(owner: O) {
    struct AtHome(thread::ThreadId, Tally);
    impl Drop for AtHome {
        fn drop(&mut self) {
            assert_eq!(thread::current().id(), self.0);
            self.1.hit();
        }
    }
    let dropped = Tally::new();
    owner.block_on_local(|local| async move {
        for polled in [true, false] {
            for _ in 0..10 {
                let guard = AtHome(thread::current().id(), dropped);
                drop(local.spawn_local(async move {
                    let _guard = guard;
                    pending::<()>().await;
                }));
            }
            if polled {
                yield_now().await;
            }
        }
    });
    assert_eq!(dropped.count(), 20);
}

/// Also those that keep a spawner, which must not keep them alive in turn.
pub fn local_2_also_those_that_hold_the_spawner<O: LocalBlockOn>(owner: O) {
    let dropped = Tally::new();
    owner.block_on_local(|local| async move {
        let (guard, inner) = (dropped.guard(), local.clone());
        drop(local.spawn_local(async move {
            let _held = (guard, inner.clone());
            inner.sleep(std::time::Duration::MAX).await;
        }));
        yield_now().await;
    });
    assert_eq!(dropped.count(), 1);
}

/// Also where the root panics.
pub fn local_2_also_after_a_panic<O: LocalBlockOn>(owner: O) {
    let dropped = Tally::new();
    let unwound = catch_unwind(AssertUnwindSafe(|| {
        owner.block_on_local(|local| async move {
            let guard = dropped.guard();
            let _task = local.spawn_local(async move {
                let _guard = guard;
                pending::<()>().await;
            });
            yield_now().await;
            panic_with("root").await;
        });
    }));
    assert!(unwound.is_err());
    assert_eq!(dropped.count(), 1);
    assert_eq!(owner.block_on_local(|_| async { 42 }), 42);
}

/// A spawner that has outlived the end drops what it is given, and so does one in a destructor.
pub fn local_2_a_spawn_after_the_end_is_cancelled<O: LocalBlockOn>(owner: O) {
    struct SpawnsWhenDropped<L: SpawnLocal>(L, Tally);
    impl<L: SpawnLocal> Drop for SpawnsWhenDropped<L> {
        fn drop(&mut self) {
            let guard = self.1.guard();
            self.0.spawn_local(async move { drop(guard) }).detach();
        }
    }
    let dropped = Tally::new();
    let local = owner.block_on_local(|local| async move {
        let spawns = SpawnsWhenDropped(local.clone(), dropped);
        drop(local.spawn_local(async move {
            let _spawns = spawns;
            pending::<()>().await;
        }));
        yield_now().await;
        local
    });
    assert_eq!(dropped.count(), 1);
    let guard = dropped.guard();
    let late = local.spawn_local(async move { drop(guard) });
    assert!(foreign_block_on(late).unwrap_err().is_cancelled());
    assert_eq!(dropped.count(), 2);
}

/// Wakers of local tasks may be used on any thread after the end.
pub fn local_2_wakers_outlive_the_end<O: LocalBlockOn>(owner: O) {
    let gate = Tally::new();
    owner.block_on_local(|local| async move {
        drop(local.spawn_local(async move { gate.reach(1).await }));
        yield_now().await;
        yield_now().await;
    });
    thread::spawn(move || gate.hit()).join().unwrap();
    assert_eq!(owner.block_on_local(|_| async { 42 }), 42);
}
