//! RT-SPAWN: tasks start anywhere, and run.

use std::future::Future;
use std::pin::Pin;
use std::task::Waker;
use std::thread;

use super::super::kit::{Tally, on_plain_thread, poll_once};
use crate::contract::{BlockOn, JoinHandle, Spawn, SpawnBlocking};
use crate::task::yield_now;

/// The root of `block_on` can spawn.
pub fn spawn_1_from_the_root<O: BlockOn>(owner: O) {
    assert_eq!(owner.run(|rt| async move { rt.spawn(async { 42 }).await.unwrap() }), 42);
}

/// A task can spawn.
pub fn spawn_1_from_a_task<O: BlockOn>(owner: O) {
    let value = owner.run(|rt| async move {
        let inner = rt.clone();
        rt.spawn(async move { inner.spawn(async { 42 }).await.unwrap() }).await.unwrap()
    });
    assert_eq!(value, 42);
}

/// A thread that knows nothing of the runtime can spawn.
pub fn spawn_1_from_a_plain_thread<O: BlockOn>(owner: O) {
    owner.run(|rt| async move {
        let task = on_plain_thread(move || rt.spawn(async { 42 })).await;
        assert_eq!(task.await.unwrap(), 42);
    });
}

/// A blocking job can spawn.
pub fn spawn_1_from_a_blocking_job<O: BlockOn>(owner: O) {
    owner.run(|rt| async move {
        let inner = rt.clone();
        let task = rt.spawn_blocking(move || inner.spawn(async { 42 })).await.unwrap();
        assert_eq!(task.await.unwrap(), 42);
    });
}

/// One can spawn before the first `block_on`.
pub fn spawn_1_before_block_on<O: BlockOn>(owner: O) {
    let task = owner.handle().spawn(async { 42 });
    assert_eq!(owner.block_on(task).unwrap(), 42);
}

/// A destructor that runs in a task can spawn.
pub fn spawn_1_from_a_destructor<O: BlockOn>(owner: O) {
    struct SpawnsWhenDropped<R: Spawn>(R, Tally);
    impl<R: Spawn> Drop for SpawnsWhenDropped<R> {
        fn drop(&mut self) {
            let ran = self.1;
            self.0.spawn(async move { ran.hit() }).detach();
        }
    }
    owner.run(|rt| async move {
        let ran = Tally::new();
        let guard = SpawnsWhenDropped(rt.clone(), ran);
        rt.spawn(async move { drop(guard) }).await.unwrap();
        ran.reach(1).await;
    });
}

/// A task can have ten thousand children.
pub fn spawn_1_ten_thousand_children<O: BlockOn>(owner: O) {
    let sum = owner.run(|rt| async move {
        let inner = rt.clone();
        let parent = rt.spawn(async move {
            let children: Vec<_> = (0..10_000_u64).map(|n| inner.spawn(async move { n })).collect();
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

/// Children can have children, a thousand in all.
pub fn spawn_1_a_tree_of_tasks<O: BlockOn>(owner: O) {
    fn tree<R: Spawn>(rt: R, depth: u32) -> Pin<Box<dyn Future<Output = u32> + Send>> {
        Box::pin(async move {
            if depth == 0 {
                return 1;
            }
            let left = rt.spawn(tree(rt.clone(), depth - 1));
            let right = rt.spawn(tree(rt.clone(), depth - 1));
            left.await.unwrap() + right.await.unwrap()
        })
    }
    assert_eq!(owner.run(|rt| tree(rt, 9)), 512);
}

/// A task runs although nobody awaits its handle, which is kept.
pub fn spawn_2_runs_without_an_await<O: BlockOn>(owner: O) {
    owner.run(|rt| async move {
        let ran = Tally::new();
        let _kept = rt.spawn(async move { ran.hit() });
        ran.reach(1).await;
    });
}

/// Tasks run while no thread is in `block_on`; for runtimes with threads of their own.
pub fn spawn_2_runs_without_block_on<O: BlockOn>(owner: O) {
    let ran = Tally::new();
    let _kept = owner.handle().spawn(async move {
        yield_now().await;
        ran.hit();
    });
    ran.reach_blocking(1);
}

/// A task that wakes itself while it is polled is polled again.
pub fn spawn_2_a_task_may_wake_itself<O: BlockOn>(owner: O) {
    owner.run(|rt| async move {
        let task = rt.spawn(async {
            for _ in 0..1_000 {
                yield_now().await;
            }
            42
        });
        assert_eq!(task.await.unwrap(), 42);
    });
}

/// Of wake-ups that come from plain threads, one at a time, none is lost.
pub fn spawn_2_each_wake_from_a_plain_thread_counts<O: BlockOn>(owner: O) {
    const ROUNDS: usize = 300;
    owner.run(|rt| async move {
        let mut pairs = Vec::new();
        for _ in 0..4 {
            let (asked, told) = (Tally::new(), Tally::new());
            let task = rt.spawn(async move {
                for round in 1..=ROUNDS {
                    asked.reach(round).await;
                    told.hit();
                }
            });
            // Each hit waits for the answer to the last, so no later wake-up makes up for a lost one.
            let thread = thread::spawn(move || {
                for round in 1..=ROUNDS {
                    asked.hit();
                    told.reach_blocking(round);
                }
            });
            pairs.push((task, thread));
        }
        for (task, thread) in pairs {
            task.await.unwrap();
            thread.join().unwrap();
        }
    });
}

/// A storm of wake-ups from plain threads ends with every task finished.
pub fn spawn_2_survives_a_storm_of_wakes<O: BlockOn>(owner: O) {
    const THREADS: usize = 4;
    const TASKS: usize = 64;
    const HITS: usize = 100;
    owner.run(|rt| async move {
        let tallies: Vec<_> = (0..TASKS).map(|_| Tally::new()).collect();
        let task = |tally: Tally| async move {
            for number in 1..=THREADS * HITS {
                tally.reach(number).await;
            }
        };
        let tasks: Vec<_> = tallies.iter().map(|tally| rt.spawn(task(*tally))).collect();
        for _ in 0..THREADS {
            let tallies = tallies.clone();
            thread::spawn(move || {
                for _ in 0..HITS {
                    for tally in &tallies {
                        tally.hit();
                    }
                }
            });
        }
        for task in tasks {
            task.await.unwrap();
        }
    });
}

/// A waker may be used, cloned and dropped long after its task has ended.
pub fn spawn_2_a_waker_may_outlive_its_task<O: BlockOn>(owner: O) {
    let waker = owner.run(|rt| async move {
        let task = rt.spawn(std::future::poll_fn(|cx| std::task::Poll::Ready(cx.waker().clone())));
        let waker: Waker = task.await.unwrap();
        waker.wake_by_ref();
        on_plain_thread({
            let waker = waker.clone();
            move || waker.wake()
        })
        .await;
        waker
    });
    drop(owner);
    drop(waker.clone());
    waker.wake();
}

/// A task's future runs in the task, not in the call of `spawn`: a future that is pending for ever
/// costs its spawner nothing.
pub fn spawn_2_the_spawner_goes_on<O: BlockOn>(owner: O) {
    owner.run(|rt| async move {
        let mut tasks: Vec<_> = (0..100).map(|_| rt.spawn(std::future::pending::<()>())).collect();
        assert!(tasks.iter_mut().all(|task| poll_once(task).is_pending()));
    });
}
