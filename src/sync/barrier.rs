use std::fmt;
use std::future::Future;
use std::panic::{self, AssertUnwindSafe, RefUnwindSafe, UnwindSafe};
use std::pin::{Pin, pin};
use std::task::{Context, Poll, ready};
use std::time::Duration;

use pin_project_lite::pin_project;

use super::error::{BarrierError, Broken};
use crate::primitives::diagnosis::{Label, Site};
use crate::primitives::{Ordering::Relaxed, Stamp, const_fn};
use crate::task::{made_progress, poll_proceed};
use crate::wait::{Locked, Node, Queue, State, WakeBatch, block_on, block_on_within};

/// What a queued party is there for.
const ARRIVED: u32 = 0;
/// It came while others pass, and arrives when they are through.
const HELD: u32 = 1;

/// What a woken party got, if not its index.
const BROKEN: u32 = u32::MAX;
const RETRY: u32 = u32::MAX - 1;

/// Holds tasks and threads until a number of them, the parties, have arrived; again and again.
///
/// The last to arrive is the leader of its round. It runs the action, if there is one, before the
/// others are released.
///
/// A party that gives up **withdraws**: it does not count as arrived, and the others wait for another
/// in its stead.
///
/// # Fairness
///
/// Parties of a round are released in the order in which they arrived.
///
/// # Memory ordering
///
/// What a party did before it arrived happens-before the action, and that before any party of the
/// round is released.
///
/// # Examples
///
/// ```
/// use anyrt::sync::Barrier;
///
/// static START: Barrier = Barrier::new(3);
///
/// let leaders: usize = std::thread::scope(|scope| {
///     let threads: Vec<_> = (0..3)
///         .map(|_| scope.spawn(|| START.wait_blocking().unwrap().is_leader()))
///         .collect();
///     threads.into_iter().map(|thread| usize::from(thread.join().unwrap())).sum()
/// });
/// assert_eq!(leaders, 1);
/// ```
pub struct Barrier {
    /// The word is the number of parties.
    queue: Queue<Round>,
    /// Boxed twice, so that those without an action need not make room for it.
    action: Option<Box<Action>>,
}

type Action = Box<dyn Fn() + Send + Sync>;

#[derive(Debug)]
struct Round {
    /// Parties that wait for this round. While it passes: those that were not released yet.
    arrived: u32,
    /// Whether the action runs or parties are being released: newcomers are held.
    passing: bool,
    broken: bool,
}

// An action that panics breaks the barrier.
impl UnwindSafe for Barrier {}
impl RefUnwindSafe for Barrier {}

impl Barrier {
    const_fn! {
        /// Makes a barrier for so many parties.
        ///
        /// # Panics
        ///
        /// If there are none.
        ///
        /// # Examples
        ///
        /// ```
        /// assert_eq!(anyrt::sync::Barrier::new(3).parties(), 3);
        /// ```
        pub const fn new(parties: u32) -> Self {
            assert!(parties > 0, "a barrier needs at least one party: nobody could ever pass it");
            assert!(parties < RETRY, "too many parties for a barrier");
            let round = Round { arrived: 0, passing: false, broken: false };
            Self { queue: Queue::new(parties, round, Label::of::<Self>()), action: None }
        }
    }

    const_fn! {
        /// Gives it a name, for the reports of the simulator and of `diagnose`. Without the feature
        /// `diagnose` this does nothing, and costs nothing.
        ///
        /// # Examples
        ///
        /// ```
        /// use anyrt::sync::Barrier;
        ///
        /// static PHASE: Barrier = Barrier::new(2).named("phase");
        /// assert_eq!(PHASE.parties(), 2);
        /// ```
        #[must_use = "what has the name is what is returned"]
        pub const fn named(mut self, name: &'static str) -> Self {
            self.queue.set_name(name);
            self
        }
    }

    /// Makes a barrier whose leader calls `action` in each round, before anybody is released.
    ///
    /// If the action panics, the barrier is broken, and the panic goes on in the leader.
    ///
    /// # Panics
    ///
    /// If there are no parties.
    ///
    /// # Examples
    ///
    /// ```
    /// use anyrt::sync::Barrier;
    /// use std::sync::Arc;
    /// use std::sync::atomic::{AtomicU32, Ordering};
    ///
    /// let rounds = Arc::new(AtomicU32::new(0));
    /// let barrier = Barrier::with_action(1, {
    ///     let rounds = Arc::clone(&rounds);
    ///     move || drop(rounds.fetch_add(1, Ordering::Relaxed))
    /// });
    /// barrier.wait_blocking().unwrap();
    /// barrier.wait_blocking().unwrap();
    /// assert_eq!(rounds.load(Ordering::Relaxed), 2);
    /// ```
    pub fn with_action(parties: u32, action: impl Fn() + Send + Sync + 'static) -> Self {
        Self { action: Some(Box::new(Box::new(action))), ..Self::new(parties) }
    }

