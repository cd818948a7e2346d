//! The loop of the thread in `block_on`, and the threads that take turns with it.

use std::cell::{Cell, RefCell};
use std::future::Future;
use std::mem;
use std::panic::{AssertUnwindSafe, catch_unwind, resume_unwind};
use std::pin::Pin;
use std::sync::{Arc, MutexGuard};
use std::task::{Context, Poll, Waker};
use std::thread;
use std::time::Duration;

use async_task::Runnable;

use super::failure::{Failure, FailureKind};
use super::inside::InJob;
use super::lookout;
use super::state::{Core, Id, Ready, Seat, Shared, Turn, Work};
use crate::primitives::world;
use crate::task::{begin_turn_of, has_spent_turn};

/// After so many steps in which something could always run the clock moves all the same, so that
/// programs that poll the time, or spin until a timer fires, get on.
const BUSY: u32 = 1_000;

/// By so many nanoseconds: a step is taken for a microsecond.
const BUSY_TIME: u64 = 1_000_000;

/// How long an open simulation waits for other threads, before the clock jumps.
const MOMENT: Duration = Duration::from_micros(500);

thread_local! {
    /// The job that this thread runs.
    static JOB: RefCell<Option<(Arc<Shared>, Id)>> = const { RefCell::new(None) };
    /// Whether that is being unwound because it can't go on.
    static LEAVES: Cell<bool> = const { Cell::new(false) };
}

/// What the driver does next, outside of the lock.
enum Step {
    /// With the operations that its turn has.
    Run(Ready, u8),
    /// Wake those whose time has come.
    Fire,
    Fail(Failure),
}

/// The job of this simulation that runs on this thread.
pub(super) fn job_here(shared: &Arc<Shared>) -> Option<Id> {
    JOB.with_borrow(|job| job.as_ref().filter(|(of, _)| Arc::ptr_eq(of, shared)).map(|(_, id)| *id))
}

/// Inside a blocking job of a simulation, lets the others run; elsewhere it does nothing.
///
/// A job has others run only where it waits. Between two steps whose order matters, say where, for
/// instance, it reads a file and writes it again, this makes a place where they can.
///
/// # Blocking
///
/// Until the scheduler chooses this job again; never in real time.
pub fn yield_blocking() {
    let job = JOB.with_borrow(Clone::clone);
    if let Some((shared, id)) = job {
        shared.resume(id);
        shared.wait_turn(id, false);
    }
}

/// Drives until the root of the unit `me` is ready.
pub(super) fn drive<F: Future>(
    shared: &Arc<Shared>,
    me: Id,
    mut root: Pin<&mut F>,
    waker: &Waker,
) -> F::Output {
    let _driver = Driver(shared);
    let _drives = lookout::drives(shared);
    let _here = shared.enter();
    let _world = world::enter(shared.clone());
    let (mut due, mut ran) = (Vec::new(), None);
    loop {
        match shared.next(&mut due, ran.take()) {
            Step::Run(Ready { id, work: Work::Poll(task) }, budget) => {
                begin_turn_of(budget);
                task.run();
                ran = Some((id, has_spent_turn()));
            }
            Step::Run(Ready { id, work: Work::Resume }, budget) if id == me => {
                begin_turn_of(budget);
                if let Poll::Ready(output) = root.as_mut().poll(&mut Context::from_waker(waker)) {
                    return output;
                }
                ran = Some((id, has_spent_turn()));
            }
            Step::Run(Ready { id, work: Work::Resume }, _) => {
                shared.give_turn(id, None);
                ran = Some((id, false));
            }
            Step::Run(Ready { id, work: Work::Begin(job) }, _) => {
                shared.give_turn(id, Some(job));
                ran = Some((id, false));
            }
            Step::Fire => due.drain(..).for_each(Waker::wake),
            Step::Fail(failure) => failure.raise(),
        }
    }
}

/// One thread drives at a time; another takes over when it leaves.
struct Driver<'a>(&'a Shared);

impl Drop for Driver<'_> {
    fn drop(&mut self) {
        self.0.lock().driving = false;
        self.0.seats.ring();
    }
}

