//! Who is told: one observer for the process, and one for each simulation.

use std::cell::{Cell, RefCell};
use std::collections::BTreeMap;
use std::fmt;
use std::panic::{AssertUnwindSafe, Location, catch_unwind};
use std::sync::atomic::{AtomicBool, AtomicU64, AtomicUsize, Ordering::Relaxed};
use std::sync::{Arc, Mutex, OnceLock, PoisonError, RwLock};
use std::time::Instant;

use super::event::{Ending, Event, Party, What};
use super::graph::{Graph, Seen};
use crate::primitives::birth::Birth;
use crate::primitives::role::Role;
use crate::primitives::{now, simulated_step};

/// Is told what happens.
///
/// It is called on the thread on which the event happens, right after it, and often: so it had better
/// be quick. No lock of this crate is held then, so it may use everything of this crate's; what it does
/// itself is not reported. But it is called inside of polls and of destructors, so it may not wait for
/// what only the one that is reported can do. A panic of it goes no further than the panic hook.
///
/// Events of one thread come in their order; those of two threads may come in either, where no lock or
/// wake-up orders them.
///
/// Closures are probes.
///
/// # Examples
///
/// ```
/// use anyrt::prelude::*;
/// use anyrt::probe::{self, Event, What};
/// use std::sync::atomic::{AtomicU32, Ordering::Relaxed};
///
/// static POLLS: AtomicU32 = AtomicU32::new(0);
///
/// let installed = probe::install(|event: &Event| {
///     if matches!(event.what, What::PollBegan) {
///         POLLS.fetch_add(1, Relaxed);
///     }
/// });
/// let owner = anyrt::ThreadsOwner::new().unwrap();
/// owner.run(|rt| async move { rt.spawn(anyrt::task::yield_now()).await.unwrap() });
/// drop(installed); // from here on it is not called any more
/// assert!(POLLS.load(Relaxed) >= 3, "one of the root, two of the task, at least");
/// ```
pub trait Probe: Send + Sync {
    /// Something has happened.
    fn event(&self, event: &Event);
}

impl<F: Fn(&Event) + Send + Sync> Probe for F {
    fn event(&self, event: &Event) {
        self(event);
    }
}

/// With the numbers by which they are removed.
type Probes = Arc<[(u64, Arc<dyn Probe>)]>;

/// How many observers there are that want to be told. The hooks do nothing while there are none.
static OBSERVERS: AtomicUsize = AtomicUsize::new(0);
static PROCESS: OnceLock<Arc<Observer>> = OnceLock::new();

thread_local! {
    /// Who runs on this thread, if it is not the thread itself.
    static CURRENT: RefCell<Option<Party>> = const { RefCell::new(None) };
    /// This thread, once it has done something.
    static THREAD: RefCell<Option<Thread>> = const { RefCell::new(None) };
    /// Locks of this crate that this thread holds: no probe is called meanwhile.
    static LOCKS: Cell<usize> = const { Cell::new(0) };
    /// What it is to be told after.
    static KEPT_BACK: RefCell<Vec<(Party, What)>> = const { RefCell::new(Vec::new()) };
    /// A probe is being called.
    static INSIDE: Cell<bool> = const { Cell::new(false) };
}

/// The probe of a simulation, if it has one.
#[cfg(feature = "sim")]
#[derive(Clone)]
pub(crate) struct Attached(pub(crate) Option<Arc<dyn Probe>>);

#[cfg(feature = "sim")]
impl Attached {
    pub(crate) const NONE: Self = Self(None);
}

#[cfg(feature = "sim")]
impl fmt::Debug for Attached {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.debug_tuple("Attached").field(&self.0.is_some()).finish()
    }
}

pub(crate) struct Observer {
    pub(super) graph: Graph,
    probes: RwLock<Probes>,
    has_probes: AtomicBool,
    parties: Mutex<BTreeMap<u64, Party>>,
    next: AtomicU64,
    base: Instant,
    /// That of a simulation tells the time of its last event where it has no other.
    last: Option<Mutex<(Instant, Option<u64>)>>,
}

