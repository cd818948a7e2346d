//! Python's `BarrierTests`, and what ours adds.

use std::panic::{AssertUnwindSafe, catch_unwind};
use std::pin::{Pin, pin};
use std::sync::atomic::{AtomicU32, Ordering};
use std::sync::{Arc, LazyLock, Mutex};
use std::task::{Poll, Wake, Waker};
use std::time::Duration;

use anyrt::sync::{Arrival, Barrier, BarrierError, BarrierWait, Broken};

use crate::support::{Counter, hostile, poll, poll_with, watched};

const fn is_send_sync<T: Send + Sync>() {}

#[test]
fn auto_traits() {
    is_send_sync::<Barrier>();
    is_send_sync::<BarrierWait<'static>>();
    assert!(size_of::<Barrier>() <= 32);
    assert!(size_of::<BarrierWait<'static>>() <= 56);
}

fn passed(poll: Poll<Result<Arrival, Broken>>) -> Option<Arrival> {
    match poll {
        Poll::Ready(result) => Some(result.expect("not broken")),
        Poll::Pending => None,
    }
}

#[test]
fn all_pass_with_an_index_each_and_one_leader() {
    let barrier = Barrier::new(100);
    assert_eq!(barrier.parties(), 100);
    for _ in 0..3 {
        let mut waits: Vec<_> = (0..100).map(|_| Box::pin(barrier.wait())).collect();
        for (n, wait) in waits.iter_mut().take(99).enumerate() {
            assert!(poll(wait.as_mut()).is_pending());
            assert_eq!(barrier.waiting() as usize, n + 1);
        }
        let last = passed(poll(waits[99].as_mut())).unwrap();
        assert!(last.is_leader());
        assert_eq!(last.index(), 99);
        assert_eq!(barrier.waiting(), 0);
        for (n, wait) in waits.iter_mut().take(99).enumerate() {
            let arrival = passed(poll(wait.as_mut())).unwrap();
            assert!(!arrival.is_leader());
            assert_eq!(arrival.index() as usize, n);
        }
    }
}

#[test]
fn threads_and_tasks_meet_again_and_again() {
    watched(|| {
        let barrier = Barrier::new(6);
        let (arrived, leaders) = (AtomicU32::new(0), AtomicU32::new(0));
        std::thread::scope(|scope| {
            for n in 0..6 {
                let (barrier, arrived, leaders) = (&barrier, &arrived, &leaders);
                scope.spawn(move || {
                    for round in 1..=100 {
                        arrived.fetch_add(1, Ordering::SeqCst);
                        let arrival = if n % 2 == 0 {
                            barrier.wait_blocking()
                        } else {
                            futures_lite::future::block_on(barrier.wait())
                        };
                        assert!(arrived.load(Ordering::SeqCst) >= 6 * round);
                        leaders
                            .fetch_add(u32::from(arrival.unwrap().is_leader()), Ordering::SeqCst);
                        barrier.wait_blocking().unwrap();
                    }
                });
            }
        });
        assert_eq!(leaders.into_inner(), 100);
    });
}

#[test]
fn one_party_never_waits() {
    let barrier = Barrier::new(1);
    for _ in 0..3 {
        assert!(barrier.wait_blocking().unwrap().is_leader());
    }
    let (counter, waker) = Counter::new();
    let mut endless = pin!(async {
        loop {
            barrier.wait().await.unwrap();
        }
    });
    let poll: Poll<()> = poll_with(endless.as_mut(), &waker);
    assert!(poll.is_pending(), "but yields");
    assert_eq!(counter.count(), 1);
}

#[test]
fn nobody_is_a_mistake() {
    let panic = catch_unwind(|| Barrier::new(0)).unwrap_err();
    assert!(panic.downcast_ref::<&str>().unwrap().contains("at least one party"));
}

/// All peers count it as arrived, and open early.
#[test]
fn a_cancelled_party_withdraws() {
    let barrier = Barrier::new(2);
    let mut gone = Box::pin(barrier.wait());
    assert!(poll(gone.as_mut()).is_pending());
    drop(gone);
    assert_eq!(barrier.waiting(), 0);
    let mut first = Box::pin(barrier.wait());
    assert!(poll(first.as_mut()).is_pending(), "the other has left");
    assert!(passed(poll(pin!(barrier.wait()))).unwrap().is_leader());
    assert_eq!(passed(poll(first.as_mut())).unwrap().index(), 0);
}

#[test]
fn a_party_that_gives_up_in_time_withdraws() {
    let barrier = Barrier::new(2);
    let limit = Duration::from_millis(5);
    assert_eq!(barrier.wait_within_blocking(limit), Err(BarrierError::TimedOut));
    assert!(!barrier.is_broken());
    assert!(poll(pin!(barrier.wait())).is_pending());
    assert_eq!(barrier.waiting(), 0);
}

#[test]
fn dropping_a_party_that_has_passed_changes_nothing() {
    let barrier = Barrier::new(3);
    let mut waits: Vec<_> = (0..2).map(|_| Box::pin(barrier.wait())).collect();
    assert!(waits.iter_mut().all(|wait| poll(wait.as_mut()).is_pending()));
    assert!(poll(pin!(barrier.wait())).is_ready());
    drop(waits.remove(0));
    assert_eq!(barrier.waiting(), 0);
    assert_eq!(passed(poll(waits[0].as_mut())).unwrap().index(), 1);
}

#[test]
fn the_action_runs_once_per_round_before_anybody_is_released() {
    let count = Arc::new(AtomicU32::new(0));
    let barrier = Barrier::with_action(2, {
        let count = Arc::clone(&count);
        move || {
            count.fetch_add(1, Ordering::SeqCst);
        }
    });
    for round in 1..=3 {
        let (counter, waker) = Counter::new();
        let mut first = Box::pin(barrier.wait());
        assert!(poll_with(first.as_mut(), &waker).is_pending());
        assert_eq!((count.load(Ordering::SeqCst), counter.count()), (round - 1, 0));
        assert!(poll(pin!(barrier.wait())).is_ready());
        assert_eq!((count.load(Ordering::SeqCst), counter.count()), (round, 1));
        assert!(poll(first.as_mut()).is_ready());
    }
}

#[test]
fn an_action_that_panics_breaks_the_barrier() {
    let barrier = Barrier::with_action(2, || panic!("in the action"));
    let mut first = Box::pin(barrier.wait());
    assert!(poll(first.as_mut()).is_pending());
    let panic = catch_unwind(AssertUnwindSafe(|| barrier.wait_blocking())).unwrap_err();
    assert_eq!(*panic.downcast::<&str>().unwrap(), "in the action");
    assert_eq!(poll(first.as_mut()), Poll::Ready(Err(Broken)));
    assert!(barrier.is_broken());
    assert_eq!(barrier.wait_blocking(), Err(Broken));
}

/// The action is called with no lock held: it may use the barrier; those who come meanwhile are held.
#[test]
fn who_comes_during_the_action_arrives_for_the_next_round() {
    type Slot = Mutex<Option<Pin<Box<BarrierWait<'static>>>>>;
    static BARRIER: LazyLock<Barrier> = LazyLock::new(|| {
        Barrier::with_action(2, || {
            assert_eq!(BARRIER.waiting(), 0);
            let mut early = EARLY.lock().unwrap();
            if early.is_none() {
                let mut wait = Box::pin(BARRIER.wait());
                assert!(poll(wait.as_mut()).is_pending());
                *early = Some(wait);
            }
        })
    });
    static EARLY: Slot = Mutex::new(None);
    let mut first = Box::pin(BARRIER.wait());
    assert!(poll(first.as_mut()).is_pending());
    assert!(poll(pin!(BARRIER.wait())).is_ready());
    assert!(poll(first.as_mut()).is_ready());
    let mut early = EARLY.lock().unwrap().take().unwrap();
    assert!(poll(early.as_mut()).is_pending());
    assert_eq!(BARRIER.waiting(), 1);
    *EARLY.lock().unwrap() = Some(Box::pin(BARRIER.wait())); // once is enough
    assert!(poll(pin!(BARRIER.wait())).is_ready());
    assert!(poll(early.as_mut()).is_ready());
}

/// More parties than a batch of wakers: one that passes comes again at once, while others are still
/// to be woken.
#[test]
fn rounds_do_not_mix() {
    let barrier = Arc::new(Barrier::new(100));
    let again: Arc<Mutex<Option<_>>> = Arc::default();
    let waker = hostile({
        let (barrier, again) = (Arc::clone(&barrier), Arc::clone(&again));
        let first = AtomicU32::new(0);
        move || {
            // Skips the clones of the registration; then the first wake-up of the round comes.
            if first.fetch_add(1, Ordering::SeqCst) == 99 {
                let barrier = Arc::clone(&barrier);
                let mut wait = Box::pin(async move { barrier.wait().await });
                assert!(poll(wait.as_mut()).is_pending());
                *again.lock().unwrap() = Some(wait);
            }
        }
    });
    let mut waits: Vec<_> = (0..99).map(|_| Box::pin(barrier.wait())).collect();
    for wait in &mut waits {
        assert!(poll_with(wait.as_mut(), &waker).is_pending());
    }
    assert!(passed(poll(pin!(barrier.wait()))).unwrap().is_leader());
    let indices: Vec<_> =
        waits.iter_mut().map(|wait| passed(poll(wait.as_mut())).unwrap().index()).collect();
    assert_eq!(indices, (0..99).collect::<Vec<_>>());
    let mut again = again.lock().unwrap().take().expect("a waker was called");
    assert!(poll(again.as_mut()).is_pending());
    assert_eq!(barrier.waiting(), 1);
}

/// Those who were held are woken in batches, too: who arrives between two of these waits for its round.
#[test]
fn who_arrives_while_the_held_are_woken_is_not_released_with_them() {
    type Wait = Pin<Box<BarrierWait<'static>>>;
    fn arrives() -> Wait {
        let mut wait = Box::pin(BARRIER.wait());
        assert!(poll(wait.as_mut()).is_pending());
        wait
    }
    static BARRIER: LazyLock<Barrier> = LazyLock::new(|| {
        Barrier::with_action(2, || HELD.lock().unwrap().extend((0..40).map(|_| arrives())))
    });
    static HELD: Mutex<Vec<Wait>> = Mutex::new(Vec::new());
    static LATE: Mutex<Option<Wait>> = Mutex::new(None);
    struct Arrives;
    impl Wake for Arrives {
        fn wake(self: Arc<Self>) {
            *LATE.lock().unwrap() = Some(arrives());
        }
    }
    let mut first = Box::pin(BARRIER.wait());
    assert!(poll_with(first.as_mut(), &Waker::from(Arc::new(Arrives))).is_pending());
    assert!(poll(pin!(BARRIER.wait())).is_ready());
    assert!(poll(first.as_mut()).is_ready());
    let mut late = LATE.lock().unwrap().take().expect("a waker was called");
    assert!(poll(late.as_mut()).is_pending());
    assert_eq!(BARRIER.waiting(), 1);
}

#[test]
fn aborting_breaks_it_until_it_is_reset() {
    let barrier = Barrier::new(101);
    let mut waits: Vec<_> = (0..100).map(|_| Box::pin(barrier.wait())).collect();
    assert!(waits.iter_mut().all(|wait| poll(wait.as_mut()).is_pending()));
    barrier.abort();
    assert!(barrier.is_broken());
    assert!(waits.iter_mut().all(|wait| poll(wait.as_mut()) == Poll::Ready(Err(Broken))));
    assert_eq!(barrier.wait_blocking(), Err(Broken));
    let limit = Duration::from_secs(1);
    assert_eq!(barrier.wait_within_blocking(limit), Err(BarrierError::Broken));
    assert_eq!((barrier.waiting(), barrier.statistics().broken), (0, true));
    barrier.reset();
    assert!(!barrier.is_broken());
    assert!(poll(pin!(barrier.wait())).is_pending());
}

#[test]
fn resetting_breaks_the_wait_of_those_there() {
    let barrier = Barrier::new(2);
    let mut wait = Box::pin(barrier.wait());
    assert!(poll(wait.as_mut()).is_pending());
    barrier.reset();
    assert_eq!(poll(wait.as_mut()), Poll::Ready(Err(Broken)));
    assert!(!barrier.is_broken());
    let mut next = Box::pin(barrier.wait());
    assert!(poll(next.as_mut()).is_pending());
    assert!(passed(poll(pin!(barrier.wait()))).is_some());
    assert!(passed(poll(next.as_mut())).is_some());
}

#[test]
fn aborting_in_the_action_breaks_the_round() {
    static BARRIER: LazyLock<Barrier> =
        LazyLock::new(|| Barrier::with_action(2, || BARRIER.abort()));
    let mut first = Box::pin(BARRIER.wait());
    assert!(poll(first.as_mut()).is_pending());
    assert_eq!(BARRIER.wait_blocking(), Err(Broken));
    assert_eq!(poll(first.as_mut()), Poll::Ready(Err(Broken)));
}

#[test]
fn aborting_wakes_threads() {
    watched(|| {
        let barrier = Barrier::new(4);
        std::thread::scope(|scope| {
            let waits: Vec<_> = (0..3).map(|_| scope.spawn(|| barrier.wait_blocking())).collect();
            while barrier.waiting() < 3 {
                std::thread::yield_now();
            }
            barrier.abort();
            for wait in waits {
                assert_eq!(wait.join().unwrap(), Err(Broken));
            }
        });
    });
}

#[test]
fn the_last_waker_is_the_one_that_counts() {
    let barrier = Barrier::new(2);
    let mut wait = pin!(barrier.wait());
    let ((old, first), (new, second)) = (Counter::new(), Counter::new());
    assert!(poll_with(wait.as_mut(), &first).is_pending());
    assert!(poll_with(wait.as_mut(), &second).is_pending());
    assert_eq!(barrier.waiting(), 1, "polled twice, arrived once");
    assert!(poll(pin!(barrier.wait())).is_ready());
    assert_eq!((old.count(), new.count()), (0, 1));
}

#[test]
fn says_what_it_is() {
    assert!(format!("{:?}", Barrier::new(3)).contains("parties: 3"));
    assert!(Broken.to_string().contains("reset"));
    assert!(BarrierError::from(Broken).to_string().contains("reset"));
    assert!(BarrierError::from(anyrt::TimedOut).to_string().contains("deadline"));
}
