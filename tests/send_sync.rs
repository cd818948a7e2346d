//! What every public type is: `Send`, `Sync`, `Unpin`, `Debug`. That some are *not* `Send` is held by
//! `compile_fail` examples in their docs.

use std::cell::Cell;
use std::fmt::Debug;
use std::fs;
use std::future::{Pending, Ready};
use std::marker::PhantomPinned;
use std::path::Path;

use anyrt::error::Panic;
use anyrt::executor::{
    AsCompleted, Handle, Inline, Job, JobBuilder, JobError, JobErrorKind, JobLabel, JobScope, Map,
    MapUnordered, PoolError, PoolStatistics, Priority, Progress, ProgressCount, ProgressWatch,
    Refused, ScopedHandle, Shutdown, ShutdownTimedOut, ThreadPool, ThreadPoolBuilder, Waited, When,
};
use anyrt::family::{
    AsyncLockSync, ChannelQueue, ListenerCondition, ListenerEvent, Portable, TokioCondition,
    TokioEvent, TokioQueue, TokioSync, With,
};
use anyrt::sim::{Explore, Explored, Failure, FailureKind, Found, Policy, Schedule, ScheduleError};
use anyrt::sync::{
    Acquire, AcquireError, Arrival, Barrier, BarrierError, BarrierStatistics, BarrierWait,
    BoundedSemaphore, Broken, Closed, Condition, ConditionStatistics, ConditionWait, Event,
    EventStatistics, EventWait, Latch, LatchStatistics, Lock, LockFuture, LockGuard,
    LockStatistics, OnceCell, OnceCellStatistics, Overfull, OwnedLockGuard, OwnedPermit,
    OwnedReadGuard, OwnedReentrantLockGuard, OwnedWriteGuard, Owner, Permit, Read, ReadGuard,
    ReentrantLock, ReentrantLockFuture, ReentrantLockGuard, ReentrantLockStatistics, RwLock,
    RwLockStatistics, Semaphore, SemaphoreStatistics, TryAcquireError, Write, WriteGuard,
};
use anyrt::task::{Scope, TaskLocal, Yield};
use anyrt::testing::Clause;
use anyrt::time::{DelayedCall, Interval, MissedTick, Timeout};
use anyrt::{
    AbortOnDrop, AnyHandle, AnyRuntime, AnySleep, AsyncIoSleep, AsyncStd, AsyncStdHandle,
    BlockingHandle, BuildError, Deviation, Done, JoinError, Local, LocalHandle, NoRuntime, NotSet,
    Sim, SimBuilder, SimOwner, SimSleep, Smol, SmolGlobal, SmolOwner, TaskHandle, Threads,
    ThreadsBuilder, ThreadsOwner, ThreadsSleep, TimedOut, Tokio, TokioHandle, TokioLocal,
    TokioOwner,
};

/// The least that a task can give: `Send`, and nothing else.
type Value = (Cell<u8>, PhantomPinned);

fn all<T: Send + Sync + Unpin + Debug>() {}
fn shared<T: Send + Sync + Debug>() {}
fn local<T: Unpin + Debug>() {}

#[test]
fn errors() {
    all::<JoinError>();
    all::<Panic>();
    all::<TimedOut>();
    all::<NoRuntime>();
    all::<NotSet>();
    all::<BuildError>();
}

#[test]
fn handles_of_runtimes() {
    all::<Tokio>();
    all::<Smol>();
    all::<SmolGlobal>();
    all::<AsyncStd>();
    all::<Threads>();
    all::<Sim>();
    all::<AnyRuntime>();
}

#[test]
fn owners() {
    all::<TokioOwner>();
    all::<SmolOwner>();
    all::<ThreadsOwner>();
    all::<ThreadsBuilder>();
    all::<SimOwner>();
    all::<SimBuilder>();
    all::<Done>();
}

#[test]
fn handles_of_tasks() {
    all::<TokioHandle<Value>>();
    all::<TaskHandle<Value>>();
    all::<AsyncStdHandle<Value>>();
    all::<AnyHandle<Value>>();
    all::<AbortOnDrop<Value, TokioHandle<Value>>>();
    all::<AbortOnDrop<Value, AnyHandle<Value>>>();
}

