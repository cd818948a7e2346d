//! Loom as a runtime: a program that is written on anyrt's traits, in every schedule that it has.
//!
//! [`model`] runs it again and again. Tasks and blocking jobs are threads of loom, and its locks,
//! events, queues ..., by [`anyrt::family`], are those of [`Portable`](crate::family::Portable): the same
//! source as anyrt's own, over loom's atomics.
//!
//! # What is otherwise
//!
//! - **Size.** Loom has five threads, so that a program has at most four tasks and jobs, one after the
//!   other or at once. The time that a search takes grows fast with what they do.
//! - **Time** is a choice, too: a sleep may end at every moment from its first poll on, however long it
//!   is, and the clock has passed its deadline then. So each of two timeouts may come first. A search has no
//!   "later": a sleep that is to keep order is a bug that this finds.
//! - **Panics.** A panic fails the search, also one in a task, so a
//!   [`JoinError::Panicked`](anyrt::JoinError) never comes. As it unwinds out of loom, what it passes may
//!   panic again and abort the process: let each model be a test of its own, and give it a process of
//!   its own where many fail.
//! - **What loom does not see** it does not explore: primitives that are not the runtime's (`std`'s,
//!   tokio's, `anyrt::sync::Lock` by that name) are steps that nobody comes between, and a thread that blocks on
//!   one stops all. Thread-locals are shared by all threads of a model, so that `task_local!` and
//!   `with_runtime` do not work.
//! - **The same again.** A program must do the same in the same schedule: loom says so if it does not.

mod handle;
mod seat;
mod sleep;

use crate::family::Portable;
use crate::harness::{self, BOUND, Explored};
use anyrt::{BlockOn, Runtime, Spawn, SpawnBlocking, Timer};
use loom::sync::{Mutex, MutexGuard};
use loom::thread;
use seat::Seat;
use std::fmt;
use std::pin::{Pin, pin};
use std::sync::Arc;
use std::time::{Duration, Instant};

pub use handle::LoomHandle;
use handle::Slot;
pub use sleep::LoomSleep;

/// What loom has, without the root.
const TASKS: usize = 4;

/// Runs `app` in every schedule that needs at most three preemptions, and panics with the first one that
/// fails: a panic, a deadlock, or a race of what loom's cells hold.
///
/// Few bugs need more; [`model_with`] takes another number.
///
/// # Panics
///
/// When a schedule fails; when `app` does not do the same in the same schedule; when it has more than
/// four tasks and jobs, or no end.
pub fn model<F, Fut>(app: F) -> Explored
where
    F: Fn(Loom) -> Fut + Send + Sync + 'static,
    Fut: Future,
{
    model_with(BOUND, app)
}

/// As [`model`], with at most so many preemptions: moments in which a task that could go on does not.
///
/// # Panics
///
/// As [`model`] does.
pub fn model_with<F, Fut>(preemptions: usize, app: F) -> Explored
where
    F: Fn(Loom) -> Fut + Send + Sync + 'static,
    Fut: Future,
{
    let base = Instant::now(); // the same in all executions
    harness::explore(harness::bound(preemptions), move || {
        let rt = Loom { shared: Arc::new(Shared::new(base)) };
        let output = rt.block_on(app(rt.clone()));
        rt.shared.end();
        drop(output);
    })
}

/// A handle of the runtime of one execution; given by [`model`].
#[derive(Clone)]
pub struct Loom {
    shared: Arc<Shared>,
}

/// One execution.
#[derive(Debug)]
struct Shared {
    tasks: Mutex<Tasks>,
    base: Instant,
    /// How far the clock is beyond `base`.
    elapsed: Mutex<Duration>,
}

#[derive(Debug, Default)]
struct Tasks {
    started: Vec<(Arc<Seat>, thread::JoinHandle<()>)>,
    /// How many there were.
    number: usize,
    /// Nothing is started any more.
    ended: bool,
}

