//! A number that follows its thread, and one that follows its task.

use std::cell::Cell;
use std::thread;

use anyrt::prelude::*;

// ANCHOR: thread
thread_local! {
    static VISITS: Cell<u32> = const { Cell::new(0) };
}

fn visit() -> u32 {
    VISITS.set(VISITS.get() + 1);
    VISITS.get()
}

fn threads() {
    visit();
    visit();
    let other = thread::spawn(visit).join().expect("no panic");
    println!("here: {}, on another thread: {other}", visit());
}
// ANCHOR_END: thread

// ANCHOR: task
anyrt::task_local! {
    static REQUEST: u32;
}

/// Deep inside of the program: nobody handed it the number.
fn log(what: &str) -> String {
    REQUEST.with(|number| format!("[{number}] {what}"))
}

async fn serve<R: Runtime>(rt: R) -> String {
    let before = log("begin");
    rt.spawn(async {}).await.expect("no panic"); // may come back on another thread
    format!("{before}, {}", log("end"))
}

fn tasks() {
    let owner = anyrt::ThreadsOwner::builder().workers(2).build().expect("threads");
    let rt = owner.handle();
    let requests =
        [7, 8, 9].map(|number| rt.spawn(REQUEST.scope(number, serve(rt.clone()))));
    for request in requests {
        println!("{}", owner.block_on(request).expect("no panic"));
    }
}
// ANCHOR_END: task

fn main() {
    threads();
    tasks();
}
