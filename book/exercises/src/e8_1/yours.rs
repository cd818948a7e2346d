//! A job cuts the work into jobs, and waits for them: on the worker that they need.

use std::sync::Arc;

use anyrt::executor::{Executor, Handle, JobError, ThreadPool};

pub(super) fn count(
    pool: &Arc<ThreadPool>,
    texts: Vec<&'static str>,
) -> Result<usize, JobError> {
    let same = Arc::clone(pool);
    let outer = pool.submit(move || {
        let parts: Vec<Handle<usize>> = texts
            .into_iter()
            .map(|text| same.submit(|| text.split(' ').count()))
            .collect();
        parts.into_iter().map(Handle::join_blocking).sum()
    });
    outer.join_blocking()?
}
