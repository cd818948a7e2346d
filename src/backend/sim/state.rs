//! What a simulation is made of, under one lock: the units, which of them can run, and the timers.
//!
//! A *unit* is what the scheduler chooses among: a task, a blocking job, the root of a `block_on`.
//! Tasks and the first root run on the thread that is in `block_on`, the *driver*. Jobs, and roots of
//! other threads, run on their own, one at a time, while they have the *turn*; the driver waits then.

use std::cell::Cell;
use std::collections::VecDeque;
use std::future::Future;
use std::mem;
use std::sync::atomic::{AtomicU64, Ordering};
use std::sync::{Arc, Mutex, MutexGuard, PoisonError};
use std::task::{Wake, Waker};
use std::thread;
use std::time::{Duration, Instant};

use async_task::Runnable;
use slab::Slab;

use super::bell::Bell;
use super::builder::SimBuilder;
use super::drive::panics;
use super::failure::{Failure, FailureKind, describe};
use super::policy::Picker;
use super::timers::{TimerKey, Timers};
use crate::backend::task_handle::TaskHandle;
use crate::primitives::birth::Birth;
use crate::primitives::diagnosis::{Observer, Watch};
use crate::primitives::role::Role;
use crate::task::begin_turn;

/// Names a unit: its place, and its number in the order of spawning, which no other ever has.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub(super) struct Id {
    key: usize,
    pub(super) serial: u32,
}

/// A unit that can run.
#[derive(Debug)]
pub(super) struct Ready {
    pub(super) id: Id,
    pub(super) work: Work,
}

#[derive(Debug)]
pub(super) enum Work {
    /// To be polled by the driver.
    Poll(Runnable),
    /// A blocking job that has not begun.
    Begin(Runnable),
    /// A thread that waits for its turn: a root, or a job in the middle of a blocking wait.
    Resume,
}

/// Given by the driver, which waits until it is given back.
#[derive(Debug, Clone, Copy)]
pub(super) struct Turn {
    pub(super) unit: u32,
    /// Whether the unit's thread has noticed.
    pub(super) taken: bool,
}

/// What is known of a unit while it lives.
#[derive(Debug)]
pub(super) struct Unit {
    pub(super) serial: u32,
    pub(super) role: Role,
    pub(super) birth: Birth,
    /// Of tasks, so that the end reaches them.
    waker: Option<Waker>,
    /// Whether it is among the ready ones, for `Work::Resume`.
    queued: bool,
    /// Whether its last turn ended before an operation that it may do now.
    at_operation: bool,
}

#[derive(Debug)]
pub(super) struct Core {
    pub(super) ready: VecDeque<Ready>,
    pub(super) units: Slab<Unit>,
    next_serial: u32,
    pub(super) timers: Timers,
    pub(super) picker: Picker,
    pub(super) steps: u64,
    /// What the driver polls.
    pub(super) polled: Option<Id>,
    /// Steps since the clock last moved.
    pub(super) busy: u32,
    /// The serial number of what ran at each step.
    pub(super) trace: Vec<u32>,
    /// Whether a thread is in `block_on` and runs the units.
    pub(super) driving: bool,
    /// Whether that thread waits for something from outside.
    pub(super) driver_sleeps: bool,
    /// The unit that has the turn, if it is not the driver's.
    pub(super) turn: Option<Turn>,
    /// Jobs that begin, for the threads that wait for one.
    pub(super) inbox: VecDeque<(Id, Runnable)>,
    pub(super) idle_threads: usize,
    pub(super) threads: Vec<thread::JoinHandle<()>>,
    /// Jobs that have begun and not ended.
    pub(super) running_jobs: usize,
    /// Nothing is spawned any more.
    pub(super) ended: bool,
    /// Why the simulation can't go on.
    pub(super) failure: Option<Failure>,
    /// A thread that interfered, where that is not allowed.
    pub(super) outsider: Option<String>,
    /// The first task that panicked.
    pub(super) panicked: Option<u32>,
    /// What is known of each unit, by number, if that is to be kept.
    pub(super) names: Vec<String>,
}

