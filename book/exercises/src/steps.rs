//! Loom's mutex, condition variable and atomics, which note what is done with them: the run that fails is drawn
//! from the notes.

use std::fmt::{Display, Write as _};
use std::ops::Deref;
use std::panic::Location;
use std::sync::{self, LockResult, PoisonError};

use loom::sync::MutexGuard;
use loom::sync::atomic::{Ordering, fence};
use loom::thread::{ThreadId, current};

/// What was done in the execution that loom is at.
static NOTES: sync::Mutex<Notes> =
    sync::Mutex::new(Notes { threads: Vec::new(), done: Vec::new() });

struct Notes {
    /// In the order in which they did something first, with what each is about to do.
    threads: Vec<(ThreadId, Option<String>)>,
    /// Which thread did what.
    done: Vec<(usize, String)>,
}

impl Notes {
    fn of_this_thread(&mut self) -> usize {
        let id = current().id();
        let known = self.threads.iter().position(|(thread, _)| *thread == id);
        known.unwrap_or_else(|| {
            self.threads.push((id, None));
            self.threads.len() - 1
        })
    }
}

fn notes() -> sync::MutexGuard<'static, Notes> {
    NOTES.lock().unwrap_or_else(PoisonError::into_inner)
}

/// Every execution of `app` with at most so many preemptions.
pub(crate) fn model(
    preemptions: Option<usize>,
    app: impl Fn() + Send + Sync + 'static,
) {
    let mut model = loom::model::Builder::new();
    model.preemption_bound = preemptions;
    model.check(move || {
        *notes() = Notes { threads: Vec::new(), done: Vec::new() };
        app();
    });
}

/// What was done in the execution that has failed, a column for each thread; nothing without one.
pub fn drawn() -> Option<String> {
    let notes = notes();
    let ended = notes.done.iter().cloned();
    let waits =
        notes.threads.iter().enumerate().filter_map(|(thread, (_, about))| {
            Some((thread, format!("{} ... not done yet", about.as_ref()?)))
        });
    let steps: Vec<_> = ended.chain(waits).collect();
    let width = steps.iter().map(|(_, what)| what.chars().count()).max()? + 2;
    let mut drawn = String::from("what was done, a column for each thread:\n");
    for (thread, what) in steps {
        _ = writeln!(drawn, "  {:indent$}{what}", "", indent = thread * width);
    }
    Some(drawn)
}

/// Does something and notes it: first that it is about to be done, since it may never be.
fn step<T>(
    at: &Location<'_>,
    what: impl Display,
    act: impl FnOnce() -> (T, String),
) -> T {
    if at.file().ends_with("mod.rs") {
        return act().0; // the check's own
    }
    let what = format!("line {}: {what}", at.line());
    let thread = notes().of_this_thread();
    notes().threads[thread].1 = Some(what.clone());
    let (value, gave) = act();
    let mut notes = notes();
    notes.threads[thread].1 = None;
    notes.done.push((thread, what + &gave));
    value
}

/// Loom takes `SeqCst` for less than it is (chapter 23), and would draw a swap that misses an earlier store: with
/// fences around it, it is what it is.
fn sequential<T>(order: Ordering, act: impl FnOnce() -> T) -> T {
    let between = || {
        if order == Ordering::SeqCst {
            fence(Ordering::SeqCst);
        }
    };
    between();
    let value = act();
    between();
    value
}

macro_rules! atomic {
    ($Name:ident, $Value:ty) => {
        /// As loom's. What is not here is not noted.
        #[derive(Debug)]
        pub(crate) struct $Name(loom::sync::atomic::$Name);

        impl Deref for $Name {
            type Target = loom::sync::atomic::$Name;

            fn deref(&self) -> &Self::Target {
                &self.0
            }
        }

        #[allow(dead_code, reason = "a reader may need what the stub does not")]
        impl $Name {
            #[track_caller]
            pub(crate) fn new(value: $Value) -> Self {
                Self(loom::sync::atomic::$Name::new(value))
            }

            #[track_caller]
            pub(crate) fn load(&self, order: Ordering) -> $Value {
                step(Location::caller(), "load", || {
                    let value = sequential(order, || self.0.load(order));
                    (value, format!(" gives {value}"))
                })
            }

            #[track_caller]
            pub(crate) fn store(&self, value: $Value, order: Ordering) {
                step(Location::caller(), format_args!("store {value}"), || {
                    (
                        sequential(order, || self.0.store(value, order)),
                        String::new(),
                    )
                });
            }

            #[track_caller]
            pub(crate) fn swap(&self, value: $Value, order: Ordering) -> $Value {
                step(Location::caller(), format_args!("swap for {value}"), || {
                    let value = sequential(order, || self.0.swap(value, order));
                    (value, format!(" gives {value}"))
                })
            }
        }
    };
}

atomic!(AtomicU32, u32);
atomic!(AtomicBool, bool);

impl AtomicU32 {
    #[track_caller]
    pub(crate) fn fetch_add(&self, more: u32, order: Ordering) -> u32 {
        step(Location::caller(), format_args!("fetch_add {more}"), || {
            let value = sequential(order, || self.0.fetch_add(more, order));
            (value, format!(" gives {value}"))
        })
    }
}

/// As loom's.
#[derive(Debug)]
pub(crate) struct Mutex<T>(loom::sync::Mutex<T>);

impl<T> Mutex<T> {
    pub(crate) fn new(value: T) -> Self {
        Self(loom::sync::Mutex::new(value))
    }

    #[track_caller]
    pub(crate) fn lock(&self) -> LockResult<MutexGuard<'_, T>> {
        step(Location::caller(), "lock", || (self.0.lock(), String::new()))
    }
}

/// As loom's.
#[derive(Debug)]
pub(crate) struct Condvar(loom::sync::Condvar);

impl Condvar {
    pub(crate) fn new() -> Self {
        Self(loom::sync::Condvar::new())
    }

    #[track_caller]
    pub(crate) fn wait<'a, T>(
        &self,
        guard: MutexGuard<'a, T>,
    ) -> LockResult<MutexGuard<'a, T>> {
        step(Location::caller(), "wait", || {
            (self.0.wait(guard), ": over, locked again".into())
        })
    }

    #[track_caller]
    pub(crate) fn notify_one(&self) {
        step(Location::caller(), "notify_one", || {
            (self.0.notify_one(), String::new())
        });
    }
}

impl Deref for Condvar {
    type Target = loom::sync::Condvar;

    fn deref(&self) -> &Self::Target {
        &self.0
    }
}
