//! The behaviour of `RwLock`.

use std::cell::Cell;
use std::panic::{AssertUnwindSafe, catch_unwind};
use std::pin::pin;
use std::sync::Arc;
use std::sync::atomic::{AtomicU32, Ordering};
use std::time::Duration;

use anyrt::TimedOut;
use anyrt::sync::{OwnedReadGuard, OwnedWriteGuard, Read, ReadGuard, RwLock, Write, WriteGuard};

use crate::support::{Counter, poll, poll_with, run, watched};

const fn is_send<T: Send>() {}
const fn is_sync<T: Sync>() {}

#[test]
fn auto_traits() {
    is_send::<RwLock<Cell<u8>>>();
    is_sync::<RwLock<u8>>();
    is_send::<ReadGuard<'static, u8>>();
    is_sync::<WriteGuard<'static, u8>>();
    is_send::<OwnedReadGuard<u8>>();
    is_sync::<OwnedWriteGuard<u8>>();
    is_send::<Read<'static, u8>>();
    is_sync::<Write<'static, u8>>();
}

#[test]
fn readers_share_and_a_writer_is_alone() {
    for lock in [RwLock::new(1), RwLock::fair(1)] {
        let readers: Vec<_> = (0..3).map(|_| lock.try_read().unwrap()).collect();
        assert_eq!((lock.statistics().readers, lock.statistics().written), (3, false));
        assert!(lock.try_write().is_none());
        assert!(poll(pin!(lock.write())).is_pending());
        let limit = Duration::from_millis(5);
        assert_eq!(lock.write_within_blocking(limit).unwrap_err(), TimedOut);
        drop(readers);
        let mut writer = lock.try_write().unwrap();
        *writer += 1;
        assert!(lock.statistics().written);
        assert!(lock.try_read().is_none() && lock.try_write().is_none());
        assert!(poll(pin!(lock.read())).is_pending());
        assert_eq!(lock.read_within_blocking(limit).unwrap_err(), TimedOut);
        drop(writer);
        assert_eq!(*lock.read_within_blocking(Duration::ZERO).unwrap(), 2);
        assert_eq!(*lock.write_within_blocking(Duration::ZERO).unwrap(), 2);
        assert_eq!(lock.into_inner(), 2);
    }
}

#[test]
fn a_writer_lets_all_waiting_readers_in() {
    let lock = RwLock::new(0);
    let writer = lock.write_blocking();
    let (counter, waker) = Counter::new();
    let mut readers: Vec<_> = (0..100).map(|_| Box::pin(lock.read())).collect();
    for reader in &mut readers {
        assert!(poll_with(reader.as_mut(), &waker).is_pending());
    }
    drop(writer);
    assert_eq!(counter.count(), 100);
    let guards: Vec<_> = readers.iter_mut().map(|reader| poll(reader.as_mut())).collect();
    assert!(guards.iter().all(std::task::Poll::is_ready));
    assert_eq!(lock.statistics().readers, 100);
}

#[test]
fn in_a_fair_one_a_reader_waits_behind_a_writer() {
    let lock = RwLock::fair(0);
    let reader = lock.try_read().unwrap();
    let mut writer = Box::pin(lock.write());
    assert!(poll(writer.as_mut()).is_pending());
    let mut late = Box::pin(lock.read());
    assert!(poll(late.as_mut()).is_pending());
    drop(reader);
    assert!(poll(late.as_mut()).is_pending());
    let written = poll(writer.as_mut());
    assert!(written.is_ready());
    drop(written);
    assert!(poll(late.as_mut()).is_ready());
}

#[test]
fn readers_do_not_starve_a_writer() {
    let lock = RwLock::new(());
    let mut reader = lock.try_read().unwrap();
    let mut writer = Box::pin(lock.write());
    assert!(poll(writer.as_mut()).is_pending());
    let mut rounds = 0;
    while let Some(next) = lock.try_read() {
        reader = next; // before the one before goes
        std::thread::sleep(Duration::from_micros(100));
        rounds += 1;
        assert!(rounds < 100_000, "starves");
    }
    drop(reader);
    assert!(poll(writer.as_mut()).is_ready());
    assert!(lock.try_read().is_some());
}

