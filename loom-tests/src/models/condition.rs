//! `Condition`.

use super::{both, join, written};
use crate::harness::Model;
use crate::sync::{Condition, Lock};
use crate::wakers::{Bell, Trap, block_on, poll_once};
use loom::thread;
use std::pin::{Pin, pin};
use std::sync::Arc;
use std::task::Context;
use std::time::Duration;

pub(super) const MODELS: &[Model] = written! { "condition":
    no_lost_notification "between unlocking and sleeping, no notification is lost";
    notified_after_unlock "the same when the notifier has unlocked before";
    thread_waits "the same with a blocking thread";
    predicate_loop "`wait_for` ends when the predicate holds, with the lock held";
    waits_unlocked "while somebody waits, others have the lock";
    notify_one_wakes_one "one notification wakes one of two, the first";
    notify_two_of_three "two notifications wake the first two of three";
    notify_all_wakes_a_batch_and_more "all of three are woken";
    two_notifiers "two notifications from two threads wake two";
    cancel_against_notify "a waiter given up while it is notified: the other has the notification";
    cancel_notified "a notified waiter given up passes the notification on";
    cancel_relocking "a waiter given up while it locks again passes the notification on";
    cancel_of_all_passes_nothing "given up after `notify_all`, it passes nothing on";
    cancel_leaves_the_lock_free "a waiter given up at any time does not keep the lock";
    waker_changes "polled again with another waker, that one is woken";
    timeout_is_a_drop "a thread whose time is up has the lock again, and the notification is not lost";
    dormant_notified "a notified waiter that nobody polls does not keep the lock from others";
    dormant_relocking "the same when it was woken for the lock already";
    waker_that_uses_it "a waker that notifies, waits and locks inline does not deadlock";
    waker_drop_that_looks "the drop of a waker may use the condition: it is not under its lock";
    ping_pong @ 2 "two tasks hand a turn to and fro";
};

/// A flag under a lock, and its condition.
struct Flag {
    set: Lock<bool>,
    changed: Condition,
}

impl Flag {
    fn new() -> Arc<Self> {
        Arc::new(Self { set: Lock::new(false), changed: Condition::new() })
    }

    async fn wait(&self) {
        let mut guard = self.set.lock().await;
        while !*guard {
            guard = self.changed.wait(guard).await;
        }
    }

    fn idle(&self) {
        assert_eq!(self.changed.statistics().waiting, 0, "still in the queue");
        assert!(!self.set.is_locked(), "still locked");
        assert_eq!(self.set.statistics().waiting, 0, "still in the lock's queue");
    }
}

type Wait = Pin<Box<dyn Future<Output = ()> + Send>>;

/// Waits once, polled once: it is in the queue, and the lock is free.
fn waiter(flag: &Arc<Flag>, bell: &Arc<Bell>) -> Wait {
    let flag = Arc::clone(flag);
    let mut wait: Wait = Box::pin(async move {
        let guard = flag.set.lock().await;
        drop(flag.changed.wait(guard).await);
    });
    assert!(bell.poll(wait.as_mut()).is_pending());
    wait
}

/// Polls what was woken until it is done.
fn finish(bell: &Arc<Bell>, wait: &mut Wait) -> bool {
    while bell.take() > 0 {
        if bell.poll(wait.as_mut()).is_ready() {
            return true;
        }
    }
    false
}

fn no_lost_notification() {
    let flag = Flag::new();
    let other = Arc::clone(&flag);
    both(
        move || block_on(other.wait()),
        || {
            let mut guard = block_on(flag.set.lock());
            *guard = true;
            flag.changed.notify(1);
        },
    );
    flag.idle();
}

fn notified_after_unlock() {
    let flag = Flag::new();
    let other = Arc::clone(&flag);
    both(
        move || block_on(other.wait()),
        || {
            *block_on(flag.set.lock()) = true;
            flag.changed.notify(1);
        },
    );
    flag.idle();
}

fn thread_waits() {
    let flag = Flag::new();
    let other = Arc::clone(&flag);
    both(
        move || {
            let mut guard = other.set.lock_blocking();
            while !*guard {
                guard = other.changed.wait_blocking(guard);
            }
        },
        || {
            *flag.set.lock_blocking() = true;
            flag.changed.notify_all();
        },
    );
    flag.idle();
}

fn predicate_loop() {
    let flag = Flag::new();
    let other = Arc::clone(&flag);
    both(
        move || {
            block_on(async {
                let guard = other.set.lock().await;
                let guard = other.changed.wait_for(guard, |set| *set).await;
                assert!(*guard && other.set.try_lock().is_none());
            });
        },
        || {
            flag.changed.notify(1); // for nothing
            *block_on(flag.set.lock()) = true;
            flag.changed.notify(1);
        },
    );
    flag.idle();
}

fn waits_unlocked() {
    let flag = Flag::new();
    let bell = Bell::new();
    let mut wait = waiter(&flag, &bell);
    assert!(flag.set.try_lock().is_some(), "waiting keeps the lock");
    let other = Arc::clone(&flag);
    let ((), done) = both(
        move || drop(block_on(other.set.lock())),
        || {
            flag.changed.notify(1);
            finish(&bell, &mut wait)
        },
    );
    assert!(done || finish(&bell, &mut wait));
    flag.idle();
}

