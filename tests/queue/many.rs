//! Batches, streams and iterators.

use std::collections::VecDeque;
use std::pin::pin;
use std::task::Poll;
use std::time::{Duration, Instant};

use anyrt::queue::{Closed, Fifo, GetError, Lifo, Priority, PutError, TryGetError};
use futures_lite::StreamExt;

use crate::support::{Counter, poll, poll_with, watched};

#[test]
fn many_at_once_keep_their_order() {
    let queue = Fifo::unbounded();
    let mut items: VecDeque<_> = (0..1000).collect();
    assert_eq!(poll(pin!(queue.put_many(&mut items))), Poll::Ready(Ok(())));
    assert!(items.is_empty());
    let mut got = vec![77];
    assert_eq!(poll(pin!(queue.get_many(&mut got, 600))), Poll::Ready(Ok(600)));
    assert_eq!(queue.try_get_many(&mut got, usize::MAX), Ok(400));
    assert!(got.into_iter().eq([77].into_iter().chain(0..1000)));
    assert_eq!(queue.try_get_many(&mut Vec::new(), 1), Err(TryGetError::Empty));
}

#[test]
fn none_at_all_is_no_wait() {
    let queue = Fifo::<u8>::unbounded();
    assert_eq!(poll(pin!(queue.put_many(&mut VecDeque::new()))), Poll::Ready(Ok(())));
    assert_eq!(poll(pin!(queue.get_many(&mut Vec::new(), 0))), Poll::Ready(Ok(0)));
    assert_eq!(queue.try_get_many(&mut Vec::new(), 0), Ok(0));
    assert_eq!(queue.try_put_many(&mut VecDeque::new()), Ok(0));
}

#[test]
fn as_many_as_fit() {
    let queue = Lifo::bounded(3);
    let mut items: VecDeque<_> = (0..5).collect();
    assert_eq!(queue.try_put_many(&mut items), Ok(3));
    assert_eq!(items, [3, 4]);
    assert_eq!(queue.try_put_many(&mut items), Ok(0));
    let mut got = Vec::new();
    assert_eq!(queue.try_get_many(&mut got, 2), Ok(2));
    assert_eq!(got, [2, 1]);
    queue.close();
    assert_eq!(queue.try_put_many(&mut items), Err(Closed::default()));
    assert_eq!(items, [3, 4]);
}

#[test]
fn put_many_waits_for_the_rest() {
    let queue = Fifo::bounded(2);
    let mut items: VecDeque<_> = (0..5).collect();
    {
        let mut put = pin!(queue.put_many(&mut items));
        let (counter, waker) = Counter::new();
        assert!(poll_with(put.as_mut(), &waker).is_pending());
        assert_eq!(queue.try_get(), Ok(0));
        assert_eq!(counter.count(), 1);
        assert!(poll_with(put.as_mut(), &waker).is_pending());
        assert_eq!((queue.try_get(), queue.try_get()), (Ok(1), Ok(2)));
    }
    // Dropped: what was put is gone, the rest is there.
    assert_eq!(items, [3, 4]);
    assert_eq!(queue.statistics().putting, 0);
    assert!(queue.is_empty());
}

#[test]
fn put_many_that_is_woken_and_dropped_passes_its_room_on() {
    let queue = Fifo::bounded(1);
    queue.try_put(0).unwrap();
    let mut items = [1, 2].into();
    let mut many = Box::pin(queue.put_many(&mut items));
    assert!(poll(many.as_mut()).is_pending());
    let (counter, waker) = Counter::new();
    let mut put = pin!(queue.put(9));
    assert!(poll_with(put.as_mut(), &waker).is_pending());
    assert_eq!(queue.try_get(), Ok(0));
    assert_eq!(counter.count(), 0);
    drop(many);
    assert_eq!(counter.count(), 1);
    assert_eq!(poll(put), Poll::Ready(Ok(())));
}

#[test]
fn many_items_wake_as_many_getters() {
    let queue = Fifo::unbounded();
    let mut gets: Vec<_> = (0..100).map(|_| Box::pin(queue.get())).collect();
    let (counter, waker) = Counter::new();
    for get in &mut gets {
        assert!(poll_with(get.as_mut(), &waker).is_pending());
    }
    assert_eq!(queue.try_put_many(&mut (0..70).collect()), Ok(70));
    assert_eq!(counter.count(), 70);
    for (n, get) in gets.iter_mut().enumerate() {
        let expected = if n < 70 { Poll::Ready(Ok(n)) } else { Poll::Pending };
        assert_eq!(poll(get.as_mut()), expected);
    }
}

#[test]
fn getting_many_wakes_as_many_putters() {
    let queue = Fifo::bounded(100);
    queue.try_put_many(&mut (0..100).collect()).unwrap();
    let mut puts: Vec<_> = (0..90).map(|n| Box::pin(queue.put(n))).collect();
    let (counter, waker) = Counter::new();
    for put in &mut puts {
        assert!(poll_with(put.as_mut(), &waker).is_pending());
    }
    assert_eq!(queue.try_get_many(&mut Vec::new(), 80), Ok(80));
    assert_eq!(counter.count(), 80);
}

