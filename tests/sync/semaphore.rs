//! Python's `SemaphoreTests` and `BoundedSemaphoreTests`, and what ours adds.

use std::pin::pin;
use std::sync::Arc;
use std::sync::atomic::{AtomicU32, Ordering};
use std::task::Poll;
use std::time::Duration;

use anyrt::sync::{
    Acquire, AcquireError, BoundedSemaphore, Closed, Overfull, OwnedPermit, Permit, Semaphore,
    TryAcquireError,
};

use crate::support::{Counter, poll, poll_with, run, watched};

const fn is_send_sync<T: Send + Sync>() {}

#[test]
fn auto_traits_and_sizes() {
    is_send_sync::<Semaphore>();
    is_send_sync::<BoundedSemaphore>();
    is_send_sync::<Permit<'static>>();
    is_send_sync::<OwnedPermit>();
    is_send_sync::<Acquire<'static>>();
    assert!(size_of::<Semaphore>() <= 24);
    assert!(size_of::<Acquire<'static>>() <= 64);
}

#[test]
fn as_many_as_permits() {
    for semaphore in [Semaphore::new(3), Semaphore::fair(3)] {
        let permits: Vec<_> = (0..3).map(|_| semaphore.try_acquire().unwrap()).collect();
        assert_eq!(semaphore.try_acquire().unwrap_err(), TryAcquireError::NoPermits);
        assert!(poll(pin!(semaphore.acquire())).is_pending());
        assert_eq!(semaphore.available(), 0);
        drop(permits);
        assert_eq!(semaphore.available(), 3);
    }
}

#[test]
fn may_begin_empty() {
    let semaphore = Semaphore::new(0);
    assert!(semaphore.try_acquire().is_err());
    let mut wait = pin!(semaphore.acquire());
    assert!(poll(wait.as_mut()).is_pending());
    semaphore.add(1).unwrap();
    let permit = match poll(wait.as_mut()) {
        Poll::Ready(permit) => permit.unwrap(),
        Poll::Pending => panic!("there is one"),
    };
    assert_eq!(permit.count(), 1);
    permit.forget();
    assert_eq!(semaphore.available(), 0);
}

#[test]
fn zero_permits_are_had_at_once() {
    let semaphore = Semaphore::new(0);
    assert_eq!(semaphore.try_acquire_many(0).unwrap().count(), 0);
    assert!(poll(pin!(semaphore.acquire_many(0))).is_ready());
    assert_eq!(semaphore.available(), 0);
}

#[test]
fn never_over_admits() {
    for semaphore in [Semaphore::new(3), Semaphore::fair(3)] {
        let semaphore = Arc::new(semaphore);
        watched(move || {
            let (inside, most) = (AtomicU32::new(0), AtomicU32::new(0));
            let work = |n: u32, permit: Permit<'_>| {
                let now = inside.fetch_add(n, Ordering::SeqCst) + n;
                most.fetch_max(now, Ordering::SeqCst);
                assert!(now <= 3);
                std::thread::yield_now();
                inside.fetch_sub(n, Ordering::SeqCst);
                drop(permit);
            };
            std::thread::scope(|scope| {
                for thread in 0..6 {
                    let (semaphore, work) = (&semaphore, &work);
                    scope.spawn(move || {
                        for turn in 0..100 {
                            let n = 1 + (thread + turn) % 3;
                            let permit = if thread % 2 == 0 {
                                semaphore.acquire_many_blocking(n).unwrap()
                            } else {
                                futures_lite::future::block_on(semaphore.acquire_many(n)).unwrap()
                            };
                            work(n, permit);
                        }
                    });
                }
            });
            assert!(most.into_inner() > 0);
            assert_eq!(semaphore.available(), 3);
            assert_eq!(semaphore.statistics().waiting, 0);
        });
    }
}

