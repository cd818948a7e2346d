//! `Semaphore`, as it is by default and strictly fair, and `BoundedSemaphore`.

use super::{both, join, written};
use crate::clock;
use crate::harness::Model;
use crate::sync::{AcquireError, BoundedSemaphore, Closed, Semaphore, TryAcquireError};
use crate::wakers::{Bell, Trap, block_on, poll_once};
use loom::cell::UnsafeCell;
use loom::sync::atomic::{AtomicUsize, Ordering::Relaxed};
use loom::thread;
use std::pin::pin;
use std::sync::Arc;
use std::task::{Context, Poll};
use std::time::Duration;

macro_rules! models {
    ($group:literal $fair:literal) => {
        written! { $group $fair:
            two_for_one "two tasks share one permit, one at a time; it is there in the end";
            three_for_two @ 1 "never more inside than there are permits; none is lost";
            one_and_many "a request for many is granted all at once, or waits";
            task_and_thread "a task and a blocking thread share a permit";
            release_publishes @ 2 "what a holder did is seen by the next one, whichever way it acquires";
            release_wakes_two "two permits given back at once wake two";
            cancel_queued @ 2 "a waiter that gives up leaves the others in peace";
            cancel_woken "a waiter that gives up after it was woken passes its permits on";
            cancel_of_many "a large request that gives up lets the small one behind it in";
            add_wakes "permits that are added wake who waits for them";
            add_publishes "what was done before permits are added is seen by who takes them";
            add_against_take "adding and taking at once loses no permit";
            forget_against_take "forgetting and taking at once loses and invents no permit";
            split_permits @ 2 "parts of a permit are given back on two threads";
            close_ends_all "closing wakes all who wait, more than a batch, in vain";
            close_against_acquire @ 2 "closing and acquiring at once: a permit or an error, never a hang";
            close_against_release "a permit given back while it is closed is not lost";
            close_publishes "what was written before `close` is seen by who finds it closed";
            waker_changes "polled again with another waker, that one is woken";
            timeout_is_a_drop "a thread whose time is up has the permit or has left no trace";
            dormant_woken "a woken waiter that nobody polls does not stop tasks that come later";
            dormant_sibling @ 2 "a task that stops polling one acquire and awaits another gets on";
            dormant_barged_sibling "the same when the permit is taken and given back once more";
            overdue_large_request "a large request passed over too long stops the small ones";
            waker_that_acquires "a waker that polls inline, inside of the release, does not deadlock";
            waker_drop_that_looks "the drop of a waker may use the semaphore: it is not under its lock";
            owned_permits "owned permits are given back where they are dropped";
        }
    };
}

pub(super) const MODELS: &[Model] = models!("semaphore" false);
pub(super) const FAIR_MODELS: &[Model] = models!("fair_semaphore" true);
pub(super) const BOUNDED_MODELS: &[Model] = written! { "bounded_semaphore":
    over_release "of two that give back the one permit taken, one is refused";
    release_wakes "a permit given back wakes who waits";
    owned_bounded "owned permits exclude each other, and keep the semaphore alive";
    acquire_against_release "what is free never exceeds the bound";
    release_against_guard "what a guard has is not given back beside it";
};

fn semaphore<const FAIR: bool>(permits: u32) -> Arc<Semaphore> {
    Arc::new(if FAIR { Semaphore::fair(permits) } else { Semaphore::new(permits) })
}

fn idle(semaphore: &Semaphore, permits: u32) {
    let statistics = semaphore.statistics();
    assert_eq!(statistics.available, permits, "permits were lost or invented");
    assert_eq!(statistics.waiting, 0, "still in the queue");
}

/// Acquires `n`, as a task, and gives them back.
fn task(semaphore: &Arc<Semaphore>, n: u32) -> impl FnOnce() + 'static {
    let semaphore = Arc::clone(semaphore);
    move || drop(block_on(semaphore.acquire_many(n)).expect("not closed"))
}

/// Polls for `n` once and gives up.
fn giving_up(semaphore: &Arc<Semaphore>, n: u32) -> impl FnOnce() + 'static {
    let semaphore = Arc::clone(semaphore);
    move || {
        let _ = poll_once(pin!(semaphore.acquire_many(n)).as_mut()).is_ready();
    }
}

fn two_for_one<const FAIR: bool>() {
    let semaphore = semaphore::<FAIR>(1);
    both(task(&semaphore, 1), task(&semaphore, 1));
    idle(&semaphore, 1);
}

