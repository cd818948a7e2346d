//! `Barrier`.

use super::{both, join, written};
use crate::harness::Model;
use crate::sync::{Arrival, Barrier, Broken};
use crate::wakers::{Bell, Trap, block_on, poll_once};
use loom::cell::UnsafeCell;
use loom::thread;
use std::pin::{Pin, pin};
use std::sync::Arc;
use std::sync::atomic::{AtomicU32, Ordering::Relaxed};
use std::task::{Context, Poll};
use std::time::Duration;

pub(super) const MODELS: &[Model] = written! { "barrier":
    two_pass "two pass, one of them leads, each has an index of its own";
    three_pass @ 2 "three pass, one of them leads, each has an index of its own";
    task_and_thread "a task and a blocking thread pass together";
    publishes "what one wrote before is seen by the other after";
    two_rounds "in a second round nobody passes before both have come again";
    four_for_two @ 1 "of four arrivals at a barrier for two, two lead";
    a_batch_and_more "more parties than a batch are released once each";
    cancel_before_last "a party given up does not count as arrived";
    cancel_within_batch "a party given up while they are released leaves the others in peace";
    cancelled_party_returns "a party given up may come again";
    abort_against_last "aborted while the last one arrives: all pass, or all are told";
    abort_ends_all "aborting wakes all who wait, more than a batch";
    reset_ends_round "a reset tells those who wait; then the barrier works again";
    action_runs_first "the action has run once when anybody passes";
    comes_during_action "who comes while the action runs belongs to the next round";
    timeout_withdraws "a thread whose time is up has passed or has withdrawn";
    waker_changes "polled again with another waker, that one is woken";
    waker_that_uses_it "a waker that arrives, aborts and resets inline does not deadlock";
    waker_drop_that_looks "the drop of a waker may use the barrier: it is not under its lock";
};

type Wait = Pin<Box<dyn Future<Output = Result<Arrival, Broken>> + Send>>;

fn barrier(parties: u32) -> Arc<Barrier> {
    Arc::new(Barrier::new(parties))
}

fn arrive(barrier: &Arc<Barrier>) -> impl FnOnce() -> Result<Arrival, Broken> + 'static {
    let barrier = Arc::clone(barrier);
    move || block_on(barrier.wait())
}

/// Arrives, polled once.
fn arrived(barrier: &Arc<Barrier>, bell: &Arc<Bell>) -> Wait {
    let barrier = Arc::clone(barrier);
    let mut wait: Wait = Box::pin(async move { barrier.wait().await });
    assert!(bell.poll(wait.as_mut()).is_pending());
    wait
}

/// Each index once; the last one leads.
fn complete(arrivals: &[Arrival]) {
    let parties = u32::try_from(arrivals.len()).unwrap();
    let mut indices: Vec<_> = arrivals.iter().map(Arrival::index).collect();
    indices.sort_unstable();
    assert!(indices.into_iter().eq(0..parties), "an index twice: {arrivals:?}");
    assert_eq!(arrivals.iter().filter(|arrival| arrival.is_leader()).count(), 1, "{arrivals:?}");
}

fn idle(barrier: &Barrier) {
    assert_eq!(barrier.waiting(), 0, "somebody counts as arrived");
}

fn two_pass() {
    let barrier = barrier(2);
    let (a, b) = both(arrive(&barrier), arrive(&barrier));
    complete(&[a.unwrap(), b.unwrap()]);
    idle(&barrier);
}

fn three_pass() {
    let barrier = barrier(3);
    let third = thread::spawn(arrive(&barrier));
    let (a, b) = both(arrive(&barrier), arrive(&barrier));
    complete(&[a.unwrap(), b.unwrap(), join(third).unwrap()]);
    idle(&barrier);
}

fn task_and_thread() {
    let barrier = barrier(2);
    let other = Arc::clone(&barrier);
    let (a, b) = both(move || other.wait_blocking(), arrive(&barrier));
    complete(&[a.unwrap(), b.unwrap()]);
}

struct Shared {
    barrier: Barrier,
    values: [UnsafeCell<u32>; 2],
}

// SAFETY: each value is written by one thread before the barrier and read by the other after it.
unsafe impl Sync for Shared {}
// SAFETY: as above.
unsafe impl Send for Shared {}

