//! Threads and tasks of two runtimes on the same queue, with waits given up at any moment.

use std::sync::Arc;
use std::sync::atomic::{AtomicU64, AtomicUsize, Ordering};

use anyrt::queue::{Fifo, Lifo, Priority, Queue, Store};

use crate::mixed::{everywhere, impatient};
use crate::support::watched;

const ROUNDS: u32 = 300;

/// Nine tasks, each of which puts and gets as often; some by a thread's calls, some impatiently.
fn swap<S: Store<Item = (u32, u32)> + Send + 'static>(queue: Queue<S>) {
    let queue = Arc::new(queue);
    let (put, got) = (Arc::new(AtomicU64::new(0)), Arc::new(AtomicU64::new(0)));
    let shared = (Arc::clone(&queue), Arc::clone(&put), Arc::clone(&got));
    everywhere(move |n| {
        let (queue, put, got) =
            (Arc::clone(&shared.0), Arc::clone(&shared.1), Arc::clone(&shared.2));
        async move {
            for round in 0..ROUNDS {
                let item = (n, round);
                let done = match (round + n) % 4 {
                    0 => impatient(round % 4, queue.put(item)).await.is_some(),
                    1 => queue.try_put(item).is_ok(),
                    2 => match impatient(round % 3, queue.reserve()).await {
                        Some(slot) => slot.unwrap().put(item).is_ok(),
                        None => false,
                    },
                    _ => queue.try_put_many(&mut [item].into()).unwrap() == 1,
                };
                if done {
                    put.fetch_add(u64::from(round) + 1, Ordering::Relaxed);
                }
                let item = match (round + n) % 3 {
                    0 => impatient(round % 4, queue.get()).await.map(Result::unwrap),
                    1 => queue.try_get().ok(),
                    _ => {
                        let mut one = Vec::new();
                        impatient(round % 5, queue.get_many(&mut one, 1)).await;
                        one.pop()
                    }
                };
                if let Some((_, round)) = item {
                    got.fetch_add(u64::from(round) + 1, Ordering::Relaxed);
                }
            }
        }
    });
    let left: u64 = queue.close_now().iter().map(|(_, round)| u64::from(*round) + 1).sum();
    assert_eq!(put.load(Ordering::Relaxed), got.load(Ordering::Relaxed) + left);
    let statistics = queue.statistics();
    assert_eq!((statistics.putting, statistics.getting, statistics.reserved), (0, 0, 0));
}

#[test]
fn everything_at_once() {
    watched(|| {
        swap(Fifo::bounded(1));
        swap(Fifo::bounded(7));
        swap(Fifo::unbounded());
        swap(Lifo::bounded(2));
        swap(Priority::bounded(3));
    });
}

/// Producers and consumers on threads, on tokio and on smol; a third of the waits are given up. Nothing
/// is lost or doubled, and each producer's items come in their order.
#[test]
fn nothing_is_lost_or_doubled() {
    for capacity in [1, 3, 64] {
        watched(move || {
            let queue = Arc::new(Fifo::bounded(capacity));
            let producers = Arc::new(AtomicUsize::new(9));
            let consumer = {
                let queue = Arc::clone(&queue);
                std::thread::spawn(move || {
                    let mut next = [0; 9];
                    for (n, round) in queue.iter_blocking() {
                        assert_eq!(round, next[n as usize], "in the producer's order");
                        next[n as usize] += 1;
                        queue.task_done().unwrap();
                    }
                    next
                })
            };
            let shared = (Arc::clone(&queue), producers);
            everywhere(move |n| {
                let (queue, producers) = (Arc::clone(&shared.0), Arc::clone(&shared.1));
                async move {
                    let mut round = 0;
                    while round < ROUNDS {
                        let put = if (round + n) % 3 == 0 {
                            impatient(round % 4, queue.put((n, round))).await.is_some()
                        } else if n % 3 == 0 && round % 5 == 1 {
                            queue.put_blocking((n, round)).is_ok()
                        } else {
                            queue.put((n, round)).await.is_ok()
                        };
                        round += u32::from(put);
                    }
                    if producers.fetch_sub(1, Ordering::AcqRel) == 1 {
                        queue.join().await;
                        queue.close();
                    }
                }
            });
            assert_eq!(consumer.join().unwrap(), [ROUNDS; 9]);
            assert_eq!(queue.statistics().unfinished, 0);
        });
    }
}

/// Consumers that give up all the time, beside one that does not.
#[test]
fn impatient_consumers_lose_nothing() {
    watched(|| {
        let queue = Arc::new(Priority::bounded(4));
        let sum = Arc::new(AtomicU64::new(0));
        let shared = (Arc::clone(&queue), Arc::clone(&sum));
        let producers: Vec<_> = (0..2)
            .map(|_| {
                let queue = Arc::clone(&queue);
                std::thread::spawn(move || {
                    (1..=3000_u64).for_each(|n| queue.put_blocking(n).unwrap());
                })
            })
            .collect();
        let closer = {
            let queue = Arc::clone(&queue);
            std::thread::spawn(move || {
                for thread in producers {
                    thread.join().unwrap();
                }
                queue.close();
            })
        };
        everywhere(move |n| {
            let (queue, sum) = (Arc::clone(&shared.0), Arc::clone(&shared.1));
            async move {
                loop {
                    let patience = if n == 0 { u32::MAX } else { n % 4 };
                    match impatient(patience, queue.get()).await {
                        Some(Ok(item)) => {
                            sum.fetch_add(item, Ordering::Relaxed);
                        }
                        Some(Err(_)) => break,
                        None => {}
                    }
                }
            }
        });
        closer.join().unwrap();
        assert_eq!(sum.load(Ordering::Relaxed), 2 * 3000 * 3001 / 2);
    });
}