/// One simulation.
#[derive(Debug)]
pub(super) struct Shared {
    core: Mutex<Core>,
    /// The driver waits here, and whoever ends the simulation.
    pub(super) bell: Bell,
    /// Threads wait here for their turn.
    pub(super) seats: Bell,
    /// Idle threads wait here for a job.
    pub(super) hands: Bell,
    base: Instant,
    /// Nanoseconds since the beginning; written by the driver.
    now: AtomicU64,
    pub(super) options: SimBuilder,
    /// Who is told, if anybody.
    pub(super) observer: Option<Arc<Observer>>,
}

thread_local! {
    /// The simulation that runs on this thread, by address.
    static HERE: Cell<*const Shared> = const { Cell::new(std::ptr::null()) };
}

/// Marks this thread as one of a simulation.
pub(super) struct Here {
    before: *const Shared,
}

impl Drop for Here {
    fn drop(&mut self) {
        HERE.set(self.before);
        if self.before.is_null() {
            // Nothing is left of the last turn in there for what the thread does next.
            begin_turn();
        }
    }
}

impl Shared {
    pub(super) fn new(options: SimBuilder, picker: Picker) -> Arc<Self> {
        let base = Instant::now();
        let observer = options.watches.then(|| Observer::of_simulation(&options.probe, base));
        Arc::new(Self {
            core: Mutex::new(Core::new(picker)),
            bell: Bell::default(),
            seats: Bell::default(),
            hands: Bell::default(),
            base,
            now: AtomicU64::new(0),
            options,
            observer,
        })
    }

    /// As new, in the memory of one that nobody has any more.
    pub(super) fn renew(mut spare: Arc<Self>, options: SimBuilder, picker: Picker) -> Arc<Self> {
        let Some(shared) = Arc::get_mut(&mut spare) else { return Self::new(options, picker) };
        let watches = options.watches;
        shared.observer = watches.then(|| Observer::of_simulation(&options.probe, shared.base));
        shared.options = options;
        *shared.now.get_mut() = 0;
        shared.core.get_mut().unwrap_or_else(PoisonError::into_inner).renew(picker);
        spare
    }

