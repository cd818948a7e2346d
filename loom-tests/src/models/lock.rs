//! `Lock`, as it is by default and strictly fair.

use super::{both, join, written};
use crate::clock;
use crate::harness::Model;
use crate::sync::Lock;
use crate::wakers::{Bell, Token, Trap, block_on, poll_once};

use loom::thread;
use std::pin::pin;
use std::sync::Arc;
use std::task::{Context, Poll};
use std::time::Duration;

macro_rules! models {
    ($group:literal $fair:literal) => {
        written! { $group $fair:
            two_tasks "never two inside; no wake-up is lost; free in the end";
            three_tasks @ 1 "the same with three";
            two_tasks_twice @ 2 "the same when each comes twice";
            two_threads "the same with blocking threads";
            task_and_thread "the same with a task and a blocking thread";
            task_thread_and_try @ 1 "the same with one that only tries";
            tries_exclude "never two inside, by `try_lock` alone";
            unlock_publishes @ 2 "what the holder wrote is seen by the next one, whichever way it locks";
            cancel_queued @ 2 "a waiter that gives up leaves the others in peace";
            cancel_woken "a waiter that gives up after it was woken passes the wake-up on";
            cancel_against_unlock @ 2 "giving up while the holder unlocks loses nothing";
            cancel_between_two @ 2 "the first of two waiters gives up: the second is woken";
            waker_changes "polled again with another waker, that one is woken";
            polled_again_queued @ 2 "a queued waiter polled again while it is unlocked misses nothing";
            timeout_is_a_drop "a thread whose time is up has the lock or has left no trace";
            timeout_between_two @ 1 "a thread whose time is up passes its wake-up on";
            dormant_sibling "a task that stops polling one acquire and awaits another gets the lock";
            dormant_woken_sibling "the same when the first one has been woken";
            dormant_barged_sibling "the same when the lock is taken and let go once more in between";
            dormant_elsewhere "a woken waiter that nobody polls does not stop tasks that come later";
            overdue_waiter "a waiter passed over too long is handed the lock";
            waker_that_locks @ 2 "a waker that polls inline, inside of the unlock, does not deadlock";
            waker_drop_that_looks "the drop of a waker may use the lock: it is not under its queue's";
            value_dropped_once "the value is dropped once, by whom has the lock last";
            guard_moves "a guard may be dropped on another thread";
            owned_guards "owned guards exclude each other and keep the lock alive";
            owned_cancelled "an owned acquire given up leaves neither a lock nor a reference";
        }
    };
}

pub(super) const MODELS: &[Model] = models!("lock" false);
pub(super) const FAIR_MODELS: &[Model] = models!("fair_lock" true);

fn lock<T, const FAIR: bool>(value: T) -> Arc<Lock<T>> {
    Arc::new(if FAIR { Lock::fair(value) } else { Lock::new(value) })
}

/// Adds one, as a task.
fn task(lock: &Arc<Lock<u32>>) -> impl FnOnce() + 'static {
    let lock = Arc::clone(lock);
    move || *block_on(lock.lock()) += 1
}

/// Adds one, as a thread.
fn blocking(lock: &Arc<Lock<u32>>) -> impl FnOnce() + 'static {
    let lock = Arc::clone(lock);
    move || *lock.lock_blocking() += 1
}

/// Polls once, adds ten if that is enough, and gives up.
fn giving_up(lock: &Arc<Lock<u32>>) -> impl FnOnce() + 'static {
    let lock = Arc::clone(lock);
    move || {
        let mut future = pin!(lock.lock());
        if let Poll::Ready(mut guard) = poll_once(future.as_mut()) {
            *guard += 10;
        }
    }
}

/// Nobody has it, nobody waits: what was counted.
fn count(lock: &Lock<u32>) -> u32 {
    let statistics = lock.statistics();
    assert!(!statistics.locked, "still locked");
    assert_eq!(statistics.waiting, 0, "still in the queue");
    *lock.try_lock().expect("a free lock can be had")
}

fn two_tasks<const FAIR: bool>() {
    let lock = lock::<_, FAIR>(0);
    both(task(&lock), task(&lock));
    assert_eq!(count(&lock), 2);
}

fn three_tasks<const FAIR: bool>() {
    let lock = lock::<_, FAIR>(0);
    let third = thread::spawn(task(&lock));
    both(task(&lock), task(&lock));
    join(third);
    assert_eq!(count(&lock), 3);
}

