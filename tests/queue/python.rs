//! Python's `test_queue` and asyncio's `test_queues`, of 3.13, test by test, and what there is of it here;
//! then the tests that nothing else here stands for.
//!
//! Names without a module are those of this file. Python runs each test for each kind of queue; here those
//! do, of which the kind could matter.
//!
//! | Python | here |
//! |---|---|
//! | **`queue`** `queue_task_done` | `join::one_too_many_is_an_error` |
//! | `queue_join` | `join::workers_and_a_join`: twice on the same queue, each kind |
//! | basic (`basic_queue_test`) | `basics::what_is_put_is_got`, `order`, `basics::deadlines_for_threads`, `basics::putting_waits_for_room`, `basics::getting_waits_for_an_item` |
//! | `negative_timeout_raises_exception` | no `Duration` is negative; zero looks once: `basics::deadlines_for_threads` |
//! | nowait | `basics::trying_gives_the_item_back` |
//! | `shrinking_queue` | a capacity is for good |
//! | `shutdown_empty`, `shutdown_nonempty`, `shutdown_all_methods_in_one_thread` | `close::closing_drains`, `close::a_drained_queue_can_be_joined` |
//! | `shutdown_immediate`, `shutdown_immediate_all_methods_in_one_thread` | `close::closing_at_once_returns_what_was_left`, `nothing_is_left_to_be_done_after_an_end_at_once` |
//! | `shutdown_allowed_transitions` | `a_draining_end_can_become_one_at_once` |
//! | `shutdown_all_methods_in_many_threads` | `close::nothing_that_was_put_is_lost_by_a_draining_end` |
//! | `shutdown_immediate_all_methods_in_many_threads` | `an_end_at_once_among_many_threads_returns_what_nobody_got` |
//! | `shutdown_get`, `shutdown_immediate_get` | `close::closing_drains`, `close::those_who_wait_for_items_are_woken` |
//! | `shutdown_put`, `shutdown_immediate_put` (the threads may come after the end, and the end is never at once) | `close::those_who_wait_for_room_are_woken_and_get_their_items_back`, `close::threads_that_wait_for_room_are_woken`: they wait before it, in both ends |
//! | `shutdown_join`, `shutdown_immediate_join`, `shutdown_get_task_done_join` | `threads_that_join_are_let_go_by_either_end` |
//! | `shutdown_put_join`, `shutdown_immediate_put_join` | the same, and `close::threads_that_wait_for_room_are_woken` |
//! | `shutdown_pending_get` | `close::threads_that_wait_for_items_are_woken` |
//! | `failing_queue` | a put or get fails where a comparison panics: all of `compare` |
//! | **`SimpleQueue`** basic, order | `basics::an_unbounded_queue_is_never_full` |
//! | `many_threads`, … nonblock, … timeout | `stress::nothing_is_lost_or_doubled`, `stress::impatient_consumers_lose_nothing` |
//! | references | `an_item_that_was_got_is_kept_nowhere` |
//! | reentrancy | `hostile::a_destructor_meets_no_lock`, `compare::a_comparison_that_uses_its_queue_is_told_so` |
//! | `is_default`, `generic_alias` | no counterpart |
//! | **asyncio** repr, str, format | `a_queue_shows_its_state` |
//! | empty, full, maxsize | `basics::what_is_put_is_got`, `basics::a_capacity_is_told` |
//! | `float_maxsize` | a capacity is a whole number |
//! | order (of each kind) | `order`: against a model, for each kind |
//! | `blocking_get`, `get_with_putters`, `get_with_waiting_putters` | `basics::putting_waits_for_room`, `many::getting_many_wakes_as_many_putters` |
//! | `blocking_get_wait`, `put_with_waiting_getters` | `basics::getting_waits_for_an_item` |
//! | `nonblocking_get`, `nonblocking_put`, … exception | `basics::trying_gives_the_item_back` |
//! | `get_cancelled_race`, `get_cancel_drop_one_pending_reader`, … many … | `cancel::a_dropped_get_loses_no_item`, `cancel::many_at_random_points` |
//! | `why_are_getters_waiting` | `basics::those_who_wait_are_woken_one_per_item_in_their_order` |
//! | `cancelled_getters_not_being_held_in_self_getters`, … putters … | `those_who_gave_up_are_not_kept` |
//! | `blocking_put`, `blocking_put_wait` | `basics::what_is_put_is_got`, `basics::putting_waits_for_room` |
//! | `put_cancel_drop`, `put_cancelled`, `put_cancelled_race` | `cancel::a_dropped_put_puts_nothing_and_leaves_its_room` |
//! | `why_are_putters_waiting` | `putters_follow_each_other_through_one_place` |
//! | `cancelled_put_silence_value_error_exception` | who gives up is taken out by what is its own, not by a search |
//! | `task_done_underflow`, `task_done`, `join_empty_queue` | `join::one_too_many_is_an_error`, `join::workers_and_a_join`, `join::an_empty_queue_is_joined_at_once` |
//! | `shutdown_empty`, … nonempty, … immediate | as for threads |
//! | `shutdown_immediate_with_unfinished` | `close::closing_at_once_ends_a_join_when_nothing_else_is_left` |

