use std::cell::{Cell, RefCell};
use std::collections::VecDeque;
use std::fmt;
use std::future::Future;
use std::pin::Pin;
use std::rc::Rc;
use std::sync::atomic::{AtomicBool, Ordering};
use std::sync::{Arc, Mutex, MutexGuard, PoisonError};
use std::task::{Context, Poll, Wake, Waker};
use std::time::Instant;

use async_task::Runnable;
use pin_project_lite::pin_project;
use slab::Slab;

use super::task_handle::{LocalHandle, TaskHandle};
use crate::contract::{SpawnLocal, Timer};
use crate::primitives::diagnosis::Watch;
use crate::primitives::role::Role;

/// Polls before the executor that drives us gets its turn.
const BATCH: usize = 64;

/// Spawns tasks that stay on their thread; given by
/// [`block_on_local`](crate::LocalBlockOn::block_on_local). Its time is the runtime's.
///
/// ```compile_fail,E0277
/// // It can't leave its thread: nothing else polls its tasks.
/// fn needs_send<T: Send>() {}
/// needs_send::<anyrt::Local<anyrt::Threads>>();
/// ```
pub struct Local<R> {
    rt: R,
    tasks: Rc<Tasks>,
}

impl<R: Timer> Local<R> {
    /// Runs what `app` returns and the tasks it spawns; drops those still pending at the end.
    pub(super) fn run<F, Fut>(rt: R, app: F) -> impl Future<Output = Fut::Output>
    where
        F: FnOnce(Self) -> Fut,
        Fut: Future,
    {
        Self::run_in_turns(rt, BATCH, app)
    }

    /// Likewise, with so many polls of tasks in a row.
    pub(super) fn run_in_turns<F, Fut>(
        rt: R,
        batch: usize,
        app: F,
    ) -> impl Future<Output = Fut::Output>
    where
        F: FnOnce(Self) -> Fut,
        Fut: Future,
    {
        let tasks = Rc::new(Tasks::default());
        let local = Self { rt, tasks: tasks.clone() };
        let main = Arc::new(MainWake { ready: AtomicBool::new(true), queue: tasks.queue.clone() });
        let future = Some(app(local));
        Run { waker: Waker::from(main.clone()), main, future, tasks, batch }
    }
}

impl<R: Timer> SpawnLocal for Local<R> {
    type LocalJoinHandle<T: 'static> = LocalHandle<T>;

    fn spawn_local<F>(&self, future: F) -> LocalHandle<F::Output>
    where
        F: Future + 'static,
        F::Output: 'static,
    {
        if self.tasks.ended.get() {
            return TaskHandle::cancelled();
        }
        let mut active = self.tasks.active.borrow_mut();
        let entry = active.vacant_entry();
        let leaves = Leaves { tasks: self.tasks.clone(), key: entry.key() };
        let watch = Watch::here::<F>(Role::Task);
        let future = watch.future(future);
        let future = async move {
            let _leaves = leaves;
            future.await
        };
        let queue = self.tasks.queue.clone();
        let schedule = move |runnable| queue.push(runnable);
        let builder = async_task::Builder::new().propagate_panic(true);
        let (runnable, task) = builder.spawn_local(|()| future, schedule);
        entry.insert(runnable.waker());
        drop(active);
        runnable.schedule();
        TaskHandle::new(task.fallible(), watch.awaits())
    }
}

impl<R: Timer> Timer for Local<R> {
    type Sleep = R::Sleep;

    fn now(&self) -> Instant {
        self.rt.now()
    }

    fn sleep_until(&self, at: Option<Instant>) -> R::Sleep {
        self.rt.sleep_until(at)
    }
}

impl<R: Clone> Clone for Local<R> {
    fn clone(&self) -> Self {
        Self { rt: self.rt.clone(), tasks: self.tasks.clone() }
    }
}

impl<R: fmt::Debug> fmt::Debug for Local<R> {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.debug_struct("Local").field("rt", &self.rt).finish_non_exhaustive()
    }
}