fn three_for_two<const FAIR: bool>() {
    let semaphore = semaphore::<FAIR>(2);
    let inside = Arc::new(AtomicUsize::new(0));
    let enter = || {
        let (semaphore, inside) = (Arc::clone(&semaphore), Arc::clone(&inside));
        move || {
            let permit = block_on(semaphore.acquire()).expect("not closed");
            assert!(inside.fetch_add(1, Relaxed) < 2, "three inside");
            inside.fetch_sub(1, Relaxed);
            drop(permit);
        }
    };
    let others = [thread::spawn(enter()), thread::spawn(enter())];
    enter()();
    others.into_iter().for_each(join);
    idle(&semaphore, 2);
}

fn one_and_many<const FAIR: bool>() {
    let semaphore = semaphore::<FAIR>(2);
    both(task(&semaphore, 2), task(&semaphore, 1));
    idle(&semaphore, 2);
}

fn task_and_thread<const FAIR: bool>() {
    let semaphore = semaphore::<FAIR>(1);
    let other = Arc::clone(&semaphore);
    both(move || drop(other.acquire_blocking().expect("not closed")), task(&semaphore, 1));
    idle(&semaphore, 1);
}

fn release_publishes<const FAIR: bool>() {
    struct Guarded(Arc<Semaphore>, UnsafeCell<u32>);
    // SAFETY: the cell is touched by the holder of the one permit; loom sees it if that is wrong.
    unsafe impl Sync for Guarded {}
    // SAFETY: as above.
    unsafe impl Send for Guarded {}
    let guarded = Arc::new(Guarded(semaphore::<FAIR>(1), UnsafeCell::new(0)));
    let first = guarded.0.try_acquire().unwrap();
    let (tries, waits) = (Arc::clone(&guarded), Arc::clone(&guarded));
    let tries = thread::spawn(move || {
        if let Ok(_permit) = tries.0.try_acquire() {
            // SAFETY: this thread has the one permit.
            assert_eq!(tries.1.with(|value| unsafe { *value }), 7);
        }
    });
    let waits = thread::spawn(move || {
        let _permit = block_on(waits.0.acquire()).unwrap();
        // SAFETY: this thread has the one permit.
        assert_eq!(waits.1.with(|value| unsafe { *value }), 7);
    });
    // SAFETY: this thread has the one permit.
    guarded.1.with_mut(|value| unsafe { *value = 7 });
    drop(first);
    join(tries);
    join(waits);
}

fn release_wakes_two<const FAIR: bool>() {
    let semaphore = semaphore::<FAIR>(2);
    let both_permits = Arc::clone(&semaphore).try_acquire_owned(2).unwrap();
    let bells = [Bell::new(), Bell::new()];
    let mut waits = [Box::pin(semaphore.acquire()), Box::pin(semaphore.acquire())];
    for (bell, wait) in bells.iter().zip(&mut waits) {
        assert!(bell.poll(wait.as_mut()).is_pending());
    }
    both(move || drop(both_permits), giving_up(&semaphore, 1));
    for (bell, wait) in bells.iter().zip(&mut waits) {
        assert!(bell.rung() > 0, "not woken");
        assert!(bell.poll(wait.as_mut()).is_ready());
    }
}

fn cancel_queued<const FAIR: bool>() {
    let semaphore = semaphore::<FAIR>(1);
    let permit = semaphore.try_acquire().unwrap();
    let others = [thread::spawn(giving_up(&semaphore, 1)), thread::spawn(task(&semaphore, 1))];
    drop(permit);
    others.into_iter().for_each(join);
    idle(&semaphore, 1);
}

fn cancel_woken<const FAIR: bool>() {
    let semaphore = semaphore::<FAIR>(1);
    let permit = semaphore.try_acquire().unwrap();
    let mut first = Box::pin(semaphore.acquire());
    assert!(poll_once(first.as_mut()).is_pending());
    let second = task(&semaphore, 1);
    drop(permit);
    both(second, || drop(first));
    idle(&semaphore, 1);
}

fn cancel_of_many<const FAIR: bool>() {
    let semaphore = semaphore::<FAIR>(2);
    let permit = semaphore.try_acquire().unwrap();
    let large = Arc::clone(&semaphore);
    let mut large = Box::pin(async move { drop(large.acquire_many(2).await) });
    assert!(poll_once(large.as_mut()).is_pending());
    let bell = Bell::new();
    let mut small = Box::pin(semaphore.acquire());
    let at_once = bell.poll(small.as_mut()).is_ready();
    assert!(!(FAIR && at_once), "barged past a large request");
    both(move || drop(large), || drop(permit));
    assert!(at_once || bell.rung() > 0, "the small one was not woken");
    assert!(at_once || bell.poll(small.as_mut()).is_ready());
    drop(small);
    idle(&semaphore, 2);
}

