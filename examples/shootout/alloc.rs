//! An allocator that counts the live bytes when it is asked to, and costs one load when it is not.

use std::alloc::{GlobalAlloc, Layout, System};
use std::sync::atomic::{AtomicBool, AtomicIsize, Ordering::Relaxed};

#[global_allocator]
static ALLOCATOR: Counting = Counting;

static ON: AtomicBool = AtomicBool::new(false);
static LIVE: AtomicIsize = AtomicIsize::new(0);

/// Counts from now on, from zero. Every other workload runs uncounted, and undisturbed.
pub(crate) fn start_counting() {
    LIVE.store(0, Relaxed);
    ON.store(true, Relaxed);
}

/// Bytes allocated since the start, less those freed.
pub(crate) fn live_bytes() -> isize {
    LIVE.load(Relaxed)
}

struct Counting;

fn count(before: usize, after: usize) {
    if ON.load(Relaxed) {
        LIVE.fetch_add(after.wrapping_sub(before).cast_signed(), Relaxed);
    }
}

// SAFETY: every method passes its arguments on to `System`, whose contract is the same, and returns
// what that returned; counting touches no memory but the counters.
unsafe impl GlobalAlloc for Counting {
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
