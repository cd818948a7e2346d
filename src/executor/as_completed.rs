use std::fmt;
use std::future::poll_fn;
use std::pin::Pin;
use std::sync::Arc;
use std::task::{Context, Poll, ready};
use std::time::{Duration, Instant};

use futures_core::Stream;
use slab::Slab;

use super::context::{self, Deadlock, Waiting};
use super::engine::Ready;
use super::error::JobError;
use super::handle::{self, Handle};
use super::wait::When;
use crate::error::TimedOut;

/// Results as they come: of handles from any executors, each with the key that it was put in with.
///
/// It is an iterator for threads and a stream for tasks. More handles can be put in at any time. The
/// jobs go on whether or not anybody asks for the next one. Dropping it detaches what is left.
///
/// # Cancel safety
///
/// A `next` of the stream that is dropped has taken nothing.
///
/// # Fairness
///
/// In the order in which the jobs ended.
///
/// # Errors
///
/// When a job waits, on its thread, for others that all wait for it, each of those comes with
/// [`is_deadlock`](JobError::is_deadlock), and goes on alone.
///
/// # Examples
///
/// ```
/// use anyrt::executor::{AsCompleted, Executor, ThreadPool};
///
/// let pool = ThreadPool::new();
/// let mut pages = AsCompleted::new();
/// pages.push("/", pool.submit(|| vec!["/a", "/b"]));
/// let mut seen = Vec::new();
/// while let Some((page, links)) = pages.next() {
///     seen.push(page);
///     for link in links.unwrap() {
///         pages.push(link, pool.submit(Vec::new)); // found on the way
///     }
/// }
/// seen.sort();
/// assert_eq!(seen, ["/", "/a", "/b"]);
/// ```
#[must_use = "it gives results when it is iterated over, or polled as a stream"]
pub struct AsCompleted<K, T> {
    ready: Arc<Ready>,
    pending: Slab<(K, Handle<T>)>,
    /// Of jobs that are over, the next one last.
    over: Vec<u32>,
    done: usize,
    /// There may be some that tasks run.
    has_futures: bool,
}

/// The results of `pairs` of keys and handles, as they come.
///
/// The key may be what the job was made of, so that it is there beside its result; `()` if there is
/// no need of one.
///
/// # Examples
///
/// ```
/// use anyrt::executor::{Executor, ThreadPool, as_completed};
///
/// let pool = ThreadPool::new();
/// let squares = (0..10_u32).map(|n| (n, pool.submit(move || n * n)));
/// for (n, square) in as_completed(squares) {
///     assert_eq!(square.unwrap(), n * n);
/// }
/// ```
pub fn as_completed<K, T: Send + 'static>(
    pairs: impl IntoIterator<Item = (K, Handle<T>)>,
) -> AsCompleted<K, T> {
    let mut completed = AsCompleted::new();
    let pairs = pairs.into_iter();
    completed.reserve(pairs.size_hint().0);
    pairs.for_each(|(key, handle)| completed.push(key, handle));
    completed
}

