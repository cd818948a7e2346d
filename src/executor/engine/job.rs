//! A job: one allocation for the closure, its result and whoever waits for it. The states and why
//! they hold are in README.md.

use std::any::{Any, TypeId};
use std::borrow::Cow;
use std::fmt;
use std::marker::PhantomData;
use std::mem::{ManuallyDrop, MaybeUninit};
use std::panic::{AssertUnwindSafe, Location, catch_unwind};
use std::ptr::NonNull;
use std::task::{Poll, Waker};
use std::time::Instant;

use super::ready::Ready;
use crate::error::Panic;
use crate::primitives::{
    Arc, AtomicU32,
    Ordering::{AcqRel, Acquire, Relaxed, Release},
    UnsafeCell,
};

/// Where a job is.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
#[repr(u32)]
pub(crate) enum Phase {
    /// Nobody has begun it. The body is the closure.
    Queued = 0,
    /// One thread has claimed it and owns the body.
    Running = 1,
    /// The body is the value.
    Value = 2,
    /// The body is the panic.
    Panicked = 3,
    /// The closure was dropped instead of run. No body.
    Cancelled = 4,
    /// Likewise, as its deadline had passed.
    Expired = 5,
    /// Likewise, as no worker could be made.
    Broken = 6,
    /// The ticket has taken the result. No body.
    Taken = 7,
}

const PHASE: u32 = 7;
/// There is a ticket.
const TICKET: u32 = 8;
/// There is a task: the job is in a queue, or in the hands of who took it from there.
const TASK: u32 = 16;
/// The cell of the waiter is full. Only who clears this bit may take it out.
const WAITER: u32 = 32;
/// Whoever waits for the job may run it.
const ANYONE: u32 = 64;

fn phase(state: u32) -> Phase {
    match state & PHASE {
        0 => Phase::Queued,
        1 => Phase::Running,
        2 => Phase::Value,
        3 => Phase::Panicked,
        4 => Phase::Cancelled,
        5 => Phase::Expired,
        6 => Phase::Broken,
        _ => Phase::Taken,
    }
}

fn is_over(state: u32) -> bool {
    state & PHASE > Phase::Running as u32
}

/// Why a job is not run.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub(crate) enum Reason {
    Cancelled,
    Expired,
    Broken,
}

/// What became of a job.
#[derive(Debug)]
pub(crate) enum Outcome<T> {
    Value(T),
    Panicked(Panic),
    NotRun(Reason),
}

/// On whose threads a job may run.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub(crate) enum Home {
    /// The pool with this number.
    Pool(usize),
    /// Any executor of a type.
    Type(TypeId),
}

/// What only some jobs have.
#[derive(Debug, Default)]
pub(crate) struct Extra {
    pub(crate) name: Option<Cow<'static, str>>,
    /// It must not start later.
    pub(crate) deadline: Option<Instant>,
    /// The executor on whose threads alone it may run, unless anyone may.
    pub(crate) home: Option<Home>,
    /// A future that a runtime drives.
    pub(crate) is_future: bool,
}

/// Either nothing or an [`Extra`], so that most jobs have no room for it.
pub(crate) trait Detail: Send + Sync + 'static {
    const IS_EXTRA: bool;

    fn extra(&self) -> Option<&Extra>;
}

impl Detail for () {
    const IS_EXTRA: bool = false;

    fn extra(&self) -> Option<&Extra> {
        None
    }
}

impl Detail for Extra {
    const IS_EXTRA: bool = true;

    fn extra(&self) -> Option<&Extra> {
        Some(self)
    }
}

/// Who is told of the end.
enum Waiter {
    Waker(Waker),
    /// Filled, with the key in the header.
    Ready(Arc<Ready>),
}

pub(super) struct Header {
    /// The next in a list, for the holder of the list.
    pub(super) next: UnsafeCell<Option<NonNull<Header>>>,
    vtable: &'static VTable,
    state: AtomicU32,
    /// Goes with `Waiter::Ready`.
    key: UnsafeCell<u32>,
    waiter: UnsafeCell<MaybeUninit<Waiter>>,
    at: &'static Location<'static>,
}

#[repr(C)] // a pointer to it is one to its header
struct Job<F, T, D> {
    header: Header,
    body: UnsafeCell<Body<F, T>>,
    detail: D,
}

