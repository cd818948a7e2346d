//! Comparisons are other people's code: one that panics leaves a priority queue whole, and one that uses
//! the queue is told so.

use std::cell::Cell;
use std::cmp::Ordering;
use std::panic::{AssertUnwindSafe, catch_unwind};
use std::pin::pin;
use std::sync::Arc;
use std::task::Poll;

use anyrt::queue::{Priority, TryGetError};

use crate::support::{Counter, poll, poll_with, watched};

thread_local! {
    /// Comparisons until one panics.
    static LEFT: Cell<u32> = const { Cell::new(u32::MAX) };
}

#[derive(Debug)]
struct Touchy {
    key: u32,
    /// Counted.
    _token: Arc<()>,
}

impl PartialEq for Touchy {
    fn eq(&self, other: &Self) -> bool {
        self.cmp(other) == Ordering::Equal
    }
}

impl Eq for Touchy {}

impl PartialOrd for Touchy {
    fn partial_cmp(&self, other: &Self) -> Option<Ordering> {
        Some(self.cmp(other))
    }
}

impl Ord for Touchy {
    fn cmp(&self, other: &Self) -> Ordering {
        let left = LEFT.get();
        LEFT.set(left.saturating_sub(1));
        assert!(left > 0, "touched once too often");
        self.key.cmp(&other.key)
    }
}

/// Runs `f` with a panic in its `n`th comparison; `None` if there was one.
fn with_panic_at<R>(n: u32, f: impl FnOnce() -> R) -> Option<R> {
    LEFT.set(n);
    let result = catch_unwind(AssertUnwindSafe(f)).ok();
    LEFT.set(u32::MAX);
    result
}

#[test]
fn a_panic_at_any_comparison_leaves_the_queue_whole() {
    let keys = [5, 3, 8, 1, 9, 2, 7, 3, 6, 4];
    for put in [true, false] {
        let mut panics = 0;
        for n in 0..10 {
            let token = Arc::new(());
            let item = |key| Touchy { key, _token: Arc::clone(&token) };
            let queue = Priority::unbounded();
            for key in keys {
                queue.try_put(item(key)).unwrap();
            }
            let mut expected = keys.to_vec();
            expected.sort_unstable();
            let done = with_panic_at(n, || {
                if put { queue.try_put(item(0)).is_ok() } else { queue.try_get().is_ok() }
            });
            match done {
                None => panics += 1,
                Some(_) if put => expected.insert(0, 0),
                Some(_) => drop(expected.remove(0)),
            }
            assert_eq!(queue.len(), expected.len());
            assert_eq!(Arc::strong_count(&token), expected.len() + 1, "nothing leaks or is lost");
            let rest = std::iter::from_fn(|| queue.try_get().ok()).map(|item| item.key);
            assert_eq!(rest.collect::<Vec<_>>(), expected, "in order as ever");
            assert_eq!(queue.unfinished(), keys.len() + usize::from(put && done.is_some()));
        }
        assert!(panics > 2, "{panics}");
    }
}

#[test]
fn a_getter_whose_comparison_panics_passes_its_item_on() {
    let token = Arc::new(());
    let item = |key| Touchy { key, _token: Arc::clone(&token) };
    let queue = Priority::unbounded();
    let (mut one, mut two) = (Box::pin(queue.get()), pin!(queue.get()));
    let (counter, waker) = Counter::new();
    assert!(poll(one.as_mut()).is_pending());
    assert!(poll_with(two.as_mut(), &waker).is_pending());
    queue.try_put(item(2)).unwrap();
    queue.try_put(item(1)).unwrap();
    queue.try_put(item(3)).unwrap();
    let woken = counter.count();
    assert!(with_panic_at(0, || poll(one.as_mut())).is_none());
    drop(one);
    assert!(counter.count() >= woken && woken == 1);
    let Poll::Ready(Ok(got)) = poll(two) else { panic!("there are three") };
    assert_eq!((got.key, queue.len()), (1, 2));
}