impl Shared {
    fn new(base: Instant) -> Self {
        let elapsed = Mutex::new(Duration::ZERO);
        Self { tasks: Mutex::new(Tasks::default()), base, elapsed }
    }

    fn tasks(&self) -> MutexGuard<'_, Tasks> {
        self.tasks.lock().expect("loom's mutex knows no poison")
    }

    fn clock(&self) -> MutexGuard<'_, Duration> {
        self.elapsed.lock().expect("loom's mutex knows no poison")
    }

    fn elapsed(&self) -> Duration {
        *self.clock()
    }

    /// It is `at` now, or later.
    fn pass(&self, at: Duration) {
        let mut elapsed = self.clock();
        *elapsed = at.max(*elapsed);
    }

    /// Runs `body` on a thread of its own.
    #[track_caller]
    fn start<T, B>(&self, body: B) -> LoomHandle<T>
    where
        T: Send + 'static,
        B: FnOnce(&Arc<Seat>) -> Option<T> + Send + 'static,
    {
        let mut tasks = self.tasks();
        if tasks.ended {
            drop(tasks);
            return LoomHandle::cancelled(); // and drops the body
        }
        assert!(
            tasks.number < TASKS,
            "this program has more than {TASKS} tasks and blocking jobs, which is what loom can run in \
             one execution, ended ones included: model a smaller one, or explore it with anyrt's `sim`"
        );
        tasks.number += 1;
        let (slot, seat) = (Slot::new(), Seat::new());
        let handle = LoomHandle::new(Arc::clone(&slot), Arc::clone(&seat));
        let sits = Arc::clone(&seat);
        let thread = thread::spawn(move || slot.fill(body(&sits)));
        tasks.started.push((seat, thread));
        handle
    }

    /// Stops the tasks that are still there, and waits for all.
    fn end(&self) {
        let mut tasks = self.tasks();
        tasks.ended = true;
        let started = std::mem::take(&mut tasks.started);
        drop(tasks);
        for (seat, _) in &started {
            seat.abort();
        }
        for (_, thread) in started {
            thread.join().expect("loom fails a model as soon as a thread panics");
        }
    }
}

impl Spawn for Loom {
    type JoinHandle<T: Send + 'static> = LoomHandle<T>;

    #[track_caller]
    fn spawn<F>(&self, future: F) -> LoomHandle<F::Output>
    where
        F: Future + Send + 'static,
        F::Output: Send + 'static,
    {
        self.shared.start(move |seat| seat.poll_to_end(pin!(future)))
    }
}

impl SpawnBlocking for Loom {
    type BlockingHandle<T: Send + 'static> = LoomHandle<T>;

    #[track_caller]
    fn spawn_blocking<F, T>(&self, f: F) -> LoomHandle<T>
    where
        F: FnOnce() -> T + Send + 'static,
        T: Send + 'static,
    {
        self.shared.start(move |seat| (!seat.is_aborted()).then(f))
    }
}

impl Timer for Loom {
    type Sleep = LoomSleep;

    fn now(&self) -> Instant {
        self.shared.base + self.shared.elapsed()
    }

    fn sleep_until(&self, at: Option<Instant>) -> LoomSleep {
        LoomSleep::new(Arc::clone(&self.shared), at)
    }
}

impl Runtime for Loom {
    type Sync = Portable;

    fn name(&self) -> &'static str {
        "loom"
    }
}

/// The runtime belongs to its execution, so that one value is both handle and owner: for blocking jobs.
impl BlockOn for Loom {
    type Handle = Self;

    fn handle(&self) -> Self {
        self.clone()
    }

    fn block_on<F: Future>(&self, future: F) -> F::Output {
        let future: Pin<&mut F> = pin!(future);
        Seat::new().poll_to_end(future).expect("nobody else knows this seat, to abort it")
    }
}

impl fmt::Debug for Loom {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.debug_struct("Loom").finish_non_exhaustive()
    }
}