impl Shared {
    /// `ran` is what ran last, and whether it stopped before an operation.
    fn next(&self, due: &mut Vec<Waker>, ran: Option<(Id, bool)>) -> Step {
        let mut core = self.lock();
        core.polled = None;
        if let Some((id, at_operation)) = ran {
            core.note_end_of_turn(id, at_operation);
        }
        loop {
            if let Some(thread) = core.outsider.take() {
                return Step::Fail(self.fail(&mut core, FailureKind::Outside, &format!(
                    "thread `{thread}` has woken or spawned something in a simulation: what comes from \
                     outside of it (real time, IO, threads of one's own) can't be repeated. Use the \
                     runtime's sleeps and `spawn_blocking`, or allow it with `SimBuilder::open`"
                )));
            }
            if core.ready.is_empty() {
                if self.options.is_open && core.timers.earliest().is_some() {
                    core = self.wait_outside(core, Some(MOMENT));
                    if !core.ready.is_empty() {
                        continue;
                    }
                }
                if let Some(at) = core.timers.earliest() {
                    self.advance(&mut core, at, due);
                    return Step::Fire;
                }
                if self.options.is_open || core.ended {
                    core = self.wait_outside(core, None);
                    continue;
                }
                return Step::Fail(self.fail(&mut core, FailureKind::Deadlock, ""));
            }
            if core.busy >= BUSY {
                let now = self.elapsed().saturating_add(BUSY_TIME);
                let at = core.timers.earliest().map_or(now, |at| at.min(now));
                self.advance(&mut core, at, due);
                return Step::Fire;
            }
            if core.steps >= self.options.max_steps {
                return Step::Fail(self.fail(
                    &mut core,
                    FailureKind::Livelock,
                    &format!(
                        "no end after {} steps (`SimBuilder::max_steps`)",
                        self.options.max_steps
                    ),
                ));
            }
            let Core { picker, ready, .. } = &mut *core;
            let ready = match picker.take(ready) {
                Ok(Some(ready)) => ready,
                Ok(None) => continue,
                Err(misfit) => {
                    let what = misfit_text(&core, misfit.wanted);
                    return Step::Fail(self.fail(&mut core, FailureKind::Misfit, &what));
                }
            };
            core.steps += 1;
            core.polled = Some(ready.id);
            core.busy += 1;
            if core.trace.len() < self.options.max_trace {
                core.trace.push(ready.id.serial);
            }
            if matches!(ready.work, Work::Resume) {
                core.unqueue(ready.id);
            }
            let budget = match self.options.budget {
                1 => u8::from(core.take_operation(ready.id)),
                more => more,
            };
            return Step::Run(ready, budget);
        }
    }

    /// Lets the clock go on, never back, and takes the wakers that are due.
    fn advance(&self, core: &mut Core, at: u64, due: &mut Vec<Waker>) {
        core.busy = 0;
        let now = at.max(self.elapsed());
        self.set_elapsed(now);
        core.timers.take_due(now, due);
    }