#[test]
fn a_putter_whose_comparison_panics_passes_its_room_on() {
    let token = Arc::new(());
    let item = |key| Touchy { key, _token: Arc::clone(&token) };
    let queue = Priority::bounded(2);
    queue.try_put(item(5)).unwrap();
    queue.try_put(item(6)).unwrap();
    let (mut one, mut two) = (Box::pin(queue.put(item(7))), pin!(queue.put(item(8))));
    let (counter, waker) = Counter::new();
    assert!(poll(one.as_mut()).is_pending());
    assert!(poll_with(two.as_mut(), &waker).is_pending());
    assert_eq!(queue.try_get().unwrap().key, 5);
    assert!(with_panic_at(0, || poll(one.as_mut())).is_none());
    assert_eq!(one.as_mut().cancel().unwrap().key, 7, "it still has its item");
    assert_eq!(counter.count(), 1);
    assert_eq!(poll(two), Poll::Ready(Ok(())));
}

#[test]
fn a_batch_whose_comparison_panics_has_moved_some_and_wakes_for_those() {
    let token = Arc::new(());
    let item = |key| Touchy { key, _token: Arc::clone(&token) };
    let queue = Priority::bounded(4);
    let mut get = pin!(queue.get());
    let (counter, waker) = Counter::new();
    assert!(poll_with(get.as_mut(), &waker).is_pending());
    let mut items = [item(3), item(2), item(1)].into();
    assert!(with_panic_at(1, || queue.try_put_many(&mut items)).is_none());
    assert_eq!((items.len(), queue.len()), (1, 2));
    assert_eq!(counter.count(), 1, "the getter is woken for what was put");
    assert!(matches!(poll(get), Poll::Ready(Ok(Touchy { key: 2, .. }))));

    queue.try_put_many(&mut items).unwrap();
    queue.try_put(item(9)).unwrap();
    queue.try_put(item(8)).unwrap();
    let mut put = pin!(queue.put(item(7)));
    let (counter, waker) = Counter::new();
    assert!(poll_with(put.as_mut(), &waker).is_pending());
    let mut got = Vec::new();
    assert!(with_panic_at(2, || queue.try_get_many(&mut got, 4)).is_none());
    assert!(!got.is_empty() && got.len() + queue.len() == 4);
    assert_eq!(counter.count(), 1, "the putter is woken for the room");
}

#[test]
fn a_comparison_that_uses_its_queue_is_told_so() {
    static QUEUE: Priority<Nosy> = Priority::unbounded();

    #[derive(Debug, PartialEq, Eq)]
    struct Nosy;

    impl PartialOrd for Nosy {
        fn partial_cmp(&self, other: &Self) -> Option<Ordering> {
            Some(self.cmp(other))
        }
    }

    impl Ord for Nosy {
        fn cmp(&self, _: &Self) -> Ordering {
            QUEUE.len().cmp(&1)
        }
    }

    watched(|| {
        QUEUE.try_put(Nosy).unwrap();
        let panic = catch_unwind(|| QUEUE.try_put(Nosy)).unwrap_err();
        let message = panic.downcast::<&str>().unwrap();
        assert!(message.contains("a comparison used the queue"), "{message}");
        assert_eq!(QUEUE.try_get(), Ok(Nosy));
        assert_eq!(QUEUE.try_get(), Err(TryGetError::Empty));
    });
}

#[test]
fn a_comparison_may_use_another_queue() {
    static OTHER: Priority<u32> = Priority::unbounded();

    #[derive(Debug, PartialEq, Eq)]
    struct Counts(u32);

    impl PartialOrd for Counts {
        fn partial_cmp(&self, other: &Self) -> Option<Ordering> {
            Some(self.cmp(other))
        }
    }

    impl Ord for Counts {
        fn cmp(&self, other: &Self) -> Ordering {
            OTHER.try_put(self.0).unwrap();
            self.0.cmp(&other.0)
        }
    }

    watched(|| {
        let queue = Priority::unbounded();
        for n in [3, 1, 2] {
            queue.try_put(Counts(n)).unwrap();
        }
        assert_eq!(queue.try_get(), Ok(Counts(1)));
        assert!(OTHER.len() >= 2);
    });
}
