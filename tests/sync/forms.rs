//! Every form of every primitive: for tasks, for threads, at once, within a limit; borrowed and owned.

use std::cell::Cell;
use std::panic::{AssertUnwindSafe, RefUnwindSafe, UnwindSafe, catch_unwind};
use std::sync::Arc;
use std::time::Duration;

use anyrt::TimedOut;
use anyrt::sync::{
    AcquireError, Barrier, BarrierWait, BoundedSemaphore, Closed, Condition, Event, EventWait,
    Latch, Lock, LockFuture, LockGuard, OnceCell, OwnedLockGuard, OwnedPermit,
    OwnedReentrantLockGuard, Owner, ReadGuard, ReentrantLock, RwLock, Semaphore, TryAcquireError,
    WriteGuard,
};
use futures_lite::future::block_on;

use crate::support::{Counter, poll, poll_with, watched};

const AT_ONCE: Duration = Duration::ZERO;

#[test]
fn a_name_changes_nothing_else() {
    assert_eq!(*Lock::new(1).named("lock").lock_blocking(), 1);
    assert_eq!(*ReentrantLock::new(2).named("lock").lock_blocking(Owner::new()), 2);
    assert_eq!(*RwLock::new(3).named("table").read_blocking(), 3);
    assert_eq!(Semaphore::new(4).named("permits").available(), 4);
    assert_eq!(BoundedSemaphore::new(5).named("permits").bound(), 5);
    assert!(!Event::new().named("event").is_set());
    assert_eq!(Latch::new(6).named("latch").remaining(), 6);
    assert_eq!(Barrier::new(7).named("barrier").parties(), 7);
    assert_eq!(Condition::new().named("changed").statistics().waiting, 0);
    assert_eq!(OnceCell::<u8>::new().named("cell").get(), None);
}

/// As std's are: a panic finds each whole, and the value as its holder left it.
#[test]
fn a_panic_may_go_through() {
    fn safe<T: UnwindSafe + RefUnwindSafe + ?Sized>() {}
    type Fragile = Cell<&'static mut u8>; // neither
    safe::<std::sync::Mutex<Fragile>>();
    safe::<Lock<Fragile>>();
    safe::<LockFuture<'_, Fragile>>();
    safe::<LockGuard<'_, Fragile>>();
    safe::<OwnedLockGuard<Fragile>>();
    safe::<std::sync::RwLock<Fragile>>();
    safe::<RwLock<Fragile>>();
    safe::<ReadGuard<'_, Fragile>>();
    safe::<WriteGuard<'_, Fragile>>();
    safe::<ReentrantLock<u8>>();
    safe::<std::sync::OnceLock<u8>>();
    safe::<OnceCell<u8>>();
    safe::<std::sync::Condvar>();
    safe::<Condition>();
    safe::<std::sync::Barrier>();
    safe::<Barrier>();
    safe::<BarrierWait<'_>>();
    safe::<Semaphore>();
    safe::<BoundedSemaphore>();
    safe::<OwnedPermit>();
    safe::<Event>();
    safe::<EventWait<'_>>();
    safe::<Latch>();

    let lock = Lock::new(Cell::new(1));
    let caught = catch_unwind(|| {
        lock.lock_blocking().set(2);
        let _guard = lock.lock_blocking();
        panic!("with the lock");
    });
    assert!(caught.is_err());
    assert_eq!(lock.try_lock().map(|guard| guard.get()), Some(2));
}

#[test]
fn owned_guards_of_a_lock() {
    watched(|| {
        let lock = Arc::new(Lock::new(0));
        *block_on(Arc::clone(&lock).lock_owned()) += 1;
        *Arc::clone(&lock).lock_owned_blocking() += 1;
        let mut guard = Arc::clone(&lock).try_lock_owned().unwrap();
        assert!(Arc::ptr_eq(&Arc::clone(&lock).try_lock_owned().unwrap_err(), &lock));
        std::thread::spawn(move || *guard += 1).join().unwrap();
        assert_eq!(Arc::into_inner(lock).map(Lock::into_inner), Some(3));
    });
}

#[test]
fn owned_guards_of_a_read_write_lock() {
    watched(|| {
        let lock = Arc::new(RwLock::new(0));
        *block_on(Arc::clone(&lock).write_owned()) += 1;
        *Arc::clone(&lock).write_owned_blocking() += 1;
        let mut writes = Arc::clone(&lock).try_write_owned().unwrap();
        assert!(Arc::ptr_eq(&Arc::clone(&lock).try_write_owned().unwrap_err(), &lock));
        assert!(Arc::ptr_eq(&Arc::clone(&lock).try_read_owned().unwrap_err(), &lock));
        std::thread::spawn(move || *writes += 1).join().unwrap();
        let reads = [
            block_on(Arc::clone(&lock).read_owned()),
            Arc::clone(&lock).read_owned_blocking(),
            Arc::clone(&lock).try_read_owned().unwrap(),
        ];
        assert_eq!(lock.statistics().readers, 3);
        assert!(lock.try_write().is_none());
        let threads = reads.map(|read| std::thread::spawn(move || *read));
        assert_eq!(threads.map(|thread| thread.join().unwrap()), [3; 3]);
        assert_eq!(Arc::into_inner(lock).map(RwLock::into_inner), Some(3));
    });
}

