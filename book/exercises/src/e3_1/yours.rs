//! A task calls an old library that blocks. Nine other tasks share its only thread.

use anyrt::prelude::*;

use super::Legacy;

pub(super) async fn report<R: Runtime>(rt: R, legacy: Legacy) -> bool {
    let _ = rt; // what could it do for you?
    legacy()
}
