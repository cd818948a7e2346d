//! Which item is next, for each kind, against models.

use std::cmp::Reverse;
use std::collections::VecDeque;

use anyrt::queue::{Fifo, Keyed, Lifo, Priority, Queue, Store};

/// A generator of numbers that need not be good.
fn random(seed: &mut u32, below: u32) -> u32 {
    *seed ^= *seed << 13;
    *seed ^= *seed >> 17;
    *seed ^= *seed << 5;
    *seed % below
}

/// Does the same to a queue and to a list whose next item `next` finds, many times.
fn like_the_model<S: Store<Item = (u32, u32)>>(
    queue: &Queue<S>,
    next: impl Fn(&VecDeque<(u32, u32)>) -> usize,
) {
    let mut seed = 0x9e37_79b9;
    let mut model = VecDeque::new();
    for turn in 0..30_000_u32 {
        // It grows and shrinks in turns.
        let grows = turn / 500 % 2 == 0;
        if random(&mut seed, 10) < if grows { 7 } else { 3 } {
            let item = (random(&mut seed, 20), turn);
            queue.try_put(item).unwrap();
            model.push_back(item);
        } else {
            let expected = (!model.is_empty()).then(|| model.remove(next(&model)).unwrap());
            assert_eq!(queue.try_get().ok(), expected);
        }
        assert_eq!(queue.len(), model.len());
    }
    let rest =
        std::iter::from_fn(|| (!model.is_empty()).then(|| model.remove(next(&model)).unwrap()));
    assert_eq!(queue.close_now(), rest.collect::<Vec<_>>());
}

#[test]
fn fifo_gives_the_first() {
    like_the_model(&Fifo::unbounded(), |_| 0);
}

#[test]
fn lifo_gives_the_last() {
    like_the_model(&Lifo::unbounded(), |model| model.len() - 1);
}

/// Ordered by the first number alone.
#[derive(Debug, Clone, Copy)]
struct First((u32, u32));

impl PartialEq for First {
    fn eq(&self, other: &Self) -> bool {
        self.0.0 == other.0.0
    }
}

impl Eq for First {}

impl PartialOrd for First {
    fn partial_cmp(&self, other: &Self) -> Option<std::cmp::Ordering> {
        Some(self.cmp(other))
    }
}

impl Ord for First {
    fn cmp(&self, other: &Self) -> std::cmp::Ordering {
        self.0.0.cmp(&other.0.0)
    }
}

#[test]
fn priority_gives_the_smallest_and_the_first_among_equals() {
    let mut seed = 7;
    let queue = Priority::unbounded();
    let mut model: Vec<(u32, u32)> = Vec::new();
    for turn in 0..30_000_u32 {
        let grows = turn / 500 % 2 == 0;
        if random(&mut seed, 10) < if grows { 7 } else { 3 } {
            let item = (random(&mut seed, 20), turn);
            queue.try_put(First(item)).unwrap();
            model.push(item);
        } else {
            // The turn grows, so the pair's order is the stable one.
            let at = (0..model.len()).min_by_key(|at| model[*at]);
            assert_eq!(queue.try_get().ok().map(|it| it.0), at.map(|at| model.remove(at)));
        }
    }
    model.sort_unstable();
    assert_eq!(queue.close_now().into_iter().map(|it| it.0).collect::<Vec<_>>(), model);
}

#[test]
fn priority_of_every_small_heap() {
    // All sequences of up to 8 items with 3 keys.
    for len in 0..=7_u32 {
        for code in 0..3_u32.pow(len) {
            let queue = Priority::unbounded();
            let mut sorted: Vec<_> = (0..len).map(|n| (code / 3_u32.pow(n) % 3, n)).collect();
            for (key, n) in &sorted {
                queue.try_put(Keyed::new(*key, *n)).unwrap();
            }
            sorted.sort_unstable();
            for (key, n) in sorted {
                let item = queue.try_get().unwrap();
                assert_eq!((item.key, item.value), (key, n));
            }
            assert!(queue.is_empty());
        }
    }
}

#[test]
fn the_largest_first() {
    let queue = Priority::unbounded();
    for n in [2, 3, 1] {
        queue.try_put(Reverse(n)).unwrap();
    }
    assert_eq!(queue.close_now(), [Reverse(3), Reverse(2), Reverse(1)]);
}

#[test]
fn keys_decide_and_values_need_no_order() {
    struct Job(&'static str);
    let queue = Priority::bounded(3);
    queue.try_put(Keyed::new(2, Job("later"))).unwrap();
    queue.try_put(Keyed::new(1, Job("first"))).unwrap();
    queue.try_put(Keyed::new(1, Job("second"))).unwrap();
    let jobs = queue.close_now();
    assert_eq!(
        jobs.iter().map(|job| job.value.0).collect::<Vec<_>>(),
        ["first", "second", "later"]
    );
    assert!(Keyed::new(1, 'a') == Keyed::new(1, 'b'));
    assert!(Keyed::new(1, 'b') < Keyed::new(2, 'a'));
}
