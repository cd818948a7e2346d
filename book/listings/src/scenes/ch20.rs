//! A waiter that leaves.

use std::collections::VecDeque;
use std::future::{Future, poll_fn};
use std::pin::pin;
use std::sync::{Arc, Mutex, MutexGuard, PoisonError};
use std::task::{Poll, Waker};

use anyrt::sync::Lock;

use crate::picture::{Panel, Picture};
use crate::stage::{Record, Stage};

pub(crate) fn leaving() -> Picture {
    Picture {
        name: "20-leaving",
        alt: "Ann and Bo wait for a lock and Ann gives up. In line she leaves no trace; if she was just woken, she passes it on to Bo; with a lock that does not pass it on, Bo waits for ever for a lock that is free",
        unit: "minutes",
        panels: vec![
            Panel {
                title: "she leaves the line",
                record: play(&Arc::new(Lock::new(())), 4),
            },
            Panel {
                title: "she leaves when she was just woken",
                record: play(&Arc::new(Lock::new(())), 6),
            },
            Panel {
                title: "the same, with a lock that knows nothing of leaving",
                record: play(&Arc::new(Careless::default()), 6),
            },
        ],
    }
}

/// What the scene needs of a lock.
trait Locks: Send + Sync + 'static {
    fn lock(&self) -> impl Future<Output = impl Send> + Send;
}

impl Locks for Lock<()> {
    fn lock(&self) -> impl Future<Output = impl Send> + Send {
        Lock::lock(self)
    }
}

// ANCHOR: play
fn play(lock: &Arc<impl Locks>, patience: u64) -> Record {
    let stage = Stage::new();
    let (holder, its) = (stage.clone(), Arc::clone(lock));
    stage.spawn(stage.thread("holder"), "holder", async move {
        let _held = its.lock().await;
        holder.work("has the lock", 6).await;
    });
    let (ann, its) = (stage.clone(), Arc::clone(lock));
    stage.spawn(stage.thread("Ann"), "Ann", async move {
        let (mut late, mut held) = (pin!(ann.sleep(patience)), pin!(its.lock()));
        let gives_up = poll_fn(|cx| match late.as_mut().poll(cx) {
            Poll::Ready(()) => Poll::Ready(()),
            Poll::Pending => held.as_mut().poll(cx).map(drop),
        });
        ann.wait("waits for the lock", gives_up).await;
        ann.mark("gives up");
    }); // and with it the wait is dropped
    let (bo, its) = (stage.clone(), Arc::clone(lock));
    stage.spawn(stage.thread("Bo"), "Bo", async move {
        bo.sleep(2).await;
        let _held = bo.wait("waits for the lock", its.lock()).await;
        bo.work("has the lock", 4).await;
    });
    stage.run()
}
// ANCHOR_END: play

// ANCHOR: careless
/// Wakes whoever is first in line, and believes that it will come.
#[derive(Default)]
struct Careless(Mutex<(bool, VecDeque<Waker>)>);

struct Held<'a>(&'a Careless);

impl Locks for Careless {
    async fn lock(&self) -> impl Send {
        poll_fn(|cx| {
            let mut state = self.state();
            if state.0 {
                state.1.push_back(cx.waker().clone());
                return Poll::Pending;
            }
            state.0 = true;
            Poll::Ready(Held(self))
        })
        .await
    }
}

impl Drop for Held<'_> {
    fn drop(&mut self) {
        let mut state = self.0.state();
        state.0 = false;
        let first = state.1.pop_front();
        drop(state);
        first.into_iter().for_each(Waker::wake);
    }
}
// ANCHOR_END: careless

impl Careless {
    fn state(&self) -> MutexGuard<'_, (bool, VecDeque<Waker>)> {
        self.0.lock().unwrap_or_else(PoisonError::into_inner)
    }
}
