//! What the tests of the primitives share.

use std::cell::Cell;
use std::future::Future;
use std::pin::Pin;
use std::sync::atomic::{AtomicUsize, Ordering};
use std::sync::{Arc, mpsc};
use std::task::{Context, Poll, RawWaker, RawWakerVTable, Wake, Waker};
use std::time::Duration;

/// Polls once, with a waker that does nothing.
pub(crate) fn poll<F: Future + ?Sized>(future: Pin<&mut F>) -> Poll<F::Output> {
    future.poll(&mut Context::from_waker(Waker::noop()))
}

/// Polls once, with this waker.
pub(crate) fn poll_with<F: Future + ?Sized>(future: Pin<&mut F>, waker: &Waker) -> Poll<F::Output> {
    future.poll(&mut Context::from_waker(waker))
}

/// Runs `f` on a thread; fails when it hangs.
pub(crate) fn watched(f: impl FnOnce() + Send + 'static) {
    let (done, finished) = mpsc::channel();
    let thread = std::thread::spawn(move || {
        f();
        let _ = done.send(());
    });
    match finished.recv_timeout(Duration::from_secs(60)) {
        Err(mpsc::RecvTimeoutError::Timeout) => panic!("hangs"),
        _ => thread.join().unwrap_or_else(|panic| std::panic::resume_unwind(panic)),
    }
}

/// Runs a future to its end; fails when it hangs.
pub(crate) fn run<F: Future + Send + 'static>(future: F)
where
    F::Output: Send,
{
    watched(|| {
        futures_lite::future::block_on(future);
    });
}

/// Counts its wake-ups.
#[derive(Debug, Default)]
pub(crate) struct Counter(AtomicUsize);

impl Counter {
    pub(crate) fn new() -> (Arc<Self>, Waker) {
        let counter = Arc::new(Self::default());
        (Arc::clone(&counter), Waker::from(counter))
    }

    pub(crate) fn count(&self) -> usize {
        self.0.load(Ordering::SeqCst)
    }
}

impl Wake for Counter {
    fn wake(self: Arc<Self>) {
        self.0.fetch_add(1, Ordering::SeqCst);
    }
}

/// A waker that runs `hook` whenever it is cloned, called or dropped.
///
/// An executor may do as much, by polling inline for example.
pub(crate) fn hostile(hook: impl Fn() + Send + Sync + 'static) -> Waker {
    type Hook = Box<dyn Fn() + Send + Sync>;
    static TABLE: RawWakerVTable = RawWakerVTable::new(clone, wake, wake_by_ref, drop_waker);

    fn run(data: *const ()) {
        // SAFETY: `data` is that of a waker that is alive, so of an `Arc` that is.
        let hook = unsafe { &*data.cast::<Hook>() };
        hook();
    }
    fn clone(data: *const ()) -> RawWaker {
        run(data);
        // SAFETY: as in `run`.
        unsafe { Arc::increment_strong_count(data.cast::<Hook>()) };
        RawWaker::new(data, &TABLE)
    }
    fn wake(data: *const ()) {
        wake_by_ref(data);
        drop_waker(data);
    }
    fn wake_by_ref(data: *const ()) {
        run(data);
    }
    fn drop_waker(data: *const ()) {
        run(data);
        // SAFETY: each waker has one count of the `Arc`, and this one ends.
        unsafe { Arc::decrement_strong_count(data.cast::<Hook>()) };
    }

    let hook: Arc<Hook> = Arc::new(Box::new(hook));
    // SAFETY: the functions keep one count of the `Arc` per waker, and need no thread.
    unsafe { Waker::from_raw(RawWaker::new(Arc::into_raw(hook).cast(), &TABLE)) }
}

/// Runs `hook` with each clone, call and drop, but not from inside of itself.
pub(crate) fn nosy(hook: impl Fn() + Send + Sync + 'static) -> Waker {
    thread_local! {
        static INSIDE: Cell<bool> = const { Cell::new(false) };
    }
    hostile(move || {
        if !INSIDE.replace(true) {
            hook();
            INSIDE.set(false);
        }
    })
}

/// A waker that panics when it is called, and only then.
pub(crate) fn panicking() -> Waker {
    struct Panics;
    impl Wake for Panics {
        fn wake(self: Arc<Self>) {
            panic!("in a waker");
        }
    }
    Waker::from(Arc::new(Panics))
}
