//! What is done with the queues.

use std::collections::VecDeque;
use std::future::Future;
use std::hint::black_box;
use std::sync::{LazyLock, mpsc};
use std::thread;

use anyrt::queue::Fifo;
use anyrt_benches::compare::{Stopwatch, Took};

use super::peers::{Many, Mixed, Tasks, Threads};

/// Two threads each, made once.
static TOKIO: LazyLock<tokio::runtime::Runtime> = LazyLock::new(|| {
    tokio::runtime::Builder::new_multi_thread().worker_threads(2).build().unwrap()
});
static SMOL: LazyLock<&'static smol::Executor<'static>> = LazyLock::new(|| {
    let executor: &'static smol::Executor<'static> = Box::leak(Box::new(smol::Executor::new()));
    for _ in 0..2 {
        thread::spawn(|| smol::block_on(executor.run(smol::future::pending::<()>())));
    }
    executor
});

/// Where tasks run.
#[derive(Clone, Copy)]
pub enum On {
    Tokio,
    Smol,
}

fn spawn(on: On, task: impl Future<Output = ()> + Send + 'static) {
    match on {
        On::Tokio => drop(TOKIO.spawn(task)),
        On::Smol => SMOL.spawn(task).detach(),
    }
}

/// Puts one and gets one, on one thread.
pub fn alone<C: Tasks>(capacity: Option<usize>, n: u64) -> Took {
    let (tx, mut rx) = C::make(capacity);
    smol::block_on(async {
        let watch = Stopwatch::of_this_thread();
        for i in 0..n {
            C::put(black_box(&tx), i).await;
            black_box(C::get(&mut rx).await);
        }
        watch.took(n)
    })
}

/// A thousand in it all the time: puts one and gets one, on one thread.
pub fn alone_filled<C: Tasks>(n: u64) -> Took {
    let (tx, mut rx) = C::make(None);
    smol::block_on(async {
        for i in 0..1000 {
            C::put(&tx, i).await;
        }
        let watch = Stopwatch::of_this_thread();
        for i in 0..n {
            C::put(black_box(&tx), i).await;
            black_box(C::get(&mut rx).await);
        }
        watch.took(n)
    })
}

/// Batches of 100, on one thread: per item.
pub fn batches(n: u64) -> Took {
    let queue = Fifo::unbounded();
    let (mut items, mut got) = (VecDeque::new(), Vec::with_capacity(100));
    smol::block_on(async {
        let watch = Stopwatch::of_this_thread();
        for i in 0..n / 100 {
            items.extend(i..i + 100);
            black_box(&queue).put_many(&mut items).await.unwrap();
            got.clear();
            black_box(queue.get_many(&mut got, 100).await.unwrap());
        }
        watch.took(n / 100 * 100)
    })
}

/// Tokio's batches, of which getting is one.
pub fn tokio_batches(n: u64) -> Took {
    let (tx, mut rx) = tokio::sync::mpsc::unbounded_channel();
    let mut got = Vec::with_capacity(100);
    smol::block_on(async {
        let watch = Stopwatch::of_this_thread();
        for i in 0..n / 100 {
            for item in i..i + 100 {
                tx.send(item).unwrap();
            }
            got.clear();
            black_box(rx.recv_many(&mut got, 100).await);
        }
        watch.took(n / 100 * 100)
    })
}

fn produce<C: Tasks>(on: On, tx: &C::Tx, producers: u64, n: u64) {
    for _ in 0..producers {
        let tx = tx.clone();
        spawn(on, async move {
            for i in 0..n / producers {
                C::put(&tx, i).await;
            }
        });
    }
}

