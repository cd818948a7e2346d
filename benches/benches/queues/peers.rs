//! Queues, ours and others', behind one trait for each kind of use.

use std::cmp::Reverse;
use std::collections::BinaryHeap;
use std::future::Future;
use std::sync::Arc;

use anyrt::queue::{Fifo, Keyed, Lifo, Priority, Queue, Store};

/// A queue between tasks: made with a capacity, or none.
pub trait Tasks: 'static {
    const NAME: &'static str;
    type Tx: Clone + Send + 'static;
    type Rx: Send + 'static;
    fn make(capacity: Option<usize>) -> (Self::Tx, Self::Rx);
    fn put(tx: &Self::Tx, n: u64) -> impl Future<Output = ()> + Send;
    fn get(rx: &mut Self::Rx) -> impl Future<Output = u64> + Send;
}

/// One that many may get from.
pub trait Many: Tasks<Rx: Clone> {}
impl<C: Tasks<Rx: Clone>> Many for C {}

/// A queue between threads.
pub trait Threads: 'static {
    const NAME: &'static str;
    type Tx: Clone + Send + 'static;
    type Rx: Clone + Send + 'static;
    fn make(capacity: usize) -> (Self::Tx, Self::Rx);
    fn put(tx: &Self::Tx, n: u64);
    fn get(rx: &Self::Rx) -> u64;
}

/// An unbounded queue from threads to tasks.
pub trait Mixed: 'static {
    const NAME: &'static str;
    type Tx: Clone + Send + 'static;
    type Rx: Send + 'static;
    fn make() -> (Self::Tx, Self::Rx);
    fn put(tx: &Self::Tx, n: u64);
    fn get(rx: &mut Self::Rx) -> impl Future<Output = u64> + Send;
}

/// Names of those that keep the law, and of those that do not, marked.
macro_rules! tasks {
    ($peer:ident, $name:literal, $tx:ty, $rx:ty,
     |$capacity:ident| $make:expr, |$to:ident, $n:ident| $put:expr, |$from:ident| $get:expr) => {
        pub struct $peer;

        impl Tasks for $peer {
            const NAME: &'static str = $name;
            type Tx = $tx;
            type Rx = $rx;

            fn make($capacity: Option<usize>) -> ($tx, $rx) {
                $make
            }

            async fn put($to: &$tx, $n: u64) {
                $put;
            }

            async fn get($from: &mut $rx) -> u64 {
                $get
            }
        }
    };
}

macro_rules! threads {
    ($peer:ident, $name:literal, $tx:ty, $rx:ty,
     |$capacity:ident| $make:expr, |$to:ident, $n:ident| $put:expr, |$from:ident| $get:expr) => {
        pub struct $peer;

        impl Threads for $peer {
            const NAME: &'static str = $name;
            type Tx = $tx;
            type Rx = $rx;

            fn make($capacity: usize) -> ($tx, $rx) {
                $make
            }

            fn put($to: &$tx, $n: u64) {
                $put;
            }

            fn get($from: &$rx) -> u64 {
                $get
            }
        }
    };
}

macro_rules! mixed {
    ($peer:ident, $name:literal, $tx:ty, $rx:ty,
     $make:expr, |$to:ident, $n:ident| $put:expr, |$from:ident| $get:expr) => {
        pub struct $peer;

        impl Mixed for $peer {
            const NAME: &'static str = $name;
            type Tx = $tx;
            type Rx = $rx;

            fn make() -> ($tx, $rx) {
                $make
            }

            fn put($to: &$tx, $n: u64) {
                $put;
            }

            async fn get($from: &mut $rx) -> u64 {
                $get
            }
        }
    };
}

fn ours<S: Store>(capacity: Option<usize>) -> (Arc<Queue<S>>, Arc<Queue<S>>) {
    let queue = Arc::new(capacity.map_or_else(Queue::unbounded, Queue::bounded));
    (Arc::clone(&queue), queue)
}

tasks!(
    Anyrt,
    "anyrt",
    Arc<Fifo<u64>>,
    Arc<Fifo<u64>>,
    |capacity| ours(capacity),
    |tx, n| tx.put(n).await.unwrap(),
    |rx| rx.get().await.unwrap()
);
tasks!(
    AnyrtLifo,
    "anyrt Lifo",
    Arc<Lifo<u64>>,
    Arc<Lifo<u64>>,
    |capacity| ours(capacity),
    |tx, n| tx.put(n).await.unwrap(),
    |rx| rx.get().await.unwrap()
);