#[test]
fn time() {
    shared::<tokio::time::Sleep>();
    all::<AsyncIoSleep>();
    shared::<ThreadsSleep>();
    all::<AnySleep>();
    all::<SimSleep>();
    all::<Interval<Tokio>>();
    all::<Interval<Threads>>();
    all::<MissedTick>();
    all::<Timeout<Ready<()>, AnySleep>>();
    all::<DelayedCall<Tokio, Value>>();
    all::<DelayedCall<AnyRuntime, Value>>();
}

#[test]
fn tasks() {
    all::<Yield>();
    all::<TaskLocal<Value>>();
    all::<Scope<u8, Pending<()>>>();
    all::<Clause>();
}

#[test]
fn what_simulations_say() {
    all::<Policy>();
    all::<Schedule>();
    all::<ScheduleError>();
    all::<Failure>();
    all::<FailureKind>();
    all::<Explore>();
    all::<Explored>();
    all::<Found>();
}

#[test]
fn executors() {
    type Inputs = std::ops::Range<u8>;
    all::<ThreadPool>();
    all::<ThreadPool<*const u8>>(); // its workers' states stay on their threads
    all::<ThreadPoolBuilder>();
    all::<JobBuilder<'_, ()>>();
    all::<Job>();
    all::<Handle<Value>>();
    all::<BlockingHandle<Value>>();
    all::<AsCompleted<u8, Value>>();
    all::<Map<'_, ThreadPool, fn(u8) -> u8, Inputs, u8>>();
    all::<MapUnordered<'_, ThreadPool, fn(u8) -> u8, Inputs, u8>>();
    all::<JobScope<'_, '_, ThreadPool>>();
    all::<ScopedHandle<'_, Cell<u8>>>();
    all::<JobError>();
    all::<JobErrorKind>();
    all::<Refused<u8>>();
    all::<PoolError>();
    all::<ShutdownTimedOut>();
    all::<JobLabel>();
    all::<PoolStatistics>();
    all::<Waited>();
    all::<Progress>();
    all::<ProgressCount>();
    all::<ProgressWatch>();
    all::<Inline>();
    all::<Priority>();
    all::<When>();
    all::<Shutdown>();
}

#[test]
fn primitives() {
    all::<Lock<Cell<u8>>>(); // one at a time has the value, so it need not be `Sync`
    all::<ReentrantLock<u8>>();
    all::<Owner>();
    all::<RwLock<u8>>();
    all::<OnceCell<u8>>();
    all::<Semaphore>();
    all::<BoundedSemaphore>();
    all::<Event>();
    all::<Condition>();
    all::<Barrier>();
    all::<Latch>();
}

#[test]
fn families() {
    all::<Portable>();
    all::<TokioSync>();
    all::<AsyncLockSync>();
    all::<TokioEvent>();
    all::<TokioCondition>();
    all::<ListenerEvent>();
    all::<TokioQueue<Cell<u8>>>();
    shared::<ChannelQueue<Cell<u8>>>();
    all::<ListenerCondition>();
    all::<With<Portable, Threads>>();
    all::<Deviation>();
}

#[test]
fn guards_of_primitives() {
    all::<LockGuard<'_, u8>>();
    all::<OwnedLockGuard<u8>>();
    all::<ReentrantLockGuard<'_, u8>>();
    all::<OwnedReentrantLockGuard<u8>>();
    all::<ReadGuard<'_, u8>>();
    all::<WriteGuard<'_, u8>>();
    all::<OwnedReadGuard<u8>>();
    all::<OwnedWriteGuard<u8>>();
    all::<Permit<'_>>();
    all::<OwnedPermit>();
    all::<Permit<'_, BoundedSemaphore>>();
    all::<OwnedPermit<BoundedSemaphore>>();
    all::<Arrival>();
}

/// Their places in a queue are in them, so that they stay where they are.
#[test]
fn waits() {
    shared::<LockFuture<'_, Cell<u8>>>();
    shared::<ReentrantLockFuture<'_, u8>>();
    shared::<Read<'_, u8>>();
    shared::<Write<'_, u8>>();
    shared::<Acquire<'_>>();
    shared::<EventWait<'_>>();
    shared::<ConditionWait<'_, '_, u8>>();
    shared::<BarrierWait<'_>>();
}

#[test]
fn what_primitives_say() {
    all::<LockStatistics>();
    all::<ReentrantLockStatistics>();
    all::<OnceCellStatistics>();
    all::<RwLockStatistics>();
    all::<SemaphoreStatistics>();
    all::<EventStatistics>();
    all::<ConditionStatistics>();
    all::<BarrierStatistics>();
    all::<LatchStatistics>();
    all::<Closed>();
    all::<AcquireError>();
    all::<TryAcquireError>();
    all::<Overfull>();
    all::<Broken>();
    all::<BarrierError>();
}

