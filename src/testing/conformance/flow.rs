//! RT-FLOW: queues between the tasks and the threads of a runtime, in the forms that only ours have. No
//! test needs more than one thread for blocking jobs.

use std::collections::VecDeque;
use std::future::{Future, pending, poll_fn};
use std::panic::panic_any;
use std::pin::{Pin, pin};
use std::sync::Arc;
use std::time::Duration;

use futures_sink::Sink;

use super::super::kit::{HOUR, MS, until};
use crate::contract::{BlockOn, JoinHandle, Spawn, SpawnBlocking, Timer};
use crate::queue::{Closed, Fifo, GetError, Queue, Store};

/// Producers that end, each with its half, end the consumers: tasks and a thread; all has come across.
pub fn flow_1_the_last_sender_ends_the_consumers<O: BlockOn>(owner: O) {
    owner.run(|rt| async move {
        let (sender, receiver) = Fifo::bounded(2).split();
        let puts: Vec<_> = (0..3)
            .map(|producer| {
                let sender = sender.clone();
                rt.spawn(async move {
                    for n in 0..50 {
                        sender.put(50 * producer + n).await.unwrap();
                    }
                })
            })
            .collect();
        drop(sender);
        let gets: Vec<_> = (0..2)
            .map(|_| {
                let receiver = receiver.clone();
                rt.spawn(async move {
                    let mut got = Vec::new();
                    while let Ok(item) = receiver.get().await {
                        got.push(item);
                    }
                    got
                })
            })
            .collect();
        let thread = rt.spawn_blocking(move || receiver.iter_blocking().collect::<Vec<_>>());
        let mut got = thread.await.unwrap();
        for get in gets {
            got.extend(get.await.unwrap());
        }
        for put in puts {
            put.await.unwrap();
        }
        got.sort_unstable();
        assert!(got.into_iter().eq(0..150), "an item was lost or doubled");
    });
}

/// The last consumer ends the producers, tasks and a thread, which get the item back that they were
/// putting; and nothing is left to be done.
pub fn flow_1_the_last_receiver_ends_the_producers<O: BlockOn>(owner: O) {
    owner.run(|rt| async move {
        let (sender, receiver) = Fifo::bounded(2).split();
        let puts: Vec<_> = (0..3)
            .map(|_| {
                let sender = sender.clone();
                rt.spawn(async move {
                    let mut n = 0;
                    let back = loop {
                        match sender.put(n).await {
                            Ok(()) => n += 1,
                            Err(back) => break back.into_inner(),
                        }
                    };
                    sender.join().await;
                    assert_eq!(back, n, "it is the item that was not put");
                })
            })
            .collect();
        let thread = rt.spawn_blocking(move || {
            let mut n = 0;
            while sender.put_blocking(n).is_ok() {
                n += 1;
            }
            sender.join_blocking();
        });
        for _ in 0..20 {
            receiver.get().await.unwrap();
            receiver.task_done().unwrap();
        }
        drop(receiver);
        for put in puts {
            put.await.unwrap();
        }
        thread.await.unwrap();
    });
}

/// A task that is aborted drops its half, and so ends those on the other side that wait.
pub fn flow_1_an_aborted_task_drops_its_half<O: BlockOn>(owner: O) {
    owner.run(|rt| async move {
        let (sender, receiver) = Fifo::bounded(1).split();
        let mut holds = rt.spawn(async move {
            sender.put(1).await.unwrap();
            pending::<()>().await;
            drop(sender);
        });
        assert_eq!(receiver.get().await, Ok(1));
        let waits = rt.spawn(async move { receiver.get().await });
        holds.abort();
        assert_eq!(waits.await.unwrap(), Err(Closed::default()));

        let (sender, receiver) = Fifo::bounded(1).split();
        sender.try_put(1).unwrap();
        let mut holds = rt.spawn(async move {
            pending::<()>().await;
            drop(receiver);
        });
        let waits = rt.spawn(async move { sender.put(2).await.map_err(Closed::into_inner) });
        holds.abort();
        assert_eq!(waits.await.unwrap(), Err(2));
    });
}

/// Room that is reserved is nobody else's; dropped unused it goes to a task that waits.
pub fn flow_2_a_slot_is_room<O: BlockOn>(owner: O) {
    owner.run(|rt| async move {
        let queue = Arc::new(Fifo::bounded(1));
        let slot = queue.reserve().await.unwrap();
        assert!(queue.is_full() && queue.is_empty());
        let waits = rt.spawn(put(&queue, 1));
        until(&rt, || queue.statistics().putting == 1).await;
        drop(slot);
        waits.await.unwrap();
        assert_eq!(queue.try_get(), Ok(1));

        // And a thread waits for room that a task takes and uses.
        let slot = queue.reserve().await.unwrap();
        let waits = rt.spawn_blocking({
            let queue = Arc::clone(&queue);
            move || queue.reserve_blocking().unwrap().put(3).unwrap()
        });
        until(&rt, || queue.statistics().putting == 1).await;
        slot.put(2).unwrap();
        assert_eq!((queue.get().await, queue.get().await), (Ok(2), Ok(3)));
        waits.await.unwrap();
    });
}