#[test]
fn get_many_waits_for_one_only() {
    let queue = Priority::unbounded();
    let mut got = Vec::new();
    {
        let mut get = pin!(queue.get_many(&mut got, 10));
        assert!(poll(get.as_mut()).is_pending());
        queue.try_put(2).unwrap();
        queue.try_put(1).unwrap();
        assert_eq!(poll(get), Poll::Ready(Ok(2)));
    }
    assert_eq!(got, [1, 2]);
    queue.close();
    assert_eq!(queue.get_many_blocking(&mut got, 10), Err(Closed::default()));
}

#[test]
fn blocking_batches() {
    watched(|| {
        let queue = Fifo::bounded(7);
        std::thread::scope(|scope| {
            scope.spawn(|| {
                queue.put_many_blocking(&mut (0..1000).collect()).unwrap();
                queue.close();
            });
            let mut got = Vec::new();
            while queue.get_many_blocking(&mut got, 5).is_ok() {}
            assert!(got.into_iter().eq(0..1000));
        });
    });
}

#[test]
fn deadlines_of_batches_and_of_a_slot() {
    let limit = Duration::from_millis(2);
    let queue = Fifo::bounded(2);
    let mut got = Vec::new();
    let start = Instant::now();
    assert_eq!(queue.get_many_within_blocking(&mut got, 3, limit), Err(GetError::TimedOut));
    let mut items = (1..=5).collect();
    let late = queue.put_many_within_blocking(&mut items, limit).unwrap_err();
    assert!(late.is_timed_out() && start.elapsed() >= 2 * limit);
    assert_eq!(items, [3, 4, 5], "what was not put is left");
    assert!(queue.reserve_within_blocking(limit).unwrap_err().is_timed_out());

    assert_eq!(queue.get_many_within_blocking(&mut got, 3, Duration::ZERO), Ok(2));
    let slot = queue.reserve_within_blocking(Duration::ZERO).unwrap();
    assert!(queue.put_many_within_blocking(&mut items, limit).is_err());
    assert_eq!(items, [4, 5], "one place was reserved");
    queue.close();
    assert_eq!(queue.put_many_within_blocking(&mut items, limit), Err(PutError::Closed(())));
    assert_eq!(queue.reserve_within_blocking(limit).unwrap_err(), PutError::Closed(()));
    drop(slot);
    assert_eq!(queue.get_many_within_blocking(&mut got, 3, limit), Ok(1));
    assert_eq!(queue.get_many_within_blocking(&mut got, 3, limit), Err(GetError::Closed));
    assert_eq!(got, [1, 2, 3]);
    let statistics = queue.statistics();
    assert_eq!((statistics.putting, statistics.getting, statistics.reserved), (0, 0, 0));
}

#[test]
fn a_batch_in_time_goes_across() {
    watched(|| {
        let queue = Fifo::bounded(1);
        std::thread::scope(|scope| {
            scope.spawn(|| {
                let mut items = (0..20).collect();
                queue.put_many_within_blocking(&mut items, Duration::MAX).unwrap();
                queue.reserve_within_blocking(Duration::MAX).unwrap().put(20).unwrap();
            });
            let mut got = Vec::new();
            while got.len() < 21 {
                queue.get_many_within_blocking(&mut got, 3, Duration::from_secs(3600)).unwrap();
            }
            assert_eq!(got, (0..21).collect::<Vec<_>>());
        });
    });
}

#[test]
fn a_stream_of_all_items_to_the_end() {
    let queue = Fifo::bounded(2);
    let mut items: VecDeque<_> = (0..100).collect();
    let put = async {
        queue.put_many(&mut items).await.unwrap();
        queue.close();
    };
    let get = queue.stream().collect::<Vec<_>>();
    let ((), got) = futures_lite::future::block_on(futures_lite::future::zip(put, get));
    assert!(got.into_iter().eq(0..100));
}

#[test]
fn a_stream_that_was_woken_and_is_dropped_passes_the_item_on() {
    let queue = Fifo::unbounded();
    let mut stream = Box::pin(queue.stream());
    assert!(poll(pin!(stream.next())).is_pending());
    let (counter, waker) = Counter::new();
    let mut get = pin!(queue.get());
    assert!(poll_with(get.as_mut(), &waker).is_pending());
    queue.try_put(5).unwrap();
    assert_eq!(counter.count(), 0);
    drop(stream);
    assert_eq!(counter.count(), 1);
    assert_eq!(poll(get), Poll::Ready(Ok(5)));
}

#[test]
fn an_iterator_of_all_items_to_the_end() {
    let queue = Lifo::unbounded();
    queue.try_put_many(&mut (0..5).collect()).unwrap();
    queue.close();
    let mut items = queue.iter_blocking();
    assert!(items.by_ref().eq([4, 3, 2, 1, 0]));
    assert_eq!((items.next(), items.next()), (None, None));
}
