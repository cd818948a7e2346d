//! What queues allocate: for a wait, for a message, and to hold items.

use std::sync::Arc;

use anyrt::queue::Fifo;

use super::{PerWait, count, serve};
use crate::Allocated;
use crate::compare::Side::{Ours, Peer};

/// What a full queue of 1024 numbers has asked the allocator for.
#[derive(Debug, Clone, Copy, PartialEq)]
pub struct PerItem {
    /// Whose it is.
    pub who: &'static str,
    /// For each of the items, which have 8 bytes.
    pub bytes: f64,
}

fn ours(capacity: usize) -> (Arc<Fifo<u64>>, Arc<Fifo<u64>>) {
    let queue = Arc::new(Fifo::bounded(capacity));
    (Arc::clone(&queue), queue)
}

/// What each queue does, from how it is made, and how it puts and gets.
macro_rules! queues {
    ($each:ident, $list:ident) => {
        $each!($list, "anyrt", Ours, ours, put, get);
        $each!($list, "tokio mpsc", Peer, tokio::sync::mpsc::channel::<u64>, send, recv);
        $each!($list, "async-channel", Peer, async_channel::bounded::<u64>, send, recv);
        $each!($list, "flume", Peer, flume::bounded::<u64>, send_async, recv_async);
        $each!($list, "kanal", Peer, kanal::bounded_async::<u64>, send, recv);
        $each!($list, "crossfire", Peer, crossfire::mpmc::bounded_async::<u64>, send, recv);
    };
}

/// What a wait of each, and a message that nobody waits for, allocates.
pub(super) fn per_wait() -> Vec<PerWait> {
    let (mut gets, mut puts, mut messages) = (Vec::new(), Vec::new(), Vec::new());
    macro_rules! each {
        ($list:ident, $who:literal, $side:ident, $make:expr, $put:ident, $get:ident) => {
            #[allow(unused_mut, reason = "some get through a shared reference")]
            gets.push(count("queue's item", $who, $side, |n| {
                let (tx, mut rx) = $make(1);
                for _ in 0..n {
                    let (got, put) = serve(rx.$get(), || smol::block_on(tx.$put(7)));
                    assert!(put.is_ok() && got.into_iter().count() == 1);
                }
            }));
            #[allow(unused_mut, reason = "as above")]
            puts.push(count("queue's room", $who, $side, |n| {
                let (tx, mut rx) = $make(1);
                smol::block_on(tx.$put(7)).unwrap();
                for _ in 0..n {
                    let (put, got) = serve(tx.$put(7), || smol::block_on(rx.$get()));
                    assert!(put.is_ok() && got.into_iter().count() == 1);
                }
            }));
            #[allow(unused_mut, reason = "as above")]
            messages.push(count("queue's item that is there", $who, $side, |n| {
                let (tx, mut rx) = $make(16);
                for _ in 0..n {
                    smol::block_on(async {
                        tx.$put(7).await.unwrap();
                        assert_eq!(rx.$get().await.into_iter().count(), 1);
                    });
                }
            }));
        };
    }
    queues!(each, list);
    [gets, puts, messages].concat()
}

/// As Markdown: one line.
#[must_use]
pub fn item_table(list: &[PerItem]) -> String {
    let all = list.iter().map(|item| format!("{} {:.1}", item.who, item.bytes)).collect::<Vec<_>>();
    format!(
        "| bytes for an item of eight, in a full queue of 1024 |\n|---|\n| {} |\n",
        all.join("; ")
    )
}

/// What each of them takes for an item.
#[must_use]
pub fn per_item() -> Vec<PerItem> {
    const ITEMS: u32 = 1024;
    let mut list = Vec::new();
    macro_rules! each {
        ($list:ident, $who:literal, $side:ident, $make:expr, $put:ident, $get:ident) => {{
            let before = Allocated::so_far();
            let (tx, rx) = $make(ITEMS as usize);
            for n in 0..ITEMS {
                smol::block_on(tx.$put(u64::from(n))).unwrap();
            }
            let bytes = Allocated::so_far().since(before).bytes;
            drop(rx);
            #[expect(clippy::cast_precision_loss, reason = "some thousands")]
            $list.push(PerItem { who: $who, bytes: bytes as f64 / f64::from(ITEMS) });
        }};
    }
    queues!(each, list);
    list
}