impl Observer {
    /// That of the process, once somebody looks.
    pub(crate) fn process() -> Option<&'static Arc<Self>> {
        PROCESS.get()
    }

    /// From now on, and to the end, the process is looked at.
    pub(crate) fn start() -> &'static Arc<Self> {
        PROCESS.get_or_init(|| Self::new(Arc::new([]), 16, Instant::now(), None))
    }

    /// That of a simulation.
    #[cfg(feature = "sim")]
    pub(crate) fn of_simulation(probe: &Attached, base: Instant) -> Arc<Self> {
        let probes = probe.0.iter().map(|probe| (0, probe.clone())).collect();
        Self::new(probes, 1, base, Some(Mutex::new((base, Some(0)))))
    }

    fn new(
        probes: Probes,
        shards: usize,
        base: Instant,
        last: Option<Mutex<(Instant, Option<u64>)>>,
    ) -> Arc<Self> {
        OBSERVERS.fetch_add(1, Relaxed);
        Arc::new(Self {
            graph: Graph::new(shards),
            has_probes: AtomicBool::new(!probes.is_empty()),
            probes: RwLock::new(probes),
            parties: Mutex::default(),
            next: AtomicU64::new(1),
            base,
            last,
        })
    }

    pub(crate) fn add_probe(&self, probe: Arc<dyn Probe>) -> u64 {
        let id = self.next.fetch_add(1, Relaxed);
        let mut probes = self.probes.write().unwrap_or_else(PoisonError::into_inner);
        *probes = probes.iter().cloned().chain([(id, probe)]).collect();
        self.has_probes.store(true, Relaxed);
        id
    }

    pub(crate) fn remove_probe(&self, id: u64) {
        let mut probes = self.probes.write().unwrap_or_else(PoisonError::into_inner);
        let left = probes.iter().filter(|(of, _)| *of != id).cloned().collect();
        let before = std::mem::replace(&mut *probes, left);
        self.has_probes.store(!probes.is_empty(), Relaxed);
        drop(probes);
        drop(before); // after the lock
    }

    pub(super) fn has_probes(&self) -> bool {
        self.has_probes.load(Relaxed)
    }

    pub(super) fn is_simulation(&self) -> bool {
        self.last.is_some()
    }

    /// Nanoseconds since its beginning. A simulation's reports have no use for it.
    pub(crate) fn age(&self) -> u64 {
        if self.is_simulation() {
            return 0;
        }
        u64::try_from(self.base.elapsed().as_nanos()).unwrap_or(u64::MAX)
    }

    /// A party of this observer's own numbering, from now on among the living.
    pub(super) fn welcome(self: &Arc<Self>, role: Role, birth: &Birth) -> Party {
        let party = self.register(self.next.fetch_add(1, Relaxed), role, birth);
        party.began();
        party
    }

    /// A party of somebody else's numbering, whose beginning is yet to be told.
    pub(super) fn register(self: &Arc<Self>, id: u64, role: Role, birth: &Birth) -> Party {
        let party = Party::new(self, id, role, birth);
        let mut parties = self.parties.lock().unwrap_or_else(PoisonError::into_inner);
        parties.insert(id, party.clone());
        party
    }

    pub(super) fn dismiss(&self, party: &Party, last: What) {
        let mut parties = self.parties.lock().unwrap_or_else(PoisonError::into_inner);
        let gone = parties.remove(&party.id());
        drop(parties);
        drop(gone);
        party.is_gone();
        tell(party, last);
    }

    /// Who lives, in the order of their beginnings.
    pub(crate) fn parties(&self) -> Vec<Party> {
        let parties = self.parties.lock().unwrap_or_else(PoisonError::into_inner);
        parties.values().cloned().collect()
    }

    pub(crate) fn look(&self) -> Seen {
        self.graph.look()
    }

    /// The time of an event that is told now.
    fn time(&self) -> (Instant, Option<u64>) {
        let Some(last) = &self.last else { return (now(), None) };
        let mut last = last.lock().unwrap_or_else(PoisonError::into_inner);
        if let Some(step) = simulated_step() {
            *last = (now(), Some(step));
        }
        *last
    }

    fn call(&self, who: Party, what: What) {
        let probes = self.probes.read().unwrap_or_else(PoisonError::into_inner);
        let probes = Arc::clone(&probes); // and the lock is free again
        let (at, step) = self.time();
        let event = Event { who, what, at, step };
        let was_inside = INSIDE.replace(true);
        for (_, probe) in probes.iter() {
            let _told = catch_unwind(AssertUnwindSafe(|| probe.event(&event)));
        }
        drop((event, probes));
        INSIDE.set(was_inside);
    }
}

