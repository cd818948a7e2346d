use std::collections::VecDeque;
use std::fmt;
use std::panic::{AssertUnwindSafe, Location, catch_unwind};
use std::sync::Arc;
use std::thread;
use std::time::{Duration, Instant};
use std::vec;

use super::as_completed::AsCompleted;
use super::error::{JobError, JobErrorKind, JobLabel};
use super::handle::Handle;
use super::submit::{Executor, dead_handle, submit_to};
use crate::error::{Panic, TimedOut};

/// What a chunk of items gave: values, and in place of some of them panics.
enum Chunk<T> {
    Values(Vec<T>),
    Mixed(Vec<Result<T, Panic>>),
}

/// The function, and how its items are handed out.
struct Plan<'a, E, F> {
    executor: &'a E,
    f: Arc<F>,
    chunk: usize,
    /// Chunks that are submitted and not taken.
    ahead: usize,
    at: &'static Location<'static>,
}

impl<'a, E: Executor, F> Plan<'a, E, F> {
    fn new(executor: &'a E, f: F, at: &'static Location<'static>) -> Self {
        let cores = thread::available_parallelism().map_or(1, usize::from);
        Self { executor, f: Arc::new(f), chunk: 1, ahead: cores * 4, at }
    }

    /// Submits the next items; `None` when there are no more.
    fn submit<I, T>(&self, items: &mut I) -> Option<Handle<Chunk<T>>>
    where
        I: Iterator,
        I::Item: Send + 'static,
        F: Fn(I::Item) -> T + Send + Sync + 'static,
        T: Send + 'static,
    {
        let f = Arc::clone(&self.f);
        if self.chunk == 1 {
            let item = items.next()?;
            let job = move || Chunk::Values(vec![f(item)]);
            return Some(self.send(job));
        }
        let chunk: Vec<_> = items.take(self.chunk).collect();
        (!chunk.is_empty()).then(|| self.send(move || apply(&*f, chunk)))
    }

    fn send<T: Send + 'static>(&self, job: impl FnOnce() -> T + Send + 'static) -> Handle<T> {
        submit_to(self.executor, job, self.at)
            .unwrap_or_else(|refused| dead_handle(refused.into_inner(), self.at))
    }

    /// The results of a chunk; an error stands for all of its items.
    fn open<T>(&self, chunk: Result<Chunk<T>, JobError>) -> Opened<T> {
        match chunk {
            Ok(Chunk::Values(values)) => Opened::Values(values.into_iter()),
            Ok(Chunk::Mixed(results)) => Opened::Mixed(results.into_iter(), self.at),
            Err(error) => Opened::Error(Some(error)),
        }
    }
}

fn apply<A, T>(f: &impl Fn(A) -> T, chunk: Vec<A>) -> Chunk<T> {
    let mut values = Vec::with_capacity(chunk.len());
    let mut items = chunk.into_iter();
    let done = catch_unwind(AssertUnwindSafe(|| {
        items.by_ref().for_each(|item| values.push(f(item)));
    }));
    let Err(payload) = done else { return Chunk::Values(values) };
    // The others of its chunk are not to suffer.
    let mut results: Vec<_> = values.into_iter().map(Ok).collect();
    results.push(Err(Panic::new(payload)));
    results
        .extend(items.map(|item| catch_unwind(AssertUnwindSafe(|| f(item))).map_err(Panic::new)));
    Chunk::Mixed(results)
}

/// A chunk's results on their way out.
enum Opened<T> {
    Values(vec::IntoIter<T>),
    Mixed(vec::IntoIter<Result<T, Panic>>, &'static Location<'static>),
    Error(Option<JobError>),
}

impl<T> Iterator for Opened<T> {
    type Item = Result<T, JobError>;

    #[inline]
    fn next(&mut self) -> Option<Self::Item> {
        match self {
            Self::Values(values) => values.next().map(Ok),
            Self::Mixed(results, at) => results.next().map(|result| {
                let label = JobLabel { name: None, submitted_at: at };
                result.map_err(|panic| JobError::new(JobErrorKind::Panicked(panic), label))
            }),
            Self::Error(error) => error.take().map(Err),
        }
    }
}

/// Results in the order of their items, of [`Executor::map`].
///
/// It submits nothing before it is iterated over, and then keeps [`ahead`](Self::ahead) chunks of items
/// in flight: four per core, unless set. Each item's panic is the error of that item. A panic of the
/// input iterator goes through `next`; what was submitted before goes on. Dropping it detaches that.
///
/// # Blocking
///
/// Its `next` blocks the thread until the next result is there.
///
/// # Examples
///
/// ```
/// use anyrt::executor::{Executor, ThreadPool};
///
/// let pool = ThreadPool::new();
/// let lengths = pool.map(|line: &str| line.len(), "one\ntwo\nthree".lines()).chunks(2);
/// assert!(lengths.map(Result::unwrap).eq([3, 3, 5]));
/// ```
#[must_use = "nothing is submitted before it is iterated over"]
pub struct Map<'a, E, F, I: Iterator, T> {
    plan: Plan<'a, E, F>,
    items: Option<I>,
    flying: VecDeque<Handle<Chunk<T>>>,
    opened: Option<Opened<T>>,
}

