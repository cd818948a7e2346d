use std::future::Future;

use super::Runtime;

/// The way in from plain code: blocks a thread until a future is ready.
///
/// Implemented by owners only. It is deliberately not part of [`Runtime`], so that a library that is
/// handed a runtime can't block its caller's threads.
///
/// # Examples
///
/// ```
/// use anyrt::prelude::*;
///
/// let owner = anyrt::ThreadsOwner::new().unwrap();
/// let rt = owner.handle(); // what the program passes around
/// assert_eq!(owner.block_on(async { rt.spawn(async { 42 }).await.unwrap() }), 42);
/// ```
///
/// What tasks are given can't block:
///
/// ```compile_fail,E0599
/// use anyrt::prelude::*;
///
/// let owner = anyrt::ThreadsOwner::new().unwrap();
/// owner.handle().block_on(async {});
/// ```
pub trait BlockOn {
    /// What tasks and libraries are given.
    type Handle: Runtime;

    /// A handle of the runtime.
    fn handle(&self) -> Self::Handle;

    /// Runs `future` to its end on this thread; the runtime's tasks run meanwhile.
    ///
    /// # Blocking
    ///
    /// Blocks the calling thread. Many threads may call it at once (RT-ENTER-2).
    ///
    /// # Panics
    ///
    /// Inside a task, or inside another `block_on` on the same thread: it would block the thread
    /// that has to do the work it waits for (RT-ENTER-1). Await the future there, or hand the
    /// blocking part to [`spawn_blocking`](super::SpawnBlocking::spawn_blocking). If `future`
    /// panics, so does this (RT-ENTER-3).
    #[track_caller]
    fn block_on<F: Future>(&self, future: F) -> F::Output;

    /// Gives `app` a handle and runs what it returns: the whole of a `main`.
    ///
    /// # Panics
    ///
    /// As [`block_on`](Self::block_on).
    #[track_caller]
    fn run<F, Fut>(&self, app: F) -> Fut::Output
    where
        F: FnOnce(Self::Handle) -> Fut,
        Fut: Future,
    {
        self.block_on(app(self.handle()))
    }
}

/// Ends a runtime that this value owns.
///
/// Dropping the owner does the same as [`shutdown_blocking`](Self::shutdown_blocking).
///
/// # Examples
///
/// ```
/// use anyrt::prelude::*;
///
/// let owner = anyrt::ThreadsOwner::new().unwrap();
/// let rt = owner.handle();
/// owner.shutdown_blocking();
///
/// let outside = anyrt::ThreadsOwner::new().unwrap();
/// let late = outside.block_on(rt.spawn(async { "too late" }));
/// assert!(late.unwrap_err().is_cancelled());
/// ```
pub trait Shutdown: BlockOn + Sized {
    /// Ready when the runtime is down.
    type Done: Future<Output = ()> + Send + 'static;

    /// Begins the end at once and returns a future of its completion (RT-SHUT-1 to RT-SHUT-3).
    ///
    /// Tasks are dropped at their next await; blocking jobs that have started are waited for.
    ///
    /// # Cancel safety
    ///
    /// Dropping the future does not stop the shutdown; only its completion goes unseen.
    fn shutdown(self) -> Self::Done;

    /// Ends the runtime and returns when it is down.
    ///
    /// # Blocking
    ///
    /// Blocks until tasks are dropped and blocking jobs that run have ended.
    ///
    /// # Panics
    ///
    /// Inside a task or a `block_on` (RT-SHUT-4): await [`shutdown`](Self::shutdown) there. The
    /// runtime shuts down all the same.
    #[track_caller]
    fn shutdown_blocking(self);
}
