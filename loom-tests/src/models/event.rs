//! `Event`.

use super::{both, join, written};
use crate::harness::Model;
use crate::sync::Event;
use crate::wakers::{Bell, Trap, block_on, poll_once};
use loom::cell::UnsafeCell;
use loom::thread;
use std::pin::{Pin, pin};
use std::sync::Arc;
use std::task::Context;
use std::time::Duration;

pub(super) const MODELS: &[Model] = written! { "event":
    set_releases "a task and a thread that wait, or come late, are released";
    set_publishes "what was written before `set` is seen after `wait`";
    set_publishes_to_is_set "what was written before `set` is seen when `is_set`";
    set_publishes_to_late_wait "what was written before `set` is seen by a wait that finds it set";
    set_then_clear "who waits when it is set is released although it is cleared at once";
    set_against_clear "the same when it is cleared by another at any time";
    set_again "set, cleared and set again: who came in between is released by the second";
    later_generation "who comes while a batch is woken, after a `clear`, is not released";
    a_batch_and_more "more waiters than a batch are woken once each";
    two_setters "two that set at once wake each waiter once";
    cancel_against_set "a wait that is given up leaves the others in peace";
    cancel_within_batch "waits given up between two batches are left out, the others are woken";
    waker_changes "polled again with another waker, that one is woken";
    timeout_is_a_drop "a thread whose time is up leaves no trace";
    waker_that_uses_it "a waker that polls, sets and clears inline does not deadlock";
    waker_drop_that_looks "the drop of a waker may use the event: it is not under its lock";
};

fn is_idle(event: &Event) {
    assert_eq!(event.statistics().waiting, 0, "still in the queue");
}

fn set_releases() {
    let event = Arc::new(Event::new());
    let (task, blocks) = (Arc::clone(&event), Arc::clone(&event));
    let task = thread::spawn(move || block_on(task.wait()));
    let blocks = thread::spawn(move || blocks.wait_blocking());
    event.set();
    join(task);
    join(blocks);
    is_idle(&event);
}

/// An event and something to be published.
struct Message {
    event: Event,
    text: UnsafeCell<u32>,
}

// SAFETY: the models show that the text is written before it is read.
unsafe impl Sync for Message {}
// SAFETY: as above.
unsafe impl Send for Message {}

impl Message {
    fn new() -> Arc<Self> {
        Arc::new(Self { event: Event::new(), text: UnsafeCell::new(0) })
    }

    fn send(&self) {
        // SAFETY: the event is not set, so nobody reads; loom sees it if that is wrong.
        self.text.with_mut(|text| unsafe { *text = 7 });
        self.event.set();
    }

    fn read(&self) {
        // SAFETY: the event was set, so nobody writes; loom sees it if that is wrong.
        assert_eq!(self.text.with(|text| unsafe { *text }), 7);
    }
}

fn set_publishes() {
    let message = Message::new();
    let other = Arc::clone(&message);
    both(
        move || {
            block_on(other.event.wait());
            other.read();
        },
        || message.send(),
    );
}

fn set_publishes_to_is_set() {
    let message = Message::new();
    let other = Arc::clone(&message);
    both(
        move || {
            if other.event.is_set() {
                other.read();
            }
        },
        || message.send(),
    );
}

fn set_publishes_to_late_wait() {
    let message = Message::new();
    let other = Arc::clone(&message);
    both(
        move || {
            let mut wait = pin!(other.event.wait());
            // The second poll finds it set under the lock, or is released.
            if poll_once(wait.as_mut()).is_ready() || poll_once(wait.as_mut()).is_ready() {
                other.read();
            }
        },
        || message.send(),
    );
}

fn set_then_clear() {
    let event = Arc::new(Event::new());
    let bell = Bell::new();
    let mut wait = Box::pin(event.wait());
    assert!(bell.poll(wait.as_mut()).is_pending());
    let other = Arc::clone(&event);
    let ready = both(
        move || {
            other.set();
            other.clear();
        },
        || bell.poll(wait.as_mut()).is_ready(),
    )
    .1;
    assert!(ready || bell.rung() > 0, "it was not woken");
    assert!(ready || bell.poll(wait.as_mut()).is_ready(), "it was not released");
    assert!(!event.is_set());
    is_idle(&event);
}

fn set_against_clear() {
    let event = Arc::new(Event::new());
    let bell = Bell::new();
    let mut wait = Box::pin(event.wait());
    assert!(bell.poll(wait.as_mut()).is_pending());
    let (sets, clears) = (Arc::clone(&event), Arc::clone(&event));
    let others = [thread::spawn(move || sets.set()), thread::spawn(move || clears.clear())];
    others.into_iter().for_each(join);
    assert_eq!(bell.rung(), 1);
    assert!(bell.poll(wait.as_mut()).is_ready(), "it was not released");
}

fn set_again() {
    let event = Arc::new(Event::new());
    let other = Arc::clone(&event);
    let waits = thread::spawn(move || block_on(other.wait()));
    event.set();
    event.clear();
    event.set();
    join(waits);
    is_idle(&event);
}

