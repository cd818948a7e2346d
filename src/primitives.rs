//! The door between the portable primitives and the machine.
//!
//! `wait`, `sync`, `queue` and `executor/engine` take atomics, cells, locks, parking and batch sizes from here and from nowhere
//! else. So the same files also compile against the model checkers: `loom-tests` has a door of its
//! own for each, with the names of this one. Nothing in those files is conditional.
//!
//! What another door must know is said on each item.

#[cfg_attr(not(any(feature = "sim", feature = "diagnose")), path = "primitives/no_birth.rs")]
pub(crate) mod birth;
#[cfg_attr(not(feature = "diagnose"), path = "primitives/no_diagnosis.rs")]
#[cfg_attr(not(feature = "sim"), allow(dead_code, reason = "some is for the simulator alone"))]
pub(crate) mod diagnosis;
#[cfg(feature = "sim")]
pub(crate) mod world;

pub(crate) mod role;
mod spin;

pub(crate) use self::spin::Spin;
use std::cell::Cell;
pub(crate) use std::sync::Arc; // std's in every door: loom's is no method receiver
use std::sync::OnceLock;
use std::sync::atomic::AtomicBool;
pub(crate) use std::sync::atomic::{AtomicU8, AtomicU32, AtomicUsize, Ordering};
use std::task::{Wake, Waker};
use std::thread::{self, Thread};
use std::time::{Duration, Instant};

/// Wakers taken in one go under a queue's lock. Models have 2, so that three waiters are enough to
/// see a batch end.
pub(crate) const WAKE_BATCH: usize = 32;

/// How often a blocking call looks again before it queues and parks. Models have 0.
pub(crate) const SPINS: u32 = 64;

