//! Each his own.

use std::cell::Cell;

use crate::picture::{Panel, Picture};
use crate::stage::{Record, Stage, Thread};

pub(crate) fn whose_number() -> Picture {
    Picture {
        name: "9-whose-number",
        alt: "Requests on one thread note their number before and after an await: in a thread-local the last one wins, in a task-local each keeps its own",
        unit: "milliseconds",
        panels: vec![
            Panel { title: "thread-local", record: requests(by_thread) },
            Panel { title: "task-local", record: requests(by_task) },
        ],
    }
}

// ANCHOR: numbers
thread_local! {
    static OF_THREAD: Cell<usize> = const { Cell::new(0) };
}
anyrt::task_local! {
    static OF_TASK: usize;
}

const NAMES: [&str; 3] = ["request 1", "request 2", "request 3"];
const SAYS: [&str; 4] = ["I am 0", "I am 1", "I am 2", "I am 3"];

fn by_thread(stage: &Stage, thread: Thread, number: usize) {
    let request = stage.clone();
    stage.spawn(thread, NAMES[number - 1], async move {
        OF_THREAD.set(number);
        request.work(SAYS[OF_THREAD.get()], 2).await;
        request.sleep(7).await; // the others run meanwhile
        request.work(SAYS[OF_THREAD.get()], 2).await;
    });
}

fn by_task(stage: &Stage, thread: Thread, number: usize) {
    let request = stage.clone();
    stage.spawn(
        thread,
        NAMES[number - 1],
        OF_TASK.scope(number, async move {
            request.work(SAYS[OF_TASK.with(|number| *number)], 2).await;
            request.sleep(7).await;
            request.work(SAYS[OF_TASK.with(|number| *number)], 2).await;
        }),
    );
}
// ANCHOR_END: numbers

fn requests(serve: fn(&Stage, Thread, usize)) -> Record {
    let stage = Stage::new();
    let thread = stage.thread("the only thread");
    for number in 1..=3 {
        serve(&stage, thread, number);
    }
    stage.run()
}
