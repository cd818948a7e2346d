//! The shape of Oxide's RFD 609: a task has an acquire in the queue that it does not poll any more, but
//! keeps, and awaits a second one of the same thing.

use std::pin::pin;

use anyrt::sync;

use super::Probe;
use super::probe::{Task, now, own_waker, poll};
use crate::compare::Side::{self, Ours, Peer};
use crate::primitives::{
    AnyrtCondition, AsyncLockCondition, AsyncStdCondition, AsyncbandCondition, Condition, FairLock,
    FairSemaphore, FuturesMutex, IntrusiveMutex, IntrusiveSemaphore, MeaCondition, Mutex, RwLock,
    SaaSemaphore, Semaphore, TokioCondition,
};

/// When the holder lets go, and with what waker the sleeping acquire was polled.
#[derive(Debug, Clone, Copy)]
struct Shape {
    /// The second acquire is in the queue before the holder lets go.
    queued: bool,
    /// The first one has a waker of its own, as combinators give.
    own: bool,
}

const SHAPES: [Shape; 4] = [
    Shape { queued: true, own: false },
    Shape { queued: false, own: false },
    Shape { queued: true, own: true },
    Shape { queued: false, own: true },
];

/// Asks all locks, semaphores and conditions.
#[must_use]
pub fn futurelocks() -> Vec<Probe> {
    let mut probes = Vec::new();
    macro_rules! all {
        ($($probe:ident: $($ours:ty),+; $($peer:ty),+;)+) => { $(for shape in SHAPES {
            $(probes.push($probe::<$ours>(Ours, shape));)+
            $(probes.push($probe::<$peer>(Peer, shape));)+
        })+ };
    }
    all! {
        lock: sync::Lock<u64>, FairLock;
            tokio::sync::Mutex<u64>, async_lock::Mutex<u64>, asyncband::mutex::Mutex<u64>,
            mea::mutex::Mutex<u64>, saa::Mutex<u64>, maitake_sync::Mutex<u64>, FuturesMutex,
            IntrusiveMutex;
        rw_lock: sync::RwLock<u64>;
            tokio::sync::RwLock<u64>, async_lock::RwLock<u64>, asyncband::rwlock::RwLock<u64>,
            mea::rwlock::RwLock<u64>, saa::RwLock<u64>, maitake_sync::RwLock<u64>;
        semaphore: sync::Semaphore, FairSemaphore;
            tokio::sync::Semaphore, async_lock::Semaphore, asyncband::semaphore::Semaphore,
            mea::semaphore::Semaphore, SaaSemaphore, maitake_sync::Semaphore, IntrusiveSemaphore;
        condition: AnyrtCondition;
            TokioCondition, AsyncLockCondition, AsyncStdCondition, AsyncbandCondition,
            MeaCondition;
    }
    probes
}

fn lock<L: Mutex>(side: Side, shape: Shape) -> Probe {
    Probe::new(shape.row("Lock"), side, L::NAME, move || {
        let lock = L::make();
        let held = now(lock.lock());
        shape.plays(lock.lock(), || lock.lock(), || drop(held))
    })
}

fn rw_lock<L: RwLock>(side: Side, shape: Shape) -> Probe {
    Probe::new(shape.row("RwLock, write"), side, L::NAME, move || {
        let lock = L::make();
        let held = now(lock.write());
        shape.plays(lock.write(), || lock.write(), || drop(held))
    })
}

fn semaphore<S: Semaphore>(side: Side, shape: Shape) -> Probe {
    Probe::new(shape.row("Semaphore"), side, S::NAME, move || {
        let semaphore = S::make(1);
        let held = now(semaphore.acquire(1));
        shape.plays(semaphore.acquire(1), || semaphore.acquire(1), || drop(held))
    })
}

/// The first acquire is that of a waiter which was notified, and locks again.
fn condition<C: Condition>(side: Side, shape: Shape) -> Probe {
    Probe::new(shape.row("Condition, relock"), side, C::NAME, move || {
        let shared = C::make();
        let (task, waker) = Task::new();
        let own = own_waker(&waker);
        let first = if shape.own { &own } else { &waker };
        let mut sleeping = pin!(shared.wait(now(shared.mutex().lock())));
        assert!(poll(sleeping.as_mut(), first).is_pending());
        let held = now(shared.mutex().lock());
        shared.notify_one();
        assert!(poll(sleeping.as_mut(), first).is_pending());
        shape.second(&task, &waker, || shared.mutex().lock(), || drop(held))
    })
}

impl Shape {
    fn row(self, kind: &str) -> &'static str {
        // Of a dozen names: they may stay.
        let when = if self.queued { "queued before" } else { "asked after" };
        let own = if self.own { ", own waker" } else { "" };
        Box::leak(format!("{kind}: {when} the release{own}").into_boxed_str())
    }

    fn plays<F: Future, G: Future>(
        self,
        sleeping: F,
        acquire: impl FnOnce() -> G,
        let_go: impl FnOnce(),
    ) -> bool {
        let (task, waker) = Task::new();
        let own = own_waker(&waker);
        let mut sleeping = pin!(sleeping);
        assert!(poll(sleeping.as_mut(), if self.own { &own } else { &waker }).is_pending());
        self.second(&task, &waker, acquire, let_go)
    }

    /// Whether the task gets the second one.
    fn second<G: Future>(
        self,
        task: &Task,
        waker: &std::task::Waker,
        acquire: impl FnOnce() -> G,
        let_go: impl FnOnce(),
    ) -> bool {
        if !self.queued {
            let_go();
            return task.gets_there(pin!(acquire()), waker);
        }
        let mut second = pin!(acquire());
        assert!(poll(second.as_mut(), waker).is_pending());
        task.is_woken(); // by what came before
        let_go();
        task.is_woken() && task.gets_there(second, waker)
    }
}