/// What `catch_unwind` gives.
type Settled<T> = Result<T, Box<dyn Any + Send>>;

/// Which of them it is, if any, is for the phase to say. Each begins where the union does.
#[repr(C)]
union Body<F, T> {
    closure: ManuallyDrop<F>,
    value: ManuallyDrop<T>,
    panic: ManuallyDrop<Panic>,
}

/// What needs the types. Each function takes a job of these types; all but `extra` need the body to
/// be the caller's alone.
struct VTable {
    /// Closure → value or panic.
    run: unsafe fn(NonNull<Header>) -> Phase,
    /// Nothing → value or panic, moved from a `Settled` of the value's type.
    settle: unsafe fn(NonNull<Header>, from: *mut ()) -> Phase,
    /// Closure → nothing.
    drop_closure: unsafe fn(NonNull<Header>),
    /// Value → nothing, moved to `to`, which is of its type.
    read_value: unsafe fn(NonNull<Header>, to: *mut ()),
    /// Value → nothing.
    drop_value: unsafe fn(NonNull<Header>),
    /// Panic → nothing.
    read_panic: unsafe fn(NonNull<Header>) -> Panic,
    /// If there is one.
    extra: Option<unsafe fn(NonNull<Header>) -> *const Extra>,
    /// Without a body. The last that is done to a job.
    free: unsafe fn(NonNull<Header>),
}

impl<F: FnOnce() -> T, T, D: Detail> Job<F, T, D> {
    const VTABLE: &'static VTable = &VTable {
        run: Self::run,
        settle: Self::settle,
        drop_closure: Self::drop_closure,
        read_value: Self::read_value,
        drop_value: Self::drop_value,
        read_panic: Self::read_panic,
        extra: if D::IS_EXTRA { Some(Self::extra) } else { None },
        free: Self::free,
    };

    fn allocate(
        closure: F,
        detail: D,
        state: u32,
        at: &'static Location<'static>,
    ) -> NonNull<Header> {
        let job = Box::new(Self {
            header: Header {
                next: UnsafeCell::new(None),
                vtable: Self::VTABLE,
                state: AtomicU32::new(state),
                key: UnsafeCell::new(0),
                waiter: UnsafeCell::new(MaybeUninit::uninit()),
                at,
            },
            body: UnsafeCell::new(Body { closure: ManuallyDrop::new(closure) }),
            detail,
        });
        NonNull::from(Box::leak(job)).cast()
    }

    /// The body's cell; the job must be alive for `'a`.
    unsafe fn body<'a>(job: NonNull<Header>) -> &'a UnsafeCell<Body<F, T>> {
        let job = job.cast::<Self>().as_ptr();
        // SAFETY: the caller says that it is a job of these types, and alive.
        unsafe { &(*job).body }
    }

    unsafe fn run(job: NonNull<Header>) -> Phase {
        // SAFETY: the caller's promise.
        let body = unsafe { Self::body(job) };
        // SAFETY: the caller says that the body is a closure and its alone.
        let closure = body.with_mut(|body| unsafe { body.cast::<F>().read() });
        let mut settled = catch_unwind(AssertUnwindSafe(closure));
        let from = (&raw mut settled).cast();
        // SAFETY: the closure has left; `from` is of the type, and forgotten here.
        let end = unsafe { Self::settle(job, from) };
        std::mem::forget(settled);
        end
    }

    unsafe fn settle(job: NonNull<Header>, from: *mut ()) -> Phase {
        // SAFETY: the caller's promise.
        let body = unsafe { Self::body(job) };
        // SAFETY: the caller says that it is one of these, to be moved out.
        let (settled, end) = match unsafe { from.cast::<Settled<T>>().read() } {
            Ok(value) => (Body { value: ManuallyDrop::new(value) }, Phase::Value),
            Err(payload) => {
                (Body { panic: ManuallyDrop::new(Panic::new(payload)) }, Phase::Panicked)
            }
        };
        // SAFETY: the caller says that there is no body, and that it may set it.
        body.with_mut(|body| unsafe { body.write(settled) });
        end
    }

    unsafe fn drop_closure(job: NonNull<Header>) {
        // SAFETY: the caller's promise.
        let body = unsafe { Self::body(job) };
        // SAFETY: the caller says that the body is a closure and its alone.
        body.with_mut(|body| unsafe { body.cast::<F>().drop_in_place() });
    }

    unsafe fn read_value(job: NonNull<Header>, to: *mut ()) {
        // SAFETY: the caller's promise.
        let body = unsafe { Self::body(job) };
        // SAFETY: the caller says that the body is a value and its alone.
        let value = body.with_mut(|body| unsafe { body.cast::<T>().read() });
        // SAFETY: the caller says that `to` is room for one.
        unsafe { to.cast::<T>().write(value) };
    }

    unsafe fn drop_value(job: NonNull<Header>) {
        // SAFETY: the caller's promise.
        let body = unsafe { Self::body(job) };
        // SAFETY: the caller says that the body is a value and its alone.
        body.with_mut(|body| unsafe { body.cast::<T>().drop_in_place() });
    }

    unsafe fn read_panic(job: NonNull<Header>) -> Panic {
        // SAFETY: the caller's promise.
        let body = unsafe { Self::body(job) };
        // SAFETY: the caller says that the body is a panic and its alone.
        body.with_mut(|body| unsafe { body.cast::<Panic>().read() })
    }

    unsafe fn extra(job: NonNull<Header>) -> *const Extra {
        let job = job.cast::<Self>().as_ptr();
        // SAFETY: the caller says that it is a job of these types, and alive. The detail never changes.
        let detail = unsafe { &(*job).detail };
        detail.extra().map_or(std::ptr::null(), std::ptr::from_ref)
    }

    unsafe fn free(job: NonNull<Header>) {
        // SAFETY: it was leaked from such a box, and the caller has the last pointer to it.
        drop(unsafe { Box::from_raw(job.cast::<Self>().as_ptr()) });
    }
}