#[test]
fn a_dropped_owned_acquire_gives_up_its_place_and_its_reference() {
    let lock = Arc::new(RwLock::new(()));
    let held = lock.try_write().unwrap();
    let mut waits = Box::pin(Arc::clone(&lock).write_owned());
    let (woken, waker) = Counter::new();
    let mut next = Box::pin(Arc::clone(&lock).read_owned());
    assert!(poll(waits.as_mut()).is_pending());
    assert!(poll_with(next.as_mut(), &waker).is_pending());
    drop(held);
    drop(waits);
    assert_eq!(woken.count(), 1);
    assert!(poll(next.as_mut()).is_ready());
    drop(next);
    assert_eq!(Arc::strong_count(&lock), 1);
}

#[test]
fn owned_permits_of_a_semaphore() {
    watched(|| {
        let semaphore = Arc::new(Semaphore::new(4));
        let one = block_on(Arc::clone(&semaphore).acquire_owned(1)).unwrap();
        let mut two = Arc::clone(&semaphore).acquire_owned_blocking(2).unwrap();
        let last = Arc::clone(&semaphore).try_acquire_owned(1).unwrap();
        let error = Arc::clone(&semaphore).try_acquire_owned(1).unwrap_err();
        assert_eq!(error, TryAcquireError::NoPermits);
        let half = two.split(1).unwrap();
        assert_eq!((two.count(), half.count()), (1, 1));
        assert!(two.split(2).is_none());
        std::thread::spawn(move || drop((one, two, last))).join().unwrap();
        assert_eq!(semaphore.available(), 3);
        half.forget();
        assert_eq!((semaphore.available(), Arc::strong_count(&semaphore)), (3, 1));
        semaphore.close();
        let error = Arc::clone(&semaphore).acquire_owned_blocking(1).unwrap_err();
        assert_eq!(error, Closed);
    });
}

#[test]
fn permits_of_a_bounded_semaphore() {
    watched(|| {
        let semaphore = Arc::new(BoundedSemaphore::new(4));
        let one = block_on(semaphore.acquire_many(1)).unwrap();
        let two = semaphore.acquire_many_blocking(2).unwrap();
        let last = semaphore.try_acquire_many(1).unwrap();
        assert_eq!(semaphore.try_acquire_many(1).unwrap_err(), TryAcquireError::NoPermits);
        drop((one, two, last));
        assert_eq!(semaphore.acquire_within_blocking(4, AT_ONCE).unwrap().count(), 4);

        let one = block_on(Arc::clone(&semaphore).acquire_owned(1)).unwrap();
        let mut two = Arc::clone(&semaphore).acquire_owned_blocking(2).unwrap();
        let last = Arc::clone(&semaphore).try_acquire_owned(1).unwrap();
        let error = Arc::clone(&semaphore).try_acquire_owned(1).unwrap_err();
        assert_eq!(error, TryAcquireError::NoPermits);
        let half = two.split(1).unwrap();
        std::thread::spawn(move || drop((one, two, last))).join().unwrap();
        half.forget();
        assert_eq!((semaphore.available(), Arc::strong_count(&semaphore)), (3, 1));
        semaphore.release(1).unwrap();
        assert!(semaphore.release(1).is_err(), "it keeps its bound");
    });
}

#[test]
fn more_permits_than_the_bound_are_refused_with_both_numbers() {
    let semaphore = Arc::new(BoundedSemaphore::new(2));
    let calls: [&dyn Fn(); 5] = [
        &|| drop(semaphore.acquire_many(3)),
        &|| drop(semaphore.acquire_many_blocking(3)),
        &|| drop(semaphore.acquire_within_blocking(3, AT_ONCE)),
        &|| drop(semaphore.try_acquire_many(3)),
        &|| drop(Arc::clone(&semaphore).try_acquire_owned(3)),
    ];
    for call in calls {
        let payload = catch_unwind(AssertUnwindSafe(call)).expect_err("it panics");
        let message = payload.downcast::<String>().unwrap();
        assert!(message.contains("3 permits") && message.contains("has 2"), "{message}");
    }
    assert_eq!(semaphore.available(), 2);
}