use std::pin::pin;
use std::sync::Arc;
use std::task::Poll;
use std::thread;

use anyrt::queue::{Fifo, Lifo, Priority, Queue, Store, TooManyDone, TryGetError, TryPutError};

use crate::support::{Counter, poll, poll_with, watched};

/// `f` for each kind of queue.
macro_rules! each_kind {
    ($f:ident) => {
        $f(&Fifo::bounded(2));
        $f(&Lifo::bounded(2));
        $f(&Priority::bounded(2));
    };
}

#[test]
fn a_draining_end_can_become_one_at_once() {
    fn check<S: Store<Item = u32>>(queue: &Queue<S>) {
        queue.try_put(1).unwrap();
        queue.close();
        assert_eq!(queue.close_now(), [1], "what nobody got");
        assert!(queue.close_now().is_empty());
        queue.close();
        assert!(queue.is_closed());
        assert_eq!(queue.try_get(), Err(TryGetError::Closed));
    }
    each_kind!(check);
}

#[test]
fn nothing_is_left_to_be_done_after_an_end_at_once() {
    fn check<S: Store<Item = u32>>(queue: &Queue<S>) {
        queue.try_put(1).unwrap();
        queue.try_put(1).unwrap();
        assert_eq!(queue.close_now(), [1, 1]);
        assert_eq!(queue.try_put(2), Err(TryPutError::Closed(2)));
        assert_eq!(queue.task_done(), Err(TooManyDone));
        assert!(poll(pin!(queue.join())).is_ready());
    }
    each_kind!(check);
}

#[test]
fn threads_that_join_are_let_go_by_either_end() {
    fn check<S: Store<Item = u32> + Send + 'static>(queue: Queue<S>, at_once: bool) {
        queue.try_put(1).unwrap();
        let queue = Arc::new(queue);
        let threads = [(); 2].map(|()| {
            let queue = Arc::clone(&queue);
            thread::spawn(move || queue.join_blocking())
        });
        while queue.statistics().joining < 2 {
            thread::yield_now();
        }
        if at_once {
            assert_eq!(queue.close_now(), [1]);
        } else {
            queue.close();
            assert_eq!(queue.statistics().joining, 2, "the item is not done");
            assert_eq!(queue.get_blocking(), Ok(1));
            queue.task_done().unwrap();
        }
        for thread in threads {
            thread.join().unwrap();
        }
    }
    watched(|| {
        for at_once in [false, true] {
            check(Fifo::bounded(1), at_once);
            check(Lifo::unbounded(), at_once);
            check(Priority::bounded(1), at_once);
        }
    });
}

