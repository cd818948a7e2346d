use crate::queue::{Fifo, Lifo, Priority, Queue, Store};
use crate::sample;
use crate::sync::{Barrier, Condition, Event, Lock, Owner, ReentrantLock, Semaphore};
use shuttle::future::block_on;
use shuttle::sync::atomic::{AtomicUsize, Ordering::SeqCst};
use shuttle::thread::{self, JoinHandle};
use std::collections::VecDeque;
use std::future::poll_fn;
use std::pin::pin;
use std::sync::Arc;
use std::task::{Context, Poll, Waker};
use std::time::Duration;

fn crowd(count: usize, member: impl Fn(usize) + Clone + Send + 'static) {
    let threads: Vec<JoinHandle<()>> = (0..count)
        .map(|at| {
            let member = member.clone();
            thread::spawn(move || member(at))
        })
        .collect();
    for thread in threads {
        thread.join().unwrap();
    }
}

/// Polls once and gives up.
fn give_up<F: Future>(future: F) {
    let _ = pin!(future).poll(&mut Context::from_waker(Waker::noop())).is_ready();
}

fn lock_crowd(lock: Lock<usize>) {
    let lock = Arc::new(lock);
    let shared = Arc::clone(&lock);
    crowd(8, move |at| {
        for turn in 0..2 {
            match (at + turn) % 4 {
                0 => *block_on(shared.lock()) += 1,
                1 => *shared.lock_blocking() += 1,
                2 => {
                    give_up(shared.lock());
                    *block_on(shared.lock()) += 1;
                }
                _ => {
                    let in_time = shared.lock_within_blocking(Duration::from_secs(1));
                    in_time.map_or_else(|_| *shared.lock_blocking() += 1, |mut guard| *guard += 1);
                }
            }
        }
    });
    let statistics = lock.statistics();
    assert!(!statistics.locked && statistics.waiting == 0);
    assert_eq!(*lock.try_lock().unwrap(), 16);
}

#[test]
fn eight_on_a_lock() {
    sample(|| lock_crowd(Lock::new(0)));
}

/// Threads by their own names and, two and two, tasks that share one.
#[test]
fn eight_on_a_reentrant_lock() {
    sample(|| {
        let lock = Arc::new(ReentrantLock::new(AtomicUsize::new(0)));
        let owners = [Owner::new(), Owner::new()];
        let shared = Arc::clone(&lock);
        crowd(8, move |at| {
            if at < 4 {
                let _outer = shared.lock_blocking(Owner::thread());
                shared.lock_blocking(Owner::thread()).fetch_add(1, SeqCst);
                return;
            }
            let me = owners[at % 2];
            give_up(shared.lock(me));
            let outer = block_on(shared.lock(me));
            let inner = shared.try_lock(me).expect("its owner is inside");
            drop(outer);
            assert!(shared.is_locked_by(me));
            inner.fetch_add(1, SeqCst);
        });
        let statistics = lock.statistics();
        assert!(statistics.depth == 0 && statistics.waiting == 0);
        assert_eq!(lock.try_lock(Owner::new()).unwrap().load(SeqCst), 8);
    });
}

#[test]
fn eight_on_a_fair_lock() {
    sample(|| lock_crowd(Lock::fair(0)));
}

fn semaphore_crowd(semaphore: Semaphore) {
    let semaphore = Arc::new(semaphore);
    let inside = Arc::new(AtomicUsize::new(0));
    let shared = Arc::clone(&semaphore);
    crowd(10, move |at| {
        let n = 1 + u32::try_from(at % 3).unwrap();
        if at % 4 == 3 {
            give_up(shared.acquire_many(n));
        }
        let permit = if at % 2 == 0 {
            block_on(shared.acquire_many(n)).unwrap()
        } else {
            shared.acquire_many_blocking(n).unwrap()
        };
        let n = n as usize;
        assert!(inside.fetch_add(n, SeqCst) + n <= 4, "more inside than permits");
        thread::yield_now();
        inside.fetch_sub(n, SeqCst);
        drop(permit);
    });
    let statistics = semaphore.statistics();
    assert_eq!((statistics.available, statistics.waiting), (4, 0));
}

#[test]
fn ten_on_a_semaphore() {
    sample(|| semaphore_crowd(Semaphore::new(4)));
}

#[test]
fn ten_on_a_fair_semaphore() {
    sample(|| semaphore_crowd(Semaphore::fair(4)));
}

