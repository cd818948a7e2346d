//! Queues: putting and getting, and giving up.

use super::{both, join, written};
use crate::harness::Model;
use crate::queue::{Fifo, Lifo, Priority, Queue, Store, TryGetError};
use crate::wakers::{Bell, Token, Trap, block_on, poll_once};
use loom::cell::UnsafeCell;
use loom::thread;
use std::pin::{Pin, pin};
use std::sync::Arc;
use std::task::{Context, Poll};
use std::time::Duration;

pub(super) const MODELS: &[Model] = written! { "queue":
    item_goes_across "an item put by one task is got by another, once";
    item_goes_to_a_thread "the same with blocking threads";
    one_place_two_items "through one place go two items, in their order; both sides wait";
    one_place_two_threads @ 2 "the same with blocking threads";
    order_of_a_producer "a consumer gets a producer's items in their order";
    two_getters "two items reach two getters, one each";
    two_putters "two putters share one place; both items arrive";
    two_pairs @ 2 "two producers and two consumers: each item arrives once";
    task_thread_and_try @ 2 "the same with a task, a thread and one that only tries";
    put_publishes "what was done before a put is seen by who gets the item, whichever way";
    get_publishes "what was done before a get is seen by who uses the room";
    cancel_get_queued "a getter that gives up leaves the others in peace";
    cancel_get_woken "a getter that gives up after it was woken passes the item on";
    cancel_get_against_put "giving up while an item is put loses nothing";
    cancel_put_queued "a putter that gives up has put nothing, and its room is not lost";
    cancel_put_woken "a putter that gives up after it was woken passes the room on";
    cancel_put_against_get "giving up while room is made loses nothing";
    put_cancelled_returns "a put that is given up has put the item, or returns it";
    waker_changes "polled again with another waker, that one is woken";
    polled_again_queued "a queued getter polled again while an item is put misses nothing";
    timeout_of_a_get "a thread whose time is up has the item, or leaves it";
    timeout_of_a_put "a thread whose time is up has put the item, or has it back";
    reserve_then_put "a slot keeps others out until it is used";
    slot_dropped_lets_in "a slot that is dropped lets the next one in";
    many_go_across "a batch goes through a small queue in order";
    many_wake_many "a batch wakes as many as it has items, more than a batch of wakers";
    dormant_get "a task that stops polling one get and awaits another has the item";
    dormant_put "a task that stops polling one put and awaits another puts";
    dormant_overtaken "the same when the item was taken by somebody else";
    dormant_elsewhere "a woken getter that nobody polls does not stop tasks that come later";
    waker_that_uses_it "a waker that puts and gets inline does not deadlock";
    waker_drop_that_looks "the drop of a waker may use the queue: it is not under its lock";
    items_dropped_once "items that are left are dropped with the queue, once";
    lifo_order "the last item of a stack is the next, whoever comes";
    priority_order "the smallest item of a heap is the next, whoever comes";
    priority_cancelled "a woken getter that gives up leaves a heap in order";
};

/// Nothing and nobody is left.
pub(super) fn idle<S: Store>(queue: &Queue<S>) {
    let statistics = queue.statistics();
    assert_eq!(statistics.len, 0, "still in the queue");
    let waiting = (statistics.putting, statistics.getting, statistics.joining);
    assert_eq!(waiting, (0, 0, 0), "still waiting");
    assert_eq!(statistics.reserved, 0, "still reserved");
}

pub(super) fn fifo<T>(capacity: usize) -> Arc<Fifo<T>> {
    Arc::new(Fifo::bounded(capacity))
}

/// Puts, as a task.
pub(super) fn put<S>(queue: &Arc<Queue<S>>, item: S::Item) -> impl FnOnce() + 'static
where
    S: Store<Item: 'static> + 'static,
{
    let queue = Arc::clone(queue);
    move || block_on(queue.put(item)).expect("not closed")
}

/// Gets, as a task.
pub(super) fn get<S: Store + 'static>(queue: &Arc<Queue<S>>) -> impl FnOnce() -> S::Item + 'static {
    let queue = Arc::clone(queue);
    move || block_on(queue.get()).expect("not closed")
}

/// Polls once, and gives up.
fn get_once<S: Store + 'static>(
    queue: &Arc<Queue<S>>,
) -> impl FnOnce() -> Option<S::Item> + 'static {
    let queue = Arc::clone(queue);
    move || match poll_once(pin!(queue.get())) {
        Poll::Ready(item) => item.ok(),
        Poll::Pending => None,
    }
}