impl<'a, E: Executor, F, I: Iterator, T> Map<'a, E, F, I, T> {
    pub(super) fn new(executor: &'a E, f: F, items: I, at: &'static Location<'static>) -> Self {
        let plan = Plan::new(executor, f, at);
        Self { plan, items: Some(items), flying: VecDeque::new(), opened: None }
    }

    /// So many items make a job: more where the function is quick. 1 unless set; 0 is 1.
    #[doc(alias = "chunksize")]
    pub fn chunks(mut self, items: usize) -> Self {
        self.plan.chunk = items.max(1);
        self
    }

    /// So many jobs are submitted ahead of the result that is asked for. 0 is 1.
    #[doc(alias = "buffersize")]
    pub fn ahead(mut self, jobs: usize) -> Self {
        self.plan.ahead = jobs.max(1);
        self
    }
}

impl<E, F, I, T> Map<'_, E, F, I, T>
where
    E: Executor,
    F: Fn(I::Item) -> T + Send + Sync + 'static,
    I: Iterator,
    I::Item: Send + 'static,
    T: Send + 'static,
{
    fn fill(&mut self) {
        while self.flying.len() < self.plan.ahead
            && let Some(items) = &mut self.items
        {
            match self.plan.submit(items) {
                Some(handle) => self.flying.push_back(handle),
                None => self.items = None,
            }
        }
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
    pub fn next_within_blocking(
        &mut self,
        limit: Duration,
    ) -> Result<Option<Result<T, JobError>>, TimedOut> {
        let deadline = Instant::now().checked_add(limit);
        loop {
            if let Some(result) = self.opened.as_mut().and_then(Iterator::next) {
                return Ok(Some(result));
            }
            self.fill();
            let Some(front) = self.flying.front_mut() else { return Ok(None) };
            let left =
                deadline.map_or(Duration::MAX, |at| at.saturating_duration_since(Instant::now()));
            let chunk = front.result(left)?;
            self.flying.pop_front();
            self.opened = Some(self.plan.open(chunk));
        }
    }
}

impl<E, F, I, T> Iterator for Map<'_, E, F, I, T>
where
    E: Executor,
    F: Fn(I::Item) -> T + Send + Sync + 'static,
    I: Iterator,
    I::Item: Send + 'static,
    T: Send + 'static,
{
    type Item = Result<T, JobError>;

    #[inline]
    fn next(&mut self) -> Option<Self::Item> {
        loop {
            if let Some(result) = self.opened.as_mut().and_then(Iterator::next) {
                return Some(result);
            }
            self.fill();
            let chunk = self.flying.pop_front()?.join_blocking();
            self.opened = Some(self.plan.open(chunk));
        }
    }
}

impl<E, F, I: Iterator, T> fmt::Debug for Map<'_, E, F, I, T> {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.debug_struct("Map").field("flying", &self.flying.len()).finish_non_exhaustive()
    }
}

/// Results as they are ready, of [`Executor::map_unordered`]; else as [`Map`].
///
/// # Blocking
///
/// Its `next` blocks the thread until a result is there.
#[must_use = "nothing is submitted before it is iterated over"]
pub struct MapUnordered<'a, E, F, I: Iterator, T> {
    plan: Plan<'a, E, F>,
    items: Option<I>,
    flying: AsCompleted<(), Chunk<T>>,
    opened: Option<Opened<T>>,
}

impl<'a, E: Executor, F, I: Iterator, T: Send + 'static> MapUnordered<'a, E, F, I, T> {
    pub(super) fn new(executor: &'a E, f: F, items: I, at: &'static Location<'static>) -> Self {
        let plan = Plan::new(executor, f, at);
        Self { plan, items: Some(items), flying: AsCompleted::new(), opened: None }
    }

    /// As [`Map::chunks`].
    pub fn chunks(mut self, items: usize) -> Self {
        self.plan.chunk = items.max(1);
        self
    }

    /// As [`Map::ahead`].
    pub fn ahead(mut self, jobs: usize) -> Self {
        self.plan.ahead = jobs.max(1);
        self
    }
}

impl<E, F, I, T> Iterator for MapUnordered<'_, E, F, I, T>
where
    E: Executor,
    F: Fn(I::Item) -> T + Send + Sync + 'static,
    I: Iterator,
    I::Item: Send + 'static,
    T: Send + 'static,
{
    type Item = Result<T, JobError>;

    fn next(&mut self) -> Option<Self::Item> {
        loop {
            if let Some(result) = self.opened.as_mut().and_then(Iterator::next) {
                return Some(result);
            }
            while self.flying.len() < self.plan.ahead
                && let Some(items) = &mut self.items
            {
                match self.plan.submit(items) {
                    Some(handle) => self.flying.push((), handle),
                    None => self.items = None,
                }
            }
            let ((), chunk) = self.flying.next()?;
            self.opened = Some(self.plan.open(chunk));
        }
    }
}

impl<E, F, I: Iterator, T> fmt::Debug for MapUnordered<'_, E, F, I, T> {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.debug_struct("MapUnordered").field("flying", &self.flying).finish_non_exhaustive()
    }
}