    /// Arrives, and waits for the other parties.
    ///
    /// # Cancel safety
    ///
    /// Dropping the future withdraws: this party did not arrive. If its round has passed meanwhile, it
    /// has passed.
    ///
    /// # Errors
    ///
    /// [`Broken`] when the barrier is broken, or gets broken or reset before all parties arrive.
    ///
    /// # Panics
    ///
    /// In the leader, if the action panics.
    ///
    /// # Examples
    ///
    /// ```
    /// use futures_lite::future::{block_on, zip};
    ///
    /// let barrier = anyrt::sync::Barrier::new(2);
    /// let (first, second) = block_on(zip(barrier.wait(), barrier.wait()));
    /// assert_ne!(first.unwrap().is_leader(), second.unwrap().is_leader());
    /// ```
    #[track_caller]
    pub fn wait(&self) -> BarrierWait<'_> {
        BarrierWait { barrier: self, site: Site::here(), slot: None }
    }

    /// Arrives, and waits for the other parties, on a thread.
    ///
    /// # Blocking
    ///
    /// Blocks the thread; inside of a task use [`wait`](Self::wait).
    ///
    /// # Errors
    ///
    /// As [`wait`](Self::wait).
    ///
    /// # Panics
    ///
    /// As [`wait`](Self::wait).
    ///
    /// # Examples
    ///
    /// ```
    /// let barrier = anyrt::sync::Barrier::new(2);
    /// std::thread::scope(|scope| {
    ///     let other = scope.spawn(|| barrier.wait_blocking().unwrap().is_leader());
    ///     let leader = barrier.wait_blocking().unwrap().is_leader();
    ///     assert_ne!(leader, other.join().unwrap());
    /// });
    /// ```
    #[track_caller]
    pub fn wait_blocking(&self) -> Result<Arrival, Broken> {
        block_on(pin!(self.wait()))
    }

    /// Arrives, and waits for the other parties, on a thread, but not for longer than `limit`.
    ///
    /// # Blocking
    ///
    /// As [`wait_blocking`](Self::wait_blocking), but not for longer than `limit`.
    ///
    /// # Errors
    ///
    /// [`BarrierError::TimedOut`] when some parties did not arrive in time; this one has withdrawn,
    /// and the barrier is as good as before. [`BarrierError::Broken`] as for [`wait`](Self::wait).
    ///
    /// # Panics
    ///
    /// As [`wait`](Self::wait).
    ///
    /// # Examples
    ///
    /// ```
    /// use anyrt::sync::{Barrier, BarrierError};
    /// use std::time::Duration;
    ///
    /// let barrier = Barrier::new(2);
    /// let alone = barrier.wait_within_blocking(Duration::from_millis(1));
    /// assert_eq!(alone.unwrap_err(), BarrierError::TimedOut);
    /// assert_eq!(barrier.waiting(), 0); // it has withdrawn
    /// ```
    #[track_caller]
    pub fn wait_within_blocking(&self, limit: Duration) -> Result<Arrival, BarrierError> {
        Ok(block_on_within(pin!(self.wait()), limit).ok_or(BarrierError::TimedOut)??)
    }

    /// Breaks the barrier: all who wait, and all who come, get [`Broken`], until [`reset`](Self::reset).
    ///
    /// # Examples
    ///
    /// ```
    /// use anyrt::sync::{Barrier, Broken};
    ///
    /// let barrier = Barrier::new(2);
    /// barrier.abort();
    /// assert_eq!(barrier.wait_blocking().unwrap_err(), Broken);
    /// ```
    pub fn abort(&self) {
        self.end_round(true);
    }

    /// Makes the barrier as new: those who wait get [`Broken`], and it is no longer broken.
    ///
    /// A round that passes just now is not touched.
    ///
    /// # Examples
    ///
    /// ```
    /// let barrier = anyrt::sync::Barrier::new(1);
    /// barrier.abort();
    /// barrier.reset();
    /// assert!(barrier.wait_blocking().is_ok());
    /// ```
    pub fn reset(&self) {
        self.end_round(false);
    }

    /// How many parties it takes.
    ///
    /// # Examples
    ///
    /// ```
    /// assert_eq!(anyrt::sync::Barrier::new(3).parties(), 3);
    /// ```
    pub fn parties(&self) -> u32 {
        // Ordering: it never changes.
        self.queue.word().load(Relaxed)
    }

    /// How many parties have arrived and wait for the others, as of just now.
    ///
    /// # Examples
    ///
    /// ```
    /// use futures_lite::future::poll_once;
    ///
    /// # futures_lite::future::block_on(async {
    /// let barrier = anyrt::sync::Barrier::new(2);
    /// let mut wait = Box::pin(barrier.wait());
    /// assert!(poll_once(&mut wait).await.is_none());
    /// assert_eq!(barrier.waiting(), 1);
    /// # });
    /// ```
    #[doc(alias = "n_waiting")]
    pub fn waiting(&self) -> u32 {
        let round = self.queue.lock();
        if round.passing { 0 } else { round.arrived }
    }

    /// Whether it was aborted, or its action has panicked, and it was not reset.
    ///
    /// # Examples
    ///
    /// ```
    /// let barrier = anyrt::sync::Barrier::new(2);
    /// barrier.abort();
    /// assert!(barrier.is_broken());
    /// ```
    pub fn is_broken(&self) -> bool {
        self.queue.lock().broken
    }

    /// Who is there, as of just now.
    ///
    /// # Examples
    ///
    /// ```
    /// let statistics = anyrt::sync::Barrier::new(2).statistics();
    /// assert_eq!((statistics.parties, statistics.waiting, statistics.broken), (2, 0, false));
    /// ```
    pub fn statistics(&self) -> BarrierStatistics {
        let round = self.queue.lock();
        BarrierStatistics {
            parties: self.parties(),
            waiting: if round.passing { 0 } else { round.arrived },
            broken: round.broken,
        }
    }

    fn end_round(&self, broken: bool) {
        let mut round = self.queue.lock();
        round.broken = broken;
        if !round.passing {
            round.passing = true;
            self.release(round, |_| BROKEN);
        }
    }

    /// Releases the parties that have arrived, then lets the held ones arrive. `passing` is set: nobody
    /// arrives, and nobody else releases.
    fn release<'q>(&'q self, mut round: Locked<'q, Round>, outcome: impl Fn(u32) -> u32) {
        let mut wakers = WakeBatch::new();
        let mut index = 0;
        let mut passing = true; // this round; the next may pass while the last batch is woken
        loop {
            while !wakers.is_full() {
                if passing && round.arrived == 0 {
                    passing = false;
                    round.passing = false;
                }
                match round.front() {
                    Some(HELD) => round.wake_front(RETRY, &mut wakers),
                    Some(_) if passing => {
                        round.arrived -= 1;
                        index += 1;
                        round.wake_front(outcome(index - 1), &mut wakers)
                    }
                    _ => break,
                };
            }
            let more = wakers.is_full();
            drop(round);
            wakers.wake();
            if !more {
                return;
            }
            round = self.queue.lock();
        }
    }

    /// | waiter | barrier | becomes |
    /// |---|---|---|
    /// | Idle | broken | ready, in vain |
    /// | Idle | passing | Queued, held |
    /// | Idle | others are missing | Queued, arrived |
    /// | Idle | complete | ready: the leader |
    /// | Queued | | Queued, with this waker |
    /// | Woken | held | as Idle |
    /// | Woken | | ready |
    fn poll_queue<'q>(
        &'q self,
        node: Pin<&Node<'q, Round>>,
        cx: &mut Context<'_>,
    ) -> Poll<Result<Arrival, Broken>> {
        let mut waker = None; // dropped after the lock
        let mut round = self.queue.lock_for(node, cx.waker(), &mut waker);
        match round.take_outcome(node) {
            None if round.state_of(node) == State::Queued => return Poll::Pending,
            None | Some(RETRY) => {}
            Some(BROKEN) => return Poll::Ready(Err(Broken)),
            Some(index) => return Poll::Ready(Ok(Arrival { index, leader: false })),
        }
        if round.broken {
            return Poll::Ready(Err(Broken));
        }
        if !round.passing && round.arrived + 1 == self.parties() {
            round.passing = true;
            return Poll::Ready(self.lead(round));
        }
        let tag = if round.passing { HELD } else { ARRIVED };
        round.arrived += u32::from(tag == ARRIVED);
        let waker = waker.take().expect("cloned for a waiter that is not queued");
        round.push_back(node, waker, tag, Stamp::NONE);
        Poll::Pending
    }

    /// All have arrived, the caller last.
    fn lead<'q>(&'q self, mut round: Locked<'q, Round>) -> Result<Arrival, Broken> {
        made_progress();
        let mut panicked = Ok(());
        if let Some(action) = &self.action {
            drop(round); // the action is someone else's code
            panicked = panic::catch_unwind(AssertUnwindSafe(action));
            round = self.queue.lock();
            round.broken |= panicked.is_err();
        }
        let broken = round.broken;
        self.release(round, |index| if broken { BROKEN } else { index });
        if let Err(panic) = panicked {
            panic::resume_unwind(panic);
        }
        if broken { Err(Broken) } else { Ok(Arrival { index: self.parties() - 1, leader: true }) }
    }

    /// Takes a party that gives up out of its round.
    fn withdraw<'q>(&'q self, node: Pin<&Node<'q, Round>>) {
        let mut round = self.queue.lock();
        let waker = round.remove(node);
        if waker.is_some() && round.tag(node) == ARRIVED {
            round.arrived -= 1;
        }
        drop(round); // before the waker
    }
}