/// What one thread writes, and another one reads when it knows that it was written.
pub(super) struct Note(UnsafeCell<u32>);

// SAFETY: not at all: whether reading comes after writing is what models ask, and loom tells.
unsafe impl Send for Note {}
// SAFETY: as above.
unsafe impl Sync for Note {}

impl Note {
    pub(super) fn new() -> Arc<Self> {
        Arc::new(Self(UnsafeCell::new(0)))
    }

    pub(super) fn write(&self) {
        // SAFETY: loom fails the model if anybody else is there.
        self.0.with_mut(|note| unsafe { *note = 7 });
    }

    pub(super) fn read(&self) {
        // SAFETY: loom fails the model if anybody writes meanwhile.
        assert_eq!(self.0.with(|note| unsafe { *note }), 7);
    }
}

type Boxed<T> = Pin<Box<dyn Future<Output = T>>>;

/// A getter in the queue.
fn waiting_get<T: 'static>(queue: &Arc<Fifo<T>>, bell: &Arc<Bell>) -> Boxed<T> {
    let queue = Arc::clone(queue);
    let mut get: Boxed<T> = Box::pin(async move { queue.get().await.expect("not closed") });
    assert!(bell.poll(get.as_mut()).is_pending());
    get
}

/// A putter in the queue.
fn waiting_put<T: 'static>(queue: &Arc<Fifo<T>>, item: T, bell: &Arc<Bell>) -> Boxed<()> {
    let queue = Arc::clone(queue);
    let mut put: Boxed<()> = Box::pin(async move { queue.put(item).await.expect("not closed") });
    assert!(bell.poll(put.as_mut()).is_pending());
    put
}

fn item_goes_across() {
    let queue = fifo(1);
    let ((), got) = both(put(&queue, Token::new()), get(&queue));
    assert_eq!(got.count(), 1);
    idle(&queue);
}

fn item_goes_to_a_thread() {
    let queue = fifo(1);
    let other = Arc::clone(&queue);
    let puts = move || other.put_blocking(7).expect("not closed");
    let ((), got) = both(puts, || queue.get_blocking());
    assert_eq!(got, Ok(7));
    idle(&queue);
}

fn one_place_two_items() {
    let queue = fifo(1);
    let other = Arc::clone(&queue);
    both(
        move || (1..=2).for_each(|n| block_on(other.put(n)).expect("not closed")),
        || (1..=2).for_each(|n| assert_eq!(block_on(queue.get()), Ok(n))),
    );
    idle(&queue);
}

fn one_place_two_threads() {
    let queue = fifo(1);
    let other = Arc::clone(&queue);
    both(
        move || (1..=2).for_each(|n| other.put_blocking(n).expect("not closed")),
        || (1..=2).for_each(|n| assert_eq!(queue.get_blocking(), Ok(n))),
    );
    idle(&queue);
}

fn order_of_a_producer() {
    let queue = Arc::new(Fifo::unbounded());
    let other = Arc::clone(&queue);
    both(
        move || (1..=3).for_each(|n| other.try_put(n).expect("room")),
        || (1..=3).for_each(|n| assert_eq!(block_on(queue.get()), Ok(n))),
    );
    idle(&queue);
}

fn two_getters() {
    let queue = fifo(2);
    let gets = [thread::spawn(get(&queue)), thread::spawn(get(&queue))];
    queue.try_put(1).expect("room");
    queue.try_put(2).expect("room");
    assert_eq!(gets.into_iter().map(join).sum::<u32>(), 3);
    idle(&queue);
}

fn two_putters() {
    let queue = fifo(1);
    let puts = [thread::spawn(put(&queue, 1)), thread::spawn(put(&queue, 2))];
    let sum = get(&queue)() + get(&queue)();
    puts.into_iter().for_each(join);
    assert_eq!(sum, 3);
    idle(&queue);
}

fn two_pairs() {
    let queue = fifo(1);
    let puts = [thread::spawn(put(&queue, 1)), thread::spawn(put(&queue, 2))];
    let other = thread::spawn(get(&queue));
    let sum = get(&queue)() + join(other);
    puts.into_iter().for_each(join);
    assert_eq!(sum, 3);
    idle(&queue);
}

fn task_thread_and_try() {
    let queue = fifo(1);
    let blocking = Arc::clone(&queue);
    let puts = [
        thread::spawn(put(&queue, 1)),
        thread::spawn(move || blocking.put_blocking(2).expect("not closed")),
    ];
    let mut sum = queue.try_get().unwrap_or(0);
    while sum < 3 {
        sum += get(&queue)();
    }
    puts.into_iter().for_each(join);
    assert_eq!(sum, 3);
    idle(&queue);
}

