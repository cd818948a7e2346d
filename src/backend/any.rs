//! Any runtime behind one concrete type: for structs that should not be generic, and for the ambient
//! runtime.

use std::any::Any;
use std::fmt;
use std::future::Future;
use std::panic::{AssertUnwindSafe, catch_unwind};
use std::pin::Pin;
use std::sync::{Arc, Mutex, MutexGuard, PoisonError};
use std::task::{Context, Poll, Waker};
use std::time::Instant;

use pin_project_lite::pin_project;

use crate::contract::{JoinHandle, Runtime, Spawn, SpawnBlocking, Timer};
use crate::error::JoinError;
use crate::family::Portable;
use crate::primitives::birth::announce;
use crate::primitives::diagnosis::Awaits;

/// A runtime whose type is erased; itself a [`Runtime`].
///
/// It costs two allocations per task or job more than the runtime itself, and one per sleep.
///
/// # Examples
///
/// ```
/// use anyrt::{AnyRuntime, prelude::*};
///
/// struct Client {
///     rt: AnyRuntime, // no type parameter
/// }
///
/// impl Client {
///     async fn fetch(&self) -> u32 {
///         self.rt.spawn(async { 42 }).await.unwrap()
///     }
/// }
///
/// let owner = anyrt::ThreadsOwner::new().unwrap();
/// let client = Client { rt: AnyRuntime::new(owner.handle()) };
/// assert_eq!(owner.block_on(client.fetch()), 42);
/// ```
#[derive(Clone)]
pub struct AnyRuntime(Arc<dyn Erased>);

impl AnyRuntime {
    /// Erases `rt`; one that is erased already is only cloned.
    pub fn new<R: Runtime>(rt: R) -> Self {
        match (&rt as &dyn Any).downcast_ref::<Self>() {
            Some(erased) => erased.clone(),
            None => Self(Arc::new(rt)),
        }
    }
}

/// What [`AnyRuntime`] asks of a runtime, without type parameters.
trait Erased: Send + Sync + fmt::Debug {
    fn start(&self, task: Pin<Box<dyn Future<Output = ()> + Send>>);
    fn start_blocking(&self, job: Box<dyn FnOnce() + Send>);
    fn time(&self) -> Instant;
    fn sleep(&self, at: Option<Instant>) -> AnySleep;
    fn title(&self) -> &'static str;
    fn inside(&self) -> fn() -> bool;
}

impl<R: Runtime> Erased for R {
    fn start(&self, task: Pin<Box<dyn Future<Output = ()> + Send>>) {
        self.spawn(task).detach();
    }

    fn start_blocking(&self, job: Box<dyn FnOnce() + Send>) {
        self.spawn_blocking(job).detach();
    }

    fn time(&self) -> Instant {
        self.now()
    }

    fn sleep(&self, at: Option<Instant>) -> AnySleep {
        AnySleep(Box::pin(self.sleep_until(at)))
    }

    fn title(&self) -> &'static str {
        self.name()
    }

    fn inside(&self) -> fn() -> bool {
        self.in_task()
    }
}

impl Spawn for AnyRuntime {
    type JoinHandle<T: Send + 'static> = AnyHandle<T>;

    fn spawn<F>(&self, future: F) -> AnyHandle<F::Output>
    where
        F: Future + Send + 'static,
        F::Output: Send + 'static,
    {
        let _told = announce::<F>(None);
        let slot = Arc::new(Slot::new());
        let task = Task { future: Some(future), outcome: Outcome(slot.clone()) };
        let awaits = Awaits::whom(|| self.0.start(Box::pin(task)));
        AnyHandle { slot, awaits }
    }
}

impl SpawnBlocking for AnyRuntime {
    type BlockingHandle<T: Send + 'static> = AnyHandle<T>;

    fn spawn_blocking<F, T>(&self, f: F) -> AnyHandle<T>
    where
        F: FnOnce() -> T + Send + 'static,
        T: Send + 'static,
    {
        let _told = announce::<F>(None);
        let slot = Arc::new(Slot::new());
        let job = Job { f, outcome: Outcome(slot.clone()) };
        let awaits = Awaits::whom(|| self.0.start_blocking(Box::new(move || job.run())));
        AnyHandle { slot, awaits }
    }
}

impl Timer for AnyRuntime {
    type Sleep = AnySleep;

    fn now(&self) -> Instant {
        self.0.time()
    }

    fn sleep_until(&self, at: Option<Instant>) -> AnySleep {
        self.0.sleep(at)
    }
}

impl Runtime for AnyRuntime {
    type Sync = Portable;

    fn name(&self) -> &'static str {
        self.0.title()
    }

    fn in_task(&self) -> fn() -> bool {
        self.0.inside()
    }
}

impl fmt::Debug for AnyRuntime {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.debug_tuple("AnyRuntime").field(&self.0).finish()
    }
}

/// A sleep of an erased runtime.
pub struct AnySleep(Pin<Box<dyn Future<Output = ()> + Send + Sync>>);

impl Future for AnySleep {
    type Output = ();

    fn poll(mut self: Pin<&mut Self>, cx: &mut Context<'_>) -> Poll<()> {
        self.0.as_mut().poll(cx)
    }
}

impl fmt::Debug for AnySleep {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.debug_struct("AnySleep").finish_non_exhaustive()
    }
}

/// The handle of a task or blocking job on an erased runtime.
pub struct AnyHandle<T> {
    slot: Arc<Slot<T>>,
    awaits: Awaits,
}

impl<T> Future for AnyHandle<T> {
    type Output = Result<T, JoinError>;

    fn poll(mut self: Pin<&mut Self>, cx: &mut Context<'_>) -> Poll<Self::Output> {
        let polled = self.slot.poll_outcome(cx);
        self.awaits.polled(&polled);
        polled
    }
}

