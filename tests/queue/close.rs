//! The end of a queue: draining or at once. Python's `shutdown`, and what its tests do not notice.

use std::pin::pin;
use std::sync::Arc;
use std::task::Poll;
use std::thread;

use anyrt::queue::{Closed, Fifo, Lifo, Priority, Queue, Store, TryGetError, TryPutError};

use crate::support::{Counter, poll, poll_with, watched};

fn closed<T>() -> Poll<Result<T, Closed>> {
    Poll::Ready(Err(Closed::default()))
}

#[test]
fn closing_drains() {
    let queue = Fifo::bounded(3);
    queue.try_put(1).unwrap();
    queue.try_put(2).unwrap();
    queue.close();
    assert!(queue.is_closed());
    assert_eq!(queue.try_put(3), Err(TryPutError::Closed(3)));
    assert_eq!(queue.put_blocking(3).unwrap_err().into_inner(), 3);
    assert_eq!(poll(pin!(queue.get())), Poll::Ready(Ok(1)));
    assert_eq!(queue.get_blocking(), Ok(2));
    assert_eq!(queue.get_blocking(), Err(Closed::default()));
    assert_eq!(poll(pin!(queue.get())), closed());
    assert_eq!(queue.try_get(), Err(TryGetError::Closed));
    queue.close(); // again
    assert!(queue.close_now().is_empty());
}

#[test]
fn closing_at_once_returns_what_was_left() {
    fn check<S: Store<Item = u32>>(queue: &Queue<S>, expected: [u32; 3]) {
        for n in [2, 3, 1] {
            queue.try_put(n).unwrap();
        }
        assert_eq!(queue.close_now(), expected);
        assert_eq!(queue.try_get(), Err(TryGetError::Closed));
        assert_eq!(queue.unfinished(), 0);
        queue.join_blocking();
    }
    check(&Fifo::unbounded(), [2, 3, 1]);
    check(&Lifo::unbounded(), [1, 3, 2]);
    check(&Priority::unbounded(), [1, 2, 3]);
}

/// Python's own tests pass when `shutdown` forgets these.
#[test]
fn those_who_wait_for_room_are_woken_and_get_their_items_back() {
    for at_once in [false, true] {
        let queue = Fifo::bounded(1);
        queue.try_put(0).unwrap();
        let mut puts: Vec<_> = (1..=50).map(|n| (n, Box::pin(queue.put(n)))).collect();
        let (counter, waker) = Counter::new();
        for (_, put) in &mut puts {
            assert!(poll_with(put.as_mut(), &waker).is_pending());
        }
        let mut reserve = pin!(queue.reserve());
        assert!(poll_with(reserve.as_mut(), &waker).is_pending());
        if at_once {
            assert_eq!(queue.close_now(), [0]);
        } else {
            queue.close();
        }
        assert_eq!(counter.count(), 51, "each is woken, and once");
        for (n, put) in &mut puts {
            let Poll::Ready(Err(back)) = poll(put.as_mut()) else { panic!("told") };
            assert_eq!(back.into_inner(), *n);
        }
        let Poll::Ready(Err(_)) = poll(reserve) else { panic!("told") };
        assert_eq!(queue.try_get().ok(), (!at_once).then_some(0));
    }
}

#[test]
fn threads_that_wait_for_room_are_woken() {
    watched(|| {
        for at_once in [false, true] {
            let queue = Arc::new(Fifo::bounded(1));
            queue.try_put(0).unwrap();
            let threads: Vec<_> = (1..=3)
                .map(|n| {
                    let queue = Arc::clone(&queue);
                    thread::spawn(move || queue.put_blocking(n).map_err(Closed::into_inner))
                })
                .collect();
            while queue.statistics().putting < 3 {
                thread::yield_now();
            }
            if at_once {
                assert_eq!(queue.close_now(), [0]);
            } else {
                queue.close();
            }
            let back: Vec<_> = threads.into_iter().map(|thread| thread.join().unwrap()).collect();
            assert_eq!(back, [Err(1), Err(2), Err(3)]);
            assert_eq!(queue.try_get().ok(), (!at_once).then_some(0));
        }
    });
}

