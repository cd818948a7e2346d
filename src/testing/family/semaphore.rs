//! SYNC-SEM.

use std::pin::pin;
use std::sync::Arc;
use std::sync::atomic::{AtomicUsize, Ordering::SeqCst};
use std::task::Waker;
use std::time::Duration;

use super::super::kit::{Tally, poll_with, ready_by_now};
use super::queue;
use crate::contract::{FamilySemaphore, Runtime};
use crate::family::Semaphore;
use crate::task::yield_now;

/// As many permits as there should be, and no more.
#[track_caller]
fn assert_free<S: FamilySemaphore>(semaphore: &S, permits: usize) {
    let all: Vec<_> = std::iter::from_fn(|| semaphore.try_acquire()).collect();
    assert_eq!(all.len(), permits, "permits were lost or made");
}

/// Tasks that count who is inside.
pub async fn sem_1_no_more_than_there_are<R: Runtime>(rt: R) {
    let semaphore = Arc::new(Semaphore::<R>::new(3));
    let inside = Arc::new(AtomicUsize::new(0));
    let tasks: Vec<_> = (0..16)
        .map(|_| {
            let (semaphore, inside) = (Arc::clone(&semaphore), Arc::clone(&inside));
            rt.spawn(async move {
                for _ in 0..30 {
                    let _permit = semaphore.acquire().await;
                    assert!(inside.fetch_add(1, SeqCst) < 3);
                    yield_now().await;
                    inside.fetch_sub(1, SeqCst);
                }
            })
        })
        .collect();
    for task in tasks {
        task.await.unwrap();
    }
    assert_free(&*semaphore, 3);
}

/// Taken here, given back in a task.
pub async fn sem_1_an_owned_permit_goes_anywhere<R: Runtime>(rt: R) {
    let semaphore = Arc::new(Semaphore::<R>::new(1));
    let permit = Arc::clone(&semaphore).acquire_owned().await;
    assert!(semaphore.try_acquire().is_none());
    let task = rt.spawn(async move { drop(permit) });
    drop(semaphore.acquire().await);
    task.await.unwrap();
    assert_free(&*semaphore, 1);
}

/// The one behind it goes on.
pub async fn sem_2_a_queued_wait_is_dropped<R: Runtime>(_: R) {
    let semaphore = Semaphore::<R>::new(1);
    let held = semaphore.acquire().await;
    let (mut first, mut second) = (Box::pin(semaphore.acquire()), Box::pin(semaphore.acquire()));
    queue(&mut first).await;
    let woken = queue(&mut second).await;
    drop(first);
    drop(held);
    assert!(woken.count() > 0, "it is the first now, and was not woken");
    drop(ready_by_now(&mut second).await);
    drop(second);
    assert_free(&semaphore, 1);
}

/// The permit was meant for it, and goes to the next.
pub async fn sem_2_a_woken_wait_is_dropped<R: Runtime>(_: R) {
    let semaphore = Semaphore::<R>::new(1);
    let held = semaphore.acquire().await;
    let (mut first, mut second) = (Box::pin(semaphore.acquire()), Box::pin(semaphore.acquire()));
    let first_woken = queue(&mut first).await;
    let woken = queue(&mut second).await;
    drop(held);
    assert!(first_woken.count() > 0);
    drop(first);
    assert!(woken.count() > 0, "the wake-up was lost with the one that was dropped");
    drop(ready_by_now(&mut second).await);
    drop(second);
    assert_free(&semaphore, 1);
}

/// The permit is there for the next, however far a wait had come.
pub async fn sem_2_dropped_after_each_poll<R: Runtime>(_: R) {
    let semaphore = Semaphore::<R>::new(1);
    for polls in 0..4 {
        for release_before in 0..=polls {
            let mut held = Some(semaphore.acquire().await);
            let mut wait = Box::pin(semaphore.acquire());
            for poll in 0..polls {
                if poll == release_before {
                    held = None;
                }
                if poll_with(&mut wait, Waker::noop()).is_ready() {
                    break; // a future is not polled after its end
                }
            }
            drop(wait);
            drop(held);
            assert_free(&semaphore, 1);
        }
    }
}

/// Many give up at any point; no permit is lost, none is made.
pub async fn sem_2_a_storm_of_timeouts<R: Runtime>(rt: R) {
    let semaphore = Arc::new(Semaphore::<R>::new(2));
    let tasks: Vec<_> = (0..64)
        .map(|n| {
            let (rt, semaphore) = (rt.clone(), Arc::clone(&semaphore));
            let limit = Duration::from_micros(n * 7 % 50);
            rt.clone().spawn(async move {
                for _ in 0..10 {
                    let _permit = rt.timeout(limit, pin!(semaphore.acquire())).await;
                    yield_now().await;
                }
            })
        })
        .collect();
    for task in tasks {
        task.await.unwrap();
    }
    assert_free(&*semaphore, 2);
}

/// `None` while there is none.
pub async fn sem_3_try_acquire_does_not_wait<R: Runtime>(_: R) {
    let semaphore = Semaphore::<R>::new(0);
    assert!(semaphore.try_acquire().is_none());
    semaphore.add(2);
    assert_free(&semaphore, 2);
}

/// Those who wait get it.
pub async fn sem_4_what_is_added_is_given<R: Runtime>(_: R) {
    let semaphore = Semaphore::<R>::new(0);
    let mut waits: Vec<_> = (0..3).map(|_| Box::pin(semaphore.acquire())).collect();
    let mut woken = Vec::new();
    for wait in &mut waits {
        woken.push(queue(wait).await);
    }
    semaphore.add(2);
    assert!(woken[0].count() > 0);
    let first = ready_by_now(&mut waits[0]).await;
    assert!(woken[1].count() > 0);
    let second = ready_by_now(&mut waits[1]).await;
    queue(&mut waits[2]).await;
    drop(first);
    drop(ready_by_now(&mut waits[2]).await);
    drop(second);
    assert_free(&semaphore, 2);
}

/// "Futurelock": a task has a wait that was woken, does not poll it, and asks once more.
pub async fn sem_5_asked_for_after_the_release<R: Runtime>(_: R) {
    let semaphore = Semaphore::<R>::new(1);
    let held = semaphore.acquire().await;
    let mut dormant = Box::pin(semaphore.acquire());
    queue(&mut dormant).await;
    drop(held);
    drop(ready_by_now(&mut Box::pin(semaphore.acquire())).await);
    drop(ready_by_now(&mut dormant).await); // it has kept its place
}

/// Likewise, but both were queued when the permit was given back.
pub async fn sem_6_asked_for_before_the_release<R: Runtime>(_: R) {
    let semaphore = Semaphore::<R>::new(1);
    let held = semaphore.acquire().await;
    let task = Tally::new(); // one task, so one waker
    let (mut dormant, mut second) = (Box::pin(semaphore.acquire()), Box::pin(semaphore.acquire()));
    queue(&mut dormant).await;
    queue(&mut second).await;
    assert!(poll_with(&mut dormant, &task.waker()).is_pending());
    assert!(poll_with(&mut second, &task.waker()).is_pending());
    drop(held);
    assert!(task.count() > 0);
    drop(ready_by_now(&mut second).await);
    drop(ready_by_now(&mut dormant).await);
}
