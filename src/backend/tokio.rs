//! tokio, on an owned runtime or on one that is there already.

use std::fmt;
use std::future::Future;
use std::pin::Pin;
use std::rc::{Rc, Weak};
use std::task::{Context, Poll, Waker};
use std::time::{Duration, Instant};

use tokio::runtime::{Builder, EnterGuard, Handle, Runtime as Rt, RuntimeFlavor};
use tokio::task::coop::poll_proceed;
use tokio::task::{JoinHandle as NativeHandle, LocalSet};

use super::done::Done;
use super::entered::{dropped_inside, enter, is_entered};
use crate::contract::{
    BlockOn, JoinHandle, LocalBlockOn, Runtime, Shutdown, Spawn, SpawnBlocking, SpawnLocal, Timer,
};
use crate::error::{BuildError, JoinError};
use crate::family::Portable;
use crate::primitives::diagnosis::{Awaits, Watch};
use crate::primitives::role::Role;

/// A handle of a tokio runtime, owned by a [`TokioOwner`] or by anyone else.
///
/// Needs tokio's timer (`enable_time` or `enable_all`) to be enabled for [`Timer`].
///
/// # Examples
///
/// In a program that has a tokio runtime already:
///
/// ```
/// use anyrt::{Tokio, prelude::*};
/// use std::time::Duration;
///
/// async fn library<R: Runtime>(rt: R) -> &'static str {
///     rt.sleep(Duration::from_millis(1)).await;
///     rt.name()
/// }
///
/// # let existing = tokio::runtime::Builder::new_multi_thread().enable_all().build().unwrap();
/// # existing.block_on(async { // stands for #[tokio::main]
/// assert_eq!(library(Tokio::current().unwrap()).await, "tokio");
/// # });
/// ```
#[derive(Clone)]
pub struct Tokio(Handle);

impl Tokio {
    /// Runs on the runtime of `handle`.
    pub fn from_handle(handle: Handle) -> Self {
        Self(handle)
    }

    /// The tokio runtime that this code runs in.
    ///
    /// # Errors
    ///
    /// [`TryCurrentError`](tokio::runtime::TryCurrentError) outside a tokio runtime.
    pub fn current() -> Result<Self, tokio::runtime::TryCurrentError> {
        Handle::try_current().map(Self)
    }

    /// tokio's own handle.
    pub fn as_handle(&self) -> &Handle {
        &self.0
    }

    /// tokio's context, in which alone its sleeps can be made. Who is in it already need not enter, which costs
    /// three times as much as to look.
    #[inline]
    fn context(&self) -> Option<EnterGuard<'_>> {
        let is_here = Handle::try_current().is_ok_and(|here| here.id() == self.0.id());
        (!is_here).then(|| self.0.enter())
    }
}

impl Spawn for Tokio {
    type JoinHandle<T: Send + 'static> = TokioHandle<T>;

    #[inline]
    #[track_caller]
    fn spawn<F>(&self, future: F) -> TokioHandle<F::Output>
    where
        F: Future + Send + 'static,
        F::Output: Send + 'static,
    {
        let watch = Watch::here::<F>(Role::Task);
        TokioHandle::new(self.0.spawn(watch.future(future)), &watch)
    }
}

impl SpawnBlocking for Tokio {
    type BlockingHandle<T: Send + 'static> = TokioHandle<T>;

    #[inline]
    #[track_caller]
    fn spawn_blocking<F, T>(&self, f: F) -> TokioHandle<T>
    where
        F: FnOnce() -> T + Send + 'static,
        T: Send + 'static,
    {
        let watch = Watch::here::<F>(Role::Job);
        TokioHandle::new(self.0.spawn_blocking(watch.job(f)), &watch)
    }
}

impl Timer for Tokio {
    type Sleep = tokio::time::Sleep;

