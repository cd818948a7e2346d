//! A worker's own queue: a ring of tasks that its owner pushes to and pops from at little cost, and
//! that others steal half of. The algorithm is that of tokio's and Go's local run queues.
//!
//! Two heads and a tail count up without end (modulo 2³²); a position's slot is its remainder. At any
//! time `steal ≤ real ≤ tail ≤ steal + CAPACITY`, and the slots are used so:
//!
//! | positions | hold |
//! |---|---|
//! | `steal .. real` | tasks that one thief has claimed and is copying out; none while `steal == real` |
//! | `real .. tail` | tasks in the queue |
//! | `tail .. steal + CAPACITY` | nothing |
//!
//! | who | step | change |
//! |---|---|---|
//! | owner | push | slot written, then `tail + 1` |
//! | owner | pop | `real + 1`, and `steal + 1` with it if no thief is at work |
//! | owner | overflow | `real + n` and `steal + n` at once, if no thief is at work |
//! | thief | claim | `real + n` if no other thief is at work |
//! | thief | release | `steal = real`, whatever the owner has popped meanwhile |
//!
//! Both heads lie in one word, so that each step on them is one compare-and-swap. Whoever moves
//! `real` past a position owns the task there, and nobody else ever does: that is what makes
//! [`from_slot`] sound. The owner writes a slot only behind `tail`, and checks against `steal` first,
//! so a thief's claimed slots stay as they are until it releases them.
#![allow(unsafe_code)]

use std::cell::Cell;
use std::marker::PhantomData;
use std::ptr::{self, NonNull};
use std::sync::Arc;
use std::sync::atomic::{
    AtomicPtr, AtomicU32, AtomicU64,
    Ordering::{AcqRel, Acquire, Relaxed, Release},
};

use super::scheduler::Runnable;

/// Slots of a ring.
pub(super) const CAPACITY: u32 = 256;

struct Ring {
    /// `steal` in the upper half, `real` in the lower.
    heads: AtomicU64,
    tail: AtomicU32,
    slots: [AtomicPtr<()>; CAPACITY as usize],
}

/// The owner's side: one per ring, and on one thread at a time.
pub(super) struct Owner {
    ring: Arc<Ring>,
    /// Not `Sync`: two pushes at once would take the same slot.
    _one_thread: PhantomData<Cell<()>>,
}

/// The side of everyone else.
pub(super) struct Stealer {
    ring: Arc<Ring>,
}

/// Makes an empty ring.
pub(super) fn ring() -> (Owner, Stealer) {
    let ring = Arc::new(Ring {
        heads: AtomicU64::new(0),
        tail: AtomicU32::new(0),
        slots: [const { AtomicPtr::new(ptr::null_mut()) }; CAPACITY as usize],
    });
    (Owner { ring: ring.clone(), _one_thread: PhantomData }, Stealer { ring })
}

impl Owner {
    /// Appends a task. Of a full ring, half goes to `overflow` first, oldest first, and then the task.
    #[inline]
    pub(super) fn push(
        &self,
        task: Runnable,
        overflow: impl FnOnce(&mut dyn Iterator<Item = Runnable>),
    ) {
        // Ordering: Acquire, for a thief's release: it has read the slots that are free now.
        let (steal, real) = unpack(self.ring.heads.load(Acquire));
        // Ordering: Relaxed, as only this thread writes it.
        let tail = self.ring.tail.load(Relaxed);
        if tail.wrapping_sub(steal) < CAPACITY {
            self.ring.put(tail, task);
            // Ordering: Release, for the `Acquire` of a thief: it sees the slot.
            self.ring.tail.store(tail.wrapping_add(1), Release);
        } else {
            self.overflow(steal, real, task, overflow);
        }
    }

    #[cold]
    fn overflow(
        &self,
        steal: u32,
        real: u32,
        task: Runnable,
        overflow: impl FnOnce(&mut dyn Iterator<Item = Runnable>),
    ) {
        let half = CAPACITY / 2;
        let after = real.wrapping_add(half);
        // Ordering: AcqRel as in `pop`. A thief at work, before or just now, makes room itself soon.
        let claimed = steal == real
            && self
                .ring
                .heads
                .compare_exchange(pack(real, real), pack(after, after), AcqRel, Relaxed)
                .is_ok();
        // SAFETY: the exchange has moved `real` past these positions. Should `overflow` not take
        // them all, the rest leaks, no worse.
        let claim = |i| unsafe { self.ring.take(real.wrapping_add(i)) };
        let half = (0..if claimed { half } else { 0 }).map(claim);
        overflow(&mut half.chain([task]));
    }

