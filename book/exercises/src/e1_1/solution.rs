//! A solution.

use super::Cell::{AsyncBlocking, AsyncNonBlocking, SyncBlocking, SyncNonBlocking};
use super::Grid;

pub(super) const GRID: Grid = [
    ("receiver.recv() of std::sync::mpsc", SyncBlocking),
    ("receiver.try_recv()", SyncNonBlocking),
    ("File::read()", SyncBlocking),
    ("TcpStream::read() after set_nonblocking(true)", SyncNonBlocking),
    ("thread::spawn(f), then .join() at once", AsyncBlocking),
    ("lock.lock_blocking()", SyncBlocking),
    ("lock.try_lock()", SyncNonBlocking),
    ("lock.lock().await, for the thread that runs the task", AsyncNonBlocking),
    ("owner.block_on(future)", AsyncBlocking),
    ("rt.spawn(future), then other work until it is finished", AsyncNonBlocking),
    ("thread::sleep(second)", SyncBlocking),
    ("rt.spawn_blocking(f).await, for the thread that awaits", AsyncNonBlocking),
];
