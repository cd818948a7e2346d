//! The four cells, each with a real call.

use std::sync::mpsc::{Receiver, TryRecvError, channel};
use std::thread;

use anyrt::prelude::*;

/// Hot water.
#[derive(Debug)]
struct Water;

// ANCHOR: plain
/// Plain kettle, stand by it: synchronous, blocking.
fn stand_by(kettle: &Receiver<Water>) -> Water {
    kettle.recv().expect("the kettle is on")
}

/// Plain kettle, look in: synchronous, non-blocking.
fn look_in(kettle: &Receiver<Water>, mut watch_tv: impl FnMut()) -> Water {
    loop {
        match kettle.try_recv() {
            Ok(water) => return water,
            Err(TryRecvError::Empty) => watch_tv(),
            Err(TryRecvError::Disconnected) => panic!("the kettle is broken"),
        }
    }
}
// ANCHOR_END: plain

// ANCHOR: whistling
/// Whistling kettle, stand by it anyway: asynchronous, blocking.
fn stand_by_anyway(
    zhang: &impl BlockOn,
    kettle: impl Future<Output = Water>,
) -> Water {
    zhang.block_on(kettle)
}

/// Whistling kettle, watch TV: asynchronous, non-blocking.
async fn go_on<R: Runtime>(zhang: R, kettle: impl Future<Output = Water>) -> Water {
    let tv = zhang.spawn(async { println!("  meanwhile: the news") });
    let water = kettle.await;
    tv.await.expect("the news came through");
    water
}
// ANCHOR_END: whistling

fn main() {
    let (whistle, kettle) = channel();
    let stove = thread::spawn(move || whistle.send(Water));
    println!("1. {:?}", stand_by(&kettle));
    stove.join().expect("no panic").expect("Zhang was there");

    let (whistle, kettle) = channel();
    let mut minutes = 0;
    let water = look_in(&kettle, || {
        minutes += 1;
        if minutes == 3 {
            whistle.send(Water).expect("Zhang is here"); // it boils in the third minute
        }
    });
    println!("2. {water:?}, after {minutes} minutes of TV");

    let home = anyrt::ThreadsOwner::builder().workers(1).build().expect("a thread");
    println!("3. {:?}", stand_by_anyway(&home, async { Water }));
    println!("4. {:?}", home.run(|rt| go_on(rt, async { Water })));
}