/// A job of `closure`, as its two sides.
pub(crate) fn job<F, T, D>(
    closure: F,
    detail: D,
    anyone: bool,
    at: &'static Location<'static>,
) -> (Task, Ticket<T>)
where
    F: FnOnce() -> T + Send + 'static,
    T: Send + 'static,
    D: Detail,
{
    let state = TICKET | TASK | if anyone { ANYONE } else { 0 };
    let job = Job::allocate(closure, detail, state, at);
    (Task(job), Ticket { job: Some(job), value: PhantomData })
}

/// A job of `closure` whose task goes to `send`; the closure comes back with the task.
pub(crate) fn send_job<F, T, D, R, E>(
    closure: F,
    detail: D,
    anyone: bool,
    at: &'static Location<'static>,
    send: impl FnOnce(Task) -> Result<R, (Task, E)>,
) -> Result<(R, Ticket<T>), (F, E)>
where
    F: FnOnce() -> T + Send + 'static,
    T: Send + 'static,
    D: Detail,
{
    let (task, ticket) = job(closure, detail, anyone, at);
    let job = task.0;
    match send(task) {
        Ok(result) => Ok((result, ticket)),
        Err((task, why)) => {
            assert!(task.0 == job && claim(job), "it comes back as it was sent");
            // SAFETY: the job is of these types, and alive.
            let body = unsafe { Job::<F, T, D>::body(job) };
            // SAFETY: the claim makes the closure the caller's.
            let closure = body.with_mut(|body| unsafe { body.cast::<F>().read() });
            complete(task.into_raw(), Phase::Cancelled, TASK);
            Err((closure, why))
        }
    }
}

/// The side of a job that waits in queues. It is run, or its drop cancels it.
pub(crate) struct Task(NonNull<Header>);

/// The side of a job that waits for the result. Dropping it detaches.
pub(crate) struct Ticket<T> {
    /// `None` once the result is out.
    job: Option<NonNull<Header>>,
    value: PhantomData<fn() -> T>,
}

// SAFETY: closure, value and detail are `Send` (see `job`), and so are wakers; who touches what, and
// when, is for the state to say, which is atomic.
unsafe impl Send for Task {}
// SAFETY: as above; a shared task only looks at the state and the detail, which is `Sync`.
unsafe impl Sync for Task {}
// SAFETY: as above.
unsafe impl<T: Send> Send for Ticket<T> {}
// SAFETY: as above; a shared ticket looks, and claims by the state, and drops or runs what is `Send`.
unsafe impl<T: Send> Sync for Ticket<T> {}