/// The tasks of one `block_on_local`.
#[derive(Default)]
struct Tasks {
    queue: Arc<Queue>,
    /// One waker per live task, to reach them all at the end.
    active: RefCell<Slab<Waker>>,
    /// Nobody polls any more: what is spawned is dropped.
    ended: Cell<bool>,
}

impl Tasks {
    /// Drops every task that is still alive. Their destructors may wake others.
    fn clear(&self) {
        self.ended.set(true);
        while !self.active.borrow().is_empty() {
            let wakers: Vec<_> = self.active.borrow().iter().map(|(_, w)| w.clone()).collect();
            wakers.into_iter().for_each(Waker::wake);
            // Dropping a runnable drops its future, which leaves the list.
            drop(std::mem::take(&mut self.queue.lock().runnables));
        }
    }
}

/// In a task's future: takes it off the list of the living when the future goes.
struct Leaves {
    tasks: Rc<Tasks>,
    key: usize,
}

impl Drop for Leaves {
    fn drop(&mut self) {
        let waker = self.tasks.active.borrow_mut().try_remove(self.key);
        drop(waker); // outside the borrow
    }
}

/// Tasks to be polled; filled from any thread.
#[derive(Default)]
struct Queue(Mutex<Ready>);

#[derive(Default)]
struct Ready {
    runnables: VecDeque<Runnable>,
    /// Of the thread that blocks; taken when it is woken.
    sleeper: Option<Waker>,
}

impl Queue {
    fn push(&self, runnable: Runnable) {
        let mut ready = self.lock();
        ready.runnables.push_back(runnable);
        let sleeper = ready.sleeper.take();
        drop(ready);
        if let Some(waker) = sleeper {
            waker.wake();
        }
    }

    fn wake_sleeper(&self) {
        let sleeper = self.lock().sleeper.take();
        if let Some(waker) = sleeper {
            waker.wake();
        }
    }

    /// Nothing panics under this lock.
    fn lock(&self) -> MutexGuard<'_, Ready> {
        self.0.lock().unwrap_or_else(PoisonError::into_inner)
    }
}

/// Wakes the main future, and only it: a woken task does not poll it.
struct MainWake {
    ready: AtomicBool,
    queue: Arc<Queue>,
}

impl Wake for MainWake {
    fn wake(self: Arc<Self>) {
        self.wake_by_ref();
    }

    fn wake_by_ref(self: &Arc<Self>) {
        self.ready.store(true, Ordering::Release);
        self.queue.wake_sleeper();
    }
}

pin_project! {
    /// The main future and its tasks, driven by the executor that polls it.
    struct Run<Fut> {
        // `None` once dropped.
        #[pin]
        future: Option<Fut>,
        main: Arc<MainWake>,
        waker: Waker,
        tasks: Rc<Tasks>,
        batch: usize,
    }

    impl<Fut> PinnedDrop for Run<Fut> {
        fn drop(this: Pin<&mut Self>) {
            let mut this = this.project();
            this.future.set(None); // its destructor may spawn
            this.tasks.clear();
        }
    }
}

impl<Fut: Future> Future for Run<Fut> {
    type Output = Fut::Output;

    fn poll(self: Pin<&mut Self>, cx: &mut Context<'_>) -> Poll<Fut::Output> {
        let mut this = self.project();
        let queue = &this.tasks.queue;
        // First of all, so that a wake from now on is not lost.
        let replaced = queue.lock().sleeper.replace(cx.waker().clone());
        drop(replaced);
        for _ in 0..*this.batch {
            // Acquire: sees what the waking thread did before its `Release` store.
            if this.main.ready.swap(false, Ordering::Acquire)
                && let Some(future) = this.future.as_mut().as_pin_mut()
                && let Poll::Ready(output) = future.poll(&mut Context::from_waker(this.waker))
            {
                return Poll::Ready(output);
            }
            let runnable = queue.lock().runnables.pop_front();
            match runnable {
                Some(runnable) => {
                    runnable.run();
                }
                None if this.main.ready.load(Ordering::Relaxed) => {}
                None => return Poll::Pending,
            }
        }
        cx.waker().wake_by_ref();
        Poll::Pending
    }
}
