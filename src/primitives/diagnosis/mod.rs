//! What happens, who waits for what and who holds it: told by `wait`, `sync` and the backends, kept for
//! [`diagnose`](crate::diagnose) and the reports of the simulator, and passed on to [probes](crate::probe).
//!
//! The hooks are here; without the feature `diagnose`, `no_diagnosis` stands in their place. While nobody
//! looks they cost the read of one static.

mod event;
mod graph;
mod observer;
mod watch;

use std::any::type_name;
use std::panic::Location;
use std::sync::atomic::{AtomicUsize, Ordering::Relaxed};

pub use self::event::{Ending, Event, Object, Party, What};
pub(crate) use self::graph::Seen;
#[cfg(feature = "sim")]
pub(crate) use self::observer::Attached;
pub use self::observer::Probe;
pub(crate) use self::observer::{Hush, Observer};
use self::observer::{current, is_any, tell};
pub(crate) use self::watch::{Awaits, Noted, Submitted, Watch, has_panicked, was_cancelled};

/// Where in the program a wait was made.
#[derive(Debug, Clone, Copy)]
pub(crate) struct Site(&'static Location<'static>);

impl Site {
    #[inline]
    #[track_caller]
    pub(crate) fn here() -> Self {
        Self(Location::caller())
    }
}

/// What a queue belongs to, for those who look.
#[derive(Debug)]
pub(crate) struct Label {
    kind: fn() -> &'static str,
    name: Option<&'static str>,
    /// 0 until somebody looks.
    id: AtomicUsize,
    /// Of the crate's own affairs nothing is told.
    internal: bool,
}

impl Label {
    /// Of a `T`, which is waited for.
    pub(crate) const fn of<T: ?Sized>() -> Self {
        Self { kind: type_name::<T>, name: None, id: AtomicUsize::new(0), internal: false }
    }

    /// Of something that no user waits for.
    pub(crate) const fn internal() -> Self {
        Self { internal: true, ..Self::of::<()>() }
    }

    pub(crate) const fn set_name(&mut self, name: &'static str) {
        self.name = Some(name);
    }

    fn object(&self) -> Object {
        static LAST: AtomicUsize = AtomicUsize::new(0);
        let mut id = self.id.load(Relaxed);
        if id == 0 {
            let fresh = LAST.fetch_add(1, Relaxed) + 1;
            id = match self.id.compare_exchange(0, fresh, Relaxed, Relaxed) {
                Ok(_) => fresh,
                Err(theirs) => theirs,
            };
        }
        Object { id, kind: self.kind, name: self.name }
    }
}

/// Tells something of this label, if anybody looks.
#[inline]
fn of(label: &Label, f: impl FnOnce(&Party, Object)) {
    if is_any() && !label.internal {
        of_current(label, f);
    }
}

#[cold]
fn of_current(label: &Label, f: impl FnOnce(&Party, Object)) {
    if let Some(party) = current() {
        f(&party, label.object());
    }
}

fn address<T>(of: &T) -> usize {
    std::ptr::from_ref(of).addr()
}

/// A place is queued.
#[inline]
pub(crate) fn waits<N>(node: &N, label: &Label, Site(at): Site) {
    of(label, |party, on| {
        party.observer().graph.wait_began(address(node), party, on, at);
        tell(party, What::WaitBegan { on, at });
    });
}

/// A place was taken out of its queue, and its party is woken.
#[inline]
pub(crate) fn woken<N>(node: &N, label: &Label) {
    of(label, |by, _| {
        if let Some((party, on)) = by.observer().graph.granted(address(node)) {
            tell(&party, What::Granted { on, by: Some(by.clone()) });
        }
    });
}

/// A place is given up, or its wait is over.
#[inline]
pub(crate) fn left<N>(node: &N, label: &Label) {
    of(label, |party, _| {
        if let Some(wait) = party.observer().graph.wait_ended(address(node)) {
            let granted = wait.woken.is_some();
            tell(&wait.party, What::WaitEnded { on: wait.on, granted });
        }
    });
}

/// Permits were taken.
#[inline]
pub(crate) fn acquired(label: &Label, permits: u32) {
    of(label, |party, on| {
        party.observer().graph.acquired(on, party, permits);
        tell(party, What::Acquired { on, permits });
    });
}

/// Permits are given back.
#[inline]
pub(crate) fn released(label: &Label, permits: u32) {
    of(label, |party, on| {
        party.observer().graph.released(on, party, permits);
        tell(party, What::Released { on, permits });
    });
}
