//! A solution: the fork with the lower number first.

use anyrt::task::yield_now;

use super::{Both, Fork};

pub(super) async fn take<'a>(left: &'a Fork, right: &'a Fork) -> Both<'a> {
    let (low, high) =
        if left.number < right.number { (left, right) } else { (right, left) };
    let first = low.lock.lock().await;
    yield_now().await; // reaches across the plate
    let then = high.lock.lock().await;
    [first, then]
}