fn notify_one_wakes_one() {
    let flag = Flag::new();
    let bells = [Bell::new(), Bell::new()];
    let [mut first, mut second] = [waiter(&flag, &bells[0]), waiter(&flag, &bells[1])];
    let other = Arc::clone(&flag);
    let polled = both(
        move || assert_eq!(other.changed.notify(1), 1),
        || bells[1].poll(second.as_mut()).is_ready(),
    );
    assert!(!polled.1 && !finish(&bells[1], &mut second), "the second was notified");
    assert!(finish(&bells[0], &mut first), "the first was not");
}

fn notify_two_of_three() {
    let flag = Flag::new();
    let bells = [Bell::new(), Bell::new(), Bell::new()];
    let mut waits = bells.each_ref().map(|bell| waiter(&flag, bell));
    let other = Arc::clone(&flag);
    let ((), third) = both(
        move || assert_eq!(other.changed.notify(2), 2),
        || bells[2].poll(waits[2].as_mut()).is_ready(),
    );
    assert!(!third, "the third was notified");
    for _ in 0..2 {
        for (bell, wait) in bells.iter().zip(&mut waits).take(2) {
            finish(bell, wait);
        }
    }
    assert_eq!(bells[2].rung(), 0, "the third was notified");
    drop(waits);
    flag.idle();
}

fn notify_all_wakes_a_batch_and_more() {
    let flag = Flag::new();
    let bells = [Bell::new(), Bell::new(), Bell::new()];
    let mut waits = bells.each_ref().map(|bell| waiter(&flag, bell));
    let other = Arc::clone(&flag);
    let ((), early) = both(
        move || assert_eq!(other.changed.notify_all(), 3),
        || bells[2].poll(waits[2].as_mut()).is_ready(),
    );
    for (at, (bell, wait)) in bells.iter().zip(&mut waits).enumerate() {
        assert!((early && at == 2) || finish(bell, wait), "one was not woken");
    }
    flag.idle();
}

fn two_notifiers() {
    let flag = Flag::new();
    let bells = [Bell::new(), Bell::new()];
    let mut waits = bells.each_ref().map(|bell| waiter(&flag, bell));
    let other = Arc::clone(&flag);
    both(move || other.changed.notify(1), || flag.changed.notify(1));
    for (bell, wait) in bells.iter().zip(&mut waits) {
        assert!(finish(bell, wait), "one was not notified");
    }
    flag.idle();
}

fn cancel_against_notify() {
    let flag = Flag::new();
    let bells = [Bell::new(), Bell::new()];
    let [first, mut second] = [waiter(&flag, &bells[0]), waiter(&flag, &bells[1])];
    let other = Arc::clone(&flag);
    both(move || other.changed.notify(1), || drop(first));
    assert!(finish(&bells[1], &mut second), "the notification was lost");
    flag.idle();
}

fn cancel_notified() {
    let flag = Flag::new();
    let bells = [Bell::new(), Bell::new()];
    let [first, mut second] = [waiter(&flag, &bells[0]), waiter(&flag, &bells[1])];
    assert_eq!(flag.changed.notify(1), 1);
    let ready = both(move || drop(first), || bells[1].poll(second.as_mut()).is_ready()).1;
    assert!(ready || finish(&bells[1], &mut second), "the notification was lost");
    flag.idle();
}

fn cancel_relocking() {
    let flag = Flag::new();
    let bells = [Bell::new(), Bell::new()];
    let [mut first, mut second] = [waiter(&flag, &bells[0]), waiter(&flag, &bells[1])];
    let holder = flag.set.try_lock().unwrap();
    assert_eq!(flag.changed.notify(1), 1);
    assert!(bells[0].poll(first.as_mut()).is_pending(), "the lock is held");
    both(move || drop(first), move || drop(holder));
    assert!(finish(&bells[1], &mut second), "the notification was lost");
    flag.idle();
}

fn cancel_of_all_passes_nothing() {
    let flag = Flag::new();
    let bell = Bell::new();
    let first = waiter(&flag, &bell);
    flag.changed.notify_all();
    let late = Bell::new();
    let other = Arc::clone(&flag);
    let (mut second, ()) = both(
        {
            let late = Arc::clone(&late);
            move || {
                let mut wait: Wait = Box::pin(async move {
                    let guard = other.set.lock().await;
                    drop(other.changed.wait(guard).await);
                });
                assert!(late.poll(wait.as_mut()).is_pending());
                wait
            }
        },
        || drop(first),
    );
    assert!(!finish(&late, &mut second), "a notification out of nothing");
}

fn cancel_leaves_the_lock_free() {
    let flag = Flag::new();
    let (gives_up, notifies) = (Arc::clone(&flag), Arc::clone(&flag));
    let gives_up = thread::spawn(move || {
        let mut wait = pin!(gives_up.wait());
        let _ = poll_once(wait.as_mut()).is_ready() || poll_once(wait.as_mut()).is_ready();
    });
    let notifies = thread::spawn(move || notifies.changed.notify(1));
    drop(block_on(flag.set.lock()));
    join(gives_up);
    join(notifies);
    flag.idle();
}