    /// Nothing panics under this lock, and no code of users runs.
    #[inline]
    pub(super) fn lock(&self) -> MutexGuard<'_, Core> {
        self.core.lock().unwrap_or_else(PoisonError::into_inner)
    }

    pub(super) fn enter(&self) -> Here {
        Here { before: HERE.replace(self) }
    }

    #[inline]
    pub(super) fn is_here(&self) -> bool {
        std::ptr::eq(HERE.get(), self)
    }

    // Time.

    /// Nanoseconds since the beginning.
    #[inline]
    pub(super) fn elapsed(&self) -> u64 {
        self.now.load(Ordering::Acquire)
    }

    pub(super) fn now(&self) -> Instant {
        self.base + Duration::from_nanos(self.elapsed())
    }

    /// `None` is too far to reckon: never.
    pub(super) fn nanos_at(&self, at: Instant) -> Option<u64> {
        u64::try_from(at.saturating_duration_since(self.base).as_nanos()).ok()
    }

    /// To be called under the lock.
    pub(super) fn set_elapsed(&self, nanos: u64) {
        self.now.store(nanos, Ordering::Release);
    }

    /// Adds a timer, or gives one that is still there another waker.
    pub(super) fn set_timer(&self, key: Option<TimerKey>, at: u64, waker: Waker) -> TimerKey {
        let mut core = self.lock();
        let (key, spare) = match key {
            Some(key) => match core.timers.update(key, waker) {
                (true, old) => (key, Some(old)),
                (false, waker) => (core.timers.add(at, waker), None),
            },
            None => (core.timers.add(at, waker), None),
        };
        self.tell_driver(core);
        drop(spare);
        key
    }

    pub(super) fn drop_timer(&self, key: TimerKey) {
        let waker = self.lock().timers.remove(key);
        drop(waker);
    }

    // Units.

    pub(super) fn spawn<F>(
        self: &Arc<Self>,
        future: F,
        birth: Birth,
    ) -> Option<TaskHandle<F::Output>>
    where
        F: Future + Send + 'static,
        F::Output: Send + 'static,
    {
        let mut core = self.lock();
        if core.ended {
            drop(core);
            return None; // and drops the future
        }
        let id = core.next_id();
        let lives = Lives { shared: self.clone(), id };
        let watch = self.watch(id, Role::Task, &birth);
        let future = watch.future(future);
        let future = async move {
            let _lives = lives;
            future.await
        };
        let (runnable, task) = async_task::Builder::new()
            .propagate_panic(true)
            .spawn(|()| future, self.scheduler(id, Work::Poll));
        let unit = Unit::new(id, Role::Task, birth, Some(runnable.waker()));
        self.add(&mut core, unit);
        core.ready.push_back(Ready { id, work: Work::Poll(runnable) });
        self.tell_driver(core);
        watch.began(); // after the lock
        Some(TaskHandle::new(task.fallible(), watch.awaits()))
    }

    pub(super) fn spawn_blocking<F, T>(
        self: &Arc<Self>,
        f: F,
        birth: Birth,
    ) -> Option<TaskHandle<T>>
    where
        F: FnOnce() -> T + Send + 'static,
        T: Send + 'static,
    {
        let mut core = self.lock();
        if core.ended {
            drop(core);
            return None; // and drops the closure
        }
        let id = core.next_id();
        let lives = Lives { shared: self.clone(), id };
        let watch = self.watch(id, Role::Job, &birth);
        let f = watch.job(f);
        let job = async move {
            let _lives = lives;
            f()
        };
        let (runnable, task) = async_task::Builder::new()
            .propagate_panic(true)
            .spawn(|()| job, self.scheduler(id, Work::Begin));
        self.add(&mut core, Unit::new(id, Role::Job, birth, None));
        if self.options.is_open && !core.driving {
            self.begin_job(core, id, runnable); // nobody else would
        } else {
            core.ready.push_back(Ready { id, work: Work::Begin(runnable) });
            self.tell_driver(core);
        }
        watch.began(); // after the lock
        Some(TaskHandle::new(task.fallible(), watch.awaits()))
    }

    fn scheduler(
        self: &Arc<Self>,
        id: Id,
        work: fn(Runnable) -> Work,
    ) -> impl Fn(Runnable) + Send + Sync + 'static {
        let shared = self.clone();
        move |runnable| {
            let mut core = shared.lock();
            core.ready.push_back(Ready { id, work: work(runnable) });
            shared.tell_driver(core);
        }
    }

    /// Adds a root that can run.
    pub(super) fn add_root(&self, birth: Birth) -> (Id, Watch) {
        let mut core = self.lock();
        let id = core.next_id();
        let watch = self.watch(id, Role::Root, &birth);
        let mut unit = Unit::new(id, Role::Root, birth, None);
        unit.queued = true;
        self.add(&mut core, unit);
        core.ready.push_back(Ready { id, work: Work::Resume });
        self.tell_driver(core);
        watch.began();
        (id, watch)
    }

    fn watch(&self, id: Id, role: Role, birth: &Birth) -> Watch {
        Watch::simulated(self.observer.as_ref(), id.serial, role, birth)
    }

    fn add(&self, core: &mut Core, unit: Unit) {
        if self.options.keep_names {
            core.names.push(describe(&unit));
        }
        core.units.insert(unit);
    }

    /// The unit has ended.
    pub(super) fn remove(&self, id: Id) {
        let mut core = self.lock();
        let unit = core.units.try_remove(id.key);
        if unit.as_ref().is_some_and(|unit| unit.queued) {
            core.ready.retain(|ready| ready.id != id);
        }
        if core.ended {
            self.bell.ring();
        }
        drop(core);
        drop(unit);
    }

    /// Lets a root or a job that waits go on.
    pub(super) fn resume(&self, id: Id) {
        let mut core = self.lock();
        let Some(unit) = core.unit_mut(id) else {
            return; // it has ended
        };
        if !mem::replace(&mut unit.queued, true) {
            core.ready.push_back(Ready { id, work: Work::Resume });
            if core.ended || self.options.is_open {
                self.seats.ring();
            }
            self.tell_driver(core);
        }
    }

    /// After a change that gives the driver something to do.
    #[inline]
    fn tell_driver(&self, core: MutexGuard<'_, Core>) {
        if !self.is_here() || core.driver_sleeps || core.ended {
            self.tell_from_outside(core);
        }
    }

    #[cold]
    fn tell_from_outside(&self, mut core: MutexGuard<'_, Core>) {
        let outside = core.driving && !self.is_here() && !self.options.is_open && !core.ended;
        if outside && core.outsider.is_none() {
            core.outsider = Some(thread::current().name().unwrap_or("<unnamed>").to_owned());
        }
        if core.driver_sleeps || core.ended {
            self.bell.ring();
        }
    }

    pub(super) fn fail(&self, core: &mut Core, kind: FailureKind, what: &str) -> Failure {
        let failure = Failure::new(kind, what, core, self);
        core.failure = Some(failure.clone());
        self.seats.ring();
        failure
    }
}