fn put_publishes() {
    let (queue, cell) = (fifo(2), Note::new());
    let (other, tries) = (Arc::clone(&queue), Arc::clone(&queue));
    let (written, seen) = (Arc::clone(&cell), Arc::clone(&cell));
    let puts = thread::spawn(move || {
        written.write();
        assert_eq!(other.try_put_many(&mut [(); 2].into()), Ok(2));
    });
    let tries = thread::spawn(move || {
        if tries.try_get().is_ok() {
            seen.read();
        }
    });
    block_on(queue.get()).expect("not closed");
    cell.read();
    join(tries);
    join(puts);
}

fn get_publishes() {
    let (queue, cell) = (fifo(1), Note::new());
    queue.try_put(()).expect("room");
    let (other, written) = (Arc::clone(&queue), Arc::clone(&cell));
    both(
        move || {
            written.write();
            other.try_get().expect("an item");
        },
        || {
            put(&queue, ())();
            cell.read();
        },
    );
}

fn cancel_get_queued() {
    let queue = fifo(1);
    let once = thread::spawn(get_once(&queue));
    let waits = thread::spawn(get(&queue));
    queue.try_put(1).expect("room");
    let once = join(once);
    if once.is_some() {
        queue.try_put(1).expect("room");
    }
    assert_eq!(join(waits), 1);
    idle(&queue);
}

fn cancel_get_woken() {
    let queue = fifo(1);
    let first = waiting_get(&queue, &Bell::new());
    queue.try_put(1).expect("room"); // it is woken, and gives up while the second one comes
    let (second, ()) = both(get(&queue), || drop(first));
    assert_eq!(second, 1);
    idle(&queue);
}

fn cancel_get_against_put() {
    let queue = fifo(1);
    let first = waiting_get(&queue, &Bell::new());
    let bell = Bell::new();
    let mut second = waiting_get(&queue, &bell);
    let other = Arc::clone(&queue);
    both(move || other.try_put(1).expect("room"), move || drop(first));
    assert_eq!(bell.rung(), 1, "the second was not woken");
    assert_eq!(bell.poll(second.as_mut()), Poll::Ready(1));
    idle(&queue);
}

fn cancel_put_queued() {
    let queue = fifo(1);
    queue.try_put(0).expect("room");
    let other = Arc::clone(&queue);
    let once = thread::spawn(move || poll_once(pin!(other.put(1))).is_ready());
    let waits = thread::spawn(put(&queue, 2));
    let mut got = vec![get(&queue)(), get(&queue)()];
    if join(once) {
        got.push(get(&queue)());
    }
    join(waits);
    assert!(got.contains(&0) && got.contains(&2));
    idle(&queue);
}

fn cancel_put_woken() {
    let queue = fifo(1);
    queue.try_put(0).expect("room");
    let first = waiting_put(&queue, 1, &Bell::new());
    assert_eq!(queue.try_get(), Ok(0)); // it is woken, and gives up while the second one comes
    both(put(&queue, 2), || drop(first));
    assert_eq!(queue.try_get(), Ok(2));
    idle(&queue);
}

fn cancel_put_against_get() {
    let queue = fifo(1);
    queue.try_put(0).expect("room");
    let first = waiting_put(&queue, 1, &Bell::new());
    let bell = Bell::new();
    let mut second = waiting_put(&queue, 2, &bell);
    let other = Arc::clone(&queue);
    both(move || assert_eq!(other.try_get(), Ok(0)), move || drop(first));
    assert_eq!(bell.rung(), 1, "the second was not woken");
    assert!(bell.poll(second.as_mut()).is_ready());
    assert_eq!(queue.try_get(), Ok(2));
    idle(&queue);
}

fn put_cancelled_returns() {
    let queue = fifo(1);
    queue.try_put(Token::new()).expect("room");
    let gets = thread::spawn(get(&queue));
    let mut put = pin!(queue.put(Token::new()));
    let done = poll_once(put.as_mut()).is_ready();
    let back = put.cancel();
    assert_eq!(join(gets).count(), 1);
    assert_ne!(done, back.is_some());
    assert_eq!(queue.len(), usize::from(done));
}

