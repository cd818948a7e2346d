//! The primitives and their peers: `cargo bench -p anyrt-benches --bench sync -- --help`.

use std::process::ExitCode;

use anyrt::sync::Lock;
use anyrt_benches::compare::{Row, Stopwatch, Suite, Took};
use std::hint::black_box;

fn main() -> ExitCode {
    let row = Row::timed("lock/alone", "lock and unlock, on one thread")
        .target(1.22)
        .ours("anyrt", |n| {
            let lock = Lock::new(0_u64);
            smol::block_on(async {
                let watch = Stopwatch::of_this_thread();
                for _ in 0..n {
                    *black_box(&lock).lock().await += 1;
                }
                watch.took(n)
            })
        })
        .peer("tokio", |n| -> Took {
            let lock = tokio::sync::Mutex::new(0_u64);
            smol::block_on(async {
                let watch = Stopwatch::of_this_thread();
                for _ in 0..n {
                    *black_box(&lock).lock().await += 1;
                }
                watch.took(n)
            })
        });
    Suite { packages: &["tokio"], rows: vec![row.into()] }.main()
}