impl<T> JoinHandle<T> for AnyHandle<T> {
    fn abort(&mut self) {
        self.slot.abort();
    }

    fn is_finished(&self) -> bool {
        !matches!(*self.slot.lock(), State::Running { .. })
    }
}

impl<T> fmt::Debug for AnyHandle<T> {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.write_str(match *self.slot.lock() {
            State::Running { aborted: false, .. } => "AnyHandle(running)",
            State::Running { aborted: true, .. } => "AnyHandle(aborted)",
            State::Ended(_) => "AnyHandle(ended)",
            State::Taken => "AnyHandle(result taken)",
        })
    }
}

/// What a task and its handle share. Wakers are woken and dropped outside its lock.
struct Slot<T>(Mutex<State<T>>);

enum State<T> {
    Running {
        aborted: bool,
        /// Of the task, so that an abort reaches it.
        task: Option<Waker>,
        /// Of whoever awaits the handle.
        joiner: Option<Waker>,
    },
    Ended(Result<T, JoinError>),
    Taken,
}

impl<T> Slot<T> {
    fn new() -> Self {
        Self(Mutex::new(State::Running { aborted: false, task: None, joiner: None }))
    }

    /// Nothing panics under this lock, but for a handle that is polled again after its result.
    fn lock(&self) -> MutexGuard<'_, State<T>> {
        self.0.lock().unwrap_or_else(PoisonError::into_inner)
    }

    fn poll_outcome(&self, cx: &mut Context<'_>) -> Poll<Result<T, JoinError>> {
        let waker = cx.waker().clone();
        let mut state = self.lock();
        if let State::Running { joiner, .. } = &mut *state {
            let replaced = joiner.replace(waker);
            drop(state);
            drop(replaced);
            return Poll::Pending;
        }
        let ended = std::mem::replace(&mut *state, State::Taken);
        drop(state);
        match ended {
            State::Ended(outcome) => Poll::Ready(outcome),
            _ => panic!("a join handle was polled after it gave its result"),
        }
    }

    fn abort(&self) {
        let waker = match &mut *self.lock() {
            State::Running { aborted, task, .. } => {
                *aborted = true;
                task.take()
            }
            State::Ended(_) | State::Taken => None,
        };
        if let Some(waker) = waker {
            waker.wake();
        }
    }

    fn is_aborted(&self) -> bool {
        matches!(*self.lock(), State::Running { aborted: true, .. })
    }

    /// Before each poll of the task: whether it may go on, and if so whom an abort wakes.
    fn enter_poll(&self, cx: &mut Context<'_>) -> bool {
        let mut state = self.lock();
        let State::Running { aborted: false, task, .. } = &mut *state else { return false };
        if task.as_ref().is_some_and(|waker| waker.will_wake(cx.waker())) {
            return true;
        }
        drop(state);
        // A clone is another's code, so not under the lock; an abort in between is seen by the loop.
        let waker = cx.waker().clone();
        let mut state = self.lock();
        let State::Running { aborted: false, task, .. } = &mut *state else { return false };
        let replaced = task.replace(waker);
        drop(state);
        drop(replaced);
        true
    }

    fn end(&self, outcome: Result<T, JoinError>) {
        let mut state = self.lock();
        if !matches!(*state, State::Running { .. }) {
            return;
        }
        let before = std::mem::replace(&mut *state, State::Ended(outcome));
        drop(state);
        if let State::Running { joiner: Some(waker), .. } = before {
            waker.wake();
        }
    }
}

/// The task's end of the slot: one that is dropped without an outcome was cancelled.
struct Outcome<T>(Arc<Slot<T>>);

impl<T> Drop for Outcome<T> {
    fn drop(&mut self) {
        self.0.end(Err(JoinError::Cancelled));
    }
}

pin_project! {
    // The fields drop in this order: an outcome is told after the future is gone (RT-JOIN-3).
    struct Task<F: Future> {
        #[pin]
        future: Option<F>,
        outcome: Outcome<F::Output>,
    }
}

impl<F: Future> Future for Task<F> {
    type Output = ();

    fn poll(self: Pin<&mut Self>, cx: &mut Context<'_>) -> Poll<()> {
        let mut this = self.project();
        let slot = &this.outcome.0;
        let goes_on = slot.enter_poll(cx);
        let step = catch_unwind(AssertUnwindSafe(|| {
            let polled = match this.future.as_mut().as_pin_mut() {
                Some(future) if goes_on => future.poll(cx).map(Ok),
                _ => Poll::Ready(Err(JoinError::Cancelled)),
            };
            if polled.is_ready() {
                this.future.set(None);
            }
            polled
        }));
        let outcome = match step {
            Ok(Poll::Pending) => return Poll::Pending,
            Ok(Poll::Ready(outcome)) => outcome,
            Err(payload) => {
                // The destructor, where it is not what panicked, must not take the executor down.
                let dropped = catch_unwind(AssertUnwindSafe(|| this.future.set(None)));
                drop(dropped);
                Err(JoinError::from_panic(payload))
            }
        };
        slot.end(outcome);
        Poll::Ready(())
    }
}

// The fields drop in this order: an outcome is told after the function is gone.
struct Job<F, T> {
    f: F,
    outcome: Outcome<T>,
}

impl<F: FnOnce() -> T, T> Job<F, T> {
    fn run(self) {
        let Self { f, outcome } = self;
        let result = if outcome.0.is_aborted() {
            drop(f);
            Err(JoinError::Cancelled)
        } else {
            catch_unwind(AssertUnwindSafe(f)).map_err(JoinError::from_panic)
        };
        outcome.0.end(result);
    }
}
