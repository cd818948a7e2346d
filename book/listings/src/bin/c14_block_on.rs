//! `block_on`, with the thread asleep between two questions.

use std::future::Future;
use std::pin::pin;
use std::sync::Arc;
use std::task::{Context, Poll, Wake, Waker};
use std::thread::{self, Thread};

use anyrt::sync::Event;

// ANCHOR: block_on
/// A whistle that wakes a thread.
struct Whistle(Thread);

impl Wake for Whistle {
    fn wake(self: Arc<Self>) {
        self.0.unpark(); // remembered if the thread is not asleep yet
    }
}

fn block_on<F: Future>(future: F) -> F::Output {
    let mut future = pin!(future);
    let waker = Waker::from(Arc::new(Whistle(thread::current())));
    let mut context = Context::from_waker(&waker);
    loop {
        match future.as_mut().poll(&mut context) {
            Poll::Ready(value) => return value,
            Poll::Pending => thread::park(), // until the whistle
        }
    }
}
// ANCHOR_END: block_on

fn main() {
    let boils = Event::new();
    thread::scope(|scope| {
        scope.spawn(|| boils.set());
        block_on(boils.wait());
    });
    println!("tea");
}