/// Declares a `const fn` here, and a plain `fn` where atomics cannot be made in constants.
macro_rules! const_fn {
    ($(#[$meta:meta])* $vis:vis const fn $($rest:tt)*) => {
        $(#[$meta])* $vis const fn $($rest)*
    };
}
pub(crate) use const_fn;

/// Spends a moment between two looks at a lock that another thread holds.
#[inline]
pub(crate) fn spin_hint() {
    std::hint::spin_loop();
}

/// The pauses of a thread that looks again for what it waits for, before it queues and parks. None where a
/// simulator runs it, nor in a model.
pub(crate) fn pauses() -> impl Iterator<Item = ()> {
    #[cfg(feature = "sim")]
    let real = world::current().is_none();
    #[cfg(not(feature = "sim"))]
    let real = true;
    real.then(spin::pauses).into_iter().flatten()
}

/// Asks for another poll of a future that cannot be told when to look again. In a model this also
/// lets the other threads run.
#[inline]
pub(crate) fn poll_again(waker: &Waker) {
    waker.wake_by_ref();
}

/// Whether this thread unwinds, so that a second panic would abort.
pub(crate) fn panicking() -> bool {
    thread::panicking()
}

/// A number that is given out once, and never 0.
///
/// # Panics
///
/// When there are no more.
pub(crate) fn fresh_id() -> usize {
    static LAST: AtomicUsize = AtomicUsize::new(0);
    let next = |last: usize| last.checked_add(1);
    // Ordering: it is a number, and nothing else is told by it.
    let last = LAST.fetch_update(Ordering::Relaxed, Ordering::Relaxed, next);
    last.expect("as many owners were made as there are numbers: make one per task, not per lock")
        + 1
}

/// The number of this thread, from the same source.
pub(crate) fn thread_id() -> usize {
    thread_local! {
        static ID: Cell<usize> = const { Cell::new(0) };
    }
    match ID.get() {
        0 => {
            ID.set(fresh_id());
            ID.get()
        }
        id => id,
    }
}

/// A cell whose borrows a model checker can see.
#[derive(Debug, Default)]
pub(crate) struct UnsafeCell<T: ?Sized>(std::cell::UnsafeCell<T>);

impl<T> UnsafeCell<T> {
    pub(crate) const fn new(value: T) -> Self {
        Self(std::cell::UnsafeCell::new(value))
    }

    pub(crate) fn into_inner(self) -> T {
        self.0.into_inner()
    }
}

impl<T: ?Sized> UnsafeCell<T> {
    /// Shared access: no `with_mut` may overlap.
    #[inline]
    pub(crate) fn with<R>(&self, f: impl FnOnce(*const T) -> R) -> R {
        f(self.0.get())
    }

    /// Exclusive access: no other `with` or `with_mut` may overlap.
    #[inline]
    pub(crate) fn with_mut<R>(&self, f: impl FnOnce(*mut T) -> R) -> R {
        f(self.0.get())
    }
}

/// A lock of one byte, without data, for sections of a few instructions that run no user code.
///
/// Such a section is over before a sleeper could be woken, so the contender spins; only when the
/// holder has lost its processor is it worth to yield, and then to sleep, which also keeps a
/// realtime thread from waiting for ever on a thread that it keeps from running.
///
/// Another door may use its mutex.
#[derive(Debug)]
pub(crate) struct RawLock(AtomicU8);

impl RawLock {
    pub(crate) const fn new() -> Self {
        Self(AtomicU8::new(0))
    }

    #[inline]
    pub(crate) fn lock(&self) -> RawGuard<'_> {
        self.lock_or_pause(PROMPT)
    }

    /// Likewise, for sections that follow each other closely on two threads: who finds it locked stays
    /// away for so long that the other does many meanwhile, with all they need in its own cache. To
    /// take turns would cost each of them the way from one cache to the other.
    #[inline]
    pub(crate) fn lock_patiently(&self) -> RawGuard<'_> {
        self.lock_or_pause(PATIENT)
    }

    #[inline]
    fn lock_or_pause(&self, pause: u32) -> RawGuard<'_> {
        // Ordering: acquires what the last holder released in `RawGuard::drop`.
        if self.0.compare_exchange(0, 1, Ordering::Acquire, Ordering::Relaxed).is_err() {
            self.lock_contended(pause);
        }
        RawGuard(&self.0)
    }

    /// Runs `f`, other people's code, while the caller holds this lock. Code that comes back for the
    /// same lock panics then, where it would wait for itself.
    #[inline]
    pub(crate) fn expose<R>(&self, f: impl FnOnce() -> R) -> R {
        struct Restore(*const RawLock);
        impl Drop for Restore {
            fn drop(&mut self) {
                EXPOSED.set(self.0);
            }
        }
        let _restore = Restore(EXPOSED.replace(self));
        f()
    }

    #[cold]
    #[inline(never)]
    fn lock_contended(&self, mut pause: u32) {
        assert!(
            !std::ptr::eq(EXPOSED.get(), self),
            "a comparison used the queue that it compares for: it may not, the queue is locked"
        );
        let mut turns = 0;
        loop {
            if pause < LONGEST {
                // The pauses grow, so that the holder keeps the cache line.
                (0..pause).for_each(|_| std::hint::spin_loop());
                pause *= 2;
            } else if turns < 10 {
                thread::yield_now();
                turns += 1;
            } else {
                thread::sleep(Duration::from_micros(50));
            }
            // Ordering: only a look; the exchange below acquires, as in `lock_or_pause`.
            if self.0.load(Ordering::Relaxed) == 0
                && self.0.compare_exchange(0, 1, Ordering::Acquire, Ordering::Relaxed).is_ok()
            {
                return;
            }
        }
    }
}

/// The first pause of who finds it locked, in spin hints of some 20 ns: about as long as a section and the
/// way of its cache line,
const PROMPT: u32 = 2;
/// or as some dozens of them.
const PATIENT: u32 = 64;
/// None is as long as this: the holder has lost its processor then.
const LONGEST: u32 = 256;

thread_local! {
    /// The lock that this thread runs other people's code under, if any; only to be compared.
    static EXPOSED: Cell<*const RawLock> = const { Cell::new(std::ptr::null()) };
}

/// Unlocks when dropped.
#[derive(Debug)]
pub(crate) struct RawGuard<'a>(&'a AtomicU8);

impl Drop for RawGuard<'_> {
    #[inline]
    fn drop(&mut self) {
        // Ordering: releases the section to the next `lock`. A plain store: nobody else writes while
        // it is locked.
        self.0.store(0, Ordering::Release);
    }
}

/// When something began, in two bytes: ticks of 16 µs that wrap around after a second.
///
/// It only decides about fairness. An age of more than a second looks younger for half a millisecond
/// in each, which delays a decision by as much and changes nothing else.
///
/// A model has no time: its door lets the model say what is overdue.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub(crate) struct Stamp(u16);

impl Stamp {
    /// It has not begun.
    pub(crate) const NONE: Self = Self(0);

    /// Longer than this, and a waiter was passed over too long: 496 µs.
    const BOUND: u16 = 31;

    fn now() -> Self {
        static START: OnceLock<Instant> = OnceLock::new();
        let age = START.get_or_init(Instant::now).elapsed();
        #[cfg(feature = "sim")]
        let age = world::current().map_or(age, |world| world.age());
        #[expect(clippy::cast_possible_truncation, reason = "wraps around, as said above")]
        Self(((age.as_micros() >> 4) as u16).max(1))
    }

