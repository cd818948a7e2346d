//! What a job takes of memory: a counting allocator watches the thread that submits.

use std::alloc::{GlobalAlloc, Layout, System};
use std::cell::Cell;
use std::sync::mpsc;

use anyrt::executor::{Executor, Handle, ThreadPool};

struct Counting;

thread_local! {
    static COUNT: Cell<(usize, usize)> = const { Cell::new((0, 0)) };
}

// SAFETY: everything is left to the system's allocator.
unsafe impl GlobalAlloc for Counting {
    unsafe fn alloc(&self, layout: Layout) -> *mut u8 {
        let (count, bytes) = COUNT.get();
        COUNT.set((count + 1, bytes + layout.size()));
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

/// Allocations and bytes of `f` on this thread.
fn allocated<R>(f: impl FnOnce() -> R) -> ((usize, usize), R) {
    let before = COUNT.get();
    let result = f();
    let after = COUNT.get();
    ((after.0 - before.0, after.1 - before.1), result)
}

#[test]
fn a_queued_job_is_one_allocation_of_a_cache_line_with_its_handle() {
    let pool = ThreadPool::with_workers(1);
    let (open, gate) = mpsc::channel::<()>();
    let held = pool.submit(move || gate.recv().is_err());
    pool.submit(|| ()).detach(); // what is made once is made
    let ((count, bytes), handle) = allocated(|| pool.submit(|| 7_u64));
    assert_eq!(count, 1);
    let handle_size = size_of::<Handle<u64>>();
    assert!(bytes + handle_size <= 64, "{bytes} and {handle_size} bytes");
    let word = 3_u64;
    let ((count, bytes), with_data) = allocated(|| pool.submit(move || word));
    assert!((count, bytes + handle_size) <= (1, 64), "{bytes} bytes");

    // What comes after is one more.
    let ((count, _), after) = allocated(|| handle.map(|n| n + 1));
    assert_eq!(count, 1);
    // Waiting, being cancelled, and ending take none.
    let ((count, _), cancelled) = allocated(|| with_data.cancel());
    assert_eq!((count, cancelled), (0, true));
    drop(open);
    assert_eq!((after.join_blocking().unwrap(), held.join_blocking().unwrap()), (8, true));
}

#[test]
fn many_at_once_are_one_allocation_each_and_one_for_the_handles() {
    let pool = ThreadPool::with_workers(1);
    let (open, gate) = mpsc::channel::<()>();
    let held = pool.submit(move || gate.recv().is_err());
    let ((count, _), handles) = allocated(|| pool.submit_many((0..100_u64).map(|n| move || n)));
    assert_eq!(count, 101);
    drop(open);
    assert!(held.join_blocking().unwrap());
    assert!(handles.into_iter().map(|handle| handle.join_blocking().unwrap()).eq(0..100));
}
