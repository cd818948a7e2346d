use std::any::TypeId;
use std::fmt;
use std::future::Future;
use std::panic::{AssertUnwindSafe, Location, catch_unwind};
use std::pin::Pin;
use std::task::{Context, Poll};

use pin_project_lite::pin_project;

use super::context;
use super::engine::{Begun, Extra, Home, Promise, promise};
use super::handle::Handle;
use crate::contract::Runtime;
use crate::primitives::birth::announce;
use crate::primitives::diagnosis;

/// Gives futures to a runtime from anywhere, plain threads included, and hands out handles that a
/// thread can wait for.
///
/// # Examples
///
/// ```
/// use anyrt::executor::SubmitAsync;
/// use anyrt::prelude::*;
///
/// let owner = anyrt::ThreadsOwner::new().unwrap();
/// let rt = owner.handle();
/// let answer = std::thread::spawn(move || rt.submit_async(async { 42 }).join_blocking());
/// assert_eq!(answer.join().unwrap().unwrap(), 42);
/// ```
pub trait SubmitAsync: Runtime {
    /// Drives `future` as a task, and returns the handle of its result.
    ///
    /// [`Handle::cancel`] keeps it from being polled at all; once it was, it runs to its end, or to
    /// that of its runtime, which cancels it.
    ///
    /// Waiting for the handle on a thread that runs a task of a runtime of this type is an error
    /// ([`is_deadlock`](super::JobError::is_deadlock)), as the future may need that very thread: await it
    /// there. Every runtime of this crate knows its tasks, but for what runs under tokio's `unconstrained`;
    /// one of others knows them if it has [`in_task`](Runtime::in_task), and else only those that were given
    /// to it here: in others such a wait may never end.
    #[doc(alias = "run_coroutine_threadsafe")]
    #[track_caller]
    fn submit_async<F>(&self, future: F) -> Handle<F::Output>
    where
        F: Future + Send + 'static,
        F::Output: Send + 'static,
    {
        let home = Home::Type(TypeId::of::<Self>());
        let (future, handle) = Driven::new(future, home, self.in_task(), Location::caller());
        let _told = announce::<F>(None);
        drop(self.spawn(future));
        handle
    }
}

impl<R: Runtime> SubmitAsync for R {}

pin_project! {
    /// A future and the promise of its value.
    pub(super) struct Driven<F: Future> {
        // `None` once ready.
        #[pin]
        future: Option<F>,
        promise: Option<Promise<F::Output>>,
        begun: Option<Begun<F::Output>>,
        home: Home,
    }
}

impl<F: Future> Driven<F>
where
    F::Output: Send + 'static,
{
    /// A future for an executor, and its handle.
    pub(super) fn new(
        future: F,
        home: Home,
        in_task: fn() -> bool,
        at: &'static Location<'static>,
    ) -> (Self, Handle<F::Output>) {
        let extra = Extra { home: Some(home), in_task: Some(in_task), ..Extra::default() };
        let (promise, ticket) = promise(extra, at);
        let (future, promise) = (Some(future), Some(promise));
        (Self { future, promise, begun: None, home }, Handle::new(ticket))
    }
}

impl<F: Future> Future for Driven<F>
where
    F::Output: Send + 'static,
{
    type Output = ();

    fn poll(self: Pin<&mut Self>, cx: &mut Context<'_>) -> Poll<()> {
        let mut this = self.project();
        if let Some(promise) = this.promise.take() {
            *this.begun = promise.begin();
        }
        let Some(begun) = this.begun else {
            diagnosis::was_cancelled();
            return Poll::Ready(());
        };
        let settled = context::within_future(*this.home, begun.id(), begun.at(), || {
            catch_unwind(AssertUnwindSafe(|| {
                let future =
                    this.future.as_mut().as_pin_mut().expect("it is not polled when ready");
                let value = std::task::ready!(future.poll(cx));
                this.future.set(None); // dropped before anybody is told
                Poll::Ready(value)
            }))
        });
        let settled = match settled {
            Ok(Poll::Pending) => return Poll::Pending,
            Ok(Poll::Ready(value)) => Ok(value),
            Err(payload) => {
                diagnosis::has_panicked();
                Err(payload)
            }
        };
        if let Some(begun) = this.begun.take() {
            begun.settle(settled);
        }
        Poll::Ready(())
    }
}

impl<F: Future> fmt::Debug for Driven<F> {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.debug_struct("Driven").finish_non_exhaustive()
    }
}