    /// Takes the oldest task.
    #[inline]
    pub(super) fn pop(&self) -> Option<Runnable> {
        // Ordering: Relaxed, as only this thread writes it.
        let tail = self.ring.tail.load(Relaxed);
        // Ordering: Relaxed, as the slots at and after `real` were written by this thread.
        let mut heads = self.ring.heads.load(Relaxed);
        loop {
            let (steal, real) = unpack(heads);
            if real == tail {
                return None;
            }
            let next = real.wrapping_add(1);
            let steal = if steal == real { next } else { steal };
            // Ordering: AcqRel; part of the chain of changes that `push` and thieves acquire.
            match self.ring.heads.compare_exchange_weak(heads, pack(steal, next), AcqRel, Relaxed) {
                // SAFETY: the exchange has moved `real` past this position.
                Ok(_) => return Some(unsafe { self.ring.take(real) }),
                Err(now) => heads = now,
            }
        }
    }

    /// How many tasks there are. Only thieves change it beside this thread: downwards.
    #[inline]
    pub(super) fn len(&self) -> u32 {
        let (_, real) = unpack(self.ring.heads.load(Relaxed));
        self.ring.tail.load(Relaxed).wrapping_sub(real)
    }

    /// The position behind the task pushed last.
    pub(super) fn pushed(&self) -> u32 {
        self.ring.tail.load(Relaxed)
    }

    /// Whether all tasks before a position are gone; undefined for one of long ago.
    pub(super) fn is_past(&self, position: u32) -> bool {
        let (_, real) = unpack(self.ring.heads.load(Relaxed));
        real.wrapping_sub(position) <= u32::MAX / 2
    }

    /// How many tasks may be pushed without an overflow.
    pub(super) fn room(&self) -> u32 {
        let (steal, _) = unpack(self.ring.heads.load(Acquire));
        CAPACITY - self.ring.tail.load(Relaxed).wrapping_sub(steal)
    }
}

impl Stealer {
    /// Whether there was nothing to steal a moment ago.
    #[inline]
    pub(super) fn is_empty(&self) -> bool {
        let (_, real) = unpack(self.ring.heads.load(Relaxed));
        self.ring.tail.load(Relaxed) == real
    }

    /// Moves the older half, rounded up, to `thief`, and gives its newest task.
    pub(super) fn steal_into(&self, thief: &Owner) -> Option<Runnable> {
        if thief.room() < CAPACITY / 2 {
            return None; // it has enough to do
        }
        // Ordering: Acquire, here and on failure, for the slots' use before the heads got there.
        let mut heads = self.ring.heads.load(Acquire);
        let (first, count, claimed) = loop {
            let (steal, real) = unpack(heads);
            // Ordering: Acquire, for the owner's `Release`: the slots before it are written.
            let len = self.ring.tail.load(Acquire).wrapping_sub(real);
            // A tail read long after the heads may be further ahead than the ring is long; the
            // exchange would fail then, but the count is used as an amount.
            if steal != real || len == 0 || len > CAPACITY {
                return None;
            }
            let count = len - len / 2;
            let claimed = pack(steal, real.wrapping_add(count));
            match self.ring.heads.compare_exchange_weak(heads, claimed, AcqRel, Acquire) {
                Ok(_) => break (real, count, claimed),
                Err(now) => heads = now,
            }
        };
        let tail = thief.ring.tail.load(Relaxed);
        for i in 0..count - 1 {
            // SAFETY: the exchange has moved `real` past this position.
            let task = unsafe { self.ring.take(first.wrapping_add(i)) };
            thief.ring.put(tail.wrapping_add(i), task);
        }
        // SAFETY: as above.
        let last = unsafe { self.ring.take(first.wrapping_add(count - 1)) };
        self.release(claimed);
        // Ordering: Release, as in `push`.
        thief.ring.tail.store(tail.wrapping_add(count - 1), Release);
        Some(last)
    }

    /// Gives the claimed slots back to the owner, who may have popped meanwhile.
    fn release(&self, mut heads: u64) {
        loop {
            let (_, real) = unpack(heads);
            // Ordering: Release, for the `Acquire` in `push`: the slots are read.
            match self.ring.heads.compare_exchange_weak(heads, pack(real, real), AcqRel, Relaxed) {
                Ok(_) => return,
                Err(now) => heads = now,
            }
        }
    }
}

impl Ring {
    fn slot(&self, position: u32) -> &AtomicPtr<()> {
        &self.slots[(position % CAPACITY) as usize]
    }

    fn put(&self, position: u32, task: Runnable) {
        // Ordering: Relaxed; the store of `tail` publishes it.
        self.slot(position).store(task.into_raw().as_ptr(), Relaxed);
    }

