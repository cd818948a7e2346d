//! One item from one queue into another. `to` may be full, and whoever awaits this may give up.

use anyrt::queue::Fifo;

pub(super) async fn forward(from: &Fifo<u32>, to: &Fifo<u32>) {
    let item = from.get().await.expect("open");
    to.put(item).await.expect("open");
}