/// The header of a job that the caller has a side of, so that it is alive.
fn header<'a>(job: NonNull<Header>) -> &'a Header {
    // SAFETY: as said. The sides do not let it out.
    unsafe { &*job.as_ptr() }
}

/// Queued → Running, for one of those who try.
fn claim(job: NonNull<Header>) -> bool {
    let state = &header(job).state;
    // Ordering: the closure came with the side that the caller has; the claim only has to be the only
    // one.
    let mut now = state.load(Relaxed);
    while now & PHASE == Phase::Queued as u32 {
        // Ordering: as above.
        match state.compare_exchange(now, now | Phase::Running as u32, Relaxed, Relaxed) {
            Ok(_) => return true,
            Err(other) => now = other,
        }
    }
    false
}

/// Running → `end`, by who claimed it and has set the body. Gives up the side `mine`, if one is
/// named, and tells the waiter.
///
/// | waiter | then |
/// |---|---|
/// | none | the end and the side in one step |
/// | one | the end; the waiter is taken and told; the side |
fn complete(job: NonNull<Header>, end: Phase, mine: u32) {
    let state = &header(job).state;
    // Ordering: only a look; the exchange is what counts.
    let mut now = state.load(Relaxed);
    loop {
        let ended = (now & !(PHASE | WAITER)) | end as u32;
        let ended = if now & WAITER == 0 { ended & !mine } else { ended };
        // Ordering: releases the body to who finds it over (`Ticket`); acquires the waiter that was
        // installed, and, where this was the last side, what the other did to the job.
        match state.compare_exchange(now, ended, AcqRel, Relaxed) {
            Ok(_) => break,
            Err(other) => now = other,
        }
    }
    if now & WAITER == 0 {
        if mine != 0 && now & (TICKET | TASK) == mine {
            destroy(job, end);
        }
        return;
    }
    // This has cleared the bit, and so owns what is in the cell.
    let waiter = take_waiter(header(job));
    // SAFETY: the key was written before the waiter was installed, and is not changed when all is over.
    let key = header(job).key.with(|key| unsafe { *key });
    if mine != 0 {
        release(job, mine);
    }
    // What a waker throws must not end a worker, nor keep a job from being over. The hook has told it.
    let _told = catch_unwind(AssertUnwindSafe(|| match waiter {
        Waiter::Waker(waker) => waker.wake(),
        Waiter::Ready(ready) => ready.push(key),
    }));
}

/// Gives up a side of a job; the last one to go takes the body and the memory along.
fn release(job: NonNull<Header>, mine: u32) {
    // Ordering: releases what this side did to the job; acquires what the other one did, if this is
    // the last.
    let before = header(job).state.fetch_and(!mine, AcqRel);
    if before & (TICKET | TASK) == mine {
        destroy(job, phase(before));
    }
}

/// Ends a job that nobody else has a side of.
fn destroy(job: NonNull<Header>, end: Phase) {
    let vtable = header(job).vtable;
    // What a result's destructor throws must not end a worker, nor leak the job.
    let _told = catch_unwind(AssertUnwindSafe(|| match end {
        // SAFETY: the body is a value, and nobody else's.
        Phase::Value => unsafe { (vtable.drop_value)(job) },
        // SAFETY: the body is a panic, and nobody else's.
        Phase::Panicked => drop(unsafe { (vtable.read_panic)(job) }),
        Phase::Queued | Phase::Running => {
            unreachable!("who has claimed it has a side, or its task has")
        }
        Phase::Cancelled | Phase::Expired | Phase::Broken | Phase::Taken => {}
    }));
    // SAFETY: there is no body any more, nor a waiter, and this is the last side.
    unsafe { (vtable.free)(job) };
}

/// Ends a job that the caller has claimed without running it.
fn refuse(job: NonNull<Header>, reason: Reason, mine: u32) {
    // What a closure's destructor throws has been told by the hook.
    let _told = catch_unwind(AssertUnwindSafe(|| {
        // SAFETY: the claim makes the closure the caller's.
        unsafe { (header(job).vtable.drop_closure)(job) };
    }));
    let end = match reason {
        Reason::Cancelled => Phase::Cancelled,
        Reason::Expired => Phase::Expired,
        Reason::Broken => Phase::Broken,
    };
    complete(job, end, mine);
}

