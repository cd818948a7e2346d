//! Putting and getting, bounds, deadlines, errors that give back.

use std::pin::pin;
use std::sync::Arc;
use std::sync::atomic::{AtomicBool, Ordering};
use std::task::Poll;
use std::time::{Duration, Instant};

use anyrt::queue::{Closed, Fifo, GetError, Lifo, Priority, PutError, TryGetError, TryPutError};

use crate::support::{Counter, poll, poll_with, run, watched};

#[test]
fn what_is_put_is_got() {
    run(async {
        let queue = Fifo::bounded(2);
        assert_eq!((queue.len(), queue.is_empty(), queue.is_full()), (0, true, false));
        queue.put(1).await.unwrap();
        queue.put_blocking(2).unwrap();
        assert_eq!((queue.len(), queue.is_empty(), queue.is_full()), (2, false, true));
        assert_eq!(queue.get().await, Ok(1));
        assert_eq!(queue.get_blocking(), Ok(2));
        assert!(queue.is_empty());
    });
}

#[test]
fn trying_gives_the_item_back() {
    let queue = Fifo::bounded(1);
    assert_eq!(queue.try_get(), Err(TryGetError::Empty));
    assert_eq!(queue.try_put(String::from("one")), Ok(()));
    let full = queue.try_put(String::from("two")).unwrap_err();
    assert!(full.is_full());
    assert_eq!(full.into_inner(), "two");
    queue.close();
    assert_eq!(queue.try_put(String::from("three")), Err(TryPutError::Closed("three".into())));
    assert_eq!(queue.try_get().unwrap(), "one");
    assert_eq!(queue.try_get(), Err(TryGetError::Closed));
}

#[test]
fn a_capacity_is_told() {
    assert_eq!(Fifo::<u8>::bounded(3).capacity(), Some(3));
    assert_eq!(Lifo::<u8>::unbounded().capacity(), None);
    assert_eq!(Priority::<u8>::default().capacity(), None);
}

#[test]
#[should_panic(expected = "ask for `bounded(1)` or more, or for `unbounded()`")]
fn a_capacity_of_zero_is_refused() {
    let _ = Fifo::<u8>::bounded(0);
}

#[test]
fn an_unbounded_queue_is_never_full() {
    let queue = Fifo::unbounded();
    for n in 0..100_000 {
        queue.try_put(n).unwrap();
    }
    assert!(!queue.is_full());
    assert!((0..100_000).all(|n| queue.try_get() == Ok(n)));
}

#[test]
fn putting_waits_for_room() {
    let queue = Fifo::bounded(1);
    queue.try_put(1).unwrap();
    let (counter, waker) = Counter::new();
    let mut put = pin!(queue.put(2));
    assert!(poll_with(put.as_mut(), &waker).is_pending());
    assert_eq!(queue.statistics().putting, 1);
    assert_eq!(queue.try_get(), Ok(1));
    assert_eq!(counter.count(), 1);
    assert_eq!(poll(put), Poll::Ready(Ok(())));
    assert_eq!(queue.try_get(), Ok(2));
}

#[test]
fn getting_waits_for_an_item() {
    let queue = Fifo::unbounded();
    let (counter, waker) = Counter::new();
    let mut get = pin!(queue.get());
    assert!(poll_with(get.as_mut(), &waker).is_pending());
    assert_eq!(queue.statistics().getting, 1);
    queue.try_put(7).unwrap();
    assert_eq!(counter.count(), 1);
    assert_eq!(poll(get), Poll::Ready(Ok(7)));
}

#[test]
fn those_who_wait_are_woken_one_per_item_in_their_order() {
    let queue = Fifo::unbounded();
    let waits: Vec<_> = (0..4).map(|_| (Counter::new(), Box::pin(queue.get()))).collect();
    let mut waits = waits;
    for ((_, waker), get) in &mut waits {
        assert!(poll_with(get.as_mut(), waker).is_pending());
    }
    let woken = |waits: &Vec<((Arc<Counter>, _), _)>| -> Vec<_> {
        waits.iter().map(|((counter, _), _)| counter.count()).collect()
    };
    queue.try_put('a').unwrap();
    assert_eq!(woken(&waits), [1, 0, 0, 0]);
    queue.try_put('b').unwrap();
    assert_eq!(woken(&waits), [1, 1, 0, 0]);
    for (n, item) in ['a', 'b'].into_iter().enumerate() {
        assert_eq!(poll(waits[n].1.as_mut()), Poll::Ready(Ok(item)));
    }
    queue.put_blocking('c').unwrap();
    queue.put_blocking('d').unwrap();
    assert_eq!(woken(&waits), [1, 1, 1, 1]);
}

#[test]
fn a_woken_getter_that_was_overtaken_is_first_again() {
    let queue = Fifo::unbounded();
    let (first, first_waker) = Counter::new();
    let (second, second_waker) = Counter::new();
    let (mut one, mut two) = (pin!(queue.get()), pin!(queue.get()));
    assert!(poll_with(one.as_mut(), &first_waker).is_pending());
    assert!(poll_with(two.as_mut(), &second_waker).is_pending());
    queue.try_put(1).unwrap();
    assert_eq!(queue.try_get(), Ok(1)); // who runs may take it
    assert!(poll_with(one.as_mut(), &first_waker).is_pending());
    queue.try_put(2).unwrap();
    assert_eq!((first.count(), second.count()), (2, 0));
    assert_eq!(poll(one), Poll::Ready(Ok(2)));
}

