//! An executor, small enough to be read in one go.

use std::future::Future;
use std::pin::Pin;
use std::sync::{Arc, mpsc};
use std::task::{Context, Wake, Waker};
use std::thread;

use anyrt::queue::Fifo;
use anyrt::sync::{Barrier, Event, Lock};

// ANCHOR: task
/// A future, and the queue where it wants to be when it is worth asking.
struct Task {
    /// `None` once it has ended.
    future: Lock<Option<Pin<Box<dyn Future<Output = ()> + Send>>>>,
    ready: Arc<Fifo<Arc<Task>>>,
}

/// The whistle of a task puts it into the queue.
impl Wake for Task {
    fn wake(self: Arc<Self>) {
        let ready = Arc::clone(&self.ready);
        _ = ready.try_put(self); // refused once the executor is closed
    }
}
// ANCHOR_END: task

// ANCHOR: executor
/// Tasks that are worth asking, in the order in which they became so.
#[derive(Clone)]
struct Executor {
    ready: Arc<Fifo<Arc<Task>>>,
}

impl Executor {
    fn new() -> Self {
        Self { ready: Arc::new(Fifo::unbounded()) }
    }

    fn spawn(&self, future: impl Future<Output = ()> + Send + 'static) {
        let future = Lock::new(Some(Box::pin(future) as Pin<Box<_>>));
        Arc::new(Task { future, ready: Arc::clone(&self.ready) }).wake();
    }

    /// Asks whoever is ready; sleeps while nobody is; until it is closed.
    fn run(&self) {
        for task in self.ready.iter_blocking() {
            let waker = Waker::from(Arc::clone(&task));
            let mut slot = task.future.lock_blocking();
            if let Some(future) = slot.as_mut() {
                let answer = future.as_mut().poll(&mut Context::from_waker(&waker));
                if answer.is_ready() {
                    *slot = None; // nobody asks it again
                }
            }
        }
    }

    fn close(&self) {
        self.ready.close();
    }
}
// ANCHOR_END: executor

// ANCHOR: main
fn main() {
    let executor = Executor::new();
    let (whistle, all_here) = (Arc::new(Event::new()), Arc::new(Barrier::new(3)));
    let (tell, told) = mpsc::channel();
    for name in ["Ann", "Bo", "Cy"] {
        let (whistle, all_here) = (Arc::clone(&whistle), Arc::clone(&all_here));
        let (tell, executor) = (tell.clone(), executor.clone());
        executor.clone().spawn(async move {
            whistle.wait().await;
            tell.send(name).expect("somebody listens");
            if all_here.wait().await.expect("nobody gives up").is_leader() {
                executor.close();
            }
        });
    }
    let worker = executor.clone();
    let worker = thread::spawn(move || worker.run());
    whistle.set(); // from this thread: their wakers bring them into the queue
    worker.join().expect("no panic");
    let mut heard: Vec<_> = told.try_iter().collect();
    heard.sort_unstable();
    println!("{heard:?}");
}
// ANCHOR_END: main
