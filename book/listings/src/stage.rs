//! A stage: futures on pretended threads, in pretended time, with a record of who did what when.
//!
//! Nothing here takes real time, and nothing is left to chance: the same program gives the same record.
//! It is not anyrt's simulator: there a poll takes no time, and what matters here is how long a thread is
//! kept, and by whom. A thread of the stage runs its tasks in the order in which they became ready. A poll takes no time;
//! [`Stage::work`] and [`Stage::block`] do, and keep their thread from other tasks meanwhile.

use std::cmp::Reverse;
use std::collections::{BinaryHeap, VecDeque};
use std::future::Future;
use std::pin::Pin;
use std::sync::{Arc, Mutex, MutexGuard, PoisonError};
use std::task::{Context, Poll, Wake, Waker};

/// What a task is doing for a while.
#[derive(Debug, Clone, Copy, PartialEq, Eq, PartialOrd, Ord)]
pub enum State {
    /// It could run, but its thread is taken.
    Ready,
    /// It runs: its thread computes.
    Running,
    /// It has its thread, and the thread waits.
    Blocking,
    /// It waits, and its thread may run others.
    Waiting,
}

/// A while in the life of a task.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct Span {
    /// From when, in units of the stage's clock.
    pub from: u64,
    /// Until when; [`u64::MAX`] for a task that is stuck.
    pub to: u64,
    /// Doing what.
    pub state: State,
    /// The name of the work, or nothing.
    pub label: &'static str,
}

