//! Nobody asks who is spawned: the items of `birth`, empty.

use std::borrow::Cow;
use std::panic::Location;

#[expect(clippy::extra_unused_type_parameters, reason = "who asks wants to know the type")]
#[inline]
pub(crate) fn announce<F: ?Sized>(_name: Option<Cow<'static, str>>) -> Announced {
    Announced
}

#[inline]
pub(crate) fn announce_job(_at: &'static Location<'static>) -> Announced {
    Announced
}

#[must_use = "as in `birth`"]
pub(crate) struct Announced;
