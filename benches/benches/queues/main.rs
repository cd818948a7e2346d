//! The queues and their peers: `cargo bench -p anyrt-benches --bench queues -- --help`.
//!
//! A name with a `!` breaks the law that a dropped wait did not happen: it loses items or wake-ups.

#![allow(missing_docs, missing_debug_implementations, unreachable_pub, reason = "a program")]

mod peers;
mod work;

use std::process::ExitCode;

use anyrt_benches::compare::{Row, Suite, Target};
use peers::{
    Anyrt, AnyrtLifo, AnyrtMixed, AnyrtPriority, AnyrtThreads, AsyncChannel, AsyncChannelMixed,
    AsyncChannelThreads, AsyncPriority, Crossbeam, Crossfire, CrossfireMixed, CrossfireMpsc,
    CrossfireThreads, CrossfireUnbounded, Flume, FlumeMixed, FlumeThreads, HandMadePriority, Kanal,
    KanalMixed, KanalThreads, Mixed, Tasks, Thingbuf, Threads, Tokio, TokioMixed, TokioUnbounded,
};
use work::On;

macro_rules! call {
    ($work:ident, $peer:ident, ($($arg:expr),*), $n:ident) => {
        work::$work::<$peer>($($arg,)* $n)
    };
}

/// A row in which each of these does the same work; the first is ours.
macro_rules! row {
    ($id:expr, $title:expr, $times:expr, $work:ident $args:tt, $ours:ident, $($peer:ident),*) => {
        Row::timed($id, $title)
            .target($times)
            .ours($ours::NAME, move |n| call!($work, $ours, $args, n))
            $(.peer($peer::NAME, move |n| call!($work, $peer, $args, n)))*
    };
}

/// On one thread.
fn alone() -> Vec<Row> {
    let alone_16 = row!(
        "queue/alone-16",
        "put and get, on one thread, capacity 16",
        1.25,
        alone(Some(16)),
        Anyrt,
        AsyncChannel,
        Flume,
        Kanal,
        Tokio,
        CrossfireMpsc,
        Thingbuf
    )
    .ours(AnyrtLifo::NAME, |n| work::alone::<AnyrtLifo>(Some(16), n));
    let alone = row!(
        "queue/alone-unbounded",
        "put and get, on one thread, unbounded",
        1.25,
        alone(None),
        Anyrt,
        AsyncChannel,
        Flume,
        Kanal,
        TokioUnbounded,
        CrossfireUnbounded
    );
    let batches = Row::timed("queue/batches", "put_many and get_many of 100, per item")
        .ours("anyrt", work::batches)
        .peer("tokio mpsc, recv_many", work::tokio_batches);
    vec![alone_16.into(), alone.into(), batches.into()]
}

/// Between tasks.
fn tasks() -> Vec<Row> {
    let spsc = row!(
        "queue/spsc-unbounded-tokio",
        "one to one, unbounded, tokio with 2 threads",
        1.0,
        to_one(On::Tokio, 1, None),
        Anyrt,
        AsyncChannel,
        Flume,
        Kanal,
        TokioUnbounded,
        CrossfireUnbounded
    );
    let to_one = [(On::Smol, "smol"), (On::Tokio, "tokio")].into_iter().flat_map(|(on, name)| {
        [16, 1024].map(|capacity| {
            row!(
                &format!("queue/mpsc-{capacity}-{name}"),
                &format!("four to one, capacity {capacity}, {name} with 2 threads"),
                0.91,
                to_one(on, 4, Some(capacity)),
                Anyrt,
                AsyncChannel,
                Flume,
                Kanal,
                Tokio,
                CrossfireMpsc,
                Thingbuf
            )
        })
    });
    let to_many = [(On::Tokio, "tokio"), (On::Smol, "smol")].into_iter().flat_map(|(on, name)| {
        [1, 16, 1024].map(|capacity| {
            row!(
                &format!("queue/mpmc-{capacity}-{name}"),
                &format!("four to four, capacity {capacity}, {name} with 2 threads"),
                0.91,
                to_many(on, Some(capacity)),
                Anyrt,
                AsyncChannel,
                Flume,
                Kanal,
                Crossfire
            )
        })
    });
    [spsc].into_iter().chain(to_one).chain(to_many).map(Row::from).collect()
}

