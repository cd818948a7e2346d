//! RT-TLS: values that belong to a task.

use std::future::pending;
use std::panic::{AssertUnwindSafe, catch_unwind};

use super::super::kit::{MS, Tally, on_plain_thread, poll_once};
use crate::contract::{BlockOn, JoinHandle, Spawn, SpawnBlocking, Timer};
use crate::task::yield_now;

crate::task_local! {
    static NUMBER: usize;
    static NAME: String;
}

/// A value follows its task across awaits, yields and threads, and meets no other task's.
pub fn tls_1_follows_its_task<O: BlockOn>(owner: O) {
    owner.run(|rt| async move {
        let mut tasks = Vec::new();
        for number in 0..64 {
            let inner = rt.clone();
            tasks.push(rt.spawn(NUMBER.scope(number, async move {
                for round in 0..20 {
                    assert_eq!(NUMBER.with(|number| *number), number);
                    match round % 4 {
                        0 => inner.sleep(MS / 10).await,
                        1 => inner.spawn(async {}).await.unwrap(),
                        _ => yield_now().await,
                    }
                }
                NUMBER.with(|number| *number)
            })));
        }
        for (number, task) in tasks.into_iter().enumerate() {
            assert_eq!(task.await.unwrap(), number);
        }
        assert!(NUMBER.try_with(|_| ()).is_err());
    });
}

/// An inner scope hides the outer one, which is back afterwards; keys do not mix.
pub fn tls_1_scopes_nest<O: BlockOn>(owner: O) {
    owner.run(|rt| async move {
        let number = || NUMBER.with(|number| *number);
        let task = rt.spawn(NUMBER.scope(
            1,
            NAME.scope("outer".into(), async move {
                yield_now().await;
                let inner = NUMBER.scope(2, async move {
                    yield_now().await;
                    assert_eq!(NAME.with(String::clone), "outer");
                    assert_eq!(NUMBER.sync_scope(3, number), 3);
                    number()
                });
                assert_eq!(inner.await, 2);
                yield_now().await;
                number()
            }),
        ));
        assert_eq!(task.await.unwrap(), 1);
    });
}

/// What a task spawns does not inherit the value, nor does a blocking job.
pub fn tls_1_is_not_inherited<O: BlockOn>(owner: O) {
    owner.run(|rt| async move {
        let inner = rt.clone();
        let task = rt.spawn(NUMBER.scope(7, async move {
            let child = inner.spawn(async { NUMBER.try_with(|_| ()).is_err() });
            let job = inner.spawn_blocking(|| NUMBER.try_with(|_| ()).is_err());
            child.await.unwrap() && job.await.unwrap()
        }));
        assert!(task.await.unwrap());
    });
}

struct SeesWhenDropped(Tally);

impl Drop for SeesWhenDropped {
    fn drop(&mut self) {
        if NUMBER.try_with(|number| *number) == Ok(7) {
            self.0.hit();
        }
    }
}

/// The destructor of an aborted task sees the value, polled or not.
pub fn tls_1_destructors_see_it<O: BlockOn>(owner: O) {
    owner.run(|rt| async move {
        for polls_before in 0..3 {
            let seen = Tally::new();
            let guard = SeesWhenDropped(seen);
            let mut task = rt.spawn(NUMBER.scope(7, async move {
                let _guard = guard;
                pending::<()>().await;
            }));
            for _ in 0..polls_before {
                yield_now().await;
            }
            task.abort();
            assert!(task.await.unwrap_err().is_cancelled());
            assert_eq!(seen.count(), 1);
        }
    });
}

/// A scope that is given up by a timeout leaves nothing behind, nor does one that panics.
pub fn tls_1_leaves_nothing_behind<O: BlockOn>(owner: O) {
    owner.run(|rt| async move {
        let inner = rt.clone();
        let task = rt.spawn(NUMBER.scope(1, async move {
            let seen = Tally::new();
            let guard = SeesWhenDropped(seen);
            let given_up = NUMBER.scope(7, async move {
                let _guard = guard;
                pending::<()>().await;
            });
            assert!(inner.timeout(MS, given_up).await.is_err());
            assert_eq!(seen.count(), 1);
            assert_eq!(NUMBER.with(|number| *number), 1);
            let mut panics = Box::pin(NUMBER.scope(2, async { std::panic::panic_any("inside") }));
            let unwound = catch_unwind(AssertUnwindSafe(|| poll_once(&mut panics)));
            assert!(unwound.map(|polled: std::task::Poll<()>| polled).is_err());
            assert_eq!(NUMBER.with(|number| *number), 1);
        }));
        task.await.unwrap();
    });
}

/// A scoped future can move between executors with its value.
pub fn tls_1_moves_between_executors<O: BlockOn>(owner: O) {
    owner.run(|rt| async move {
        let gate = Tally::new();
        let mut scoped = Box::pin(NUMBER.scope(7, async move {
            gate.reach(1).await;
            NUMBER.with(|number| *number)
        }));
        assert!(poll_once(&mut scoped).is_pending());
        gate.hit();
        let seen = on_plain_thread(move || super::super::kit::foreign_block_on(scoped)).await;
        assert_eq!(seen, 7);
        assert_eq!(rt.spawn(NUMBER.scope(8, async { NUMBER.with(|n| *n) })).await.unwrap(), 8);
    });
}