/// Runs a job that the caller has claimed.
fn run(job: NonNull<Header>, mine: u32) {
    // SAFETY: the claim makes the closure the caller's.
    let end = unsafe { (header(job).vtable.run)(job) };
    complete(job, end, mine);
}

fn extra<'a>(job: NonNull<Header>) -> Option<&'a Extra> {
    // SAFETY: the caller has a side of the job, and keeps it as long as the reference.
    let extra = unsafe { (header(job).vtable.extra?)(job) };
    // SAFETY: it is null or part of the job.
    unsafe { extra.as_ref() }
}

/// The caller has made sure that the cell is full and its own.
fn take_waiter(header: &Header) -> Waiter {
    header.waiter.with(|waiter| {
        // SAFETY: the caller's promise. Only once, so nothing is taken twice.
        unsafe { waiter.cast::<Waiter>().read() }
    })
}

impl Task {
    /// Runs it, unless it was run or cancelled by its ticket. Whether it did.
    pub(crate) fn run(self) -> bool {
        let claimed = claim(self.0);
        if claimed {
            run(self.into_raw(), TASK);
        }
        claimed
    }

    /// Ends it without running it, unless it was run or cancelled by its ticket. Whether it did.
    pub(crate) fn refuse(self, reason: Reason) -> bool {
        let claimed = claim(self.0);
        if claimed {
            refuse(self.into_raw(), reason, TASK);
        }
        claimed
    }

    /// Whether nobody has begun or ended it.
    pub(crate) fn is_queued(&self) -> bool {
        // Ordering: only a look.
        phase(header(self.0).state.load(Relaxed)) == Phase::Queued
    }

    pub(crate) fn extra(&self) -> Option<&Extra> {
        extra(self.0)
    }

    pub(crate) fn at(&self) -> &'static Location<'static> {
        header(self.0).at
    }

    pub(crate) fn id(&self) -> usize {
        self.0.as_ptr().addr()
    }

    pub(super) fn into_raw(self) -> NonNull<Header> {
        ManuallyDrop::new(self).0
    }

    /// Back from [`into_raw`](Self::into_raw).
    ///
    /// # Safety
    ///
    /// Once for each of those.
    pub(super) unsafe fn from_raw(job: NonNull<Header>) -> Self {
        Self(job)
    }
}

impl Drop for Task {
    fn drop(&mut self) {
        if claim(self.0) {
            refuse(self.0, Reason::Cancelled, TASK);
        } else {
            release(self.0, TASK);
        }
    }
}

impl fmt::Debug for Task {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.debug_struct("Task").field("at", &self.at()).finish_non_exhaustive()
    }
}

impl<T> Ticket<T> {
    fn job(&self) -> NonNull<Header> {
        self.job.expect("a handle must not be used after it gave its result")
    }

    /// Ordering of the answer: what the job did is seen when it is over.
    pub(crate) fn phase(&self) -> Phase {
        // Ordering: acquires what the job released in `complete`.
        self.job.map_or(Phase::Taken, |job| phase(header(job).state.load(Acquire)))
    }

    pub(crate) fn is_over(&self) -> bool {
        self.phase() as u32 > Phase::Running as u32
    }

    /// Whether whoever waits may run it.
    pub(crate) fn is_for_anyone(&self) -> bool {
        // Ordering: the bit does not change.
        self.job.is_some_and(|job| header(job).state.load(Relaxed) & ANYONE != 0)
    }

    pub(crate) fn extra(&self) -> Option<&Extra> {
        self.job.and_then(extra)
    }

    pub(crate) fn at(&self) -> Option<&'static Location<'static>> {
        self.job.map(|job| header(job).at)
    }

    /// Tells jobs apart while they are alive.
    pub(crate) fn id(&self) -> usize {
        self.job.map_or(0, |job| job.as_ptr().addr())
    }

    /// Queued → Cancelled; `true` for one caller at most.
    pub(crate) fn cancel(&self) -> bool {
        self.job.is_some_and(|job| {
            let claimed = claim(job);
            if claimed {
                refuse(job, Reason::Cancelled, 0);
            }
            claimed
        })
    }