fn publishes() {
    let values = [UnsafeCell::new(0), UnsafeCell::new(0)];
    let shared = Arc::new(Shared { barrier: Barrier::new(2), values });
    let party = |me: usize| {
        let shared = Arc::clone(&shared);
        move || {
            // SAFETY: the other one reads after the barrier; loom sees it if that is wrong.
            shared.values[me].with_mut(|value| unsafe { *value = 7 });
            block_on(shared.barrier.wait()).unwrap();
            // SAFETY: the other one wrote before the barrier; loom sees it if that is wrong.
            assert_eq!(shared.values[1 - me].with(|value| unsafe { *value }), 7);
        }
    };
    both(party(0), party(1));
}

fn two_rounds() {
    let barrier = barrier(2);
    let begun = Arc::new([AtomicU32::new(0), AtomicU32::new(0)]);
    let party = || {
        let (barrier, begun) = (Arc::clone(&barrier), Arc::clone(&begun));
        move || {
            [0, 1].map(|round: usize| {
                begun[round].fetch_add(1, Relaxed);
                let arrival = block_on(barrier.wait()).unwrap();
                assert_eq!(begun[round].load(Relaxed), 2, "passed before both had come");
                arrival
            })
        }
    };
    let (a, b) = both(party(), party());
    complete(&[a[0], b[0]]);
    complete(&[a[1], b[1]]);
    idle(&barrier);
}

fn four_for_two() {
    let barrier = barrier(2);
    let others = [(); 3].map(|()| thread::spawn(arrive(&barrier)));
    let mut arrivals = vec![arrive(&barrier)().unwrap()];
    arrivals.extend(others.into_iter().map(|other| join(other).unwrap()));
    assert_eq!(arrivals.iter().filter(|arrival| arrival.is_leader()).count(), 2);
    idle(&barrier);
}

fn a_batch_and_more() {
    let barrier = barrier(4);
    let bells = [Bell::new(), Bell::new(), Bell::new()];
    let mut waits = bells.each_ref().map(|bell| arrived(&barrier, bell));
    let (last, early) = both(arrive(&barrier), || {
        // The third is polled while they are released.
        bells[2].poll(waits[2].as_mut())
    });
    let mut arrivals = vec![last.unwrap()];
    for (at, (bell, wait)) in bells.iter().zip(&mut waits).enumerate() {
        match early {
            Poll::Ready(arrival) if at == 2 => arrivals.push(arrival.unwrap()),
            _ => {
                assert_eq!(bell.rung(), 1);
                let Poll::Ready(arrival) = bell.poll(wait.as_mut()) else { panic!("not released") };
                arrivals.push(arrival.unwrap());
            }
        }
    }
    complete(&arrivals);
    idle(&barrier);
}

fn cancel_before_last() {
    let barrier = barrier(2);
    let gone = arrived(&barrier, &Bell::new());
    let other = Arc::clone(&barrier);
    let bell = Bell::new();
    let ((), (mut stays, passed)) = both(
        move || drop(gone),
        || {
            let mut wait: Wait = Box::pin(async move { other.wait().await });
            let passed = bell.poll(wait.as_mut()).is_ready();
            (wait, passed)
        },
    );
    if passed {
        // It came first, and passed with the one that was given up later.
        idle(&barrier);
    } else {
        assert_eq!(barrier.waiting(), 1, "the one that was given up counts");
        assert!(bell.poll(stays.as_mut()).is_pending(), "passed alone");
        assert!(poll_once(pin!(barrier.wait()).as_mut()).is_ready());
        assert!(bell.poll(stays.as_mut()).is_ready());
    }
}

fn cancel_within_batch() {
    let barrier = barrier(4);
    let bells = [Bell::new(), Bell::new(), Bell::new()];
    let [first, mut second, third] = bells.each_ref().map(|bell| arrived(&barrier, bell));
    let mut last: Wait = Box::pin({
        let barrier = Arc::clone(&barrier);
        async move { barrier.wait().await }
    });
    let bell = Bell::new();
    let ringing = Arc::clone(&bell);
    let ((mut last, passed), ()) = both(
        move || {
            let passed = ringing.poll(last.as_mut()).is_ready();
            (last, passed)
        },
        || {
            drop(third);
            drop(first);
        },
    );
    if passed {
        assert!(bells[1].rung() == 1 && bells[1].poll(second.as_mut()).is_ready());
        idle(&barrier);
    } else {
        assert!(bell.poll(last.as_mut()).is_pending(), "passed without the others");
        assert!(bells[1].poll(second.as_mut()).is_pending(), "passed without the others");
        assert_eq!(barrier.waiting(), 2);
    }
}

