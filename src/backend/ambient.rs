//! The runtime in scope, for code that can't be handed one.

use std::future::Future;
use std::time::Duration;

use super::any::{AnyHandle, AnyRuntime, AnySleep};
use crate::contract::{Runtime, Spawn, SpawnBlocking, Timer};
use crate::error::NoRuntime;
use crate::primitives::birth::announce;
use crate::task::Scope;
use crate::time::{Interval, Timeout};

crate::task_local! {
    static CURRENT: AnyRuntime;
}

/// Makes `rt` the ambient runtime for the whole of `future`, and for what is spawned in it.
///
/// Prefer to pass the runtime as a value: a missing argument is a compile error, a missing ambient
/// runtime is not. This is for code whose signature can't change.
///
/// # Examples
///
/// ```
/// use anyrt::prelude::*;
///
/// let owner = anyrt::ThreadsOwner::new().unwrap();
/// let answer = owner.run(|rt| anyrt::with_runtime(rt, async {
///     anyrt::spawn(async {
///         anyrt::spawn(async { 42 }).await.unwrap() // children inherit it
///     }).await.unwrap()
/// }));
/// assert_eq!(answer, 42);
/// ```
pub fn with_runtime<R: Runtime, F: Future>(rt: R, future: F) -> Scope<AnyRuntime, F> {
    CURRENT.scope(AnyRuntime::new(rt), future)
}

/// The ambient runtime.
///
/// # Errors
///
/// [`NoRuntime`] outside [`with_runtime`] and what was spawned in it by [`spawn`].
pub fn try_current() -> Result<AnyRuntime, NoRuntime> {
    CURRENT.try_with(AnyRuntime::clone).map_err(|_| NoRuntime)
}

/// The ambient runtime.
///
/// # Panics
///
/// Outside [`with_runtime`] and what was spawned in it by [`spawn`].
#[track_caller]
pub fn current() -> AnyRuntime {
    try_current().unwrap_or_else(|error| panic!("{error}"))
}

/// Starts a task on the ambient runtime, which the task inherits.
///
/// # Panics
///
/// As [`current`].
#[track_caller]
pub fn spawn<F>(future: F) -> AnyHandle<F::Output>
where
    F: Future + Send + 'static,
    F::Output: Send + 'static,
{
    let rt = current();
    let _told = announce::<F>(None);
    rt.spawn(CURRENT.scope(rt.clone(), future))
}

/// Runs a function that blocks on the ambient runtime, which the function inherits.
///
/// # Panics
///
/// As [`current`].
#[track_caller]
pub fn spawn_blocking<F, T>(f: F) -> AnyHandle<T>
where
    F: FnOnce() -> T + Send + 'static,
    T: Send + 'static,
{
    let rt = current();
    let _told = announce::<F>(None);
    rt.spawn_blocking({
        let rt = rt.clone();
        move || CURRENT.sync_scope(rt, f)
    })
}

/// Waits on the ambient runtime's clock.
///
/// # Panics
///
/// As [`current`].
#[track_caller]
pub fn sleep(duration: Duration) -> AnySleep {
    Timer::sleep(&current(), duration)
}

/// Gives `future` so long, on the ambient runtime's clock; see [`Timer::timeout`].
///
/// # Panics
///
/// As [`current`].
#[track_caller]
pub fn timeout<F: Future>(limit: Duration, future: F) -> Timeout<F, AnySleep> {
    current().timeout(limit, future)
}

/// Ticks on the ambient runtime's clock; see [`Timer::interval`].
///
/// # Panics
///
/// As [`current`], and if `period` is zero.
#[track_caller]
pub fn interval(period: Duration) -> Interval<AnyRuntime> {
    current().interval(period)
}