    /// Waits for something from another thread.
    fn wait_outside<'a>(
        &'a self,
        mut core: MutexGuard<'a, Core>,
        limit: Option<Duration>,
    ) -> MutexGuard<'a, Core> {
        core.driver_sleeps = true;
        let earliest = core.timers.earliest();
        core = if let Some(limit) = limit {
            let waits = |core: &mut Core| core.ready.is_empty();
            self.bell.wait_timeout_while(core, limit, waits)
        } else {
            let waits =
                |core: &mut Core| core.ready.is_empty() && core.timers.earliest() == earliest;
            self.bell.wait_while(core, waits)
        };
        core.driver_sleeps = false;
        core
    }

    // Turns.

    /// Lets a unit run on its own thread, and waits until it waits or ends.
    fn give_turn(self: &Arc<Self>, id: Id, begins: Option<Runnable>) {
        let mut core = self.lock();
        core.turn = Some(Turn { unit: id.serial, taken: false });
        core.polled = None; // it has a thread of its own
        match begins {
            Some(job) => {
                self.begin_job(core, id, job);
                core = self.lock();
            }
            None => self.seats.ring(),
        }
        // The machine may take its time until the thread runs; that is not the program's.
        let core = self.bell.wait_while(core, |core| core.turn.is_some_and(|turn| !turn.taken));
        let patience = self.options.patience;
        let mut core = self.bell.wait_timeout_while(core, patience, |core| core.turn.is_some());
        if core.turn.take().is_some() && !self.options.is_open {
            let name = core.unit(id).map(super::failure::describe).unwrap_or_default();
            let what = format!(
                "{name} did not come back for {patience:?} of real time: it blocks on what the \
                 simulator does not know (a lock or channel of std, real IO, `thread::sleep`), or \
                 takes long (`SimBuilder::patience`)"
            );
            let failure = self.fail(&mut core, FailureKind::Stuck, &what);
            drop(core);
            failure.raise();
        }
    }

    /// The unit's thread has noticed its turn.
    fn take_turn(&self, core: &mut Core, id: Id) -> bool {
        match &mut core.turn {
            Some(turn) if turn.unit == id.serial => {
                turn.taken = true;
                self.bell.ring();
                true
            }
            _ => false,
        }
    }

    /// Gives the turn back, if this unit still has it.
    fn give_back(&self, core: &mut Core, id: Id) {
        if core.turn.take_if(|turn| turn.unit == id.serial && turn.taken).is_some() {
            self.bell.ring();
        }
    }

    /// A thread takes the job.
    pub(super) fn begin_job(
        self: &Arc<Self>,
        mut core: MutexGuard<'_, Core>,
        id: Id,
        job: Runnable,
    ) {
        core.running_jobs += 1;
        core.inbox.push_back((id, job));
        if core.idle_threads > 0 {
            core.idle_threads -= 1;
            drop(core);
            self.hands.ring_one();
            return;
        }
        let shared = self.clone();
        let thread = thread::Builder::new().name("anyrt-sim-job".into());
        match thread.spawn(move || shared.run_jobs()) {
            Ok(thread) => core.threads.push(thread),
            Err(error) => {
                core.running_jobs -= 1;
                let job = core.inbox.pop_back();
                core.turn = None;
                let failure = self.fail(
                    &mut core,
                    FailureKind::Stuck,
                    &format!("the operating system refused a thread for a blocking job: {error}"),
                );
                drop(core);
                drop(job);
                failure.raise();
            }
        }
    }

    /// The life of a thread for jobs.
    fn run_jobs(self: Arc<Self>) {
        let mut core = self.lock();
        loop {
            if let Some((id, job)) = core.inbox.pop_front() {
                self.take_turn(&mut core, id);
                drop(core);
                self.run_job(id, job);
                core = self.lock();
                core.running_jobs -= 1;
                core.idle_threads += 1;
                self.give_back(&mut core, id);
                if core.ended {
                    self.bell.ring();
                }
            } else if core.ended {
                return;
            } else {
                core = self.hands.wait(core);
            }
        }
    }

    fn run_job(self: &Arc<Self>, id: Id, job: Runnable) {
        JOB.set(Some((self.clone(), id)));
        LEAVES.set(false);
        let _here = self.enter();
        let _world = world::enter(Arc::new(InJob { shared: self.clone(), id }));
        begin_turn_of(self.options.budget);
        job.run();
        JOB.set(None);
    }

    /// Waits for the turn of a unit that is not the driver's. `false`: nobody drives, so the caller may.
    pub(super) fn wait_turn(&self, id: Id, may_drive: bool) -> bool {
        let mut core = self.lock();
        self.give_back(&mut core, id);
        loop {
            if self.take_turn(&mut core, id) {
                return true;
            }
            if may_drive && !core.driving {
                core.driving = true;
                return false;
            }
            // What has no driver any more goes on alone.
            let alone = !core.driving && (self.options.is_open || core.ended);
            if alone && !may_drive && core.is_queued(id) {
                core.ready.retain(|ready| ready.id != id);
                core.unqueue(id);
                return true;
            }
            if core.failure.is_some() || core.ended && !self.options.is_open && !core.driving {
                self.leave(core);
            }
            core = self.seats.wait(core);
        }
    }

    /// Unwinds a job that waits for what can't come any more.
    fn leave(&self, mut core: MutexGuard<'_, Core>) -> ! {
        if thread::panicking() {
            // A destructor waits: there is no way out of it. The thread is left behind.
            core.running_jobs -= 1;
            core.threads.clear();
            self.bell.ring();
            drop(core);
            loop {
                thread::park();
            }
        }
        drop(core);
        LEAVES.set(true);
        resume_unwind(Box::new(Left));
    }

    pub(super) fn leave_turn(&self, id: Id) {
        let mut core = self.lock();
        self.give_back(&mut core, id);
    }

    /// Ends everything: futures are dropped, jobs that run are waited for.
    pub(super) fn end(self: &Arc<Self>) {
        self.close();
        let this = thread::current().id();
        let mine = usize::from(job_here(self).is_some());
        loop {
            let mut core = self.lock();
            let ready = mem::take(&mut core.ready);
            let wakers = core.task_wakers();
            // A root that another thread is in is not ours to take.
            let (resume, drops): (Vec<_>, Vec<_>) =
                ready.into_iter().partition(|ready| matches!(ready.work, Work::Resume));
            core.ready.extend(resume);
            let failed = core.failure.is_some();
            let jobs = if failed { 0 } else { core.running_jobs - mine };
            if core.tasks() == 0 && jobs == 0 {
                let threads = mem::take(&mut core.threads);
                drop(core);
                drop(drops);
                self.hands.ring();
                if !failed {
                    let others = threads.into_iter().filter(|thread| thread.thread().id() != this);
                    others.for_each(|thread| thread.join().expect("it catches what jobs throw"));
                }
                return;
            }
            drop(core);
            let nothing = drops.is_empty();
            drop(drops);
            wakers.into_iter().for_each(Waker::wake);
            if nothing {
                let core = self.lock();
                if !core.ready.iter().any(|ready| !matches!(ready.work, Work::Resume)) {
                    let a_while = Duration::from_millis(20); // whoever is polled just now is looked for again
                    drop(self.bell.wait_timeout(core, a_while));
                }
            }
        }
    }

    pub(super) fn close(&self) {
        let mut core = self.lock();
        core.ended = true;
        self.seats.ring();
        self.hands.ring();
        self.bell.ring();
        drop(core);
    }
}

