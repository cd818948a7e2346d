//! The law, mechanically: each wait is dropped after each number of polls, at each stage of a script
//! of what happens to it, and afterwards everything is as if it had never been.

use std::future::Future;
use std::pin::Pin;
use std::task::Poll;

use anyrt::sync::{Barrier, Condition, Event, Lock, Semaphore};

use crate::support::poll;

/// Runs `script` step by step with a poll of `victim` after each; the victim is dropped before step
/// `end`. `true` if it was ready by then.
fn dropped_at<F: Future>(victim: F, end: usize, script: &mut [&mut dyn FnMut()]) -> bool {
    let mut victim: Option<Pin<Box<F>>> = Some(Box::pin(victim));
    let mut ready = false;
    for (n, step) in script.iter_mut().enumerate() {
        if n == end {
            victim = None;
        }
        step();
        if let Some(future) = &mut victim
            && !ready
        {
            ready = poll(future.as_mut()).is_ready();
        }
    }
    ready
}

#[test]
fn a_lock() {
    for fair in [false, true] {
        for end in 0..5 {
            let lock = if fair { Lock::fair(0) } else { Lock::new(0) };
            let held = std::cell::Cell::new(lock.try_lock());
            let mut other = Box::pin(lock.lock());
            let mut had = false;
            let ready = dropped_at(
                async { drop(lock.lock().await) },
                end,
                &mut [&mut || (), &mut || drop(held.take()), &mut || (), &mut || {
                    had |= !had && poll(other.as_mut()).is_ready();
                }],
            );
            assert_eq!(ready, end > 1);
            had |= !had && poll(other.as_mut()).is_ready();
            assert!(had, "dropped before step {end}");
            assert!(!lock.is_locked());
            assert_eq!(lock.statistics().waiting, 0);
        }
    }
}

#[test]
fn a_semaphore() {
    for fair in [false, true] {
        for end in 0..6 {
            let semaphore = if fair { Semaphore::fair(1) } else { Semaphore::new(1) };
            let add = || semaphore.add(1).unwrap();
            let mut other = Box::pin(semaphore.acquire_many(2));
            dropped_at(
                async { drop(semaphore.acquire_many(3).await) },
                end,
                &mut [
                    &mut || (),
                    &mut || assert!(poll(other.as_mut()).is_pending()),
                    &mut || add(),
                    &mut || add(),
                    &mut || (),
                ],
            );
            assert!(poll(other.as_mut()).is_ready(), "dropped before step {end}");
            assert_eq!(semaphore.available(), 3);
            assert_eq!(semaphore.statistics().waiting, 0);
        }
    }
}

#[test]
fn an_event() {
    for end in 0..5 {
        let event = Event::new();
        let mut other = Box::pin(event.wait());
        let ready = dropped_at(
            event.wait(),
            end,
            &mut [
                &mut || (),
                &mut || assert!(poll(other.as_mut()).is_pending()),
                &mut || event.set(),
                &mut || event.clear(),
            ],
        );
        assert_eq!(ready, end > 2);
        assert!(poll(other.as_mut()).is_ready(), "dropped before step {end}");
        assert_eq!(event.statistics().waiting, 0);
    }
}

#[test]
fn a_condition() {
    for end in 0..6 {
        let (lock, condition) = (Lock::new(()), Condition::new());
        let mut other = Box::pin(async { drop(condition.wait(lock.lock().await).await) });
        let held = std::cell::Cell::new(None);
        let ready = dropped_at(
            async { drop(condition.wait(lock.lock().await).await) },
            end,
            &mut [
                &mut || (),
                &mut || assert!(poll(other.as_mut()).is_pending()),
                &mut || {
                    held.set(lock.try_lock());
                    condition.notify(1);
                },
                &mut || drop(held.take()),
                &mut || (),
            ],
        );
        // Either has the one notification, and exactly one.
        assert_eq!(ready, end > 3);
        let other_ready = poll(other.as_mut()).is_ready();
        assert!(ready != other_ready, "dropped before step {end}");
        drop(other);
        assert!(!lock.is_locked());
        assert_eq!(condition.statistics().waiting, 0);
    }
}

#[test]
fn a_barrier() {
    for end in 0..5 {
        let barrier = Barrier::new(3);
        let mut others: Vec<_> = (0..3).map(|_| Box::pin(barrier.wait())).collect();
        let mut ready = [false; 3];
        let mut arrive = |n: usize| ready[n] = ready[n] || poll(others[n].as_mut()).is_ready();
        let arrive_in_turn = std::cell::RefCell::new(&mut arrive);
        let passed = dropped_at(
            barrier.wait(),
            end,
            &mut [
                &mut || (),
                &mut || (arrive_in_turn.borrow_mut())(0),
                &mut || (arrive_in_turn.borrow_mut())(1),
                &mut || (),
            ],
        );
        assert_eq!(passed, end > 2);
        if !passed {
            assert_eq!(barrier.waiting(), 2, "dropped before step {end}");
            arrive(2);
        }
        arrive(0);
        arrive(1);
        assert!(ready[0] && ready[1]);
        assert_eq!(barrier.waiting(), 0);
    }
}

#[test]
fn many_at_random_points() {
    let mut seed = 0x9e37_79b9_u32;
    let mut random = move |below: u32| {
        seed ^= seed << 13;
        seed ^= seed >> 17;
        seed ^= seed << 5;
        seed % below
    };
    for fair in [false, true] {
        let semaphore = if fair { Semaphore::fair(3) } else { Semaphore::new(3) };
        let mut waits: Vec<Option<Pin<Box<anyrt::sync::Acquire<'_>>>>> =
            (0..20).map(|_| None).collect();
        let mut permits = Vec::new();
        for _ in 0..20_000 {
            let n = random(20) as usize;
            match random(4) {
                0 => waits[n] = None,
                1 if waits[n].is_none() => {
                    waits[n] = Some(Box::pin(semaphore.acquire_many(1 + random(3))));
                }
                2 if !permits.is_empty() => drop(permits.swap_remove(n % permits.len())),
                _ => {}
            }
            if let Some(wait) = &mut waits[n]
                && let Poll::Ready(permit) = poll(wait.as_mut())
            {
                permits.push(permit.unwrap());
                waits[n] = None;
            }
            let held: u32 = permits.iter().map(anyrt::sync::Permit::count).sum();
            assert_eq!(semaphore.available() + held, 3);
        }
        waits.clear();
        permits.clear();
        assert_eq!(semaphore.available(), 3);
        assert!(semaphore.try_acquire_many(3).is_ok());
    }
}