    /// Whether it began too long ago. If it has not begun, it does now.
    #[cold]
    pub(crate) fn begin_or_is_overdue(&mut self) -> bool {
        let now = Self::now();
        if *self == Self::NONE {
            *self = now;
        }
        now.0.wrapping_sub(self.0) > Self::BOUND
    }
}

/// The time of the deadlines of threads.
pub(crate) fn now() -> Instant {
    #[cfg(feature = "sim")]
    if let Some(world) = world::current() {
        return world.now();
    }
    Instant::now()
}

/// How many steps there were, on a thread that a simulator runs.
#[cfg(feature = "diagnose")]
pub(crate) fn simulated_step() -> Option<u64> {
    #[cfg(feature = "sim")]
    return world::current().map(|world| world.step());
    #[cfg(not(feature = "sim"))]
    None
}

/// Puts a thread to sleep until its waker is called: what makes a thread wait where tasks do.
#[derive(Debug)]
pub(crate) struct Parker {
    flag: Arc<Unpark>,
    waker: Waker,
}

#[derive(Debug)]
struct Unpark {
    sleeper: Sleeper,
    /// `thread::park` alone has one token per thread, which code called in between could use up.
    woken: AtomicBool,
}

#[derive(Debug)]
enum Sleeper {
    Thread(Thread),
    /// A thread that a simulator runs: whoever wakes it tells the simulator.
    #[cfg(feature = "sim")]
    Simulated(Waker),
}

impl Parker {
    fn new() -> Self {
        Self::of(Sleeper::Thread(thread::current()))
    }

    fn of(sleeper: Sleeper) -> Self {
        let flag = Arc::new(Unpark { sleeper, woken: AtomicBool::new(false) });
        Self { waker: Waker::from(Arc::clone(&flag)), flag }
    }

    /// Runs `f` with this thread's parker, which is made once per thread. (A wait inside of a wait
    /// gets a new one.)
    pub(crate) fn with<R>(f: impl FnOnce(&Self) -> R) -> R {
        thread_local! {
            static PARKER: Cell<Option<Parker>> = const { Cell::new(None) };
        }
        #[cfg(feature = "sim")]
        if let Some(world) = world::current() {
            return f(&Self::of(Sleeper::Simulated(world.waker())));
        }
        // At the thread's end the slot is gone; a destructor may wait all the same.
        let parker = PARKER.try_with(Cell::take).ok().flatten().unwrap_or_else(Self::new);
        let result = f(&parker);
        let _ = PARKER.try_with(|slot| slot.set(Some(parker)));
        result
    }

    /// Wakes this thread out of [`park`](Self::park).
    pub(crate) fn waker(&self) -> &Waker {
        &self.waker
    }

    /// Sleeps until the waker was called; may return early, as an old wake-up may come late.
    pub(crate) fn park(&self) {
        // Ordering: acquires what the caller of the waker wrote before.
        while !self.flag.woken.swap(false, Ordering::Acquire) {
            self.sleep(None);
        }
    }

    /// Likewise, but not beyond `deadline`: `false` when that has passed.
    pub(crate) fn park_until(&self, deadline: Instant) -> bool {
        // Ordering: as in `park`.
        while !self.flag.woken.swap(false, Ordering::Acquire) {
            let left = deadline.saturating_duration_since(now());
            if left.is_zero() {
                return false;
            }
            self.sleep(Some(left));
        }
        true
    }

    fn sleep(&self, limit: Option<Duration>) {
        match (&self.flag.sleeper, limit) {
            (Sleeper::Thread(_), None) => thread::park(),
            (Sleeper::Thread(_), Some(limit)) => thread::park_timeout(limit),
            #[cfg(feature = "sim")]
            (Sleeper::Simulated(_), limit) => {
                let world = world::current().expect("a parker stays on its thread");
                world.park(limit);
            }
        }
    }
}

impl Wake for Unpark {
    fn wake(self: Arc<Self>) {
        self.wake_by_ref();
    }

    fn wake_by_ref(self: &Arc<Self>) {
        // Ordering: publishes what the waker's caller did to the swap in `park`.
        if !self.woken.swap(true, Ordering::Release) {
            match &self.sleeper {
                Sleeper::Thread(thread) => thread.unpark(),
                #[cfg(feature = "sim")]
                Sleeper::Simulated(unit) => unit.wake_by_ref(),
            }
        }
    }
}
