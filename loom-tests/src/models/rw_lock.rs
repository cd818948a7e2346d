//! `RwLock`, `Latch` and `OnceCell`: made of permits and events.

use super::{both, join, written};
use crate::clock;
use crate::harness::Model;
use crate::sync::{Latch, OnceCell, RwLock, WriteGuard};
use crate::wakers::{Bell, Token, block_on, poll_once};
use loom::cell::UnsafeCell;
use loom::thread;
use std::pin::pin;
use std::sync::Arc;
use std::task::Poll;
use std::time::Duration;

macro_rules! models {
    ($group:literal $fair:literal) => {
        written! { $group $fair:
            reader_and_writer "a reader sees all of a write or nothing";
            two_writers "never two writers";
            readers_share "two readers are inside at once";
            writer_publishes @ 2 "what a writer wrote is seen by who reads next, whichever way";
            reader_holds_off "nobody writes while somebody reads";
            threads "the same with blocking threads";
            downgrade "a downgraded writer lets readers in, and no writer between";
            cancelled_writer "a queued writer that gives up lets the readers behind it in";
            cancelled_reader "a woken reader that gives up lets the writer in";
            writer_is_not_starved "a writer passed over too long is next";
            dormant_sibling "a task that stops polling one read and awaits a write gets it";
        }
    };
}

pub(super) const MODELS: &[Model] = models!("rw_lock" false);
pub(super) const FAIR_MODELS: &[Model] = models!("fair_rw_lock" true);
pub(super) const CELL_MODELS: &[Model] = written! { "once_cell":
    one_initializes "of two that initialize, one does, and both see its value";
    cancelled_initializer "an initializer that is given up lets the next one try";
    get_publishes "who gets the value sees all of it";
    one_has_a_limit "a thread whose time is up has made nothing; else both see one value";
    set_against_init "of a set and an initializer, one wins; no value is lost or dropped twice";
};
pub(super) const LATCH_MODELS: &[Model] = written! { "latch":
    last_one_opens "who waits goes on when the last one has counted down";
    counts_publish @ 2 "what each wrote before it counted down is seen by who waits";
    remaining_publishes "what one wrote before it counted down is seen by who finds nothing left";
    opens_once "waiters are woken by the last count only, once each";
    cancelled_wait "a wait that is given up leaves the others in peace";
};

type Pair = (u32, u32);

fn rw_lock<const FAIR: bool>() -> Arc<RwLock<Pair>> {
    Arc::new(if FAIR { RwLock::fair((0, 0)) } else { RwLock::new((0, 0)) })
}

fn write(pair: &mut Pair) {
    pair.0 += 1;
    pair.1 += 1;
}

fn idle(lock: &RwLock<Pair>, written: u32) {
    assert_eq!(*lock.try_write().expect("a free lock can be had"), (written, written));
    assert_eq!(lock.statistics().waiting, 0, "still in the queue");
}

fn writer(lock: &Arc<RwLock<Pair>>) -> impl FnOnce() + 'static {
    let lock = Arc::clone(lock);
    move || write(&mut block_on(lock.write()))
}

fn reader(lock: &Arc<RwLock<Pair>>) -> impl FnOnce() + 'static {
    let lock = Arc::clone(lock);
    move || {
        let guard = block_on(lock.read());
        assert_eq!(guard.0, guard.1, "half a write");
    }
}

fn reader_and_writer<const FAIR: bool>() {
    let lock = rw_lock::<FAIR>();
    both(writer(&lock), reader(&lock));
    idle(&lock, 1);
}

fn two_writers<const FAIR: bool>() {
    let lock = rw_lock::<FAIR>();
    both(writer(&lock), writer(&lock));
    idle(&lock, 2);
}

fn readers_share<const FAIR: bool>() {
    let lock = rw_lock::<FAIR>();
    let first = lock.try_read().unwrap();
    let other = Arc::clone(&lock);
    both(move || assert!(other.try_read().is_some(), "a reader keeps another out"), reader(&lock));
    drop(first);
    idle(&lock, 0);
}

fn writer_publishes<const FAIR: bool>() {
    let lock = rw_lock::<FAIR>();
    let mut guard = lock.try_write().unwrap();
    let (tries, waits) = (Arc::clone(&lock), Arc::clone(&lock));
    let tries = thread::spawn(move || tries.try_read().is_none_or(|guard| *guard == (1, 1)));
    let waits = thread::spawn(move || *block_on(waits.read()) == (1, 1));
    write(&mut guard);
    drop(guard);
    assert!(join(tries) && join(waits));
}