/// Between threads, and from a thread to a task.
fn threads() -> Vec<Row> {
    let threads = [16, 1024].map(|capacity| {
        row!(
            &format!("queue/threads-{capacity}"),
            &format!("four threads to four, capacity {capacity}"),
            0.91,
            threads(capacity),
            AnyrtThreads,
            AsyncChannelThreads,
            FlumeThreads,
            KanalThreads,
            Crossbeam,
            CrossfireThreads
        )
    });
    let mixed = row!(
        "queue/thread-to-task",
        "a thread to a task of tokio's, unbounded",
        0.91,
        mixed(),
        AnyrtMixed,
        AsyncChannelMixed,
        FlumeMixed,
        KanalMixed,
        TokioMixed,
        CrossfireMixed
    );
    threads.into_iter().chain([mixed]).map(Row::from).collect()
}

/// One item at a time, with nothing else to do.
fn latency() -> Row {
    Row::measured(
        "queue/latency",
        "an item to an idle task and back, half of it",
        [("p50", "ns"), ("p99", "ns")],
    )
    .target("p50", Target::Times(1.0))
    .enter(anyrt_benches::compare::Side::Ours, Anyrt::NAME, work::latency::<Anyrt>)
    .enter(anyrt_benches::compare::Side::Peer, AsyncChannel::NAME, work::latency::<AsyncChannel>)
    .enter(anyrt_benches::compare::Side::Peer, Flume::NAME, work::latency::<Flume>)
    .enter(anyrt_benches::compare::Side::Peer, Kanal::NAME, work::latency::<Kanal>)
    .enter(anyrt_benches::compare::Side::Peer, Tokio::NAME, work::latency::<Tokio>)
    .enter(anyrt_benches::compare::Side::Peer, Crossfire::NAME, work::latency::<Crossfire>)
    .into()
}

/// By priority.
fn priority() -> Vec<Row> {
    let heap = row!(
        "priority/alone-1000",
        "put and get, on one thread, a thousand in it",
        1.6,
        alone_filled(),
        AnyrtPriority,
        AsyncPriority,
        HandMadePriority
    );
    let priority = row!(
        "priority/mpmc-tokio",
        "four to four, capacity 1024, tokio with 2 threads",
        1.6,
        to_many(On::Tokio, Some(1024)),
        AnyrtPriority,
        AsyncPriority,
        HandMadePriority
    );
    vec![heap.into(), priority.into()]
}

/// Like with like: a queue has no peer here, as those are on the heap and of several parts.
fn bytes() -> [Row; 2] {
    use anyrt_benches::compare::Side::{Ours, Peer};
    let wait = Row::counted("queue/bytes-wait", "the size of a wait for an item", "B")
        .enter(Ours, "anyrt", size::<anyrt::queue::Get<'_, anyrt::queue::Ring<u64>>>)
        .enter(Peer, "async-channel", size::<async_channel::Recv<'_, u64>>)
        .enter(Peer, "flume", size::<flume::r#async::RecvFut<'_, u64>>)
        .enter(Peer, "kanal !", size::<kanal::ReceiveFuture<'_, u64>>);
    let queue = Row::counted("queue/bytes", "the size of an empty queue", "B").enter(
        Ours,
        "anyrt",
        size::<anyrt::queue::Fifo<u64>>,
    );
    [wait.into(), queue.into()]
}

fn main() -> ExitCode {
    let mut rows = alone();
    rows.extend(tasks());
    rows.extend(threads());
    rows.push(latency());
    rows.extend(priority());
    rows.extend(bytes());
    let packages = &[
        "tokio",
        "async-channel",
        "flume",
        "kanal",
        "crossfire",
        "thingbuf",
        "crossbeam-channel",
        "async-priority-channel",
        "parking_lot",
        "event-listener",
    ];
    Suite { packages, rows }.main()
}

#[expect(clippy::cast_precision_loss, reason = "bytes")]
fn size<T>() -> f64 {
    size_of::<T>() as f64
}
