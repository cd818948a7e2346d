//! The shape of Oxide's RFD 609: a task has a queued acquire that it does not poll any more, but keeps,
//! and awaits a second one; before and after the holder lets go. It must get there. Also where each
//! acquire is polled with a waker of its own, as combinators do. In plain code and on every backend.

#[path = "support/owners.rs"]
mod owners;
#[allow(dead_code, reason = "tests/sync uses all of it")]
#[path = "sync/support.rs"]
mod support;

use std::future::Future;
use std::pin::Pin;
use std::sync::Arc;
use std::task::{Context, Poll, Wake, Waker};

use anyrt::prelude::*;
use anyrt::sim::Policy;
use anyrt::sync::{Condition, Lock, Owner, ReentrantLock, RwLock, Semaphore};
use anyrt::{AsyncStd, SmolGlobal, TokioOwner};

use owners::{Erased, Existing, ends, lasts};
use support::{poll_with, watched};

/// Runs `test` with no runtime, and on each.
fn everywhere(test: impl Fn(&Executor) + Send + 'static) {
    watched(move || {
        test(&Executor(None));
        let owners = [
            ends(owners::tokio(2)),
            ends(owners::one_blocking_thread()),
            ends(TokioOwner::current_thread().unwrap()),
            lasts(Existing),
            ends(owners::smol(2)),
            lasts(SmolGlobal),
            lasts(AsyncStd),
            ends(owners::threads(2)),
            ends(owners::threads_with_one_blocking()),
            ends(owners::sim(Policy::Random)),
        ];
        for owner in owners {
            test(&Executor(Some(owner)));
        }
    });
}

struct Executor(Option<Erased>);

impl Executor {
    fn block_on<F: Future>(&self, future: F) -> F::Output {
        match &self.0 {
            None => futures_lite::future::block_on(future),
            Some(owner) => owner.block_on(future),
        }
    }
}

/// A waker that passes on to its task's, and so is equal to no other.
fn own_waker(task: &Waker) -> Waker {
    struct Own(Waker);
    impl Wake for Own {
        fn wake(self: Arc<Self>) {
            self.0.wake_by_ref();
        }
    }
    Waker::from(Arc::new(Own(task.clone())))
}

#[derive(Clone, Copy, Debug)]
struct Shape {
    /// Whether the holder lets go before the second acquire is made, or only when it waits.
    before: bool,
    /// Whether the dormant future has a waker of its own.
    combinator: bool,
}

const SHAPES: [Shape; 4] = [
    Shape { before: false, combinator: false },
    Shape { before: false, combinator: true },
    Shape { before: true, combinator: false },
    Shape { before: true, combinator: true },
];

/// Several dormant acquires, then one that is awaited.
fn shape<F: Future>(
    executor: &Executor,
    shape: Shape,
    mut acquire: impl FnMut() -> F,
    let_go: impl FnOnce(),
) {
    let mut let_go = Some(let_go);
    let mut dormant: Vec<Pin<Box<F>>> = (0..3).map(|_| Box::pin(acquire())).collect();
    let mut second = None;
    executor.block_on(std::future::poll_fn(|cx: &mut Context<'_>| {
        let second = second.get_or_insert_with(|| {
            for future in &mut dormant {
                let own = own_waker(cx.waker());
                let waker = if shape.combinator { &own } else { cx.waker() };
                assert!(poll_with(future.as_mut(), waker).is_pending());
            }
            if shape.before {
                let_go.take().expect("once")();
            }
            Box::pin(acquire())
        });
        let polled = second.as_mut().poll(cx);
        if let Some(let_go) = let_go.take() {
            let_go();
        }
        polled.map(drop)
    }));
    drop(second);
    // And the dormant ones have kept their claim.
    for future in &mut dormant {
        drop(executor.block_on(future.as_mut()));
    }
}

#[test]
fn locks() {
    for fair in [false, true] {
        for which in SHAPES {
            everywhere(move |executor| {
                let lock = if fair { Lock::fair(()) } else { Lock::new(()) };
                let held = lock.try_lock().unwrap();
                shape(executor, which, || lock.lock(), || drop(held));
                assert!(!lock.is_locked());
                assert_eq!(lock.statistics().waiting, 0);
            });
        }
    }
}

#[test]
fn reentrant_locks() {
    for fair in [false, true] {
        for which in SHAPES {
            everywhere(move |executor| {
                let lock = if fair { ReentrantLock::fair(()) } else { ReentrantLock::new(()) };
                let held = lock.try_lock(Owner::new()).unwrap();
                shape(executor, which, || lock.lock(Owner::new()), || drop(held));
                assert!(!lock.is_locked());
                assert_eq!(lock.statistics().waiting, 0);
            });
        }
    }
}

#[test]
fn writers_and_readers() {
    for fair in [false, true] {
        for which in SHAPES {
            everywhere(move |executor| {
                let lock = if fair { RwLock::fair(()) } else { RwLock::new(()) };
                let held = lock.try_write().unwrap();
                shape(executor, which, || lock.write(), || drop(held));
                let held = lock.try_write().unwrap();
                shape(executor, which, || lock.read(), || drop(held));
                assert!(lock.try_write().is_some());
                assert_eq!(lock.statistics().waiting, 0);
            });
        }
    }
}

#[test]
fn semaphores() {
    for fair in [false, true] {
        for which in SHAPES {
            for n in [1, 3] {
                everywhere(move |executor| {
                    let semaphore = if fair { Semaphore::fair(3) } else { Semaphore::new(3) };
                    let held = semaphore.try_acquire_many(3).unwrap();
                    shape(executor, which, || semaphore.acquire_many(n), || drop(held));
                    assert_eq!(semaphore.available(), 3);
                });
            }
        }
    }
}

#[test]
fn the_second_lock_of_a_condition() {
    for fair in [false, true] {
        for combinator in [false, true] {
            everywhere(move |executor| {
                let lock = if fair { Lock::fair(()) } else { Lock::new(()) };
                let condition = Condition::new();
                let mut dormant = Box::pin(condition.wait(lock.try_lock().unwrap()));
                let mut held = None;
                let mut second = None;
                executor.block_on(std::future::poll_fn(|cx| {
                    let second = second.get_or_insert_with(|| {
                        let own = own_waker(cx.waker());
                        let waker = if combinator { &own } else { cx.waker() };
                        assert!(poll_with(dormant.as_mut(), waker).is_pending());
                        held = lock.try_lock();
                        condition.notify(1);
                        assert!(poll_with(dormant.as_mut(), waker).is_pending()); // locks again
                        drop(held.take()); // which wakes it
                        Box::pin(lock.lock())
                    });
                    second.as_mut().poll(cx).map(drop)
                }));
                drop(executor.block_on(dormant));
                assert!(!lock.is_locked());
            });
        }
    }
}

/// A dormant future of one task, woken, does not stop the tasks behind it while others come and go.
#[test]
fn a_dormant_future_of_another_task() {
    for fair in [false, true] {
        watched(move || {
            let lock = if fair { Lock::fair(()) } else { Lock::new(()) };
            let held = lock.try_lock().unwrap();
            let mut dormant = Box::pin(lock.lock());
            assert_eq!(poll_with(dormant.as_mut(), Waker::noop()).map(drop), Poll::Pending);
            std::thread::scope(|scope| {
                for _ in 0..2 {
                    scope.spawn(|| drop(lock.lock_blocking()));
                }
                while lock.statistics().waiting < 3 {
                    std::thread::yield_now();
                }
                drop(held);
                while lock.statistics().waiting > 0 {
                    drop(lock.lock_blocking());
                }
            });
        });
    }
}