tasks!(
    AsyncChannel,
    "async-channel",
    async_channel::Sender<u64>,
    async_channel::Receiver<u64>,
    |capacity| capacity.map_or_else(async_channel::unbounded, async_channel::bounded),
    |tx, n| tx.send(n).await.unwrap(),
    |rx| rx.recv().await.unwrap()
);
tasks!(
    Flume,
    "flume",
    flume::Sender<u64>,
    flume::Receiver<u64>,
    |capacity| capacity.map_or_else(flume::unbounded, flume::bounded),
    |tx, n| tx.send_async(n).await.unwrap(),
    |rx| rx.recv_async().await.unwrap()
);
// A put that is polled with another waker loses its wake-up; a served get that is dropped its item.
tasks!(
    Kanal,
    "kanal !",
    kanal::AsyncSender<u64>,
    kanal::AsyncReceiver<u64>,
    |capacity| capacity.map_or_else(kanal::unbounded_async, kanal::bounded_async),
    |tx, n| tx.send(n).await.unwrap(),
    |rx| rx.recv().await.unwrap()
);
tasks!(
    Tokio,
    "tokio mpsc",
    tokio::sync::mpsc::Sender<u64>,
    tokio::sync::mpsc::Receiver<u64>,
    |capacity| tokio::sync::mpsc::channel(capacity.expect("it has another type for none")),
    |tx, n| tx.send(n).await.unwrap(),
    |rx| rx.recv().await.unwrap()
);
tasks!(
    TokioUnbounded,
    "tokio mpsc",
    tokio::sync::mpsc::UnboundedSender<u64>,
    tokio::sync::mpsc::UnboundedReceiver<u64>,
    |_capacity| tokio::sync::mpsc::unbounded_channel(),
    |tx, n| tx.send(n).unwrap(),
    |rx| rx.recv().await.unwrap()
);
tasks!(
    Crossfire,
    "crossfire",
    crossfire::MAsyncTx<crossfire::mpmc::Array<u64>>,
    crossfire::MAsyncRx<crossfire::mpmc::Array<u64>>,
    |capacity| crossfire::mpmc::bounded_async(capacity.expect("it has another type for none")),
    |tx, n| tx.send(n).await.unwrap(),
    |rx| rx.recv().await.unwrap()
);
tasks!(
    CrossfireMpsc,
    "crossfire",
    crossfire::MAsyncTx<crossfire::mpsc::Array<u64>>,
    crossfire::AsyncRx<crossfire::mpsc::Array<u64>>,
    |capacity| crossfire::mpsc::bounded_async(capacity.expect("it has another type for none")),
    |tx, n| tx.send(n).await.unwrap(),
    |rx| rx.recv().await.unwrap()
);
tasks!(
    CrossfireUnbounded,
    "crossfire",
    crossfire::MTx<crossfire::mpsc::List<u64>>,
    crossfire::AsyncRx<crossfire::mpsc::List<u64>>,
    |_capacity| crossfire::mpsc::unbounded_async(),
    |tx, n| tx.send(n).unwrap(),
    |rx| rx.recv().await.unwrap()
);
tasks!(
    Thingbuf,
    "thingbuf",
    thingbuf::mpsc::Sender<u64>,
    thingbuf::mpsc::Receiver<u64>,
    |capacity| thingbuf::mpsc::channel(capacity.expect("it is always bounded")),
    |tx, n| tx.send(n).await.unwrap(),
    |rx| rx.recv().await.unwrap()
);

threads!(
    AnyrtThreads,
    "anyrt",
    Arc<Fifo<u64>>,
    Arc<Fifo<u64>>,
    |capacity| ours(Some(capacity)),
    |tx, n| tx.put_blocking(n).unwrap(),
    |rx| rx.get_blocking().unwrap()
);
threads!(
    AsyncChannelThreads,
    "async-channel",
    async_channel::Sender<u64>,
    async_channel::Receiver<u64>,
    |capacity| async_channel::bounded(capacity),
    |tx, n| tx.send_blocking(n).unwrap(),
    |rx| rx.recv_blocking().unwrap()
);
threads!(
    FlumeThreads,
    "flume",
    flume::Sender<u64>,
    flume::Receiver<u64>,
    |capacity| flume::bounded(capacity),
    |tx, n| tx.send(n).unwrap(),
    |rx| rx.recv().unwrap()
);
threads!(
    KanalThreads,
    "kanal !",
    kanal::Sender<u64>,
    kanal::Receiver<u64>,
    |capacity| kanal::bounded(capacity),
    |tx, n| tx.send(n).unwrap(),
    |rx| rx.recv().unwrap()
);
threads!(
    Crossbeam,
    "crossbeam-channel",
    crossbeam_channel::Sender<u64>,
    crossbeam_channel::Receiver<u64>,
    |capacity| crossbeam_channel::bounded(capacity),
    |tx, n| tx.send(n).unwrap(),
    |rx| rx.recv().unwrap()
);
threads!(
    CrossfireThreads,
    "crossfire",
    crossfire::MTx<crossfire::mpmc::Array<u64>>,
    crossfire::MRx<crossfire::mpmc::Array<u64>>,
    |capacity| crossfire::mpmc::bounded_blocking(capacity),
    |tx, n| tx.send(n).unwrap(),
    |rx| rx.recv().unwrap()
);

