//! Who may block: a thread that polls tasks, for itself or for a runtime, must not (RT-ENTER-1).

use std::cell::Cell;

thread_local! {
    static ENTERED: Cell<bool> = const { Cell::new(false) };
}

/// Marks this thread as one that polls, until dropped.
#[derive(Debug)]
pub(crate) struct Entered {
    /// Not `Send`: the mark is the thread's.
    _thread: std::marker::PhantomData<*const ()>,
}

impl Drop for Entered {
    fn drop(&mut self) {
        ENTERED.set(false);
    }
}

/// Whether a task or a `block_on` runs on this thread.
pub(crate) fn is_entered() -> bool {
    ENTERED.get()
}

/// Marks the thread for the time of a `block_on`, or for the life of a worker.
///
/// `inside` is the backend's own knowledge of being inside one of its tasks.
#[track_caller]
pub(crate) fn enter(inside: bool) -> Entered {
    assert!(
        !inside && !is_entered(),
        "`block_on` inside a task or another `block_on` would block the thread that does the work: \
         await the future, or move the blocking part into `spawn_blocking`"
    );
    ENTERED.set(true);
    Entered { _thread: std::marker::PhantomData }
}

/// For an owner that goes away where blocking is not allowed: ends it on a thread of its own and then
/// says what is wrong (RT-SHUT-4). `what` names the owner.
#[track_caller]
pub(crate) fn dropped_inside(what: &str, end: impl FnOnce() + Send + 'static) {
    // The thread is left to itself: waiting for it here is just what must not happen.
    let ended = std::thread::Builder::new().name("anyrt-shutdown".into()).spawn(end);
    if std::thread::panicking() {
        return; // a second panic would abort the process and hide the first
    }
    drop(ended);
    panic!(
        "a `{what}` was dropped inside a task or `block_on`, where waiting for its threads would \
         block: await `shutdown()` there, or drop it outside (it shuts down in the background now)"
    );
}
