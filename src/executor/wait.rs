use std::future::poll_fn;
use std::pin::pin;
use std::sync::Arc;
use std::task::{Context, Poll, ready};
use std::time::{Duration, Instant};

use super::context::{self, Deadlock, Waiting};
use super::engine::Ready;
use super::error::JobError;
use super::handle::{self, Handle};
use crate::error::TimedOut;
use crate::wait::{block_on, block_on_within};

/// When a [`wait()`] is over.
///
/// # Examples
///
/// ```
/// use anyrt::executor::{Executor, ThreadPool, When, wait_blocking};
///
/// let pool = ThreadPool::new();
/// let mut handles = [pool.submit(|| 1), pool.submit(|| 2)];
/// let first = wait_blocking(&mut handles, When::FirstCompleted).unwrap();
/// assert!(!first.done.is_empty());
/// let all = wait_blocking(&mut handles, When::AllCompleted).unwrap();
/// assert_eq!((all.done, all.pending), (vec![0, 1], vec![]));
/// ```
#[derive(Debug, Clone, Copy, PartialEq, Eq, Hash)]
#[doc(alias = "FIRST_COMPLETED")]
pub enum When {
    /// When one job has ended.
    FirstCompleted,
    /// When one job has ended without a value, or all have ended.
    #[doc(alias = "FIRST_EXCEPTION")]
    FirstError,
    /// When all jobs have ended.
    #[doc(alias = "ALL_COMPLETED")]
    AllCompleted,
}

/// Which handles have ended, by their places.
#[derive(Debug, Clone, PartialEq, Eq)]
#[non_exhaustive]
pub struct Waited {
    /// Those that have, also before the wait.
    pub done: Vec<usize>,
    /// Those that have not.
    pub pending: Vec<usize>,
}

/// Waits until `when`. The results stay in the handles.
///
/// With no handles it is over at once.
///
/// # Cancel safety
///
/// Dropped, it has taken nothing: the handles are as before. So a
/// [`timeout`](crate::Timer::timeout) around it is safe.
///
/// # Examples
///
/// ```
/// use anyrt::executor::{Executor, ThreadPool, When, wait};
///
/// let pool = ThreadPool::new();
/// let mut handles = [pool.submit(|| 1), pool.submit(|| 2)];
/// let waited = futures_lite::future::block_on(wait(&mut handles, When::AllCompleted));
/// assert_eq!(waited.done, [0, 1]);
/// assert_eq!(handles[1].try_result().unwrap().unwrap(), 2);
/// ```
pub async fn wait<T: Send + 'static>(handles: &mut [Handle<T>], when: When) -> Waited {
    let mut listens = Listens::new(handles, when);
    poll_fn(|cx| listens.poll(cx)).await;
    listens.waited()
}

/// Waits until `when`, on a thread.
///
/// # Blocking
///
/// Blocks the thread; in async code use [`wait()`].
///
/// # Errors
///
/// [`is_deadlock`](JobError::is_deadlock), of one of the jobs: this wait would never end. The handles
/// are as before.
///
/// # Examples
///
/// ```
/// use anyrt::executor::{Executor, ThreadPool, When, wait_blocking};
///
/// let pool = ThreadPool::new();
/// let mut handles = [pool.submit(|| ()), pool.submit(|| panic!("no such page"))];
/// let waited = wait_blocking(&mut handles, When::FirstError).unwrap();
/// assert!(waited.done.contains(&1) && handles[1].is_failed());
/// ```
pub fn wait_blocking<T: Send + 'static>(
    handles: &mut [Handle<T>],
    when: When,
) -> Result<Waited, JobError> {
    let mut listens = Listens::new(handles, when);
    match listens.wait(None) {
        Ok(_) => Ok(listens.waited()),
        Err(chain) => Err(listens.deadlock(chain)),
    }
}

/// Waits until `when`, on a thread, for no longer than `limit`.
///
/// # Blocking
///
/// Blocks the thread for `limit` at most.
///
/// # Errors
///
/// [`TimedOut`]: the handles say themselves how they are then.
///
/// # Examples
///
/// ```
/// use anyrt::executor::{Executor, ThreadPool, When, wait_within_blocking};
/// use std::time::Duration;
///
/// let (send, receive) = std::sync::mpsc::channel::<()>();
/// let pool = ThreadPool::new();
/// let mut handles = [pool.submit(move || receive.recv().is_ok())];
/// let limit = Duration::from_millis(1);
/// assert!(wait_within_blocking(&mut handles, When::AllCompleted, limit).is_err());
/// send.send(()).unwrap();
/// # let [handle] = handles;
/// # assert!(handle.join_blocking().unwrap());
/// ```
pub fn wait_within_blocking<T: Send + 'static>(
    handles: &mut [Handle<T>],
    when: When,
    limit: Duration,
) -> Result<Waited, TimedOut> {
    let mut listens = Listens::new(handles, when);
    // With a limit it ends by itself.
    if listens.wait(Some(limit)).unwrap_or(false) { Ok(listens.waited()) } else { Err(TimedOut) }
}

