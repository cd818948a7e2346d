//! The primitives beside their peers: `cargo bench -p anyrt-benches --bench sync -- --help`.

use std::process::ExitCode;

use anyrt_benches::compare::Suite;

/// Enters each type with the work `run::<Type>(arguments, n)`, ours before the `;`.
macro_rules! timed {
    ($row:expr, $run:ident $args:tt; $($ours:ty),*; $($peer:ty),* $(,)?) => {{
        use anyrt_benches::primitives::Named;
        $row
            $(.ours(<$ours as Named>::NAME, move |n| timed!(@call $run, $ours, $args, n)))*
            $(.peer(<$peer as Named>::NAME, move |n| timed!(@call $run, $peer, $args, n)))*
    }};
    (@call $run:ident, $type:ty, ($($arg:expr),*), $n:ident) => { $run::<$type>($($arg,)* $n) };
}

/// Enters all locks for tasks.
macro_rules! locks {
    ($row:expr, $run:ident $args:tt) => {{
        use anyrt_benches::primitives::{FairLock, FuturesMutex, IntrusiveMutex};
        timed!($row, $run $args;
            anyrt::sync::Lock<u64>, FairLock;
            tokio::sync::Mutex<u64>, async_lock::Mutex<u64>, asyncband::mutex::Mutex<u64>,
            mea::mutex::Mutex<u64>, saa::Mutex<u64>, maitake_sync::Mutex<u64>, FuturesMutex,
            IntrusiveMutex)
    }};
}

/// Enters all semaphores.
macro_rules! semaphores {
    ($row:expr, $run:ident $args:tt $(, $one_at_a_time:ty)?) => {{
        use anyrt_benches::primitives::{FairSemaphore, IntrusiveSemaphore, SaaSemaphore};
        timed!($row, $run $args;
            anyrt::sync::Semaphore, FairSemaphore;
            tokio::sync::Semaphore, asyncband::semaphore::Semaphore, mea::semaphore::Semaphore,
            SaaSemaphore, maitake_sync::Semaphore, IntrusiveSemaphore $(, $one_at_a_time)?)
    }};
}

/// Enters all events.
macro_rules! events {
    ($row:expr, $run:ident $args:tt) => {{
        use anyrt_benches::primitives::{ListenerEvent, MaitakeEvent, NotifyEvent};
        timed!($row, $run $args;
            anyrt::sync::Event;
            NotifyEvent, ListenerEvent, asyncband::event::ManualResetEvent, MaitakeEvent,
            futures_intrusive::sync::ManualResetEvent)
    }};
}

mod alone;
mod barrier;
mod budget;
mod cancel;
mod condition;
mod contended;
mod event;
mod sizes;
mod tails;

fn main() -> ExitCode {
    let mut rows = alone::rows();
    rows.extend(contended::rows());
    rows.extend(tails::rows());
    rows.extend(event::rows());
    rows.extend(barrier::rows());
    rows.extend(condition::rows());
    rows.extend(cancel::rows());
    rows.extend(sizes::rows());
    rows.extend(budget::rows());
    let packages = &[
        "anyrt",
        "tokio",
        "async-lock",
        "event-listener",
        "asyncband",
        "mea",
        "saa",
        "maitake-sync",
        "futures",
        "futures-intrusive",
        "async-std",
        "parking_lot",
    ];
    Suite { packages, rows }.main()
}
