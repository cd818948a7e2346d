//! Takes both forks. Five who do this at one table may all have a left fork.

use anyrt::task::yield_now;

use super::{Both, Fork};

pub(super) async fn take<'a>(left: &'a Fork, right: &'a Fork) -> Both<'a> {
    let l = left.lock.lock().await;
    yield_now().await; // reaches across the plate
    let r = right.lock.lock().await;
    let _ = (left.number, right.number); // these may help
    [l, r]
}
