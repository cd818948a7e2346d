use std::fmt;
use std::future::Future;
use std::pin::Pin;
use std::sync::{Arc, Mutex, MutexGuard, PoisonError};
use std::task::{Context, Poll, Waker, ready};
use std::time::{Duration, Instant};

use pin_project_lite::pin_project;

use crate::contract::{JoinHandle, Runtime, Spawn};
use crate::error::JoinError;

/// Calls `f` once, `delay` from now, in a task of `rt`; it can be put off or cancelled until then.
///
/// `f` must not block; let it hand long work to
/// [`spawn_blocking`](crate::SpawnBlocking::spawn_blocking).
///
/// # Examples
///
/// Save a while after the last key stroke:
///
/// ```
/// use anyrt::{prelude::*, time::call_later};
/// use std::time::Duration;
///
/// anyrt::ThreadsOwner::new().unwrap().run(|rt| async move {
///     let save = call_later(&rt, Duration::from_millis(20), || "saved");
///     for _key in 0..3 {
///         rt.sleep(Duration::from_millis(1)).await;
///         assert!(save.reset(Duration::from_millis(20)));
///     }
///     assert_eq!(save.await.unwrap(), "saved");
/// });
/// ```
#[track_caller]
pub fn call_later<R, F, T>(rt: &R, delay: Duration, f: F) -> DelayedCall<R, T>
where
    R: Runtime,
    F: FnOnce() -> T + Send + 'static,
    T: Send + 'static,
{
    let due = rt.now().checked_add(delay);
    let call = Arc::new(Call { state: Mutex::new(State::Waiting { due, waker: None }) });
    let wait = Wait { rt: rt.clone(), call: call.clone(), armed: due, sleep: None };
    let task = rt.spawn(async move { if wait.await { Some(f()) } else { None } });
    DelayedCall { rt: rt.clone(), call, task }
}

/// A call that is yet to come: the handle of [`call_later`] and a future of the call's result.
///
/// Dropping it lets the call happen. Awaiting a cancelled call gives
/// [`JoinError::Cancelled`], awaiting one that panicked its panic.
#[doc(alias = "Timer")]
pub struct DelayedCall<R: Spawn, T: Send + 'static> {
    rt: R,
    call: Arc<Call>,
    task: R::JoinHandle<Option<T>>,
}

impl<R: Runtime, T: Send + 'static> DelayedCall<R, T> {
    /// Prevents the call; false if it has begun or was cancelled before. Exactly one of `cancel` and
    /// the call wins.
    pub fn cancel(&self) -> bool {
        self.call.update(|state| match state {
            State::Waiting { waker, .. } => {
                let waker = waker.take();
                *state = State::Cancelled;
                Some(waker)
            }
            State::Begun | State::Cancelled => None,
        })
    }

    /// Puts the call off, or brings it forward, to `delay` from now; false if it has begun or was
    /// cancelled.
    pub fn reset(&self, delay: Duration) -> bool {
        let new_due = self.rt.now().checked_add(delay);
        self.call.update(|state| match state {
            State::Waiting { due, waker } => {
                *due = new_due;
                Some(waker.take())
            }
            State::Begun | State::Cancelled => None,
        })
    }

    /// Whether the call is still to come.
    pub fn is_pending(&self) -> bool {
        matches!(*self.call.lock(), State::Waiting { .. })
    }
}

impl<R: Spawn, T: Send + 'static> Future for DelayedCall<R, T> {
    type Output = Result<T, JoinError>;

    fn poll(mut self: Pin<&mut Self>, cx: &mut Context<'_>) -> Poll<Self::Output> {
        Pin::new(&mut self.task).poll(cx).map(|done| done?.ok_or(JoinError::Cancelled))
    }
}

impl<R: Spawn, T: Send + 'static> fmt::Debug for DelayedCall<R, T> {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.debug_struct("DelayedCall")
            .field("state", &*self.call.lock())
            .field("is_finished", &self.task.is_finished())
            .finish_non_exhaustive()
    }
}

/// What the handle and the waiting task share.
struct Call {
    state: Mutex<State>,
}

#[derive(Debug)]
enum State {
    /// The call comes at `due`; `waker` is of the task that sleeps until then.
    Waiting { due: Option<Instant>, waker: Option<Waker> },
    /// `f` runs or has run.
    Begun,
    /// `f` was dropped, or will be when the task wakes.
    Cancelled,
}

impl Call {
    /// Nothing panics under this lock.
    fn lock(&self) -> MutexGuard<'_, State> {
        self.state.lock().unwrap_or_else(PoisonError::into_inner)
    }

    /// Begins the call if it is still waiting for `armed`.
    fn begin(&self, armed: Option<Instant>) -> bool {
        let mut state = self.lock();
        let due_now = matches!(&*state, State::Waiting { due, .. } if *due == armed);
        let before = due_now.then(|| std::mem::replace(&mut *state, State::Begun));
        drop(state);
        drop(before); // outside the lock: a waker's destructor is another's code
        due_now
    }

    /// Applies a change that tells the task, which is woken outside the lock.
    fn update(&self, change: impl FnOnce(&mut State) -> Option<Option<Waker>>) -> bool {
        let changed = change(&mut self.lock());
        let applied = changed.is_some();
        if let Some(waker) = changed.flatten() {
            waker.wake();
        }
        applied
    }
}

pin_project! {
    /// Sleeps until the call is due, however often that changes: true then, false if cancelled.
    struct Wait<R: Runtime> {
        rt: R,
        call: Arc<Call>,
        // The deadline that `sleep` was made for.
        armed: Option<Instant>,
        #[pin]
        sleep: Option<R::Sleep>,
    }
}

impl<R: Runtime> Future for Wait<R> {
    type Output = bool;

    fn poll(self: Pin<&mut Self>, cx: &mut Context<'_>) -> Poll<bool> {
        let mut this = self.project();
        loop {
            // Register first, then sleep: a change in between wakes this task.
            let waker = cx.waker().clone();
            let replaced = match &mut *this.call.lock() {
                State::Waiting { due, waker: slot } => {
                    if *due != *this.armed {
                        *this.armed = *due;
                        this.sleep.set(None);
                    }
                    slot.replace(waker)
                }
                State::Begun | State::Cancelled => return Poll::Ready(false),
            };
            drop(replaced); // outside the lock: a waker's destructor is another's code
            if this.sleep.is_none() {
                this.sleep.set(Some(this.rt.sleep_until(*this.armed)));
            }
            ready!(this.sleep.as_mut().as_pin_mut().expect("set above").poll(cx));
            if this.call.begin(*this.armed) {
                return Poll::Ready(true);
            }
        }
    }
}