fn two_tasks_twice<const FAIR: bool>() {
    let lock = lock::<_, FAIR>(0);
    let (a, b) = ([task(&lock), task(&lock)], [task(&lock), task(&lock)]);
    both(|| a.into_iter().for_each(|once| once()), || b.into_iter().for_each(|once| once()));
    assert_eq!(count(&lock), 4);
}

fn two_threads<const FAIR: bool>() {
    let lock = lock::<_, FAIR>(0);
    both(blocking(&lock), blocking(&lock));
    assert_eq!(count(&lock), 2);
}

fn task_and_thread<const FAIR: bool>() {
    let lock = lock::<_, FAIR>(0);
    both(blocking(&lock), task(&lock));
    assert_eq!(count(&lock), 2);
}

fn task_thread_and_try<const FAIR: bool>() {
    let lock = lock::<_, FAIR>(0);
    let others = [thread::spawn(blocking(&lock)), thread::spawn(task(&lock))];
    if let Some(mut guard) = lock.try_lock() {
        *guard += 10;
    }
    others.into_iter().for_each(join);
    assert_eq!(count(&lock) % 10, 2);
}

fn tries_exclude<const FAIR: bool>() {
    let lock = lock::<_, FAIR>(0);
    let other = Arc::clone(&lock);
    let (a, b) = both(
        move || other.try_lock().map(|mut guard| *guard += 1).is_some(),
        || lock.try_lock().map(|mut guard| *guard += 1).is_some(),
    );
    assert!(a || b, "nobody got a free lock");
    assert_eq!(count(&lock), u32::from(a) + u32::from(b));
}

fn unlock_publishes<const FAIR: bool>() {
    let lock = lock::<_, FAIR>(0);
    let mut guard = lock.try_lock().unwrap();
    let (tries, waits) = (Arc::clone(&lock), Arc::clone(&lock));
    // Inside the threads: a join would publish, too.
    let tries = thread::spawn(move || tries.try_lock().is_none_or(|guard| *guard == 7));
    let waits = thread::spawn(move || *block_on(waits.lock()) == 7);
    *guard = 7;
    drop(guard);
    assert!(join(tries) && join(waits));
}

fn cancel_queued<const FAIR: bool>() {
    let lock = lock::<_, FAIR>(0);
    let guard = lock.try_lock().unwrap();
    let others = [thread::spawn(giving_up(&lock)), thread::spawn(task(&lock))];
    drop(guard);
    others.into_iter().for_each(join);
    assert_eq!(count(&lock) % 10, 1);
}

fn cancel_woken<const FAIR: bool>() {
    let lock = lock::<_, FAIR>(0);
    let guard = lock.try_lock().unwrap();
    let mut first = Box::pin(lock.lock());
    assert!(poll_once(first.as_mut()).is_pending());
    let second = task(&lock);
    // It is woken, and gives up while the second one comes.
    drop(guard);
    both(second, || drop(first));
    assert_eq!(count(&lock), 1);
}

fn cancel_against_unlock<const FAIR: bool>() {
    let lock = lock::<_, FAIR>(0);
    let waiting = Arc::clone(&lock);
    let guard = Arc::clone(&lock).try_lock_owned().unwrap();
    let mut waits = Box::pin(async move { drop(waiting.lock().await) });
    assert!(poll_once(waits.as_mut()).is_pending());
    let others = [thread::spawn(move || drop(waits)), thread::spawn(task(&lock))];
    drop(guard);
    others.into_iter().for_each(join);
    assert_eq!(count(&lock), 1);
}

fn cancel_between_two<const FAIR: bool>() {
    let lock = lock::<_, FAIR>(0);
    let guard = lock.try_lock().unwrap();
    let first = Arc::clone(&lock);
    let mut first = Box::pin(async move { drop(first.lock().await) });
    assert!(poll_once(first.as_mut()).is_pending());
    let bell = Bell::new();
    let mut second = Box::pin(lock.lock());
    assert!(bell.poll(second.as_mut()).is_pending());
    both(move || drop(first), || drop(guard));
    assert_eq!(bell.rung(), 1, "the second was not woken");
    assert!(bell.poll(second.as_mut()).is_ready());
}