/// Handles that are listened to, until dropped.
struct Listens<'a, T: Send + 'static> {
    handles: &'a mut [Handle<T>],
    ready: Arc<Ready>,
    when: When,
    pending: usize,
    keys: Vec<u32>,
    over: bool,
}

impl<'a, T: Send + 'static> Listens<'a, T> {
    fn new(handles: &'a mut [Handle<T>], when: When) -> Self {
        let ready = Arc::new(Ready::new());
        ready.reserve(handles.len());
        for (at, handle) in handles.iter_mut().enumerate() {
            handle.listen(&ready, u32::try_from(at).expect("no memory has room for so many jobs"));
        }
        let (pending, keys) = (handles.len(), Vec::with_capacity(handles.len()));
        Self { handles, ready, when, pending, keys, over: false }
    }

    /// Waits on this thread, for `limit` at most: `false` when that has passed.
    fn wait(&mut self, limit: Option<Duration>) -> Result<bool, Deadlock> {
        let deadline = limit.and_then(|limit| Instant::now().checked_add(limit));
        // A job that waits for others of its own executor may be all that keeps them from running. But
        // one that is run here may wait for this job, which could have gone on with another result.
        let needs_all = self.when == When::AllCompleted;
        if context::is_in_job() && (needs_all || !context::can_be_replaced()) {
            let mut ran = self.handles.iter().filter(|handle| handle.help());
            match self.when {
                When::AllCompleted => drop(ran.count()),
                When::FirstCompleted => drop(ran.next()),
                When::FirstError => drop(ran.find(|handle| handle.is_failed())),
            }
        }
        let is_awaited = context::is_awaited() || self.handles.iter().any(Handle::is_driven_here);
        loop {
            self.count();
            if self.is_over() {
                return Ok(true);
            }
            let waiting =
                if is_awaited { self.begin(limit.is_some()) } else { Ok(Waiting::for_others()) };
            let _waiting = match waiting {
                // No thread can be had for those that are queued.
                Err(Deadlock(chain))
                    if chain.is_empty() && self.handles.iter().any(Handle::help) =>
                {
                    continue;
                }
                waiting => waiting?,
            };
            // The last one of those that go on may be over without an error: then it is to be asked
            // again whether this ends.
            let step = pin!(poll_fn(|cx| match self.when {
                When::FirstError => self.poll_some(cx),
                When::FirstCompleted | When::AllCompleted => self.poll(cx),
            }));
            match deadline {
                None => block_on(step),
                Some(deadline) => {
                    let left = deadline.saturating_duration_since(Instant::now());
                    if block_on_within(step, left).is_none() {
                        return Ok(false);
                    }
                }
            }
        }
    }

    /// Says that this thread waits.
    fn begin(&self, has_limit: bool) -> Result<Waiting, Deadlock> {
        let pending: Vec<_> = self.handles.iter().filter(|handle| !handle.is_finished()).collect();
        if pending.is_empty() {
            return Ok(Waiting::for_others());
        }
        handle::begin_wait(&pending, self.when, has_limit)
    }

    fn deadlock(&self, chain: Deadlock) -> JobError {
        let one = self.handles.iter().find(|handle| !handle.is_finished());
        one.or(self.handles.first()).expect("a wait for none is over").deadlock(chain)
    }

    fn is_over(&self) -> bool {
        self.over || self.pending == 0
    }

    fn poll(&mut self, cx: &mut Context<'_>) -> Poll<()> {
        while !self.is_over() {
            ready!(self.poll_some(cx));
        }
        Poll::Ready(())
    }

    fn poll_some(&mut self, cx: &mut Context<'_>) -> Poll<()> {
        if self.keys.is_empty() {
            ready!(self.ready.poll_take(&mut self.keys, cx));
        }
        self.count();
        Poll::Ready(())
    }

    /// Counts those that have come.
    fn count(&mut self) {
        if self.keys.is_empty() {
            self.ready.try_take(&mut self.keys);
        }
        for key in self.keys.drain(..) {
            self.pending -= 1;
            self.over |= match self.when {
                When::FirstCompleted => true,
                When::FirstError => self.handles[key as usize].is_failed(),
                When::AllCompleted => false,
            };
        }
    }

    fn waited(&self) -> Waited {
        let (done, pending) =
            (0..self.handles.len()).partition(|at| self.handles[*at].is_finished());
        Waited { done, pending }
    }
}

impl<T: Send + 'static> Drop for Listens<'_, T> {
    fn drop(&mut self) {
        self.handles.iter_mut().for_each(Handle::unlisten);
    }
}
