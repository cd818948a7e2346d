//! Nobody else is there: what the fast paths cost.

use std::hint::black_box;

use anyrt::sync;
use anyrt_benches::compare::{Row, Stopwatch, Took};
use anyrt_benches::primitives::{BlockingMutex, Event, Mutex, RwLock, Semaphore, Std};

pub(crate) fn rows() -> Vec<Row> {
    let lock = Row::timed("alone/lock", "to lock and unlock").target(1.22);
    let blocking = Row::timed("alone/lock-blocking", "to lock and unlock, on a thread").target(1.0);
    let read = Row::timed("alone/read", "to lock for reading and unlock").target(1.16);
    let write = Row::timed("alone/write", "to lock for writing and unlock").target(1.28);
    let semaphore = |n, target| {
        let id = format!("alone/semaphore-{n}");
        let title = format!("to acquire {n} of 16 permits and give them back");
        Row::timed(&id, &title).target(target)
    };
    let set = Row::timed("alone/event", "to wait for an event that is set").target(3.4);
    vec![
        locks!(lock, lock_unlock()).into(),
        timed!(blocking, lock_blocking();
            sync::Lock<u64>;
            Std, parking_lot::Mutex<u64>, async_lock::Mutex<u64>, saa::Mutex<u64>)
        .into(),
        timed!(read, read_unlock();
            sync::RwLock<u64>;
            tokio::sync::RwLock<u64>, async_lock::RwLock<u64>, asyncband::rwlock::RwLock<u64>,
            mea::rwlock::RwLock<u64>, saa::RwLock<u64>, maitake_sync::RwLock<u64>)
        .into(),
        timed!(write, write_unlock();
            sync::RwLock<u64>;
            tokio::sync::RwLock<u64>, async_lock::RwLock<u64>, asyncband::rwlock::RwLock<u64>,
            mea::rwlock::RwLock<u64>, saa::RwLock<u64>, maitake_sync::RwLock<u64>)
        .into(),
        semaphores!(semaphore(1, 1.9), acquire_release(1), async_lock::Semaphore).into(),
        semaphores!(semaphore(16, 1.6), acquire_release(16)).into(),
        events!(set, wait_for_set()).into(),
    ]
}

fn lock_unlock<L: Mutex>(n: u64) -> Took {
    let lock = L::make();
    smol::block_on(async {
        let watch = Stopwatch::of_this_thread();
        for _ in 0..n {
            *black_box(&lock).lock().await += 1;
        }
        let took = watch.took(n);
        assert_eq!(*lock.lock().await, n);
        took
    })
}

fn lock_blocking<L: BlockingMutex>(n: u64) -> Took {
    let lock = L::make();
    let watch = Stopwatch::of_this_thread();
    for _ in 0..n {
        *black_box(&lock).lock() += 1;
    }
    let took = watch.took(n);
    assert_eq!(*lock.lock(), n);
    took
}

fn read_unlock<L: RwLock>(n: u64) -> Took {
    let lock = L::make();
    smol::block_on(async {
        let watch = Stopwatch::of_this_thread();
        for _ in 0..n {
            black_box(*black_box(&lock).read().await);
        }
        watch.took(n)
    })
}

fn write_unlock<L: RwLock>(n: u64) -> Took {
    let lock = L::make();
    smol::block_on(async {
        let watch = Stopwatch::of_this_thread();
        for _ in 0..n {
            *black_box(&lock).write().await += 1;
        }
        let took = watch.took(n);
        assert_eq!(*lock.read().await, n);
        took
    })
}

fn acquire_release<S: Semaphore>(permits: u32, n: u64) -> Took {
    let semaphore = S::make(16);
    smol::block_on(async {
        let watch = Stopwatch::of_this_thread();
        for _ in 0..n {
            drop(black_box(&semaphore).acquire(permits).await);
        }
        watch.took(n)
    })
}

fn wait_for_set<E: Event>(n: u64) -> Took {
    let event = E::make();
    event.set();
    smol::block_on(async {
        let watch = Stopwatch::of_this_thread();
        for _ in 0..n {
            black_box(&event).wait().await;
        }
        watch.took(n)
    })
}