fn cancelled_party_returns() {
    let barrier = barrier(2);
    let other = Arc::clone(&barrier);
    let (a, b) = both(
        move || {
            let early = match poll_once(pin!(other.wait()).as_mut()) {
                Poll::Ready(arrival) => Some(arrival.unwrap()),
                Poll::Pending => None,
            };
            // Given up while it waits, or after it was released and never knew: then the other one is
            // through, and waits no more.
            early.or_else(|| match poll_once(pin!(other.wait()).as_mut()) {
                Poll::Ready(arrival) => Some(arrival.unwrap()),
                Poll::Pending => None,
            })
        },
        || {
            let mut wait = pin!(barrier.wait());
            let bell = Bell::new();
            match bell.poll(wait.as_mut()) {
                Poll::Ready(arrival) => Some(arrival.unwrap()),
                Poll::Pending => match bell.poll(wait.as_mut()) {
                    Poll::Ready(arrival) => Some(arrival.unwrap()),
                    Poll::Pending => None,
                },
            }
        },
    );
    if let (Some(a), Some(b)) = (a, b) {
        complete(&[a, b]);
    }
    idle(&barrier);
}

fn abort_against_last() {
    let barrier = barrier(2);
    let bell = Bell::new();
    let mut wait = arrived(&barrier, &bell);
    let aborts = Arc::clone(&barrier);
    let (last, ()) = both(arrive(&barrier), move || aborts.abort());
    assert_eq!(bell.rung(), 1);
    let Poll::Ready(first) = bell.poll(wait.as_mut()) else { panic!("it waits on") };
    assert_eq!(first.is_ok(), last.is_ok(), "one passed, the other was told that it is broken");
    assert!(barrier.is_broken());
    idle(&barrier);
}

fn abort_ends_all() {
    let barrier = barrier(5);
    let bells = [Bell::new(), Bell::new(), Bell::new()];
    let waits = bells.each_ref().map(|bell| arrived(&barrier, bell));
    let aborts = Arc::clone(&barrier);
    let ((), late) = both(move || aborts.abort(), arrive(&barrier));
    assert_eq!(late, Err(Broken));
    for (bell, mut wait) in bells.iter().zip(waits) {
        assert_eq!(bell.rung(), 1);
        assert_eq!(bell.poll(wait.as_mut()), Poll::Ready(Err(Broken)));
    }
    idle(&barrier);
}

fn reset_ends_round() {
    let barrier = barrier(2);
    let bell = Bell::new();
    let mut wait = arrived(&barrier, &bell);
    let resets = Arc::clone(&barrier);
    let ((), late) = both(
        move || resets.reset(),
        || {
            let mut late = pin!(barrier.wait());
            poll_once(late.as_mut()).is_ready()
        },
    );
    assert_eq!(bell.rung(), 1);
    let Poll::Ready(first) = bell.poll(wait.as_mut()) else { panic!("it waits on") };
    assert_eq!(first.is_ok(), late, "the late one passed without the first");
    assert!(!barrier.is_broken());
    idle(&barrier);
    assert!(poll_once(pin!(barrier.wait()).as_mut()).is_pending());
}

fn action_runs_first() {
    let ran = Arc::new(AtomicU32::new(0));
    let counts = Arc::clone(&ran);
    let count = move || assert_eq!(counts.fetch_add(1, Relaxed), 0, "it ran twice");
    let barrier = Arc::new(Barrier::with_action(2, count));
    let party = || {
        let (barrier, ran) = (Arc::clone(&barrier), Arc::clone(&ran));
        move || {
            let arrival = block_on(barrier.wait()).unwrap();
            assert_eq!(ran.load(Relaxed), 1, "passed before the action");
            arrival
        }
    };
    let (a, b) = both(party(), party());
    complete(&[a, b]);
}

