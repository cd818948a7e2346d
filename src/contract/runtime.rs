use std::fmt::Debug;

use super::{Spawn, SpawnBlocking, SyncFamily, Timer};

/// A runtime: tasks, blocking jobs and time. What a library asks its caller for.
///
/// # Examples
///
/// A library function, and three programs that use it:
///
/// ```
/// use anyrt::prelude::*;
/// use std::time::Duration;
///
/// /// Tries `attempt` up to three times, a little later each time.
/// pub async fn retry<R: Runtime>(rt: R, attempt: fn() -> Option<u32>) -> Option<u32> {
///     for pause in [1, 10, 100] {
///         if let Ok(Some(value)) = rt.spawn_blocking(attempt).await {
///             return Some(value);
///         }
///         rt.sleep(Duration::from_millis(pause)).await;
///     }
///     None
/// }
///
/// fn main() {
///     let attempt = || Some(7);
///     assert_eq!(anyrt::ThreadsOwner::new().unwrap().run(|rt| retry(rt, attempt)), Some(7));
///     assert_eq!(anyrt::TokioOwner::new().unwrap().run(|rt| retry(rt, attempt)), Some(7));
///     assert_eq!(anyrt::AsyncStd.run(|rt| retry(rt, attempt)), Some(7));
/// }
/// ```
pub trait Runtime: Spawn + SpawnBlocking + Timer + Send + Sync + Debug {
    /// How its tasks wait for each other: [`Portable`](crate::family::Portable) if nothing speaks
    /// against it. See [`family`](crate::family).
    type Sync: SyncFamily;

    /// The backend's name, for reports: `"tokio"`, `"smol"`, `"threads"` ...
    fn name(&self) -> &'static str;

    /// A function that tells whether the thread that calls it runs a task of a runtime of this type, which
    /// it keeps from others while it blocks. Who waits on a thread for a task asks it, so as to say what
    /// is wrong instead of waiting for ever.
    ///
    /// `false` where that can't be known: what the provided one always says.
    ///
    /// # Examples
    ///
    /// ```
    /// use anyrt::prelude::*;
    ///
    /// let owner = anyrt::ThreadsOwner::new().unwrap();
    /// assert!(!owner.handle().in_task()()); // this thread runs none
    /// let ask = owner.handle().in_task();
    /// let in_task = owner.run(|rt| async move { rt.spawn(async move { ask() }).await });
    /// assert!(in_task.unwrap());
    /// ```
    fn in_task(&self) -> fn() -> bool {
        || false
    }
}
