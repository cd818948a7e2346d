//! Counts to a hundred million on so many threads, and prints the seconds: `c4_gil 2`.

use std::hint::black_box;
use std::thread;
use std::time::Instant;

// ANCHOR: count
fn count(steps: u64) {
    let mut n = 0;
    while n < steps {
        n = black_box(n) + 1; // black_box: do count, don't just compute the end
    }
}

fn count_on(threads: u64) {
    thread::scope(|scope| {
        for _ in 0..threads {
            scope.spawn(move || count(100_000_000 / threads));
        }
    });
}
// ANCHOR_END: count

fn main() {
    let Some(Ok(threads @ 1..)) = std::env::args().nth(1).map(|text| text.parse())
    else {
        eprintln!("usage: c4_gil THREADS, a number from 1 on");
        std::process::exit(2);
    };
    let start = Instant::now();
    count_on(threads);
    println!("{:.3}", start.elapsed().as_secs_f64());
}