impl fmt::Debug for Barrier {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.debug_struct("Barrier").field("statistics", &self.statistics()).finish_non_exhaustive()
    }
}

/// The view of [`Barrier::statistics`].
///
/// # Examples
///
/// ```
/// let barrier = anyrt::sync::Barrier::new(2);
/// barrier.abort();
/// assert!(barrier.statistics().broken);
/// ```
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
#[non_exhaustive]
pub struct BarrierStatistics {
    /// How many parties it takes.
    pub parties: u32,
    /// How many have arrived and wait for the others.
    pub waiting: u32,
    /// Whether it is broken.
    pub broken: bool,
}

/// What a party that passed a [`Barrier`] knows about it.
///
/// # Examples
///
/// ```
/// let arrival = anyrt::sync::Barrier::new(1).wait_blocking().unwrap();
/// assert_eq!((arrival.index(), arrival.is_leader()), (0, true));
/// ```
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub struct Arrival {
    index: u32,
    leader: bool,
}

impl Arrival {
    /// Its place in the order of arrival, from 0; no two parties of a round have the same.
    ///
    /// # Examples
    ///
    /// ```
    /// let arrival = anyrt::sync::Barrier::new(1).wait_blocking().unwrap();
    /// assert_eq!(arrival.index(), 0);
    /// ```
    pub fn index(&self) -> u32 {
        self.index
    }