mixed!(
    AnyrtMixed,
    "anyrt",
    Arc<Fifo<u64>>,
    Arc<Fifo<u64>>,
    ours(None),
    |tx, n| tx.put_blocking(n).unwrap(),
    |rx| rx.get().await.unwrap()
);
mixed!(
    FlumeMixed,
    "flume",
    flume::Sender<u64>,
    flume::Receiver<u64>,
    flume::unbounded(),
    |tx, n| tx.send(n).unwrap(),
    |rx| rx.recv_async().await.unwrap()
);
mixed!(
    KanalMixed,
    "kanal !",
    kanal::Sender<u64>,
    kanal::AsyncReceiver<u64>,
    {
        let (tx, rx) = kanal::unbounded();
        (tx, rx.to_async())
    },
    |tx, n| tx.send(n).unwrap(),
    |rx| rx.recv().await.unwrap()
);
mixed!(
    AsyncChannelMixed,
    "async-channel",
    async_channel::Sender<u64>,
    async_channel::Receiver<u64>,
    async_channel::unbounded(),
    |tx, n| tx.send_blocking(n).unwrap(),
    |rx| rx.recv().await.unwrap()
);
mixed!(
    TokioMixed,
    "tokio mpsc",
    tokio::sync::mpsc::UnboundedSender<u64>,
    tokio::sync::mpsc::UnboundedReceiver<u64>,
    tokio::sync::mpsc::unbounded_channel(),
    |tx, n| tx.send(n).unwrap(),
    |rx| rx.recv().await.unwrap()
);
mixed!(
    CrossfireMixed,
    "crossfire",
    crossfire::MTx<crossfire::mpsc::List<u64>>,
    crossfire::AsyncRx<crossfire::mpsc::List<u64>>,
    crossfire::mpsc::unbounded_async(),
    |tx, n| tx.send(n).unwrap(),
    |rx| rx.recv().await.unwrap()
);

/// A number that looks like a random one: the key of the `n`th item.
fn key(n: u64) -> u64 {
    n.wrapping_mul(0x9e37_79b9_7f4a_7c15) >> 32
}

type Jobs = Arc<Priority<Keyed<u64, u64>>>;

tasks!(
    AnyrtPriority,
    "anyrt",
    Jobs,
    Jobs,
    |capacity| ours(capacity),
    |tx, n| tx.put(Keyed::new(key(n), n)).await.unwrap(),
    |rx| rx.get().await.unwrap().value
);
tasks!(AsyncPriority, "async-priority-channel",
    async_priority_channel::Sender<u64, u64>, Arc<async_priority_channel::Receiver<u64, u64>>,
    |capacity| {
        let (tx, rx) = match capacity {
            Some(capacity) => async_priority_channel::bounded(capacity as u64),
            None => async_priority_channel::unbounded(),
        };
        (tx, Arc::new(rx))
    },
    |tx, n| tx.send(n, key(n)).await.unwrap(), |rx| rx.recv().await.unwrap().0);

/// What people make by hand.
#[derive(Default)]
pub struct HandMade {
    heap: parking_lot::Mutex<BinaryHeap<Reverse<(u64, u64)>>>,
    capacity: Option<usize>,
    put: event_listener::Event,
    got: event_listener::Event,
}

impl HandMade {
    async fn put(&self, item: Reverse<(u64, u64)>) {
        loop {
            let listener = {
                let mut heap = self.heap.lock();
                if self.capacity.is_none_or(|capacity| heap.len() < capacity) {
                    heap.push(item);
                    break;
                }
                self.got.listen()
            };
            listener.await;
        }
        self.put.notify_additional(1);
    }

    async fn get(&self) -> u64 {
        loop {
            let listener = {
                let mut heap = self.heap.lock();
                if let Some(Reverse((_, n))) = heap.pop() {
                    drop(heap);
                    self.got.notify_additional(1);
                    return n;
                }
                self.put.listen()
            };
            listener.await;
        }
    }
}

tasks!(
    HandMadePriority,
    "BinaryHeap, parking_lot, event-listener !",
    Arc<HandMade>,
    Arc<HandMade>,
    |capacity| {
        let queue = Arc::new(HandMade { capacity, ..HandMade::default() });
        (Arc::clone(&queue), queue)
    },
    |tx, n| tx.put(Reverse((key(n), n))).await,
    |rx| rx.get().await
);