/// A task that is aborted gives back the slot that it held.
pub fn flow_2_an_aborted_task_gives_its_slot_back<O: BlockOn>(owner: O) {
    owner.run(|rt| async move {
        let queue = Arc::new(Fifo::bounded(1));
        let mut holds = rt.spawn({
            let queue = Arc::clone(&queue);
            async move {
                let slot = queue.reserve().await.unwrap();
                pending::<()>().await;
                slot.put(0).unwrap();
            }
        });
        until(&rt, || queue.is_full()).await;
        let waits = rt.spawn(put(&queue, 1));
        holds.abort();
        waits.await.unwrap();
        assert_eq!(queue.get().await, Ok(1));
        assert_eq!(queue.statistics().reserved, 0);
    });
}

/// Batches between a task and a thread, either way: in order, through a queue that is smaller than they.
pub fn flow_3_batches_of_tasks_and_threads<O: BlockOn>(owner: O) {
    owner.run(|rt| async move {
        let (sender, receiver) = Fifo::bounded(7).split();
        let thread = rt.spawn_blocking(move || {
            let mut got = Vec::new();
            while receiver.get_many_blocking(&mut got, 5).is_ok() {}
            got
        });
        sender.put_many(&mut (0..300).collect()).await.unwrap();
        drop(sender);
        assert!(thread.await.unwrap().into_iter().eq(0..300));

        let (sender, receiver) = Fifo::bounded(7).split();
        let thread =
            rt.spawn_blocking(move || sender.put_many_blocking(&mut (0..300).collect()).unwrap());
        let mut got = Vec::new();
        while receiver.get_many(&mut got, 5).await.is_ok() {}
        assert!(got.into_iter().eq(0..300));
        thread.await.unwrap();
    });
}

/// A batch that is given up on the way has what it did not put still, and it goes on later.
pub fn flow_3_a_batch_given_up_keeps_the_rest<O: BlockOn>(owner: O) {
    owner.run(|rt| async move {
        let queue = Fifo::bounded(2);
        let mut items: VecDeque<_> = (0..5).collect();
        assert!(rt.timeout(MS, queue.put_many(&mut items)).await.is_err());
        assert_eq!(items, [2, 3, 4]);
        let mut got = Vec::new();
        assert_eq!(queue.get_many(&mut got, 5).await, Ok(2));
        assert!(rt.timeout(MS, queue.put_many(&mut items)).await.is_err());
        assert_eq!(queue.get_many(&mut got, 5).await, Ok(2));
        queue.put_many(&mut items).await.unwrap();
        assert_eq!(queue.get_many(&mut got, 5).await, Ok(1));
        assert_eq!(got, [0, 1, 2, 3, 4]);
    });
}

/// Each wait of a task ends at its deadline, and leaves nothing behind.
pub fn flow_4_deadlines_of_a_task<O: BlockOn>(owner: O) {
    owner.run(|rt| async move {
        let queue = Fifo::bounded(1);
        assert!(rt.timeout(MS, queue.get()).await.is_err());
        assert!(rt.timeout(MS, queue.get_many(&mut Vec::new(), 2)).await.is_err());
        queue.put(1).await.unwrap();
        assert!(rt.timeout(MS, queue.put(2)).await.is_err());
        assert!(rt.timeout(MS, queue.put_many(&mut [3].into())).await.is_err());
        assert!(rt.timeout(MS, queue.reserve()).await.is_err());
        assert!(rt.timeout(MS, queue.join()).await.is_err());
        assert_nobody_waits(&queue);
        assert_eq!(rt.timeout(HOUR, queue.get()).await.unwrap(), Ok(1));
        assert!(queue.is_empty());
    });
}

/// Likewise of a thread, and never early.
pub fn flow_4_deadlines_of_a_thread<O: BlockOn>(owner: O) {
    owner.run(|rt| async move {
        let inner = rt.clone();
        let thread = rt.spawn_blocking(move || {
            let queue = Fifo::bounded(1);
            let start = inner.now();
            assert_eq!(queue.get_within_blocking(MS), Err(GetError::TimedOut));
            let got = queue.get_many_within_blocking(&mut Vec::new(), 2, MS);
            assert_eq!(got, Err(GetError::TimedOut));
            queue.put_within_blocking(1, HOUR).unwrap();
            assert_eq!(queue.put_within_blocking(2, MS).unwrap_err().into_inner(), 2);
            let mut items = [3].into();
            assert!(queue.put_many_within_blocking(&mut items, MS).unwrap_err().is_timed_out());
            assert_eq!(items, [3]);
            assert!(queue.reserve_within_blocking(MS).unwrap_err().is_timed_out());
            assert!(queue.join_within_blocking(MS).is_err());
            assert!(inner.now() - start >= 6 * MS, "a deadline came early");
            assert_nobody_waits(&queue);
            assert_eq!(queue.get_within_blocking(Duration::ZERO), Ok(1));
        });
        thread.await.unwrap();
    });
}

