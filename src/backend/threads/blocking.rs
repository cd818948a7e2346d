//! The handle of blocking jobs, which run on a pool as [`ThreadPool`](crate::executor::ThreadPool) has.

use std::fmt;
use std::future::Future;
use std::pin::Pin;
use std::task::{Context, Poll};

use crate::contract::JoinHandle;
use crate::error::JoinError;
use crate::executor::PoolTicket;

/// The handle of a blocking job on [`Threads`](crate::Threads).
pub struct BlockingHandle<T>(PoolTicket<T>);

impl<T> BlockingHandle<T> {
    #[inline]
    pub(super) fn new(ticket: PoolTicket<T>) -> Self {
        Self(ticket)
    }
}

impl<T: Send + 'static> Future for BlockingHandle<T> {
    type Output = Result<T, JoinError>;

    #[inline]
    fn poll(mut self: Pin<&mut Self>, cx: &mut Context<'_>) -> Poll<Self::Output> {
        self.0.poll(cx)
    }
}

impl<T: Send + 'static> JoinHandle<T> for BlockingHandle<T> {
    fn abort(&mut self) {
        self.0.cancel();
    }

    fn is_finished(&self) -> bool {
        self.0.is_finished()
    }
}

impl<T> fmt::Debug for BlockingHandle<T> {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.debug_tuple("BlockingHandle").field(&self.0).finish()
    }
}