#[test]
fn one_release_of_many_wakes_as_many() {
    for semaphore in [Semaphore::new(0), Semaphore::fair(0)] {
        let mut waits: Vec<_> = (0..100).map(|_| Box::pin(semaphore.acquire())).collect();
        let (counter, waker) = Counter::new();
        for wait in &mut waits {
            assert!(poll_with(wait.as_mut(), &waker).is_pending());
        }
        semaphore.add(70).unwrap();
        assert_eq!(counter.count(), 70);
        let had: Vec<_> = waits.iter_mut().map(|wait| poll_with(wait.as_mut(), &waker)).collect();
        assert!(had.iter().take(70).all(Poll::is_ready));
        assert!(had.iter().skip(70).all(Poll::is_pending));
        drop(had); // 70 permits come back, for 30 who wait
        assert_eq!(counter.count(), 100);
        drop(waits);
        assert_eq!(semaphore.available(), 70);
    }
}

#[test]
fn many_are_had_together_or_not_at_all() {
    let semaphore = Semaphore::new(3);
    let one = semaphore.try_acquire().unwrap();
    assert!(semaphore.try_acquire_many(3).is_err());
    let mut all = pin!(semaphore.acquire_many(3));
    assert!(poll(all.as_mut()).is_pending());
    assert_eq!(semaphore.available(), 2, "it holds none while it waits");
    drop(one);
    assert!(poll(all).is_ready());
}

#[test]
fn small_requests_do_not_pass_a_large_one_in_a_fair_semaphore() {
    let semaphore = Semaphore::fair(2);
    let one = semaphore.try_acquire().unwrap();
    let mut large = Box::pin(semaphore.acquire_many(2));
    assert!(poll(large.as_mut()).is_pending());
    let mut small = Box::pin(semaphore.acquire());
    assert!(poll(small.as_mut()).is_pending(), "although one is free");
    assert!(semaphore.try_acquire().is_err());
    drop(one);
    let both = poll(large.as_mut());
    assert!(both.is_ready());
    assert!(poll(small.as_mut()).is_pending());
    drop(both);
    assert!(poll(small.as_mut()).is_ready());
}

#[test]
fn nobody_passes_in_a_fair_bounded_semaphore() {
    let semaphore = BoundedSemaphore::fair(2);
    assert_eq!((semaphore.bound(), semaphore.available()), (2, 2));
    assert!(format!("{semaphore:?}").contains("available: 2"));
    let one = semaphore.try_acquire().unwrap();
    let mut large = Box::pin(semaphore.acquire_many(2));
    assert!(poll(large.as_mut()).is_pending());
    assert!(semaphore.try_acquire().is_err(), "although one is free");
    drop(one);
    assert!(poll(large.as_mut()).is_ready());
    assert_eq!(semaphore.release(1), Err(Overfull));
}

/// Fails without the fair round: there is never more than one permit free.
#[test]
fn small_requests_do_not_starve_a_large_one() {
    let semaphore = Semaphore::new(2);
    let mut held = semaphore.try_acquire().unwrap();
    let mut large = Box::pin(semaphore.acquire_many(2));
    assert!(poll(large.as_mut()).is_pending());
    let mut rounds = 0;
    while let Ok(next) = semaphore.try_acquire() {
        held = next; // and the one before is given back
        std::thread::sleep(Duration::from_micros(100));
        rounds += 1;
        assert!(rounds < 100_000, "starves");
    }
    drop(held);
    assert!(poll(large.as_mut()).is_ready());
    assert!(semaphore.try_acquire_many(2).is_ok(), "the round is over");
}

#[test]
fn cancelling_the_first_lets_a_smaller_one_pass() {
    for semaphore in [Semaphore::new(1), Semaphore::fair(1)] {
        let mut large = Some(Box::pin(semaphore.acquire_many(2)));
        assert!(poll(large.as_mut().unwrap().as_mut()).is_pending());
        let held = semaphore.try_acquire();
        let (counter, waker) = Counter::new();
        let mut small = Box::pin(semaphore.acquire());
        assert!(poll_with(small.as_mut(), &waker).is_pending());
        drop(held);
        large = None;
        assert_eq!(counter.count(), 1);
        assert!(poll_with(small.as_mut(), &waker).is_ready());
        drop(large);
    }
}