fn reader_holds_off<const FAIR: bool>() {
    let lock = rw_lock::<FAIR>();
    let guard = lock.try_read().unwrap();
    both(writer(&lock), || {
        assert_eq!(*guard, (0, 0), "somebody writes");
        drop(guard);
    });
    idle(&lock, 1);
}

fn threads<const FAIR: bool>() {
    let lock = rw_lock::<FAIR>();
    let other = Arc::clone(&lock);
    both(
        move || write(&mut other.write_blocking()),
        || {
            let guard = lock.read_blocking();
            assert_eq!(guard.0, guard.1, "half a write");
        },
    );
    idle(&lock, 1);
}

fn downgrade<const FAIR: bool>() {
    let lock = rw_lock::<FAIR>();
    let mut guard = lock.try_write().unwrap();
    both(writer(&lock), || {
        write(&mut guard);
        let guard = WriteGuard::downgrade(guard);
        assert_eq!(*guard, (1, 1), "a writer came between");
    });
    idle(&lock, 2);
}

fn cancelled_writer<const FAIR: bool>() {
    let lock = rw_lock::<FAIR>();
    let reading = lock.try_read().unwrap();
    let other = Arc::clone(&lock);
    let mut gone = Box::pin(async move { drop(other.write().await) });
    assert!(poll_once(gone.as_mut()).is_pending());
    let bell = Bell::new();
    let mut behind = Box::pin(lock.read());
    let at_once = bell.poll(behind.as_mut()).is_ready();
    let ready = both(
        move || drop(gone),
        || {
            assert!(lock.statistics().waiting < 3);
            at_once || bell.poll(behind.as_mut()).is_ready()
        },
    )
    .1;
    assert!(ready || bell.rung() > 0, "the reader was not woken");
    assert!(ready || bell.poll(behind.as_mut()).is_ready());
    drop(behind);
    drop(reading);
    idle(&lock, 0);
}

fn cancelled_reader<const FAIR: bool>() {
    let lock = rw_lock::<FAIR>();
    let guard = lock.try_write().unwrap();
    let other = Arc::clone(&lock);
    let mut gone = Box::pin(async move { drop(other.read().await) });
    assert!(poll_once(gone.as_mut()).is_pending());
    drop(guard);
    both(move || drop(gone), writer(&lock));
    idle(&lock, 1);
}

fn writer_is_not_starved<const FAIR: bool>() {
    clock::overdue(2);
    let lock = rw_lock::<FAIR>();
    let reading = lock.try_read().unwrap();
    let bell = Bell::new();
    let mut writes = Box::pin(lock.write());
    assert!(bell.poll(writes.as_mut()).is_pending());
    // Each release that finds the writer waiting looks at its clock.
    for _ in 0..2 {
        drop(lock.try_read());
    }
    let other = Arc::clone(&lock);
    both(move || assert!(other.try_read().is_none(), "past an overdue writer"), || drop(reading));
    assert!(bell.rung() > 0, "not woken");
    assert!(bell.poll(writes.as_mut()).is_ready());
}

fn dormant_sibling<const FAIR: bool>() {
    clock::overdue(3);
    let lock = rw_lock::<FAIR>();
    let guard = lock.try_write().unwrap();
    let other = Arc::clone(&lock);
    let sleeps = thread::spawn(move || {
        block_on(async {
            let mut dormant = pin!(other.write());
            drop(std::future::poll_fn(|cx| Poll::Ready(dormant.as_mut().poll(cx))).await);
            write(&mut *other.write().await);
        });
    });
    drop(guard);
    join(sleeps);
    idle(&lock, 1);
}

fn one_initializes() {
    let cell = Arc::new(OnceCell::new());
    let other = Arc::clone(&cell);
    let (a, b) = both(
        move || *block_on(other.get_or_init(|| async { 1 })),
        || *block_on(cell.get_or_init(|| async { 2 })),
    );
    assert_eq!(a, b, "two values");
    assert_eq!(cell.get(), Some(&a));
}

fn cancelled_initializer() {
    let cell = Arc::new(OnceCell::new());
    let other = Arc::clone(&cell);
    both(
        move || {
            // It never gets any further.
            let _ = poll_once(pin!(other.get_or_init(std::future::pending)).as_mut()).is_ready();
        },
        || assert_eq!(*block_on(cell.get_or_init(|| async { 2 })), 2),
    );
}