#[test]
fn ten_on_a_semaphore_that_is_closed() {
    sample(|| {
        let semaphore = Arc::new(Semaphore::new(2));
        let shared = Arc::clone(&semaphore);
        crowd(10, move |at| match at {
            4 => shared.close(),
            _ => drop(block_on(shared.acquire_many(1 + u32::try_from(at % 2).unwrap()))),
        });
        assert_eq!(semaphore.statistics().waiting, 0);
        assert_eq!(semaphore.available(), 2);
    });
}

#[test]
fn sixteen_on_an_event() {
    sample(|| {
        let event = Arc::new(Event::new());
        let shared = Arc::clone(&event);
        crowd(16, move |at| match at % 4 {
            0 => shared.wait_blocking(),
            1 => give_up(shared.wait()),
            2 => block_on(shared.wait()),
            _ => {
                // Cleared at once: who waits already is let go; the last `set` lets the others go.
                shared.set();
                if at != 15 {
                    shared.clear();
                }
                shared.set();
            }
        });
        assert!(event.is_set());
        assert_eq!(event.statistics().waiting, 0);
    });
}

#[test]
fn six_in_three_rounds_of_a_barrier() {
    sample(|| {
        let barrier = Arc::new(Barrier::new(6));
        let leaders = Arc::new(AtomicUsize::new(0));
        let begun = Arc::new([(); 3].map(|()| AtomicUsize::new(0)));
        let (shared, led) = (Arc::clone(&barrier), Arc::clone(&leaders));
        crowd(6, move |at| {
            for begun in begun.iter() {
                begun.fetch_add(1, SeqCst);
                let arrival =
                    if at % 2 == 0 { block_on(shared.wait()) } else { shared.wait_blocking() };
                assert_eq!(begun.load(SeqCst), 6, "passed before all had come");
                led.fetch_add(usize::from(arrival.unwrap().is_leader()), SeqCst);
            }
        });
        assert_eq!(leaders.load(SeqCst), 3);
        assert_eq!(barrier.waiting(), 0);
    });
}

#[test]
fn eight_at_a_barrier_that_is_aborted() {
    sample(|| {
        let barrier = Arc::new(Barrier::new(7));
        let passed = Arc::new(AtomicUsize::new(0));
        let (shared, through) = (Arc::clone(&barrier), Arc::clone(&passed));
        crowd(8, move |at| {
            if at == 3 {
                shared.abort();
            } else {
                let ok = block_on(shared.wait()).is_ok();
                through.fetch_add(usize::from(ok), SeqCst);
            }
        });
        let passed = passed.load(SeqCst);
        assert!(passed == 0 || passed == 7, "{passed} of 7 passed");
        assert_eq!(barrier.waiting(), 0);
    });
}

/// A queue of two places: who puts, who takes, and who gives up.
#[test]
fn ten_on_a_bounded_queue() {
    #[derive(Debug)]
    struct Bounded {
        items: Lock<VecDeque<usize>>,
        changed: [Condition; 2],
    }
    sample(|| {
        let queue = Arc::new(Bounded {
            items: Lock::new(VecDeque::new()),
            changed: [Condition::new(), Condition::new()],
        });
        let taken = Arc::new(AtomicUsize::new(0));
        let (shared, sum) = (Arc::clone(&queue), Arc::clone(&taken));
        crowd(10, move |at| {
            let [room, more] = &shared.changed;
            let put = async {
                let guard = shared.items.lock().await;
                let mut guard = room.wait_for(guard, |items| items.len() < 2).await;
                guard.push_back(at);
                more.notify(1);
            };
            let take = async {
                let guard = shared.items.lock().await;
                let mut guard = more.wait_for(guard, |items| !items.is_empty()).await;
                sum.fetch_add(guard.pop_front().unwrap(), SeqCst);
                room.notify(1);
            };
            match at {
                // A wait that is given up passes its notification on.
                8 | 9 => give_up(async {
                    let guard = shared.items.lock().await;
                    drop(more.wait(guard).await);
                }),
                _ if at % 2 == 0 => block_on(put),
                _ => block_on(take),
            }
        });
        assert_eq!(taken.load(SeqCst), 2 + 4 + 6);
        assert_eq!(queue.changed.each_ref().map(|changed| changed.statistics().waiting), [0, 0]);
    });
}

