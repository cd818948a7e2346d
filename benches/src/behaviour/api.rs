use std::any::Any;
use std::future::Future;
use std::time::Duration;

/// How an API spells what the probes do. A value, copied into tasks.
pub(super) trait Api: Copy + Send + Sync + 'static {
    /// A handle of a task or blocking job.
    type Task: Send;
    /// A ticking thing.
    type Interval: Send;

    /// The worker threads that may be blocked before nothing runs any more.
    const WORKERS: usize = 2;

    fn block_on<F: Future>(self, future: F) -> F::Output;

    fn spawn<F>(self, future: F) -> Self::Task
    where
        F: Future<Output = u32> + Send + 'static;

    fn spawn_blocking<F>(self, f: F) -> Self::Task
    where
        F: FnOnce() -> u32 + Send + 'static;

    /// Awaits the handle; unwinds if that does.
    fn join(task: Self::Task) -> impl Future<Output = Joined> + Send;

    /// Aborts the task and awaits that.
    fn abort(task: Self::Task) -> impl Future<Output = Joined> + Send;

    fn sleep(self, duration: Duration) -> impl Future + Send + 'static;

    /// `None` if there is no interval.
    fn interval(self, period: Duration) -> Option<Self::Interval>;

    fn tick(interval: &mut Self::Interval) -> impl Future + Send;

    /// Whether a ready future beats a timeout of zero; `None` if there is no timeout.
    fn ready_beats_timeout(self) -> impl Future<Output = Option<bool>> + Send;

    /// Waits on this thread without running tasks on it, if they have others to run on.
    fn wait<F: Future>(self, future: F) -> F::Output {
        smol::future::block_on(future)
    }
}

/// What a handle gives.
pub(super) enum Joined {
    Value(u32),
    Panicked(Box<dyn Any + Send>),
    Cancelled,
    /// The API has no way to await it.
    Unseen,
}

impl From<Option<u32>> for Joined {
    fn from(value: Option<u32>) -> Self {
        value.map_or(Self::Cancelled, Self::Value)
    }
}
