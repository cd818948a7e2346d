//! Python's `EventTests`, and what ours adds.

use std::pin::pin;
use std::sync::Arc;
use std::sync::atomic::{AtomicU32, Ordering};
use std::time::Duration;

use anyrt::TimedOut;
use anyrt::sync::{Event, EventWait};

use crate::support::{Counter, hostile, poll, poll_with, run, watched};

const fn is_send_sync<T: Send + Sync>() {}

#[test]
fn auto_traits_and_sizes() {
    is_send_sync::<Event>();
    is_send_sync::<EventWait<'static>>();
    assert!(size_of::<Event>() <= 24);
    assert!(size_of::<EventWait<'static>>() <= 56);
}

#[test]
fn is_set_and_cleared() {
    let event = Event::default();
    assert!(!event.is_set());
    event.set();
    assert!(event.is_set());
    event.set();
    assert!(event.is_set());
    assert!(format!("{event:?}").contains("set: true"));
    event.clear();
    assert!(!event.is_set());
    event.clear();
    assert!(!event.is_set());
}

#[test]
fn releases_threads_and_tasks() {
    watched(|| {
        let event = Event::new();
        let after = AtomicU32::new(0);
        std::thread::scope(|scope| {
            for n in 0..6 {
                let (event, after) = (&event, &after);
                scope.spawn(move || {
                    if n % 2 == 0 {
                        event.wait_blocking();
                    } else {
                        futures_lite::future::block_on(event.wait());
                    }
                    after.fetch_add(1, Ordering::SeqCst);
                    event.wait_blocking(); // goes through
                });
            }
            while event.statistics().waiting < 6 {
                std::thread::yield_now();
            }
            assert_eq!(after.load(Ordering::SeqCst), 0);
            event.set();
        });
        assert_eq!(after.into_inner(), 6);
        assert_eq!(event.statistics().waiting, 0);
    });
}

#[test]
fn a_thread_gives_up_in_time() {
    let event = Event::new();
    assert_eq!(event.wait_within_blocking(Duration::ZERO), Err(TimedOut));
    assert_eq!(event.wait_within_blocking(Duration::from_millis(5)), Err(TimedOut));
    assert_eq!(event.statistics().waiting, 0);
    event.set();
    assert_eq!(event.wait_within_blocking(Duration::ZERO), Ok(()));
    assert_eq!(event.wait_within_blocking(Duration::MAX), Ok(()));
}

/// Python's `test_set_and_clear`, which flags made of a notify and a bool fail.
#[test]
fn set_and_clear_at_once_releases_those_who_waited() {
    let event = Event::new();
    let mut waits: Vec<_> = (0..100).map(|_| Box::pin(event.wait())).collect();
    for wait in &mut waits {
        assert!(poll(wait.as_mut()).is_pending());
    }
    event.set();
    event.clear();
    assert!(poll(pin!(event.wait())).is_pending(), "but nobody else");
    assert!(waits.iter_mut().all(|wait| poll(wait.as_mut()).is_ready()));
}

#[test]
fn set_and_clear_at_once_releases_threads() {
    watched(|| {
        let event = Event::new();
        std::thread::scope(|scope| {
            for _ in 0..5 {
                scope.spawn(|| event.wait_blocking());
            }
            while event.statistics().waiting < 5 {
                std::thread::yield_now();
            }
            event.set();
            event.clear();
        });
    });
}

/// The waker of the first one clears the event and waits anew, while a batch of wakers is called.
#[test]
fn who_comes_during_set_waits_for_the_next() {
    let event = Arc::new(Event::new());
    let late: Arc<std::sync::Mutex<Option<_>>> = Arc::default();
    let waker = hostile({
        let (event, late) = (Arc::clone(&event), Arc::clone(&late));
        move || {
            let mut late = late.lock().unwrap();
            if event.is_set() && late.is_none() {
                event.clear();
                let event = Arc::clone(&event);
                let mut wait = Box::pin(async move { event.wait().await });
                assert!(poll(wait.as_mut()).is_pending());
                *late = Some(wait);
            }
        }
    });
    let mut waits: Vec<_> = (0..100).map(|_| Box::pin(event.wait())).collect();
    for wait in &mut waits {
        assert!(poll_with(wait.as_mut(), &waker).is_pending());
    }
    event.set();
    assert!(waits.iter_mut().all(|wait| poll(wait.as_mut()).is_ready()));
    let mut late = late.lock().unwrap().take().expect("a waker was called");
    assert!(poll(late.as_mut()).is_pending());
    event.set();
    assert!(poll(late.as_mut()).is_ready());
}

#[test]
fn waiters_are_woken_in_order() {
    let event = Event::new();
    let order = Arc::new(std::sync::Mutex::new(Vec::new()));
    let mut waits: Vec<_> = (0..100).map(|_| Box::pin(event.wait())).collect();
    for (n, wait) in waits.iter_mut().enumerate() {
        let order = Arc::clone(&order);
        let waker = hostile(move || order.lock().unwrap().push(n));
        assert!(poll_with(wait.as_mut(), &waker).is_pending());
    }
    order.lock().unwrap().clear(); // of clones and drops
    event.set();
    let mut woken = order.lock().unwrap().clone();
    woken.dedup(); // called, then dropped
    assert_eq!(woken, (0..100).collect::<Vec<_>>());
}

#[test]
fn a_cancelled_wait_leaves_the_others() {
    let event = Event::new();
    let (counter, waker) = Counter::new();
    let mut waits: Vec<_> = (0..3).map(|_| Box::pin(event.wait())).collect();
    for wait in &mut waits {
        assert!(poll_with(wait.as_mut(), &waker).is_pending());
    }
    drop(waits.remove(1));
    assert_eq!(event.statistics().waiting, 2);
    event.set();
    assert_eq!(counter.count(), 2);
    assert!(waits.iter_mut().all(|wait| poll(wait.as_mut()).is_ready()));
}

#[test]
fn the_last_waker_is_the_one_that_counts() {
    let event = Event::new();
    let mut wait = pin!(event.wait());
    let ((old, first), (new, second)) = (Counter::new(), Counter::new());
    assert!(poll_with(wait.as_mut(), &first).is_pending());
    assert!(poll_with(wait.as_mut(), &second).is_pending());
    event.set();
    assert_eq!((old.count(), new.count()), (0, 1));
}

#[test]
fn an_always_ready_loop_lets_others_run() {
    let event = Event::new();
    event.set();
    let mut endless = pin!(async {
        loop {
            event.wait().await;
        }
    });
    let (counter, waker) = Counter::new();
    for _ in 0..10 {
        let poll: std::task::Poll<()> = poll_with(endless.as_mut(), &waker);
        assert!(poll.is_pending());
    }
    assert_eq!(counter.count(), 10);
}

#[test]
fn writes_before_set_are_seen() {
    static READY: Event = Event::new();
    static VALUE: AtomicU32 = AtomicU32::new(0);
    let thread = std::thread::spawn(|| {
        VALUE.store(7, Ordering::Relaxed);
        READY.set();
    });
    run(async {
        READY.wait().await;
        assert_eq!(VALUE.load(Ordering::Relaxed), 7);
    });
    thread.join().unwrap();
}
