//! `ReentrantLock`: owners that nest, owners that share, and owners that exclude each other.

use super::{both, join, written};
use crate::harness::Model;
use crate::sync::{OwnedReentrantLockGuard, Owner, ReentrantLock};
use crate::wakers::{Bell, Token, block_on, poll_once};

use loom::cell::UnsafeCell;
use loom::thread;
use std::pin::pin;
use std::sync::Arc;
use std::task::Poll;
use std::time::Duration;

pub(super) const MODELS: &[Model] = written! { "reentrant_lock":
    two_owners "never two owners inside; no wake-up is lost; free in the end";
    three_owners @ 1 "the same with three";
    two_threads "the same with blocking threads, which nest";
    tries_exclude "never two owners inside, by `try_lock` alone";
    nested "the owner gets in again at once, and lets the others in with its last guard";
    nested_while_awaited "the same while another one comes to wait";
    stale_name @ 2 "one who was inside before does not get in with another owner";
    stale_name_queued @ 2 "the same when it waits; its mistake is undone, and unlocks if it was the last";
    knows_itself "who has left is not told that it is inside, when another one is";
    siblings @ 1 "two threads of one owner share it, and exclude another owner";
    shares_publish @ 2 "what was done with each guard, on each thread, is seen by the next owner";
    last_guard_wakes @ 2 "guards dropped at once on two threads let the next owner in";
    queued_sibling "a wait that was queued before a sibling got the lock is ready when it is polled";
    cancel_queued @ 1 "a waiter that gives up leaves the others in peace";
    cancel_woken "a waiter that gives up after it was woken passes the wake-up on";
    cancel_against_unlock @ 1 "giving up while the owner leaves loses nothing";
    timeout_is_a_drop "a thread whose time is up has the lock or has left no trace";
    owned_guards "owned guards nest, exclude other owners and keep the lock alive";
};

/// A value that one owner changes at a time; loom sees it if that is wrong.
struct Ledger {
    sum: UnsafeCell<u32>,
    /// One for each thread of an owner that shares.
    shares: [UnsafeCell<u32>; 2],
}

// SAFETY: `sum` is touched by the owner who is inside, each share by one thread of it: that is what
// the models are about.
unsafe impl Sync for Ledger {}
// SAFETY: as above.
unsafe impl Send for Ledger {}

type Lock = Arc<ReentrantLock<Ledger>>;

impl Ledger {
    fn add(&self, n: u32) {
        // SAFETY: its owner is inside; loom sees it if that is wrong.
        self.sum.with_mut(|sum| unsafe { *sum += n });
    }

    fn share(&self, at: usize) {
        // SAFETY: it is of one thread of the owner that is inside; loom sees it if that is wrong.
        self.shares[at].with_mut(|share| unsafe { *share += 1 });
    }
}

fn lock() -> Lock {
    let shares = [UnsafeCell::new(0), UnsafeCell::new(0)];
    Arc::new(ReentrantLock::new(Ledger { sum: UnsafeCell::new(0), shares }))
}

/// Nobody has it, nobody waits: what was counted.
fn count(lock: &Lock) -> u32 {
    let statistics = lock.statistics();
    assert_eq!(statistics.depth, 0, "still locked");
    assert_eq!(statistics.waiting, 0, "still in the queue");
    let ledger = lock.try_lock(Owner::new()).expect("a free lock can be had");
    // SAFETY: it is locked; loom sees it if that is not enough.
    ledger.sum.with(|sum| unsafe { *sum })
}

/// Adds one, as a task of its own.
fn task(lock: &Lock) -> impl FnOnce() + 'static {
    let lock = Arc::clone(lock);
    move || block_on(lock.lock(Owner::new())).add(1)
}

/// Adds two, as a thread that nests.
fn blocking(lock: &Lock) -> impl FnOnce() + 'static {
    let lock = Arc::clone(lock);
    move || {
        let outer = lock.lock_blocking(Owner::thread());
        lock.lock_blocking(Owner::thread()).add(1);
        outer.add(1);
    }
}

