//! Put each call into its cell: replace `Unknown`.

use super::Cell::Unknown;
use super::Grid;

pub(super) const GRID: Grid = [
    ("receiver.recv() of std::sync::mpsc", Unknown),
    ("receiver.try_recv()", Unknown),
    ("File::read()", Unknown),
    ("TcpStream::read() after set_nonblocking(true)", Unknown),
    ("thread::spawn(f), then .join() at once", Unknown),
    ("lock.lock_blocking()", Unknown),
    ("lock.try_lock()", Unknown),
    ("lock.lock().await, for the thread that runs the task", Unknown),
    ("owner.block_on(future)", Unknown),
    ("rt.spawn(future), then other work until it is finished", Unknown),
    ("thread::sleep(second)", Unknown),
    ("rt.spawn_blocking(f).await, for the thread that awaits", Unknown),
];
