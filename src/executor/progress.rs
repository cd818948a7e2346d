use std::fmt;
use std::future::poll_fn;
use std::pin::pin;
use std::sync::{Arc, Mutex, MutexGuard, PoisonError};
use std::task::{Poll, Waker};
use std::time::Duration;

use slab::Slab;

use crate::error::TimedOut;
use crate::wait::{block_on, block_on_within};

/// How far a job has come: the job has it and counts, others [`watch`](Self::watch).
///
/// Clones count together. When the last one is dropped, as with a job that ends, panics or is cancelled,
/// the watches end.
///
/// # Examples
///
/// ```
/// use anyrt::executor::{Executor, Progress, ThreadPool};
///
/// let progress = Progress::new(3);
/// let mut watch = progress.watch();
/// let handle = ThreadPool::new().submit(move || (0..3).for_each(|_| progress.advance(1)));
/// let mut last = watch.now();
/// while let Some(count) = watch.changed_blocking() {
///     assert!(last.done <= count.done && count.total == 3);
///     last = count; // a progress bar shows it
/// }
/// assert_eq!(last.done, 3);
/// handle.join_blocking().unwrap();
/// ```
pub struct Progress(Arc<Shared>);

/// The view of a [`Progress`].
///
/// # Examples
///
/// ```
/// use anyrt::executor::Progress;
///
/// let progress = Progress::new(4);
/// progress.advance(1);
/// let count = progress.now();
/// assert_eq!(100 * count.done / count.total, 25); // per cent
/// ```
#[derive(Debug, Clone, Copy, PartialEq, Eq, Default)]
#[non_exhaustive]
pub struct ProgressCount {
    /// What is done.
    pub done: u64,
    /// Of so much.
    pub total: u64,
}

/// Sees a [`Progress`] go on. Steps that come quickly are seen as one.
pub struct ProgressWatch {
    shared: Arc<Shared>,
    seen: ProgressCount,
}

struct Shared(Mutex<State>);

struct State {
    count: ProgressCount,
    /// Clones of the `Progress`.
    holders: usize,
    /// A place for each wait; empty when it is to look again.
    wakers: Slab<Option<Waker>>,
}

impl Shared {
    /// Nothing of others runs under this lock.
    fn lock(&self) -> MutexGuard<'_, State> {
        self.0.lock().unwrap_or_else(PoisonError::into_inner)
    }

    /// Changes it, and wakes all who watch.
    fn change(&self, f: impl FnOnce(&mut State)) {
        let mut state = self.lock();
        f(&mut state);
        let wakers: Vec<_> =
            state.wakers.iter_mut().filter_map(|(_, waker)| waker.take()).collect();
        drop(state);
        wakers.into_iter().for_each(Waker::wake);
    }
}

impl Progress {
    /// Nothing is done of `total`, which may be 0 as long as it is not known.
    pub fn new(total: u64) -> Self {
        let count = ProgressCount { done: 0, total };
        let state = State { count, holders: 1, wakers: Slab::new() };
        Self(Arc::new(Shared(Mutex::new(state))))
    }

    /// So much more is done.
    pub fn advance(&self, by: u64) {
        self.0.change(|state| state.count.done = state.count.done.saturating_add(by));
    }

    /// It turns out to be of so much.
    ///
    /// # Examples
    ///
    /// ```
    /// use anyrt::executor::Progress;
    ///
    /// let progress = Progress::new(0); // not known yet
    /// progress.set_total(7);
    /// assert_eq!(progress.now().total, 7);
    /// ```
    pub fn set_total(&self, total: u64) {
        self.0.change(|state| state.count.total = total);
    }

    /// How far it is.
    pub fn now(&self) -> ProgressCount {
        self.0.lock().count
    }

    /// Sees it go on from here.
    pub fn watch(&self) -> ProgressWatch {
        ProgressWatch { shared: Arc::clone(&self.0), seen: self.now() }
    }
}

impl ProgressWatch {
    /// How far it is.
    pub fn now(&self) -> ProgressCount {
        self.shared.lock().count
    }

    /// Waits until it is not what this watch has told last; `None` when nobody counts any more.
    ///
    /// # Cancel safety
    ///
    /// Dropped, it has told nothing.
    ///
    /// # Examples
    ///
    /// ```
    /// use anyrt::executor::Progress;
    ///
    /// # futures_lite::future::block_on(async {
    /// let progress = Progress::new(2);
    /// let mut watch = progress.watch();
    /// progress.advance(1);
    /// progress.advance(1);
    /// assert_eq!(watch.changed().await.unwrap().done, 2); // seen as one step
    /// drop(progress);
    /// assert_eq!(watch.changed().await, None);
    /// # });
    /// ```
    pub async fn changed(&mut self) -> Option<ProgressCount> {
        let mut slot = Slot { shared: &self.shared, key: None };
        let seen = &mut self.seen;
        poll_fn(|cx| {
            let waker = cx.waker().clone();
            let mut state = slot.shared.lock();
            if state.count != *seen {
                *seen = state.count;
                return Poll::Ready(Some(*seen));
            }
            if state.holders == 0 {
                return Poll::Ready(None);
            }
            let key = *slot.key.get_or_insert_with(|| state.wakers.insert(None));
            let old = state.wakers[key].replace(waker);
            drop(state); // before the old one
            drop(old);
            Poll::Pending
        })
        .await
    }

    /// Likewise, on a thread.
    ///
    /// # Blocking
    ///
    /// Blocks the thread; in async code use [`changed`](Self::changed).
    pub fn changed_blocking(&mut self) -> Option<ProgressCount> {
        block_on(pin!(self.changed()))
    }

    /// Likewise, on a thread, for no longer than `limit`.
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
    /// use anyrt::executor::Progress;
    /// use std::time::Duration;
    ///
    /// let progress = Progress::new(2);
    /// let mut watch = progress.watch();
    /// assert!(watch.changed_within_blocking(Duration::from_millis(1)).is_err());
    /// progress.advance(1);
    /// assert_eq!(watch.changed_within_blocking(Duration::ZERO).unwrap().unwrap().done, 1);
    /// ```
    pub fn changed_within_blocking(
        &mut self,
        limit: Duration,
    ) -> Result<Option<ProgressCount>, TimedOut> {
        block_on_within(pin!(self.changed()), limit).ok_or(TimedOut)
    }
}

/// The place of a waker, until dropped.
struct Slot<'a> {
    shared: &'a Shared,
    key: Option<usize>,
}

impl Drop for Slot<'_> {
    fn drop(&mut self) {
        if let Some(key) = self.key {
            let waker = self.shared.lock().wakers.remove(key);
            drop(waker); // after the lock
        }
    }
}

impl Clone for Progress {
    fn clone(&self) -> Self {
        self.0.lock().holders += 1;
        Self(Arc::clone(&self.0))
    }
}

impl Drop for Progress {
    fn drop(&mut self) {
        self.0.change(|state| state.holders -= 1);
    }
}

impl fmt::Debug for Progress {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.debug_tuple("Progress").field(&self.now()).finish()
    }
}

impl fmt::Debug for ProgressWatch {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.debug_tuple("ProgressWatch").field(&self.now()).finish()
    }
}
