//! What has happened when it is dropped while pending? Replace `Unknown` by `Nothing`,
//! `Loses` or `GoesOn`.

use super::Dropped::Unknown;
use super::Waits;

pub(super) const WAITS: Waits = [
    ("lock.lock()", Unknown),
    ("queue.get()", Unknown),
    ("queue.put(item)", Unknown),
    ("queue.reserve()", Unknown),
    ("barrier.wait()", Unknown),
    ("rt.spawn(future), the handle", Unknown),
    ("rt.spawn_blocking(f) that has begun, the handle", Unknown),
    ("read_exact(&mut buffer) of a socket", Unknown),
    ("write_all(&bytes) of a socket", Unknown),
    ("async { let job = queue.get().await; save(job).await }", Unknown),
];