fn add_wakes<const FAIR: bool>() {
    let semaphore = semaphore::<FAIR>(0);
    both(task(&semaphore, 2), || {
        semaphore.add(1).unwrap();
        semaphore.add(1).unwrap();
    });
    idle(&semaphore, 2);
}

fn add_against_take<const FAIR: bool>() {
    let semaphore = semaphore::<FAIR>(1);
    let other = Arc::clone(&semaphore);
    both(
        move || other.add(1).unwrap(),
        || {
            if let Ok(permit) = semaphore.try_acquire_many(2) {
                drop(permit);
            }
        },
    );
    idle(&semaphore, 2);
}

fn forget_against_take<const FAIR: bool>() {
    let semaphore = semaphore::<FAIR>(2);
    let other = Arc::clone(&semaphore);
    let (forgotten, ()) = both(
        move || other.forget(1),
        || {
            if let Ok(permit) = semaphore.try_acquire() {
                permit.forget();
            }
        },
    );
    assert_eq!(forgotten, 1, "two were free, and one was taken at most");
    idle(&semaphore, 0);
}

fn split_permits<const FAIR: bool>() {
    let semaphore = semaphore::<FAIR>(2);
    let mut permit = Arc::clone(&semaphore).try_acquire_owned(2).unwrap();
    let half = permit.split(1).unwrap();
    let parts = [thread::spawn(move || drop(permit)), thread::spawn(move || drop(half))];
    task(&semaphore, 2)();
    parts.into_iter().for_each(join);
    idle(&semaphore, 2);
}

fn close_ends_all<const FAIR: bool>() {
    let semaphore = semaphore::<FAIR>(0);
    let bells = [Bell::new(), Bell::new(), Bell::new()];
    let mut waits: Vec<_> = bells.iter().map(|_| Box::pin(semaphore.acquire())).collect();
    for (bell, wait) in bells.iter().zip(&mut waits) {
        assert!(bell.poll(wait.as_mut()).is_pending());
    }
    let (closes, comes) = (Arc::clone(&semaphore), Arc::clone(&semaphore));
    both(move || closes.close(), move || assert_eq!(block_on(comes.acquire()).err(), Some(Closed)));
    for (bell, wait) in bells.iter().zip(&mut waits) {
        assert_eq!(bell.rung(), 1);
        let end = bell.poll(wait.as_mut()).map(Result::err);
        assert_eq!(end, Poll::Ready(Some(Closed)));
    }
    drop(waits);
    idle(&semaphore, 0);
}

fn close_against_acquire<const FAIR: bool>() {
    let semaphore = semaphore::<FAIR>(1);
    let (closes, acquires) = (Arc::clone(&semaphore), Arc::clone(&semaphore));
    let closes = thread::spawn(move || closes.close());
    let acquires = thread::spawn(move || drop(block_on(acquires.acquire())));
    match semaphore.try_acquire() {
        Ok(permit) => drop(permit),
        Err(TryAcquireError::NoPermits | TryAcquireError::Closed) => {}
    }
    join(closes);
    join(acquires);
    assert_eq!(semaphore.try_acquire().err(), Some(TryAcquireError::Closed));
    idle(&semaphore, 1);
}

fn close_against_release<const FAIR: bool>() {
    let semaphore = semaphore::<FAIR>(1);
    let permit = Arc::clone(&semaphore).try_acquire_owned(1).unwrap();
    let bell = Bell::new();
    let mut waits = Box::pin(semaphore.acquire());
    assert!(bell.poll(waits.as_mut()).is_pending());
    let closes = Arc::clone(&semaphore);
    both(move || closes.close(), move || drop(permit));
    assert!(bell.rung() > 0, "not woken");
    assert!(bell.poll(waits.as_mut()).is_ready());
    drop(waits);
    idle(&semaphore, 1);
}

/// A semaphore, and something that is written before it gives news.
struct Message {
    semaphore: Arc<Semaphore>,
    text: UnsafeCell<u32>,
}

// SAFETY: the models show that the text is written before it is read.
unsafe impl Sync for Message {}
// SAFETY: as above.
unsafe impl Send for Message {}

