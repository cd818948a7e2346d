//! Who is next: bookings, fair rounds, and who watches. One thread plays all the tasks; what is waited
//! for is only that some time passes, however long.

use std::panic::{AssertUnwindSafe, catch_unwind};
use std::pin::{Pin, pin};
use std::sync::Arc;
use std::task::{Wake, Waker};
use std::time::{Duration, Instant};

use anyrt::sync::{Lock, LockFuture, Semaphore};

use crate::support::{Counter, poll, poll_with};

/// Longer than the half millisecond after which somebody passed over is overdue.
fn a_while() {
    let start = Instant::now();
    while start.elapsed() < Duration::from_millis(1) {
        std::thread::yield_now();
    }
}

/// Passes the waiter over until the lock is reserved for it.
fn begin_round(lock: &Lock<()>, mut unlucky: Pin<&mut LockFuture<'_, ()>>) {
    while let Some(barges) = lock.try_lock() {
        assert!(poll(unlucky.as_mut()).is_pending());
        drop(barges); // which wakes it
        a_while();
    }
}

#[test]
fn a_fair_round_ends_with_those_who_were_there_when_it_began() {
    let lock = Lock::new(());
    // The rounds have numbers from 0 to 15.
    for _ in 0..18 {
        let held = lock.try_lock().unwrap();
        let mut early = [0, 1].map(|_| Box::pin(lock.lock()));
        assert!(early.iter_mut().all(|waits| poll(waits.as_mut()).is_pending()));
        drop(held);
        begin_round(&lock, early[0].as_mut());
        let mut late = Box::pin(lock.lock());
        assert!(poll(late.as_mut()).is_pending());
        for waits in &mut early {
            assert!(lock.try_lock().is_none(), "it is the turn of who was there");
            assert!(poll(waits.as_mut()).is_ready());
        }
        let barges = lock.try_lock().expect("the round is over, although somebody waits");
        drop(barges);
        assert!(poll(late.as_mut()).is_ready());
    }
}

#[test]
fn to_wait_for_a_slow_holder_is_not_to_be_passed_over() {
    let lock = Lock::new(());
    let held = lock.try_lock().unwrap();
    let mut waits = [0, 1, 2].map(|_| Box::pin(lock.lock()));
    for future in &mut waits {
        assert!(poll(future.as_mut()).is_pending());
        a_while();
    }
    drop(held);
    assert!(lock.try_lock().is_some(), "no fair round has begun");
}

#[test]
fn one_watches_what_is_reserved_and_the_others_sleep() {
    let lock = Lock::fair(());
    let held = lock.try_lock().unwrap();
    let mut dormant = Box::pin(lock.lock());
    assert!(poll(dormant.as_mut()).is_pending());
    drop(held); // for the dormant one
    let wakers = [0, 1].map(|_| Counter::new());
    let mut waits = [0, 1].map(|_| Box::pin(lock.lock()));
    for ((_, waker), future) in wakers.iter().zip(&mut waits) {
        assert!(poll_with(future.as_mut(), waker).is_pending());
    }
    assert!(wakers[0].0.count() > 0);
    assert_eq!(wakers[1].0.count(), 0);
    // Until it is there no more.
    a_while();
    while poll_with(waits[0].as_mut(), &wakers[0].1).is_pending() {
        a_while();
    }
    assert!(poll_with(waits[1].as_mut(), &wakers[1].1).is_ready());
    assert!(poll(dormant.as_mut()).is_ready());
}

/// Who was woken may be dormant, and of the same task as who is polled in vain.
#[test]
fn after_a_poll_in_vain_the_next_release_wakes_the_front() {
    let lock = Lock::new(());
    for queued_before in [false, true] {
        let held = lock.try_lock().unwrap();
        let mut dormant = Box::pin(lock.lock());
        assert!(poll(dormant.as_mut()).is_pending());
        let (rung, waker) = Counter::new();
        let mut waits = Box::pin(lock.lock());
        assert!(!queued_before || poll_with(waits.as_mut(), &waker).is_pending());
        drop(held); // the dormant one is woken
        let barges = lock.try_lock().unwrap();
        assert!(poll_with(waits.as_mut(), &waker).is_pending());
        drop(barges);
        assert_eq!(rung.count(), 1);
        assert!(poll_with(waits.as_mut(), &waker).is_ready());
    }
    let semaphore = Semaphore::new(1);
    let held = semaphore.try_acquire().unwrap();
    let mut dormant = Box::pin(semaphore.acquire());
    assert!(poll(dormant.as_mut()).is_pending());
    drop(held);
    let barges = semaphore.try_acquire().unwrap();
    let (rung, waker) = Counter::new();
    let mut waits = pin!(semaphore.acquire());
    assert!(poll_with(waits.as_mut(), &waker).is_pending());
    drop(barges);
    assert_eq!(rung.count(), 1);
}

