//! How often waiting allocates. Each wait is polled until it is queued, served, and polled to its end.
//!
//! Only in a program that counts allocations, see [`Allocated`], and while nothing else runs in it.

mod queues;

pub use queues::{PerItem, item_table, per_item};

use std::pin::pin;
use std::sync::Arc;
use std::task::{Context, Poll, Waker};

use anyrt::sync;

use crate::Allocated;
use crate::compare::Side::{self, Ours, Peer};
use crate::faults::Task;
use crate::primitives::{
    AnyrtCondition, AsyncLockCondition, AsyncStdCondition, AsyncbandCondition, Barrier, Condition,
    Event, FairLock, FairSemaphore, FuturesMutex, IntrusiveMutex, IntrusiveSemaphore,
    ListenerEvent, MaitakeEvent, MeaCondition, Mutex, NotifyEvent, RwLock, SaaSemaphore, Semaphore,
    TokioCondition,
};

/// What a wait allocates.
#[derive(Debug, Clone, Copy, PartialEq)]
pub struct PerWait {
    /// What is waited for.
    pub kind: &'static str,
    /// Whose it is.
    pub who: &'static str,
    /// Whether it is ours.
    pub side: Side,
    /// Calls of the allocator, per wait.
    pub allocations: f64,
}

/// Waits for everything.
#[must_use]
pub fn per_wait() -> Vec<PerWait> {
    let mut list = Vec::new();
    macro_rules! all {
        ($($kind:literal $wait:ident: $($ours:ty),+; $($peer:ty),+;)+) => { $(
            $(list.push(count($kind, <$ours as crate::primitives::Named>::NAME, Ours, $wait::<$ours>));)+
            $(list.push(count($kind, <$peer as crate::primitives::Named>::NAME, Peer, $wait::<$peer>));)+
        )+ };
    }
    all! {
        "lock" lock: sync::Lock<u64>, FairLock;
            tokio::sync::Mutex<u64>, async_lock::Mutex<u64>, asyncband::mutex::Mutex<u64>,
            mea::mutex::Mutex<u64>, saa::Mutex<u64>, maitake_sync::Mutex<u64>, FuturesMutex,
            IntrusiveMutex;
        "rwlock" rw_lock: sync::RwLock<u64>;
            tokio::sync::RwLock<u64>, async_lock::RwLock<u64>, asyncband::rwlock::RwLock<u64>,
            mea::rwlock::RwLock<u64>, saa::RwLock<u64>, maitake_sync::RwLock<u64>;
        "semaphore" semaphore: sync::Semaphore, FairSemaphore;
            tokio::sync::Semaphore, async_lock::Semaphore, asyncband::semaphore::Semaphore,
            mea::semaphore::Semaphore, SaaSemaphore, maitake_sync::Semaphore, IntrusiveSemaphore;
        "event" event: sync::Event;
            NotifyEvent, ListenerEvent, asyncband::event::ManualResetEvent, MaitakeEvent,
            futures_intrusive::sync::ManualResetEvent;
        "barrier" barrier: sync::Barrier;
            tokio::sync::Barrier, async_lock::Barrier, asyncband::barrier::Barrier,
            mea::barrier::Barrier, saa::Barrier;
        "condition" condition: AnyrtCondition;
            TokioCondition, AsyncLockCondition, AsyncStdCondition, AsyncbandCondition,
            MeaCondition;
    }
    list.extend(queues::per_wait());
    list
}

/// As Markdown: a line per kind.
#[must_use]
pub fn table(list: &[PerWait]) -> String {
    use std::fmt::Write as _;
    let mut text = String::from("| a wait for a | allocates | does not |\n|---|---|---|\n");
    let mut kinds = list.iter().map(|wait| wait.kind).collect::<Vec<_>>();
    kinds.dedup();
    for kind in kinds {
        let of_kind = || list.iter().filter(|wait| wait.kind == kind);
        let some = of_kind().filter(|wait| wait.allocations > 0.0);
        let some = some.map(|wait| format!("{} {:.1}", wait.who, wait.allocations));
        let none = of_kind().filter(|wait| wait.allocations <= 0.0).map(|wait| match wait.side {
            Ours => format!("**{}**", wait.who),
            Peer => wait.who.into(),
        });
        let (some, none) = (some.collect::<Vec<_>>(), none.collect::<Vec<_>>());
        let _ = writeln!(text, "| {kind} | {} | {} |", some.join("; "), none.join("; "));
    }
    text
}

const WAITS: u32 = 100;

/// The least of several counts: the runtime of the program may allocate for itself, now and then.
fn count(kind: &'static str, who: &'static str, side: Side, waits: fn(u32)) -> PerWait {
    waits(1); // what is made once
    let calls = |waits: fn(u32), n| {
        let before = Allocated::so_far();
        waits(n);
        Allocated::so_far().since(before).count
    };
    // The difference of two numbers of waits is without what the primitive itself takes.
    let count = (0..5).map(|_| calls(waits, 2 * WAITS).saturating_sub(calls(waits, WAITS))).min();
    #[expect(clippy::cast_precision_loss, reason = "a few hundred")]
    let allocations = count.unwrap_or(0) as f64 / f64::from(WAITS);
    PerWait { kind, who, side, allocations }
}

/// Polls a wait until it is queued, serves it, and polls it to its end.
fn serve<F: Future, R>(wait: F, serve: impl FnOnce() -> R) -> (F::Output, R) {
    thread_local! {
        static TASK: (Arc<Task>, Waker) = Task::new();
    }
    TASK.with(|(task, waker)| {
        let mut wait = pin!(wait);
        anyrt::task::begin_turn(); // so that none of these polls is one too many in a row
        assert!(!task.gets_there(wait.as_mut(), waker), "it is not there yet");
        let result = serve();
        let Poll::Ready(output) = wait.poll(&mut Context::from_waker(waker)) else {
            panic!("it was served")
        };
        (output, result)
    })
}

fn lock<L: Mutex>(n: u32) {
    let lock = L::make();
    for _ in 0..n {
        let held = smol::block_on(lock.lock());
        serve(lock.lock(), || drop(held));
    }
}

fn rw_lock<L: RwLock>(n: u32) {
    let lock = L::make();
    for _ in 0..n {
        let held = smol::block_on(lock.read());
        serve(lock.write(), || drop(held));
    }
}

fn semaphore<S: Semaphore>(n: u32) {
    let semaphore = S::make(1);
    for _ in 0..n {
        let held = smol::block_on(semaphore.acquire(1));
        serve(semaphore.acquire(1), || drop(held));
    }
}

fn event<E: Event>(n: u32) {
    let event = E::make();
    for _ in 0..n {
        serve(event.wait(), || event.set());
        event.clear();
    }
}

fn barrier<B: Barrier>(n: u32) {
    let barrier = B::make(2);
    for _ in 0..n {
        let (one, other) = serve(barrier.wait(), || smol::block_on(barrier.wait()));
        assert!(one != other, "one of the two leads");
    }
}

fn condition<C: Condition>(n: u32) {
    let shared = C::make();
    for _ in 0..n {
        let guard = smol::block_on(shared.mutex().lock());
        serve(shared.wait(guard), || shared.notify_one());
    }
}
