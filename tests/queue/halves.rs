//! The halves of a queue: what their ends mean.

use std::pin::pin;
use std::sync::Arc;
use std::task::Poll;

use anyrt::queue::{Closed, Fifo, Lifo, Priority, Queue, Store, TryGetError, TryPutError};

use crate::support::{Counter, poll, poll_with, watched};

#[test]
fn the_last_sender_closes_and_what_was_put_can_be_got() {
    fn check<S: Store<Item = u32>>(queue: Queue<S>) {
        let (sender, receiver) = queue.split();
        let other = sender.clone();
        sender.try_put(1).unwrap();
        drop(sender);
        assert!(!receiver.is_closed());
        other.try_put(1).unwrap();
        drop(other);
        assert!(receiver.is_closed());
        assert_eq!((receiver.try_get(), receiver.try_get()), (Ok(1), Ok(1)));
        assert_eq!(receiver.try_get(), Err(TryGetError::Closed));
    }
    check(Fifo::bounded(2));
    check(Lifo::unbounded());
    check(Priority::bounded(3));
}

#[test]
fn the_last_receiver_closes_at_once_and_what_was_in_it_is_dropped() {
    let (sender, receiver) = Fifo::bounded(2).split();
    let (item, other) = (Arc::new(()), receiver.clone());
    sender.try_put(item.clone()).unwrap();
    drop(receiver);
    sender.try_put(item.clone()).unwrap();
    let (counter, waker) = Counter::new();
    let mut put = pin!(sender.put(item.clone()));
    let mut join = pin!(sender.join());
    assert!(poll_with(put.as_mut(), &waker).is_pending());
    assert!(poll_with(join.as_mut(), &waker).is_pending());
    drop(other);
    assert_eq!(
        counter.count(),
        2,
        "who waits is told, and who joins too: nothing is left to be done"
    );
    let Poll::Ready(Err(back)) = poll(put.as_mut()) else { panic!("told") };
    assert!(poll(join).is_ready());
    assert!(Arc::ptr_eq(&back.into_inner(), &item));
    assert!(matches!(sender.try_put(item.clone()), Err(TryPutError::Closed(_))));
    assert_eq!(Arc::strong_count(&item), 1, "nothing is kept");
}

#[test]
fn a_getter_that_waits_is_told_by_the_last_sender() {
    let (sender, receiver) = Fifo::<u8>::unbounded().split();
    let (counter, waker) = Counter::new();
    let mut get = pin!(receiver.get());
    assert!(poll_with(get.as_mut(), &waker).is_pending());
    drop(sender);
    assert_eq!(counter.count(), 1);
    assert_eq!(poll(get), Poll::Ready(Err(Closed::default())));
}

#[test]
fn producers_that_end_end_the_consumers() {
    watched(|| {
        let (sender, receiver) = Fifo::bounded(3).split();
        let threads: Vec<_> = (0..4)
            .map(|_| {
                let sender = sender.clone();
                std::thread::spawn(move || (0..500).for_each(|n| sender.put_blocking(n).unwrap()))
            })
            .collect();
        drop(sender);
        let others: Vec<_> = (0..3)
            .map(|_| {
                let receiver = receiver.clone();
                std::thread::spawn(move || receiver.iter_blocking().sum::<u32>())
            })
            .collect();
        let sum = receiver.iter_blocking().sum::<u32>()
            + others.into_iter().map(|thread| thread.join().unwrap()).sum::<u32>();
        assert_eq!(sum, 4 * (499 * 500 / 2));
        for thread in threads {
            thread.join().unwrap();
        }
    });
}

#[test]
fn consumers_that_end_end_the_producers() {
    watched(|| {
        let (sender, receiver) = Fifo::bounded(1).split();
        let thread = std::thread::spawn(move || {
            let mut n = 0;
            while sender.put_blocking(n).is_ok() {
                n += 1;
            }
            n
        });
        assert_eq!((receiver.get_blocking(), receiver.get_blocking()), (Ok(0), Ok(1)));
        drop(receiver);
        assert!(thread.join().unwrap() >= 2);
    });
}