fn waker_changes<const FAIR: bool>() {
    let lock = lock::<_, FAIR>(0);
    let guard = Arc::clone(&lock).try_lock_owned().unwrap();
    let (old, new) = (Bell::new(), Bell::new());
    let mut waits = Box::pin(lock.lock());
    assert!(old.poll(waits.as_mut()).is_pending());
    let unlocks = thread::spawn(move || drop(guard));
    let ready = new.poll(waits.as_mut()).is_ready();
    join(unlocks);
    assert!(ready || new.rung() == 1, "the waker of the last poll was not woken");
    assert!(ready || new.poll(waits.as_mut()).is_ready());
}

fn polled_again_queued<const FAIR: bool>() {
    let lock = lock::<_, FAIR>(0);
    let guard = Arc::clone(&lock).try_lock_owned().unwrap();
    let bell = Bell::new();
    let mut waits = Box::pin(lock.lock());
    assert!(bell.poll(waits.as_mut()).is_pending());
    let others = [thread::spawn(move || drop(guard)), thread::spawn(giving_up(&lock))];
    let mut ready = bell.poll(waits.as_mut()).is_ready();
    others.into_iter().for_each(join);
    while !ready && bell.take() > 0 {
        ready = bell.poll(waits.as_mut()).is_ready();
    }
    assert!(ready, "it was not woken");
}

fn timeout_is_a_drop<const FAIR: bool>() {
    let lock = lock::<_, FAIR>(0);
    let late = Arc::clone(&lock);
    let late = move || {
        late.lock_within_blocking(Duration::from_secs(1)).map(|mut guard| *guard += 10).is_ok()
    };
    let (in_time, ()) = both(late, task(&lock));
    assert_eq!(count(&lock), if in_time { 11 } else { 1 });
}

fn timeout_between_two<const FAIR: bool>() {
    let lock = lock::<_, FAIR>(0);
    let guard = lock.try_lock().unwrap();
    let late = Arc::clone(&lock);
    let late = thread::spawn(move || {
        let _ = late.lock_within_blocking(Duration::from_secs(1)).map(|mut guard| *guard += 10);
    });
    let waits = thread::spawn(task(&lock));
    drop(guard);
    join(late);
    join(waits);
    assert_eq!(count(&lock) % 10, 1);
}

fn dormant_sibling<const FAIR: bool>() {
    clock::overdue(3);
    let lock = lock::<_, FAIR>(0);
    both(task(&lock), || {
        block_on(async {
            let mut dormant = pin!(lock.lock());
            let first = std::future::poll_fn(|cx| Poll::Ready(dormant.as_mut().poll(cx))).await;
            drop(first);
            // The first one stays where it is, alive and never polled again.
            *lock.lock().await += 1;
        });
    });
    assert_eq!(count(&lock), 2);
}

fn dormant_woken_sibling<const FAIR: bool>() {
    let lock = lock::<_, FAIR>(0);
    let guard = Arc::clone(&lock).try_lock_owned().unwrap();
    block_on(async {
        let mut dormant = pin!(lock.lock());
        let first = std::future::poll_fn(|cx| Poll::Ready(dormant.as_mut().poll(cx))).await;
        assert!(first.is_pending());
        drop(guard); // which wakes it
        clock::overdue(3);
        let other = thread::spawn(task(&lock));
        *lock.lock().await += 1;
        join(other);
    });
    assert_eq!(count(&lock), 2);
}

/// Queues one acquire, keeps it, and adds one by another.
fn with_dormant(lock: &Lock<u32>) {
    block_on(async {
        let mut dormant = pin!(lock.lock());
        drop(std::future::poll_fn(|cx| Poll::Ready(dormant.as_mut().poll(cx))).await);
        *lock.lock().await += 1;
    });
}

fn dormant_barged_sibling<const FAIR: bool>() {
    clock::overdue(3);
    let lock = lock::<_, FAIR>(0);
    let held = Arc::clone(&lock).try_lock_owned().unwrap();
    let other = Arc::clone(&lock);
    both(
        move || with_dormant(&other),
        || {
            drop(held); // which may wake the dormant one
            drop(lock.try_lock()); // and the second one may be polled in vain
        },
    );
    assert_eq!(count(&lock), 1);
}

fn dormant_elsewhere<const FAIR: bool>() {
    clock::overdue(3);
    let lock = lock::<_, FAIR>(0);
    let guard = Arc::clone(&lock).try_lock_owned().unwrap();
    let mut dormant = Box::pin(lock.lock());
    assert!(poll_once(dormant.as_mut()).is_pending());
    drop(guard); // which wakes it
    both(task(&lock), task(&lock));
    drop(dormant);
    assert_eq!(count(&lock), 2);
}

