//! SYNC-QUEUE.

use std::sync::Arc;

use super::super::kit::{Tally, poll_with, ready_by_now};
use super::queue;
use crate::contract::{FamilyQueue, Runtime};
use crate::family::Queue;

/// First in, first out; who puts into a full one waits.
pub async fn queue_1_in_order_and_bounded<R: Runtime>(_: R) {
    let items = Queue::<R, u8>::bounded(2);
    assert_eq!(items.try_get(), None);
    assert_eq!(items.put(1).await, Ok(()));
    assert_eq!(items.try_put(2), Ok(()));
    assert_eq!(items.try_put(3), Err(3));
    let mut put = Box::pin(items.put(3));
    let woken = queue(&mut put).await;
    assert_eq!(items.get().await, Some(1));
    assert!(woken.count() > 0);
    assert_eq!(ready_by_now(&mut put).await, Ok(()));
    assert_eq!((items.try_get(), items.try_get(), items.try_get()), (Some(2), Some(3), None));
}

/// Three tasks put, three get: nothing is lost or doubled.
pub async fn queue_1_each_item_once<R: Runtime>(rt: R) {
    let items = Arc::new(Queue::<R, u32>::bounded(2));
    let puts: Vec<_> = (0..3)
        .map(|n| {
            let items = Arc::clone(&items);
            rt.spawn(async move {
                for i in 0..100 {
                    items.put(100 * n + i).await.unwrap();
                }
            })
        })
        .collect();
    let gets: Vec<_> = (0..3)
        .map(|_| {
            let items = Arc::clone(&items);
            rt.spawn(async move {
                let mut got = Vec::new();
                while let Some(item) = items.get().await {
                    got.push(item);
                }
                got
            })
        })
        .collect();
    for put in puts {
        put.await.unwrap();
    }
    items.close();
    let mut got = Vec::new();
    for get in gets {
        got.extend(get.await.unwrap());
    }
    got.sort_unstable();
    assert!(got.into_iter().eq(0..300));
}

/// The first of two gives up before there is an item.
pub async fn queue_2_a_queued_wait_is_dropped<R: Runtime>(_: R) {
    let items = Queue::<R, u8>::bounded(1);
    let (mut gives_up, mut get) = (Box::pin(items.get()), Box::pin(items.get()));
    queue(&mut gives_up).await;
    let woken = queue(&mut get).await;
    drop(gives_up);
    items.try_put(1).unwrap();
    assert!(woken.count() > 0);
    assert_eq!(ready_by_now(&mut get).await, Some(1));
}

/// The first of two gives up after it was woken: the item is still there, and still the first.
pub async fn queue_2_a_woken_wait_is_dropped<R: Runtime>(_: R) {
    let items = Queue::<R, u8>::bounded(2);
    let (mut gives_up, mut get) = (Box::pin(items.get()), Box::pin(items.get()));
    let first = queue(&mut gives_up).await;
    let second = queue(&mut get).await;
    items.try_put(1).unwrap();
    assert!(first.count() > 0);
    drop(gives_up);
    assert!(second.count() > 0);
    items.try_put(2).unwrap();
    assert_eq!(ready_by_now(&mut get).await, Some(1));
    assert_eq!(items.get().await, Some(2));
}

/// A wait that moves to another task is woken there.
pub async fn queue_2_the_last_waker_is_woken<R: Runtime>(_: R) {
    let items = Queue::<R, u8>::bounded(1);
    let mut get = Box::pin(items.get());
    queue(&mut get).await;
    let woken = queue(&mut get).await;
    items.try_put(1).unwrap();
    assert!(woken.count() > 0);
    assert_eq!(ready_by_now(&mut get).await, Some(1));

    items.try_put(2).unwrap();
    let mut put = Box::pin(items.put(3));
    queue(&mut put).await;
    let woken = queue(&mut put).await;
    assert_eq!(items.try_get(), Some(2));
    assert!(woken.count() > 0);
    ready_by_now(&mut put).await.unwrap();
}

