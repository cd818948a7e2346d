//! Bytes: of each primitive, over its data, and of a future that waits.

use std::mem::size_of_val;

use anyrt::sync;
use anyrt_benches::compare::{Counted, Row, Side};
use anyrt_benches::primitives::{
    Barrier, Event, FuturesMutex, IntrusiveMutex, IntrusiveSemaphore, ListenerEvent, MaitakeEvent,
    Mutex, Named, NotifyEvent, RwLock, SaaSemaphore, Semaphore,
};

type Sizes = (&'static str, usize, usize);

/// The future of the type itself: the trait's adds a flag and a reference.
macro_rules! barrier {
    ($type:ty) => {{
        let barrier = <$type as Barrier>::make(2);
        (<$type as Named>::NAME, size_of::<$type>(), size_of_val(&barrier.wait()))
    }};
}

pub(crate) fn rows() -> Vec<Row> {
    let locks = [
        lock::<sync::Lock<u64>>(),
        lock::<tokio::sync::Mutex<u64>>(),
        lock::<async_lock::Mutex<u64>>(),
        lock::<asyncband::mutex::Mutex<u64>>(),
        lock::<mea::mutex::Mutex<u64>>(),
        lock::<saa::Mutex<u64>>(),
        lock::<maitake_sync::Mutex<u64>>(),
        lock::<FuturesMutex>(),
        lock::<IntrusiveMutex>(),
    ];
    let rw_locks = [
        rw_lock::<sync::RwLock<u64>>(),
        rw_lock::<tokio::sync::RwLock<u64>>(),
        rw_lock::<async_lock::RwLock<u64>>(),
        rw_lock::<asyncband::rwlock::RwLock<u64>>(),
        rw_lock::<mea::rwlock::RwLock<u64>>(),
        rw_lock::<saa::RwLock<u64>>(),
        rw_lock::<maitake_sync::RwLock<u64>>(),
    ];
    let semaphores = [
        semaphore::<sync::Semaphore>(),
        semaphore::<tokio::sync::Semaphore>(),
        semaphore::<async_lock::Semaphore>(),
        semaphore::<asyncband::semaphore::Semaphore>(),
        semaphore::<mea::semaphore::Semaphore>(),
        semaphore::<SaaSemaphore>(),
        semaphore::<maitake_sync::Semaphore>(),
        semaphore::<IntrusiveSemaphore>(),
    ];
    let events = [
        event::<sync::Event>(),
        event::<NotifyEvent>(),
        event::<ListenerEvent>(),
        event::<asyncband::event::ManualResetEvent>(),
        event::<MaitakeEvent>(),
        event::<futures_intrusive::sync::ManualResetEvent>(),
    ];
    let barriers = [
        barrier!(sync::Barrier),
        barrier!(tokio::sync::Barrier),
        barrier!(async_lock::Barrier),
        barrier!(asyncband::barrier::Barrier),
        barrier!(mea::barrier::Barrier),
        barrier!(saa::Barrier),
    ];
    let rows = [
        of("lock", &locks),
        of("rwlock", &rw_locks),
        of("semaphore", &semaphores),
        of("event", &events),
        of("barrier", &barriers),
    ];
    rows.into_iter().flatten().collect()
}

/// A row for the primitive, and one for its future. Ours comes first.
fn of(kind: &str, sizes: &[Sizes]) -> [Row; 2] {
    let title = format!("of a {kind}, without its data");
    let object = Row::counted(&format!("bytes/{kind}"), &title, "bytes").target(24);
    let title = format!("of a future that waits for a {kind}");
    let future = Row::counted(&format!("bytes/{kind}-future"), &title, "bytes").target(64);
    [enter(object, sizes, |sizes| sizes.1), enter(future, sizes, |sizes| sizes.2)]
}

#[expect(clippy::cast_precision_loss, reason = "a few bytes")]
fn enter(mut row: Counted, sizes: &[Sizes], which: fn(&Sizes) -> usize) -> Row {
    for (at, sizes) in sizes.iter().enumerate() {
        let side = if at == 0 { Side::Ours } else { Side::Peer };
        let bytes = which(sizes) as f64;
        row = row.enter(side, sizes.0, move || bytes);
    }
    row.into()
}

fn lock<L: Mutex>() -> Sizes {
    let lock = L::make();
    (L::NAME, size_of::<L>() - size_of::<u64>(), size_of_val(&lock.lock()))
}

fn rw_lock<L: RwLock>() -> Sizes {
    let lock = L::make();
    (L::NAME, size_of::<L>() - size_of::<u64>(), size_of_val(&lock.write()))
}

fn semaphore<S: Semaphore>() -> Sizes {
    let semaphore = S::make(1);
    (S::NAME, size_of::<S>(), size_of_val(&semaphore.acquire(1)))
}

fn event<E: Event>() -> Sizes {
    let event = E::make();
    (E::NAME, size_of::<E>(), size_of_val(&event.wait()))
}