#[test]
fn a_cell_for_threads() {
    watched(|| {
        let cell = OnceCell::new();
        assert_eq!(cell.get_or_try_init_blocking(|| Err::<u8, _>("not now")), Err("not now"));
        let statistics = cell.statistics();
        assert!(!statistics.made && !statistics.making && statistics.waiting == 0);
        // While a task makes the value, a thread waits no longer than it wants to.
        let mut makes = Box::pin(cell.get_or_init(std::future::pending));
        assert!(poll(makes.as_mut()).is_pending());
        assert!(cell.statistics().making);
        let limit = Duration::from_millis(5);
        assert_eq!(cell.get_or_init_within_blocking(limit, || 1), Err(TimedOut));
        let mut waits = Box::pin(cell.get_or_init(|| async { 2 }));
        assert!(poll(waits.as_mut()).is_pending());
        assert_eq!(cell.statistics().waiting, 1);
        drop(makes);
        assert_eq!(block_on(waits), &2);
        assert_eq!(cell.get_or_init_within_blocking(AT_ONCE, || 3), Ok(&2));
        assert_eq!(cell.get_or_try_init_blocking(|| Err("too late")), Ok(&2));
        assert!(cell.statistics().made);

        let cell = OnceCell::new();
        assert_eq!(cell.get_or_init_within_blocking(AT_ONCE, || 3), Ok(&3));
        let cell = OnceCell::new();
        assert_eq!(cell.get_or_try_init_blocking(|| Ok::<_, ()>(4)), Ok(&4));
    });
}

#[test]
fn a_value_that_is_there_is_had_whichever_way() {
    let cell = OnceCell::new();
    cell.set(1).unwrap();
    assert_eq!(block_on(cell.get_or_try_init(|| async { Err("made again") })), Ok(&1));
    assert_eq!(cell.get_or_try_init_blocking(|| Err("made again")), Ok(&1));
    assert_eq!(cell.get_or_init_within_blocking(AT_ONCE, || 2), Ok(&1));
}

/// A limit too far to reckon is none; what comes in time is no time-out.
#[test]
fn a_thread_has_what_comes_before_its_limit() {
    watched(|| {
        let (lock, condition) = (Lock::new(()), Condition::new());
        std::thread::scope(|scope| {
            let held = lock.try_lock().unwrap();
            scope.spawn(|| assert!(lock.lock_within_blocking(Duration::MAX).is_ok()));
            while lock.statistics().waiting == 0 {
                std::thread::yield_now();
            }
            drop(held);
            let waits = scope.spawn(|| {
                let guard = lock.lock_blocking();
                condition.wait_within_blocking(guard, Duration::from_secs(3600)).1
            });
            while condition.notify(1) == 0 {
                std::thread::yield_now();
            }
            assert_eq!(waits.join().unwrap(), Ok(()));
        });
    });
}

#[test]
fn a_reentrant_lock_for_threads_fair_and_owned() {
    watched(|| {
        let lock = Arc::new(ReentrantLock::fair(7));
        let (first, second) = (Owner::new(), Owner::new());
        let owned = Arc::clone(&lock).lock_owned_blocking(first);
        assert!(Arc::ptr_eq(OwnedReentrantLockGuard::lock_ref(&owned), &lock));
        assert_eq!(format!("{owned:?}"), "7");
        assert!(format!("{:?}", lock.lock(second)).contains("ReentrantLockFuture"));
        std::thread::scope(|scope| {
            let other = scope.spawn(|| *lock.lock_blocking(second));
            while lock.statistics().waiting == 0 {
                std::thread::yield_now();
            }
            assert!(lock.try_lock(Owner::new()).is_none());
            drop(owned);
            assert_eq!(other.join().unwrap(), 7);
        });
    });
}

#[test]
fn closed_is_one_way_not_to_acquire() {
    assert_eq!(AcquireError::from(Closed), AcquireError::Closed);
}

/// Who waited while another made the value has that one.
#[test]
fn a_value_is_had_by_those_who_waited_for_it() {
    watched(|| {
        let cell = OnceCell::new();
        let hour = Duration::from_secs(3600);
        let ready = Event::new();
        let make = || async {
            ready.wait().await;
            1
        };
        let mut making = Box::pin(cell.get_or_init(make));
        assert!(poll(making.as_mut()).is_pending());
        std::thread::scope(|scope| {
            let waits = [
                scope.spawn(|| block_on(cell.get_or_try_init(|| async { Err(2) })).copied()),
                scope.spawn(|| cell.get_or_try_init_blocking(|| Err(2)).copied()),
                scope.spawn(|| {
                    cell.get_or_init_within_blocking(hour, || 2).copied().map_err(|TimedOut| 2)
                }),
            ];
            while cell.statistics().waiting < waits.len() {
                std::thread::yield_now();
            }
            ready.set();
            assert_eq!(block_on(making), &1);
            assert!(waits.into_iter().all(|waits| waits.join().unwrap() == Ok(1)));
        });
    });
}