impl<K, T: Send + 'static> AsCompleted<K, T> {
    /// None yet.
    ///
    /// # Examples
    ///
    /// ```
    /// use anyrt::executor::{AsCompleted, Executor, ThreadPool};
    ///
    /// let pool = ThreadPool::new();
    /// let mut squares = AsCompleted::new();
    /// for n in 1..=3_u32 {
    ///     squares.push(n, pool.submit(move || n * n));
    /// }
    /// assert_eq!(squares.len(), 3);
    /// assert_eq!(squares.map(|(_, square)| square.unwrap()).sum::<u32>(), 14);
    /// ```
    pub fn new() -> Self {
        let (pending, over) = (Slab::new(), Vec::new());
        Self { ready: Arc::new(Ready::new()), pending, over, done: 0, has_futures: false }
    }

    fn reserve(&mut self, more: usize) {
        if more > 0 {
            self.pending.reserve(more);
            self.over.reserve(more);
            self.ready.reserve(self.pending.len() + more);
        }
    }

    /// Puts another one in.
    ///
    /// # Panics
    ///
    /// When there are more than four billion.
    pub fn push(&mut self, key: K, handle: Handle<T>) {
        let at = self.pending.insert((key, handle));
        let id = u32::try_from(at).expect("no memory has room for so many jobs");
        let handle = &mut self.pending[at].1;
        handle.listen(&self.ready, id);
        self.has_futures |= handle.is_future();
    }

    /// The results that are yet to be taken.
    pub fn len(&self) -> usize {
        self.pending.len()
    }

    /// Whether all of them were taken.
    pub fn is_empty(&self) -> bool {
        self.pending.is_empty()
    }

    /// The results that were taken: with [`len`](Self::len), what a progress bar shows.
    ///
    /// # Examples
    ///
    /// ```
    /// use anyrt::executor::{Executor, ThreadPool, as_completed};
    ///
    /// let pool = ThreadPool::new();
    /// let mut jobs = as_completed((0..3).map(|n| (n, pool.submit(move || n))));
    /// jobs.next();
    /// assert_eq!((jobs.done(), jobs.len()), (1, 2));
    /// ```
    pub fn done(&self) -> usize {
        self.done
    }

    /// Cancels the jobs that have not begun, and tells how many those were. Their results (`Cancelled`)
    /// come next.
    ///
    /// # Examples
    ///
    /// ```
    /// use anyrt::executor::{Executor, ThreadPool, as_completed};
    ///
    /// let pool = ThreadPool::with_workers(1);
    /// let mut jobs = as_completed((0..100).map(|n| (n, pool.submit(move || n))));
    /// let (_, first) = jobs.next().unwrap();
    /// assert!(first.is_ok());
    /// let cancelled = jobs.cancel_rest(); // the first is enough
    /// assert_eq!(jobs.filter(|(_, result)| result.is_err()).count(), cancelled);
    /// ```
    pub fn cancel_rest(&self) -> usize {
        self.pending.iter().filter(|(_, (_, handle))| handle.cancel()).count()
    }

    /// The handles that are left, with their keys.
    ///
    /// # Examples
    ///
    /// ```
    /// use anyrt::executor::{Executor, ThreadPool, as_completed};
    ///
    /// let pool = ThreadPool::new();
    /// let mut jobs = as_completed((0..3).map(|n| (n, pool.submit(move || n))));
    /// jobs.next();
    /// let left = jobs.into_pending(); // each can be waited for by itself
    /// assert_eq!(left.len(), 2);
    /// assert!(left.into_iter().all(|(n, handle)| handle.join_blocking().unwrap() == n));
    /// ```
    pub fn into_pending(mut self) -> Vec<(K, Handle<T>)> {
        let mut left: Vec<_> =
            std::mem::take(&mut self.pending).into_iter().map(|(_, it)| it).collect();
        for (_, handle) in &mut left {
            handle.unlisten();
        }
        left
    }

    /// The next result; `None` when there are no more.
    ///
    /// # Blocking
    ///
    /// Blocks the thread for `limit` at most.
    ///
    /// # Errors
    ///
    /// [`TimedOut`]; nothing is lost then.
    ///
    /// # Examples
    ///
    /// ```
    /// use anyrt::executor::{Executor, ThreadPool, as_completed};
    /// use std::time::Duration;
    ///
    /// let pool = ThreadPool::new();
    /// let mut jobs = as_completed([("six", pool.submit(|| 6))]);
    /// match jobs.next_within_blocking(Duration::from_secs(60)) {
    ///     Ok(Some((name, result))) => assert_eq!((name, result.unwrap()), ("six", 6)),
    ///     Ok(None) => unreachable!("there is one"),
    ///     Err(_timed_out) => println!("still waiting"),
    /// }
    /// ```
    pub fn next_within_blocking(
        &mut self,
        limit: Duration,
    ) -> Result<Option<<Self as Iterator>::Item>, TimedOut> {
        let deadline = Instant::now().checked_add(limit);
        while !self.pending.is_empty() {
            if let Some(item) = self.pop() {
                return Ok(Some(item));
            }
            let left =
                deadline.map_or(Duration::MAX, |at| at.saturating_duration_since(Instant::now()));
            match self.refill(Some(left)) {
                Ok(true) => {}
                Ok(false) => return Err(TimedOut),
                Err(chain) => return Ok(self.pop_stuck(chain)),
            }
        }
        Ok(None)
    }

    /// Waits until there are some that are over; not for longer than `limit`.
    fn refill(&mut self, limit: Option<Duration>) -> Result<bool, Deadlock> {
        // A job that waits for others of its own executor may be all that keeps them from running. But
        // one that is run here may wait for this job, which could have gone on with another result.
        if context::is_in_job() && !context::can_be_replaced() {
            let _ = self.handles().any(Handle::help);
        }
        if !self.ready.try_take(&mut self.over) {
            match self.sleep(limit) {
                // No thread can be had for those that are queued.
                Err(Deadlock(chain)) if chain.is_empty() && self.handles().any(Handle::help) => {
                    self.ready.try_take(&mut self.over);
                }
                slept => {
                    if !slept? {
                        return Ok(false);
                    }
                }
            }
        }
        self.over.reverse();
        Ok(true)
    }

    /// Blocks the thread until there are some that are over, or for `limit`: `false` then.
    fn sleep(&mut self, limit: Option<Duration>) -> Result<bool, Deadlock> {
        let is_awaited =
            context::is_awaited() || self.has_futures && self.handles().all(Handle::is_driven_here);
        let _waiting = if is_awaited {
            let pending: Vec<_> = self.handles().collect();
            handle::begin_wait(&pending, When::FirstCompleted, limit.is_some())?
        } else {
            Waiting::for_others()
        };
        Ok(match limit {
            None => {
                self.ready.take_blocking(&mut self.over);
                true
            }
            Some(limit) => self.ready.take_within_blocking(&mut self.over, limit),
        })
    }

    fn handles(&self) -> impl Iterator<Item = &Handle<T>> {
        self.pending.iter().map(|(_, (_, handle))| handle)
    }

    /// One of those that would never be over, with the reason.
    fn pop_stuck(&mut self, chain: Deadlock) -> Option<(K, Result<T, JobError>)> {
        let (id, _) = self.pending.iter().next()?;
        let (key, mut handle) = self.pending.remove(id);
        handle.unlisten();
        self.done += 1;
        // It may have come just now.
        let result = handle.try_result().unwrap_or_else(|| Err(handle.deadlock(chain)));
        Some((key, result))
    }

    fn pop(&mut self) -> Option<(K, Result<T, JobError>)> {
        let id = self.over.pop()?;
        let (key, mut handle) = self.pending.remove(id as usize);
        let result = handle.try_result().expect("it is over");
        self.done += 1;
        Some((key, result))
    }
}

