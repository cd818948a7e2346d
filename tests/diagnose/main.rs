//! Who waits for what and who holds it, asked of running programs on real runtimes.
#![cfg(feature = "diagnose")] // it makes waits larger, so the other tests do without

mod backends;
mod events;
mod graph;
mod names;

use anyrt::diagnose::{self, Blocked, Party, Snapshot};
use std::thread;
use std::time::{Duration, Instant};

/// Looks until `find` finds something. Other tests run beside this one, in the same process, so it looks
/// for names of its own.
#[track_caller]
fn eventually<T>(mut find: impl FnMut(&Snapshot) -> Option<T>) -> T {
    diagnose::start();
    let hopeless = Instant::now() + Duration::from_secs(60);
    loop {
        let seen = diagnose::snapshot();
        if let Some(found) = find(&seen) {
            return found;
        }
        assert!(Instant::now() < hopeless, "it does not come; there is only\n{seen}");
        thread::sleep(Duration::from_millis(1)); // a breath between two looks
    }
}

/// Who has this name, and waits.
fn blocked(seen: &Snapshot, name: &str) -> Option<Blocked> {
    seen.blocked().find(|one| one.party().name() == name).cloned()
}

/// The number of the line with this comment.
fn line_of(source: &str, mark: &str) -> usize {
    source.lines().position(|line| line.ends_with(mark)).unwrap() + 1
}

fn names(parties: &[Party]) -> Vec<&str> {
    parties.iter().map(Party::name).collect()
}
