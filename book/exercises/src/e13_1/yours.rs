//! `async fn sum(a: After, b: After) -> u32 { a.await + b.await }`, without `async`.

use std::future::Future;
use std::pin::Pin;
use std::task::{Context, Poll};

use super::After;

pub(super) enum Sum {
    First(After, Option<After>),
    Second(u32, After),
}

pub(super) fn sum(a: After, b: After) -> Sum {
    Sum::First(a, Some(b))
}

impl Future for Sum {
    type Output = u32;

    fn poll(mut self: Pin<&mut Self>, context: &mut Context<'_>) -> Poll<u32> {
        match &mut *self {
            Sum::First(a, b) => {
                if let Poll::Ready(a) = Pin::new(a).poll(context) {
                    let b = b.take().expect("it is taken once");
                    *self = Sum::Second(a, b);
                }
                Poll::Pending
            }
            Sum::Second(a, b) => Pin::new(b).poll(context).map(|b| *a + b),
        }
    }
}
