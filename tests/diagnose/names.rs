//! Names of tasks and primitives, and where they come from.
#![allow(clippy::items_after_statements, reason = "what is waited for stands beside the wait")]

use super::{blocked, eventually};
use anyrt::executor::{SubmitAsync, ThreadPool};
use anyrt::prelude::*;
use anyrt::queue::{Fifo, Lifo, Priority};
use anyrt::sync::{
    Barrier, BoundedSemaphore, Condition, Event, Latch, Lock, OnceCell, Owner, ReentrantLock,
    RwLock, Semaphore,
};
use std::sync::Arc;

/// What `wait` waits for, and how the report calls it.
fn called<F: Future<Output = ()> + Send + 'static>(wait: F) -> String {
    anyrt::diagnose::start();
    let owner = anyrt::ThreadsOwner::builder().workers(1).build().unwrap();
    let name = format!("{:?}", std::thread::current().id());
    let task = owner.handle().spawn_named(name.clone(), wait).abort_on_drop();
    let target = eventually(|seen| {
        let waits = blocked(seen, &name)?;
        Some(waits.waits()[0].to_string())
    });
    drop(task);
    let target = target.strip_prefix("waits for ").unwrap();
    target.split(" at ").next().unwrap().to_owned()
}

#[test]
fn each_primitive_goes_by_its_type_and_name() {
    let lock = Arc::new(Lock::new(0_u8).named("lock"));
    let held = lock.clone().lock_owned_blocking();
    assert_eq!(called(async move { drop(lock.lock().await) }), "Lock<u8> 'lock'");
    drop(held);
    static TABLE: RwLock<u8> = RwLock::new(0).named("table");
    let held = TABLE.write_blocking();
    assert_eq!(called(async { drop(TABLE.read().await) }), "RwLock<u8> 'table'");
    drop(held);
    static TREE: ReentrantLock<u8> = ReentrantLock::new(0).named("tree");
    let held = TREE.try_lock(Owner::new()).unwrap();
    assert_eq!(called(async { drop(TREE.lock(Owner::new()).await) }), "ReentrantLock<u8> 'tree'");
    drop(held);
    static NONE: Semaphore = Semaphore::new(0).named("none");
    assert_eq!(called(async { drop(NONE.acquire().await) }), "Semaphore 'none'");
    static ONE: BoundedSemaphore = BoundedSemaphore::new(1).named("one");
    let held = ONE.try_acquire().unwrap();
    assert_eq!(called(async { drop(ONE.acquire().await) }), "Semaphore 'one'");
    drop(held);
    static EVENT: Event = Event::new().named("event");
    assert_eq!(called(EVENT.wait()), "Event 'event'");
    static LATCH: Latch = Latch::new(1).named("latch");
    assert_eq!(called(LATCH.wait()), "Event 'latch'");
    static PHASE: Barrier = Barrier::new(2).named("phase");
    assert_eq!(
        called(async {
            let _ = PHASE.wait().await;
        }),
        "Barrier 'phase'"
    );
    static CHANGED: (Lock<u8>, Condition) = (Lock::new(0), Condition::new().named("changed"));
    let waits = async { drop(CHANGED.1.wait(CHANGED.0.lock().await).await) };
    assert_eq!(called(waits), "Condition 'changed'");
    static CELL: OnceCell<u8> = OnceCell::new().named("cell");
    let made = called(async {
        let never = CELL.get_or_init(std::future::pending);
        let also = CELL.get_or_init(std::future::pending);
        futures_lite::future::or(never, also).await;
    });
    assert_eq!(made, "Lock<()> 'cell'");
    static FIFO: Fifo<u8> = Fifo::unbounded().named("fifo");
    assert_eq!(
        called(async {
            let _ = FIFO.get().await;
        }),
        "Fifo<u8> 'fifo'"
    );
    static LIFO: Lifo<u8> = Lifo::unbounded().named("lifo");
    assert_eq!(
        called(async {
            let _ = LIFO.get().await;
        }),
        "Lifo<u8> 'lifo'"
    );
    static HEAP: Priority<u8> = Priority::bounded(1).named("heap");
    assert_eq!(
        called(async {
            let _ = HEAP.get().await;
        }),
        "Priority<u8> 'heap'"
    );
}

#[test]
fn one_without_a_name_has_a_number_of_its_own() {
    let events = [Arc::new(Event::new()), Arc::new(Event::new())];
    let [first, second] = events.map(|event| called(async move { event.wait().await }));
    assert!(first.starts_with("Event #") && second.starts_with("Event #"), "{first}, {second}");
    assert_ne!(first, second);
}

async fn waits_here(gate: Arc<Event>) {
    gate.wait().await;
}

#[test]
fn a_task_without_a_name_goes_by_its_function_and_place() {
    anyrt::diagnose::start();
    let owner = anyrt::ThreadsOwner::builder().workers(1).build().unwrap();
    let gate = Arc::new(Event::new());
    let (theirs, ambient) = (gate.clone(), gate.clone());
    let task = owner.handle().spawn(waits_here(theirs));
    let line = line!() - 1;
    let waits = eventually(|seen| blocked(seen, "waits_here"));
    let at = waits.party().at().unwrap();
    assert_eq!((at.file(), at.line()), (file!(), line));
    gate.set();
    owner.block_on(task).unwrap();

    gate.clear();
    async fn under_the_ambient_runtime(gate: Arc<Event>) {
        gate.wait().await;
    }
    let spawned = owner.block_on(anyrt::with_runtime(owner.handle(), async move {
        (anyrt::spawn(under_the_ambient_runtime(ambient)), line!())
    }));
    let waits = eventually(|seen| blocked(seen, "under_the_ambient_runtime"));
    let at = waits.party().at().unwrap();
    assert_eq!((at.file(), at.line()), (file!(), spawned.1));
    gate.set();
    owner.block_on(spawned.0).unwrap();
}

#[test]
fn a_name_is_for_one_task_and_not_for_the_next() {
    anyrt::diagnose::start();
    let owner = anyrt::ThreadsOwner::builder().workers(1).build().unwrap();
    let gate = Arc::new(Event::new());
    let (one, two) = (gate.clone(), gate.clone());
    let rt = owner.handle();
    let first = rt.spawn_named("the only one", async move { one.wait().await });
    let second = rt.spawn(waits_next(two));
    async fn waits_next(gate: Arc<Event>) {
        gate.wait().await;
    }
    eventually(|seen| blocked(seen, "waits_next"));
    let seen = eventually(|seen| blocked(seen, "the only one").map(|_| seen.clone()));
    assert_eq!(seen.blocked().filter(|one| one.party().name() == "the only one").count(), 1);
    gate.set();
    owner.block_on(async { (first.await.unwrap(), second.await.unwrap()) });
}

#[test]
fn a_future_of_an_executor_goes_by_the_function_that_it_comes_from() {
    async fn comes_from_here(event: Arc<Event>) {
        event.wait().await;
    }
    anyrt::diagnose::start();
    let owner = anyrt::ThreadsOwner::builder().workers(1).build().unwrap();
    let pool = ThreadPool::builder().workers(1).build().unwrap();
    let event = Arc::new(Event::new());
    let handles = [
        owner.handle().submit_async(comes_from_here(event.clone())),
        pool.submit_async(comes_from_here(event.clone())),
    ];
    eventually(|seen| {
        let report = seen.to_string();
        let name = "'comes_from_here' (spawned at tests/diagnose/names.rs:";
        (report.matches(name).count() == 2).then_some(())
    });
    event.set();
    for handle in handles {
        handle.join_blocking().unwrap();
    }
}