#[test]
fn those_who_wait_for_items_are_woken() {
    let queue = Fifo::<u8>::unbounded();
    let (counter, waker) = Counter::new();
    let mut gets: Vec<_> = (0..50).map(|_| Box::pin(queue.get())).collect();
    for get in &mut gets {
        assert!(poll_with(get.as_mut(), &waker).is_pending());
    }
    queue.close();
    assert_eq!(counter.count(), 50);
    for get in &mut gets {
        assert_eq!(poll(get.as_mut()), closed());
    }
}

#[test]
fn threads_that_wait_for_items_are_woken() {
    watched(|| {
        for at_once in [false, true] {
            let queue = Arc::new(Lifo::<u8>::unbounded());
            let threads: Vec<_> = (0..3)
                .map(|_| {
                    let queue = Arc::clone(&queue);
                    thread::spawn(move || queue.get_blocking())
                })
                .collect();
            while queue.statistics().getting < 3 {
                thread::yield_now();
            }
            if at_once {
                assert!(queue.close_now().is_empty());
            } else {
                queue.close();
            }
            for thread in threads {
                assert_eq!(thread.join().unwrap(), Err(Closed::default()));
            }
        }
    });
}

#[test]
fn a_getter_that_was_woken_before_the_end_has_its_item() {
    let queue = Fifo::unbounded();
    let mut get = pin!(queue.get());
    assert!(poll(get.as_mut()).is_pending());
    queue.try_put(1).unwrap();
    queue.close();
    assert_eq!(poll(get), Poll::Ready(Ok(1)));
}

#[test]
fn a_getter_that_was_woken_before_an_end_at_once_has_none() {
    let queue = Fifo::unbounded();
    let mut get = pin!(queue.get());
    assert!(poll(get.as_mut()).is_pending());
    queue.try_put(1).unwrap();
    assert_eq!(queue.close_now(), [1]);
    assert_eq!(poll(get), closed());
}

#[test]
fn a_drained_queue_can_be_joined() {
    let queue = Fifo::unbounded();
    queue.try_put(1).unwrap();
    queue.close();
    let mut join = pin!(queue.join());
    assert!(poll(join.as_mut()).is_pending());
    assert_eq!(queue.try_get(), Ok(1));
    assert!(poll(join.as_mut()).is_pending());
    queue.task_done().unwrap();
    assert!(poll(join).is_ready());
}

#[test]
fn closing_at_once_ends_a_join_when_nothing_else_is_left() {
    let queue = Fifo::unbounded();
    queue.try_put(1).unwrap();
    queue.try_put(2).unwrap();
    assert_eq!(queue.try_get(), Ok(1));
    let (counter, waker) = Counter::new();
    let mut join = pin!(queue.join());
    assert!(poll_with(join.as_mut(), &waker).is_pending());
    assert_eq!(queue.close_now(), [2]);
    assert_eq!(counter.count(), 0, "the one that was got is not done");
    queue.task_done().unwrap();
    assert_eq!(counter.count(), 1);
    assert!(poll(join).is_ready());
    assert!(queue.task_done().is_err());
}

#[test]
fn nothing_that_was_put_is_lost_by_a_draining_end() {
    watched(|| {
        for _ in 0..50 {
            let queue = Arc::new(Fifo::bounded(2));
            let producers: Vec<_> = (0..3)
                .map(|_| {
                    let queue = Arc::clone(&queue);
                    thread::spawn(move || {
                        (0..u32::MAX).take_while(|n| queue.put_blocking(*n).is_ok()).count()
                    })
                })
                .collect();
            let consumer = {
                let queue = Arc::clone(&queue);
                thread::spawn(move || queue.iter_blocking().count())
            };
            while queue.is_empty() {
                thread::yield_now();
            }
            queue.close();
            let put: usize = producers.into_iter().map(|thread| thread.join().unwrap()).sum();
            assert_eq!(consumer.join().unwrap(), put);
        }
    });
}
