//! `task_done` and `join`.

use std::panic::{AssertUnwindSafe, catch_unwind};
use std::pin::pin;
use std::sync::Arc;
use std::sync::atomic::{AtomicU32, Ordering};
use std::thread;
use std::time::Duration;

use anyrt::TimedOut;
use anyrt::queue::{Fifo, Lifo, Priority, Queue, Store, TooManyDone};

use crate::support::{Counter, poll, poll_with, watched};

#[test]
fn one_too_many_is_an_error() {
    let queue = Fifo::unbounded();
    assert_eq!(queue.task_done(), Err(TooManyDone));
    queue.try_put(1).unwrap();
    assert_eq!(queue.task_done(), Ok(()));
    assert_eq!(queue.task_done(), Err(TooManyDone));
    assert_eq!(queue.unfinished(), 0);
    assert!(TooManyDone.to_string().contains("once for each"));
}

#[test]
fn an_empty_queue_is_joined_at_once() {
    let queue = Fifo::<u8>::unbounded();
    assert!(poll(pin!(queue.join())).is_ready());
    queue.join_blocking();
    assert_eq!(queue.join_within_blocking(Duration::ZERO), Ok(()));
}

#[test]
fn joining_waits_for_what_was_got_too() {
    let queue = Fifo::unbounded();
    queue.try_put(1).unwrap();
    queue.try_put(2).unwrap();
    let (counter, waker) = Counter::new();
    let mut join = pin!(queue.join());
    assert!(poll_with(join.as_mut(), &waker).is_pending());
    assert_eq!(queue.try_get_many(&mut Vec::new(), 5), Ok(2));
    queue.task_done().unwrap();
    assert_eq!((counter.count(), queue.unfinished()), (0, 1));
    assert_eq!(queue.join_within_blocking(Duration::from_millis(1)), Err(TimedOut));
    queue.task_done().unwrap();
    assert_eq!(counter.count(), 1);
    assert!(poll(join).is_ready());
    assert_eq!(queue.statistics().joining, 0);
}

#[test]
fn a_join_that_was_let_go_is_not_caught_by_what_is_put_after() {
    let queue = Fifo::unbounded();
    queue.try_put(1).unwrap();
    let mut joins: Vec<_> = (0..50).map(|_| Box::pin(queue.join())).collect();
    let (counter, waker) = Counter::new();
    for join in &mut joins {
        assert!(poll_with(join.as_mut(), &waker).is_pending());
    }
    queue.task_done().unwrap();
    queue.try_put(2).unwrap();
    assert_eq!(counter.count(), 50);
    assert!(joins.iter_mut().all(|join| poll(join.as_mut()).is_ready()));
    assert!(poll(pin!(queue.join())).is_pending());
}

#[test]
fn a_join_that_is_dropped_leaves_nothing() {
    let queue = Fifo::unbounded();
    queue.try_put(1).unwrap();
    let mut join = Some(Box::pin(queue.join()));
    assert!(poll(join.as_mut().unwrap().as_mut()).is_pending());
    assert_eq!(queue.statistics().joining, 1);
    join.take();
    assert_eq!(queue.statistics().joining, 0);
    queue.task_done().unwrap();
}

#[test]
fn a_guard_marks_as_done() {
    let queue = Fifo::unbounded();
    queue.try_put(1).unwrap();
    queue.try_put(2).unwrap();
    {
        let _done = queue.done_on_drop();
        assert_eq!(queue.unfinished(), 2);
    }
    assert_eq!(queue.unfinished(), 1);
    let panic = catch_unwind(AssertUnwindSafe(|| {
        let _done = queue.done_on_drop();
        panic!("on the job");
    }));
    assert!(panic.is_err());
    queue.join_blocking();
    drop(queue.done_on_drop()); // one too many: nothing happens
    assert_eq!(queue.unfinished(), 0);
}

/// Python's `queue_join_test`, for each kind, with threads; twice on the same queue.
fn workers<S: Store<Item = u32> + Send + 'static>(queue: Queue<S>) {
    let queue = Arc::new(queue);
    let sum = Arc::new(AtomicU32::new(0));
    let workers: Vec<_> = (0..2)
        .map(|_| {
            let (queue, sum) = (Arc::clone(&queue), Arc::clone(&sum));
            thread::spawn(move || {
                for item in queue.iter_blocking() {
                    let _done = queue.done_on_drop();
                    sum.fetch_add(item, Ordering::Relaxed);
                }
            })
        })
        .collect();
    for round in 1..=2 {
        (0..100).for_each(|n| queue.put_blocking(n).unwrap());
        queue.join_blocking();
        assert_eq!(sum.load(Ordering::Relaxed), 4950 * round);
    }
    queue.close();
    for worker in workers {
        worker.join().unwrap();
    }
}

#[test]
fn workers_and_a_join() {
    watched(|| {
        workers(Fifo::bounded(3));
        workers(Lifo::bounded(3));
        workers(Priority::bounded(3));
        workers(Fifo::unbounded());
    });
}
