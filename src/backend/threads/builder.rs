use std::io;
use std::thread;
use std::time::Duration;

use super::owner::ThreadsOwner;
use super::worker::Waits;
use crate::error::BuildError;

const MOST_WORKERS: usize = 1 << 16;
const MOST_STACK: usize = isize::MAX as usize / 2;

/// Options of a [`ThreadsOwner`].
///
/// # Examples
///
/// ```
/// use anyrt::{ThreadsOwner, prelude::*};
/// use std::time::Duration;
///
/// let owner = ThreadsOwner::builder()
///     .workers(2)
///     .thread_name("indexer")
///     .max_blocking_threads(16)
///     .keep_alive(Duration::from_secs(1))
///     .build()
///     .unwrap();
/// let name = owner.run(|rt| async move {
///     rt.spawn(async { std::thread::current().name().map(String::from) }).await.unwrap()
/// });
/// assert!(name.unwrap().starts_with("indexer-"));
/// ```
#[derive(Debug, Clone)]
#[must_use = "nothing starts before `build`"]
pub struct ThreadsBuilder {
    pub(super) workers: Option<usize>,
    pub(super) name: String,
    pub(super) stack_size: Option<usize>,
    pub(super) max_blocking: usize,
    pub(super) keep_alive: Duration,
    pub(super) waits: Waits,
}

impl ThreadsBuilder {
    pub(super) fn new() -> Self {
        Self {
            workers: None,
            name: "anyrt".into(),
            stack_size: None,
            max_blocking: 512,
            keep_alive: Duration::from_secs(10),
            waits: Waits::Parked,
        }
    }

    /// How many threads poll tasks; one per core unless set.
    pub fn workers(mut self, workers: usize) -> Self {
        self.workers = Some(workers);
        self
    }

    /// The first part of each thread's name; `"anyrt"` unless set.
    ///
    /// Workers are called `NAME-0`, `NAME-1` ..., blocking threads `NAME-blocking-0` and so on. The
    /// operating system may show only the first characters.
    pub fn thread_name(mut self, name: impl Into<String>) -> Self {
        self.name = name.into();
        self
    }

    /// Bytes of stack for each thread; the standard library's default unless set.
    pub fn stack_size(mut self, bytes: usize) -> Self {
        self.stack_size = Some(bytes);
        self
    }

    /// How many threads blocking work may use at most; 512 unless set. Further jobs wait in a queue.
    ///
    /// They are started when needed, so that a high limit costs nothing; a limit of about the number
    /// of cores suits computations.
    pub fn max_blocking_threads(mut self, threads: usize) -> Self {
        self.max_blocking = threads;
        self
    }

    /// How long a blocking thread waits for another job before it ends; 10 s unless set.
    pub fn keep_alive(mut self, keep_alive: Duration) -> Self {
        self.keep_alive = keep_alive;
        self
    }

    /// Has workers without tasks wait for sockets, too: those of async-io, which smol's own are made of.
    ///
    /// Such sockets work on this runtime without it: async-io waits for them on a thread of its own, which has
    /// the operating system wake a worker. With it, the thread that sees a socket is mostly the one that runs
    /// its task: a server answers sooner, and spends less.
    ///
    /// What it costs: a look at the sockets once in 256 tasks, more for each sleep, and async-io, which the first
    /// such runtime of a process starts. While all workers are busy, async-io's thread looks at the sockets, once in
    /// up to 10 ms.
    ///
    /// # Examples
    ///
    /// ```
    /// use anyrt::prelude::*;
    /// use async_io::Async;
    /// use futures_lite::AsyncReadExt;
    /// use std::io::Write;
    /// use std::net::{TcpListener, TcpStream};
    ///
    /// let owner = anyrt::ThreadsOwner::builder().drive_async_io().build().unwrap();
    /// let said = owner.run(|rt| async move {
    ///     let server = Async::<TcpListener>::bind(([127, 0, 0, 1], 0)).unwrap();
    ///     let address = server.get_ref().local_addr().unwrap();
    ///     rt.spawn_blocking(move || TcpStream::connect(address).unwrap().write_all(b"hello")).detach();
    ///     let (mut stream, _) = server.accept().await.unwrap();
    ///     let mut said = String::new();
    ///     stream.read_to_string(&mut said).await.unwrap();
    ///     said
    /// });
    /// assert_eq!(said, "hello");
    /// ```
    #[cfg(feature = "async-io")]
    pub fn drive_async_io(mut self) -> Self {
        self.waits = Waits::InReactor;
        self
    }

    /// Starts the workers.
    ///
    /// # Errors
    ///
    /// [`BuildError::NoWorkers`] and [`BuildError::NoBlockingThreads`] for a zero;
    /// [`BuildError::Os`] when a thread can't be started, or not as asked: none is left behind then.
    pub fn build(self) -> Result<ThreadsOwner, BuildError> {
        if self.workers == Some(0) {
            return Err(BuildError::NoWorkers);
        }
        if self.max_blocking == 0 {
            return Err(BuildError::NoBlockingThreads);
        }
        let refuse = |why| Err(io::Error::new(io::ErrorKind::InvalidInput, why).into());
        if self.name.contains('\0') {
            return refuse("a thread name must not contain a null byte");
        }
        if self.worker_count() > MOST_WORKERS {
            return refuse("no machine has cores for so many workers");
        }
        if self.stack_size > Some(MOST_STACK) {
            return refuse("no address space has room for such a stack");
        }
        ThreadsOwner::start(&self)
    }

    pub(super) fn worker_count(&self) -> usize {
        self.workers.unwrap_or_else(|| thread::available_parallelism().map_or(1, usize::from))
    }
}

/// How to start threads of one kind.
#[derive(Debug, Clone)]
pub(super) struct Recipe {
    name: String,
    stack_size: Option<usize>,
}

impl Recipe {
    pub(super) fn new(name: String, stack_size: Option<usize>) -> Self {
        Self { name, stack_size }
    }

    pub(super) fn start(
        &self,
        index: usize,
        body: impl FnOnce() + Send + 'static,
    ) -> io::Result<thread::JoinHandle<()>> {
        let mut builder = thread::Builder::new().name(format!("{}-{index}", self.name));
        if let Some(bytes) = self.stack_size {
            builder = builder.stack_size(bytes);
        }
        builder.spawn(body)
    }
}
