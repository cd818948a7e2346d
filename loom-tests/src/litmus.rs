//! The model checker, checked: small random programs whose outcomes under plain interleaving are
//! counted by hand, and must all be found by loom behind this crate's door.

use crate::atomics::AtomicUsize;
use crate::harness::explore_all;
use std::collections::BTreeSet;
use std::sync::atomic::Ordering::Relaxed;
use std::sync::{Arc, Mutex, PoisonError};

/// What one thread does to one of two atomics.
#[derive(Debug, Clone, Copy)]
pub enum Op {
    /// Reads.
    Load(usize),
    /// Writes.
    Store(usize, usize),
    /// Reads and writes.
    Swap(usize, usize),
    /// Reads and adds one.
    Add(usize),
    /// Reads, and writes the second value where it is the first.
    Exchange(usize, usize, usize),
}

/// The operations of each thread.
pub type Program = Vec<Vec<Op>>;
/// What every operation returned, thread by thread, and the two values at the end.
pub type Outcome = (Vec<Vec<usize>>, [usize; 2]);

/// Programs of two threads with up to three operations each, and every eighth one of three threads
/// with four operations in all.
pub fn programs(count: usize, seed: u64) -> Vec<Program> {
    let mut random = Random(seed);
    (0..count)
        .map(|nth| {
            let lengths = match nth % 8 {
                0 => vec![1, 1, 2],
                _ => vec![1 + random.below(3), 1 + random.below(3)],
            };
            let thread = |length| (0..length).map(|_| op(&mut random)).collect();
            lengths.into_iter().map(thread).collect()
        })
        .collect()
}

fn op(random: &mut Random) -> Op {
    // Two atomics, the first one more often: races are what this is about.
    let at = usize::from(random.below(4) == 0);
    let value = 1 + random.below(2);
    match random.below(6) {
        0 | 1 => Op::Load(at),
        2 => Op::Store(at, value),
        3 => Op::Swap(at, value),
        4 => Op::Add(at),
        _ => Op::Exchange(at, random.below(2), value),
    }
}

/// Every outcome that some plain interleaving of the operations has.
pub fn interleaved(program: &Program) -> BTreeSet<Outcome> {
    fn go(
        program: &Program,
        at: &mut [usize],
        memory: [usize; 2],
        seen: &mut Vec<Vec<usize>>,
        all: &mut BTreeSet<Outcome>,
    ) {
        let mut ended = true;
        for thread in 0..program.len() {
            let Some(&op) = program[thread].get(at[thread]) else { continue };
            ended = false;
            let mut next = memory;
            seen[thread].push(step(&mut next, op));
            at[thread] += 1;
            go(program, at, next, seen, all);
            at[thread] -= 1;
            seen[thread].pop();
        }
        if ended {
            all.insert((seen.clone(), memory));
        }
    }
    let mut all = BTreeSet::new();
    go(
        program,
        &mut vec![0; program.len()],
        [0; 2],
        &mut vec![Vec::new(); program.len()],
        &mut all,
    );
    all
}

fn step(memory: &mut [usize; 2], op: Op) -> usize {
    match op {
        Op::Load(at) => memory[at],
        Op::Store(at, value) => {
            memory[at] = value;
            0
        }
        Op::Swap(at, value) => std::mem::replace(&mut memory[at], value),
        Op::Add(at) => {
            memory[at] += 1;
            memory[at] - 1
        }
        Op::Exchange(at, current, new) => {
            let old = memory[at];
            if old == current {
                memory[at] = new;
            }
            old
        }
    }
}

/// Every outcome that loom finds, and its executions. Relaxed accesses: more outcomes than
/// interleavings have, never fewer.
///
/// # Panics
///
/// When a thread of the program does.
pub fn explored(program: &Program) -> (BTreeSet<Outcome>, usize) {
    let found = Arc::new(Mutex::new(BTreeSet::new()));
    let (program, into) = (program.clone(), Arc::clone(&found));
    let explored = explore_all(move || {
        let memory = Arc::new([AtomicUsize::new(0), AtomicUsize::new(0)]);
        let threads: Vec<_> = program
            .iter()
            .cloned()
            .map(|ops| {
                let memory = Arc::clone(&memory);
                loom::thread::spawn(move || {
                    ops.into_iter().map(|op| perform(&memory, op)).collect::<Vec<_>>()
                })
            })
            .collect();
        let seen = threads.into_iter().map(|thread| thread.join().expect("no panic")).collect();
        let last = [memory[0].load(Relaxed), memory[1].load(Relaxed)];
        into.lock().unwrap_or_else(PoisonError::into_inner).insert((seen, last));
    });
    let found = found.lock().unwrap_or_else(PoisonError::into_inner).clone();
    (found, explored.executions)
}

fn perform(memory: &[AtomicUsize; 2], op: Op) -> usize {
    match op {
        Op::Load(at) => memory[at].load(Relaxed),
        Op::Store(at, value) => {
            memory[at].store(value, Relaxed);
            0
        }
        Op::Swap(at, value) => memory[at].swap(value, Relaxed),
        Op::Add(at) => memory[at].fetch_add(1, Relaxed),
        Op::Exchange(at, current, new) => memory[at]
            .compare_exchange(current, new, Relaxed, Relaxed)
            .unwrap_or_else(|actual| actual),
    }
}

/// Xorshift: the same programs in every run.
#[derive(Debug)]
struct Random(u64);

impl Random {
    fn below(&mut self, limit: usize) -> usize {
        self.0 ^= self.0 << 13;
        self.0 ^= self.0 >> 7;
        self.0 ^= self.0 << 17;
        usize::try_from(self.0 >> 33).expect("31 bits") % limit
    }
}
