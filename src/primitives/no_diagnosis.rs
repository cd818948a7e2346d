//! Nobody looks what happens, who waits for what and who holds it: the items of `diagnosis`, empty.

#![allow(clippy::unused_self, reason = "`diagnosis` uses it")]

use std::panic::Location;
use std::sync::Arc;
use std::task::Poll;
use std::time::Instant;

/// Where in the program a wait was made.
#[derive(Debug, Clone, Copy)]
pub(crate) struct Site;

impl Site {
    #[inline]
    pub(crate) fn here() -> Self {
        Self
    }
}

/// What a queue belongs to.
#[derive(Debug)]
pub(crate) struct Label;

impl Label {
    #[expect(clippy::extra_unused_type_parameters, reason = "who looks wants to know the type")]
    pub(crate) const fn of<T: ?Sized>() -> Self {
        Self
    }

    pub(crate) const fn internal() -> Self {
        Self
    }

    pub(crate) const fn set_name(&mut self, _name: &'static str) {}
}

#[inline]
pub(crate) fn waits<N>(_node: &N, _label: &Label, _site: Site) {}

#[inline]
pub(crate) fn woken<N>(_node: &N, _label: &Label) {}

#[inline]
pub(crate) fn left<N>(_node: &N, _label: &Label) {}

#[inline]
pub(crate) fn acquired(_label: &Label, _permits: u32) {}

#[inline]
pub(crate) fn released(_label: &Label, _permits: u32) {}

/// Stands beside a lock.
#[derive(Debug)]
pub(crate) struct Hush;

impl Hush {
    #[inline]
    pub(crate) fn new() -> Self {
        Self
    }
}

/// Who is told.
#[derive(Debug)]
pub(crate) struct Observer;

impl Observer {
    #[inline]
    pub(crate) fn of_simulation(_probe: &Attached, _base: Instant) -> Arc<Self> {
        Arc::new(Self)
    }
}

/// The probe of a simulation.
#[derive(Debug, Clone)]
pub(crate) struct Attached;

impl Attached {
    pub(crate) const NONE: Self = Self;
}

/// Somebody who is about to begin.
#[derive(Debug)]
pub(crate) struct Watch;

impl Watch {
    #[expect(clippy::extra_unused_type_parameters, reason = "who looks wants to know the type")]
    #[inline]
    pub(crate) fn here<F: ?Sized>(_role: impl Copy) -> Self {
        Self
    }

    #[inline]
    pub(crate) fn simulated<B>(
        _: Option<&Arc<Observer>>,
        _id: u32,
        _role: impl Copy,
        _: &B,
    ) -> Self {
        Self
    }

    #[inline]
    pub(crate) fn began(&self) {}

    #[inline]
    pub(crate) fn future<F>(&self, future: F) -> F {
        future
    }

    #[inline]
    pub(crate) fn job<F>(&self, f: F) -> F {
        f
    }

    #[inline]
    pub(crate) fn caught<T>(&self, f: impl FnOnce() -> T, _panicked: impl FnOnce(&T) -> bool) -> T {
        f()
    }

    #[inline]
    pub(crate) fn awaits(&self) -> Awaits {
        Awaits
    }
}

/// In the memory of an executor's job.
#[derive(Debug)]
pub(crate) struct Submitted;

impl Submitted {
    pub(crate) const UNSEEN: Self = Self;

    #[inline]
    pub(crate) fn here(_name: Option<&str>, _at: &'static Location<'static>) -> Self {
        Self
    }

    #[inline]
    pub(crate) fn is_seen(&self) -> bool {
        false
    }

    #[inline]
    pub(crate) fn watch(&self) -> Watch {
        Watch
    }

    #[inline]
    pub(crate) fn is_not_run(&self) {}
}

#[inline]
pub(crate) fn has_panicked() {}

#[inline]
pub(crate) fn was_cancelled() {}

/// Somebody awaits another.
#[derive(Debug)]
pub(crate) struct Noted;

/// In the handle of somebody: notes who awaits its end.
#[derive(Debug)]
pub(crate) struct Awaits;

impl Awaits {
    #[inline]
    pub(crate) fn nobody() -> Self {
        Self
    }

    #[inline]
    pub(crate) fn whom(spawn: impl FnOnce()) -> Self {
        spawn();
        Self
    }

    #[inline]
    pub(crate) fn job<'a>(_submitted: impl FnOnce() -> Option<&'a Submitted>) -> Self {
        Self
    }

    #[inline]
    pub(crate) fn begin(&self) -> Option<Noted> {
        None
    }

    #[inline]
    pub(crate) fn polled<T>(&mut self, _polled: &Poll<T>) {}
}