#[test]
fn deadlines_for_threads() {
    let limit = Duration::from_millis(5);
    let queue = Fifo::bounded(1);
    let start = Instant::now();
    assert_eq!(queue.get_within_blocking(limit), Err(GetError::TimedOut));
    assert!(start.elapsed() >= limit);
    assert_eq!(queue.put_within_blocking("one", limit), Ok(()));
    let start = Instant::now();
    let late = queue.put_within_blocking("two", limit).unwrap_err();
    assert!(start.elapsed() >= limit && late.is_timed_out());
    assert_eq!(late.into_inner(), "two");
    assert_eq!(queue.get_within_blocking(Duration::ZERO), Ok("one"));
    queue.close();
    assert_eq!(queue.put_within_blocking("three", limit), Err(PutError::Closed("three")));
    assert_eq!(queue.get_within_blocking(limit), Err(GetError::Closed));
    assert_eq!((queue.statistics().putting, queue.statistics().getting), (0, 0));
}

#[test]
fn a_thread_in_time_gets_its_item() {
    watched(|| {
        let queue = Fifo::bounded(1);
        std::thread::scope(|scope| {
            scope.spawn(|| {
                for n in 0..100 {
                    queue.put_within_blocking(n, Duration::MAX).unwrap();
                }
            });
            for n in 0..100 {
                assert_eq!(queue.get_within_blocking(Duration::from_secs(3600)), Ok(n));
            }
        });
    });
}

#[test]
fn tasks_and_threads_meet_on_one_object() {
    static ITEMS: Fifo<u32> = Fifo::bounded(2);
    watched(|| {
        let thread = std::thread::spawn(|| {
            (0..100).for_each(|n| ITEMS.put_blocking(n).unwrap());
            ITEMS.close();
        });
        let sum = futures_lite::future::block_on(async {
            let mut sum = 0;
            while let Ok(n) = ITEMS.get().await {
                sum += n;
            }
            sum
        });
        assert_eq!(sum, 4950);
        thread.join().unwrap();
    });
}

#[test]
fn reserving_takes_room_first() {
    let queue = Fifo::bounded(2);
    let slot = queue.try_reserve().unwrap();
    queue.try_put(1).unwrap();
    assert!(queue.is_full());
    assert_eq!((queue.len(), queue.statistics().reserved), (1, 1));
    assert_eq!(queue.try_put(9), Err(TryPutError::Full(9)));
    assert_eq!(queue.try_reserve().unwrap_err(), TryPutError::Full(()));
    slot.put(2).unwrap();
    assert_eq!((queue.try_get(), queue.try_get()), (Ok(1), Ok(2)));
    drop(queue.try_reserve().unwrap());
    assert_eq!(queue.statistics().reserved, 0);
}

#[test]
fn a_slot_that_is_dropped_lets_the_next_one_in() {
    let queue = Fifo::bounded(1);
    let slot = queue.reserve_blocking().unwrap();
    let (counter, waker) = Counter::new();
    let mut put = pin!(queue.put(5));
    assert!(poll_with(put.as_mut(), &waker).is_pending());
    let mut reserve = pin!(queue.reserve());
    assert!(poll(reserve.as_mut()).is_pending());
    drop(slot);
    assert_eq!(counter.count(), 1);
    assert_eq!(poll(put), Poll::Ready(Ok(())));
    assert_eq!(queue.try_get(), Ok(5));
    let Poll::Ready(Ok(slot)) = poll(reserve) else { panic!("there is room") };
    slot.put(6).unwrap();
    assert_eq!(queue.try_get(), Ok(6));
}

#[test]
fn a_slot_of_a_closed_queue_gives_the_item_back() {
    let queue = Fifo::bounded(1);
    let slot = queue.try_reserve().unwrap();
    queue.close();
    assert_eq!(slot.put("late").unwrap_err().into_inner(), "late");
    assert_eq!(queue.statistics().reserved, 0);
    assert_eq!(queue.reserve_blocking().unwrap_err(), Closed::default());
}

#[test]
fn a_loop_that_is_always_ready_lets_its_sibling_run() {
    run(async {
        let queue = Fifo::unbounded();
        let turn = AtomicBool::new(false);
        let busy = async {
            while !turn.load(Ordering::Relaxed) {
                queue.put(()).await.unwrap();
                queue.get().await.unwrap();
            }
        };
        futures_lite::future::zip(busy, async { turn.store(true, Ordering::Relaxed) }).await;
    });
}

struct Plain;

#[test]
fn errors_say_what_to_do() {
    let text = |error: &dyn std::error::Error| error.to_string();
    assert_eq!(text(&TryPutError::Full(1)), "the queue is full: wait with `put`");
    assert_eq!(text(&TryGetError::Empty), "the queue is empty: wait with `get`");
    assert!(text(&Closed::<()>::default()).contains("closed"));
    assert!(text(&PutError::TimedOut(1)).contains("deadline"));
    assert!(text(&GetError::TimedOut).contains("deadline"));
    assert!(text(&PutError::Closed(1)).contains("closed"));
    // Also for items that are nothing but items.
    assert_eq!(format!("{:?}", TryPutError::Full(Plain)), "Full");
    assert_eq!(format!("{:?}", PutError::Closed(Plain)), "Closed");
}
