//! Wakers, and destructors of items, that use the queue whenever they are called; wakers that panic.

use std::cell::Cell;
use std::panic::{AssertUnwindSafe, catch_unwind};
use std::pin::{Pin, pin};
use std::sync::Arc;
use std::sync::atomic::{AtomicUsize, Ordering};
use std::task::{Poll, Waker};

use anyrt::queue::{Fifo, Lifo, Priority, Queue, Store};

use crate::support::{Counter, nosy, panicking, poll, poll_with, watched};

fn use_it<S: Store<Item = u32>>(queue: &Queue<S>) {
    let _ = queue.statistics();
    let _ = queue.try_put(0);
    let _ = queue.try_get();
    let _ = queue.task_done();
    let _ = poll(pin!(queue.put(0)));
    let _ = poll(pin!(queue.get()));
    let _ = poll(pin!(queue.join()));
}

/// Takes waits of all sorts through cloning, comparing, replacing, waking and dropping of a waker that
/// uses the queue in each of these.
fn meets_no_lock<S: Store<Item = u32> + Send + 'static>(make: fn() -> Queue<S>) {
    watched(move || {
        let queue = Arc::new(make());
        let calls = Arc::new(AtomicUsize::new(0));
        let waker = nosy({
            let (queue, calls) = (Arc::clone(&queue), Arc::clone(&calls));
            move || {
                calls.fetch_add(1, Ordering::Relaxed);
                use_it(&queue);
            }
        });
        for round in 0..3 {
            let mut gets: Vec<_> = (0..40).map(|_| Some(Box::pin(queue.get()))).collect();
            let mut puts: Vec<_> = (0..40).map(|n| Some(Box::pin(queue.put(n)))).collect();
            let mut joins: Vec<_> = (0..40).map(|_| Some(Box::pin(queue.join()))).collect();
            let wakers = [&waker, &waker.clone(), Waker::noop(), &waker];
            for waker in wakers {
                visit(&mut gets, waker);
            }
            while queue.try_put(9).is_ok() && queue.len() < 50 {}
            for waker in wakers {
                visit(&mut puts, waker);
                visit(&mut joins, waker);
            }
            (gets[20], puts[20], joins[20]) = (None, None, None);
            match round {
                0 => while queue.try_get().is_ok() {},
                1 => while queue.task_done().is_ok() {},
                _ => drop(queue.close_now()),
            }
            (gets[0], puts[0], joins[0]) = (None, None, None);
            visit(&mut gets, &waker);
            visit(&mut puts, &waker);
            visit(&mut joins, &waker);
        }
        assert!(calls.load(Ordering::Relaxed) >= 100);
    });
}

fn visit<F: Future>(slots: &mut [Option<Pin<Box<F>>>], waker: &Waker) {
    for slot in slots {
        if let Some(wait) = slot
            && poll_with(wait.as_mut(), waker).is_ready()
        {
            *slot = None;
        }
    }
}

#[test]
fn a_nosy_waker_meets_no_lock() {
    meets_no_lock(|| Fifo::bounded(2));
    meets_no_lock(|| Lifo::bounded(1));
    meets_no_lock(|| Priority::bounded(3));
    meets_no_lock(Fifo::unbounded);
}

/// An item whose destructor uses the queue that it was in.
struct Nosy(Arc<Fifo<Nosy>>);

impl Drop for Nosy {
    fn drop(&mut self) {
        let _ = self.0.statistics();
        let _ = self.0.try_get();
    }
}

#[test]
fn a_destructor_meets_no_lock() {
    watched(|| {
        let queue = Arc::new(Fifo::bounded(3));
        let item = || Nosy(Arc::clone(&queue));
        assert!(queue.try_put(item()).is_ok());
        assert!(queue.try_put(item()).is_ok());
        drop(queue.try_get());
        while queue.try_put(item()).is_ok() {} // the last one is refused, and empties the queue
        assert!(queue.is_empty());
        (0..3).for_each(|_| assert!(queue.try_put(item()).is_ok()));
        let mut put = Box::pin(queue.put(item()));
        assert!(poll(put.as_mut()).is_pending());
        drop(put);
        assert!(queue.try_put(item()).is_ok());
        drop(queue.close_now());
        assert!(queue.try_put(item()).is_err());
    });
}

#[test]
fn a_panic_of_a_waker_costs_the_others_nothing() {
    let queue = Fifo::unbounded();
    let (counter, waker) = Counter::new();
    let mut gets: Vec<_> = (0..90).map(|_| Box::pin(queue.get())).collect();
    for (n, get) in gets.iter_mut().enumerate() {
        let waker = if n % 3 == 0 { &panicking() } else { &waker };
        assert!(poll_with(get.as_mut(), waker).is_pending());
    }
    let put = catch_unwind(AssertUnwindSafe(|| queue.try_put_many(&mut (0..90).collect())));
    assert!(put.is_err(), "goes on when all are woken");
    assert_eq!(counter.count(), 60);
    let got: Vec<_> = gets.iter_mut().map(|get| poll(get.as_mut())).collect();
    assert!(got.into_iter().eq((0..90).map(|n| Poll::Ready(Ok(n)))));
}

/// The item was out when the waker of who waits for room panicked: it goes back, to where it was.
#[test]
fn an_item_survives_the_panic_of_a_waker() {
    fn check<S: Store<Item = u32>>(queue: &Queue<S>) {
        queue.try_put(1).unwrap();
        queue.try_put(2).unwrap();
        let mut put = pin!(queue.put(3));
        assert!(poll_with(put.as_mut(), &panicking()).is_pending());
        let expected = Cell::new(None);
        for polled in [false, true] {
            let got = catch_unwind(AssertUnwindSafe(|| {
                if polled {
                    let Poll::Ready(item) = poll(pin!(queue.get())) else {
                        panic!("there are two")
                    };
                    item.unwrap()
                } else {
                    queue.try_get().unwrap()
                }
            }));
            match got {
                Err(_) => assert_eq!(queue.len(), 2),
                Ok(item) => expected.set(Some(item)),
            }
        }
        // The first time it panicked, and the item went back; then nobody waited.
        assert_eq!(queue.len(), 1);
        let first = expected.take().unwrap();
        assert_eq!(first + queue.try_get().unwrap(), 3);
        assert!(poll(put).is_ready());
        assert_eq!(queue.close_now(), [3]);
    }
    check(&Fifo::bounded(2));
    check(&Lifo::bounded(2));
    check(&Priority::bounded(2));
}