/// The first of two gives up while the queue is full.
pub async fn queue_3_a_queued_wait_is_dropped<R: Runtime>(_: R) {
    let items = Queue::<R, u8>::bounded(1);
    items.try_put(0).unwrap();
    let (mut gives_up, mut put) = (Box::pin(items.put(1)), Box::pin(items.put(2)));
    queue(&mut gives_up).await;
    let woken = queue(&mut put).await;
    drop(gives_up);
    assert_eq!(items.try_get(), Some(0));
    assert!(woken.count() > 0);
    ready_by_now(&mut put).await.unwrap();
    assert_eq!((items.try_get(), items.try_get()), (Some(2), None));
}

/// The first of two gives up after it was woken.
pub async fn queue_3_a_woken_wait_is_dropped<R: Runtime>(_: R) {
    let items = Queue::<R, u8>::bounded(1);
    items.try_put(0).unwrap();
    let (mut gives_up, mut put) = (Box::pin(items.put(1)), Box::pin(items.put(2)));
    queue(&mut gives_up).await;
    let woken = queue(&mut put).await;
    assert_eq!(items.try_get(), Some(0));
    drop(gives_up);
    assert!(woken.count() > 0);
    ready_by_now(&mut put).await.unwrap();
    assert_eq!((items.try_get(), items.try_get()), (Some(2), None));
}

/// Those who wait for room are woken, and get their items back.
pub async fn queue_4_close_gives_back_and_drains<R: Runtime>(_: R) {
    let items = Queue::<R, u8>::bounded(1);
    items.try_put(0).unwrap();
    let mut put = Box::pin(items.put(1));
    let woken = queue(&mut put).await;
    items.close();
    assert!(woken.count() > 0);
    assert_eq!(ready_by_now(&mut put).await, Err(1));
    assert_eq!(items.put(2).await, Err(2));
    assert_eq!(items.try_put(3), Err(3));
    assert_eq!(items.get().await, Some(0));
    assert_eq!(items.get().await, None);
    assert_eq!(items.try_get(), None);
}

/// Those who wait for items are woken, and get none.
pub async fn queue_4_close_ends_waits_for_items<R: Runtime>(_: R) {
    let items = Queue::<R, u8>::bounded(1);
    let (mut first, mut second) = (Box::pin(items.get()), Box::pin(items.get()));
    let woken = [queue(&mut first).await, queue(&mut second).await];
    items.close();
    assert!(woken.iter().all(|woken| woken.count() > 0));
    assert_eq!(ready_by_now(&mut first).await, None);
    assert_eq!(ready_by_now(&mut second).await, None);
}

/// "Futurelock": a task has a wait that was woken, does not poll it, and asks once more.
pub async fn queue_5_asked_for_after_the_put<R: Runtime>(_: R) {
    let items = Queue::<R, u8>::bounded(2);
    let mut dormant = Box::pin(items.get());
    queue(&mut dormant).await;
    items.try_put(1).unwrap();
    assert_eq!(ready_by_now(&mut Box::pin(items.get())).await, Some(1));
    items.try_put(2).unwrap();
    assert_eq!(ready_by_now(&mut dormant).await, Some(2)); // it has kept its place
}

/// Likewise, but both were queued when the item was put.
pub async fn queue_6_asked_for_before_the_put<R: Runtime>(_: R) {
    let items = Queue::<R, u8>::bounded(2);
    let task = Tally::new(); // one task, so one waker
    let (mut dormant, mut second) = (Box::pin(items.get()), Box::pin(items.get()));
    queue(&mut dormant).await;
    queue(&mut second).await;
    assert!(poll_with(&mut dormant, &task.waker()).is_pending());
    assert!(poll_with(&mut second, &task.waker()).is_pending());
    items.try_put(1).unwrap();
    assert!(task.count() > 0);
    assert_eq!(ready_by_now(&mut second).await, Some(1));
    items.try_put(2).unwrap();
    assert_eq!(ready_by_now(&mut dormant).await, Some(2));
}
