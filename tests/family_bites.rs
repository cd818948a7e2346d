//! The suite of the sync families under test: families with one fault each, which it must find. What
//! the native ones do otherwise is found in `tests/families.rs`.

use std::future::Future;
use std::panic::{AssertUnwindSafe, catch_unwind};
use std::pin::Pin;
use std::sync::Arc;
use std::task::{Context, Poll, Waker};

use anyrt::ThreadsOwner;
use anyrt::prelude::*;
use anyrt::queue::{Closed, Fifo, TryPutError};
use anyrt::sync::{
    Barrier, Condition, Event, Lock, LockGuard, OwnedLockGuard, OwnedPermit, Permit, Semaphore,
};
use anyrt::testing::family::{barrier, check, condition, event, lock, queue, semaphore};

/// The control: the same family as it should be.
const FAULTLESS: u8 = 0;
const DROPS_STAY_QUEUED: u8 = 1;
const NEVER_AT_ONCE: u8 = 2;
const FIRST_WAKER_ONLY: u8 = 3;
const TAKES_NO_TURNS: u8 = 4;
const ONE_PERMIT_MORE: u8 = 5;
const ADDS_NOTHING: u8 = 6;
const NEVER_CLEARED: u8 = 7;
const LOOKS_AGAIN: u8 = 8;
const LISTENS_LATE: u8 = 9;
const NOTIFIES_ALL: u8 = 10;
const NOTIFIES_ONE: u8 = 11;
const KEEPS_NOTIFICATIONS: u8 = 12;
const NO_BATON: u8 = 13;
const ALL_LEAD: u8 = 14;
const ONE_PARTY_LESS: u8 = 15;
const ONE_PLACE_MORE: u8 = 16;
const LOSES_WHEN_FULL: u8 = 17;
const CLOSES_AT_ONCE: u8 = 18;
const NEVER_CLOSED: u8 = 19;

#[derive(Debug)]
struct Faulty<const FAULT: u8>;

impl<const FAULT: u8> SyncFamily for Faulty<FAULT> {
    type Lock<T: Send + 'static> = FaultyLock<T, FAULT>;
    type Semaphore = FaultySemaphore<FAULT>;
    type Event = FaultyEvent<FAULT>;
    type Condition = FaultyCondition<FAULT>;
    type Barrier = FaultyBarrier<FAULT>;
    type Queue<T: Send + 'static> = FaultyQueue<T, FAULT>;

    const NAME: &'static str = "faulty";
}

/// A wait of any primitive, with the faults that any can have.
struct Wait<F: Future, const FAULT: u8> {
    future: Option<Pin<Box<F>>>,
    waker: Option<Waker>,
}

impl<F: Future, const FAULT: u8> Wait<F, FAULT> {
    fn new(future: F) -> Self {
        Self { future: Some(Box::pin(future)), waker: None }
    }
}

impl<F: Future, const FAULT: u8> Future for Wait<F, FAULT> {
    type Output = F::Output;

    fn poll(mut self: Pin<&mut Self>, cx: &mut Context<'_>) -> Poll<F::Output> {
        let first = self.waker.get_or_insert_with(|| cx.waker().clone()).clone();
        let waker = if FAULT == FIRST_WAKER_ONLY { &first } else { cx.waker() };
        let cx = &mut Context::from_waker(waker);
        let future = self.future.as_mut().expect("it is polled until it is ready");
        let mut polled = future.as_mut().poll(cx);
        if FAULT == TAKES_NO_TURNS && polled.is_pending() {
            polled = future.as_mut().poll(cx);
        }
        if polled.is_ready() {
            self.future = None;
        }
        polled
    }
}

impl<F: Future, const FAULT: u8> Drop for Wait<F, FAULT> {
    fn drop(&mut self) {
        if FAULT == DROPS_STAY_QUEUED {
            // It is pinned in its box, and so may be forgotten.
            std::mem::forget(self.future.take());
        }
    }
}

struct FaultyLock<T, const FAULT: u8>(Arc<Lock<T>>);

impl<T: Send + 'static, const FAULT: u8> FamilyLock<T> for FaultyLock<T, FAULT> {
    type Guard<'a> = LockGuard<'a, T>;
    type OwnedGuard = OwnedLockGuard<T>;

    fn new(value: T) -> Self {
        Self(Arc::new(Lock::new(value)))
    }

    fn lock(&self) -> impl Future<Output = LockGuard<'_, T>> + Send {
        Wait::<_, FAULT>::new(self.0.lock())
    }

    fn lock_owned(self: Arc<Self>) -> impl Future<Output = OwnedLockGuard<T>> + Send {
        Wait::<_, FAULT>::new(Arc::clone(&self.0).lock_owned())
    }

    fn try_lock(&self) -> Option<LockGuard<'_, T>> {
        self.0.try_lock().filter(|_| FAULT != NEVER_AT_ONCE)
    }

    fn into_inner(self) -> T {
        Arc::into_inner(self.0).expect("it is not locked").into_inner()
    }
}

