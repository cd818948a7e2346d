use std::future::Future;

use super::{BlockOn, JoinHandle, Timer};

/// Starts tasks that stay on one thread and need not be `Send`.
///
/// A type of its own, given only by [`LocalBlockOn::block_on_local`]: where no local executor runs
/// there is no value to call this on, so a missing local context is a type error, not a panic.
pub trait SpawnLocal: Clone + 'static {
    /// The handle of a local task.
    type LocalJoinHandle<T: 'static>: JoinHandle<T> + 'static;

    /// Starts `future` as a task on this thread (RT-LOCAL-1).
    #[track_caller]
    fn spawn_local<F>(&self, future: F) -> Self::LocalJoinHandle<F::Output>
    where
        F: Future + 'static,
        F::Output: 'static;
}

/// Blocks a thread on tasks that stay on it.
///
/// # Examples
///
/// ```
/// use anyrt::prelude::*;
/// use std::{cell::Cell, rc::Rc, time::Duration};
///
/// let owner = anyrt::ThreadsOwner::new().unwrap();
/// let sum = owner.block_on_local(|local| async move {
///     let sum = Rc::new(Cell::new(0)); // not `Send`
///     let task = local.spawn_local({
///         let (local, sum) = (local.clone(), sum.clone());
///         async move {
///             local.sleep(Duration::from_millis(1)).await;
///             sum.set(sum.get() + 1);
///         }
///     });
///     task.await.unwrap();
///     sum.get()
/// });
/// assert_eq!(sum, 1);
/// ```
pub trait LocalBlockOn: BlockOn {
    /// What local tasks are given: spawning on this thread, and time.
    type Local: SpawnLocal + Timer;

    /// Gives `app` a local spawner and runs what it returns to its end.
    ///
    /// Local tasks that are still pending then are dropped (RT-LOCAL-2).
    ///
    /// # Blocking
    ///
    /// Blocks the calling thread.
    ///
    /// # Panics
    ///
    /// As [`BlockOn::block_on`].
    #[track_caller]
    fn block_on_local<F, Fut>(&self, app: F) -> Fut::Output
    where
        F: FnOnce(Self::Local) -> Fut,
        Fut: Future;
}
