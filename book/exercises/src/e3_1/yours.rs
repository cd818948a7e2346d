//! A task calls an old library that blocks. Nine other tasks share its only thread.

use anyrt::prelude::*;

use super::Legacy;

#[allow(clippy::unused_async, reason = "the await is yours to write")]
pub(super) async fn report<R: Runtime>(rt: R, legacy: Legacy) -> bool {
    let _ = rt; // what could it do for you?
    legacy()
}