    /// Queued → Expired.
    pub(crate) fn expire(&self) {
        if let Some(job) = self.job.filter(|job| claim(*job)) {
            refuse(job, Reason::Expired, 0);
        }
    }

    /// Runs it on this thread, unless somebody has begun it. Whether it did.
    pub(crate) fn run_here(&self) -> bool {
        self.job.is_some_and(|job| {
            let claimed = claim(job);
            if claimed {
                run(job, 0);
            }
            claimed
        })
    }

    /// The outcome, once, when it is over; or has `waker` called at the end.
    pub(crate) fn poll(&mut self, waker: &Waker) -> Poll<Outcome<T>> {
        let job = self.job();
        // Ordering: acquires what the job released in `complete`.
        let state = header(job).state.load(Acquire);
        if is_over(state) {
            return Poll::Ready(self.take(state));
        }
        if state & WAITER != 0 {
            // Who takes it out meanwhile leaves the bits, and is about to call it.
            let same = header(job).waiter.with(|waiter| {
                // SAFETY: it is full, and only this ticket, which is borrowed, writes to it.
                let waiter = unsafe { &*waiter.cast::<Waiter>() };
                matches!(waiter, Waiter::Waker(stored) if stored.will_wake(waker))
            });
            if same {
                return Poll::Pending;
            }
            drop(self.uninstall());
        }
        match self.install(Waiter::Waker(waker.clone())) {
            Ok(()) => Poll::Pending,
            Err(state) => Poll::Ready(self.take(state)),
        }
    }

    /// The outcome, once, when it is over.
    pub(crate) fn try_take(&mut self) -> Option<Outcome<T>> {
        // Ordering: acquires what the job released in `complete`.
        let state = header(self.job()).state.load(Acquire);
        is_over(state).then(|| self.take(state))
    }

    /// Puts `key` into `ready` when it is over, which may be now.
    pub(crate) fn listen(&mut self, ready: &Arc<Ready>, key: u32) {
        drop(self.uninstall());
        let over = self.job.is_none_or(|job| {
            // Ordering: only a look; `install` looks again.
            if !is_over(header(job).state.load(Relaxed)) {
                // SAFETY: no waiter is installed and it is not over: nobody else reads the key.
                header(job).key.with_mut(|slot| unsafe { *slot = key });
            }
            self.install(Waiter::Ready(Arc::clone(ready))).is_err()
        });
        if over {
            ready.push(key);
        }
    }

    /// Forgets who is to be told.
    pub(crate) fn unlisten(&mut self) {
        drop(self.uninstall());
    }

    /// Fills the empty cell; or not, if it is over: that state, then.
    fn install(&mut self, waiter: Waiter) -> Result<(), u32> {
        let header = header(self.job());
        // Ordering: acquires what the job released in `complete`.
        let mut now = header.state.load(Acquire);
        if is_over(now) {
            return Err(now);
        }
        // SAFETY: it is empty and not over, so that only this ticket, which is borrowed, touches it.
        header.waiter.with_mut(|cell| unsafe { cell.cast::<Waiter>().write(waiter) });
        loop {
            // Ordering: releases the waiter to `complete`; when it is over, acquires from there.
            match header.state.compare_exchange(now, now | WAITER, Release, Acquire) {
                Ok(_) => return Ok(()),
                Err(other) if is_over(other) => {
                    drop(take_waiter(header)); // nobody has seen it
                    return Err(other);
                }
                Err(other) => now = other,
            }
        }
    }

    /// Empties the cell, unless `complete` has.
    fn uninstall(&mut self) -> Option<Waiter> {
        let header = header(self.job?);
        // Ordering: who fills the cell is this ticket; nobody else writes to it.
        let mut now = header.state.load(Relaxed);
        while now & WAITER != 0 {
            // Ordering: as above.
            match header.state.compare_exchange(now, now & !WAITER, Relaxed, Relaxed) {
                Ok(_) => return Some(take_waiter(header)),
                Err(other) => now = other,
            }
        }
        None
    }