#[test]
fn cancelling_a_woken_waiter_passes_its_permits_on() {
    for semaphore in [Semaphore::new(0), Semaphore::fair(0)] {
        let mut first = Box::pin(semaphore.acquire_many(2));
        assert!(poll(first.as_mut()).is_pending());
        let counters: Vec<_> = (0..2).map(|_| Counter::new()).collect();
        let mut others: Vec<_> = (0..2).map(|_| Box::pin(semaphore.acquire())).collect();
        for (other, (_, waker)) in others.iter_mut().zip(&counters) {
            assert!(poll_with(other.as_mut(), waker).is_pending());
        }
        semaphore.add(2).unwrap();
        assert!(counters.iter().all(|(counter, _)| counter.count() == 0));
        drop(first);
        assert!(counters.iter().all(|(counter, _)| counter.count() == 1));
        assert!(others.iter_mut().all(|other| poll(other.as_mut()).is_ready()));
        assert_eq!(semaphore.available(), 2);
    }
}

#[test]
fn closing_ends_all_waits() {
    let semaphore = Semaphore::new(1);
    let held = semaphore.try_acquire().unwrap();
    let (counter, waker) = Counter::new();
    let mut waits: Vec<_> = (0..100).map(|_| Box::pin(semaphore.acquire())).collect();
    for wait in &mut waits {
        assert!(poll_with(wait.as_mut(), &waker).is_pending());
    }
    assert!(!semaphore.is_closed());
    semaphore.close();
    assert!(semaphore.is_closed());
    assert_eq!(counter.count(), 100);
    for wait in &mut waits {
        assert!(matches!(poll_with(wait.as_mut(), &waker), Poll::Ready(Err(Closed))));
    }
    drop(held); // gives nothing to anybody
    assert_eq!(semaphore.available(), 1);
    assert_eq!(semaphore.try_acquire().unwrap_err(), TryAcquireError::Closed);
    assert_eq!(semaphore.acquire_blocking().unwrap_err(), Closed);
    let limit = Duration::from_secs(1);
    assert_eq!(semaphore.acquire_within_blocking(1, limit).unwrap_err(), AcquireError::Closed);
    semaphore.close();
    assert_eq!(semaphore.statistics().waiting, 0);
}

#[test]
fn closing_ends_the_wait_of_a_thread() {
    watched(|| {
        let semaphore = Semaphore::new(0);
        std::thread::scope(|scope| {
            let waits = scope.spawn(|| semaphore.acquire_blocking().unwrap_err());
            while semaphore.statistics().waiting == 0 {
                std::thread::yield_now();
            }
            semaphore.close();
            assert_eq!(waits.join().unwrap(), Closed);
        });
    });
}

#[test]
fn permits_are_split_forgotten_added_removed() {
    let semaphore = Arc::new(Semaphore::new(5));
    let mut three = semaphore.try_acquire_many(3).unwrap();
    let two = three.split(2).unwrap();
    assert!(three.split(2).is_none());
    assert_eq!((three.count(), two.count()), (1, 2));
    drop(two);
    assert_eq!(semaphore.available(), 4);
    three.forget();
    assert_eq!(semaphore.available(), 4);
    assert_eq!(semaphore.forget(3), 3);
    assert_eq!(semaphore.forget(3), 1);
    assert_eq!(semaphore.forget(3), 0);
    semaphore.add(2).unwrap();
    let mut owned = Arc::clone(&semaphore).try_acquire_owned(2).unwrap();
    assert_eq!(owned.count(), 2);
    drop(owned.split(1).unwrap());
    assert_eq!(owned.count(), 1);
    owned.forget();
    assert_eq!(semaphore.available(), 1);
    assert_eq!(
        Arc::clone(&semaphore).try_acquire_owned(2).unwrap_err(),
        TryAcquireError::NoPermits
    );
    run(async move {
        let permit = Arc::clone(&semaphore).acquire_owned(1).await.unwrap();
        assert_eq!(semaphore.available(), 0);
        drop(permit);
        assert_eq!(semaphore.available(), 1);
        semaphore.close();
        assert_eq!(semaphore.acquire_owned(1).await.unwrap_err(), Closed);
    });
}

