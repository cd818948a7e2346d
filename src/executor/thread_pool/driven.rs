use std::fmt;
use std::future::Future;
use std::panic::Location;
use std::pin::Pin;
use std::sync::{Arc, Mutex, MutexGuard, PoisonError, Weak};
use std::task::{Context, Wake, Waker};

use super::{Pool, ThreadPool};
use crate::executor::handle::Handle;
use crate::executor::submit_async::Driven;
use crate::primitives::diagnosis::Watch;
use crate::primitives::role::Role;

impl<S: 'static> ThreadPool<S> {
    /// Drives `future` on the threads of the pool: each poll is a job. It may block there, as jobs do.
    ///
    /// The pool has no timer and no reactor: what it awaits must work anywhere, as the primitives, queues
    /// and handles of this crate do, and the sleeps of a runtime that is there. Where there is a
    /// runtime, [`SubmitAsync`](crate::executor::SubmitAsync) is cheaper: each
    /// poll here takes an allocation.
    ///
    /// [`Handle::cancel`] keeps it from being polled at all; once it was, it runs to its end. It is
    /// cancelled when it is woken after the pool was closed, and when nobody is left who could wake it.
    /// A bound of the queue does not hold for its polls.
    ///
    /// # Examples
    ///
    /// ```
    /// use anyrt::executor::{Executor, ThreadPool};
    /// use std::sync::Arc;
    ///
    /// let pool = Arc::new(ThreadPool::new());
    /// let inner = Arc::clone(&pool);
    /// let total = pool.submit_async(async move {
    ///     let (left, right) = (inner.submit(|| 1), inner.submit(|| 2));
    ///     left.await.unwrap() + right.await.unwrap()
    /// });
    /// assert_eq!(total.join_blocking().unwrap(), 3);
    /// ```
    #[track_caller]
    pub fn submit_async<F>(&self, future: F) -> Handle<F::Output>
    where
        F: Future + Send + 'static,
        F::Output: Send + 'static,
    {
        let at = Location::caller();
        let future = Watch::here::<F>(Role::Task).future(future);
        let (future, handle) = Driven::new(future, self.pool.home(), || false, at);
        let (stage, pool) = (Mutex::new(Stage::Idle(Box::pin(future))), Arc::downgrade(&self.pool));
        Arc::new(Turns { stage, pool }).wake();
        handle
    }
}

/// A future of a pool, as its own waker. The last waker takes it along, and so cancels it.
struct Turns<F: Future> {
    stage: Mutex<Stage<F>>,
    /// It does not live on because something may wake a future.
    pool: Weak<Pool>,
}

enum Stage<F: Future> {
    /// To be woken.
    Idle(Pin<Box<Driven<F>>>),
    /// Its turn is queued.
    Queued(Pin<Box<Driven<F>>>),
    /// It is being polled; and was woken since, or not.
    Polled {
        again: bool,
    },
    Over,
}

/// A turn of a future. Dropped before it is taken, it ends the future.
struct Turn<F: Future>(Option<Arc<Turns<F>>>);

impl<F: Future> Turns<F> {
    /// Nothing of others runs under this lock.
    fn stage(&self) -> MutexGuard<'_, Stage<F>> {
        self.stage.lock().unwrap_or_else(PoisonError::into_inner)
    }

    fn exchange(&self, stage: Stage<F>) -> Stage<F> {
        std::mem::replace(&mut *self.stage(), stage)
    }
}

impl<F: Future + Send + 'static> Turns<F>
where
    F::Output: Send + 'static,
{
    fn queue(self: Arc<Self>) {
        let (pool, turn) = (self.pool.upgrade(), Turn(Some(self)));
        if let Some(pool) = pool {
            drop(pool.spawn(move || turn.take())); // detached
        }
    }
}

impl<F: Future + Send + 'static> Wake for Turns<F>
where
    F::Output: Send + 'static,
{
    fn wake(self: Arc<Self>) {
        let mut stage = self.stage();
        *stage = match std::mem::replace(&mut *stage, Stage::Over) {
            Stage::Idle(future) => Stage::Queued(future),
            Stage::Polled { .. } => {
                *stage = Stage::Polled { again: true };
                return;
            }
            same @ (Stage::Queued(_) | Stage::Over) => {
                *stage = same;
                return;
            }
        };
        drop(stage);
        self.queue();
    }
}

impl<F: Future + Send + 'static> Turn<F>
where
    F::Output: Send + 'static,
{
    fn take(mut self) {
        let Some(turns) = self.0.take() else { return };
        let Stage::Queued(mut future) = turns.exchange(Stage::Polled { again: false }) else {
            return;
        };
        let waker = Waker::from(Arc::clone(&turns));
        let polled = future.as_mut().poll(&mut Context::from_waker(&waker));
        if polled.is_ready() {
            drop(turns.exchange(Stage::Over));
            return;
        }
        let mut stage = turns.stage();
        let again = matches!(*stage, Stage::Polled { again: true });
        *stage = if again { Stage::Queued(future) } else { Stage::Idle(future) };
        drop(stage);
        if again {
            turns.queue();
        }
    }
}

impl<F: Future> Drop for Turn<F> {
    fn drop(&mut self) {
        if let Some(turns) = &self.0 {
            let future = turns.exchange(Stage::Over);
            drop(future); // after the lock
        }
    }
}

impl<F: Future> fmt::Debug for Turns<F> {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.debug_struct("Turns").finish_non_exhaustive()
    }
}