fn later_generation() {
    let event = Arc::new(Event::new());
    let (clears, late) = (Arc::clone(&event), Arc::clone(&event));
    let late = Arc::new(std::sync::Mutex::new(Box::pin(async move { late.wait().await })));
    let comes = Arc::clone(&late);
    let first = Bell::with(move || {
        // Within the batch: the event is cleared, and somebody comes.
        clears.clear();
        assert!(poll_once(comes.lock().unwrap().as_mut()).is_pending());
    });
    let bells = [first, Bell::new(), Bell::new()];
    let mut waits: Vec<_> = bells.iter().map(|_| Box::pin(event.wait())).collect();
    for (bell, wait) in bells.iter().zip(&mut waits) {
        assert!(bell.poll(wait.as_mut()).is_pending());
    }
    let (sets, last) = (Arc::clone(&event), waits.pop().unwrap());
    both(move || sets.set(), || event.is_set());
    for (bell, wait) in bells.iter().zip(&mut waits) {
        assert!(bell.rung() == 1 && bell.poll(wait.as_mut()).is_ready());
    }
    drop(last);
    assert!(poll_once(late.lock().unwrap().as_mut()).is_pending(), "it came after the `clear`");
}

type Wait = Pin<Box<dyn Future<Output = ()> + Send>>;

/// Three waiters, polled once.
fn three(event: &Arc<Event>) -> Vec<(Arc<Bell>, Wait)> {
    let mut waits = Vec::new();
    for _ in 0..3 {
        let (bell, event) = (Bell::new(), Arc::clone(event));
        let mut wait: Wait = Box::pin(async move { event.wait().await });
        assert!(bell.poll(wait.as_mut()).is_pending());
        waits.push((bell, wait));
    }
    waits
}

fn a_batch_and_more() {
    let event = Arc::new(Event::new());
    let waits = three(&event);
    let (sets, comes) = (Arc::clone(&event), Arc::clone(&event));
    both(move || sets.set(), move || block_on(comes.wait()));
    for (bell, mut wait) in waits {
        assert_eq!(bell.rung(), 1);
        assert!(bell.poll(wait.as_mut()).is_ready());
    }
    is_idle(&event);
}

fn two_setters() {
    let event = Arc::new(Event::new());
    let waits = three(&event);
    let (a, b) = (Arc::clone(&event), Arc::clone(&event));
    both(move || a.set(), move || b.set());
    for (bell, mut wait) in waits {
        assert_eq!(bell.rung(), 1);
        assert!(bell.poll(wait.as_mut()).is_ready());
    }
    is_idle(&event);
}

fn cancel_against_set() {
    let event = Arc::new(Event::new());
    let (gives_up, waits) = (Arc::clone(&event), Arc::clone(&event));
    let gives_up = thread::spawn(move || {
        let _ = poll_once(pin!(gives_up.wait()).as_mut()).is_ready();
    });
    let waits = thread::spawn(move || block_on(waits.wait()));
    event.set();
    join(gives_up);
    join(waits);
    is_idle(&event);
}

fn cancel_within_batch() {
    let event = Arc::new(Event::new());
    let mut waits = three(&event);
    let sets = Arc::clone(&event);
    let second = waits.remove(1);
    both(move || sets.set(), move || drop(second));
    for (bell, mut wait) in waits {
        assert_eq!(bell.rung(), 1);
        assert!(bell.poll(wait.as_mut()).is_ready());
    }
    is_idle(&event);
}

fn waker_changes() {
    let event = Arc::new(Event::new());
    let (old, new) = (Bell::new(), Bell::new());
    let mut wait = Box::pin(event.wait());
    assert!(old.poll(wait.as_mut()).is_pending());
    let sets = Arc::clone(&event);
    let ready = both(move || sets.set(), || new.poll(wait.as_mut()).is_ready()).1;
    assert!(ready || new.rung() == 1, "the waker of the last poll was not woken");
    assert!(ready || new.poll(wait.as_mut()).is_ready());
}

fn timeout_is_a_drop() {
    let event = Arc::new(Event::new());
    let other = Arc::clone(&event);
    both(
        move || {
            if other.wait_within_blocking(Duration::from_secs(1)).is_ok() {
                assert!(other.is_set());
            }
        },
        || event.set(),
    );
    is_idle(&event);
}

fn waker_that_uses_it() {
    let event = Arc::new(Event::new());
    let inline = Arc::clone(&event);
    let bell = Bell::with(move || {
        inline.clear();
        let _ = poll_once(pin!(inline.wait()).as_mut()).is_ready();
        inline.set();
    });
    let mut wait = Box::pin(event.wait());
    assert!(bell.poll(wait.as_mut()).is_pending());
    let sets = Arc::clone(&event);
    both(move || sets.set(), || poll_once(pin!(event.wait()).as_mut()).is_ready());
    assert!(bell.poll(wait.as_mut()).is_ready());
}

fn waker_drop_that_looks() {
    let event = Arc::new(Event::new());
    let trap = || {
        let event = Arc::clone(&event);
        Trap::waker(move || assert!(event.statistics().waiting < 2))
    };
    let mut wait = Box::pin(event.wait());
    assert!(wait.as_mut().poll(&mut Context::from_waker(&trap())).is_pending());
    let sets = Arc::clone(&event);
    let sets = thread::spawn(move || sets.set());
    let _ = wait.as_mut().poll(&mut Context::from_waker(&trap())).is_ready();
    drop(wait);
    join(sets);
    is_idle(&event);
}
