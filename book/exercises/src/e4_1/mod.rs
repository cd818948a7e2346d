//! A sum by several threads.

use std::collections::HashSet;
use std::sync::Mutex;
use std::thread;

use crate::Exercise;

mod solution;
mod yours;

pub(crate) const EXERCISE: Exercise = Exercise {
    id: "4.1",
    title: "a sum by several threads",
    file: "e4_1/yours.rs",
    hint: "`thread::scope`, `numbers.chunks(...)`, one `spawn` per chunk; collect the handles before you \
           join the first of them",
    yours: || check(yours::sum),
    solution: || check(solution::sum),
};

/// Adds up; the check sees on which thread.
type Add<'a> = &'a (dyn Fn(&[u64]) -> u64 + Sync);

fn check(sum: fn(&[u64], usize, Add<'_>) -> u64) {
    let numbers: Vec<u64> = (1..=1000).collect();
    for (length, threads) in [(1000, 4), (1000, 3), (2, 2), (0, 2)] {
        let used = Mutex::new(HashSet::new());
        let add = |part: &[u64]| {
            used.lock().expect("not poisoned").insert(thread::current().id());
            part.iter().sum()
        };
        let total = sum(&numbers[..length], threads, &add);
        let expected: u64 = numbers[..length].iter().sum();
        assert!(
            total == expected,
            "the sum of {length} numbers is {expected}, not {total}"
        );
        let used = used.into_inner().expect("not poisoned");
        assert!(
            !used.contains(&thread::current().id()),
            "let others add: this thread only joins"
        );
        let wanted = threads.min(length);
        assert!(
            used.len() == wanted,
            "{} thread(s) added, not {wanted}",
            used.len()
        );
    }
}