/// Polls once, adds ten if that is enough, and gives up.
fn giving_up(lock: &Lock) -> impl FnOnce() + 'static {
    let lock = Arc::clone(lock);
    move || {
        let mut future = pin!(lock.lock(Owner::new()));
        if let Poll::Ready(guard) = poll_once(future.as_mut()) {
            guard.add(10);
        }
    }
}

fn two_owners() {
    let lock = lock();
    both(task(&lock), task(&lock));
    assert_eq!(count(&lock), 2);
}

fn three_owners() {
    let lock = lock();
    let third = thread::spawn(task(&lock));
    both(task(&lock), task(&lock));
    join(third);
    assert_eq!(count(&lock), 3);
}

fn two_threads() {
    let lock = lock();
    both(blocking(&lock), blocking(&lock));
    assert_eq!(count(&lock), 4);
}

fn tries_exclude() {
    let lock = lock();
    let other = Arc::clone(&lock);
    let (a, b) = both(
        move || other.try_lock(Owner::new()).map(|guard| guard.add(1)).is_some(),
        || lock.try_lock(Owner::new()).map(|guard| guard.add(1)).is_some(),
    );
    assert!(a || b, "nobody got a free lock");
    assert_eq!(count(&lock), u32::from(a) + u32::from(b));
}

fn nested() {
    let lock = lock();
    let me = Owner::new();
    let outer = block_on(lock.lock(me));
    let other = thread::spawn(task(&lock));
    let inner = lock.try_lock(me).expect("its owner is inside");
    inner.add(1);
    drop(outer); // in any order
    assert!(lock.is_locked_by(me));
    block_on(lock.lock(me)).add(1);
    drop(inner);
    join(other);
    assert!(!lock.is_locked_by(me));
    assert_eq!(count(&lock), 3);
}

fn nested_while_awaited() {
    let lock = lock();
    let me = Owner::new();
    let other = Arc::clone(&lock);
    both(task(&lock), move || {
        let outer = block_on(other.lock(me));
        // Ready at once: who is inside does not queue behind those who wait.
        let mut again = pin!(other.lock(me));
        assert!(poll_once(again.as_mut()).map(|inner| inner.add(1)).is_ready());
        outer.add(1);
    });
    assert_eq!(count(&lock), 3);
}

fn stale_name() {
    let lock = lock();
    let (before, after) = (Owner::new(), Owner::new());
    let other = Arc::clone(&lock);
    both(
        move || {
            drop(other.lock_blocking(before));
            other.lock_blocking(after).add(1);
        },
        || {
            if let Some(guard) = lock.try_lock(before) {
                guard.add(10); // perhaps together with its sibling, which adds nothing
            }
        },
    );
    assert_eq!(count(&lock) % 10, 1);
}

fn stale_name_queued() {
    let lock = lock();
    let (before, after) = (Owner::new(), Owner::new());
    let other = Arc::clone(&lock);
    both(
        move || {
            drop(other.lock_blocking(before));
            other.lock_blocking(after).add(1);
        },
        || lock.lock_blocking(before).add(1), // its sibling adds nothing
    );
    assert_eq!(count(&lock), 2);
}

fn knows_itself() {
    let lock = lock();
    let me = Owner::new();
    drop(block_on(lock.lock(me)));
    both(task(&lock), || assert!(!lock.is_locked_by(me)));
    assert_eq!(count(&lock), 1);
}

fn siblings() {
    let lock = lock();
    let me = Owner::new();
    let share = |at: usize| {
        let lock = Arc::clone(&lock);
        move || {
            let guard = lock.lock_blocking(me);
            guard.share(at);
            assert!(lock.is_locked_by(me));
        }
    };
    both(share(0), share(1));
    let other = thread::spawn(share(0));
    block_on(lock.lock(Owner::new())).add(1);
    join(other);
    assert_eq!(count(&lock), 1);
}

fn shares_publish() {
    let lock = lock();
    let me = Owner::new();
    let guards = [Arc::clone(&lock), Arc::clone(&lock)].map(|lock| block_on(lock.lock_owned(me)));
    let mut at = 0;
    let threads = guards.map(|guard| {
        let mine = at;
        at += 1;
        thread::spawn(move || guard.share(mine))
    });
    let ledger = block_on(lock.lock(Owner::new()));
    for share in &ledger.shares {
        // SAFETY: the other owner is gone; loom sees it if that is wrong.
        assert_eq!(share.with(|share| unsafe { *share }), 1);
    }
    drop(ledger);
    threads.into_iter().for_each(join);
}

