//! SYNC-EVENT.

use std::sync::Arc;

use super::super::kit::{Tally, ready_by_now};
use super::queue;
use crate::contract::{FamilyEvent, Runtime};
use crate::family::Event;

/// Tasks that wait, and tasks that come when it is set.
pub async fn event_1_set_releases_all<R: Runtime>(rt: R) {
    let event = Arc::new(Event::<R>::new());
    let started = Tally::new();
    let wait = || {
        let event = Arc::clone(&event);
        rt.spawn(async move {
            started.hit();
            event.wait().await;
        })
    };
    let mut tasks: Vec<_> = (0..50).map(|_| wait()).collect();
    started.reach(50).await;
    event.set();
    tasks.extend((0..10).map(|_| wait()));
    for task in tasks {
        task.await.unwrap();
    }
}

/// Who comes after `clear` waits for the next `set`.
pub async fn event_1_until_it_is_cleared<R: Runtime>(_: R) {
    let event = Event::<R>::new();
    assert!(!event.is_set());
    event.set();
    event.set(); // once more is no more
    assert!(event.is_set());
    ready_by_now(&mut Box::pin(event.wait())).await;
    event.clear();
    assert!(!event.is_set());
    let mut wait = Box::pin(event.wait());
    let woken = queue(&mut wait).await;
    event.set();
    assert!(woken.count() > 0);
    ready_by_now(&mut wait).await;
}

/// Who was waiting when it was set is released, even if it is cleared before anybody can look.
pub async fn event_2_cleared_at_once<R: Runtime>(_: R) {
    let event = Event::<R>::new();
    let mut waits: Vec<_> = (0..3).map(|_| Box::pin(event.wait())).collect();
    let mut woken = Vec::new();
    for wait in &mut waits {
        woken.push(queue(wait).await);
    }
    event.set();
    event.clear();
    for (wait, woken) in waits.iter_mut().zip(woken) {
        assert!(woken.count() > 0);
        ready_by_now(wait).await;
    }
    queue(&mut Box::pin(event.wait())).await;
}

/// The others are released all the same.
pub async fn event_3_a_wait_is_dropped<R: Runtime>(_: R) {
    let event = Event::<R>::new();
    let mut waits: Vec<_> = (0..3).map(|_| Box::pin(event.wait())).collect();
    for wait in &mut waits {
        queue(wait).await;
    }
    drop(waits.remove(1));
    event.set();
    drop(waits.remove(0)); // and one that was woken
    ready_by_now(&mut waits[0]).await;
    event.clear();
    queue(&mut Box::pin(event.wait())).await;
}

/// A wait that moves to another task is woken there.
pub async fn event_3_the_last_waker_is_woken<R: Runtime>(_: R) {
    let event = Event::<R>::new();
    let mut wait = Box::pin(event.wait());
    queue(&mut wait).await;
    let woken = queue(&mut wait).await;
    event.set();
    assert!(woken.count() > 0);
    ready_by_now(&mut wait).await;
}
