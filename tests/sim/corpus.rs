//! Known bugs, each beside its cure: the bug is found within a stated number of schedules by every kind
//! of search, and the cure passes all.

use anyrt::Sim;
use anyrt::prelude::*;
use anyrt::sim::{Explore, FailureKind, explore, try_explore};
use anyrt::sync::{Condition, Event, Lock, Semaphore};
use anyrt::task::yield_now;
use std::future::Future;
use std::sync::Arc;
use std::time::Duration;

/// Looks for `bug` from 20 starting points with each kind of search, which must find it within so many
/// schedules; and checks that `cure` has no failure.
fn finds<B, C>([random, pct]: [u64; 2], kind: FailureKind, bug: fn(Sim) -> B, cure: fn(Sim) -> C)
where
    B: Future<Output = ()>,
    C: Future<Output = ()>,
{
    for start in 0..20 {
        for config in [Explore::random(random), Explore::pct(pct, 3)] {
            let config = config.seed(start * 1_000).minimise(0).check_every(0);
            let found = try_explore(config, bug).expect_err("the bug is there");
            assert_eq!(found.failure().kind(), kind, "{found}");
        }
    }
    let _random = explore(Explore::random(1_000), cure);
    let _pct = explore(Explore::pct(1_000, 3), cure);
    let _all = explore(Explore::all(3_000), cure);
}

/// Two accounts, two locks, taken in two orders.
mod abba {
    use super::*;

    async fn transfer(rt: Sim, ordered: bool) {
        let (a, b) = (Arc::new(Lock::new(10)), Arc::new(Lock::new(10)));
        let (from, to) = (a.clone(), b.clone());
        let there = rt.spawn(async move {
            let mut from = from.lock().await;
            yield_now().await;
            let mut to = to.lock().await;
            *from -= 1;
            *to += 1;
        });
        let back = rt.spawn(async move {
            let (first, second) = if ordered { (a, b) } else { (b, a) };
            let _first = first.lock().await;
            yield_now().await;
            let _second = second.lock().await;
        });
        there.await.unwrap();
        back.await.unwrap();
    }

    #[test]
    fn is_found() {
        finds([8, 2], FailureKind::Deadlock, |rt| transfer(rt, false), |rt| transfer(rt, true));
    }
}

/// A read and a write of one number, and nothing that waits between them: on one thread nobody comes
/// between, on two somebody does.
mod lost_update {
    use super::*;

    async fn count(rt: Sim, in_one_step: bool) {
        let count = Arc::new(Lock::new(0));
        let add = |_| {
            let count = count.clone();
            rt.spawn(async move {
                if in_one_step {
                    *count.lock().await += 1;
                } else {
                    let seen = *count.lock().await;
                    *count.lock().await = seen + 1;
                }
            })
        };
        for task in [0, 1].map(add) {
            task.await.unwrap();
        }
        assert_eq!(*count.lock().await, 2, "an update was lost");
    }

    #[test]
    fn is_found() {
        finds([10, 25], FailureKind::Panic, |rt| count(rt, false), |rt| count(rt, true));
    }

    #[test]
    fn is_not_there_where_only_waits_switch() {
        let explored = explore(Explore::all(1_000).cooperative(), |rt| count(rt, false));
        assert!(explored.is_complete());
    }
}

/// Each takes the fork on the left first, but for the last, in the cure.
mod dining_philosophers {
    use super::*;

    async fn dine(rt: Sim, last_is_left_handed: bool) {
        const SEATS: usize = 4;
        let forks: Arc<Vec<_>> = Arc::new((0..SEATS).map(|_| Lock::new(())).collect());
        let philosopher = |seat: usize| {
            let forks = forks.clone();
            rt.spawn(async move {
                let (mut first, mut second) = (seat, (seat + 1) % SEATS);
                if last_is_left_handed && second == 0 {
                    std::mem::swap(&mut first, &mut second);
                }
                let _first = forks[first].lock().await;
                yield_now().await; // thinks
                let _second = forks[second].lock().await;
            })
        };
        for philosopher in (0..SEATS).map(philosopher).collect::<Vec<_>>() {
            philosopher.await.unwrap();
        }
    }

    #[test]
    fn is_found() {
        finds([12, 2], FailureKind::Deadlock, |rt| dine(rt, false), |rt| dine(rt, true));
    }
}

/// Looks whether there is something to do, and waits if not; what comes in between is lost.
mod lost_wake_up {
    use super::*;

    async fn hand_over(rt: Sim, under_the_lock: bool) {
        let (item, added) = (Arc::new(Lock::new(None)), Arc::new(Condition::new()));
        let (put, notify) = (item.clone(), added.clone());
        let producer = rt.spawn(async move {
            *put.lock().await = Some(1);
            notify.notify(1);
        });
        if under_the_lock {
            let mut item = added.wait_for(item.lock().await, |item| item.is_some()).await;
            assert_eq!(item.take(), Some(1));
        } else {
            let there = item.lock().await.is_some();
            yield_now().await; // the lock is free, and nobody waits yet
            if !there {
                drop(added.wait(item.lock().await).await);
            }
            assert_eq!(item.lock().await.take(), Some(1));
        }
        producer.await.unwrap();
    }

    #[test]
    fn is_found() {
        finds([8, 3], FailureKind::Deadlock, |rt| hand_over(rt, false), |rt| hand_over(rt, true));
    }
}

/// Two consumers are notified of one item each, but a third comes between.
mod if_instead_of_while {
    use super::*;

