//! The behaviour of what happens once: `Latch` and `OnceCell`.

use std::panic::{AssertUnwindSafe, catch_unwind};
use std::pin::pin;
use std::sync::Arc;
use std::sync::atomic::{AtomicU32, Ordering};
use std::time::Duration;

use anyrt::TimedOut;
use anyrt::sync::{Latch, OnceCell};

use crate::support::{Counter, poll, poll_with, run, watched};

const fn is_send_sync<T: Send + Sync>() {}

#[test]
fn auto_traits() {
    is_send_sync::<Latch>();
    is_send_sync::<OnceCell<u8>>();
}

#[test]
fn a_latch_opens_at_zero_and_stays_open() {
    let latch = Latch::new(3);
    let (counter, waker) = Counter::new();
    let mut wait = pin!(latch.wait());
    assert!(poll_with(wait.as_mut(), &waker).is_pending());
    assert_eq!((latch.remaining(), latch.statistics().waiting), (3, 1));
    latch.count_down(0);
    latch.count_down(2);
    assert!(!latch.is_open());
    assert_eq!((latch.remaining(), counter.count()), (1, 0));
    assert_eq!(latch.wait_within_blocking(Duration::ZERO), Err(TimedOut));
    latch.count_down(5);
    assert!(latch.is_open());
    assert_eq!((latch.remaining(), counter.count()), (0, 1));
    assert!(poll(wait).is_ready());
    latch.count_down(1);
    latch.wait_blocking();
    assert_eq!(latch.wait_within_blocking(Duration::ZERO), Ok(()));
    assert!(catch_unwind(|| Latch::new(0)).is_err());
}

#[test]
fn all_counts_are_seen_by_who_waited() {
    watched(|| {
        let latch = Latch::new(8);
        let done = AtomicU32::new(0);
        std::thread::scope(|scope| {
            for _ in 0..8 {
                scope.spawn(|| {
                    done.fetch_add(1, Ordering::Relaxed);
                    latch.count_down(1);
                });
            }
            latch.wait_blocking();
            assert_eq!(done.load(Ordering::Relaxed), 8);
        });
    });
}

#[test]
fn a_cell_is_filled_once() {
    run(async {
        let cell = OnceCell::new();
        assert_eq!(format!("{cell:?}"), "OnceCell(<empty>)");
        assert_eq!(cell.get_or_try_init(|| async { Err::<u32, _>("no") }).await, Err("no"));
        assert_eq!(*cell.get_or_init(|| async { 1 }).await, 1);
        assert_eq!(*cell.get_or_init(|| async { unreachable!() }).await, 1);
        assert_eq!(*cell.get_or_init_blocking(|| unreachable!()), 1);
        assert_eq!(cell.set(2), Err(2));
        assert_eq!((cell.get(), format!("{cell:?}")), (Some(&1), "OnceCell(1)".into()));
        let mut cell = cell;
        *cell.get_mut().unwrap() += 1;
        assert_eq!(cell.take(), Some(2));
        assert_eq!(cell.get_mut(), None);
        assert_eq!(cell.set(3), Ok(()));
        assert_eq!(cell.into_inner(), Some(3));
    });
}

#[test]
fn who_gives_up_making_leaves_it_to_the_next() {
    let cell = OnceCell::new();
    let mut first = Box::pin(cell.get_or_init(|| async {
        std::future::pending::<()>().await;
        1
    }));
    assert!(poll(first.as_mut()).is_pending());
    assert_eq!(cell.set(9), Err(9), "one is being made");
    let (counter, waker) = Counter::new();
    let mut second = Box::pin(cell.get_or_init(|| async { 2 }));
    assert!(poll_with(second.as_mut(), &waker).is_pending());
    drop(first);
    assert_eq!(counter.count(), 1);
    assert_eq!(poll(second.as_mut()), std::task::Poll::Ready(&2));
}

#[test]
fn a_panic_leaves_the_cell_empty() {
    let cell = OnceCell::new();
    let panic = catch_unwind(AssertUnwindSafe(|| *cell.get_or_init_blocking(|| panic!("no"))));
    assert!(panic.is_err());
    assert_eq!(*cell.get_or_init_blocking(|| 7), 7);
}

#[test]
fn one_of_many_makes_it_and_it_is_dropped_once() {
    struct Counted(Arc<AtomicU32>);
    impl Drop for Counted {
        fn drop(&mut self) {
            self.0.fetch_add(1, Ordering::SeqCst);
        }
    }
    watched(|| {
        let (made, dropped) = (AtomicU32::new(0), Arc::new(AtomicU32::new(0)));
        let cell = OnceCell::new();
        std::thread::scope(|scope| {
            for n in 0..8 {
                let (cell, made, dropped) = (&cell, &made, &dropped);
                scope.spawn(move || {
                    let init = || {
                        made.fetch_add(1, Ordering::SeqCst);
                        std::thread::yield_now();
                        Counted(Arc::clone(dropped))
                    };
                    if n % 2 == 0 {
                        cell.get_or_init_blocking(init);
                    } else {
                        futures_lite::future::block_on(cell.get_or_init(|| async { init() }));
                    }
                });
            }
        });
        assert_eq!((made.into_inner(), dropped.load(Ordering::SeqCst)), (1, 0));
        drop(cell);
        assert_eq!(dropped.load(Ordering::SeqCst), 1);
    });
}