/// A task that stops polling one acquire and awaits another, four times over, among others.
#[test]
fn four_dormant_siblings() {
    sample(|| {
        let lock = Arc::new(Lock::new(0));
        let shared = Arc::clone(&lock);
        crowd(6, move |at| {
            block_on(async {
                let mut dormant = pin!(shared.lock());
                if at < 4 {
                    drop(poll_fn(|cx| Poll::Ready(dormant.as_mut().poll(cx))).await);
                }
                *shared.lock().await += 1;
            });
        });
        assert_eq!(*lock.try_lock().unwrap(), 6);
    });
}

/// Eight producers and eight consumers; some give up, some are threads, some come with batches.
fn queue_crowd<S: Store<Item = usize> + Send + 'static>(queue: Queue<S>) {
    let queue = Arc::new(queue);
    let put = Arc::new(AtomicUsize::new(0));
    let got = Arc::new(AtomicUsize::new(0));
    let (shared, puts, gets) = (Arc::clone(&queue), Arc::clone(&put), Arc::clone(&got));
    crowd(16, move |at| {
        let (queue, item) = (&shared, at + 1);
        let count = |counter: &AtomicUsize, item| {
            counter.fetch_add(item, SeqCst);
        };
        match at {
            0 => {
                give_up(queue.put(100)); // which may have put it
                let slot = block_on(queue.reserve()).unwrap();
                slot.put(item).unwrap();
                count(&puts, item);
            }
            1 => {
                queue.put_blocking(item).unwrap();
                count(&puts, item);
            }
            2 => {
                block_on(queue.put_many(&mut [item, item].into())).unwrap();
                count(&puts, 2 * item);
            }
            3..8 => {
                block_on(queue.put(item)).unwrap();
                count(&puts, item);
            }
            8 => {
                give_up(queue.get_many(&mut Vec::new(), 0));
                let in_time = queue.get_within_blocking(Duration::from_secs(1));
                count(&gets, in_time.unwrap_or_else(|_| queue.get_blocking().unwrap()));
            }
            9 => {
                let mut items = Vec::new();
                block_on(queue.get_many(&mut items, 2)).unwrap();
                count(&gets, items.iter().sum());
            }
            10 => {
                let item = block_on(async {
                    let mut dormant = pin!(queue.get());
                    let first = poll_fn(|cx| Poll::Ready(dormant.as_mut().poll(cx))).await;
                    match first {
                        Poll::Ready(item) => item.unwrap(),
                        Poll::Pending => queue.get().await.unwrap(), // the first one dozes on
                    }
                });
                count(&gets, item);
            }
            11..15 => count(&gets, block_on(queue.get()).unwrap()),
            _ => count(&gets, queue.get_blocking().unwrap()),
        }
    });
    // Nine were put, and perhaps the one that was given up; eight gets took one or two each, so that
    // at most two are left: there is room for these.
    let left: usize = queue.close_now().into_iter().sum();
    let (put, got) = (put.load(SeqCst), got.load(SeqCst) + left);
    assert!(got == put || got == put + 100, "{got} of {put}");
    let statistics = queue.statistics();
    assert_eq!((statistics.putting, statistics.getting, statistics.reserved), (0, 0, 0));
}

#[test]
fn sixteen_on_a_fifo() {
    sample(|| queue_crowd(Fifo::bounded(2)));
}

#[test]
fn sixteen_on_a_lifo() {
    sample(|| queue_crowd(Lifo::bounded(2)));
}

#[test]
fn sixteen_on_a_priority_queue() {
    sample(|| queue_crowd(Priority::bounded(3)));
}

#[test]
fn twelve_on_a_queue_that_is_closed() {
    sample(|| {
        let queue = Arc::new(Fifo::bounded(2));
        let (put, got) = (Arc::new(AtomicUsize::new(0)), Arc::new(AtomicUsize::new(0)));
        let (shared, puts, gets) = (Arc::clone(&queue), Arc::clone(&put), Arc::clone(&got));
        crowd(12, move |at| match at {
            0 => block_on(shared.join()),
            1 => shared.close(),
            2..7 => {
                puts.fetch_add(usize::from(block_on(shared.put(at)).is_ok()), SeqCst);
            }
            _ => {
                while let Ok(_item) = block_on(shared.get()) {
                    let _done = shared.done_on_drop();
                    gets.fetch_add(1, SeqCst);
                }
            }
        });
        assert_eq!(put.load(SeqCst), got.load(SeqCst));
        assert_eq!(queue.unfinished(), 0);
    });
}
