//! A job that waits for jobs of its own pool.

use std::sync::Arc;

use anyrt::prelude::*;
use anyrt::queue::Fifo;
use anyrt::sync::{Event, Lock};

use crate::Exercise;
use crate::schedules::in_many_schedules;

mod solution;
mod yours;

pub(crate) const EXERCISE: Exercise = Exercise {
    id: "8.1",
    title: "submit inside submit",
    file: "e8_1/yours.rs",
    hint: "the outer job may submit, but not wait: let it return what it is given for its jobs, and wait \
           for that where no worker is kept busy by it",
    yours: || check(yours::count),
    solution: || check(solution::count),
};

/// A pool by hand, as in the chapter.
pub(crate) struct Pool {
    jobs: Fifo<Box<dyn FnOnce() + Send>>,
}

/// A result to come.
pub(crate) struct Pending<T> {
    shared: Arc<(Event, Lock<Option<T>>)>,
}

impl Pool {
    /// Hands a job to a worker.
    pub(crate) fn submit<T: Send + 'static>(
        &self,
        job: impl FnOnce() -> T + Send + 'static,
    ) -> Pending<T> {
        let shared = Arc::new((Event::new(), Lock::new(None)));
        let result = Arc::clone(&shared);
        let job = Box::new(move || {
            *result.1.lock_blocking() = Some(job());
            result.0.set();
        });
        assert!(self.jobs.try_put(job).is_ok(), "the pool is open");
        Pending { shared }
    }
}

impl<T> Pending<T> {
    /// Blocks the thread until the result is there.
    pub(crate) fn wait(self) -> T {
        self.shared.0.wait_blocking();
        self.shared.1.lock_blocking().take().expect("it is set after that")
    }
}

/// Counts the words of all texts.
type Count = fn(&Arc<Pool>, Vec<&'static str>) -> usize;

/// One worker, and the one who counts, in the simulator: it panics when all wait for each other, and
/// says who waits for what.
fn check(count: Count) {
    in_many_schedules(|rt| async move {
        let pool = Arc::new(Pool { jobs: Fifo::unbounded() });
        let open = Arc::clone(&pool);
        let worker = rt.spawn_blocking(move || {
            for job in open.jobs.iter_blocking() {
                job();
            }
        });
        let open = Arc::clone(&pool);
        let texts = vec!["to be or not to be", "that is the question", "whether"];
        let words = rt.spawn_blocking(move || count(&open, texts)).await;
        pool.jobs.close();
        worker.await.expect("no panic");
        let words = words.expect("no panic");
        assert!(words == 11, "there are 11 words, not {words}");
    });
}
