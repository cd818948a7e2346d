use std::collections::BTreeSet;
use std::io;
use std::sync::mpsc::{RecvTimeoutError, Sender, channel};
use std::thread;
use std::time::Duration;

use super::{Snapshot, snapshot, start};

/// Looks every now and then, on a thread of its own, and calls `report` when there is a circle or a
/// futurelock that has lasted for `patience`: once for each.
///
/// It [starts](start) the diagnosis, too. It ends when it is dropped.
///
/// # Errors
///
/// When there is no thread to be had.
///
/// # Panics
///
/// If `patience` is zero: what lasts no time is no trouble.
///
/// # Examples
///
/// ```standalone_crate
/// use anyrt::sync::Lock;
/// use std::sync::mpsc;
/// use std::time::Duration;
///
/// let (tell, told) = mpsc::channel();
/// let watchdog = anyrt::diagnose::watchdog(Duration::from_millis(10), move |seen| {
///     let _ = tell.send(seen.to_string());
/// });
///
/// std::thread::spawn(|| {
///     let lock = Lock::new(()).named("twice");
///     let _once = lock.lock_blocking();
///     let _twice = lock.lock_blocking(); // waits for itself
/// });
/// assert!(told.recv().unwrap().contains("waits for Lock<()> 'twice'"));
/// # drop(watchdog);
/// ```
pub fn watchdog(
    patience: Duration,
    mut report: impl FnMut(&Snapshot) + Send + 'static,
) -> io::Result<Watchdog> {
    assert!(!patience.is_zero(), "a watchdog without patience: take some seconds");
    start();
    let (stop, stopped) = channel::<()>();
    let thread = thread::Builder::new().name("anyrt-watchdog".into()).spawn(move || {
        let mut known = BTreeSet::new();
        while stopped.recv_timeout(patience / 2) == Err(RecvTimeoutError::Timeout) {
            let seen = snapshot().longer_than(patience);
            let troubles = seen.troubles();
            if !troubles.is_subset(&known) {
                report(&seen);
            }
            known = troubles;
        }
    })?;
    Ok(Watchdog { stop: Some(stop), thread: Some(thread) })
}

/// A watchdog that looks; dropped, it ends, and its thread is waited for (but by itself).
#[derive(Debug)]
#[must_use = "it ends when this is dropped"]
pub struct Watchdog {
    stop: Option<Sender<()>>,
    thread: Option<thread::JoinHandle<()>>,
}

impl Drop for Watchdog {
    fn drop(&mut self) {
        drop(self.stop.take());
        if let Some(thread) = self.thread.take()
            && thread.thread().id() != thread::current().id()
        {
            let _told = thread.join(); // a panic of the report has said so
        }
    }
}
