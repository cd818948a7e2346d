//! An allocator that counts when it is asked to, and costs one load when it is not.

use std::alloc::{GlobalAlloc, Layout, System};
use std::sync::atomic::{AtomicBool, AtomicIsize, AtomicU64, Ordering::Relaxed};

static ON: AtomicBool = AtomicBool::new(false);
static LIVE: AtomicIsize = AtomicIsize::new(0);
static COUNT: AtomicU64 = AtomicU64::new(0);
static BYTES: AtomicU64 = AtomicU64::new(0);

/// Counts from now on, from zero. A sample of time runs uncounted, and undisturbed.
pub(crate) fn start_counting() {
    LIVE.store(0, Relaxed);
    COUNT.store(0, Relaxed);
    BYTES.store(0, Relaxed);
    ON.store(true, Relaxed);
}

/// Bytes allocated since the start, less those freed.
pub(crate) fn live_bytes() -> isize {
    LIVE.load(Relaxed)
}

/// Allocations since the start, and their bytes.
pub(crate) fn counted() -> (u64, u64) {
    (COUNT.load(Relaxed), BYTES.load(Relaxed))
}

/// Whether [`CountingAllocator`] is the program's. Only when it counts.
pub(crate) fn is_installed() -> bool {
    let before = COUNT.load(Relaxed);
    drop(std::hint::black_box(Box::new(1_u8)));
    COUNT.load(Relaxed) != before
}

/// The system's allocator, with counters that are off but for the samples that count.
///
/// [`main!`](crate::main!) makes it the program's; where another is, the columns of allocations and of
/// memory per task stay empty.
#[derive(Debug, Clone, Copy, Default)]
pub struct CountingAllocator;

fn count(before: usize, after: usize) {
    if ON.load(Relaxed) {
        LIVE.fetch_add(after.wrapping_sub(before).cast_signed(), Relaxed);
        if after > before {
            COUNT.fetch_add(1, Relaxed);
            BYTES.fetch_add((after - before) as u64, Relaxed);
        }
    }
}

// SAFETY: every method passes its arguments on to `System`, whose contract is the same, and returns
// what that returned; counting touches no memory but the counters.
unsafe impl GlobalAlloc for CountingAllocator {
    unsafe fn alloc(&self, layout: Layout) -> *mut u8 {
        count(0, layout.size());
        // SAFETY: the caller keeps `GlobalAlloc`'s contract, which is also `System`'s.
        unsafe { System.alloc(layout) }
    }

    unsafe fn alloc_zeroed(&self, layout: Layout) -> *mut u8 {
        count(0, layout.size());
        // SAFETY: as in `alloc`.
        unsafe { System.alloc_zeroed(layout) }
    }

    unsafe fn dealloc(&self, block: *mut u8, layout: Layout) {
        count(layout.size(), 0);
        // SAFETY: as in `alloc`; `block` came from `System` through one of these methods.
        unsafe { System.dealloc(block, layout) }
    }

    unsafe fn realloc(&self, block: *mut u8, layout: Layout, size: usize) -> *mut u8 {
        count(layout.size(), size);
        // SAFETY: as in `dealloc`.
        unsafe { System.realloc(block, layout, size) }
    }
}