/// Some put, one gets.
pub fn to_one<C: Tasks>(on: On, producers: u64, capacity: Option<usize>, n: u64) -> Took {
    let n = n.next_multiple_of(16);
    let (tx, mut rx) = C::make(capacity);
    let (done, end) = mpsc::channel();
    let watch = Stopwatch::of_the_wall();
    produce::<C>(on, &tx, producers, n);
    spawn(on, async move {
        let mut sum = 0;
        for _ in 0..n {
            sum += C::get(&mut rx).await;
        }
        done.send(sum).unwrap();
    });
    check(end.recv().unwrap(), producers, n);
    watch.took(n)
}

/// Four put, four get.
pub fn to_many<C: Many>(on: On, capacity: Option<usize>, n: u64) -> Took {
    let n = n.next_multiple_of(16);
    let (tx, rx) = C::make(capacity);
    let (done, end) = mpsc::channel();
    let watch = Stopwatch::of_the_wall();
    produce::<C>(on, &tx, 4, n);
    for _ in 0..4 {
        let (mut rx, done) = (rx.clone(), done.clone());
        spawn(on, async move {
            let mut sum = 0;
            for _ in 0..n / 4 {
                sum += C::get(&mut rx).await;
            }
            done.send(sum).unwrap();
        });
    }
    drop(done);
    check(end.iter().sum(), 4, n);
    watch.took(n)
}

/// Four threads put, four get.
pub fn threads<C: Threads>(capacity: usize, n: u64) -> Took {
    let n = n.next_multiple_of(16);
    let (tx, rx) = C::make(capacity);
    let watch = Stopwatch::of_the_wall();
    let sum = thread::scope(|scope| {
        for _ in 0..4 {
            let tx = tx.clone();
            scope.spawn(move || (0..n / 4).for_each(|i| C::put(&tx, i)));
        }
        let gets = [(); 4].map(|()| {
            let rx = rx.clone();
            scope.spawn(move || (0..n / 4).map(|_| C::get(&rx)).sum::<u64>())
        });
        gets.into_iter().map(|thread| thread.join().unwrap()).sum()
    });
    check(sum, 4, n);
    watch.took(n)
}

/// A thread puts, a task of tokio's gets.
pub fn mixed<C: Mixed>(n: u64) -> Took {
    let (tx, mut rx) = C::make();
    let (done, end) = mpsc::channel();
    let watch = Stopwatch::of_the_wall();
    let puts = thread::spawn(move || (0..n).for_each(|i| C::put(&tx, i)));
    TOKIO.spawn(async move {
        let mut sum = 0;
        for _ in 0..n {
            sum += C::get(&mut rx).await;
        }
        done.send(sum).unwrap();
    });
    check(end.recv().unwrap(), 1, n);
    puts.join().unwrap();
    watch.took(n)
}

/// Two tasks send one item to and fro: half a round trip, median and tail.
pub fn latency<C: Tasks>() -> [f64; 2] {
    const ROUNDS: u64 = 5000;
    let (there, mut other) = C::make(Some(1));
    let (back, mut here) = C::make(Some(1));
    TOKIO.spawn(async move {
        for _ in 0..ROUNDS {
            let item = C::get(&mut other).await;
            C::put(&back, item).await;
        }
    });
    let task = TOKIO.spawn(async move {
        let mut times = hdrhistogram::Histogram::<u64>::new(3).unwrap();
        for i in 0..ROUNDS {
            let start = std::time::Instant::now();
            C::put(&there, i).await;
            black_box(C::get(&mut here).await);
            let nanos = start.elapsed().as_nanos() / 2;
            times.record(u64::try_from(nanos).unwrap()).unwrap();
        }
        times
    });
    let times = TOKIO.block_on(task).unwrap();
    #[expect(clippy::cast_precision_loss, reason = "nanoseconds")]
    [times.value_at_quantile(0.5) as f64, times.value_at_quantile(0.99) as f64]
}

/// Nothing was lost or doubled.
fn check(sum: u64, producers: u64, n: u64) {
    let each = n / producers;
    assert_eq!(sum, producers * (each * each.saturating_sub(1) / 2), "items were lost or doubled");
}
