use std::fmt;
use std::future::Future;
use std::marker::PhantomData;
use std::time::Instant;

use crate::contract::{Runtime, Spawn, SpawnBlocking, SyncFamily, Timer};

/// A runtime with another sync family.
///
/// It is the runtime `R` in everything else, at no cost.
///
/// # Examples
///
/// ```
/// use anyrt::family::{Lock, TokioSync, With};
/// use anyrt::prelude::*;
///
/// async fn app<R: Runtime>(_: R) -> u64 {
///     let lock = Lock::<R, u64>::new(1);
///     *lock.lock().await += 1;
///     lock.into_inner()
/// }
///
/// let owner = anyrt::TokioOwner::new().unwrap();
/// assert_eq!(owner.run(app), 2); // with `anyrt::sync::Lock`
/// assert_eq!(owner.run(|rt| app(With::<TokioSync, _>::new(rt))), 2); // with `tokio::sync::Mutex`
/// ```
pub struct With<F, R> {
    runtime: R,
    family: PhantomData<fn() -> F>,
}

impl<F: SyncFamily, R: Runtime> With<F, R> {
    /// Gives `runtime` the family `F`.
    pub fn new(runtime: R) -> Self {
        Self { runtime, family: PhantomData }
    }

    /// The runtime as it was.
    pub fn into_inner(self) -> R {
        self.runtime
    }
}

impl<F, R: Clone> Clone for With<F, R> {
    fn clone(&self) -> Self {
        Self { runtime: self.runtime.clone(), family: PhantomData }
    }
}

impl<F: SyncFamily, R: Spawn> Spawn for With<F, R> {
    type JoinHandle<T: Send + 'static> = R::JoinHandle<T>;

    #[inline]
    #[track_caller]
    fn spawn<Fut>(&self, future: Fut) -> R::JoinHandle<Fut::Output>
    where
        Fut: Future + Send + 'static,
        Fut::Output: Send + 'static,
    {
        self.runtime.spawn(future)
    }
}

impl<F: SyncFamily, R: SpawnBlocking> SpawnBlocking for With<F, R> {
    type BlockingHandle<T: Send + 'static> = R::BlockingHandle<T>;

    #[inline]
    #[track_caller]
    fn spawn_blocking<J, T>(&self, f: J) -> R::BlockingHandle<T>
    where
        J: FnOnce() -> T + Send + 'static,
        T: Send + 'static,
    {
        self.runtime.spawn_blocking(f)
    }
}

impl<F: SyncFamily, R: Timer> Timer for With<F, R> {
    type Sleep = R::Sleep;

    #[inline]
    fn now(&self) -> Instant {
        self.runtime.now()
    }

    #[inline]
    fn sleep_until(&self, at: Option<Instant>) -> R::Sleep {
        self.runtime.sleep_until(at)
    }
}

impl<F: SyncFamily, R: Runtime> Runtime for With<F, R> {
    type Sync = F;

    fn name(&self) -> &'static str {
        self.runtime.name()
    }
}

impl<F: SyncFamily, R: fmt::Debug> fmt::Debug for With<F, R> {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.debug_struct("With").field("runtime", &self.runtime).field("sync", &F::NAME).finish()
    }
}