    /// tokio's clock, which tests can pause.
    #[inline]
    fn now(&self) -> Instant {
        let _context = self.context();
        tokio::time::Instant::now().into_std()
    }

    #[inline]
    fn sleep_until(&self, at: Option<Instant>) -> Self::Sleep {
        let _context = self.context();
        match at {
            Some(at) => tokio::time::sleep_until(at.into()),
            None => tokio::time::sleep(Duration::MAX),
        }
    }

    #[inline]
    fn sleep(&self, duration: Duration) -> Self::Sleep {
        let _context = self.context();
        tokio::time::sleep(duration)
    }
}

impl Runtime for Tokio {
    type Sync = Portable;

    fn name(&self) -> &'static str {
        "tokio"
    }

    fn in_task(&self) -> fn() -> bool {
        || (inside_task() || on_its_only_thread()) && is_budgeted(u8::MAX)
    }
}

impl fmt::Debug for Tokio {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.debug_tuple("Tokio").field(&self.0.runtime_flavor()).finish()
    }
}

/// The handle of a task or blocking job on tokio.
#[derive(Debug)]
pub struct TokioHandle<T> {
    native: NativeHandle<T>,
    awaits: Awaits,
}

impl<T> TokioHandle<T> {
    #[inline]
    fn new(native: NativeHandle<T>, watch: &Watch) -> Self {
        Self { native, awaits: watch.awaits() }
    }
}

impl<T> Future for TokioHandle<T> {
    type Output = Result<T, JoinError>;

    #[inline]
    fn poll(mut self: Pin<&mut Self>, cx: &mut Context<'_>) -> Poll<Self::Output> {
        let polled = Pin::new(&mut self.native).poll(cx).map_err(from_native);
        self.awaits.polled(&polled);
        polled
    }
}

impl<T> JoinHandle<T> for TokioHandle<T> {
    fn abort(&mut self) {
        self.native.abort();
    }

    fn is_finished(&self) -> bool {
        self.native.is_finished()
    }
}

#[cold]
fn from_native(error: tokio::task::JoinError) -> JoinError {
    match error.try_into_panic() {
        Ok(payload) => JoinError::from_panic(payload),
        Err(_) => JoinError::Cancelled,
    }
}

/// A tokio runtime of one's own.
///
/// # Examples
///
/// ```
/// use anyrt::prelude::*;
///
/// let owner = anyrt::TokioOwner::current_thread().unwrap();
/// assert_eq!(owner.run(|rt| async move { rt.spawn(async { 42 }).await.unwrap() }), 42);
/// ```
#[derive(Debug)]
pub struct TokioOwner {
    /// `None` only once shut down, which consumes the owner.
    rt: Option<Rt>,
}

impl TokioOwner {
    /// A multi-thread runtime with one worker per core.
    pub fn new() -> Result<Self, BuildError> {
        Self::build(&mut Builder::new_multi_thread())
    }

    /// A multi-thread runtime with so many workers.
    pub fn with_workers(workers: usize) -> Result<Self, BuildError> {
        if workers == 0 {
            return Err(BuildError::NoWorkers);
        }
        Self::build(Builder::new_multi_thread().worker_threads(workers))
    }

    /// A runtime whose tasks run on the thread that blocks on it, and only meanwhile.
    pub fn current_thread() -> Result<Self, BuildError> {
        Self::build(&mut Builder::new_current_thread())
    }

    /// Takes over a runtime that was built with options of one's own.
    pub fn from_runtime(rt: Rt) -> Self {
        Self { rt: Some(rt) }
    }

    fn build(builder: &mut Builder) -> Result<Self, BuildError> {
        Ok(Self::from_runtime(builder.enable_all().build()?))
    }

    fn rt(&self) -> &Rt {
        self.rt.as_ref().expect("only a shutdown takes the runtime, and it consumes the owner")
    }
}

impl BlockOn for TokioOwner {
    type Handle = Tokio;

