//! A solution: the job hands its jobs out, and the caller, who is no worker, waits.

use std::sync::Arc;

use anyrt::executor::{Executor, Handle, JobError, ThreadPool};

pub(super) fn count(
    pool: &Arc<ThreadPool>,
    texts: Vec<&'static str>,
) -> Result<usize, JobError> {
    let same = Arc::clone(pool);
    let outer = pool.submit(move || {
        texts
            .into_iter()
            .map(|text| same.submit(|| text.split(' ').count()))
            .collect::<Vec<Handle<usize>>>()
    });
    outer.join_blocking()?.into_iter().map(Handle::join_blocking).sum()
}
