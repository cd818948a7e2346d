use std::collections::VecDeque;
use std::fmt;
use std::panic::{AssertUnwindSafe, Location, catch_unwind};
use std::sync::Arc;
use std::thread;
use std::time::{Duration, Instant};
use std::vec;

use super::as_completed::AsCompleted;
use super::context;
use super::error::{JobError, JobErrorKind, JobLabel};
use super::handle::Handle;
use super::submit::{Executor, dead_handle, submit_to};
use crate::error::{Panic, TimedOut};

/// What a chunk of items gave, and how long it took.
struct Chunk<T> {
    results: Results<T>,
    took: Duration,
}

/// Values, and in place of some of them panics.
enum Results<T> {
    Values(Vec<T>),
    Mixed(Vec<Result<T, Panic>>),
}

/// What a chunk should take, if that is for us to say: much longer than handing it over does.
const WORTHWHILE: Duration = Duration::from_micros(200);
/// A chunk that takes as long is worth a wake-up of who waits for it.
const LONG: Duration = Duration::from_micros(50);
/// Items of a chunk at most, if that is for us to say.
const MOST_ITEMS: usize = 1 << 14;
/// A chunk is so many times larger than the one that showed that it may be.
const GROWTH: usize = 8;

/// The function, and how its items are handed out.
struct Plan<'a, E, F> {
    executor: &'a E,
    f: Arc<F>,
    cores: usize,
    /// Items of the next chunk.
    chunk: usize,
    /// The user has said how many items, or chunks, are taken ahead.
    is_set: bool,
    /// Chunks that are submitted and not taken.
    ahead: usize,
    /// The last chunk was.
    is_long: bool,
    at: &'static Location<'static>,
}

impl<'a, E: Executor, F> Plan<'a, E, F> {
    fn new(executor: &'a E, f: F, at: &'static Location<'static>) -> Self {
        let cores = thread::available_parallelism().map_or(1, usize::from);
        let (chunk, ahead) = (1, cores * 4);
        Self { executor, f: Arc::new(f), cores, chunk, is_set: false, ahead, is_long: false, at }
    }

    /// Submits the next items, and tells how many; `None` when there are no more.
    fn submit<I, T>(&self, items: &mut I) -> Option<(usize, Handle<Chunk<T>>)>
    where
        I: Iterator,
        I::Item: Send + 'static,
        F: Fn(I::Item) -> T + Send + Sync + 'static,
        T: Send + 'static,
    {
        let f = Arc::clone(&self.f);
        let mut size = self.chunk;
        if !self.is_set {
            // Not so much of what is left that the others run out of it before this one is done.
            size = size.min(items.size_hint().0 / (2 * self.cores)).max(1);
        }
        let chunk: Vec<_> = items.take(size).collect();
        let count = chunk.len();
        (count > 0).then(|| {
            let job = move || {
                let start = Instant::now();
                let results = apply(&*f, chunk);
                Chunk { results, took: start.elapsed() }
            };
            (count, self.send(job))
        })
    }

    /// Learns from a chunk how many items one should have. Only where it is known how many there are:
    /// else they are taken one by one, as somebody may have to make them, or wait for them.
    fn learn<T>(&mut self, chunk: &Chunk<T>, left: Option<(usize, Option<usize>)>) {
        let Some((least, most)) = left.filter(|_| !self.is_set) else { return };
        if most != Some(least) {
            return;
        }
        let items = chunk.results.len();
        let each = (chunk.took.as_nanos() / items.max(1) as u128).max(1);
        let fitting = usize::try_from(WORTHWHILE.as_nanos() / each).unwrap_or(usize::MAX);
        self.chunk = fitting.min(items.saturating_mul(GROWTH)).clamp(1, MOST_ITEMS);
    }