/// One line of the picture: a task and what it did.
#[derive(Debug, Clone)]
pub struct Lane {
    /// The thread that ran it.
    pub thread: &'static str,
    /// Its name.
    pub task: &'static str,
    /// What it did, in order.
    pub spans: Vec<Span>,
    /// What it noted, and when.
    pub marks: Vec<(u64, &'static str)>,
}

/// What happened on a stage.
#[derive(Debug, Clone)]
pub struct Record {
    /// The tasks, by thread, and on each in the order in which they were made.
    pub lanes: Vec<Lane>,
    /// When the last of them ended.
    pub end: u64,
    /// Tasks that still waited when nothing could happen any more.
    pub stuck: Vec<&'static str>,
    /// How full something was, and since when.
    pub depths: Vec<(u64, usize)>,
}

/// A thread of a stage.
#[derive(Debug, Clone, Copy)]
pub struct Thread(usize);

/// The handle: cheap to clone into tasks.
#[derive(Clone)]
pub struct Stage {
    inner: Arc<Mutex<Inner>>,
}

type Task = Pin<Box<dyn Future<Output = ()> + Send>>;

#[derive(Default)]
struct Inner {
    now: u64,
    /// Counts timers, so that those of one instant keep their order.
    order: u64,
    timers: BinaryHeap<Reverse<(u64, u64, usize)>>,
    timer_wakers: Vec<Option<Waker>>,
    threads: Vec<ThreadState>,
    tasks: Vec<TaskState>,
    /// The task that is being polled.
    current: Option<usize>,
    depths: Vec<(u64, usize)>,
}

struct ThreadState {
    name: &'static str,
    ready: VecDeque<usize>,
    /// A task that keeps the thread, and until when: a time, or its next wake-up.
    taken: Option<(usize, Option<u64>)>,
}

struct TaskState {
    name: &'static str,
    thread: usize,
    future: Option<Task>,
    queued: bool,
    done: bool,
    /// What it does now, since when.
    state: (State, u64, &'static str),
    /// The name of what it will wait for next.
    waits_for: &'static str,
    spans: Vec<Span>,
    marks: Vec<(u64, &'static str)>,
}

impl Stage {
    /// An empty stage; its clock shows 0.
    pub fn new() -> Self {
        Self { inner: Arc::default() }
    }

    fn lock(&self) -> MutexGuard<'_, Inner> {
        self.inner.lock().unwrap_or_else(PoisonError::into_inner)
    }

    /// Adds a thread.
    pub fn thread(&self, name: &'static str) -> Thread {
        let mut inner = self.lock();
        inner.threads.push(ThreadState {
            name,
            ready: VecDeque::new(),
            taken: None,
        });
        Thread(inner.threads.len() - 1)
    }

    /// Starts a task on a thread.
    pub fn spawn<F>(&self, thread: Thread, name: &'static str, future: F)
    where
        F: Future<Output = ()> + Send + 'static,
    {
        let mut inner = self.lock();
        let (id, now) = (inner.tasks.len(), inner.now);
        inner.tasks.push(TaskState {
            name,
            thread: thread.0,
            future: Some(Box::pin(future)),
            queued: false,
            done: false,
            state: (State::Waiting, now, ""),
            waits_for: "",
            spans: Vec::new(),
            marks: Vec::new(),
        });
        inner.make_ready(id);
    }

    /// The time, in units that the program gives a name to.
    pub fn now(&self) -> u64 {
        self.lock().now
    }

    /// Waits: the task stops, its thread goes on with others.
    pub async fn sleep(&self, units: u64) {
        let at = self.now() + units;
        let mut timer = None;
        std::future::poll_fn(|cx| {
            let mut inner = self.lock();
            if inner.now >= at {
                return Poll::Ready(());
            }
            let id = *timer.get_or_insert_with(|| {
                let id = inner.timer_wakers.len();
                inner.timer_wakers.push(None);
                inner.order += 1;
                let order = inner.order;
                inner.timers.push(Reverse((at, order, id)));
                id
            });
            inner.timer_wakers[id] = Some(cx.waker().clone());
            Poll::Pending
        })
        .await;
    }

    /// Computes: the thread is taken for so long.
    pub async fn work(&self, label: &'static str, units: u64) {
        self.take_thread(State::Running, label, units).await;
    }

    /// Does what a blocking call does: the thread is taken, and does nothing.
    pub async fn block(&self, label: &'static str, units: u64) {
        self.take_thread(State::Blocking, label, units).await;
    }

    async fn take_thread(&self, state: State, label: &'static str, units: u64) {
        let until = self.now() + units;
        std::future::poll_fn(|_| {
            if self.now() >= until {
                return Poll::Ready(());
            }
            self.take(state, label, Some(until));
            Poll::Pending
        })
        .await;
    }

    /// Does what a blocking wait does: keeps the thread until `future` is ready.
    pub async fn block_on<F: Future>(
        &self,
        label: &'static str,
        future: F,
    ) -> F::Output {
        let mut future = std::pin::pin!(future);
        std::future::poll_fn(|cx| {
            let poll = future.as_mut().poll(cx);
            if poll.is_pending() {
                self.take(State::Blocking, label, None);
            }
            poll
        })
        .await
    }

    /// Keeps the thread for the current task.
    fn take(&self, state: State, label: &'static str, until: Option<u64>) {
        let mut inner = self.lock();
        let task = inner.current.expect("only tasks of the stage take its threads");
        let (now, thread) = (inner.now, inner.tasks[task].thread);
        inner.threads[thread].taken = Some((task, until));
        inner.tasks[task].enter(state, now, label);
    }

    /// Notes that something happened just now.
    ///
    /// # Panics
    ///
    /// Outside of the stage's tasks.
    pub fn mark(&self, label: &'static str) {
        let mut inner = self.lock();
        let task = inner.current.expect("only tasks of the stage leave marks");
        let now = inner.now;
        inner.tasks[task].marks.push((now, label));
    }

    /// Waits for `future`, and names the wait in the record.
    ///
    /// # Panics
    ///
    /// Outside of the stage's tasks.
    pub async fn wait<F: Future>(
        &self,
        label: &'static str,
        future: F,
    ) -> F::Output {
        let mut future = std::pin::pin!(future);
        let name = |label| {
            let mut inner = self.lock();
            let task = inner.current.expect("wait is called from tasks");
            inner.tasks[task].waits_for = label;
        };
        std::future::poll_fn(|cx| {
            name(label); // it may be woken in vain, and wait on
            let answer = future.as_mut().poll(cx);
            if answer.is_ready() {
                name("");
            }
            answer
        })
        .await
    }

    /// Notes how full something is from now on.
    pub fn depth(&self, items: usize) {
        let mut inner = self.lock();
        let now = inner.now;
        inner.depths.push((now, items));
    }

    /// Plays until nothing can happen any more.
    pub fn run(&self) -> Record {
        loop {
            while let Some((id, future)) = self.next_task() {
                self.poll(id, future);
            }
            if !self.advance() {
                return self.lock().record();
            }
        }
    }

    /// The next task that a free thread can run.
    fn next_task(&self) -> Option<(usize, Task)> {
        let mut inner = self.lock();
        let now = inner.now;
        let thread = inner
            .threads
            .iter()
            .position(|t| t.taken.is_none() && !t.ready.is_empty())?;
        let id =
            inner.threads[thread].ready.pop_front().expect("looked at just now");
        let task = &mut inner.tasks[id];
        task.queued = false;
        task.enter(State::Running, now, "");
        let future =
            task.future.take().expect("a task that is ready is not being polled");
        inner.current = Some(id);
        Some((id, future))
    }

    fn poll(&self, id: usize, mut future: Task) {
        let waker = Waker::from(Arc::new(Alarm { stage: self.clone(), task: id }));
        let done =
            future.as_mut().poll(&mut Context::from_waker(&waker)).is_ready();
        let mut inner = self.lock();
        let now = inner.now;
        inner.current = None;
        let thread = inner.tasks[id].thread;
        let kept = inner.threads[thread].taken.is_some_and(|(task, _)| task == id);
        let task = &mut inner.tasks[id];
        let label = std::mem::take(&mut task.waits_for);
        if done {
            task.done = true;
            task.enter(State::Waiting, now, "");
        } else {
            task.future = Some(future);
            if task.queued {
                task.enter(State::Ready, now, "");
            } else if !kept {
                task.enter(State::Waiting, now, label);
            }
        }
    }

    /// Moves the clock to what comes next; false if nothing does.
    fn advance(&self) -> bool {
        let mut inner = self.lock();
        let taken = inner.threads.iter().filter_map(|t| t.taken?.1).min();
        let timer = inner.timers.peek().map(|Reverse((at, ..))| *at);
        let Some(next) = [taken, timer].into_iter().flatten().min() else {
            return false;
        };
        inner.now = next;
        for thread in 0..inner.threads.len() {
            if let Some((task, until)) = inner.threads[thread].taken
                && until == Some(next)
            {
                inner.threads[thread].taken = None;
                inner.tasks[task].queued = true;
                inner.threads[thread].ready.push_front(task); // it never left its thread
            }
        }
        let mut due = Vec::new();
        while inner.timers.peek().is_some_and(|Reverse((at, ..))| *at == next) {
            let Reverse((.., id)) = inner.timers.pop().expect("looked at just now");
            due.extend(inner.timer_wakers[id].take());
        }
        drop(inner);
        due.into_iter().for_each(Waker::wake);
        true
    }
}

impl Default for Stage {
    fn default() -> Self {
        Self::new()
    }
}

impl std::fmt::Debug for Stage {
    fn fmt(&self, f: &mut std::fmt::Formatter<'_>) -> std::fmt::Result {
        f.debug_struct("Stage").field("now", &self.now()).finish_non_exhaustive()
    }
}

impl Inner {
    fn make_ready(&mut self, id: usize) {
        let (now, running) = (self.now, self.current == Some(id));
        let task = &mut self.tasks[id];
        let thread = &mut self.threads[task.thread];
        if task.done || task.queued {
            return;
        }
        match thread.taken {
            Some((kept, Some(_))) if kept == id => return, // it goes on at its time
            Some((kept, None)) if kept == id => {
                thread.taken = None;
                thread.ready.push_front(id); // it never left its thread
            }
            _ => thread.ready.push_back(id),
        }
        task.queued = true;
        if !running {
            task.enter(State::Ready, now, "");
        }
    }

    fn record(&mut self) -> Record {
        let end = self.now;
        let threads = &self.threads;
        let mut order: Vec<_> = self.tasks.iter_mut().collect();
        order.sort_by_key(|task| task.thread);
        let lanes = order.into_iter().map(|task| {
            if !task.done {
                let (state, from, label) = task.state;
                task.spans.push(Span { from, to: u64::MAX, state, label });
            }
            Lane {
                thread: threads[task.thread].name,
                task: task.name,
                spans: task.spans.clone(),
                marks: task.marks.clone(),
            }
        });
        let lanes = lanes.collect();
        let stuck = self
            .tasks
            .iter()
            .filter(|task| !task.done)
            .map(|task| task.name)
            .collect();
        Record { lanes, end, stuck, depths: self.depths.clone() }
    }
}

impl TaskState {
    /// Ends what it did, and begins something else.
    fn enter(&mut self, state: State, now: u64, label: &'static str) {
        let (before, from, name) =
            std::mem::replace(&mut self.state, (state, now, label));
        if now > from {
            self.spans.push(Span { from, to: now, state: before, label: name });
        }
    }
}

/// The waker of a task.
struct Alarm {
    stage: Stage,
    task: usize,
}

impl Wake for Alarm {
    fn wake(self: Arc<Self>) {
        self.stage.lock().make_ready(self.task);
    }
}