fn misfit_text(core: &Core, wanted: u32) -> String {
    let ready: Vec<_> = core.ready.iter().map(|ready| ready.id.serial.to_string()).collect();
    format!(
        "the schedule does not fit the program: at step {} it wants unit {wanted}, and those that can \
         run are {}. It was recorded with another program, or the program does not only depend on the \
         schedule (hash maps, real time, threads of its own)",
        core.steps,
        ready.join(", "),
    )
}

/// Where a job's thread is unwound to, as it can't go on.
struct Left;

/// Whether a panic of this thread is one of the program's.
pub(super) fn panics() -> bool {
    thread::panicking() && !LEAVES.get()
}

/// Polls a root on a thread that does not drive, until it does or the root is ready.
pub(super) fn block_on<F: Future>(
    shared: &Arc<Shared>,
    id: Id,
    mut has_turn: bool,
    mut root: Pin<&mut F>,
) -> F::Output {
    let waker = Waker::from(Arc::new(Seat { shared: shared.clone(), id }));
    loop {
        if !has_turn && !shared.wait_turn(id, true) {
            return drive(shared, id, root, &waker);
        }
        let _here = shared.enter();
        begin_turn_of(shared.options.budget);
        let polled =
            catch_unwind(AssertUnwindSafe(|| root.as_mut().poll(&mut Context::from_waker(&waker))));
        match polled {
            Ok(Poll::Pending) => has_turn = false,
            Ok(Poll::Ready(output)) => return output,
            Err(panic) => resume_unwind(panic),
        }
    }
}