    async fn consume(rt: Sim, in_a_loop: bool) {
        let (items, added) = (Arc::new(Lock::new(Vec::new())), Arc::new(Condition::new()));
        let consumer = |_| {
            let (items, added) = (items.clone(), added.clone());
            rt.spawn(async move {
                let mut items = items.lock().await;
                if in_a_loop {
                    items = added.wait_for(items, |items| !items.is_empty()).await;
                } else if items.is_empty() {
                    items = added.wait(items).await;
                }
                items.pop().expect("there is one for each")
            })
        };
        let consumers: Vec<_> = (0..2).map(consumer).collect();
        for item in 0..2 {
            yield_now().await;
            items.lock().await.push(item);
            added.notify(1);
        }
        for consumer in consumers {
            consumer.await.unwrap();
        }
    }

    #[test]
    fn is_found() {
        finds([60, 200], FailureKind::Panic, |rt| consume(rt, false), |rt| consume(rt, true));
    }
}

/// One notification for two who wait.
mod missed_notify {
    use super::*;

    async fn start(rt: Sim, all: bool) {
        let (started, changed) = (Arc::new(Lock::new(false)), Arc::new(Condition::new()));
        let runner = |_| {
            let (started, changed) = (started.clone(), changed.clone());
            rt.spawn(async move {
                drop(changed.wait_for(started.lock().await, |started| *started).await);
            })
        };
        let runners: Vec<_> = (0..2).map(runner).collect();
        yield_now().await;
        *started.lock().await = true;
        if all {
            changed.notify_all();
        } else {
            changed.notify(1);
        }
        for runner in runners {
            runner.await.unwrap();
        }
    }

    #[test]
    fn is_found() {
        finds([15, 2], FailureKind::Deadlock, |rt| start(rt, false), |rt| start(rt, true));
    }
}

/// Who runs takes the lock again before a waiter gets it, for as long as it likes.
mod barging_starvation {
    use super::*;
    use std::sync::atomic::{AtomicBool, AtomicU32, Ordering::Relaxed};

    /// A lock that anybody may take who finds it free; waiters look again and again.
    struct Greedy(AtomicBool);

    impl Greedy {
        async fn lock(&self) {
            while self.0.swap(true, Relaxed) {
                yield_now().await;
            }
        }

        fn unlock(&self) {
            self.0.store(false, Relaxed);
        }
    }

    /// The rounds that one may have while the other waits.
    const BOUND: u32 = 40;

    async fn starve(rt: Sim, fair: bool) {
        let (greedy, strict) = (Arc::new(Greedy(AtomicBool::new(false))), Arc::new(Lock::fair(())));
        let (rounds, done) = (Arc::new(AtomicU32::new(0)), Arc::new(AtomicBool::new(false)));
        let waits = Arc::new(AtomicBool::new(false));
        let hog = rt.spawn({
            let (greedy, strict) = (greedy.clone(), strict.clone());
            let (rounds, done, waits) = (rounds.clone(), done.clone(), waits.clone());
            async move {
                while !done.load(Relaxed) {
                    if fair {
                        let _held = strict.lock().await;
                        yield_now().await;
                    } else {
                        greedy.lock().await;
                        yield_now().await;
                        greedy.unlock();
                    }
                    let rounds = rounds.fetch_add(u32::from(waits.load(Relaxed)), Relaxed);
                    assert!(rounds < BOUND, "the other one starves");
                }
            }
        });
        let waiter = rt.spawn(async move {
            for _ in 0..2 {
                waits.store(true, Relaxed);
                if fair {
                    drop(strict.lock().await);
                } else {
                    greedy.lock().await;
                    greedy.unlock();
                }
                waits.store(false, Relaxed);
                rounds.store(0, Relaxed);
            }
            done.store(true, Relaxed);
        });
        waiter.await.unwrap();
        hog.await.unwrap();
    }

    #[test]
    fn is_found() {
        finds([10, 15], FailureKind::Panic, |rt| starve(rt, false), |rt| starve(rt, true));
    }
}

/// A permit is kept while another is asked for.
mod too_few_permits {
    use super::*;

    async fn two_each(rt: Sim, at_once: bool) {
        let permits = Arc::new(Semaphore::new(2));
        let worker = |_| {
            let permits = permits.clone();
            rt.spawn(async move {
                if at_once {
                    drop(permits.acquire_many(2).await.unwrap());
                } else {
                    let _one = permits.acquire().await.unwrap();
                    yield_now().await;
                    let _two = permits.acquire().await.unwrap();
                }
            })
        };
        for worker in (0..2).map(worker).collect::<Vec<_>>() {
            worker.await.unwrap();
        }
    }

    #[test]
    fn is_found() {
        finds([8, 2], FailureKind::Deadlock, |rt| two_each(rt, false), |rt| two_each(rt, true));
    }
}

/// A timeout that may come just before what it waits for, which nobody gives back then.
mod forgotten_after_a_timeout {
    use super::*;

    async fn reserve(rt: Sim, gives_back: bool) {
        let second = Duration::from_secs(1);
        let (asked, granted) = (Arc::new(Event::new()), Arc::new(Event::new()));
        let free = Arc::new(Lock::new(1));
        let server = rt.spawn({
            let (rt, asked, granted, free) =
                (rt.clone(), asked.clone(), granted.clone(), free.clone());
            async move {
                asked.wait().await;
                rt.sleep(second).await;
                *free.lock().await -= 1;
                granted.set();
            }
        });
        asked.set();
        let granted_in_time = rt.timeout(second, granted.wait()).await.is_ok();
        server.await.unwrap();
        if granted_in_time || gives_back {
            *free.lock().await += 1;
        }
        assert_eq!(*free.lock().await, 1, "what was granted too late is lost");
    }

    #[test]
    fn is_found() {
        finds([8, 10], FailureKind::Panic, |rt| reserve(rt, false), |rt| reserve(rt, true));
    }
}
