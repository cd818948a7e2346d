//! Who waits for what, and who holds it.

use std::collections::{BTreeMap, HashMap};
use std::panic::Location;
use std::sync::atomic::{AtomicU64, Ordering::Relaxed};
use std::sync::{Mutex, MutexGuard, PoisonError};

use super::event::{Object, Party};

/// What is known of those who are observed together, in parts, so that threads don't contend for one lock.
#[derive(Debug)]
pub(crate) struct Graph {
    shards: Box<[Mutex<Known>]>,
    /// Orders what is seen first.
    next: AtomicU64,
}

#[derive(Debug, Default)]
struct Known {
    /// By the address of the place in the queue.
    waits: HashMap<usize, Wait>,
    /// By the number of the object, the parties and how many permits each has.
    holders: HashMap<usize, Vec<(Party, u32)>>,
    /// Parties that await another's end, by order.
    joins: BTreeMap<u64, Join>,
}

/// A wait that is not over.
#[derive(Debug, Clone)]
pub(crate) struct Wait {
    order: u64,
    pub(crate) party: Party,
    pub(crate) on: Object,
    /// Where the call is.
    pub(crate) at: &'static Location<'static>,
    /// When it began, in the time of the observer.
    pub(crate) since: u64,
    /// It was woken, and not polled since; as many polls of its party had begun then.
    pub(crate) woken: Option<u32>,
}

/// Somebody awaits the end of another.
#[derive(Debug, Clone)]
pub(crate) struct Join {
    pub(crate) party: Party,
    pub(crate) target: Party,
    pub(crate) since: u64,
}

/// All that is known at one moment.
#[derive(Debug, Default)]
pub(crate) struct Seen {
    /// In the order in which they began.
    pub(crate) waits: Vec<Wait>,
    /// By the number of the object.
    pub(crate) holders: HashMap<usize, Vec<Party>>,
    /// In the order in which they began.
    pub(crate) joins: Vec<Join>,
}

impl Graph {
    pub(super) fn new(shards: usize) -> Self {
        Self { shards: (0..shards).map(|_| Mutex::default()).collect(), next: AtomicU64::new(0) }
    }

    /// `key` is an address, or counts from one.
    fn shard(&self, key: usize) -> MutexGuard<'_, Known> {
        let mixed = key ^ (key >> 6);
        lock(&self.shards[mixed % self.shards.len()])
    }

    fn order(&self) -> u64 {
        self.next.fetch_add(1, Relaxed)
    }

    pub(super) fn wait_began(
        &self,
        node: usize,
        party: &Party,
        on: Object,
        at: &'static Location<'static>,
    ) {
        let (order, since) = (self.order(), party.observer().age());
        let wait = Wait { order, party: party.clone(), on, at, since, woken: None };
        let before = self.shard(node).waits.insert(node, wait);
        drop(before);
    }

    /// Who it was whose turn has come, and for what.
    pub(super) fn granted(&self, node: usize) -> Option<(Party, Object)> {
        let mut shard = self.shard(node);
        let wait = shard.waits.get_mut(&node)?;
        wait.woken = Some(wait.party.polls_begun());
        Some((wait.party.clone(), wait.on))
    }

    pub(super) fn wait_ended(&self, node: usize) -> Option<Wait> {
        self.shard(node).waits.remove(&node)
    }

    pub(super) fn acquired(&self, on: Object, party: &Party, n: u32) {
        let mut shard = self.shard(on.id);
        let holders = shard.holders.entry(on.id).or_default();
        match holders.iter_mut().find(|(holder, _)| holder == party) {
            Some((_, has)) => *has = has.saturating_add(n),
            None => holders.push((party.clone(), n)),
        }
    }

    pub(super) fn released(&self, on: Object, party: &Party, n: u32) {
        let mut shard = self.shard(on.id);
        let Some(holders) = shard.holders.get_mut(&on.id) else { return };
        // Whoever gives back may have got it from another.
        let who = holders.iter().position(|(holder, _)| holder == party).unwrap_or(0);
        let mut gone = None;
        if let Some((_, has)) = holders.get_mut(who) {
            *has = has.saturating_sub(n);
            if *has == 0 {
                gone = Some(holders.remove(who));
            }
        }
        if holders.is_empty() {
            shard.holders.remove(&on.id);
        }
        drop(shard);
        drop(gone);
    }

    pub(super) fn join_began(&self, party: Party, target: Party) -> u64 {
        let (order, since) = (self.order(), party.observer().age());
        lock(&self.shards[0]).joins.insert(order, Join { party, target, since });
        order
    }

    pub(super) fn join_ended(&self, order: u64) {
        let ended = lock(&self.shards[0]).joins.remove(&order);
        drop(ended);
    }

    pub(crate) fn look(&self) -> Seen {
        let shards: Vec<_> = self.shards.iter().map(lock).collect(); // of one moment
        let mut waits: Vec<_> =
            shards.iter().flat_map(|shard| shard.waits.values().cloned()).collect();
        waits.sort_by_key(|wait| wait.order);
        let holders = shards.iter().flat_map(|shard| &shard.holders);
        Seen {
            waits,
            holders: holders
                .map(|(object, held)| {
                    let mut parties: Vec<_> = held.iter().map(|(party, _)| party.clone()).collect();
                    parties.sort_by_key(Party::id);
                    (*object, parties)
                })
                .collect(),
            joins: shards[0].joins.values().cloned().collect(),
        }
    }
}

/// Nothing panics under these locks.
fn lock(shard: &Mutex<Known>) -> MutexGuard<'_, Known> {
    shard.lock().unwrap_or_else(PoisonError::into_inner)
}