    /// Takes the outcome of a job that was acquired as over, in `state`, and gives up the side.
    fn take(&mut self, state: u32) -> Outcome<T> {
        let job = self.job.take().expect("a handle must not be used after it gave its result");
        let vtable = header(job).vtable;
        let outcome = match phase(state) {
            Phase::Value => {
                let mut value = MaybeUninit::<T>::uninit();
                // SAFETY: it is over, so that the body belongs to the ticket; it is a value of type `T`.
                unsafe { (vtable.read_value)(job, value.as_mut_ptr().cast()) };
                // SAFETY: just written.
                Outcome::Value(unsafe { value.assume_init() })
            }
            // SAFETY: as above, but a panic.
            Phase::Panicked => Outcome::Panicked(unsafe { (vtable.read_panic)(job) }),
            Phase::Expired => Outcome::NotRun(Reason::Expired),
            Phase::Broken => Outcome::NotRun(Reason::Broken),
            Phase::Cancelled => Outcome::NotRun(Reason::Cancelled),
            Phase::Queued | Phase::Running | Phase::Taken => {
                unreachable!("it is over, and a ticket gives one outcome")
            }
        };
        if state & TASK == 0 {
            // SAFETY: the other side is gone, and there is neither a body nor a waiter any more.
            unsafe { (vtable.free)(job) };
            return outcome;
        }
        let gone = TICKET | ((state & PHASE) ^ Phase::Taken as u32);
        // Ordering: releases the taking of the body to who ends the job; acquires what the other side
        // did, if this is the last.
        let before = header(job).state.fetch_xor(gone, AcqRel);
        if before & TASK == 0 {
            destroy(job, Phase::Taken);
        }
        outcome
    }
}

impl<T> Drop for Ticket<T> {
    fn drop(&mut self) {
        drop(self.uninstall());
        let Some(job) = self.job else { return };
        // Ordering: acquires what the other side did, if it is gone.
        let state = header(job).state.load(Acquire);
        if state & TASK == 0 && is_over(state) {
            destroy(job, phase(state));
        } else {
            release(job, TICKET);
        }
    }
}

impl<T> fmt::Debug for Ticket<T> {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.debug_struct("Ticket").field("phase", &self.phase()).finish_non_exhaustive()
    }
}

/// The side of a job whose value comes from elsewhere: from a future, say. Dropping it cancels.
pub(crate) struct Promise<T> {
    task: Task,
    value: PhantomData<fn(T)>,
}

/// The right to settle a promise that has begun.
pub(crate) struct Begun<T> {
    job: NonNull<Header>,
    value: PhantomData<fn(T)>,
}

// SAFETY: as for `Task`.
unsafe impl<T: Send> Send for Begun<T> {}
// SAFETY: it does nothing when it is shared.
unsafe impl<T: Send> Sync for Begun<T> {}

/// A job whose value is promised.
pub(crate) fn promise<T: Send + 'static, D: Detail>(
    detail: D,
    at: &'static Location<'static>,
) -> (Promise<T>, Ticket<T>) {
    let (task, ticket) = job(|| -> T { unreachable!("a promise is not run") }, detail, false, at);
    (Promise { task, value: PhantomData }, ticket)
}

impl<T> Promise<T> {
    /// Queued → Running; `None` if it was cancelled.
    pub(crate) fn begin(self) -> Option<Begun<T>> {
        claim(self.task.0).then(|| Begun { job: self.task.into_raw(), value: PhantomData })
    }
}

impl<T> Begun<T> {
    /// Running → Value or Panicked.
    pub(crate) fn settle(self, mut settled: Settled<T>) {
        let job = ManuallyDrop::new(self).job;
        let from = (&raw mut settled).cast();
        // SAFETY: it was claimed, and so its body, a closure without contents, is the caller's; the
        // value is of its type, and forgotten here.
        let end = unsafe { (header(job).vtable.settle)(job, from) };
        std::mem::forget(settled);
        complete(job, end, TASK);
    }
}

impl<T> Drop for Begun<T> {
    /// It will not come.
    fn drop(&mut self) {
        complete(self.job, Phase::Cancelled, TASK);
    }
}

impl<T> fmt::Debug for Promise<T> {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.debug_tuple("Promise").field(&self.task).finish()
    }
}

impl<T> fmt::Debug for Begun<T> {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.debug_struct("Begun").finish_non_exhaustive()
    }
}
