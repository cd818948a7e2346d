//! A job cuts the work into jobs, and waits for them: on the worker that they need.

use std::sync::Arc;

use super::{Pending, Pool};

pub(super) fn count(pool: &Arc<Pool>, texts: Vec<&'static str>) -> usize {
    let same = Arc::clone(pool);
    let outer = pool.submit(move || {
        let parts: Vec<Pending<usize>> = texts
            .into_iter()
            .map(|text| same.submit(|| text.split(' ').count()))
            .collect();
        parts.into_iter().map(Pending::wait).sum()
    });
    outer.wait()
}