impl Drop for Observer {
    fn drop(&mut self) {
        OBSERVERS.fetch_sub(1, Relaxed);
    }
}

impl fmt::Debug for Observer {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.debug_struct("Observer").finish_non_exhaustive()
    }
}

/// Tells the probes, now or after the lock.
pub(super) fn tell(who: &Party, what: What) {
    if !who.observer().has_probes() {
        return;
    }
    if LOCKS.get() > 0 {
        let _ended = KEPT_BACK.try_with(|kept| kept.borrow_mut().push((who.clone(), what)));
    } else if !INSIDE.get() {
        who.observer().call(who.clone(), what);
    }
}

/// Whether anybody wants to be told.
#[inline]
pub(super) fn is_any() -> bool {
    OBSERVERS.load(Relaxed) > 0
}

/// Who runs on this thread. Nobody inside of a probe; nor in what a simulation does by itself.
pub(super) fn current() -> Option<Party> {
    if INSIDE.get() {
        return None;
    }
    running().or_else(this_thread)
}

/// Who runs on this thread, if it is not the thread itself.
pub(super) fn running() -> Option<Party> {
    CURRENT.try_with(|current| current.borrow().clone()).ok()?
}

#[cold]
fn this_thread() -> Option<Party> {
    if simulated_step().is_some() {
        return None;
    }
    let known = THREAD.try_with(|thread| Some(thread.borrow().as_ref()?.0.clone())).ok()?;
    known.or_else(|| {
        let process = Observer::process()?;
        let name = std::thread::current().name().unwrap_or("<unnamed>").to_owned();
        let birth = Birth { name: Some(name.into()), ..Birth::of_job(Location::caller()) };
        let party = process.register(process.next.fetch_add(1, Relaxed), Role::Thread, &birth);
        THREAD.try_with(|slot| slot.replace(Some(Thread(party.clone())))).ok()?;
        tell(&party, What::Began { by: None });
        Some(party)
    })
}

/// Leaves with its thread.
struct Thread(Party);

impl Drop for Thread {
    fn drop(&mut self) {
        let how = Ending::Finished;
        self.0.observer().dismiss(&self.0, What::Ended { how });
    }
}

/// While it lives, this party runs on this thread.
pub(super) struct Running(Option<Party>);

impl Running {
    pub(super) fn new(party: &Party) -> Self {
        let before = CURRENT.try_with(|current| current.replace(Some(party.clone())));
        Self(before.ok().flatten())
    }
}

impl Drop for Running {
    fn drop(&mut self) {
        let mine = CURRENT.try_with(|current| current.replace(self.0.take()));
        drop(mine);
    }
}

/// Beside a lock of this crate, and after it in the order of drops: what happens under the lock is told
/// after it.
#[derive(Debug)]
pub(crate) struct Hush(());

impl Hush {
    #[inline]
    pub(crate) fn new() -> Self {
        LOCKS.set(LOCKS.get() + 1);
        Self(())
    }
}

impl Drop for Hush {
    #[inline]
    fn drop(&mut self) {
        LOCKS.set(LOCKS.get() - 1);
        if is_any() && LOCKS.get() == 0 {
            speak();
        }
    }
}

#[cold]
fn speak() {
    let kept = KEPT_BACK.try_with(RefCell::take).unwrap_or_default();
    for (who, what) in kept {
        tell(&who, what);
    }
}
