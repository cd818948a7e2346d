//! Smoke.
use anyrt::sync::{Barrier, Condition, Event, Lock, Semaphore};
use std::sync::Arc;

#[test]
fn sizes() {
    println!(
        "lock {} fut {}",
        size_of::<Lock<()>>(),
        size_of::<anyrt::sync::LockFuture<'static, ()>>()
    );
    println!("sem {} fut {}", size_of::<Semaphore>(), size_of::<anyrt::sync::Acquire<'static>>());
    println!("event {} fut {}", size_of::<Event>(), size_of::<anyrt::sync::EventWait<'static>>());
    println!(
        "cond {} fut {}",
        size_of::<Condition>(),
        size_of::<anyrt::sync::ConditionWait<'static, 'static, ()>>()
    );
    println!(
        "barrier {} fut {}",
        size_of::<Barrier>(),
        size_of::<anyrt::sync::BarrierWait<'static>>()
    );
}

#[test]
fn threads_and_tasks() {
    for fair in [false, true] {
        let lock = Arc::new(if fair { Lock::fair(0u64) } else { Lock::new(0) });
        let sem = Arc::new(if fair { Semaphore::fair(2) } else { Semaphore::new(2) });
        let n = if fair { 500 } else { 20_000 };
        let ts: Vec<_> = (0..4)
            .map(|i| {
                let (lock, sem) = (lock.clone(), sem.clone());
                std::thread::spawn(move || {
                    for k in 0..n {
                        if i % 2 == 0 {
                            let _p = sem.acquire_many_blocking(1 + k % 2).unwrap();
                            *lock.lock_blocking() += 1;
                        } else {
                            futures_lite::future::block_on(async {
                                let _p = sem.acquire_many(1 + k % 2).await.unwrap();
                                *lock.lock().await += 1;
                            });
                        }
                    }
                })
            })
            .collect();
        for t in ts {
            t.join().unwrap();
        }
        assert_eq!(*lock.try_lock().unwrap(), 4 * u64::from(n));
        assert_eq!(sem.available(), 2);
    }
}
