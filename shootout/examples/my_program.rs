//! A program of one's own on every executor: which runs it best, on this machine.
//!
//! ```sh
//! cargo run --release --example my_program
//! ```

use anyrt::prelude::*;
use anyrt::sync::Semaphore;
use std::sync::Arc;

/// Counts primes: each task a range, no more than four at a time.
async fn app<R: Runtime>(rt: R) -> usize {
    let room = Arc::new(Semaphore::new(4));
    let tasks = (0..100).map(|i| {
        let room = room.clone();
        rt.spawn(async move {
            let _turn = room.acquire().await;
            (i * 100..(i + 1) * 100).filter(|n| *n > 1 && (2..*n).all(|d| n % d != 0)).count()
        })
    });
    let mut primes = 0;
    for task in tasks.collect::<Vec<_>>() {
        primes += task.await.expect("it neither panics nor is aborted");
    }
    primes
}

anyrt_shootout::main!(app);
