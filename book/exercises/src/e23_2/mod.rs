//! A model that has to find what is wrong, and nothing where nothing is.

use std::process::Command;

use loom::sync::atomic::Ordering::{self, Acquire, Relaxed, Release};
use loom::sync::atomic::{AtomicBool, AtomicU32};

use crate::Exercise;

mod solution;
mod yours;

pub(crate) const EXERCISE: Exercise = Exercise {
    id: "23.2",
    title: "the model that catches it",
    file: "e23_2/yours.rs",
    hint: "a join orders everything: who looks after it sees everything, whatever the stores were. Look \
           while the other may still be at it, and assert what must hold *if* the look was in time",
    yours: || check(yours::model),
    solution: || check(solution::model),
};

/// A promise of one number, right or with a defect.
#[derive(Debug)]
pub(crate) struct Promise {
    number: AtomicU32,
    kept: AtomicBool,
    early: bool,
    store: Ordering,
}

impl Promise {
    pub(crate) fn keep(&self, number: u32) {
        if self.early {
            self.kept.store(true, self.store);
        }
        self.number.store(number, Relaxed);
        self.kept.store(true, self.store);
    }

    pub(crate) fn get(&self) -> Option<u32> {
        self.kept.load(Acquire).then(|| self.number.load(Relaxed))
    }
}

/// Which of them a process of its own runs: a model that fails may take its process with it.
const WHICH: &str = "ANYRT_EXERCISE_PROMISE";
const PROMISES: [(&str, bool, Ordering); 3] = [
    ("the right one", false, Release),
    ("one whose store is relaxed", false, Relaxed),
    ("one that says too early that it is kept", true, Release),
];

type Model = fn(fn() -> Promise);

fn check(model: Model) {
    if let Ok(which) = std::env::var(WHICH) {
        let promise = match which.as_str() {
            "0" => || promise(0),
            "1" => || promise(1),
            _ => || promise(2),
        };
        return model(promise);
    }
    for (number, (what, ..)) in PROMISES.iter().enumerate() {
        let passes = Command::new(std::env::current_exe().expect("it runs"))
            .args(std::env::args_os().skip(1))
            .env(WHICH, number.to_string())
            .output()
            .expect("it runs once more")
            .status
            .success();
        if number == 0 {
            assert!(passes, "the model fails with {what}");
        } else {
            assert!(!passes, "the model passes with {what}: it did not catch it");
        }
    }
}

fn promise(which: usize) -> Promise {
    let (_, early, store) = PROMISES[which];
    Promise {
        number: AtomicU32::new(0),
        kept: AtomicBool::new(false),
        early,
        store,
    }
}