/// One writes and tells; the other one reads if it was told.
fn published<const FAIR: bool>(tell: fn(&Semaphore), told: fn(&Semaphore) -> bool) {
    let message = Message { semaphore: semaphore::<FAIR>(0), text: UnsafeCell::new(0) };
    let message = Arc::new(message);
    let other = Arc::clone(&message);
    both(
        move || {
            if told(&other.semaphore) {
                // SAFETY: it was told; loom sees it if that is not enough.
                assert_eq!(other.text.with(|text| unsafe { *text }), 7);
            }
        },
        || {
            // SAFETY: nobody was told; loom sees it if that is not enough.
            message.text.with_mut(|text| unsafe { *text = 7 });
            tell(&message.semaphore);
        },
    );
}

fn close_publishes<const FAIR: bool>() {
    published::<FAIR>(Semaphore::close, Semaphore::is_closed);
}

fn add_publishes<const FAIR: bool>() {
    published::<FAIR>(
        |semaphore| semaphore.add(1).unwrap(),
        |semaphore| semaphore.try_acquire().is_ok(),
    );
}

fn waker_changes<const FAIR: bool>() {
    let semaphore = semaphore::<FAIR>(1);
    let permit = Arc::clone(&semaphore).try_acquire_owned(1).unwrap();
    let (old, new) = (Bell::new(), Bell::new());
    let mut waits = Box::pin(semaphore.acquire());
    assert!(old.poll(waits.as_mut()).is_pending());
    let ready = both(move || drop(permit), || new.poll(waits.as_mut()).is_ready()).1;
    assert!(ready || new.rung() == 1, "the waker of the last poll was not woken");
    assert!(ready || new.poll(waits.as_mut()).is_ready());
}

fn timeout_is_a_drop<const FAIR: bool>() {
    let semaphore = semaphore::<FAIR>(1);
    let late = Arc::clone(&semaphore);
    both(
        move || match late.acquire_within_blocking(1, Duration::from_secs(1)) {
            Ok(permit) => drop(permit),
            Err(error) => assert_eq!(error, AcquireError::TimedOut),
        },
        task(&semaphore, 1),
    );
    idle(&semaphore, 1);
}

fn dormant_woken<const FAIR: bool>() {
    clock::overdue(3);
    let semaphore = semaphore::<FAIR>(1);
    let permit = Arc::clone(&semaphore).try_acquire_owned(1).unwrap();
    let mut dormant = Box::pin(semaphore.acquire());
    assert!(poll_once(dormant.as_mut()).is_pending());
    drop(permit); // which wakes it
    both(task(&semaphore, 1), task(&semaphore, 1));
    drop(dormant);
    idle(&semaphore, 1);
}

fn dormant_sibling<const FAIR: bool>() {
    clock::overdue(3);
    let semaphore = semaphore::<FAIR>(1);
    both(task(&semaphore, 1), || {
        block_on(async {
            let mut dormant = pin!(semaphore.acquire());
            let first = std::future::poll_fn(|cx| Poll::Ready(dormant.as_mut().poll(cx))).await;
            drop(first);
            drop(semaphore.acquire().await);
        });
    });
    idle(&semaphore, 1);
}

fn dormant_barged_sibling<const FAIR: bool>() {
    clock::overdue(3);
    let semaphore = semaphore::<FAIR>(1);
    let held = Arc::clone(&semaphore).try_acquire_owned(1).unwrap();
    let other = Arc::clone(&semaphore);
    both(
        move || {
            block_on(async {
                let mut dormant = pin!(other.acquire());
                drop(std::future::poll_fn(|cx| Poll::Ready(dormant.as_mut().poll(cx))).await);
                drop(other.acquire().await);
            });
        },
        || {
            drop(held); // which may wake the dormant one
            drop(semaphore.try_acquire()); // and the second one may be polled in vain
        },
    );
    idle(&semaphore, 1);
}

fn overdue_large_request<const FAIR: bool>() {
    clock::overdue(3);
    let semaphore = semaphore::<FAIR>(2);
    let permits = [semaphore.try_acquire().unwrap(), semaphore.try_acquire().unwrap()];
    let bell = Bell::new();
    let mut large = Box::pin(semaphore.acquire_many(2));
    assert!(bell.poll(large.as_mut()).is_pending());
    let [first, second] = permits;
    // One of two is free, and somebody small comes by.
    drop(first);
    let small = Arc::clone(&semaphore);
    both(move || drop(small.try_acquire()), move || drop(second));
    assert!(bell.rung() > 0, "not woken");
    let mut ready = bell.poll(large.as_mut()).is_ready();
    if !ready {
        assert!(semaphore.try_acquire().is_err(), "barged past an overdue request");
        ready = bell.poll(large.as_mut()).is_ready();
    }
    assert!(ready, "passed over again");
}