#[test]
fn queues() {
    use anyrt::queue::{
        Closed, DoneGuard, Fifo, Get, GetError, GetMany, Heap, Items, IterBlocking, Join, Keyed,
        Lifo, Priority, Put, PutError, PutMany, Queue, QueueStatistics, Receiver, Reserve, Ring,
        Sender, Slot, Stack, TooManyDone, TryGetError, TryPutError,
    };
    use anyrt::sink::Feed;

    all::<Queue<Ring<Cell<u8>>>>();
    all::<(Fifo<Cell<u8>>, Lifo<Cell<u8>>, Priority<Cell<u8>>)>();
    all::<Sender<Ring<Cell<u8>>>>();
    all::<Receiver<Ring<Cell<u8>>>>();
    all::<Ring<u8>>();
    all::<Stack<u8>>();
    all::<Heap<u8>>();
    all::<Keyed<u8, u8>>();
    all::<Slot<'_, Ring<Cell<u8>>>>();
    all::<DoneGuard<'_, Ring<Cell<u8>>>>();
    all::<IterBlocking<'_, Ring<Cell<u8>>>>();
    all::<QueueStatistics>();
    all::<Closed<Box<u8>>>();
    all::<TryPutError<Box<u8>>>();
    all::<PutError<Box<u8>>>();
    all::<TryGetError>();
    all::<GetError>();
    all::<TooManyDone>();
    // Their places in a queue are in these, so that they stay where they are. A future with an item in
    // it is as much `Sync` as the item is.
    shared::<Put<'_, Ring<u8>>>();
    shared::<Reserve<'_, Ring<Cell<u8>>>>();
    shared::<Get<'_, Ring<Cell<u8>>>>();
    shared::<PutMany<'_, Ring<u8>>>();
    shared::<GetMany<'_, Ring<u8>>>();
    shared::<Items<'_, Ring<Cell<u8>>>>();
    shared::<Join<'_, Ring<Cell<u8>>>>();
    shared::<Feed<'_, Ring<Cell<u8>>>>();
}

#[test]
fn what_stays_on_its_thread() {
    local::<Local<Threads>>();
    local::<TokioLocal>();
    local::<LocalHandle<std::rc::Rc<u8>>>();
    local::<Interval<TokioLocal>>();
}

#[cfg(feature = "criterion")]
#[test]
fn executors_of_benches() {
    use anyrt::criterion::OnRuntime;

    all::<OnRuntime<ThreadsOwner>>();
}

#[cfg(feature = "diagnose")]
#[test]
fn what_those_who_look_get() {
    use anyrt::diagnose::{Blocked, Role, Snapshot, Stage, Target, Wait, Watchdog};
    use anyrt::probe::{Ending, Event, Installed, Object, Party, Recorder, Trace, What};

    all::<Blocked>();
    all::<Role>();
    all::<Snapshot>();
    all::<Stage>();
    all::<Target>();
    all::<Wait>();
    all::<Watchdog>();
    all::<Ending>();
    all::<Event>();
    all::<Installed>();
    all::<Object>();
    all::<Party>();
    all::<What>();
    all::<Recorder>();
    all::<Trace>();
}

/// A new public type has to be added here.
#[test]
fn no_type_is_forgotten() {
    let here = include_str!("send_sync.rs");
    let mut folders = vec![Path::new(env!("CARGO_MANIFEST_DIR")).join("src")];
    let mut seen = 0;
    while let Some(folder) = folders.pop() {
        for entry in fs::read_dir(&folder).unwrap() {
            let path = entry.unwrap().path();
            if path.is_dir() {
                folders.push(path);
                continue;
            }
            for line in fs::read_to_string(&path).unwrap().lines() {
                let line = line.trim_start();
                let kinds = ["pub struct ", "pub enum "];
                let Some(rest) = kinds.iter().find_map(|kind| line.strip_prefix(kind)) else {
                    continue;
                };
                let name = rest.split(|c: char| !c.is_alphanumeric()).next().unwrap();
                let named = [format!("<{name}>"), format!("<{name}<")];
                assert!(
                    named.iter().any(|named| here.contains(named)),
                    "{}: `{name}` is not asserted in tests/send_sync.rs",
                    path.display()
                );
                seen += 1;
            }
        }
    }
    assert!(seen > 30, "the sources are not where this test looks for them");
}
