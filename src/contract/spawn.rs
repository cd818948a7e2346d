use std::borrow::Cow;
use std::future::Future;

use super::JoinHandle;
use crate::primitives::birth::announce;

/// Starts tasks.
///
/// A handle *value*, cheap to clone, not a set of static functions: two runtimes can be used side by
/// side, and none has to be "current".
///
/// # Examples
///
/// ```
/// use anyrt::prelude::*;
///
/// async fn double<R: Spawn>(rt: R) -> u64 {
///     let (a, b) = (rt.spawn(async { 20 }), rt.spawn(async { 22 }));
///     a.await.unwrap() + b.await.unwrap()
/// }
///
/// assert_eq!(anyrt::ThreadsOwner::new().unwrap().run(double), 42);
/// ```
// `Unpin` is what hyper's h2 asks of an executor, `Sync` on handles what zbus asks.
pub trait Spawn: Clone + Send + Sync + Unpin + 'static {
    /// The handle of a task of this runtime.
    type JoinHandle<T: Send + 'static>: JoinHandle<T> + Send + Sync + 'static;

    /// Starts `future` as a task of its own (RT-SPAWN-1, RT-SPAWN-2).
    ///
    /// Inside a task this costs a fraction of what it costs in the root `block_on`, which shares no
    /// queue with the workers.
    ///
    /// A future that is not `Send` is refused; [`SpawnLocal`](super::SpawnLocal) takes it:
    ///
    /// ```compile_fail,E0277
    /// use anyrt::prelude::*;
    /// use std::{future::ready, rc::Rc};
    ///
    /// let (owner, shared) = (anyrt::ThreadsOwner::new().unwrap(), Rc::new(1));
    /// owner.handle().spawn(async move {
    ///     ready(()).await;
    ///     drop(shared);
    /// });
    /// ```
    ///
    /// After the runtime was shut down the future is dropped and the handle resolves as cancelled
    /// (RT-SHUT-3).
    #[track_caller]
    fn spawn<F>(&self, future: F) -> Self::JoinHandle<F::Output>
    where
        F: Future + Send + 'static,
        F::Output: Send + 'static;

    /// [`spawn`](Self::spawn), and gives the task a name, for the reports of the simulator, of
    /// [`diagnose`](crate#features), and for probes. Where none of these is on, the name goes.
    ///
    /// # Examples
    ///
    /// ```
    /// use anyrt::prelude::*;
    ///
    /// async fn serve<R: Spawn>(rt: R, port: u16) {
    ///     rt.spawn_named(format!("port {port}"), async { /* ... */ }).await.unwrap();
    /// }
    ///
    /// anyrt::ThreadsOwner::new().unwrap().run(|rt| serve(rt, 80));
    /// ```
    #[track_caller]
    fn spawn_named<F>(
        &self,
        name: impl Into<Cow<'static, str>>,
        future: F,
    ) -> Self::JoinHandle<F::Output>
    where
        F: Future + Send + 'static,
        F::Output: Send + 'static,
    {
        let _told = announce::<F>(Some(name.into()));
        self.spawn(future)
    }
}