    /// Whether it arrived last: one party of each round did.
    ///
    /// # Examples
    ///
    /// ```
    /// let arrival = anyrt::sync::Barrier::new(1).wait_blocking().unwrap();
    /// assert!(arrival.is_leader());
    /// ```
    pub fn is_leader(&self) -> bool {
        self.leader
    }
}

pin_project! {
    /// The future of [`Barrier::wait`].
    ///
    /// # Examples
    ///
    /// ```
    /// use anyrt::sync::{Barrier, BarrierWait};
    ///
    /// let barrier = Barrier::new(1);
    /// let wait: BarrierWait<'_> = barrier.wait();
    /// assert!(futures_lite::future::block_on(wait).unwrap().is_leader());
    /// ```
    #[must_use = "futures do nothing unless awaited"]
    #[derive(Debug)]
    pub struct BarrierWait<'a> {
        barrier: &'a Barrier,
        site: Site,
        #[pin]
        slot: Option<Node<'a, Round>>,
    }

    impl PinnedDrop for BarrierWait<'_> {
        fn drop(this: Pin<&mut Self>) {
            let this = this.project();
            if let Some(node) = this.slot.as_ref().as_pin_ref() && node.state() == State::Queued {
                this.barrier.withdraw(node);
            }
        }
    }
}

impl Future for BarrierWait<'_> {
    type Output = Result<Arrival, Broken>;

    #[inline]
    fn poll(self: Pin<&mut Self>, cx: &mut Context<'_>) -> Poll<Self::Output> {
        let mut this = self.project();
        if this.slot.is_none() {
            ready!(poll_proceed(cx)); // only a leader is ready at once, see `lead`
            this.slot.set(Some(Node::new(&this.barrier.queue, *this.site)));
        }
        let node = this.slot.as_ref().as_pin_ref().expect("set above");
        this.barrier.poll_queue(node, cx)
    }
}
