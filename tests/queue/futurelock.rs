//! A future that was woken and is not polled any more keeps nothing from its task.

use std::pin::pin;
use std::task::Poll;

use anyrt::queue::{Fifo, Priority};

use crate::support::{Counter, poll, poll_with};

/// RFD 609's shape: a task selects over a wait, then awaits another one while the first is still there.
#[test]
fn a_task_that_stops_polling_a_get_gets_by_another_one() {
    let queue = Fifo::unbounded();
    let (task, waker) = Counter::new();
    let (mut dormant, mut get) = (pin!(queue.get()), pin!(queue.get()));
    assert!(poll_with(dormant.as_mut(), &waker).is_pending());
    assert!(poll_with(get.as_mut(), &waker).is_pending());
    queue.try_put(1).unwrap(); // wakes the task, for the one that it does not poll
    assert_eq!(task.count(), 1);
    assert_eq!(poll_with(get, &waker), Poll::Ready(Ok(1)));
}

#[test]
fn the_same_when_it_comes_after_the_wake_up() {
    let queue = Fifo::unbounded();
    let mut dormant = pin!(queue.get());
    assert!(poll(dormant.as_mut()).is_pending());
    queue.try_put(1).unwrap();
    assert_eq!(poll(pin!(queue.get())), Poll::Ready(Ok(1)));
}

#[test]
fn the_same_when_another_one_has_taken_the_item_meanwhile() {
    let queue = Fifo::unbounded();
    let (task, waker) = Counter::new();
    let (mut dormant, mut get) = (pin!(queue.get()), pin!(queue.get()));
    assert!(poll_with(dormant.as_mut(), &waker).is_pending());
    assert!(poll_with(get.as_mut(), &waker).is_pending());
    queue.try_put(1).unwrap();
    assert_eq!(queue.try_get(), Ok(1));
    assert!(poll_with(get.as_mut(), &waker).is_pending()); // in vain
    let before = task.count();
    queue.try_put(2).unwrap();
    assert!(task.count() > before, "woken, although one is on its way for ever");
    assert_eq!(poll_with(get, &waker), Poll::Ready(Ok(2)));
}

#[test]
fn a_task_that_stops_polling_a_put_puts_by_another_one() {
    let queue = Fifo::bounded(1);
    queue.try_put(0).unwrap();
    let (task, waker) = Counter::new();
    let (mut dormant, mut put) = (pin!(queue.put(1)), pin!(queue.put(2)));
    assert!(poll_with(dormant.as_mut(), &waker).is_pending());
    assert!(poll_with(put.as_mut(), &waker).is_pending());
    assert_eq!(queue.try_get(), Ok(0));
    assert_eq!(task.count(), 1);
    assert_eq!(poll_with(put, &waker), Poll::Ready(Ok(())));
    assert_eq!(queue.try_get(), Ok(2));
    assert_eq!(poll_with(dormant, &waker), Poll::Ready(Ok(())));
    assert_eq!(queue.try_get(), Ok(1));
}

#[test]
fn a_put_and_a_get_of_one_task() {
    let queue = Priority::bounded(1);
    let mut dormant = pin!(queue.get());
    assert!(poll(dormant.as_mut()).is_pending());
    queue.try_put(1).unwrap();
    let mut put = pin!(queue.put(2));
    let (task, waker) = Counter::new();
    assert!(poll_with(put.as_mut(), &waker).is_pending());
    assert_eq!(queue.try_get(), Ok(1));
    assert_eq!(task.count(), 1);
    assert_eq!(poll(put), Poll::Ready(Ok(())));
}

/// What remains: who waits behind a woken future that nobody polls, in another task, is woken by the
/// next item, not by this one; and whoever comes takes it.
#[test]
fn another_task_goes_on_with_the_next_item() {
    let queue = Fifo::unbounded();
    let (mut dormant, mut other) = (pin!(queue.get()), pin!(queue.get()));
    let (task, waker) = Counter::new();
    assert!(poll(dormant.as_mut()).is_pending());
    assert!(poll_with(other.as_mut(), &waker).is_pending());
    queue.try_put(1).unwrap();
    assert_eq!(task.count(), 0);
    queue.try_put(2).unwrap();
    assert_eq!(task.count(), 1);
    assert_eq!(poll(other), Poll::Ready(Ok(1)), "in order");
}
