//! One of these orderings is too weak. Make that one stronger, and no other.

use loom::sync::atomic::Ordering::{Acquire, Relaxed};

use super::Letterboxes;
use crate::steps::{AtomicBool, AtomicU32};

pub(super) struct Letterbox {
    words: [AtomicU32; 2],
    full: AtomicBool,
    letters: AtomicU32,
}

impl Letterboxes for Letterbox {
    fn new() -> Self {
        Self {
            words: [AtomicU32::new(0), AtomicU32::new(0)],
            full: AtomicBool::new(false),
            letters: AtomicU32::new(0),
        }
    }

    fn put(&self, letter: (u32, u32)) {
        self.letters.store(1, Relaxed); // a statistic
        self.words[0].store(letter.0, Relaxed);
        self.words[1].store(letter.1, Relaxed);
        self.full.store(true, Relaxed);
    }

    fn take(&self) -> Option<(u32, u32)> {
        if !self.full.load(Acquire) {
            return None;
        }
        Some((self.words[0].load(Relaxed), self.words[1].load(Relaxed)))
    }
}
