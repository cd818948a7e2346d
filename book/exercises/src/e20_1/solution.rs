//! A solution.

use super::Dropped::{GoesOn, Loses, Nothing};
use super::Waits;

pub(super) const WAITS: Waits = [
    ("lock.lock()", Nothing),
    ("queue.get()", Nothing),
    ("queue.put(item)", Loses),
    ("queue.reserve()", Nothing),
    ("barrier.wait()", Nothing),
    ("rt.spawn(future), the handle", GoesOn),
    ("rt.spawn_blocking(f) that has begun, the handle", GoesOn),
    ("read_exact(&mut buffer) of a socket", Loses),
    ("write_all(&bytes) of a socket", Loses),
    ("async { let job = queue.get().await; save(job).await }", Loses),
];
