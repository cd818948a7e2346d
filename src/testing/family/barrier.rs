//! SYNC-BARRIER.

use std::sync::Arc;
use std::sync::atomic::{AtomicUsize, Ordering::SeqCst};

use super::super::kit::ready_by_now;
use super::queue;
use crate::contract::{FamilyBarrier, Runtime};
use crate::family::Barrier;

/// Nobody passes before the last has come; then all do.
pub async fn barrier_1_all_or_none<R: Runtime>(_: R) {
    let barrier = Barrier::<R>::new(3);
    for _ in 0..2 {
        let (mut first, mut second) = (Box::pin(barrier.wait()), Box::pin(barrier.wait()));
        queue(&mut first).await;
        let woken = queue(&mut second).await;
        let mut last = Box::pin(barrier.wait());
        let leaders = [
            ready_by_now(&mut last).await,
            ready_by_now(&mut first).await,
            ready_by_now(&mut second).await,
        ];
        assert!(woken.count() > 0);
        assert_eq!(leaders.into_iter().filter(|leader| *leader).count(), 1);
    }
}

/// Tasks that meet again and again: nobody is a round ahead.
pub async fn barrier_1_one_leader_in_each_round<R: Runtime>(rt: R) {
    let shared = Arc::new((Barrier::<R>::new(4), AtomicUsize::new(0)));
    let tasks: Vec<_> = (0..4)
        .map(|_| {
            let shared = Arc::clone(&shared);
            rt.spawn(async move {
                let (barrier, arrived) = &*shared;
                let mut led = 0;
                for round in 1..=50 {
                    arrived.fetch_add(1, SeqCst);
                    led += usize::from(barrier.wait().await);
                    assert!(arrived.load(SeqCst) >= 4 * round);
                }
                led
            })
        })
        .collect();
    let mut led = 0;
    for task in tasks {
        led += task.await.unwrap();
    }
    assert_eq!(led, 50);
}

/// It has not arrived: the others wait for one more.
pub async fn barrier_2_a_party_that_gives_up<R: Runtime>(_: R) {
    let barrier = Barrier::<R>::new(2);
    let mut gives_up = Box::pin(barrier.wait());
    queue(&mut gives_up).await;
    drop(gives_up);
    let mut first = Box::pin(barrier.wait());
    queue(&mut first).await;
    ready_by_now(&mut Box::pin(barrier.wait())).await;
    ready_by_now(&mut first).await;
}
