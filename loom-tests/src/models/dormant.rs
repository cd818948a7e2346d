//! Every small program with dormant waits, over what can be held.

use crate::clock;
use crate::dormant::{self, Contended};
use crate::harness::{Check, Explored, Model};
use crate::session::{Tell, Waits, tell, tell_and_hold};
use crate::sync::{Condition, Lock, RwLock, Semaphore};
use std::sync::Arc;

pub(super) const MODELS: &[Model] = &[
    model("lock::dormant", 2, dormant::all::<Locks<false>>),
    model("fair_lock::dormant", 2, dormant::all::<Locks<true>>),
    model("semaphore::dormant", 1, dormant::all::<Semaphores<false>>),
    model("fair_semaphore::dormant", 1, dormant::all::<Semaphores<true>>),
    model("rw_lock::dormant", 1, dormant::all::<RwLocks<false>>),
    model("fair_rw_lock::dormant", 1, dormant::all::<RwLocks<true>>),
    model("condition::dormant", 1, dormant::all::<Conditions<false>>),
    model("condition::dormant_fair", 1, dormant::all::<Conditions<true>>),
];

const fn model(name: &'static str, bound: usize, all: fn(usize) -> Explored) -> Model {
    let proves = "whoever polls gets there, whatever else its task keeps and does not poll";
    Model { name, proves, bound, check: Check::Generated(all) }
}

/// Time in which a booking can lapse while the threads run.
const OVERDUE: u32 = 2;

/// Of the releases of a lock that is on its way to somebody, one in 64 looks: `PASS_LIMIT`.
const LOCK_USES: usize = 2 * 65;

/// To wait for it.
const LOCK: u8 = 0;
/// To try.
const TRY: u8 = 1;
/// To wait for a notification, and for the lock again.
const RELOCK: u8 = 2;

#[derive(Debug)]
struct Locks<const FAIR: bool>;

fn lock(fair: bool) -> Lock<()> {
    clock::overdue(OVERDUE);
    if fair { Lock::fair(()) } else { Lock::new(()) }
}

impl<const FAIR: bool> Waits for Locks<FAIR> {
    type Object = Lock<()>;
    type Ret = ();

    fn object() -> Lock<()> {
        lock(FAIR)
    }

    async fn wait(lock: Arc<Lock<()>>, kind: u8, told: Tell<()>) {
        let guard = if kind == TRY { lock.try_lock() } else { Some(lock.lock().await) };
        tell_and_hold(told, (), guard).await;
    }
}

impl<const FAIR: bool> Contended for Locks<FAIR> {
    const ALL: u8 = LOCK;
    const KINDS: &'static [u8] = &[LOCK];
    const TRY: u8 = TRY;
    const USES: usize = LOCK_USES;

    fn is_free(lock: &Lock<()>, _kind: u8) -> bool {
        !lock.is_locked()
    }

    fn queued(lock: &Lock<()>) -> usize {
        lock.statistics().waiting
    }
}

/// The kinds of waits are numbers of permits, of two in all.
#[derive(Debug)]
struct Semaphores<const FAIR: bool>;

/// To try to get one permit.
const TRY_ONE: u8 = 9;

impl<const FAIR: bool> Waits for Semaphores<FAIR> {
    type Object = Semaphore;
    type Ret = ();

    fn object() -> Semaphore {
        clock::overdue(OVERDUE);
        if FAIR { Semaphore::fair(2) } else { Semaphore::new(2) }
    }

    async fn wait(semaphore: Arc<Semaphore>, kind: u8, told: Tell<()>) {
        let permit = if kind == TRY_ONE {
            semaphore.try_acquire().ok()
        } else {
            semaphore.acquire_many(kind.into()).await.ok()
        };
        tell_and_hold(told, (), permit).await;
    }
}

impl<const FAIR: bool> Contended for Semaphores<FAIR> {
    const ALL: u8 = 2;
    const KINDS: &'static [u8] = &[1, 2];
    const TRY: u8 = TRY_ONE;

    fn is_free(semaphore: &Semaphore, kind: u8) -> bool {
        semaphore.available() >= kind.into()
    }

    fn queued(semaphore: &Semaphore) -> usize {
        semaphore.statistics().waiting
    }
}

#[derive(Debug)]
struct RwLocks<const FAIR: bool>;

const READ: u8 = 0;
const WRITE: u8 = 1;
const TRY_READ: u8 = 2;

impl<const FAIR: bool> Waits for RwLocks<FAIR> {
    type Object = RwLock<()>;
    type Ret = ();

    fn object() -> RwLock<()> {
        clock::overdue(OVERDUE);
        if FAIR { RwLock::fair(()) } else { RwLock::new(()) }
    }

    async fn wait(lock: Arc<RwLock<()>>, kind: u8, told: Tell<()>) {
        match kind {
            READ => tell_and_hold(told, (), lock.read().await).await,
            WRITE => tell_and_hold(told, (), lock.write().await).await,
            _ => tell_and_hold(told, (), lock.try_read()).await,
        }
    }
}

impl<const FAIR: bool> Contended for RwLocks<FAIR> {
    const ALL: u8 = WRITE;
    const KINDS: &'static [u8] = &[READ, WRITE];
    const TRY: u8 = TRY_READ;

    fn is_free(lock: &RwLock<()>, kind: u8) -> bool {
        let statistics = lock.statistics();
        !statistics.written && (kind == READ || statistics.readers == 0)
    }

    fn queued(lock: &RwLock<()>) -> usize {
        lock.statistics().waiting
    }
}

/// The waits for a condition, once notified, wait for its lock.
#[derive(Debug)]
struct Conditions<const FAIR: bool>;

impl<const FAIR: bool> Waits for Conditions<FAIR> {
    type Object = (Lock<()>, Condition);
    type Ret = ();

    fn object() -> (Lock<()>, Condition) {
        (lock(FAIR), Condition::new())
    }

    async fn wait(object: Arc<(Lock<()>, Condition)>, kind: u8, told: Tell<()>) {
        let (lock, condition) = &*object;
        match kind {
            LOCK => tell_and_hold(told, (), lock.lock().await).await,
            RELOCK => {
                let guard = lock.try_lock().expect("the waits of the tasks come first");
                tell_and_hold(told, (), condition.wait(guard).await).await;
            }
            _ => match lock.try_lock() {
                Some(guard) => tell_and_hold(told, (), guard).await,
                None => tell(&told, ()),
            },
        }
    }
}

impl<const FAIR: bool> Contended for Conditions<FAIR> {
    const ALL: u8 = LOCK;
    const KINDS: &'static [u8] = &[LOCK];
    const TRY: u8 = TRY;
    const USES: usize = LOCK_USES;
    const EARLIER: Option<u8> = Some(RELOCK);

    fn stir((_, condition): &(Lock<()>, Condition)) {
        condition.notify_all();
    }

    fn is_free((lock, _): &(Lock<()>, Condition), _kind: u8) -> bool {
        !lock.is_locked()
    }

    fn queued((lock, condition): &(Lock<()>, Condition)) -> usize {
        lock.statistics().waiting + condition.statistics().waiting
    }
}
