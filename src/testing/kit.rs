//! What the tests are written with. It leans on nothing that they test.

use std::any::Any;
use std::fmt;
use std::future::Future;
use std::panic::{AssertUnwindSafe, catch_unwind, panic_any, resume_unwind};
use std::pin::{Pin, pin};
use std::sync::atomic::{AtomicBool, Ordering};
use std::sync::mpsc;
use std::sync::{Arc, Condvar, Mutex, MutexGuard, PoisonError};
use std::task::{Context, Poll, Wake, Waker};
use std::thread::{self, Thread};
use std::time::Duration;

use crate::contract::{JoinHandle, Timer};
use crate::task::yield_now;

/// A millisecond, as the tests need few of them.
pub(super) const MS: Duration = Duration::from_millis(1);

/// So long that a test which waits for it meets the watchdog.
pub(super) const HOUR: Duration = Duration::from_secs(3600);

/// Counts events; tasks and threads can wait for a number of them.
///
/// It lives for ever, so that it is `Copy` and the tests need no clones.
#[derive(Clone, Copy)]
pub(super) struct Tally(&'static Inner);

#[derive(Default)]
struct Inner {
    state: Mutex<State>,
    changed: Condvar,
}

#[derive(Default)]
struct State {
    count: usize,
    wakers: Vec<Waker>,
}

impl Tally {
    pub(super) fn new() -> Self {
        Self(Box::leak(Box::default()))
    }

    pub(super) fn hit(self) {
        let mut state = self.lock();
        state.count += 1;
        let wakers = std::mem::take(&mut state.wakers);
        drop(state);
        self.0.changed.notify_all();
        wakers.into_iter().for_each(Waker::wake);
    }

    pub(super) fn count(self) -> usize {
        self.lock().count
    }

    /// Ready once there were `number` hits.
    pub(super) async fn reach(self, number: usize) {
        std::future::poll_fn(move |cx| self.poll_reach(number, cx)).await;
    }

    /// The poll form of `reach`.
    pub(super) fn poll_reach(self, number: usize, cx: &mut Context<'_>) -> Poll<()> {
        let mut state = self.lock();
        if state.count >= number {
            return Poll::Ready(());
        }
        if !state.wakers.iter().any(|waker| waker.will_wake(cx.waker())) {
            state.wakers.push(cx.waker().clone());
        }
        Poll::Pending
    }

    /// Blocks the thread until there were `number` hits.
    pub(super) fn reach_blocking(self, number: usize) {
        let state = self.lock();
        drop(self.0.changed.wait_while(state, |state| state.count < number));
    }

    /// A value that hits when it is dropped.
    pub(super) fn guard(self) -> Guard {
        Guard(self)
    }

    /// A waker that hits when it wakes.
    pub(super) fn waker(self) -> Waker {
        Arc::new(Hit(self)).into()
    }

    fn lock(self) -> MutexGuard<'static, State> {
        self.0.state.lock().unwrap_or_else(PoisonError::into_inner)
    }
}

impl fmt::Debug for Tally {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.debug_tuple("Tally").field(&self.count()).finish()
    }
}

/// Hits its tally when it is dropped.
#[derive(Debug)]
pub(super) struct Guard(Tally);

impl Drop for Guard {
    fn drop(&mut self) {
        self.0.hit();
    }
}

struct Hit(Tally);

impl Wake for Hit {
    fn wake(self: Arc<Self>) {
        self.0.hit();
    }
}

/// An executor that no runtime knows: it parks the thread between polls.
pub(super) fn foreign_block_on<F: Future>(future: F) -> F::Output {
    struct Unpark {
        thread: Thread,
        /// The thread's token may be taken by others who park on it; this is only ours.
        woken: AtomicBool,
    }

    impl Wake for Unpark {
        fn wake(self: Arc<Self>) {
            self.woken.store(true, Ordering::Release);
            self.thread.unpark();
        }
    }

    let unpark = Arc::new(Unpark { thread: thread::current(), woken: AtomicBool::new(false) });
    let waker = Waker::from(unpark.clone());
    let mut future = pin!(future);
    loop {
        if let Poll::Ready(value) = future.as_mut().poll(&mut Context::from_waker(&waker)) {
            return value;
        }
        while !unpark.woken.swap(false, Ordering::Acquire) {
            thread::park();
        }
    }
}

/// Runs `f` on a thread of its own; whoever awaits this goes on driving its runtime meanwhile.
pub(super) async fn on_plain_thread<T: Send + 'static>(
    f: impl FnOnce() -> T + Send + 'static,
) -> T {
    let ended = Tally::new();
    let (give, take) = mpsc::channel();
    let thread = thread::spawn(move || {
        let _ended = ended.guard();
        let _ = give.send(f());
    });
    ended.reach(1).await;
    thread.join().unwrap_or_else(|payload| resume_unwind(payload));
    take.recv().expect("`f` has returned")
}

/// Polls once; a wake-up that follows is nobody's.
pub(super) fn poll_once<F: Future + Unpin>(future: &mut F) -> Poll<F::Output> {
    poll_with(future, Waker::noop())
}

/// Polls once with `waker`.
pub(super) fn poll_with<F: Future + Unpin>(future: &mut F, waker: &Waker) -> Poll<F::Output> {
    Pin::new(future).poll(&mut Context::from_waker(waker))
}

/// Waits for `condition` in steps of a millisecond.
pub(super) async fn until<R: Timer>(rt: &R, condition: impl Fn() -> bool) {
    while !condition() {
        rt.sleep(MS).await;
    }
}

/// Waits until `handle` says that its task is finished, and does not poll it.
pub(super) async fn finished<R: Timer, T, H: JoinHandle<T>>(rt: &R, handle: &H) {
    until(rt, || handle.is_finished()).await;
}

/// The body of a task that panics.
pub(super) async fn panic_with<P: Any + Send>(payload: P) {
    panic_any(payload)
}

/// The value of a future that must not wait any more: it is ready, or wakes its waker at once for the
/// sake of a cooperative budget and is ready then.
pub(super) async fn ready_by_now<F: Future + Unpin>(future: &mut F) -> F::Output {
    let woken = Tally::new();
    for polls in 1..=2 {
        if let Poll::Ready(value) = poll_with(future, &woken.waker()) {
            return value;
        }
        assert!(woken.count() >= polls, "pending, and nobody is woken: it waits");
        yield_now().await;
    }
    panic!("still pending after two turns");
}

/// Calls `f`, which must panic, and returns the message.
#[track_caller]
pub(super) fn message_of<T>(f: impl FnOnce() -> T) -> String {
    match catch_unwind(AssertUnwindSafe(f)) {
        Ok(_) => panic!("it must panic, and returned"),
        Err(payload) => message(payload.as_ref()),
    }
}

/// The text of a panic's payload.
pub(super) fn message(payload: &(dyn Any + Send)) -> String {
    match (payload.downcast_ref::<&str>(), payload.downcast_ref::<String>()) {
        (Some(text), _) => (*text).into(),
        (_, Some(text)) => text.clone(),
        _ => String::from("<not a string>"),
    }
}
