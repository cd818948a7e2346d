//! Threads and tasks of two runtimes on the same objects, with waits given up at any moment.

use std::sync::Arc;
use std::sync::atomic::{AtomicU32, AtomicU64, Ordering};
use std::time::Duration;

use anyrt::sync::{Barrier, Condition, Event, Lock, Semaphore};

use crate::mixed::{everywhere, impatient};
use crate::support::watched;

const ROUNDS: u32 = 300;

#[test]
fn a_lock() {
    for fair in [false, true] {
        watched(move || {
            let lock = Arc::new(if fair { Lock::fair(0_u64) } else { Lock::new(0) });
            let entered = Arc::new(AtomicU64::new(0));
            everywhere(|n| {
                let (lock, entered) = (Arc::clone(&lock), Arc::clone(&entered));
                async move {
                    for round in 0..ROUNDS {
                        let guard = if round % 3 == n % 3 {
                            impatient(round % 4, lock.lock()).await
                        } else if n % 3 == 0 && round % 3 == 1 {
                            Some(lock.lock_blocking())
                        } else {
                            Some(lock.lock().await)
                        };
                        let Some(mut guard) = guard else { continue };
                        let seen = *guard;
                        if n % 3 != 0 && round % 5 == 0 {
                            futures_lite::future::yield_now().await;
                        }
                        *guard = seen + 1;
                        entered.fetch_add(1, Ordering::Relaxed);
                    }
                }
            });
            assert_eq!(*lock.try_lock().expect("free"), entered.load(Ordering::Relaxed));
            assert_eq!(lock.statistics().waiting, 0);
        });
    }
}

#[test]
fn a_semaphore() {
    for fair in [false, true] {
        watched(move || {
            let semaphore = Arc::new(if fair { Semaphore::fair(3) } else { Semaphore::new(3) });
            let inside = Arc::new(AtomicU32::new(0));
            everywhere(|n| {
                let (semaphore, inside) = (Arc::clone(&semaphore), Arc::clone(&inside));
                async move {
                    for round in 0..ROUNDS {
                        let wants = 1 + (n + round) % 3;
                        let permit = if round % 2 == 0 {
                            impatient(round % 4, semaphore.acquire_many(wants)).await
                        } else {
                            Some(semaphore.acquire_many(wants).await)
                        };
                        let Some(permit) = permit else { continue };
                        assert!(inside.fetch_add(wants, Ordering::SeqCst) + wants <= 3);
                        futures_lite::future::yield_now().await;
                        inside.fetch_sub(wants, Ordering::SeqCst);
                        drop(permit.expect("never closed"));
                    }
                }
            });
            assert_eq!(semaphore.available(), 3);
            assert_eq!(semaphore.statistics().waiting, 0);
        });
    }
}

#[test]
fn an_event() {
    watched(|| {
        let (event, done) = (Arc::new(Event::new()), Arc::new(AtomicU32::new(0)));
        let setter = std::thread::spawn({
            let (event, done) = (Arc::clone(&event), Arc::clone(&done));
            move || {
                while done.load(Ordering::SeqCst) < 9 {
                    event.set();
                    event.clear();
                    std::thread::yield_now();
                }
            }
        });
        everywhere(|n| {
            let (event, done) = (Arc::clone(&event), Arc::clone(&done));
            async move {
                for round in 0..ROUNDS / 4 {
                    if (n + round) % 3 == 0 {
                        impatient(round % 3, event.wait()).await;
                    } else {
                        event.wait().await;
                    }
                }
                done.fetch_add(1, Ordering::SeqCst);
            }
        });
        setter.join().unwrap();
        assert_eq!(event.statistics().waiting, 0);
    });
}

/// Tokens go round; a notification that a cancelled waiter swallows stops it.
#[test]
fn a_condition() {
    watched(|| {
        let shared = Arc::new((Lock::new(0_u32), Condition::new()));
        let taken = Arc::new(AtomicU32::new(0));
        let total = 9 * ROUNDS / 3;
        let producer = std::thread::spawn({
            let shared = Arc::clone(&shared);
            move || {
                for _ in 0..total {
                    *shared.0.lock_blocking() += 1;
                    shared.1.notify(1);
                }
            }
        });
        everywhere(|n| {
            let (shared, taken) = (Arc::clone(&shared), Arc::clone(&taken));
            async move {
                let (lock, condition) = &*shared;
                let mut mine = 0;
                for round in 0.. {
                    if mine == ROUNDS / 3 {
                        break;
                    }
                    let one = async {
                        let guard = lock.lock().await;
                        condition.wait_for(guard, |tokens| *tokens > 0).await
                    };
                    let guard = if (n + round) % 2 == 0 {
                        impatient(round % 5, one).await
                    } else {
                        Some(one.await)
                    };
                    if let Some(mut guard) = guard {
                        *guard -= 1;
                        mine += 1;
                        taken.fetch_add(1, Ordering::Relaxed);
                    }
                }
            }
        });
        producer.join().unwrap();
        assert_eq!((taken.load(Ordering::Relaxed), *shared.0.lock_blocking()), (total, 0));
    });
}

/// Nobody passes before all have arrived. (Nobody withdraws: who drops a wait can't tell whether its
/// round has passed just then, and so not how often to come again; `cancel.rs` and the models do that.)
#[test]
fn a_barrier() {
    watched(|| {
        let barrier = Arc::new(Barrier::new(9));
        let arrived = Arc::new(AtomicU32::new(0));
        everywhere(|_| {
            let (barrier, arrived) = (Arc::clone(&barrier), Arc::clone(&arrived));
            async move {
                for round in 1..=ROUNDS / 3 {
                    arrived.fetch_add(1, Ordering::SeqCst);
                    barrier.wait().await.expect("not broken");
                    assert!(arrived.load(Ordering::SeqCst) >= 9 * round);
                }
            }
        });
        assert_eq!(barrier.waiting(), 0);
    });
}

#[test]
fn deadlines_of_threads() {
    watched(|| {
        let lock = Lock::new(0_u32);
        let semaphore = Semaphore::new(1);
        let counted = AtomicU32::new(0);
        std::thread::scope(|scope| {
            for n in 0..6_u32 {
                let (lock, semaphore, counted) = (&lock, &semaphore, &counted);
                scope.spawn(move || {
                    for round in 0..200_u32 {
                        let limit = Duration::from_micros(u64::from((n * round) % 90));
                        let permit = semaphore.acquire_within_blocking(1, limit);
                        if let Ok(mut guard) = lock.lock_within_blocking(limit) {
                            *guard += 1;
                            counted.fetch_add(1, Ordering::Relaxed);
                        }
                        drop(permit);
                    }
                });
            }
        });
        assert_eq!(*lock.try_lock().unwrap(), counted.into_inner());
        assert_eq!(semaphore.available(), 1);
        assert_eq!((lock.statistics().waiting, semaphore.statistics().waiting), (0, 0));
    });
}
