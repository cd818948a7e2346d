//! Who waits for what, and who holds it: told by `wait` and `sync`, kept for who looks.
//!
//! A *party* is a task, a job or a thread that somebody observes. What parties do that nobody observes
//! goes unseen, at the price of one look at a thread-local.

use std::any::type_name;
use std::cell::{Cell, RefCell};
use std::collections::{BTreeMap, HashMap};
use std::panic::Location;
use std::sync::{Arc, Mutex, MutexGuard, PoisonError};

/// Where in the program a wait was made, and what for.
#[derive(Debug, Clone, Copy)]
pub(crate) struct Site {
    /// The type that is waited for.
    pub(crate) kind: fn() -> &'static str,
    pub(crate) at: &'static Location<'static>,
}

impl Site {
    #[inline]
    #[track_caller]
    pub(crate) fn here<T: ?Sized>() -> Self {
        Self { kind: type_name::<T>, at: Location::caller() }
    }
}

/// What is known of those that are observed together.
#[derive(Debug, Default)]
pub(crate) struct Graph(Mutex<Known>);

#[derive(Debug, Default)]
struct Known {
    /// By the address of the place in the queue.
    waits: HashMap<usize, (u64, Wait)>,
    /// By the address of the queue, the parties and how many permits each has.
    holders: HashMap<usize, Vec<(u32, u32)>>,
    /// Parties that await another's end, by the address of the handle.
    joins: BTreeMap<u64, (u32, u32)>,
    /// Orders what is seen first.
    next: u64,
}

/// A wait that is not over.
#[derive(Debug, Clone)]
pub(crate) struct Wait {
    pub(crate) party: u32,
    /// The address of what is waited for.
    pub(crate) queue: usize,
    pub(crate) site: Site,
    /// It was woken, and not polled since.
    pub(crate) woken: bool,
}

/// All that is known at one moment.
#[derive(Debug, Default)]
pub(crate) struct Snapshot {
    /// In the order in which they began.
    pub(crate) waits: Vec<Wait>,
    /// By queue.
    pub(crate) holders: HashMap<usize, Vec<u32>>,
    /// Who awaits whose end.
    pub(crate) joins: Vec<(u32, u32)>,
}

thread_local! {
    static OBSERVED: Cell<bool> = const { Cell::new(false) };
    static GRAPH: RefCell<Option<Arc<Graph>>> = const { RefCell::new(None) };
    static PARTY: Cell<u32> = const { Cell::new(0) };
}

/// From now on this thread is observed, until the guard is dropped.
pub(crate) fn observe(graph: Arc<Graph>) -> Observed {
    let before = GRAPH.replace(Some(graph));
    OBSERVED.set(true);
    Observed { before, party: PARTY.get() }
}

/// Which party runs on this thread.
#[inline]
pub(crate) fn set_party(party: u32) {
    PARTY.set(party);
}

/// Puts back what was before.
pub(crate) struct Observed {
    before: Option<Arc<Graph>>,
    party: u32,
}

impl Drop for Observed {
    fn drop(&mut self) {
        OBSERVED.set(self.before.is_some());
        GRAPH.set(self.before.take());
        PARTY.set(self.party);
    }
}

#[inline]
fn tell(f: impl FnOnce(&mut Known, u32)) {
    if OBSERVED.try_with(Cell::get) == Ok(true) {
        tell_observer(f);
    }
}

#[cold]
fn tell_observer(f: impl FnOnce(&mut Known, u32)) {
    let _ = GRAPH.try_with(|graph| {
        if let Some(graph) = &*graph.borrow() {
            f(&mut graph.lock(), PARTY.get());
        }
    });
}

fn address<T>(of: &T) -> usize {
    std::ptr::from_ref(of).addr()
}

/// A place is queued.
#[inline]
pub(crate) fn waits<N, Q>(node: &N, queue: &Q, site: Site) {
    tell(|known, party| {
        let wait = Wait { party, queue: address(queue), site, woken: false };
        let order = known.order();
        known.waits.insert(address(node), (order, wait));
    });
}

/// A place was taken out of its queue, and its party was woken.
#[inline]
pub(crate) fn woken<N>(node: &N) {
    tell(|known, _| {
        if let Some((_, wait)) = known.waits.get_mut(&address(node)) {
            wait.woken = true;
        }
    });
}

/// A place is given up, or its wait is over.
#[inline]
pub(crate) fn left<N>(node: &N) {
    tell(|known, _| {
        known.waits.remove(&address(node));
    });
}

#[inline]
pub(crate) fn acquired<Q>(queue: &Q, n: u32) {
    tell(|known, party| {
        let holders = known.holders.entry(address(queue)).or_default();
        match holders.iter_mut().find(|(holder, _)| *holder == party) {
            Some((_, has)) => *has += n,
            None => holders.push((party, n)),
        }
    });
}

#[inline]
pub(crate) fn released<Q>(queue: &Q, n: u32) {
    tell(|known, party| {
        let Some(holders) = known.holders.get_mut(&address(queue)) else { return };
        // Whoever gives back may have got it from another.
        let who = holders.iter().position(|(holder, _)| *holder == party).unwrap_or(0);
        if let Some((_, has)) = holders.get_mut(who) {
            *has = has.saturating_sub(n);
            if *has == 0 {
                holders.remove(who);
            }
        }
    });
}

/// A party that may await another's end.
#[derive(Debug)]
pub(crate) struct Awaits {
    target: u32,
    /// Where it is noted that somebody does.
    noted: Option<(Arc<Graph>, u64)>,
}

impl Awaits {
    pub(crate) fn new(target: u32) -> Self {
        Self { target, noted: None }
    }

    /// It waits.
    pub(crate) fn begin(&mut self) {
        let Some(graph) = GRAPH.with_borrow(Clone::clone) else { return };
        self.end();
        let mut known = graph.lock();
        let order = known.order();
        known.joins.insert(order, (PARTY.get(), self.target));
        drop(known);
        self.noted = Some((graph, order));
    }

    /// It waits no more.
    pub(crate) fn end(&mut self) {
        if let Some((graph, order)) = self.noted.take() {
            graph.lock().joins.remove(&order);
        }
    }
}

impl Drop for Awaits {
    fn drop(&mut self) {
        self.end();
    }
}

impl Graph {
    /// Nothing panics under this lock.
    fn lock(&self) -> MutexGuard<'_, Known> {
        self.0.lock().unwrap_or_else(PoisonError::into_inner)
    }

    pub(crate) fn snapshot(&self) -> Snapshot {
        let known = self.lock();
        let mut waits: Vec<_> = known.waits.values().cloned().collect();
        waits.sort_by_key(|(order, _)| *order);
        let holders = known.holders.iter();
        Snapshot {
            waits: waits.into_iter().map(|(_, wait)| wait).collect(),
            holders: holders
                .map(|(queue, held)| {
                    let mut parties: Vec<_> = held.iter().map(|(party, _)| *party).collect();
                    parties.sort_unstable();
                    (*queue, parties)
                })
                .collect(),
            joins: known.joins.values().copied().collect(),
        }
    }
}

impl Known {
    fn order(&mut self) -> u64 {
        self.next += 1;
        self.next
    }
}
