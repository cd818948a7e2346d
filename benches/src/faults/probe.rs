use std::panic::{self, AssertUnwindSafe};
use std::pin::Pin;
use std::sync::Arc;
use std::sync::atomic::{AtomicBool, Ordering};
use std::sync::mpsc::{Receiver, channel};
use std::task::{Context, Poll, Wake, Waker};
use std::thread;
use std::time::{Duration, Instant};

use crate::compare::Side;

/// A question to one subject, being answered on a thread of its own.
#[derive(Debug)]
pub struct Probe {
    row: &'static str,
    who: &'static str,
    kind: &'static str,
    side: Side,
    asked: Instant,
    /// Whether it does what it should.
    answer: Receiver<Option<bool>>,
}

/// An answer.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct Finding {
    /// What was asked.
    pub row: &'static str,
    /// Whom.
    pub who: &'static str,
    /// Of which of its primitives, where the question is the same for several.
    pub kind: &'static str,
    /// Whose that is.
    pub side: Side,
    /// In a word.
    pub answer: Answer,
}

impl Finding {
    /// Whether all is well.
    #[must_use]
    pub fn is_right(&self) -> bool {
        self.answer == Answer::Right
    }
}

/// In a word.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub enum Answer {
    /// It does what it should.
    Right,
    /// It does not.
    Wrong,
    /// It never returned.
    Hangs,
    /// It did not even get there.
    Panics,
}

impl Probe {
    /// Asks. A question may never return: it has a thread, which is then left alone.
    pub(super) fn new(
        row: &'static str,
        side: Side,
        who: &'static str,
        is_right: impl FnOnce() -> bool + Send + 'static,
    ) -> Self {
        let (sender, answer) = channel();
        thread::spawn(move || {
            let right = panic::catch_unwind(AssertUnwindSafe(is_right));
            let _ = sender.send(right.ok()); // nobody may be waiting any more
        });
        Self { row, who, kind: "", side, asked: Instant::now(), answer }
    }

    /// Says of which primitive.
    pub(super) fn of(self, kind: &'static str) -> Self {
        Self { kind, ..self }
    }

    /// Whom it asks.
    #[must_use]
    pub fn side(&self) -> Side {
        self.side
    }

    /// Waits for the answer; if there is none `limit` after it was asked, it hangs.
    #[must_use]
    pub fn finding(self, limit: Duration) -> Finding {
        let answer = match self.answer.recv_timeout(limit.saturating_sub(self.asked.elapsed())) {
            Ok(Some(true)) => Answer::Right,
            Ok(Some(false)) => Answer::Wrong,
            Ok(None) => Answer::Panics,
            Err(_) => Answer::Hangs,
        };
        Finding { row: self.row, who: self.who, kind: self.kind, side: self.side, answer }
    }
}

/// A task that is not on any executor: it is polled here, when it was woken.
#[derive(Debug, Default)]
pub(crate) struct Task(AtomicBool);

impl Wake for Task {
    fn wake(self: Arc<Self>) {
        self.0.store(true, Ordering::SeqCst);
    }
}

impl Task {
    pub(crate) fn new() -> (Arc<Self>, Waker) {
        let task = Arc::new(Self::default());
        (Arc::clone(&task), Waker::from(task))
    }

    /// Whether it was woken since it was last asked.
    pub(super) fn is_woken(&self) -> bool {
        self.0.swap(false, Ordering::SeqCst)
    }

    /// Polls a future at once, and then whenever the task is woken. Nobody else runs, so if it is
    /// neither ready nor woken it never will be; nor if it only wakes itself, for seconds.
    pub(crate) fn gets_there<F: Future + ?Sized>(
        &self,
        mut future: Pin<&mut F>,
        waker: &Waker,
    ) -> bool {
        let start = Instant::now();
        loop {
            if poll(future.as_mut(), waker).is_ready() {
                return true;
            }
            if !self.is_woken() || start.elapsed() > Duration::from_secs(3) {
                return false;
            }
        }
    }
}

pub(super) fn poll<F: Future + ?Sized>(future: Pin<&mut F>, waker: &Waker) -> Poll<F::Output> {
    future.poll(&mut Context::from_waker(waker))
}

/// A waker of a combinator's: it passes on to the task's, and is equal to no other.
pub(super) fn own_waker(of: &Waker) -> Waker {
    struct Own(Waker);
    impl Wake for Own {
        fn wake(self: Arc<Self>) {
            self.0.wake_by_ref();
        }
    }
    Waker::from(Arc::new(Own(of.clone())))
}

/// Gets the output of a future that is ready.
pub(super) fn now<F: Future>(future: F) -> F::Output {
    match poll(std::pin::pin!(future), Waker::noop()) {
        Poll::Ready(output) => output,
        Poll::Pending => panic!("nobody has it"),
    }
}