#[derive(Debug)]
struct FaultySemaphore<const FAULT: u8>(Arc<Semaphore>);

impl<const FAULT: u8> FamilySemaphore for FaultySemaphore<FAULT> {
    type Permit<'a> = Permit<'a>;
    type OwnedPermit = OwnedPermit;

    fn new(permits: u32) -> Self {
        Self(Arc::new(Semaphore::new(permits + u32::from(FAULT == ONE_PERMIT_MORE))))
    }

    fn acquire(&self) -> impl Future<Output = Permit<'_>> + Send {
        let wait = Wait::<_, FAULT>::new(self.0.acquire());
        async { wait.await.unwrap() }
    }

    fn acquire_owned(self: Arc<Self>) -> impl Future<Output = OwnedPermit> + Send {
        let wait = Wait::<_, FAULT>::new(Arc::clone(&self.0).acquire_owned(1));
        async { wait.await.unwrap() }
    }

    fn try_acquire(&self) -> Option<Permit<'_>> {
        self.0.try_acquire().ok().filter(|_| FAULT != NEVER_AT_ONCE)
    }

    fn add(&self, permits: u32) {
        if FAULT != ADDS_NOTHING {
            self.0.add(permits).unwrap();
        }
    }
}

#[derive(Debug)]
struct FaultyEvent<const FAULT: u8>(Event);

impl<const FAULT: u8> FamilyEvent for FaultyEvent<FAULT> {
    fn new() -> Self {
        Self(Event::new())
    }

    fn set(&self) {
        self.0.set();
    }

    fn clear(&self) {
        if FAULT != NEVER_CLEARED {
            self.0.clear();
        }
    }

    fn is_set(&self) -> bool {
        self.0.is_set()
    }

    fn wait(&self) -> impl Future<Output = ()> + Send {
        Wait::<_, FAULT>::new(async {
            self.0.wait().await;
            while FAULT == LOOKS_AGAIN && !self.0.is_set() {
                self.0.wait().await;
            }
        })
    }
}

#[derive(Debug)]
struct FaultyCondition<const FAULT: u8> {
    condition: Condition,
    /// In place of it: permits are notifications.
    notified: Semaphore,
}

impl<const FAULT: u8> FamilyCondition<Faulty<FAULT>> for FaultyCondition<FAULT> {
    fn new() -> Self {
        Self { condition: Condition::new(), notified: Semaphore::new(0) }
    }

    fn wait<'a, T: Send + 'static>(
        &'a self,
        guard: LockGuard<'a, T>,
    ) -> impl Future<Output = LockGuard<'a, T>> + Send {
        Wait::<_, FAULT>::new(async move {
            let lock = LockGuard::lock_ref(&guard);
            match FAULT {
                KEEPS_NOTIFICATIONS | NO_BATON => {
                    let mut wait = Box::pin(self.notified.acquire());
                    let mut early =
                        std::future::poll_fn(|cx| Poll::Ready(wait.as_mut().poll(cx))).await;
                    drop(guard);
                    if early.is_pending() {
                        early = Poll::Ready(wait.await);
                    }
                    if let Poll::Ready(permit) = early {
                        permit.unwrap().forget(); // and nobody passes it on
                    }
                    lock.lock().await
                }
                LISTENS_LATE => {
                    drop(guard);
                    anyrt::task::yield_now().await;
                    self.condition.wait(lock.lock().await).await
                }
                _ => self.condition.wait(guard).await,
            }
        })
    }

    fn notify(&self, n: usize) {
        match FAULT {
            KEEPS_NOTIFICATIONS | NO_BATON => {
                let waiting = self.notified.statistics().waiting;
                let n = if FAULT == NO_BATON { n.min(waiting) } else { n };
                self.notified.add(u32::try_from(n).unwrap()).unwrap();
            }
            NOTIFIES_ALL => drop(self.condition.notify_all()),
            _ => drop(self.condition.notify(n)),
        }
    }

    fn notify_all(&self) {
        match FAULT {
            KEEPS_NOTIFICATIONS | NO_BATON => self.notify(self.notified.statistics().waiting),
            NOTIFIES_ONE => self.notify(1),
            _ => drop(self.condition.notify_all()),
        }
    }
}

#[derive(Debug)]
struct FaultyBarrier<const FAULT: u8>(Barrier);

impl<const FAULT: u8> FamilyBarrier for FaultyBarrier<FAULT> {
    fn new(parties: u32) -> Self {
        Self(Barrier::new(parties - u32::from(FAULT == ONE_PARTY_LESS)))
    }

    fn wait(&self) -> impl Future<Output = bool> + Send {
        let wait = Wait::<_, FAULT>::new(self.0.wait());
        async { wait.await.unwrap().is_leader() || FAULT == ALL_LEAD }
    }
}

struct FaultyQueue<T, const FAULT: u8>(Fifo<T>);