impl Core {
    fn new(picker: Picker) -> Self {
        Self {
            ready: VecDeque::new(),
            units: Slab::new(),
            next_serial: 0,
            timers: Timers::default(),
            picker,
            steps: 0,
            polled: None,
            busy: 0,
            trace: Vec::new(),
            driving: false,
            driver_sleeps: false,
            turn: None,
            inbox: VecDeque::new(),
            idle_threads: 0,
            threads: Vec::new(),
            running_jobs: 0,
            ended: false,
            failure: None,
            outsider: None,
            panicked: None,
            names: Vec::new(),
        }
    }

    /// As new, in the same memory.
    fn renew(&mut self, picker: Picker) {
        let mut old = mem::replace(self, Self::new(picker));
        old.ready.clear();
        old.units.clear();
        old.timers.clear();
        old.trace.clear();
        Self { ready: self.ready, units: self.units, timers: self.timers, trace: self.trace, .. } =
            old;
    }

    fn next_id(&mut self) -> Id {
        let serial = self.next_serial;
        self.next_serial += 1;
        Id { key: self.units.vacant_key(), serial }
    }

    pub(super) fn has_turn(&self, id: Id) -> bool {
        self.turn.is_some_and(|turn| turn.unit == id.serial)
    }

    pub(super) fn is_queued(&self, id: Id) -> bool {
        self.unit(id).is_some_and(|unit| unit.queued)
    }

    pub(super) fn unit(&self, id: Id) -> Option<&Unit> {
        self.units.get(id.key).filter(|unit| unit.serial == id.serial)
    }

    /// The unit has had its turn, which it may have ended before an operation.
    #[inline]
    pub(super) fn note_end_of_turn(&mut self, id: Id, at_operation: bool) {
        if at_operation {
            if let Some(unit) = self.unit_mut(id) {
                unit.at_operation = true;
            }
        } else if let Picker::Pct(pct) = &mut self.picker
            && self.ready.iter().any(|ready| ready.id == id)
        {
            pct.falls_behind(id.serial); // it has yielded
        }
    }

    /// Whether the unit begins its turn with an operation that others could come before.
    pub(super) fn take_operation(&mut self, id: Id) -> bool {
        self.unit_mut(id).is_some_and(|unit| mem::take(&mut unit.at_operation))
    }

    fn unit_mut(&mut self, id: Id) -> Option<&mut Unit> {
        self.units.get_mut(id.key).filter(|unit| unit.serial == id.serial)
    }

    /// The unit is not among the ready ones any more.
    pub(super) fn unqueue(&mut self, id: Id) {
        if let Some(unit) = self.unit_mut(id) {
            unit.queued = false;
        }
    }

    /// How many units live that are not roots.
    pub(super) fn tasks(&self) -> usize {
        self.units.iter().filter(|(_, unit)| unit.role == Role::Task).count()
    }

    pub(super) fn task_wakers(&self) -> Vec<Waker> {
        self.units.iter().filter_map(|(_, unit)| unit.waker.clone()).collect()
    }
}

impl Unit {
    fn new(id: Id, role: Role, birth: Birth, waker: Option<Waker>) -> Self {
        Self { serial: id.serial, role, birth, waker, queued: false, at_operation: false }
    }
}

/// In a unit's future: takes it off the list of the living when the future goes.
struct Lives {
    shared: Arc<Shared>,
    id: Id,
}

impl Drop for Lives {
    fn drop(&mut self) {
        if panics() {
            self.shared.lock().panicked.get_or_insert(self.id.serial);
        }
        self.shared.remove(self.id);
    }
}

/// The waker of a root, or of a job that waits.
pub(super) struct Seat {
    pub(super) shared: Arc<Shared>,
    pub(super) id: Id,
}

impl Wake for Seat {
    fn wake(self: Arc<Self>) {
        self.shared.resume(self.id);
    }

    fn wake_by_ref(self: &Arc<Self>) {
        self.shared.resume(self.id);
    }
}
