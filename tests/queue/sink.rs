//! A queue as a sink.

use std::pin::{Pin, pin};
use std::sync::Arc;
use std::task::{Context, Poll, Waker};

use anyrt::queue::{Closed, Fifo};
use futures_sink::Sink;

use crate::support::Counter;

fn ready<T, S: Sink<T>>(sink: Pin<&mut S>, waker: &Waker) -> Poll<Result<(), S::Error>> {
    sink.poll_ready(&mut Context::from_waker(waker))
}

#[test]
fn a_sink_waits_for_room_and_puts_in_order() {
    let queue = Fifo::bounded(1);
    let (counter, waker) = Counter::new();
    let mut sink = pin!(queue.sink());
    assert_eq!(ready(sink.as_mut(), &waker), Poll::Ready(Ok(())));
    assert_eq!(ready(sink.as_mut(), &waker), Poll::Ready(Ok(())), "the room is there already");
    assert_eq!(queue.statistics().reserved, 1);
    sink.as_mut().start_send(1).unwrap();
    assert!(ready(sink.as_mut(), &waker).is_pending());
    assert_eq!(queue.try_get(), Ok(1));
    assert_eq!(counter.count(), 1);
    assert_eq!(ready(sink.as_mut(), &waker), Poll::Ready(Ok(())));
    sink.as_mut().start_send(2).unwrap();
    assert!(sink.as_mut().poll_flush(&mut Context::from_waker(&waker)).is_ready());
    assert_eq!(queue.try_get(), Ok(2));
}

#[test]
fn a_sink_that_ends_gives_its_room_back() {
    let (counter, waker) = Counter::new();
    for close in [false, true] {
        let queue = Fifo::<u8>::bounded(1);
        let (mut sink, mut next) = (Box::pin(queue.sink()), Box::pin(queue.sink()));
        assert!(ready(sink.as_mut(), &waker).is_ready());
        assert!(ready(next.as_mut(), &waker).is_pending());
        let before = counter.count();
        if close {
            assert!(sink.as_mut().poll_close(&mut Context::from_waker(&waker)).is_ready());
        } else {
            drop(sink);
        }
        assert_eq!(counter.count(), before + 1);
        assert!(ready(next.as_mut(), &waker).is_ready());
        drop(next);
        assert!(!queue.is_closed() && !queue.is_full());
    }
}

#[test]
fn a_sink_of_a_closed_queue_gives_the_item_back() {
    let (counter, waker) = Counter::new();
    let queue = Fifo::bounded(1);
    let (mut sink, mut next) = (pin!(queue.sink()), pin!(queue.sink()));
    let item = Arc::new(());
    assert!(ready(sink.as_mut(), &waker).is_ready());
    assert!(ready(next.as_mut(), &waker).is_pending());
    queue.close();
    assert_eq!(counter.count(), 1, "who waits for room is told");
    let back = sink.as_mut().start_send(item.clone()).unwrap_err();
    assert!(Arc::ptr_eq(&back.into_inner().unwrap(), &item));
    assert_eq!(ready(next, &waker).map_err(Closed::into_inner), Poll::Ready(Err(None)));
}

#[test]
#[should_panic(expected = "`poll_ready` comes before `start_send`")]
fn sending_before_there_is_room_is_refused() {
    let queue = Fifo::unbounded();
    let _ = pin!(queue.sink()).start_send(1);
}