/// A deadline that is far away is waited for.
#[test]
fn a_thread_has_what_comes_before_its_deadline() {
    let (lock, semaphore) = (Lock::new(()), Semaphore::new(0));
    let held = lock.try_lock().unwrap();
    let far = Duration::from_secs(600);
    std::thread::scope(|scope| {
        scope.spawn(|| assert!(lock.lock_within_blocking(far).is_ok()));
        scope.spawn(|| assert!(semaphore.acquire_within_blocking(1, far).is_ok()));
        while lock.statistics().waiting + semaphore.statistics().waiting < 2 {
            std::thread::yield_now();
        }
        drop(held);
        semaphore.add(1).unwrap();
    });
}

#[test]
fn who_gives_up_its_place_wakes_nobody() {
    for lock in [Lock::new(()), Lock::fair(())] {
        let held = lock.try_lock().unwrap();
        let mut gone = Box::pin(lock.lock());
        assert!(poll(gone.as_mut()).is_pending());
        let (rung, waker) = Counter::new();
        let mut waits = Box::pin(lock.lock());
        assert!(poll_with(waits.as_mut(), &waker).is_pending());
        drop(gone);
        assert_eq!(rung.count(), 0, "the lock is held all the same");
        drop(held);
        assert_eq!(rung.count(), 1);
    }
}

/// If a waker panics inside of the poll that acquires, what was acquired goes back.
#[test]
fn a_permit_is_not_lost_in_a_panic() {
    struct Panics;
    impl Wake for Panics {
        fn wake(self: Arc<Self>) {
            panic!("as wakers should not");
        }
    }
    let semaphore = Semaphore::new(0);
    let mut waits = [0, 1, 2, 3].map(|_| Box::pin(semaphore.acquire()));
    let panics = Waker::from(Arc::new(Panics));
    for (at, future) in waits.iter_mut().enumerate() {
        let waker = if at == 3 { &panics } else { Waker::noop() };
        assert!(poll_with(future.as_mut(), waker).is_pending());
    }
    semaphore.add(1).unwrap();
    semaphore.add(1).unwrap(); // two are woken, and are passed by the third, which wakes the fourth
    let polled = catch_unwind(AssertUnwindSafe(|| poll(waits[2].as_mut()).is_ready()));
    assert!(polled.is_err());
    assert_eq!(semaphore.available(), 2);
}

#[test]
fn passed_over_once_is_not_too_long() {
    let lock = Lock::new(());
    let held = lock.try_lock().unwrap();
    let mut waits = Box::pin(lock.lock());
    assert!(poll(waits.as_mut()).is_pending());
    drop(held);
    let barges = lock.try_lock().unwrap();
    assert!(poll(waits.as_mut()).is_pending());
    drop(barges);
    assert!(lock.try_lock().is_some());
    // Nor is a large request that sees a part of what it wants.
    let semaphore = Semaphore::new(2);
    let [one, _other] = [(); 2].map(|()| semaphore.try_acquire().unwrap());
    let mut large = Box::pin(semaphore.acquire_many(2));
    assert!(poll(large.as_mut()).is_pending());
    drop(one);
    assert!(semaphore.try_acquire().is_ok());
}

#[test]
fn when_the_one_who_watches_gives_up_another_one_does() {
    let lock = Lock::fair(());
    let held = lock.try_lock().unwrap();
    let mut dormant = Box::pin(lock.lock());
    assert!(poll(dormant.as_mut()).is_pending());
    drop(held); // for the dormant one
    let mut watches = Box::pin(lock.lock());
    assert!(poll(watches.as_mut()).is_pending());
    let (rung, waker) = Counter::new();
    let mut waits = Box::pin(lock.lock());
    assert!(poll_with(waits.as_mut(), &waker).is_pending());
    drop(watches);
    assert_eq!(rung.count(), 1);
}

/// Also when that one was asked to, and gives up before it is polled.
#[test]
fn when_the_one_who_is_to_watch_gives_up_the_next_one_does() {
    let lock = Lock::fair(());
    let held = lock.try_lock().unwrap();
    let mut dormant = Box::pin(lock.lock());
    assert!(poll(dormant.as_mut()).is_pending());
    drop(held); // for the dormant one
    let mut watches = Box::pin(lock.lock());
    assert!(poll(watches.as_mut()).is_pending());
    let (asked, wakers): (Vec<_>, Vec<_>) = [(); 2].map(|()| Counter::new()).into_iter().unzip();
    let mut waits = wakers.iter().map(|waker| {
        let mut future = Box::pin(lock.lock());
        assert!(poll_with(future.as_mut(), waker).is_pending());
        future
    });
    let (first, _second) = (waits.next(), waits.next());
    drop(watches);
    assert_eq!([asked[0].count(), asked[1].count()], [1, 0]);
    drop(first);
    assert_eq!([asked[0].count(), asked[1].count()], [1, 1]);
}