fn get_publishes() {
    let cell = Arc::new(OnceCell::new());
    let other = Arc::clone(&cell);
    both(move || assert!(other.get().is_none_or(|value| *value == 7)), || cell.set(7).unwrap());
}

fn one_has_a_limit() {
    let cell = Arc::new(OnceCell::new());
    let other = Arc::clone(&cell);
    let (a, b) = both(
        move || other.get_or_init_within_blocking(Duration::from_secs(1), || 1).copied().ok(),
        || cell.get_or_try_init_blocking(|| Ok::<_, ()>(2)).copied(),
    );
    assert!(a.is_none_or(|a| Ok(a) == b), "two values");
    assert_eq!(cell.get().copied().ok_or(()), b);
    assert!(!cell.statistics().making);
}

fn set_against_init() {
    let token = Token::new();
    let cell = Arc::new(OnceCell::new());
    let (other, mine) = (Arc::clone(&cell), token.clone());
    let made = token.clone();
    both(
        move || drop(other.set(mine)),
        move || drop(block_on(cell.get_or_init(|| async { made })).clone()),
    );
    assert_eq!(token.count(), 1, "a value is alive");
}

fn last_one_opens() {
    let latch = Arc::new(Latch::new(2));
    let (a, b) = (Arc::clone(&latch), Arc::clone(&latch));
    let counts = [thread::spawn(move || a.count_down(1)), thread::spawn(move || b.count_down(1))];
    block_on(latch.wait());
    assert_eq!(latch.remaining(), 0, "opened too early");
    counts.into_iter().for_each(join);
}

struct Counted {
    latch: Latch,
    values: [UnsafeCell<u32>; 2],
}

// SAFETY: each value is written by one thread before it counts down, and read after all have.
unsafe impl Sync for Counted {}
// SAFETY: as above.
unsafe impl Send for Counted {}

fn counts_publish() {
    let values = [UnsafeCell::new(0), UnsafeCell::new(0)];
    let counted = Arc::new(Counted { latch: Latch::new(2), values });
    let count = |me: usize| {
        let counted = Arc::clone(&counted);
        thread::spawn(move || {
            // SAFETY: it is read after all have counted; loom sees it if that is wrong.
            counted.values[me].with_mut(|value| unsafe { *value = 7 });
            counted.latch.count_down(1);
        })
    };
    let counts = [count(0), count(1)];
    if counted.latch.remaining() > 0 {
        block_on(counted.latch.wait());
    }
    for value in &counted.values {
        // SAFETY: all have counted; loom sees it if that is not enough.
        assert_eq!(value.with(|value| unsafe { *value }), 7);
    }
    counts.into_iter().for_each(join);
}

fn remaining_publishes() {
    let values = [UnsafeCell::new(0), UnsafeCell::new(0)];
    let counted = Arc::new(Counted { latch: Latch::new(1), values });
    let other = Arc::clone(&counted);
    both(
        move || {
            if other.latch.remaining() == 0 {
                // SAFETY: all have counted; loom sees it if that is not enough.
                assert_eq!(other.values[0].with(|value| unsafe { *value }), 7);
            }
        },
        || {
            // SAFETY: it is read after all have counted; loom sees it if that is wrong.
            counted.values[0].with_mut(|value| unsafe { *value = 7 });
            counted.latch.count_down(1);
        },
    );
}

fn opens_once() {
    let latch = Arc::new(Latch::new(2));
    let bells = [Bell::new(), Bell::new()];
    let mut waits = bells.each_ref().map(|_| Box::pin(latch.wait()));
    for (bell, wait) in bells.iter().zip(&mut waits) {
        assert!(bell.poll(wait.as_mut()).is_pending());
    }
    let other = Arc::clone(&latch);
    both(move || other.count_down(1), || latch.count_down(1));
    for (bell, wait) in bells.iter().zip(&mut waits) {
        assert_eq!(bell.rung(), 1);
        assert!(bell.poll(wait.as_mut()).is_ready());
    }
    assert!(latch.is_open());
}

fn cancelled_wait() {
    let latch = Arc::new(Latch::new(1));
    let (gives_up, waits) = (Arc::clone(&latch), Arc::clone(&latch));
    let gives_up = thread::spawn(move || {
        let _ = poll_once(pin!(gives_up.wait()).as_mut()).is_ready();
    });
    let waits = thread::spawn(move || waits.wait_blocking());
    latch.count_down(1);
    join(gives_up);
    join(waits);
    assert_eq!(latch.statistics().waiting, 0);
}