    fn handle(&self) -> Tokio {
        Tokio(self.rt().handle().clone())
    }

    #[track_caller]
    fn block_on<F: Future>(&self, future: F) -> F::Output {
        let _entered = enter(false); // tokio knows when it is inside its own, and panics clearly
        self.rt().block_on(Watch::here::<F>(Role::Root).future(future))
    }
}

impl Shutdown for TokioOwner {
    type Done = Done;

    fn shutdown(mut self) -> Done {
        let rt = self.rt.take();
        Done::on_thread(move || drop(rt))
    }

    #[track_caller]
    fn shutdown_blocking(self) {
        drop(self);
    }
}

impl Drop for TokioOwner {
    #[track_caller]
    fn drop(&mut self) {
        let Some(rt) = self.rt.take() else { return };
        if is_entered() || inside_task() {
            dropped_inside("TokioOwner", move || drop(rt));
        }
    }
}

/// Whether tokio polls a task on this thread, where dropping a runtime panics.
fn inside_task() -> bool {
    tokio::task::try_id().is_some()
}

/// Whether tokio drives a runtime on this thread that has no other.
fn on_its_only_thread() -> bool {
    let flavor = Handle::try_current().map(|rt| rt.runtime_flavor());
    flavor.is_ok_and(|flavor| flavor == RuntimeFlavor::CurrentThread)
}

/// Whether this thread has a budget of no more than `most`: tokio gives one to what it polls, and none
/// to what may block, as in `spawn_blocking` and `block_in_place`. The budget is left as it was.
fn is_budgeted(most: u8) -> bool {
    match poll_proceed(&mut Context::from_waker(Waker::noop())) {
        Poll::Pending => true,
        // Given back by the drop, and so in the reverse order.
        Poll::Ready(_unit) => most > 0 && is_budgeted(most - 1),
    }
}

/// Spawns tasks that stay on their thread; given by [`block_on_local`](LocalBlockOn::block_on_local).
///
/// It is a `LocalSet`: code inside may call `tokio::task::spawn_local` as well.
///
/// ```compile_fail,E0277
/// // It can't leave its thread: nothing else polls its tasks.
/// fn needs_send<T: Send>() {}
/// needs_send::<anyrt::TokioLocal>();
/// ```
#[derive(Clone)]
pub struct TokioLocal {
    /// Weak, so that a task that holds a spawner does not keep itself alive.
    set: Weak<LocalSet>,
    rt: Tokio,
}

impl SpawnLocal for TokioLocal {
    type LocalJoinHandle<T: 'static> = TokioHandle<T>;

    #[track_caller]
    fn spawn_local<F>(&self, future: F) -> TokioHandle<F::Output>
    where
        F: Future + 'static,
        F::Output: 'static,
    {
        // After the end: a set that goes at once drops the future, and the handle is cancelled.
        let set = self.set.upgrade().unwrap_or_default();
        let watch = Watch::here::<F>(Role::Task);
        TokioHandle::new(set.spawn_local(watch.future(future)), &watch)
    }
}

impl Timer for TokioLocal {
    type Sleep = tokio::time::Sleep;

    fn now(&self) -> Instant {
        self.rt.now()
    }

    fn sleep_until(&self, at: Option<Instant>) -> Self::Sleep {
        self.rt.sleep_until(at)
    }
}

impl fmt::Debug for TokioLocal {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.debug_struct("TokioLocal").finish_non_exhaustive()
    }
}

impl LocalBlockOn for TokioOwner {
    type Local = TokioLocal;

    #[track_caller]
    fn block_on_local<F, Fut>(&self, app: F) -> Fut::Output
    where
        F: FnOnce(TokioLocal) -> Fut,
        Fut: Future,
    {
        let set = Rc::new(LocalSet::new());
        let future = app(TokioLocal { set: Rc::downgrade(&set), rt: self.handle() });
        self.block_on(set.run_until(future))
    }
}