#[test]
fn a_writer_that_gives_up_lets_the_readers_behind_it_in() {
    let lock = RwLock::fair(0);
    let reader = lock.try_read().unwrap();
    let mut writer = Box::pin(lock.write());
    assert!(poll(writer.as_mut()).is_pending());
    let (counter, waker) = Counter::new();
    let mut late = Box::pin(lock.read());
    assert!(poll_with(late.as_mut(), &waker).is_pending());
    drop(writer);
    assert_eq!(counter.count(), 1);
    assert!(poll(late.as_mut()).is_ready());
    drop(reader);
    assert!(lock.try_write().is_some());
}

#[test]
fn a_downgraded_writer_lets_readers_in_and_no_writer() {
    let lock = RwLock::new(0);
    let mut writer = lock.try_write().unwrap();
    *writer = 7;
    let mut waits = Box::pin(lock.read());
    assert!(poll(waits.as_mut()).is_pending());
    let reader = WriteGuard::downgrade(writer);
    assert!(poll(waits.as_mut()).is_ready());
    assert!(lock.try_write().is_none());
    assert_eq!(*reader, 7);
    drop(reader);
    assert!(lock.try_write().is_some());
}

#[test]
fn owned_guards() {
    run(async {
        let lock = Arc::new(RwLock::new(1));
        let one = Arc::clone(&lock).read_owned().await;
        let two = Arc::clone(&lock).read_owned().await;
        assert_eq!(*one + *two, 2);
        assert_eq!(format!("{one:?}"), "1");
        drop((one, two));
        let mut writer = Arc::clone(&lock).write_owned().await;
        *writer += 1;
        assert_eq!((*writer, format!("{writer:?}")), (2, "2".into()));
        assert!(lock.try_read().is_none());
        drop(writer);
        assert_eq!(*lock.read().await, 2);
    });
}

#[test]
fn the_usual_traits() {
    let mut lock = RwLock::from(3);
    *lock.get_mut() += 1;
    assert_eq!(format!("{lock:?}"), "RwLock(4)");
    let writer = lock.try_write().unwrap();
    assert_eq!(format!("{lock:?} {writer:?}"), "RwLock(<locked>) 4");
    drop(writer);
    assert_eq!(format!("{:?}", lock.try_read().unwrap()), "4");
    let futures = format!("{:?} {:?}", lock.read(), lock.write());
    assert_eq!(futures, "Read { slot: None, .. } Write { slot: None, .. }");
    assert_eq!(*RwLock::<u8>::default().try_read().unwrap(), 0);
    let panic = catch_unwind(AssertUnwindSafe(|| {
        let _writer = lock.write_blocking();
        panic!("in the section");
    }));
    assert!(panic.is_err());
    assert!(lock.try_write().is_some());
}

#[test]
fn threads_and_tasks_together() {
    for fair in [false, true] {
        watched(move || {
            let lock = if fair { RwLock::fair(0_u32) } else { RwLock::new(0) };
            let inside = AtomicU32::new(0);
            std::thread::scope(|scope| {
                for n in 0..6_u32 {
                    let (lock, inside) = (&lock, &inside);
                    scope.spawn(move || {
                        for round in 0..100 {
                            if (n + round) % 3 == 0 {
                                let mut writer = if n % 2 == 0 {
                                    lock.write_blocking()
                                } else {
                                    futures_lite::future::block_on(lock.write())
                                };
                                assert_eq!(inside.load(Ordering::SeqCst), 0);
                                *writer += 1;
                            } else {
                                let reader = if n % 2 == 0 {
                                    lock.read_blocking()
                                } else {
                                    futures_lite::future::block_on(lock.read())
                                };
                                inside.fetch_add(1, Ordering::SeqCst);
                                let seen = *reader;
                                std::thread::yield_now();
                                assert_eq!(*reader, seen);
                                inside.fetch_sub(1, Ordering::SeqCst);
                            }
                        }
                    });
                }
            });
            assert_eq!(*lock.try_write().expect("free"), 200);
            assert_eq!(lock.statistics().waiting, 0);
        });
    }
}
