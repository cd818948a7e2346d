use std::fmt;
use std::future::Future;
use std::marker::PhantomData;
use std::pin::Pin;
use std::task::{Context, Poll};

use crate::error::JoinError;

/// The handle of a spawned task or blocking job: a future of its result.
///
/// Dropping it detaches (RT-JOIN-1). Awaiting it never unwinds (RT-JOIN-2).
///
/// # Cancel safety
///
/// Await `&mut handle` where the await may be dropped (a timeout, a select): nothing is lost, and
/// the handle can be awaited again. The result comes out once; a handle must not be polled after it.
///
/// # Examples
///
/// ```
/// use anyrt::prelude::*;
///
/// let owner = anyrt::ThreadsOwner::new().unwrap();
/// owner.run(|rt| async move {
///     let mut task = rt.spawn(std::future::pending::<()>());
///     task.abort();
///     assert!(task.await.unwrap_err().is_cancelled()); // the future is dropped by now
/// });
/// ```
pub trait JoinHandle<T>: Future<Output = Result<T, JoinError>> + Unpin {
    /// Asks the task to stop at its next await, and drops its future there.
    ///
    /// Awaiting the handle afterwards waits for that drop (RT-JOIN-3). A body that has already
    /// finished keeps its value (RT-JOIN-4). A blocking job that has started cannot be stopped: its
    /// handle resolves when it has ended (RT-BLOCK-4). Aborting twice is aborting once.
    fn abort(&mut self);

    /// Whether an await would be ready at once (RT-JOIN-7).
    fn is_finished(&self) -> bool;

    /// Lets the task go on alone: the same as dropping the handle, but said aloud.
    fn detach(self)
    where
        Self: Sized,
    {
        drop(self);
    }

    /// Ties the task to the returned handle: dropping that one aborts the task (RT-JOIN-6).
    ///
    /// # Examples
    ///
    /// ```
    /// use anyrt::prelude::*;
    ///
    /// let owner = anyrt::ThreadsOwner::new().unwrap();
    /// owner.run(|rt| async move {
    ///     let heartbeat = rt.spawn(std::future::pending::<()>()).abort_on_drop();
    ///     drop(heartbeat); // the task ends
    /// });
    /// ```
    fn abort_on_drop(self) -> AbortOnDrop<T, Self>
    where
        Self: Sized,
    {
        AbortOnDrop { handle: Some(self), value: PhantomData }
    }
}

/// A [`JoinHandle`] that aborts its task when dropped; made by [`JoinHandle::abort_on_drop`].
#[must_use = "dropping it aborts the task at once"]
pub struct AbortOnDrop<T, H: JoinHandle<T>> {
    /// `None` only once `keep` has taken it.
    handle: Option<H>,
    value: PhantomData<fn() -> T>,
}

impl<T, H: JoinHandle<T>> AbortOnDrop<T, H> {
    /// Gives the plain handle back: its drop detaches again.
    ///
    /// # Panics
    ///
    /// Never: the handle is there until this takes it.
    #[must_use = "dropping the handle detaches the task"]
    pub fn keep(mut self) -> H {
        self.handle.take().expect("only `keep` takes the handle, and it consumes `self`")
    }

    fn handle(&mut self) -> &mut H {
        self.handle.as_mut().expect("only `keep` takes the handle, and it consumes `self`")
    }
}

impl<T, H: JoinHandle<T>> Future for AbortOnDrop<T, H> {
    type Output = Result<T, JoinError>;

    fn poll(mut self: Pin<&mut Self>, cx: &mut Context<'_>) -> Poll<Self::Output> {
        Pin::new(self.handle()).poll(cx)
    }
}

impl<T, H: JoinHandle<T>> JoinHandle<T> for AbortOnDrop<T, H> {
    fn abort(&mut self) {
        self.handle().abort();
    }

    fn is_finished(&self) -> bool {
        self.handle.as_ref().is_none_or(JoinHandle::is_finished)
    }
}

impl<T, H: JoinHandle<T>> Drop for AbortOnDrop<T, H> {
    fn drop(&mut self) {
        if let Some(handle) = &mut self.handle {
            handle.abort();
        }
    }
}

impl<T, H: JoinHandle<T> + fmt::Debug> fmt::Debug for AbortOnDrop<T, H> {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.debug_tuple("AbortOnDrop").field(&self.handle).finish()
    }
}