impl<T: Send + 'static, const FAULT: u8> FamilyQueue<T> for FaultyQueue<T, FAULT> {
    fn bounded(capacity: u32) -> Self {
        let more = u32::from(FAULT == ONE_PLACE_MORE);
        Self(Fifo::bounded((capacity + more) as usize))
    }

    fn put(&self, item: T) -> impl Future<Output = Result<(), T>> + Send {
        let wait = Wait::<_, FAULT>::new(self.0.put(item));
        async { wait.await.map_err(Closed::into_inner) }
    }

    fn get(&self) -> impl Future<Output = Option<T>> + Send {
        let wait = Wait::<_, FAULT>::new(self.0.get());
        async { wait.await.ok() }
    }

    fn try_put(&self, item: T) -> Result<(), T> {
        if FAULT == LOSES_WHEN_FULL && self.0.is_full() {
            return Ok(()); // and loses it
        }
        self.0.try_put(item).map_err(TryPutError::into_inner)
    }

    fn try_get(&self) -> Option<T> {
        self.0.try_get().ok()
    }

    fn close(&self) {
        match FAULT {
            CLOSES_AT_ONCE => drop(self.0.close_now()),
            NEVER_CLOSED => {}
            _ => self.0.close(),
        }
    }
}

fn threads() -> ThreadsOwner {
    ThreadsOwner::builder().workers(2).build().unwrap()
}

/// For each fault the tests that must find it; each of them passes without the fault.
macro_rules! found {
    ($($fault:ident: $($group:ident::$test:ident),+;)*) => {$(
        #[allow(non_snake_case, reason = "the fault's name")]
        mod $fault {
            use super::*;

            $(
                #[test]
                fn $test() {
                    let name = stringify!($test);
                    check::<Faulty<FAULTLESS>, _, _>(name, threads, $group::$test);
                    let found = catch_unwind(AssertUnwindSafe(|| {
                        check::<Faulty<{ super::$fault }>, _, _>(name, threads, $group::$test);
                    }));
                    assert!(found.is_err(), "the fault is not found");
                }
            )+
        }
    )*};
}

found! {
    DROPS_STAY_QUEUED: lock::lock_2_a_queued_wait_is_dropped, lock::lock_2_a_woken_wait_is_dropped,
        semaphore::sem_2_a_queued_wait_is_dropped, semaphore::sem_2_a_woken_wait_is_dropped,
        condition::cond_3_a_notified_wait_is_dropped, condition::cond_3_a_wait_is_dropped,
        condition::cond_4_dropped_while_it_locks_again, barrier::barrier_2_a_party_that_gives_up,
        queue::queue_2_a_woken_wait_is_dropped, queue::queue_3_a_woken_wait_is_dropped;
    NEVER_AT_ONCE: lock::lock_3_try_lock_does_not_wait, semaphore::sem_3_try_acquire_does_not_wait;
    FIRST_WAKER_ONLY: lock::lock_4_the_last_waker_is_woken, event::event_3_the_last_waker_is_woken,
        queue::queue_2_the_last_waker_is_woken;
    TAKES_NO_TURNS: lock::lock_7_a_loop_takes_turns;
    ONE_PERMIT_MORE: semaphore::sem_1_no_more_than_there_are,
        semaphore::sem_1_an_owned_permit_goes_anywhere, semaphore::sem_2_dropped_after_each_poll,
        semaphore::sem_2_a_storm_of_timeouts;
    ADDS_NOTHING: semaphore::sem_4_what_is_added_is_given;
    NEVER_CLEARED: event::event_1_until_it_is_cleared, event::event_3_a_wait_is_dropped;
    LOOKS_AGAIN: event::event_2_cleared_at_once;
    LISTENS_LATE: condition::cond_1_unlocks_and_listens_in_one_step;
    NOTIFIES_ALL: condition::cond_2_as_many_as_were_notified;
    KEEPS_NOTIFICATIONS: condition::cond_2_not_those_who_come_later;
    NO_BATON: condition::cond_4_dropped_while_it_locks_again;
    ALL_LEAD: barrier::barrier_1_all_or_none, barrier::barrier_1_one_leader_in_each_round;
    ONE_PARTY_LESS: barrier::barrier_1_all_or_none;
    ONE_PLACE_MORE: queue::queue_1_in_order_and_bounded;
    LOSES_WHEN_FULL: queue::queue_1_in_order_and_bounded;
    CLOSES_AT_ONCE: queue::queue_4_close_gives_back_and_drains;
    NEVER_CLOSED: queue::queue_4_close_gives_back_and_drains, queue::queue_4_close_ends_waits_for_items;
}

/// Where the fault hangs, the watchdog finds it, sooner than it does by itself.
#[test]
fn what_hangs_is_found() {
    type Family = Faulty<NOTIFIES_ONE>;
    let rt = threads();
    let wait = rt.run(async |rt: anyrt::Threads| {
        let rt = anyrt::family::With::<Family, _>::new(rt);
        let test = condition::cond_5_notify_all_releases_all(rt.clone());
        rt.timeout(std::time::Duration::from_millis(200), test).await
    });
    assert!(wait.is_err(), "the fault is not found");
}
