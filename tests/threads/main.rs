//! What `Threads` promises beyond the contract that all runtimes share.

mod blocking;
mod building;
mod shutdown;
mod sockets;
mod tasks;
mod time;

use std::future::{Future, pending, poll_fn};
use std::pin::{Pin, pin};
use std::sync::atomic::{AtomicBool, AtomicUsize, Ordering::SeqCst};
use std::sync::{Arc, Barrier, Mutex, mpsc};
use std::task::{Context, Poll, Wake, Waker};
use std::thread;
use std::time::{Duration, Instant};

use anyrt::prelude::*;
use anyrt::{BuildError, Threads, ThreadsBuilder, ThreadsOwner};

/// Far more than anything here takes: only a hang is that long.
const HANG: Duration = Duration::from_secs(60);

/// Runs `test` on a thread of its own and fails if it hangs.
fn watched<T: Send + 'static>(test: impl FnOnce() -> T + Send + 'static) -> T {
    let (send, receive) = mpsc::channel();
    let thread = thread::spawn(move || {
        let value = test();
        let _gone = send.send(());
        value
    });
    let end = receive.recv_timeout(HANG);
    assert_ne!(end, Err(mpsc::RecvTimeoutError::Timeout), "hangs");
    thread.join().unwrap_or_else(|panic| std::panic::resume_unwind(panic))
}

/// Waits until `condition` holds.
fn until(what: &str, condition: impl Fn() -> bool) {
    let start = Instant::now();
    while !condition() {
        assert!(start.elapsed() < HANG, "{what}");
        thread::sleep(Duration::from_millis(1));
    }
}

fn workers(n: usize) -> ThreadsOwner {
    ThreadsOwner::builder().workers(n).build().unwrap()
}

/// How many threads of this process have names that start so. They need to differ in their first 15
/// characters.
#[cfg(target_os = "linux")]
fn threads_named(start: &str) -> usize {
    let tasks = std::fs::read_dir("/proc/self/task").unwrap();
    let names =
        tasks.filter_map(|task| std::fs::read_to_string(task.ok()?.path().join("comm")).ok());
    names.filter(|name| name.starts_with(start)).count()
}

/// Counts its drop.
struct Counted(Arc<AtomicUsize>);

impl Drop for Counted {
    fn drop(&mut self) {
        self.0.fetch_add(1, SeqCst);
    }
}

fn yield_now() -> impl Future<Output = ()> {
    anyrt::task::yield_now()
}