/// Tasks and a thread whose waits are given up all the time: nothing is lost or doubled.
pub fn flow_4_a_storm_of_deadlines<O: BlockOn>(owner: O) {
    owner.run(|rt| async move {
        let (sender, receiver) = Fifo::bounded(3).split();
        let limit = |turn: u32| MS / 10 * (turn % 3);
        let puts: Vec<_> = (0..3)
            .map(|producer| {
                let (sender, rt) = (sender.clone(), rt.clone());
                rt.clone().spawn(async move {
                    let mut items: VecDeque<_> = (50 * producer..50 * (producer + 1)).collect();
                    let mut turns = 0..;
                    while !items.is_empty() {
                        let put = sender.put_many(&mut items);
                        let _late = rt.timeout(limit(turns.next().unwrap()), put).await;
                    }
                })
            })
            .collect();
        drop(sender);
        let thread = rt.spawn_blocking({
            let receiver = receiver.clone();
            move || {
                let mut got = Vec::new();
                for turn in 0.. {
                    match receiver.get_within_blocking(limit(turn)) {
                        Ok(item) => got.push(item),
                        Err(GetError::TimedOut) => {}
                        Err(GetError::Closed) => break,
                    }
                }
                got
            }
        });
        let mut got = Vec::new();
        for turn in 0.. {
            if let Ok(Err(_closed)) = rt.timeout(limit(turn), receiver.get_many(&mut got, 2)).await
            {
                break;
            }
        }
        for put in puts {
            put.await.unwrap();
        }
        got.extend(thread.await.unwrap());
        got.sort_unstable();
        assert!(got.into_iter().eq(0..150), "an item was lost or doubled");
    });
}

/// What a consumer had in hand is done when it panics or is aborted, so that nobody waits for it.
pub fn flow_5_join_when_consumers_fail<O: BlockOn>(owner: O) {
    owner.run(|rt| async move {
        let queue = Arc::new(Fifo::unbounded());
        queue.put_many(&mut (0..3).collect()).await.unwrap();
        let panics = rt.spawn({
            let queue = Arc::clone(&queue);
            async move {
                let _done = queue.done_on_drop();
                panic_any(queue.get().await.unwrap());
            }
        });
        let mut aborted = rt.spawn({
            let queue = Arc::clone(&queue);
            async move {
                let _item = queue.get().await.unwrap();
                let _done = queue.done_on_drop();
                pending::<()>().await;
            }
        });
        let thread = rt.spawn_blocking({
            let queue = Arc::clone(&queue);
            move || {
                let _done = queue.done_on_drop();
                panic_any(queue.get_blocking().unwrap());
            }
        });
        let joins = rt.spawn({
            let queue = Arc::clone(&queue);
            async move { queue.join().await }
        });
        until(&rt, || queue.is_empty()).await;
        aborted.abort();
        joins.await.unwrap();
        assert_eq!(queue.unfinished(), 0);
        assert!(panics.await.unwrap_err().is_panic());
        assert!(thread.await.unwrap_err().is_panic());
        rt.spawn_blocking(move || queue.join_blocking()).await.unwrap();
    });
}

/// A queue as a `Sink`: it waits for room, keeps the order, leaves the queue open, and gives back what
/// comes too late.
pub fn flow_6_a_sink<O: BlockOn>(owner: O) {
    owner.run(|rt| async move {
        let (sender, receiver) = Fifo::bounded(2).split();
        let feeds = rt.spawn(async move {
            let mut sink = pin!(sender.sink());
            for n in 0..50 {
                feed(sink.as_mut(), n).await.unwrap();
            }
            poll_fn(|cx| sink.as_mut().poll_close(cx)).await.unwrap();
            sender.put(50).await.unwrap();
            let late = loop {
                if let Err(late) = feed(sink.as_mut(), 51).await {
                    break late;
                }
            };
            assert!(matches!(late.into_inner(), None | Some(51)));
        });
        for n in 0..=50 {
            assert_eq!(receiver.get().await, Ok(n));
        }
        drop(receiver);
        feeds.await.unwrap();
    });
}

fn put(queue: &Arc<Fifo<u8>>, item: u8) -> impl Future<Output = ()> + use<> {
    let queue = Arc::clone(queue);
    async move { queue.put(item).await.unwrap() }
}

async fn feed<T, S: Sink<T>>(mut sink: Pin<&mut S>, item: T) -> Result<(), S::Error> {
    poll_fn(|cx| sink.as_mut().poll_ready(cx)).await?;
    sink.as_mut().start_send(item)
}

#[track_caller]
fn assert_nobody_waits<S: Store>(queue: &Queue<S>) {
    let now = queue.statistics();
    let left = (now.putting, now.getting, now.joining, now.reserved);
    assert_eq!(left, (0, 0, 0, 0), "a wait that was given up is still there");
}