#[test]
fn there_is_a_most() {
    let most = Semaphore::MAX_PERMITS;
    let semaphore = Semaphore::new(most);
    assert_eq!(semaphore.available(), most);
    assert_eq!(semaphore.add(1), Err(Overfull));
    let all = semaphore.try_acquire_many(most).unwrap();
    assert_eq!(semaphore.available(), 0);
    drop(all);
    assert_eq!(semaphore.available(), most);
    assert!(std::panic::catch_unwind(|| Semaphore::new(most + 1)).is_err());
    let panic = std::panic::catch_unwind(|| drop(Semaphore::new(1).acquire_many(most + 1)));
    let message = *panic.unwrap_err().downcast::<&str>().unwrap();
    assert!(message.contains("Semaphore::MAX_PERMITS"), "{message}");
}

#[test]
fn a_thread_gives_up_in_time() {
    let semaphore = Semaphore::new(0);
    let limit = Duration::from_millis(5);
    assert_eq!(semaphore.acquire_within_blocking(1, limit).unwrap_err(), AcquireError::TimedOut);
    assert_eq!(semaphore.statistics().waiting, 0);
    semaphore.add(1).unwrap();
    assert!(semaphore.acquire_within_blocking(1, Duration::ZERO).is_ok());
}

#[test]
fn bounded_refuses_to_have_more_than_at_first() {
    let semaphore = BoundedSemaphore::new(2);
    assert_eq!(semaphore.bound(), 2);
    assert_eq!(semaphore.release(1), Err(Overfull));
    semaphore.try_acquire().unwrap().forget();
    assert_eq!(semaphore.release(2), Err(Overfull));
    assert_eq!(semaphore.available(), 1, "none was added");
    semaphore.release(1).unwrap();
    assert_eq!(semaphore.release(1), Err(Overfull));
    let permit = semaphore.acquire_blocking().unwrap();
    assert!(poll(pin!(semaphore.acquire())).is_ready());
    drop(permit);
    assert!(semaphore.acquire_within_blocking(1, Duration::ZERO).is_ok());
    assert_eq!((semaphore.statistics().available, semaphore.is_closed()), (2, false));
    assert_eq!(semaphore.available(), 2);
    semaphore.close();
    assert!(semaphore.is_closed());
    assert_eq!(semaphore.try_acquire().unwrap_err(), TryAcquireError::Closed);
}

/// A request that cannot be fulfilled may be the task of the one that was woken and is polled no more.
#[test]
fn a_poll_in_vain_frees_what_was_booked_for_others() {
    let semaphore = Semaphore::new(0);
    let (mut woken, mut small, mut large) =
        (pin!(semaphore.acquire()), pin!(semaphore.acquire()), pin!(semaphore.acquire_many(2)));
    let (called, waker) = Counter::new();
    assert!(poll(woken.as_mut()).is_pending());
    assert!(poll_with(small.as_mut(), &waker).is_pending());
    semaphore.add(1).unwrap();
    assert_eq!(called.count(), 0, "the permit is for the first");
    assert!(poll(large.as_mut()).is_pending());
    assert_eq!(called.count(), 1);
    assert!(poll_with(small.as_mut(), &waker).is_ready());
}

#[test]
fn what_is_left_in_a_fair_round_is_for_who_comes() {
    let semaphore = Semaphore::fair(0);
    let (mut woken, mut newcomer) = (pin!(semaphore.acquire()), pin!(semaphore.acquire()));
    let (called, waker) = Counter::new();
    assert!(poll(woken.as_mut()).is_pending());
    semaphore.add(2).unwrap(); // one is booked
    let at_once = poll_with(newcomer.as_mut(), &waker).is_ready();
    assert!(at_once || called.count() > 0, "one is free, and nobody else comes to say so");
    assert!(at_once || poll_with(newcomer.as_mut(), &waker).is_ready());
    assert!(poll(woken.as_mut()).is_ready());
}

