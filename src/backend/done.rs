use std::fmt;
use std::future::Future;
use std::pin::Pin;
use std::sync::{Arc, Mutex, MutexGuard, PoisonError};
use std::task::{Context, Poll, Waker};

/// The future of [`Shutdown::shutdown`](crate::Shutdown::shutdown): ready when the runtime is down.
///
/// Works on any executor. Dropping it does not stop the shutdown.
#[must_use = "the shutdown goes on without it, but its end goes unseen"]
pub struct Done(Arc<Mutex<State>>);

#[derive(Debug)]
enum State {
    Running(Option<Waker>),
    Ended,
}

impl Done {
    /// Runs `end`, which blocks, on a thread of its own; on this one if there is none to be had.
    pub(crate) fn on_thread(end: impl FnOnce() + Send + 'static) -> Self {
        let state = Arc::new(Mutex::new(State::Running(None)));
        let ends = Ends(state.clone());
        let end = Box::new(move || {
            let _ends = ends; // told when `end` has returned or panicked
            end();
        });
        // `Builder::spawn` drops its closure when it fails, and a runtime must end where it was told
        // to; so the closure is kept here until a thread has it.
        let slot = Arc::new(Mutex::new(Some(end as Box<dyn FnOnce() + Send>)));
        let theirs = slot.clone();
        let run = move |slot: &Mutex<Option<Box<dyn FnOnce() + Send>>>| {
            let end = slot.lock().unwrap_or_else(PoisonError::into_inner).take();
            if let Some(end) = end {
                end();
            }
        };
        let thread = std::thread::Builder::new().name("anyrt-shutdown".into());
        if thread.spawn(move || run(&theirs)).is_err() {
            run(&slot);
        }
        Self(state)
    }
}

impl Future for Done {
    type Output = ();

    fn poll(self: Pin<&mut Self>, cx: &mut Context<'_>) -> Poll<()> {
        let waker = cx.waker().clone();
        let _replaced = match &mut *lock(&self.0) {
            State::Ended => return Poll::Ready(()),
            State::Running(slot) => slot.replace(waker),
        };
        Poll::Pending
    }
}

impl fmt::Debug for Done {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.debug_tuple("Done").field(&*lock(&self.0)).finish()
    }
}

/// Says that the shutdown has ended, also when it panicked.
struct Ends(Arc<Mutex<State>>);

impl Drop for Ends {
    fn drop(&mut self) {
        let before = std::mem::replace(&mut *lock(&self.0), State::Ended);
        if let State::Running(Some(waker)) = before {
            waker.wake();
        }
    }
}

/// Nothing panics under this lock.
fn lock(state: &Mutex<State>) -> MutexGuard<'_, State> {
    state.lock().unwrap_or_else(PoisonError::into_inner)
}