fn waker_that_acquires<const FAIR: bool>() {
    let semaphore = semaphore::<FAIR>(1);
    let permit = semaphore.try_acquire().unwrap();
    let inline = Arc::clone(&semaphore);
    let bell = Bell::with(move || {
        let _ = inline.add(1);
        let _ = poll_once(pin!(inline.acquire()).as_mut()).is_ready();
        assert_eq!(inline.forget(1), 1);
    });
    let mut waits = Box::pin(semaphore.acquire());
    assert!(bell.poll(waits.as_mut()).is_pending());
    let other = Arc::clone(&semaphore);
    both(move || assert!(other.statistics().waiting < 2), || drop(permit));
    drop(waits);
    idle(&semaphore, 1);
}

fn waker_drop_that_looks<const FAIR: bool>() {
    let semaphore = semaphore::<FAIR>(1);
    let trap = || {
        let semaphore = Arc::clone(&semaphore);
        Trap::waker(move || assert!(semaphore.statistics().waiting < 2))
    };
    let permit = Arc::clone(&semaphore).try_acquire_owned(1).unwrap();
    let mut waits = Box::pin(semaphore.acquire());
    assert!(waits.as_mut().poll(&mut Context::from_waker(&trap())).is_pending());
    let releases = thread::spawn(move || drop(permit));
    let _ = waits.as_mut().poll(&mut Context::from_waker(&trap())).is_ready();
    drop(waits);
    join(releases);
    idle(&semaphore, 1);
}

fn owned_permits<const FAIR: bool>() {
    let semaphore = semaphore::<FAIR>(1);
    let other = Arc::clone(&semaphore);
    let permit = Arc::clone(&semaphore).try_acquire_owned(1).unwrap();
    both(move || drop(block_on(other.acquire_owned(1)).expect("not closed")), move || drop(permit));
    assert_eq!(Arc::strong_count(&semaphore), 1);
    idle(&semaphore, 1);
}

fn over_release() {
    let semaphore = Arc::new(BoundedSemaphore::new(1));
    semaphore.try_acquire().unwrap().forget();
    let other = Arc::clone(&semaphore);
    let (a, b) = both(move || other.release(1).is_ok(), || semaphore.release(1).is_ok());
    assert!(a ^ b, "given back twice, or never");
    assert_eq!(semaphore.available(), 1);
}

fn release_wakes() {
    let semaphore = Arc::new(BoundedSemaphore::new(1));
    semaphore.try_acquire().unwrap().forget();
    let other = Arc::clone(&semaphore);
    both(
        move || drop(block_on(other.acquire()).expect("not closed")),
        || semaphore.release(1).expect("it was taken"),
    );
    assert_eq!(semaphore.available(), 1);
}

fn owned_bounded() {
    let semaphore = Arc::new(BoundedSemaphore::new(1));
    let other = Arc::clone(&semaphore);
    let taken = block_on(Arc::clone(&semaphore).acquire_owned(1)).expect("open");
    both(
        move || drop(other.acquire_owned_blocking(1).expect("open")),
        || {
            assert!(Arc::clone(&semaphore).try_acquire_owned(1).is_err(), "two of one");
            drop(taken);
        },
    );
    assert_eq!(semaphore.available(), 1);
    assert_eq!(Arc::strong_count(&semaphore), 1);
}

fn acquire_against_release() {
    let semaphore = Arc::new(BoundedSemaphore::new(1));
    let other = Arc::clone(&semaphore);
    let (released, taken) = both(
        move || other.release(1).is_ok(),
        || semaphore.try_acquire().map(super::super::sync::Permit::forget).is_ok(),
    );
    assert!(taken, "it was free");
    assert_eq!(semaphore.available(), u32::from(released));
    assert!(released ^ semaphore.release(1).is_ok(), "what was forgotten is given back once");
}

fn release_against_guard() {
    let semaphore = Arc::new(BoundedSemaphore::new(2));
    semaphore.try_acquire().unwrap().forget();
    let guard = semaphore.try_acquire().unwrap();
    let other = Arc::clone(&semaphore);
    let (released, ()) =
        both(move || (other.release(1).is_ok(), other.release(1).is_ok()), || drop(guard));
    assert_eq!(released, (true, false), "a permit that a guard has was given back");
    assert_eq!(semaphore.available(), 2);
}