fn waker_changes() {
    let queue = fifo(1);
    let (old, new) = (Bell::new(), Bell::new());
    let mut get = waiting_get(&queue, &old);
    let puts = thread::spawn(put(&queue, 1));
    let ready = new.poll(get.as_mut()).is_ready();
    join(puts);
    assert!(ready || new.rung() == 1, "the waker of the last poll was not woken");
    assert!(ready || new.poll(get.as_mut()) == Poll::Ready(1));
}

fn polled_again_queued() {
    let queue = fifo(1);
    let bell = Bell::new();
    let mut get = waiting_get(&queue, &bell);
    let (puts, once) = (thread::spawn(put(&queue, 1)), thread::spawn(get_once(&queue)));
    let mut ready = bell.poll(get.as_mut()).is_ready();
    join(puts);
    let taken = join(once).is_some();
    while !ready && bell.take() > 0 {
        ready = bell.poll(get.as_mut()).is_ready();
    }
    assert_ne!(ready, taken, "it was not woken");
}

fn timeout_of_a_get() {
    let queue = fifo(1);
    let late = Arc::clone(&queue);
    let late = move || late.get_within_blocking(Duration::from_secs(1)).ok();
    let (got, ()) = both(late, || queue.try_put(1).expect("room"));
    assert_eq!(got.or_else(|| queue.try_get().ok()), Some(1));
    idle(&queue);
}

fn timeout_of_a_put() {
    let queue = fifo(1);
    queue.try_put(1).expect("room");
    let late = Arc::clone(&queue);
    let late = move || late.put_within_blocking(2, Duration::from_secs(1));
    let (put, got) = both(late, || queue.try_get());
    assert_eq!(got, Ok(1));
    match put {
        Ok(()) => assert_eq!(queue.try_get(), Ok(2)),
        Err(back) => assert_eq!(back.into_inner(), 2),
    }
    idle(&queue);
}

fn reserve_then_put() {
    let queue = fifo(1);
    let slot = queue.try_reserve().expect("room");
    let (puts, gets) = (thread::spawn(put(&queue, 2)), thread::spawn(get(&queue)));
    slot.put(1).expect("not closed");
    assert_eq!(join(gets), 1, "somebody came in before");
    join(puts);
    assert_eq!(queue.try_get(), Ok(2));
    idle(&queue);
}

fn slot_dropped_lets_in() {
    let queue = fifo(1);
    let holder = Arc::clone(&queue);
    both(move || drop(block_on(holder.reserve()).expect("not closed")), {
        let queue = Arc::clone(&queue);
        move || drop(block_on(queue.reserve()).expect("not closed"))
    });
    put(&queue, 1)();
    assert_eq!(queue.try_get(), Ok(1));
    idle(&queue);
}

fn many_go_across() {
    let queue = fifo(2);
    let other = Arc::clone(&queue);
    let ((), got) = both(
        move || block_on(other.put_many(&mut (1..=3).collect())).expect("not closed"),
        || {
            let mut got = Vec::new();
            while got.len() < 3 {
                block_on(queue.get_many(&mut got, 2)).expect("not closed");
            }
            got
        },
    );
    assert_eq!(got, [1, 2, 3]);
    idle(&queue);
}

fn many_wake_many() {
    let queue = fifo(3);
    let bells = [(); 3].map(|()| Bell::new());
    let gets: Vec<_> = bells.iter().map(|bell| waiting_get(&queue, bell)).collect();
    let other = Arc::clone(&queue);
    let (put, taken) = both(move || other.try_put_many(&mut (1..=3).collect()), get_once(&queue));
    assert_eq!(put, Ok(3));
    let mut sum = taken.unwrap_or(0);
    for (bell, mut get) in bells.iter().zip(gets) {
        assert!(bell.rung() == 1 || taken.is_some());
        match bell.poll(get.as_mut()) {
            Poll::Ready(item) => sum += item,
            Poll::Pending => assert!(taken.is_some()),
        }
    }
    assert_eq!(sum, 6);
    idle(&queue);
}

/// Polls once, and leaves it where it is: alive, and never polled again.
async fn doze<F: Future>(mut dormant: Pin<&mut F>) -> Poll<F::Output> {
    std::future::poll_fn(|cx| Poll::Ready(dormant.as_mut().poll(cx))).await
}

fn dormant_get() {
    let queue = fifo(1);
    both(put(&queue, 1), || {
        block_on(async {
            let mut dormant = pin!(queue.get());
            if doze(dormant.as_mut()).await.is_pending() {
                assert_eq!(queue.get().await, Ok(1));
            }
        });
    });
    idle(&queue);
}