    fn send<T: Send + 'static>(&self, job: impl FnOnce() -> T + Send + 'static) -> Handle<T> {
        submit_to(self.executor, job, self.at)
            .unwrap_or_else(|refused| dead_handle(refused.into_inner(), self.at))
    }

    /// Waits for a chunk. A short one that nobody has begun is run here; of long ones the workers have
    /// enough, and one thread more would only take a core from them.
    fn wait<T: Send + 'static>(&self, mut chunk: Handle<Chunk<T>>) -> Result<Chunk<T>, JobError> {
        // Whom nobody waits for needs no look at who waits for whom either.
        if self.is_long
            && !context::is_awaited()
            && let Ok(result) = chunk.result(Duration::MAX)
        {
            return result;
        }
        chunk.join_blocking()
    }

    /// The results of a chunk of `count` items; an error is that of each.
    fn open<T>(
        &mut self,
        count: usize,
        chunk: Result<Chunk<T>, JobError>,
        left: Option<(usize, Option<usize>)>,
    ) -> Opened<T> {
        if let Ok(chunk) = &chunk {
            self.is_long = chunk.took >= LONG;
            self.learn(chunk, left);
        }
        match chunk.map(|chunk| chunk.results) {
            Ok(Results::Values(values)) => Opened::Values(values.into_iter()),
            Ok(Results::Mixed(results)) => Opened::Mixed(results.into_iter(), self.at),
            Err(error) => Opened::Error(error, count),
        }
    }
}

impl<T> Results<T> {
    fn len(&self) -> usize {
        match self {
            Self::Values(values) => values.len(),
            Self::Mixed(results) => results.len(),
        }
    }
}

fn apply<A, T>(f: &impl Fn(A) -> T, chunk: Vec<A>) -> Results<T> {
    let mut values = Vec::with_capacity(chunk.len());
    let mut items = chunk.into_iter();
    let done = catch_unwind(AssertUnwindSafe(|| {
        items.by_ref().for_each(|item| values.push(f(item)));
    }));
    let Err(payload) = done else { return Results::Values(values) };
    // The others of its chunk are not to suffer.
    let mut results: Vec<_> = values.into_iter().map(Ok).collect();
    results.push(Err(Panic::new(payload)));
    results
        .extend(items.map(|item| catch_unwind(AssertUnwindSafe(|| f(item))).map_err(Panic::new)));
    Results::Mixed(results)
}

/// A chunk's results on their way out.
enum Opened<T> {
    Values(vec::IntoIter<T>),
    Mixed(vec::IntoIter<Result<T, Panic>>, &'static Location<'static>),
    Error(JobError, usize),
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
            Self::Error(error, left) => {
                *left = left.checked_sub(1)?;
                Some(Err(error.again()))
            }
        }
    }

    #[inline]
    fn fold<B, G: FnMut(B, Self::Item) -> B>(self, init: B, g: G) -> B {
        match self {
            Self::Values(values) => values.map(Ok).fold(init, g),
            Self::Mixed(..) | Self::Error(..) => {
                let mut rest = self;
                std::iter::from_fn(|| rest.next()).fold(init, g)
            }
        }
    }
}

/// Results in the order of their items, of [`Executor::map`].
///
/// It submits nothing before it is iterated over, and then keeps [`ahead`](Self::ahead) chunks of items
/// in flight: four per core, unless set. Where the input says how many items it has, and neither
/// [`chunks`](Self::chunks) nor `ahead` is set, chunks become larger while they take less than 200 µs, and
/// smaller to the end; else an item is a chunk. Each item's panic is the error of that item. A panic of the
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
    flying: VecDeque<(usize, Handle<Chunk<T>>)>,
    opened: Option<Opened<T>>,
}

impl<'a, E: Executor, F, I: Iterator, T> Map<'a, E, F, I, T> {
    pub(super) fn new(executor: &'a E, f: F, items: I, at: &'static Location<'static>) -> Self {
        let plan = Plan::new(executor, f, at);
        Self { plan, items: Some(items), flying: VecDeque::new(), opened: None }
    }