/// Of those behind a waiter that was woken and is not polled, one asks to be polled until that is over.
#[test]
fn one_that_watches_and_goes_leaves_it_to_the_front() {
    let semaphore = Semaphore::fair(0);
    let (mut woken, mut front) = (pin!(semaphore.acquire()), pin!(semaphore.acquire()));
    let mut last = Box::pin(semaphore.acquire());
    let (called, waker) = Counter::new();
    assert!(poll(woken.as_mut()).is_pending());
    semaphore.add(1).unwrap();
    assert!(poll_with(front.as_mut(), &waker).is_pending());
    assert!(poll(last.as_mut()).is_pending());
    assert!(poll(last.as_mut()).is_pending(), "polled without a reason: it is to watch");
    let before = called.count();
    drop(last);
    assert_eq!(called.count(), before + 1);
}

#[test]
fn only_who_is_passed_over_begins_to_be_patient() {
    let semaphore = Semaphore::new(1);
    let held = semaphore.try_acquire().unwrap();
    let (mut first, mut second) = (pin!(semaphore.acquire()), pin!(semaphore.acquire()));
    assert!(poll(first.as_mut()).is_pending());
    assert!(poll(second.as_mut()).is_pending());
    drop(held);
    let Poll::Ready(Ok(held)) = poll(first.as_mut()) else { panic!("it was its turn") };
    std::thread::sleep(Duration::from_millis(1)); // longer than the bound: but nobody passed
    drop(held);
    let barged = semaphore.try_acquire().expect("the woken one does not run yet");
    assert!(poll(second.as_mut()).is_pending(), "passed over for the first time");
    drop(barged);
    assert!(semaphore.try_acquire().is_ok(), "no fair round has begun");
}

#[test]
fn bounded_gives_back_only_what_was_forgotten() {
    let semaphore = Arc::new(BoundedSemaphore::new(3));
    let guard = semaphore.try_acquire_many(2).unwrap();
    assert_eq!(semaphore.release(1), Err(Overfull), "a guard has it, and gives it back");
    let mut owned = Arc::clone(&semaphore).try_acquire_owned(1).unwrap();
    owned.split(0).unwrap().forget();
    assert_eq!(semaphore.release(1), Err(Overfull));
    drop(guard);
    owned.forget();
    assert_eq!((semaphore.available(), semaphore.release(2)), (2, Err(Overfull)));
    assert_eq!((semaphore.release(1), semaphore.available()), (Ok(()), 3));
    assert_eq!((semaphore.release(1), semaphore.release(0)), (Err(Overfull), Ok(())));
}

#[test]
fn no_more_permits_than_there_can_be() {
    for semaphore in [Semaphore::new(2), Semaphore::fair(2)] {
        let taken = semaphore.try_acquire_many(2).unwrap();
        semaphore.add(Semaphore::MAX_PERMITS).unwrap();
        assert_eq!(semaphore.add(1), Err(Overfull));
        drop(taken);
        assert_eq!(semaphore.available(), Semaphore::MAX_PERMITS, "what is too many is lost");
        assert_eq!(semaphore.add(1), Err(Overfull));

        // The same beside one who waits for all of them.
        let taken = semaphore.try_acquire_many(2).unwrap();
        let mut wait = pin!(semaphore.acquire_many(Semaphore::MAX_PERMITS));
        assert!(poll(wait.as_mut()).is_pending());
        semaphore.add(1).unwrap();
        drop(taken);
        let Poll::Ready(Ok(all)) = poll(wait.as_mut()) else { panic!("they are all free") };
        assert_eq!((all.count(), semaphore.available()), (Semaphore::MAX_PERMITS, 0));
        drop(all);
        assert!(!semaphore.is_closed());
        assert_eq!(semaphore.statistics().waiting, 0);
    }
}

#[test]
fn errors_say_what_to_do() {
    for (text, part) in [
        (Closed.to_string(), "closed"),
        (TryAcquireError::NoPermits.to_string(), "acquire"),
        (TryAcquireError::Closed.to_string(), "closed"),
        (AcquireError::TimedOut.to_string(), "deadline"),
        (AcquireError::Closed.to_string(), "closed"),
        (Overfull.to_string(), "once"),
    ] {
        assert!(text.contains(part), "{text}");
    }
    assert_eq!(AcquireError::from(anyrt::TimedOut), AcquireError::TimedOut);
}