fn dormant_put() {
    let queue = fifo(1);
    queue.try_put(0).expect("room");
    both(get(&queue), || {
        block_on(async {
            let mut dormant = pin!(queue.put(1));
            if doze(dormant.as_mut()).await.is_pending() {
                queue.put(2).await.expect("not closed");
            }
        });
    });
    assert_eq!(queue.len(), 1);
}

fn dormant_overtaken() {
    let queue = fifo(3);
    let other = Arc::clone(&queue);
    both(
        move || {
            block_on(async {
                let mut dormant = pin!(other.get());
                let _ = doze(dormant.as_mut()).await;
                assert!(other.get().await.is_ok());
            });
        },
        || {
            queue.try_put(1).expect("room"); // which may wake the dormant one
            let _ = queue.try_get(); // and the second one may be polled in vain
            queue.try_put(2).expect("room");
            queue.try_put(3).expect("room"); // in case the dormant one has taken the second
        },
    );
}

fn dormant_elsewhere() {
    let queue = fifo(2);
    let dormant = waiting_get(&queue, &Bell::new());
    queue.try_put(1).expect("room"); // which wakes it
    queue.try_put(2).expect("room");
    let (a, b) = both(get(&queue), get(&queue));
    assert_eq!(a + b, 3);
    drop(dormant);
    idle(&queue);
}

fn waker_that_uses_it() {
    let queue = fifo(1);
    let inline = Arc::downgrade(&queue);
    let bell = Bell::with(move || {
        let Some(inline) = inline.upgrade() else { return };
        let _ = inline.try_get();
        let _ = inline.try_put(9);
        let _ = poll_once(pin!(inline.put(9)));
        let _ = poll_once(pin!(inline.get()));
        let _ = inline.statistics();
    });
    let mut waits = waiting_get(&queue, &bell);
    let other = Arc::clone(&queue);
    both(move || other.try_put(1).is_ok(), || queue.try_get().is_ok());
    let _ = bell.poll(waits.as_mut());
}

fn waker_drop_that_looks() {
    let queue = fifo(1);
    queue.try_put(0).expect("room");
    let seen = Arc::clone(&queue);
    let trap = Trap::waker(move || {
        seen.statistics();
    });
    let mut put = Box::pin(queue.put(1));
    assert!(put.as_mut().poll(&mut Context::from_waker(&trap)).is_pending());
    drop(trap);
    let other = Arc::clone(&queue);
    both(move || assert_eq!(other.try_get(), Ok(0)), || poll_once(put.as_mut()).is_ready());
    drop(put);
}

fn items_dropped_once() {
    let queue = fifo(2);
    let token = Token::new();
    let others = [(); 2].map(|()| thread::spawn(put(&queue, token.clone())));
    drop(get_once(&queue)());
    others.into_iter().for_each(join);
    drop(Arc::into_inner(queue).expect("the last one"));
    assert_eq!(token.count(), 1);
}

fn lifo_order() {
    let queue = Arc::new(Lifo::bounded(2));
    queue.try_put(1).expect("room");
    let (got, ()) = both(get(&queue), put(&queue, 2));
    assert_eq!(queue.try_get(), Ok(3 - got));
    queue.try_put(1).expect("room");
    let (got, last) = both(get_once(&queue), || {
        queue.try_put(2).expect("room");
        queue.try_get()
    });
    // Whoever comes after the second item, that is what it gets.
    assert!(got == Some(2) && last == Ok(1) || got == Some(1) && last == Ok(2));
    idle(&queue);
}

fn priority_order() {
    let queue = Arc::new(Priority::bounded(3));
    queue.try_put(2).expect("room");
    let got = thread::spawn(get(&queue));
    both(put(&queue, 3), put(&queue, 1));
    let got = join(got);
    assert_ne!(got, 3, "the largest is the last, whoever comes");
    let left = [queue.try_get(), queue.try_get(), queue.try_get()];
    assert_eq!(left, [Ok(3 - got), Ok(3), Err(TryGetError::Empty)]);
}

fn priority_cancelled() {
    let queue = Arc::new(Priority::unbounded());
    let other = Arc::clone(&queue);
    let mut first: Boxed<u32> = Box::pin(async move { other.get().await.expect("not closed") });
    assert!(poll_once(first.as_mut()).is_pending());
    queue.try_put(2).expect("room"); // it is woken for this one
    both(put(&queue, 1), || drop(first));
    assert_eq!((queue.try_get(), queue.try_get()), (Ok(1), Ok(2)));
    idle(&queue);
}
