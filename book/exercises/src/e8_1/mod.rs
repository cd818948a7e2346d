//! A job that waits for jobs of its own pool.

use std::sync::Arc;

use anyrt::executor::{Inline, JobError, ThreadPool};

use crate::Exercise;

mod solution;
mod yours;

pub(crate) const EXERCISE: Exercise = Exercise {
    id: "8.1",
    title: "submit inside submit",
    file: "e8_1/yours.rs",
    hint: "the outer job may submit, but not wait: let it return the handles, and wait for them where no \
           worker is kept busy by it",
    yours: || check(yours::count),
    solution: || check(solution::count),
};

/// The words of all texts.
type Count = fn(&Arc<ThreadPool>, Vec<&'static str>) -> Result<usize, JobError>;

fn check(count: Count) {
    for workers in [1, 2] {
        let pool =
            ThreadPool::builder().workers(workers).inline(Inline::Never).build();
        let pool = Arc::new(pool.expect("a good number of workers"));
        let texts = vec!["to be or not to be", "that is the question", "whether"];
        match count(&pool, texts) {
            Ok(words) => assert!(words == 11, "there are 11 words, not {words}"),
            Err(error) => panic!("with {workers} worker(s): {error}"),
        }
    }
}
