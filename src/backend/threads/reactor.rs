//! A worker that waits in async-io's reactor.
//!
//! async-io has a thread of its own for who has no other: it waits for the sockets, and wakes the tasks, whose
//! workers the operating system then has to wake. A worker that waits there itself is awake when its task is.

use std::future::Future;
use std::pin::Pin;
use std::task::{Context, Poll};

use async_io::Timer;

use super::idle::NEVER;
use super::worker::{Sleep, Worker};

/// Turns between two looks at the sockets.
const TURNS: u32 = 256;

/// Runs a worker until its runtime is closed.
pub(super) fn run(worker: Worker<'_>) {
    async_io::block_on(InReactor { worker, sleep: None });
}

/// Polled by `block_on` for the worker's life: what that does while this is pending is to wait for sockets, or
/// for another that does.
struct InReactor<'a> {
    worker: Worker<'a>,
    sleep: Option<(Sleep, Timer)>,
}

impl InReactor<'_> {
    /// The end of a sleep, or of one that could not begin.
    fn sleep(&mut self, sleep: Option<Sleep>) {
        self.worker.sleeps_awake(sleep.is_some());
        self.sleep = sleep.map(|sleep| {
            let timer = match sleep.until() {
                NEVER => Timer::never(),
                until => Timer::after(self.worker.shared().timers.until(until)),
            };
            (sleep, timer)
        });
    }
}

impl Future for InReactor<'_> {
    type Output = ();

    fn poll(mut self: Pin<&mut Self>, cx: &mut Context<'_>) -> Poll<()> {
        let parker = self.worker.parker();
        parker.adopt_polled(cx.waker());
        for _ in 0..TURNS {
            if self.worker.shared().is_closed() {
                return Poll::Ready(());
            }
            if let Some((sleep, timer)) = &mut self.sleep {
                let sleep = *sleep;
                let token = parker.take();
                let is_over = token
                    || Pin::new(timer).poll(cx).is_ready()
                    || matches!(sleep, Sleep::Listed { .. }) && self.worker.has_tasks();
                if !is_over {
                    return Poll::Pending;
                }
                let sleep = self.worker.get_up(sleep, token);
                self.sleep(sleep);
            } else if !self.worker.turn() {
                let sleep = self.worker.lie_down();
                self.sleep(sleep);
            }
        }
        cx.waker().wake_by_ref();
        Poll::Pending
    }
}
