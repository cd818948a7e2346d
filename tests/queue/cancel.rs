//! The law, mechanically: each wait is dropped after each number of polls, at each stage of what happens
//! to it; then everything is as if it had never been. asyncio's tests of cancelled waits among them.

use std::future::Future;
use std::pin::{Pin, pin};
use std::sync::Arc;
use std::task::Poll;

use anyrt::queue::{Fifo, Lifo, Priority, Queue, Store};

use crate::support::{Counter, poll, poll_with};

type Boxed<'a, T> = Pin<Box<dyn Future<Output = T> + 'a>>;

/// The victim waits with a neighbour on either side; items come; it is dropped before stage `end`.
fn get_dropped_at<S: Store<Item = u32>>(queue: &Queue<S>, end: usize) {
    let mut gets: Vec<Option<Boxed<'_, u32>>> = (0..3)
        .map(|_| Some(Box::pin(async { queue.get().await.unwrap() }) as Boxed<'_, u32>))
        .collect();
    let mut got = Vec::new();
    let mut look = |gets: &mut Vec<Option<Boxed<'_, u32>>>, n: usize| {
        if let Some(get) = &mut gets[n]
            && let Poll::Ready(item) = poll(get.as_mut())
        {
            got.push(item);
            gets[n] = None;
        }
    };
    for stage in 0..8 {
        if stage == end {
            gets[1] = None;
        }
        match stage {
            0..=2 => look(&mut gets, stage), // in line
            3 | 4 => queue.try_put(u32::try_from(stage).unwrap()).unwrap(),
            _ => look(&mut gets, stage - 5),
        }
    }
    gets.clear();
    let mut left = queue.close_now();
    left.extend(got);
    left.sort_unstable();
    assert_eq!(left, [3, 4], "dropped before stage {end}");
    let statistics = queue.statistics();
    assert_eq!((statistics.getting, statistics.putting), (0, 0));
}

#[test]
fn a_dropped_get_loses_no_item() {
    for end in 0..9 {
        get_dropped_at(&Fifo::bounded(2), end);
        get_dropped_at(&Lifo::unbounded(), end);
        get_dropped_at(&Priority::bounded(3), end);
    }
}

#[test]
fn a_dropped_get_that_was_woken_keeps_the_order() {
    let queue = Fifo::unbounded();
    let (mut one, mut two) = (Box::pin(queue.get()), pin!(queue.get()));
    assert!(poll(one.as_mut()).is_pending() && poll(two.as_mut()).is_pending());
    queue.try_put('a').unwrap();
    queue.try_put('b').unwrap();
    drop(one); // it was woken for the first item
    assert_eq!(poll(two), Poll::Ready(Ok('a')));
    assert_eq!(queue.try_get(), Ok('b'));
}

/// Full; the victim waits with a neighbour on either side; room comes.
fn put_dropped_at<S: Store<Item = u32>>(queue: &Queue<S>, end: usize) {
    queue.try_put(100).unwrap();
    queue.try_put(200).unwrap();
    let mut puts: Vec<_> = (0..3).map(|n| Some(Box::pin(queue.put(n)))).collect();
    let mut done = [false; 3];
    let mut got = Vec::new();
    for stage in 0..8 {
        if stage == end {
            puts[1] = None;
        }
        let at = match stage {
            3 | 4 => {
                got.push(queue.try_get().unwrap());
                continue;
            }
            0..=2 => stage,
            _ => stage - 5,
        };
        if let Some(put) = &mut puts[at]
            && poll(put.as_mut()).is_ready()
        {
            done[at] = true;
            puts[at] = None;
        }
    }
    assert_eq!(done.iter().filter(|done| **done).count(), 2, "dropped before stage {end}");
    puts.clear();
    got.extend(queue.close_now());
    got.sort_unstable();
    let mut expected: Vec<_> = (0..3_u32).filter(|n| done[*n as usize]).collect();
    expected.extend([100, 200]);
    assert_eq!(got, expected, "dropped before stage {end}");
    assert_eq!(queue.statistics().putting, 0);
}

#[test]
fn a_dropped_put_puts_nothing_and_leaves_its_room() {
    for end in 0..9 {
        put_dropped_at(&Fifo::bounded(2), end);
        put_dropped_at(&Lifo::bounded(2), end);
        put_dropped_at(&Priority::bounded(2), end);
    }
}

#[test]
fn a_put_that_is_given_up_returns_its_item() {
    let queue = Fifo::bounded(1);
    let mut put = pin!(queue.put("never polled"));
    assert_eq!(put.as_mut().cancel(), Some("never polled"));
    assert_eq!(put.cancel(), None);

    queue.try_put("there").unwrap();
    let mut waits = pin!(queue.put("queued"));
    assert!(poll(waits.as_mut()).is_pending());
    assert_eq!(waits.cancel(), Some("queued"));
    assert_eq!(queue.statistics().putting, 0);

    let mut woken = pin!(queue.put("woken"));
    assert!(poll(woken.as_mut()).is_pending());
    let (counter, waker) = Counter::new();
    let mut next = pin!(queue.put("next"));
    assert!(poll_with(next.as_mut(), &waker).is_pending());
    assert_eq!(queue.try_get(), Ok("there"));
    assert_eq!(counter.count(), 0);
    assert_eq!(woken.cancel(), Some("woken"));
    assert_eq!(counter.count(), 1, "the room goes to the next in line");
    assert_eq!(poll(next), Poll::Ready(Ok(())));

    let mut done = pin!(Fifo::unbounded());
    let mut put = pin!(done.as_mut().get_mut().put("put"));
    assert_eq!(poll(put.as_mut()), Poll::Ready(Ok(())));
    assert_eq!(put.cancel(), None);
}

#[test]
fn a_dropped_reserve_reserves_nothing() {
    for polled_when_woken in [false, true] {
        let queue = Fifo::bounded(1);
        queue.try_put(0).unwrap();
        let mut reserve = Box::pin(queue.reserve());
        assert!(poll(reserve.as_mut()).is_pending());
        let mut put = pin!(queue.put(1));
        let (counter, waker) = Counter::new();
        assert!(poll_with(put.as_mut(), &waker).is_pending());
        assert_eq!(queue.try_get(), Ok(0));
        if polled_when_woken {
            let Poll::Ready(Ok(slot)) = poll(reserve.as_mut()) else { panic!("there is room") };
            assert_eq!(counter.count(), 0);
            drop(slot);
        }
        drop(reserve);
        assert_eq!(counter.count(), 1);
        assert_eq!(poll(put), Poll::Ready(Ok(())));
    }
}

#[test]
fn a_dropped_get_many_takes_nothing() {
    let queue = Fifo::unbounded();
    let mut got = Vec::new();
    let mut many = Box::pin(queue.get_many(&mut got, 5));
    assert!(poll(many.as_mut()).is_pending());
    let (counter, waker) = Counter::new();
    let mut get = pin!(queue.get());
    assert!(poll_with(get.as_mut(), &waker).is_pending());
    queue.try_put(1).unwrap();
    drop(many);
    assert_eq!(counter.count(), 1);
    assert!(got.is_empty());
    assert_eq!(poll(get), Poll::Ready(Ok(1)));
}

#[test]
fn many_at_random_points() {
    let mut seed = 0x9e37_79b9_u32;
    let mut random = move |below: u32| {
        seed ^= seed << 13;
        seed ^= seed >> 17;
        seed ^= seed << 5;
        seed % below
    };
    for capacity in [1, 2, 5] {
        let queue = Fifo::bounded(capacity);
        let mut puts: Vec<Option<Pin<Box<anyrt::queue::Put<'_, _>>>>> =
            (0..10).map(|_| None).collect();
        let mut gets: Vec<Option<Pin<Box<anyrt::queue::Get<'_, _>>>>> =
            (0..10).map(|_| None).collect();
        let (mut put, mut got) = (Vec::new(), Vec::new());
        for n in 0..20_000_u32 {
            let at = random(10) as usize;
            match random(6) {
                0 => puts[at] = None,
                1 => gets[at] = None,
                2 | 3 => {
                    let wait = puts[at].get_or_insert_with(|| Box::pin(queue.put(Arc::new(n))));
                    if poll(wait.as_mut()).is_ready() {
                        put.push(());
                        puts[at] = None;
                    }
                }
                _ => {
                    let wait = gets[at].get_or_insert_with(|| Box::pin(queue.get()));
                    if let Poll::Ready(item) = poll(wait.as_mut()) {
                        got.push(item.unwrap());
                        gets[at] = None;
                    }
                }
            }
            assert_eq!(put.len(), got.len() + queue.len());
            assert!(queue.len() <= capacity);
        }
        // Nobody is left waiting for what is there.
        for get in gets.iter_mut().flatten() {
            if let Poll::Ready(item) = poll(get.as_mut()) {
                got.push(item.unwrap());
            }
        }
        puts.clear();
        gets.clear();
        got.extend(queue.close_now());
        assert_eq!(got.len(), put.len());
        assert!(got.iter().all(|item| Arc::strong_count(item) == 1));
    }
}