fn waker_changes() {
    let flag = Flag::new();
    let (old, new) = (Bell::new(), Bell::new());
    let mut wait = waiter(&flag, &old);
    let other = Arc::clone(&flag);
    let ready = both(move || other.changed.notify(1), || new.poll(wait.as_mut()).is_ready()).1;
    assert!(ready || finish(&new, &mut wait), "the waker of the last poll was not woken");
    flag.idle();
}

fn timeout_is_a_drop() {
    let flag = Flag::new();
    let late = Arc::clone(&flag);
    let late = thread::spawn(move || {
        let mut guard = late.set.lock_blocking();
        *guard = true; // it waits from here on
        let (guard, in_time) = late.changed.wait_within_blocking(guard, Duration::from_secs(1));
        assert!(late.set.is_locked(), "without the lock");
        drop(guard);
        in_time.is_ok()
    });
    let guard = block_on(flag.set.lock());
    let waits = *guard;
    drop(guard);
    if waits {
        // Behind the one whose time may be up, so that this one is notified only in its stead.
        let bell = Bell::new();
        let (mut wait, queued) = waiter_or_later(&flag, &bell);
        if queued {
            flag.changed.notify(1);
        }
        let in_time = join(late);
        assert!(!queued || in_time || finish(&bell, &mut wait), "the notification was lost");
    } else {
        join(late);
    }
    flag.idle();
}

/// A waiter, polled once, and whether it is in the queue: it may have to wait for the lock yet.
fn waiter_or_later(flag: &Arc<Flag>, bell: &Arc<Bell>) -> (Wait, bool) {
    let flag = Arc::clone(flag);
    let queued = Arc::new(std::sync::atomic::AtomicBool::new(false));
    let entered = Arc::clone(&queued);
    let mut wait: Wait = Box::pin(async move {
        let guard = flag.set.lock().await;
        entered.store(true, std::sync::atomic::Ordering::Relaxed);
        drop(flag.changed.wait(guard).await);
    });
    assert!(bell.poll(wait.as_mut()).is_pending());
    (wait, queued.load(std::sync::atomic::Ordering::Relaxed))
}

fn dormant_notified() {
    let flag = Flag::new();
    let bell = Bell::new();
    let dormant = waiter(&flag, &bell);
    let (notifies, locks) = (Arc::clone(&flag), Arc::clone(&flag));
    both(
        move || {
            notifies.changed.notify(1);
            drop(block_on(notifies.set.lock()));
        },
        move || drop(block_on(locks.set.lock())),
    );
    drop(dormant);
    flag.idle();
}

fn dormant_relocking() {
    let flag = Flag::new();
    let bell = Bell::new();
    let mut dormant = waiter(&flag, &bell);
    let holder = flag.set.try_lock().unwrap();
    flag.changed.notify(1);
    assert!(bell.poll(dormant.as_mut()).is_pending(), "the lock is held");
    drop(holder); // which wakes it
    let (one, other) = (Arc::clone(&flag), Arc::clone(&flag));
    both(move || drop(block_on(one.set.lock())), move || drop(block_on(other.set.lock())));
    drop(dormant);
    flag.idle();
}

fn waker_that_uses_it() {
    let flag = Flag::new();
    let inline = Arc::clone(&flag);
    let bell = Bell::with(move || {
        inline.changed.notify(1);
        let mut wait = pin!(inline.wait());
        let _ = poll_once(wait.as_mut()).is_ready();
    });
    let wait = waiter(&flag, &bell);
    let other = Arc::clone(&flag);
    both(move || other.changed.notify(1), || drop(block_on(flag.set.lock())));
    drop(wait);
    flag.idle();
}

fn waker_drop_that_looks() {
    let flag = Flag::new();
    let trap = || {
        let flag = Arc::clone(&flag);
        Trap::waker(move || assert!(flag.changed.statistics().waiting < 2))
    };
    let other = Arc::clone(&flag);
    let mut wait: Wait = Box::pin(async move {
        let guard = other.set.lock().await;
        drop(other.changed.wait(guard).await);
    });
    assert!(wait.as_mut().poll(&mut Context::from_waker(&trap())).is_pending());
    let notifies = Arc::clone(&flag);
    let notifies = thread::spawn(move || notifies.changed.notify(1));
    let _ = wait.as_mut().poll(&mut Context::from_waker(&trap())).is_ready();
    drop(wait);
    join(notifies);
    flag.idle();
}

fn ping_pong() {
    let turn = Arc::new((Lock::new(0_u32), Condition::new()));
    let play = |me: u32| {
        let turn = Arc::clone(&turn);
        move || {
            block_on(async move {
                let guard = turn.0.lock().await;
                let mut guard = turn.1.wait_for(guard, |now| *now % 2 == me).await;
                *guard += 1;
                turn.1.notify(1);
            });
        }
    };
    both(play(0), play(1));
    assert_eq!(*turn.0.try_lock().unwrap(), 2);
}