fn last_guard_wakes() {
    let lock = lock();
    let me = Owner::new();
    let guards = [Arc::clone(&lock), Arc::clone(&lock)].map(|lock| block_on(lock.lock_owned(me)));
    let bell = Bell::new();
    let owner = Owner::new();
    let mut wait = Box::pin(lock.lock(owner));
    assert!(bell.poll(wait.as_mut()).is_pending());
    let [one, two] = guards;
    both(move || drop(one), || drop(two));
    assert_eq!(bell.rung(), 1);
    assert!(bell.poll(wait.as_mut()).map(|guard| guard.add(1)).is_ready());
    drop(wait);
    assert_eq!(count(&lock), 1);
}

fn queued_sibling() {
    let lock = lock();
    let me = Owner::new();
    let held = block_on(Arc::clone(&lock).lock_owned(Owner::new()));
    let other = thread::spawn(move || {
        held.add(1);
        drop(held);
    });
    let mut waits = [lock.lock(me), lock.lock(me)].map(Box::pin);
    let early = waits.each_mut().map(|wait| poll_once(wait.as_mut()).is_ready());
    let [first, second] = &mut waits;
    if early == [false, false] {
        let guard = block_on(first.as_mut());
        let again = poll_once(second.as_mut());
        assert!(again.is_ready(), "its sibling is inside");
        guard.add(1);
        drop((guard, again));
    }
    drop(waits);
    join(other);
    assert_eq!(count(&lock) == 2, early == [false, false]);
}

fn cancel_queued() {
    let lock = lock();
    let held = block_on(lock.lock(Owner::new()));
    let gives_up = thread::spawn(giving_up(&lock));
    let waits = thread::spawn(task(&lock));
    held.add(1);
    drop(held);
    join(gives_up);
    join(waits);
    assert_eq!(count(&lock) % 10, 2);
}

fn cancel_woken() {
    let lock = lock();
    let held = block_on(lock.lock(Owner::new()));
    let bell = Bell::new();
    let mut first = Box::pin(lock.lock(Owner::new()));
    assert!(bell.poll(first.as_mut()).is_pending());
    let second = thread::spawn(task(&lock));
    drop(held);
    drop(first);
    join(second);
    assert_eq!(count(&lock), 1);
}

fn cancel_against_unlock() {
    let lock = lock();
    let me = Owner::new();
    let (outer, inner) = (block_on(Arc::clone(&lock).lock_owned(me)), Arc::clone(&lock));
    let holder = thread::spawn(move || {
        let inner = block_on(inner.lock_owned(me));
        drop(outer);
        inner.add(1);
    });
    both(giving_up(&lock), task(&lock));
    join(holder);
    assert_eq!(count(&lock) % 10, 2);
}

fn timeout_is_a_drop() {
    let lock = lock();
    let other = Arc::clone(&lock);
    let ((), had) = both(task(&lock), move || {
        let limit = Duration::from_millis(1);
        other.lock_within_blocking(Owner::thread(), limit).map(|guard| guard.add(1)).is_ok()
    });
    assert_eq!(count(&lock), 1 + u32::from(had));
}

fn owned_guards() {
    let token = Token::new();
    let lock = Arc::new(ReentrantLock::new(token.clone()));
    let me = Owner::new();
    let outer = block_on(Arc::clone(&lock).lock_owned(me));
    let inner = Arc::clone(&lock).try_lock_owned(me).expect("its owner is inside");
    let other = thread::spawn(move || drop(lock.lock_owned_blocking(Owner::thread())));
    drop(outer);
    let lock = Arc::clone(OwnedReentrantLockGuard::lock_ref(&inner));
    drop(inner);
    join(other);
    assert_eq!(lock.statistics().depth, 0);
    drop(lock);
    assert_eq!(token.count(), 1, "a value is alive");
}