impl<K, T: Send + 'static> Iterator for AsCompleted<K, T> {
    type Item = (K, Result<T, JobError>);

    /// The next result.
    ///
    /// # Blocking
    ///
    /// Blocks the thread until there is one.
    fn next(&mut self) -> Option<Self::Item> {
        if self.pending.is_empty() {
            return None;
        }
        if self.over.is_empty()
            && let Err(chain) = self.refill(None)
        {
            return self.pop_stuck(chain);
        }
        self.pop()
    }

    fn size_hint(&self) -> (usize, Option<usize>) {
        (self.len(), Some(self.len()))
    }
}

impl<K: Unpin, T: Send + 'static> Stream for AsCompleted<K, T> {
    type Item = (K, Result<T, JobError>);

    fn poll_next(mut self: Pin<&mut Self>, cx: &mut Context<'_>) -> Poll<Option<Self::Item>> {
        let this = &mut *self;
        if this.pending.is_empty() {
            return Poll::Ready(None);
        }
        if this.over.is_empty() {
            ready!(this.ready.poll_take(&mut this.over, cx));
            this.over.reverse();
        }
        Poll::Ready(this.pop())
    }

    fn size_hint(&self) -> (usize, Option<usize>) {
        (self.len(), Some(self.len()))
    }
}

impl<K: Unpin, T: Send + 'static> AsCompleted<K, T> {
    /// The next result, in async code: the stream's `next` without a trait to import.
    ///
    /// # Cancel safety
    ///
    /// Dropped, it has taken nothing.
    ///
    /// # Examples
    ///
    /// ```
    /// use anyrt::executor::{Executor, ThreadPool, as_completed};
    ///
    /// # futures_lite::future::block_on(async {
    /// let pool = ThreadPool::new();
    /// let mut jobs = as_completed((0..3).map(|n| (n, pool.submit(move || n * n))));
    /// while let Some((n, square)) = jobs.next_result().await {
    ///     assert_eq!(square.unwrap(), n * n);
    /// }
    /// # });
    /// ```
    pub async fn next_result(&mut self) -> Option<(K, Result<T, JobError>)> {
        poll_fn(|cx| Pin::new(&mut *self).poll_next(cx)).await
    }
}

impl<K, T: Send + 'static> Default for AsCompleted<K, T> {
    fn default() -> Self {
        Self::new()
    }
}

impl<K, T: Send + 'static> Extend<(K, Handle<T>)> for AsCompleted<K, T> {
    fn extend<I: IntoIterator<Item = (K, Handle<T>)>>(&mut self, pairs: I) {
        pairs.into_iter().for_each(|(key, handle)| self.push(key, handle));
    }
}

impl<K, T> fmt::Debug for AsCompleted<K, T> {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.debug_struct("AsCompleted")
            .field("pending", &self.pending.len())
            .field("done", &self.done)
            .finish_non_exhaustive()
    }
}
