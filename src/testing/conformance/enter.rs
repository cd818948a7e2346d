//! RT-ENTER: who may block.

use std::panic::{AssertUnwindSafe, catch_unwind};
use std::rc::Rc;
use std::sync::Arc;
use std::thread;

use super::super::kit::{MS, Tally, message, message_of, on_plain_thread, panic_with};
use crate::contract::{BlockOn, Spawn, SpawnBlocking, Timer};
use crate::task::yield_now;

/// What every refusal must name.
#[track_caller]
fn assert_clear(message: &str) {
    assert!(message.contains("block_on"), "the panic does not name `block_on`: {message}");
}

/// `block_on` inside `block_on` panics clearly; the outer one goes on.
pub fn enter_1_inside_block_on<O: BlockOn>(owner: O) {
    owner.run(async |rt: O::Handle| {
        assert_clear(&message_of(|| owner.block_on(async {})));
        assert_eq!(rt.spawn(async { 42 }).await.unwrap(), 42);
    });
    assert_eq!(owner.block_on(async { 42 }), 42);
}

/// Also where the future would be pending, after an await, and again and again.
pub fn enter_1_inside_block_on_with_pending_futures<O: BlockOn>(owner: O) {
    owner.run(async |rt: O::Handle| {
        for _ in 0..3 {
            rt.sleep(MS).await;
            assert_clear(&message_of(|| owner.block_on(std::future::pending::<()>())));
            assert_clear(&message_of(|| owner.run(|rt| async move { rt.sleep(MS).await })));
        }
    });
}

/// `block_on` inside a task panics clearly; the task's handle gives the panic.
pub fn enter_1_inside_a_task<O: BlockOn + Send + Sync + 'static>(owner: O) {
    let owner = Arc::new(owner);
    owner.run(async |rt: O::Handle| {
        let inner = owner.clone();
        let error = rt.spawn(async move { inner.block_on(async {}) }).await.unwrap_err();
        assert_clear(error.message().unwrap());
        assert_eq!(rt.spawn(async { 42 }).await.unwrap(), 42);
    });
}

/// Also in more tasks at once than there are workers, each of which would wait for another.
pub fn enter_1_in_more_tasks_than_workers<O: BlockOn + Send + Sync + 'static>(owner: O) {
    let owner = Arc::new(owner);
    owner.run(async |rt: O::Handle| {
        let tasks: Vec<_> = (0..16)
            .map(|_| {
                let (owner, inner) = (owner.clone(), rt.clone());
                rt.spawn(async move {
                    yield_now().await;
                    let refused = catch_unwind(AssertUnwindSafe(|| {
                        owner.block_on(async { inner.spawn(async {}).await.unwrap() });
                    }));
                    drop(owner);
                    message(refused.unwrap_err().as_ref())
                })
            })
            .collect();
        for task in tasks {
            assert_clear(&task.await.unwrap());
        }
        assert_eq!(rt.spawn(async { 42 }).await.unwrap(), 42);
    });
}

/// Also in a destructor that a task runs.
pub fn enter_1_inside_a_destructor<O: BlockOn + Send + Sync + 'static>(owner: O) {
    struct BlocksWhenDropped<O: BlockOn>(Arc<O>);
    impl<O: BlockOn> Drop for BlocksWhenDropped<O> {
        fn drop(&mut self) {
            assert_clear(&message_of(|| self.0.block_on(async {})));
        }
    }
    let owner = Arc::new(owner);
    owner.run(async |rt: O::Handle| {
        let guard = BlocksWhenDropped(owner.clone());
        rt.spawn(async move { drop(guard) }).await.unwrap();
    });
}

/// Many threads may block at once, each on work that the others' futures wait for.
pub fn enter_2_many_threads_at_once<O: BlockOn + Send + Sync + 'static>(owner: O) {
    const THREADS: usize = 8;
    let (inside, owner) = (Tally::new(), &owner);
    thread::scope(|scope| {
        for number in 0..THREADS {
            scope.spawn(move || {
                let value = owner.run(|rt| async move {
                    inside.hit();
                    inside.reach(THREADS).await;
                    rt.sleep(MS).await;
                    rt.spawn(async move { number }).await.unwrap()
                });
                assert_eq!(value, number);
            });
        }
    });
}

/// Blocking jobs may block on their runtime.
pub fn enter_2_on_threads_of_blocking_jobs<O: BlockOn + Send + Sync + 'static>(owner: O) {
    let owner = Arc::new(owner);
    owner.run(async |rt: O::Handle| {
        let jobs: Vec<_> = (0..8)
            .map(|number| {
                let owner = owner.clone();
                rt.spawn_blocking(move || {
                    owner.run(|rt| async move {
                        rt.sleep(MS).await;
                        rt.spawn(async move { number }).await.unwrap()
                    })
                })
            })
            .collect();
        for (number, job) in jobs.into_iter().enumerate() {
            assert_eq!(job.await.unwrap(), number);
        }
    });
}

/// One thread may block again and again.
pub fn enter_2_a_thousand_times_in_a_row<O: BlockOn>(owner: O) {
    for number in 0..1_000_u32 {
        let task = owner.handle().spawn(async move { number });
        assert_eq!(owner.block_on(task).unwrap(), number);
    }
}

/// A plain thread may block while another is in `block_on` and waits for it.
pub fn enter_2_on_a_plain_thread_meanwhile<O: BlockOn + Send + Sync + 'static>(owner: O) {
    let owner = Arc::new(owner);
    owner.block_on(async {
        let inner = owner.clone();
        let value = on_plain_thread(move || {
            inner.run(|rt| async move { rt.spawn(async { 42 }).await.unwrap() })
        });
        assert_eq!(value.await, 42);
    });
}

/// The future need not be `Send`, and may borrow from the caller's stack.
pub fn enter_2_borrows_from_the_stack<O: BlockOn>(owner: O) {
    let (mut words, shared) = (vec!["block"], Rc::new("on"));
    let count = owner.block_on(async {
        yield_now().await;
        words.push(&shared);
        words.len()
    });
    assert_eq!((count, words), (2, vec!["block", "on"]));
}

/// A panic unwinds into the caller with its payload; tasks go on, and one can block again.
pub fn enter_3_a_panic_unwinds_into_the_caller<O: BlockOn>(owner: O) {
    let (gate, ended) = (Tally::new(), Tally::new());
    let task = owner.handle().spawn(async move {
        gate.reach(1).await;
        ended.hit();
    });
    let unwound = catch_unwind(AssertUnwindSafe(|| {
        owner.block_on(async {
            yield_now().await;
            panic_with(7_u64).await;
        });
    }));
    let payload: Box<u64> = unwound.unwrap_err().downcast().unwrap();
    assert_eq!(*payload, 7);
    gate.hit();
    owner.block_on(task).unwrap();
    assert_eq!(ended.count(), 1);
}

/// So does a panic of the closure of `run`, before there is a future.
pub fn enter_3_a_panic_before_the_future<O: BlockOn>(owner: O) {
    let message = message_of(|| owner.run(|_| -> std::future::Ready<()> { panic!("too early") }));
    assert_eq!(message, "too early");
    assert_eq!(owner.run(|rt| async move { rt.spawn(async { 42 }).await.unwrap() }), 42);
}
