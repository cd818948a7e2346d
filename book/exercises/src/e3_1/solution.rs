//! A solution.

use anyrt::prelude::*;

use super::Legacy;

pub(super) async fn report<R: Runtime>(rt: R, legacy: Legacy) -> bool {
    rt.spawn_blocking(legacy).await.expect("no panic")
}
