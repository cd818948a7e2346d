//! Waiting allocates nothing: a counting allocator watches each primitive through a contended wait.

use std::alloc::{GlobalAlloc, Layout, System};
use std::cell::Cell;
use std::future::Future;
use std::pin::{Pin, pin};
use std::task::{Context, Poll, Waker};
use std::time::Duration;

use anyrt::queue::{Fifo, Lifo, Priority, Queue, Store};
use anyrt::sync::{
    Barrier, Condition, Event, Latch, Lock, OnceCell, Owner, ReentrantLock, RwLock, Semaphore,
};

struct Counting;

thread_local! {
    static COUNT: Cell<usize> = const { Cell::new(0) };
}

// SAFETY: everything is left to the system's allocator.
unsafe impl GlobalAlloc for Counting {
    unsafe fn alloc(&self, layout: Layout) -> *mut u8 {
        COUNT.set(COUNT.get() + 1);
        // SAFETY: the caller's promise.
        unsafe { System.alloc(layout) }
    }

    unsafe fn dealloc(&self, memory: *mut u8, layout: Layout) {
        // SAFETY: the caller's promise.
        unsafe { System.dealloc(memory, layout) }
    }
}

#[global_allocator]
static ALLOCATOR: Counting = Counting;

fn poll<F: Future>(future: Pin<&mut F>) -> Poll<F::Output> {
    future.poll(&mut Context::from_waker(Waker::noop()))
}

/// How many allocations `f` makes on this thread.
fn allocations(f: impl FnOnce()) -> usize {
    let before = COUNT.get();
    f();
    COUNT.get() - before
}

#[test]
fn the_counter_counts() {
    assert_eq!(allocations(|| drop(std::hint::black_box(Box::new(7)))), 1);
}

#[test]
fn tasks_wait_without_allocating() {
    let count = allocations(|| {
        let lock = Lock::new(0);
        let guard = lock.try_lock();
        let (mut one, mut two, mut gone) =
            (pin!(lock.lock()), pin!(lock.lock()), Some(lock.lock()));
        assert!(poll(one.as_mut()).is_pending() && poll(two.as_mut()).is_pending());
        drop(gone.take());
        drop(guard);
        assert!(poll(one).is_ready() && poll(two).is_ready());

        let lock = ReentrantLock::new(());
        let held = [lock.try_lock(Owner::thread()), lock.try_lock(Owner::thread())];
        let mut wait = pin!(lock.lock(Owner::new()));
        assert!(poll(wait.as_mut()).is_pending());
        drop(held);
        assert!(poll(wait).is_ready());

        let lock = RwLock::fair(0);
        let guard = lock.try_write();
        let (mut read, mut write) = (pin!(lock.read()), pin!(lock.write()));
        assert!(poll(read.as_mut()).is_pending() && poll(write.as_mut()).is_pending());
        drop(guard);
        assert!(poll(read).is_ready() && poll(write).is_ready());

        let semaphore = Semaphore::new(0);
        let mut wait = pin!(semaphore.acquire_many(2));
        assert!(poll(wait.as_mut()).is_pending());
        semaphore.add(2).unwrap();
        assert!(poll(wait).is_ready());

        let event = Event::new();
        let mut wait = pin!(event.wait());
        assert!(poll(wait.as_mut()).is_pending());
        event.set();
        assert!(poll(wait).is_ready());

        let lock = Lock::new(());
        let condition = Condition::new();
        let mut wait = pin!(condition.wait(lock.try_lock().unwrap()));
        assert!(poll(wait.as_mut()).is_pending());
        condition.notify(1);
        assert!(poll(wait).is_ready());

        let barrier = Barrier::new(2);
        let mut wait = pin!(barrier.wait());
        assert!(poll(wait.as_mut()).is_pending());
        assert!(poll(pin!(barrier.wait())).is_ready());
        assert!(poll(wait).is_ready());

        let latch = Latch::new(1);
        let mut wait = pin!(latch.wait());
        assert!(poll(wait.as_mut()).is_pending());
        latch.count_down(1);
        assert!(poll(wait).is_ready());

        let cell = OnceCell::new();
        assert!(poll(pin!(cell.get_or_init(|| async { 1 }))).is_ready());
    });
    assert_eq!(count, 0);
}

#[test]
fn threads_wait_without_allocating_after_their_first_wait() {
    let (lock, event) = (Lock::new(()), Event::new());
    let _held = lock.try_lock();
    let give_up = || {
        assert!(lock.lock_within_blocking(Duration::from_micros(50)).is_err());
        assert!(event.wait_within_blocking(Duration::from_micros(50)).is_err());
    };
    assert!(allocations(give_up) > 0, "the parker of the thread");
    assert_eq!(allocations(give_up), 0);
}

/// Puts and gets in every way, with somebody waiting on either side.
fn pass_items<S: Store<Item = u32>>(queue: &Queue<S>) {
    let mut get = pin!(queue.get());
    assert!(poll(get.as_mut()).is_pending());
    assert!(poll(pin!(queue.put(1))).is_ready());
    assert!(poll(get).is_ready());

    queue.try_put(1).unwrap();
    queue.try_put(2).unwrap();
    let (mut put, mut gone, mut join) =
        (pin!(queue.put(3)), Some(queue.reserve()), pin!(queue.join()));
    assert!(poll(put.as_mut()).is_pending() && poll(join.as_mut()).is_pending());
    drop(gone.take());
    queue.try_get().unwrap();
    assert!(poll(put).is_ready());
    while queue.try_get().is_ok() {}
    while queue.task_done().is_ok() {}
    assert!(poll(join).is_ready());
    assert!(queue.get_within_blocking(Duration::from_micros(50)).is_err());
}

#[test]
fn items_pass_without_allocating_when_the_queue_has_grown() {
    fn check<S: Store<Item = u32>>(queue: &Queue<S>) {
        pass_items(queue);
        assert_eq!(allocations(|| pass_items(queue)), 0);
    }
    check(&Fifo::bounded(2));
    check(&Lifo::bounded(2));
    check(&Priority::bounded(2));
}
