//! Nobody looks who waits for what and who holds it: the items of `diagnosis`, empty.

#![allow(clippy::unused_self, reason = "`diagnosis` uses it")]

/// Where in the program a wait was made, and what for.
#[derive(Debug, Clone, Copy)]
pub(crate) struct Site;

impl Site {
    #[expect(clippy::extra_unused_type_parameters, reason = "who looks wants to know the type")]
    #[inline]
    pub(crate) fn here<T: ?Sized>() -> Self {
        Self
    }
}

#[inline]
pub(crate) fn waits<N, Q>(_node: &N, _queue: &Q, _site: Site) {}

#[inline]
pub(crate) fn woken<N>(_node: &N) {}

#[inline]
pub(crate) fn left<N>(_node: &N) {}

#[inline]
pub(crate) fn acquired<Q>(_queue: &Q, _n: u32) {}

#[inline]
pub(crate) fn released<Q>(_queue: &Q, _n: u32) {}

#[derive(Debug, Default)]
pub(crate) struct Graph;

/// Ends an observation when dropped.
pub(crate) struct Observed;

#[inline]
pub(crate) fn observe(_graph: std::sync::Arc<Graph>) -> Observed {
    Observed
}

#[inline]
pub(crate) fn set_party(_party: u32) {}

/// A party that may await another's end.
#[derive(Debug)]
pub(crate) struct Awaits;

impl Awaits {
    #[inline]
    pub(crate) fn new(_target: u32) -> Self {
        Self
    }

    #[inline]
    pub(crate) fn begin(&mut self) {}

    #[inline]
    pub(crate) fn end(&mut self) {}
}