fn overdue_waiter<const FAIR: bool>() {
    clock::overdue(1);
    let lock = lock::<_, FAIR>(0);
    let bell = Bell::new();
    let mut waits = Box::pin(lock.lock());
    let first = lock.try_lock().unwrap();
    assert!(bell.poll(waits.as_mut()).is_pending());
    drop(first);
    // Passed over once: its clock begins to run.
    let second = lock.try_lock();
    assert_eq!(second.is_some(), !FAIR, "a fair lock is barged into, or another one is not");
    let passed = second.is_some();
    assert!(!passed || bell.poll(waits.as_mut()).is_pending());
    drop(second);
    let mut ready = false;
    // Passed over again, if somebody comes first: from then on nobody else gets it.
    let barges = Arc::clone(&lock);
    both(move || drop(barges.try_lock()), || ready = bell.poll(waits.as_mut()).is_ready());
    if !ready {
        assert!(lock.try_lock().is_none(), "barged past an overdue waiter");
        assert!(bell.rung() > 0, "it was not woken");
        ready = bell.poll(waits.as_mut()).is_ready();
    }
    assert!(ready, "passed over a third time");
}

fn waker_that_locks<const FAIR: bool>() {
    let lock = lock::<_, FAIR>(0);
    let guard = lock.try_lock().unwrap();
    let inline = Arc::clone(&lock);
    let bell = Bell::with(move || {
        assert!(inline.statistics().waiting < 2);
        let mut waits = pin!(inline.lock());
        let _ = poll_once(waits.as_mut()).is_ready();
    });
    let mut waits = Box::pin(lock.lock());
    assert!(bell.poll(waits.as_mut()).is_pending());
    let other = giving_up(&lock);
    both(other, || drop(guard));
    drop(waits);
    assert_eq!(count(&lock) % 10, 0);
}

fn waker_drop_that_looks<const FAIR: bool>() {
    let lock = lock::<_, FAIR>(0);
    let trap = |lock: &Arc<Lock<u32>>| {
        let lock = Arc::clone(lock);
        Trap::waker(move || assert!(lock.statistics().waiting < 2))
    };
    let guard = Arc::clone(&lock).try_lock_owned().unwrap();
    let mut waits = Box::pin(lock.lock());
    // Replaced, woken, and dropped with the future.
    assert!(waits.as_mut().poll(&mut Context::from_waker(&trap(&lock))).is_pending());
    let unlocks = thread::spawn(move || drop(guard));
    let _ = waits.as_mut().poll(&mut Context::from_waker(&trap(&lock))).is_ready();
    drop(waits);
    join(unlocks);
    assert_eq!(count(&lock), 0);
}

fn value_dropped_once<const FAIR: bool>() {
    let token = Token::new();
    let lock = lock::<_, FAIR>(token.clone());
    let other = Arc::clone(&lock);
    both(
        move || drop(block_on(other.lock()).clone()),
        || {
            let mut future = pin!(lock.lock());
            let _ = poll_once(future.as_mut()).is_ready();
        },
    );
    drop(lock);
    assert_eq!(token.count(), 1, "the value is alive");
}

fn guard_moves<const FAIR: bool>() {
    let lock = lock::<_, FAIR>(0);
    let mut guard = Arc::clone(&lock).try_lock_owned().unwrap();
    both(
        move || {
            *guard += 1;
            drop(guard);
        },
        task(&lock),
    );
    assert_eq!(count(&lock), 2);
}

fn owned_guards<const FAIR: bool>() {
    let token = Token::new();
    let lock = lock::<_, FAIR>((token.clone(), 0));
    let other = Arc::clone(&lock);
    both(
        move || {
            let mut guard = block_on(other.lock_owned());
            guard.1 += 1;
        },
        move || {
            let mut guard = lock.lock_owned_blocking();
            guard.1 += 1;
        },
    );
    assert_eq!(token.count(), 1, "the value is alive");
}

fn owned_cancelled<const FAIR: bool>() {
    let lock = lock::<_, FAIR>(0);
    let guard = lock.try_lock().unwrap();
    let other = Arc::clone(&lock);
    let gives_up = thread::spawn(move || {
        let mut future = pin!(other.lock_owned());
        let _ = poll_once(future.as_mut()).is_ready();
    });
    drop(guard);
    join(gives_up);
    assert_eq!(Arc::strong_count(&lock), 1);
    assert_eq!(count(&lock), 0);
}
