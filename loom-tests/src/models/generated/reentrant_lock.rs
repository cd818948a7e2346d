//! Every small program over `ReentrantLock`, with two owners.

use super::generated;
use crate::harness::Model;
use crate::linear::{self, Step, Subject, What};
use crate::session::{Tell, Waits, tell, tell_and_hold};
use crate::sync::{Owner, ReentrantLock};
use std::sync::Arc;

pub(in super::super) const MODELS: &[Model] =
    &[generated("reentrant_lock::generated", 1, linear::all::<Locks>)];

#[derive(Debug)]
struct Locks;

#[derive(Debug)]
struct Owned {
    lock: ReentrantLock<()>,
    owners: [Owner; 2],
}

/// To wait for it, as the first owner.
const LOCK: u8 = 0;
/// To wait for it, as the second.
const OTHER: u8 = 1;
/// To try, as the first, and to hold it if that succeeds.
const TRY: u8 = 2;

fn owner(kind: u8) -> usize {
    usize::from(kind == OTHER)
}

/// Everything about a lock is held or waited for.
#[derive(Debug, Clone, Copy, PartialEq)]
enum Op {}

/// Who is inside, by which waits, and which ask for it.
#[derive(Debug, Clone, Default)]
struct Spec {
    inside: Option<usize>,
    guards: Vec<usize>,
    queue: Vec<usize>,
}

impl Waits for Locks {
    type Object = Owned;
    type Ret = bool;

    fn object() -> Owned {
        Owned { lock: ReentrantLock::new(()), owners: [Owner::new(), Owner::new()] }
    }

    async fn wait(object: Arc<Owned>, kind: u8, told: Tell<bool>) {
        let Owned { lock, owners } = &*object;
        let me = owners[owner(kind)];
        match if kind == TRY { lock.try_lock(me) } else { Some(lock.lock(me).await) } {
            Some(guard) => {
                assert!(lock.is_locked_by(me) && !lock.is_locked_by(owners[1 - owner(kind)]));
                tell_and_hold(told, true, guard).await;
            }
            None => tell(&told, false),
        }
    }
}

impl Subject for Locks {
    type Op = Op;
    type Spec = Spec;

    const OPS: &'static [Op] = &[];
    const WAITS: &'static [u8] = &[LOCK, OTHER, TRY];
    const PRELUDES: &'static [&'static [Step<Op>]] = &[&[], &[Step::Wait(LOCK), Step::Wait(OTHER)]];
    // "Also a wait that was queued before a sibling got the lock ends when it is polled next."
    const SHARED: bool = true;

    fn spec() -> Spec {
        Spec::default()
    }

    fn run(_: &Owned, op: Op) -> bool {
        match op {}
    }

    fn accept(spec: &mut Spec, call: &What<Op, bool>) -> bool {
        // Not only another owner: a sibling may take it between two looks of a call.
        let busy = spec.inside.is_some();
        match call {
            What::Did(op, _) => match *op {},
            What::Polled(id, kind, Some(true)) => {
                spec.queue.retain(|other| other != id);
                spec.guards.push(*id);
                *spec.inside.get_or_insert(owner(*kind)) == owner(*kind)
            }
            // Reserved for those who wait counts as taken.
            What::Polled(_, _, Some(false)) => busy || !spec.queue.is_empty(),
            What::Polled(id, _, None) => {
                let others = spec.queue.iter().any(|other| other != id);
                if !spec.queue.contains(id) {
                    spec.queue.push(*id);
                }
                busy || others
            }
            What::Dropped(id, _) => {
                spec.queue.retain(|other| other != id);
                spec.guards.retain(|other| other != id);
                spec.inside = spec.inside.filter(|_| !spec.guards.is_empty());
                true
            }
        }
    }
}
