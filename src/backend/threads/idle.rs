//! Who sleeps, who searches, who is to be woken. No task may wait while every worker sleeps.
//!
//! A worker is *running* tasks, *searching* (it has none of its own and looks for some), or
//! *sleeping* (in the list, about to park or parked). One word counts searchers and sleepers.
//!
//! | step | by | change |
//! |---|---|---|
//! | `try_search` | a worker without tasks | running → searching, if fewer than half of all are |
//! | `found` | a searcher with a task | searching → running |
//! | `register` | a worker without tasks | searching or running → sleeping |
//! | `unregister` | itself, not woken by another | sleeping → searching |
//! | `wake_one` | anyone | sleeping → searching, if nobody searches |
//!
//! # Why no wake-up is lost
//!
//! Let *P* be a push to the injector. It is followed by a `SeqCst` fence and *L*, the load of the word
//! in `notify`. Each `register`, and each `found` of the last searcher, is a change *R* of the word
//! followed by a `SeqCst` fence and a look *Q* at all queues (`has_work`). Between the two fences there
//! is an order: either P's comes first, and then Q sees the push; or R's comes first, and then L sees R.
//!
//! 1. *L sees no searcher and a sleeper*: it wakes that sleeper, which is a searcher from there on
//!    (or somebody else has made one; then 3).
//! 2. *L sees neither*: every worker runs. The next one to run out of tasks registers, which L has
//!    not seen; so its Q sees the push, and it does not park.
//! 3. *L sees a searcher*: the push leaves everything to it. Searchers end by R: by `register`, and
//!    then Q sees the push and the worker does not park; or by `found`, and then, if it was the last,
//!    Q sees the push and wakes another. If it was not the last, the same holds for the last.
//!
//! A push to a worker's own ring needs no proof: the worker runs, and gets to it. There `notify_lazily`
//! is only an offer to share the work, and does without the fence.
//!
//! # Timers
//!
//! A sleeper may also wait for a time. `armed` is the earliest time that one waits for. After its
//! change of the timers a foreign thread has the same fence and looks at the word and at `armed`
//! (`needs_timekeeper`); a worker that registers looks at the timers after its fence, and waits
//! for the earliest unless another does. By the same order, one of them sees the other. A worker that
//! changes the timers does nothing: it looks at them before it sleeps.

use std::sync::atomic::{
    AtomicU64,
    Ordering::{Relaxed, SeqCst},
    fence,
};
use std::sync::{Mutex, MutexGuard, PoisonError};

/// No time at all.
pub(super) const NEVER: u64 = u64::MAX;

const SEARCHER: u64 = 1;
const SLEEPER: u64 = 1 << 32;

pub(super) struct Idle {
    /// Searchers in the lower half, sleepers in the upper.
    state: AtomicU64,
    /// The sleepers, the last one on top. Its length is the upper half of `state`; both change under
    /// this lock.
    sleepers: Mutex<Vec<usize>>,
    /// Changed under the lock.
    armed: AtomicU64,
    workers: u64,
}

impl Idle {
    pub(super) fn new(workers: usize) -> Self {
        Self {
            state: AtomicU64::new(0),
            sleepers: Mutex::new(Vec::with_capacity(workers)),
            armed: AtomicU64::new(NEVER),
            workers: workers as u64,
        }
    }

    /// After a push to the injector: which worker to unpark, if any.
    #[inline]
    pub(super) fn notify(&self) -> Option<usize> {
        fence(SeqCst);
        self.notify_lazily()
    }

    /// After a push to the own ring.
    #[inline]
    pub(super) fn notify_lazily(&self) -> Option<usize> {
        let state = self.state.load(Relaxed);
        if searchers(state) > 0 || sleepers(state) == 0 { None } else { self.wake_one() }
    }

    #[cold]
    fn wake_one(&self) -> Option<usize> {
        let mut list = self.lock();
        if searchers(self.state.load(Relaxed)) > 0 {
            return None;
        }
        let worker = list.pop()?;
        // Ordering: Relaxed here and below: the fences order the word, the lock orders the list, and
        // the unpark what was done before it.
        self.state.fetch_add(SEARCHER.wrapping_sub(SLEEPER), Relaxed);
        Some(worker)
    }

    /// Whether the caller may search; at most half of the workers do at once.
    #[inline]
    pub(super) fn try_search(&self) -> bool {
        let state = self.state.load(Relaxed);
        let few = 2 * searchers(state) < self.workers;
        if few {
            self.state.fetch_add(SEARCHER, Relaxed);
        }
        few
    }

    /// A searcher has a task. True if it was the last: it has to look whether there is more work, and
    /// call [`notify`](Self::notify) if so.
    #[inline]
    pub(super) fn found(&self) -> bool {
        let last = searchers(self.state.fetch_sub(SEARCHER, Relaxed)) == 1;
        if last {
            fence(SeqCst);
        }
        last
    }

    /// Puts a worker to the sleepers. It has to look for work and at the timers before it parks.
    pub(super) fn register(&self, worker: usize, searching: bool) {
        let mut list = self.lock();
        list.push(worker);
        let searcher = if searching { SEARCHER } else { 0 };
        self.state.fetch_add(SLEEPER.wrapping_sub(searcher), Relaxed);
        drop(list);
        fence(SeqCst);
    }

    /// Takes a worker back from the sleepers, as a searcher. False if someone else has done so: it is
    /// a searcher, and its parker's token is there or on its way.
    pub(super) fn unregister(&self, worker: usize) -> bool {
        let mut list = self.lock();
        let Some(place) = list.iter().rposition(|sleeper| *sleeper == worker) else { return false };
        list.remove(place);
        self.state.fetch_add(SEARCHER.wrapping_sub(SLEEPER), Relaxed);
        true
    }

    /// Whether a registered worker shall wait for `at` only: no other waits for an earlier time. It
    /// is put last in the order of waking, so that time has a keeper for as long as possible.
    pub(super) fn arm(&self, worker: usize, at: u64) -> bool {
        let mut list = self.lock();
        let earliest = at < self.armed.load(Relaxed);
        if earliest {
            self.armed.store(at, Relaxed);
            if let Some(place) = list.iter().position(|sleeper| *sleeper == worker) {
                list[..=place].rotate_right(1);
            }
        }
        earliest
    }

    /// An armed worker is awake.
    pub(super) fn disarm(&self, at: u64) {
        let _list = self.lock();
        if self.armed.load(Relaxed) == at {
            self.armed.store(NEVER, Relaxed);
        }
    }

    /// After a foreign thread has put a timer at `at`: which worker to unpark so that it sees to it.
    pub(super) fn needs_timekeeper(&self, at: u64) -> Option<usize> {
        fence(SeqCst);
        if sleepers(self.state.load(Relaxed)) == 0 || self.armed.load(Relaxed) <= at {
            return None;
        }
        // Even beside a searcher, which may have looked at the timers before.
        let mut list = self.lock();
        let worker = list.pop()?;
        self.state.fetch_add(SEARCHER.wrapping_sub(SLEEPER), Relaxed);
        Some(worker)
    }

    /// Nothing panics under this lock.
    fn lock(&self) -> MutexGuard<'_, Vec<usize>> {
        self.sleepers.lock().unwrap_or_else(PoisonError::into_inner)
    }
}

fn searchers(state: u64) -> u64 {
    state & (SLEEPER - 1)
}

fn sleepers(state: u64) -> u64 {
    state >> 32
}
