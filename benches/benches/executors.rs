//! The executors under criterion: `cargo bench -p anyrt-benches --bench executors`.
//!
//! A group for each workload, so that criterion's pages compare the executors in it; each is measured
//! inside a task of the executor. Each has a worker per core, but `tokio-current`, and smol's global one, whose
//! name tells. Group names are short: the plots cut long ones off.

use std::hint::black_box;
use std::sync::Arc;
use std::time::Duration;

use anyrt::criterion::OnRuntime;
use anyrt::prelude::*;
use anyrt::queue::Fifo;
use anyrt::sync::Lock;
use anyrt::task::yield_now;
use anyrt::{AsyncStd, SmolGlobal, SmolOwner, ThreadsOwner, TokioOwner};
use criterion::{Criterion, criterion_group, criterion_main};

/// Runs `$routine`, a generic `async fn` of the runtime, on each executor, in a group of its name.
macro_rules! on_each {
    ($criterion:expr, $group:literal, $routine:path) => {{
        let mut group = $criterion.benchmark_group($group);
        let mut on = |name: &str, measure: &dyn Fn(&mut criterion::Bencher<'_>)| {
            group.bench_function(name, |bencher| measure(bencher));
        };
        let workers = std::thread::available_parallelism().map_or(1, usize::from);
        let threads = OnRuntime(ThreadsOwner::builder().workers(workers).build().unwrap());
        on("threads", &|bencher| threads.iter_in_task(bencher, $routine));
        let tokio = OnRuntime(TokioOwner::with_workers(workers).unwrap());
        on("tokio", &|bencher| tokio.iter_in_task(bencher, $routine));
        let smol = OnRuntime(SmolOwner::with_workers(workers).unwrap());
        on("smol", &|bencher| smol.iter_in_task(bencher, $routine));
        on(&smol_global(), &|bencher| OnRuntime(SmolGlobal).iter_in_task(bencher, $routine));
        on("async-std", &|bencher| OnRuntime(AsyncStd).iter_in_task(bencher, $routine));
        let current = OnRuntime(TokioOwner::current_thread().unwrap());
        on("tokio-current", &|bencher| current.iter_in_task(bencher, $routine));
        group.finish();
    }};
}

/// Its number of workers, one by default, can't be set from here: the name tells.
fn smol_global() -> String {
    format!("smol-global-{}", std::env::var("SMOL_THREADS").as_deref().unwrap_or("1"))
}

async fn spawn_and_join<R: Runtime>(rt: R) -> u64 {
    let value = black_box(7);
    rt.spawn(async move { value }).await.unwrap()
}

async fn hundred_tasks<R: Runtime>(rt: R) -> u64 {
    let tasks = (0..100).map(|i| rt.spawn(async move { black_box(i) }));
    let mut sum = 0;
    for task in tasks.collect::<Vec<_>>() {
        sum += task.await.unwrap();
    }
    assert_eq!(sum, 4_950);
    sum
}

async fn turn<R: Runtime>(_: R) {
    yield_now().await;
}

async fn unused_timeout<R: Runtime>(rt: R) -> u64 {
    let value = black_box(7);
    rt.timeout(Duration::from_secs(60), async move { value }).await.unwrap()
}

async fn blocking_job<R: Runtime>(rt: R) -> u64 {
    let value = black_box(7);
    rt.spawn_blocking(move || value).await.unwrap()
}

async fn hundred_values_through_a_queue<R: Runtime>(rt: R) -> u64 {
    let queue = Arc::new(Fifo::bounded(10));
    let sender = rt.spawn({
        let queue = queue.clone();
        async move {
            for i in 0..100 {
                queue.put(i).await.unwrap();
            }
        }
    });
    let mut sum = 0;
    for _ in 0..100 {
        sum += queue.get().await.unwrap();
    }
    sender.await.unwrap();
    assert_eq!(sum, 4_950);
    sum
}

async fn four_tasks_share_a_lock<R: Runtime>(rt: R) -> u64 {
    let lock = Arc::new(Lock::new(0));
    let tasks = (0..4).map(|_| {
        let lock = lock.clone();
        rt.spawn(async move {
            for _ in 0..25 {
                *lock.lock().await += 1;
            }
        })
    });
    for task in tasks.collect::<Vec<_>>() {
        task.await.unwrap();
    }
    let sum = *lock.lock().await;
    assert_eq!(sum, 100);
    sum
}

fn executors(criterion: &mut Criterion) {
    on_each!(criterion, "spawn+join", spawn_and_join);
    on_each!(criterion, "100 tasks", hundred_tasks);
    on_each!(criterion, "yield", turn);
    on_each!(criterion, "unused timeout", unused_timeout);
    on_each!(criterion, "blocking job", blocking_job);
    on_each!(criterion, "100 through queue", hundred_values_through_a_queue);
    on_each!(criterion, "100 locks, 4 tasks", four_tasks_share_a_lock);
}

criterion_group!(benches, executors);
criterion_main!(benches);
