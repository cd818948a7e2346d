//! A backend of somebody else: a thread for each task, on std and smol's timer. It is what a third
//! party writes to bring a runtime of its own, and it passes the whole suite.

use std::cell::Cell;
use std::future::Future;
use std::panic::{AssertUnwindSafe, catch_unwind};
use std::pin::Pin;
use std::sync::{Arc, Mutex, MutexGuard};
use std::task::{Context, Poll, Waker, ready};
use std::thread;
use std::time::Instant;

use anyrt::JoinError;
use anyrt::family::Portable;
use anyrt::prelude::*;
use smol::future::block_on;

anyrt::conformance!(thread_per_task, || ThreadPerTask, workers);

/// Handle and owner in one, as there is nothing to own.
#[derive(Debug, Clone, Copy)]
struct ThreadPerTask;

thread_local! {
    /// Whether this thread polls, and so must not block (RT-ENTER-1).
    static POLLS: Cell<bool> = const { Cell::new(false) };
}

impl Spawn for ThreadPerTask {
    type JoinHandle<T: Send + 'static> = Handle<T>;

    fn spawn<F>(&self, future: F) -> Handle<F::Output>
    where
        F: Future + Send + 'static,
        F::Output: Send + 'static,
    {
        let (task, handle) = Task::new(future);
        thread::spawn(|| {
            POLLS.set(true);
            block_on(task);
        });
        handle
    }
}

impl SpawnBlocking for ThreadPerTask {
    type BlockingHandle<T: Send + 'static> = Handle<T>;

    fn spawn_blocking<F, T>(&self, f: F) -> Handle<T>
    where
        F: FnOnce() -> T + Send + 'static,
        T: Send + 'static,
    {
        let (job, handle) = Task::new(async { f() });
        thread::spawn(|| block_on(job));
        handle
    }
}

impl Timer for ThreadPerTask {
    type Sleep = Sleep;

    fn now(&self) -> Instant {
        Instant::now()
    }

    fn sleep_until(&self, at: Option<Instant>) -> Sleep {
        Sleep(at.map_or_else(smol::Timer::never, smol::Timer::at))
    }
}

struct Sleep(smol::Timer);

impl Future for Sleep {
    type Output = ();

    fn poll(mut self: Pin<&mut Self>, cx: &mut Context<'_>) -> Poll<()> {
        ready!(Pin::new(&mut self.0).poll(cx));
        Poll::Ready(())
    }
}

impl Runtime for ThreadPerTask {
    type Sync = Portable;

    fn name(&self) -> &'static str {
        "thread-per-task"
    }
}

impl BlockOn for ThreadPerTask {
    type Handle = Self;

    fn handle(&self) -> Self {
        *self
    }

    fn block_on<F: Future>(&self, future: F) -> F::Output {
        struct Leave;
        impl Drop for Leave {
            fn drop(&mut self) {
                POLLS.set(false); // after a panic, too (RT-ENTER-3)
            }
        }
        assert!(!POLLS.get(), "`block_on` inside a task or another `block_on`: await instead");
        POLLS.set(true);
        let _leave = Leave;
        block_on(future)
    }
}

/// A future and where its result goes.
struct Task<F: Future> {
    /// `None` once it has ended.
    future: Option<Pin<Box<F>>>,
    join: Arc<Join<F::Output>>,
}

impl<F: Future> Task<F> {
    fn new(future: F) -> (Self, Handle<F::Output>) {
        let state = State { result: None, ended: false, aborted: false, task: None, waits: None };
        let join = Arc::new(Join(Mutex::new(state)));
        (Self { future: Some(Box::pin(future)), join: join.clone() }, Handle(join))
    }
}

impl<F: Future> Future for Task<F> {
    type Output = ();

    fn poll(mut self: Pin<&mut Self>, cx: &mut Context<'_>) -> Poll<()> {
        // In one step: an abort that comes later finds the waker.
        let waker = cx.waker().clone();
        let (aborted, replaced) = {
            let mut state = self.join.lock();
            (state.aborted, state.task.replace(waker))
        };
        drop(replaced);
        let future = self.future.as_mut().expect("it is polled until it has ended");
        let result = if aborted {
            Err(JoinError::Cancelled)
        } else {
            match catch_unwind(AssertUnwindSafe(|| future.as_mut().poll(cx))) {
                Ok(polled) => Ok(ready!(polled)),
                Err(payload) => Err(JoinError::from_panic(payload)), // RT-JOIN-2
            }
        };
        self.future = None; // before anyone hears of it (RT-JOIN-3)
        self.join.end(result);
        Poll::Ready(())
    }
}

/// What a task and its handle share.
struct Join<T>(Mutex<State<T>>);

struct State<T> {
    result: Option<Result<T, JoinError>>,
    ended: bool,
    aborted: bool,
    /// Of the task, to tell it of an abort.
    task: Option<Waker>,
    /// Of whoever awaits the handle.
    waits: Option<Waker>,
}

impl<T> Join<T> {
    fn end(&self, result: Result<T, JoinError>) {
        let mut state = self.lock();
        state.result = Some(result);
        state.ended = true;
        let wakers = (state.task.take(), state.waits.take());
        drop(state);
        if let (_, Some(waits)) = wakers {
            waits.wake(); // outside the lock
        }
    }

    fn lock(&self) -> MutexGuard<'_, State<T>> {
        self.0.lock().expect("nothing panics under this lock")
    }
}

/// Its drop detaches, since the task has all it needs (RT-JOIN-1).
struct Handle<T>(Arc<Join<T>>);

impl<T> Future for Handle<T> {
    type Output = Result<T, JoinError>;

    fn poll(self: Pin<&mut Self>, cx: &mut Context<'_>) -> Poll<Self::Output> {
        let waker = cx.waker().clone();
        let mut state = self.0.lock();
        let Some(result) = state.result.take() else {
            let replaced = state.waits.replace(waker); // the last one counts (RT-JOIN-9)
            drop(state);
            drop(replaced);
            return Poll::Pending;
        };
        Poll::Ready(result)
    }
}

impl<T> JoinHandle<T> for Handle<T> {
    fn abort(&mut self) {
        let mut state = self.0.lock();
        state.aborted = true;
        let task = state.task.take();
        drop(state);
        if let Some(task) = task {
            task.wake();
        }
    }

    fn is_finished(&self) -> bool {
        self.0.lock().ended
    }
}