    /// So many items make a job: more where the function is quick. 0 is 1.
    ///
    /// # Examples
    ///
    /// ```
    /// use anyrt::executor::{Executor, ThreadPool};
    ///
    /// let pool = ThreadPool::new();
    /// let squares = pool.map(|n: u64| n * n, 1..=1000).chunks(100); // ten jobs
    /// assert_eq!(squares.map(Result::unwrap).sum::<u64>(), 333_833_500);
    /// ```
    #[doc(alias = "chunksize")]
    pub fn chunks(mut self, items: usize) -> Self {
        (self.plan.chunk, self.plan.is_set) = (items.max(1), true);
        self
    }

    /// So many jobs are submitted ahead of the result that is asked for. 0 is 1.
    ///
    /// # Examples
    ///
    /// ```
    /// use anyrt::executor::{Executor, ThreadPool};
    ///
    /// let pool = ThreadPool::new();
    /// let squares = pool.map(|n: u64| n * n, 1..).ahead(2); // at most two are computed in vain
    /// assert!(squares.take(3).map(Result::unwrap).eq([1, 4, 9]));
    /// ```
    #[doc(alias = "buffersize")]
    pub fn ahead(mut self, jobs: usize) -> Self {
        (self.plan.ahead, self.plan.is_set) = (jobs.max(1), true);
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

    fn open(&mut self, count: usize, chunk: Result<Chunk<T>, JobError>) {
        let left = self.items.as_ref().map(Iterator::size_hint);
        self.opened = Some(self.plan.open(count, chunk, left));
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
    /// use anyrt::executor::{Executor, ThreadPool};
    /// use std::time::Duration;
    ///
    /// let pool = ThreadPool::new();
    /// let mut squares = pool.map(|n: u64| n * n, 3..);
    /// let first = squares.next_within_blocking(Duration::from_secs(60)).unwrap();
    /// assert_eq!(first.unwrap().unwrap(), 9);
    /// ```
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
            let Some((count, front)) = self.flying.front_mut() else { return Ok(None) };
            let count = *count;
            let left =
                deadline.map_or(Duration::MAX, |at| at.saturating_duration_since(Instant::now()));
            let chunk = front.result(left)?;
            self.flying.pop_front();
            self.open(count, chunk);
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
            let (count, front) = self.flying.pop_front()?;
            let chunk = self.plan.wait(front);
            self.open(count, chunk);
        }
    }

    /// Without a look at where it stands for each item.
    fn fold<B, G: FnMut(B, Self::Item) -> B>(mut self, init: B, mut g: G) -> B {
        let mut all = init;
        loop {
            if let Some(opened) = self.opened.take() {
                all = opened.fold(all, &mut g);
            }
            self.fill();
            let Some((count, front)) = self.flying.pop_front() else { return all };
            let chunk = self.plan.wait(front);
            self.open(count, chunk);
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
    flying: AsCompleted<usize, Chunk<T>>,
    opened: Option<Opened<T>>,
}

impl<'a, E: Executor, F, I: Iterator, T: Send + 'static> MapUnordered<'a, E, F, I, T> {
    pub(super) fn new(executor: &'a E, f: F, items: I, at: &'static Location<'static>) -> Self {
        let plan = Plan::new(executor, f, at);
        Self { plan, items: Some(items), flying: AsCompleted::new(), opened: None }
    }

    /// As [`Map::chunks`].
    pub fn chunks(mut self, items: usize) -> Self {
        (self.plan.chunk, self.plan.is_set) = (items.max(1), true);
        self
    }

    /// As [`Map::ahead`].
    pub fn ahead(mut self, jobs: usize) -> Self {
        (self.plan.ahead, self.plan.is_set) = (jobs.max(1), true);
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
                    Some((count, handle)) => self.flying.push(count, handle),
                    None => self.items = None,
                }
            }
            let (count, chunk) = self.flying.next()?;
            let left = self.items.as_ref().map(Iterator::size_hint);
            self.opened = Some(self.plan.open(count, chunk, left));
        }
    }
}

impl<E, F, I: Iterator, T> fmt::Debug for MapUnordered<'_, E, F, I, T> {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.debug_struct("MapUnordered").field("flying", &self.flying).finish_non_exhaustive()
    }
}