#[test]
fn an_end_at_once_among_many_threads_returns_what_nobody_got() {
    fn check<S: Store<Item = u32> + Send + 'static>(queue: Queue<S>) {
        let queue = Arc::new(queue);
        let producers = [(); 4].map(|()| {
            let queue = Arc::clone(&queue);
            thread::spawn(move || {
                (0..u32::MAX).take_while(|n| queue.put_blocking(*n).is_ok()).count()
            })
        });
        let consumers = [(); 6].map(|()| {
            let queue = Arc::clone(&queue);
            thread::spawn(move || {
                queue.iter_blocking().inspect(|_| queue.task_done().unwrap()).count()
            })
        });
        let joiner = {
            let queue = Arc::clone(&queue);
            thread::spawn(move || queue.join_blocking())
        };
        let first = queue.get_blocking().map(|_| 1).unwrap();
        queue.task_done().unwrap();
        let left = queue.close_now().len();
        let put: usize = producers.into_iter().map(|thread| thread.join().unwrap()).sum();
        let got: usize = consumers.into_iter().map(|thread| thread.join().unwrap()).sum();
        joiner.join().unwrap();
        assert_eq!(put, first + got + left);
        assert_eq!((queue.len(), queue.unfinished()), (0, 0));
    }
    watched(|| {
        for _ in 0..10 {
            check(Fifo::bounded(2));
            check(Lifo::bounded(2));
            check(Priority::bounded(2));
        }
    });
}

#[test]
fn an_item_that_was_got_is_kept_nowhere() {
    fn check<S: Store<Item = Arc<u32>>>(queue: &Queue<S>) {
        let item = Arc::new(1);
        queue.try_put(Arc::clone(&item)).unwrap();
        queue.try_put(Arc::clone(&item)).unwrap();
        drop((queue.try_get().unwrap(), queue.try_get().unwrap()));
        assert_eq!(Arc::strong_count(&item), 1);
    }
    each_kind!(check);
}

#[test]
fn a_queue_shows_its_state() {
    let queue = Fifo::bounded(1);
    queue.try_put(7).unwrap();
    let text = |queue: &Fifo<u32>| format!("{queue:?}");
    assert_eq!(text(&queue), "Queue { len: 1, capacity: Some(1), closed: false, .. }");
    queue.close();
    assert_eq!(text(&queue), "Queue { len: 1, capacity: Some(1), closed: true, .. }");
}

#[test]
fn those_who_gave_up_are_not_kept() {
    fn check<S: Store<Item = u32>>(queue: &Queue<S>) {
        for _ in 0..5 {
            let mut get = Box::pin(queue.get());
            assert!(poll(get.as_mut()).is_pending());
        }
        assert_eq!(queue.statistics().getting, 0);
        queue.try_put(1).unwrap();
        queue.try_put(1).unwrap();
        for _ in 0..5 {
            let mut put = Box::pin(queue.put(1));
            assert!(poll(put.as_mut()).is_pending());
        }
        assert_eq!(queue.statistics().putting, 0);
    }
    each_kind!(check);
}

#[test]
fn putters_follow_each_other_through_one_place() {
    let queue = Fifo::bounded(1);
    queue.try_put(0).unwrap();
    let mut puts = [1, 2, 3].map(|n| (Counter::new(), Box::pin(queue.put(n))));
    for ((_, waker), put) in &mut puts {
        assert!(poll_with(put.as_mut(), waker).is_pending());
    }
    for (n, ((counter, _), put)) in (0..).zip(&mut puts) {
        assert_eq!(counter.count(), 0);
        assert_eq!(queue.try_get(), Ok(n));
        assert_eq!(counter.count(), 1);
        assert_eq!(poll(put.as_mut()), Poll::Ready(Ok(())));
    }
    assert_eq!((queue.try_get(), queue.try_get()), (Ok(3), Err(TryGetError::Empty)));
}
