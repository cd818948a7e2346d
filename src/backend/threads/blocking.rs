//! The handle of blocking jobs, which run on a pool as [`ThreadPool`](crate::executor::ThreadPool) has.

use std::fmt;
use std::future::Future;
use std::pin::Pin;
use std::task::{Context, Poll};

use crate::contract::JoinHandle;
use crate::error::JoinError;
use crate::executor::PoolTicket;
use crate::primitives::diagnosis::Awaits;

/// The handle of a blocking job on [`Threads`](crate::Threads).
pub struct BlockingHandle<T> {
    ticket: PoolTicket<T>,
    awaits: Awaits,
}

impl<T> BlockingHandle<T> {
    #[inline]
    pub(super) fn new(ticket: PoolTicket<T>, awaits: Awaits) -> Self {
        Self { ticket, awaits }
    }
}

impl<T: Send + 'static> Future for BlockingHandle<T> {
    type Output = Result<T, JoinError>;

    #[inline]
    fn poll(mut self: Pin<&mut Self>, cx: &mut Context<'_>) -> Poll<Self::Output> {
        let polled = self.ticket.poll(cx);
        self.awaits.polled(&polled);
        polled
    }
}

impl<T: Send + 'static> JoinHandle<T> for BlockingHandle<T> {
    fn abort(&mut self) {
        self.ticket.cancel();
    }

    fn is_finished(&self) -> bool {
        self.ticket.is_finished()
    }
}

impl<T> fmt::Debug for BlockingHandle<T> {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.debug_tuple("BlockingHandle").field(&self.ticket).finish()
    }
}
