//! A solution: room first, then the item.

use anyrt::queue::Fifo;

pub(super) async fn forward(from: &Fifo<u32>, to: &Fifo<u32>) {
    let room = to.reserve().await.expect("open");
    let item = from.get().await.expect("open"); // the last await
    room.put(item).expect("open");
}