    /// # Safety
    ///
    /// The caller has moved `real` past `position` in this turn, and calls this once for it.
    unsafe fn take(&self, position: u32) -> Runnable {
        // Ordering: Relaxed; the caller has acquired `tail` or is the owner.
        let task = NonNull::new(self.slot(position).load(Relaxed));
        let task = task.expect("a position before `tail` was written");
        // SAFETY: `put` stored what `into_raw` gave, and by this function's condition it comes out
        // once.
        unsafe { Runnable::from_raw(task) }
    }
}

fn pack(steal: u32, real: u32) -> u64 {
    u64::from(steal) << 32 | u64::from(real)
}

#[allow(clippy::cast_possible_truncation)] // the halves are what is wanted
fn unpack(heads: u64) -> (u32, u32) {
    ((heads >> 32) as u32, heads as u32)
}

#[cfg(test)]
mod tests {
    use std::sync::Barrier;
    use std::sync::atomic::AtomicUsize;
    use std::thread;

    use super::*;

    /// A task that counts its run.
    fn task(runs: &Arc<Vec<AtomicUsize>>, index: usize) -> Runnable {
        let runs = runs.clone();
        let body = async move { runs[index].fetch_add(1, Relaxed) };
        let (runnable, task) = async_task::spawn(body, |_| unreachable!("never woken"));
        task.detach();
        runnable
    }

    fn counters(n: usize) -> Arc<Vec<AtomicUsize>> {
        Arc::new((0..n).map(|_| AtomicUsize::new(0)).collect())
    }

    fn ran_once(runs: &[AtomicUsize]) -> bool {
        runs.iter().all(|n| n.load(Relaxed) == 1)
    }

    #[test]
    fn first_in_first_out() {
        let runs = counters(1000);
        let (owner, stealer) = ring();
        for index in 0..1000 {
            owner.push(task(&runs, index), |_| panic!("not full"));
            owner.push(task(&runs, index), |_| panic!("not full"));
            owner.pop().unwrap().run();
            assert_eq!(owner.len() as usize, index % 200 + 1);
            if owner.len() == 200 {
                while let Some(task) = owner.pop() {
                    task.run();
                }
            }
        }
        while let Some(task) = owner.pop() {
            task.run();
        }
        assert!(stealer.is_empty());
        assert!(runs.iter().all(|n| n.load(Relaxed) == 2));
    }

    #[test]
    fn a_full_ring_gives_its_older_half_away() {
        let n = CAPACITY as usize + 1;
        let runs = counters(n);
        let (owner, _stealer) = ring();
        let mut given = Vec::new();
        for index in 0..n {
            assert_eq!(owner.room() as usize, (n - 1).saturating_sub(index));
            owner.push(task(&runs, index), |tasks| given.extend(tasks));
        }
        assert_eq!(given.len(), n / 2 + 1);
        let last = given.pop().unwrap();
        for task in given {
            task.run();
        }
        assert!(ran_once(&runs[..n / 2]));
        last.run();
        assert!(ran_once(&runs[n - 1..]));
        while let Some(task) = owner.pop() {
            task.run();
        }
        assert!(ran_once(&runs));
    }

    #[test]
    fn a_thief_takes_the_older_half() {
        let runs = counters(9);
        let ((owner, stealer), (thief, _)) = (ring(), ring());
        assert!(stealer.steal_into(&thief).is_none());
        (0..9).for_each(|index| owner.push(task(&runs, index), |_| panic!("not full")));
        stealer.steal_into(&thief).unwrap().run();
        assert_eq!((owner.len(), thief.len()), (4, 4));
        assert_eq!(runs[4].load(Relaxed), 1);
        while let Some(task) = thief.pop().or_else(|| owner.pop()) {
            task.run();
        }
        assert!(ran_once(&runs));
    }

    #[test]
    fn every_task_runs_once_beside_thieves() {
        const TASKS: usize = 50_000;
        let (runs, left) = (counters(TASKS), AtomicUsize::new(TASKS));
        let ((owner, stealer), start) = (ring(), Barrier::new(4));
        let run = |task: Runnable| {
            task.run();
            left.fetch_sub(1, Relaxed);
        };
        thread::scope(|scope| {
            for _ in 0..3 {
                scope.spawn(|| {
                    let (thief, _) = ring();
                    start.wait();
                    while left.load(Relaxed) > 0 {
                        stealer.steal_into(&thief).map(run);
                        while let Some(task) = thief.pop() {
                            run(task);
                        }
                    }
                });
            }
            let mut random = fastrand::Rng::with_seed(7);
            start.wait();
            for index in 0..TASKS {
                owner.push(task(&runs, index), |tasks| tasks.for_each(run));
                if random.u32(..3) == 0 {
                    owner.pop().map(run);
                }
            }
            while left.load(Relaxed) > 0 {
                owner.pop().map(run);
            }
        });
        assert!(ran_once(&runs));
    }
}