fn comes_during_action() {
    let late = Arc::new(std::sync::Mutex::new(None::<(Wait, Arc<Bell>)>));
    let (comes, own) = (Arc::clone(&late), Arc::new(std::sync::Mutex::new(None::<Arc<Barrier>>)));
    let known = Arc::clone(&own);
    let action = move || {
        let Some(barrier) = known.lock().unwrap().take() else { return };
        let bell = Bell::new();
        *comes.lock().unwrap() = Some((arrived(&barrier, &bell), bell));
    };
    let barrier = Arc::new(Barrier::with_action(2, action));
    *own.lock().unwrap() = Some(Arc::clone(&barrier));
    let (a, b) = both(arrive(&barrier), arrive(&barrier));
    complete(&[a.unwrap(), b.unwrap()]);
    let (mut wait, bell) = late.lock().unwrap().take().expect("the action ran");
    // It was held back, and counts now that it was let in.
    assert!(bell.take() > 0, "it was not let into the next round");
    assert!(bell.poll(wait.as_mut()).is_pending(), "it passed with the round before");
    assert!(poll_once(pin!(barrier.wait()).as_mut()).is_ready());
    assert!(bell.rung() > 0 && bell.poll(wait.as_mut()).is_ready());
}

fn timeout_withdraws() {
    let barrier = barrier(2);
    let late = Arc::clone(&barrier);
    let bell = Bell::new();
    let other = Arc::clone(&barrier);
    let ringing = Arc::clone(&bell);
    let (late, (mut wait, early)) = both(
        move || late.wait_within_blocking(Duration::from_secs(1)).ok(),
        move || {
            let mut wait: Wait = Box::pin(async move { other.wait().await });
            let early = ringing.poll(wait.as_mut());
            (wait, early)
        },
    );
    match (late, early) {
        (Some(late), Poll::Ready(early)) => complete(&[late, early.unwrap()]),
        (Some(late), Poll::Pending) => {
            let Poll::Ready(second) = bell.poll(wait.as_mut()) else { panic!("it waits on") };
            complete(&[late, second.unwrap()]);
        }
        // Its time was up just after the other one had let it pass.
        (None, Poll::Ready(early)) => assert!(early.unwrap().is_leader()),
        (None, Poll::Pending) => assert_eq!(barrier.waiting(), 1, "it has not withdrawn"),
    }
}

fn waker_changes() {
    let barrier = barrier(2);
    let (old, new) = (Bell::new(), Bell::new());
    let mut wait = arrived(&barrier, &old);
    let (_, ready) = both(arrive(&barrier), || new.poll(wait.as_mut()).is_ready());
    assert!(ready || new.rung() == 1, "the waker of the last poll was not woken");
    assert!(ready || new.poll(wait.as_mut()).is_ready());
}

fn waker_that_uses_it() {
    let barrier = barrier(2);
    let inline = Arc::clone(&barrier);
    let bell = Bell::with(move || {
        let _ = poll_once(pin!(inline.wait()).as_mut()).is_ready();
        inline.abort();
        inline.reset();
    });
    let mut wait = arrived(&barrier, &bell);
    let looks = Arc::clone(&barrier);
    let (last, _) = both(arrive(&barrier), move || looks.waiting());
    assert!(last.is_ok());
    assert!(matches!(bell.poll(wait.as_mut()), Poll::Ready(Ok(_))));
    idle(&barrier);
}

fn waker_drop_that_looks() {
    let barrier = barrier(2);
    let trap = || {
        let barrier = Arc::clone(&barrier);
        Trap::waker(move || assert!(barrier.statistics().waiting < 2))
    };
    let other = Arc::clone(&barrier);
    let mut wait: Wait = Box::pin(async move { other.wait().await });
    assert!(wait.as_mut().poll(&mut Context::from_waker(&trap())).is_pending());
    let last = Arc::clone(&barrier);
    let last = thread::spawn(move || poll_once(pin!(last.wait()).as_mut()).is_ready());
    let _ = wait.as_mut().poll(&mut Context::from_waker(&trap())).is_ready();
    drop(wait);
    join(last);
    idle(&barrier);
}
