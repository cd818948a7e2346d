//! A future is a value that you ask.

use std::future::Future;
use std::pin::{Pin, pin};
use std::task::{Context, Poll, Waker};

// ANCHOR: boil
/// Not ready for so many questions; then it gives a cup.
struct Boil(u32);

impl Future for Boil {
    type Output = u32;

    fn poll(mut self: Pin<&mut Self>, _context: &mut Context<'_>) -> Poll<u32> {
        if self.0 == 0 {
            return Poll::Ready(1);
        }
        self.0 -= 1;
        Poll::Pending
    }
}
// ANCHOR_END: boil

// ANCHOR: ask
/// Asks until there is an answer, and counts the questions.
fn ask<F: Future>(future: F) -> (F::Output, u32) {
    let mut future = pin!(future);
    let mut context = Context::from_waker(Waker::noop()); // a whistle that nobody hears
    for questions in 1.. {
        if let Poll::Ready(value) = future.as_mut().poll(&mut context) {
            return (value, questions);
        }
    }
    unreachable!("it asks for ever")
}
// ANCHOR_END: ask

// ANCHOR: tea
async fn tea() -> u32 {
    let water = Boil(2).await;
    let leaves = Boil(1).await;
    water + leaves
}
// ANCHOR_END: tea

// ANCHOR: enum
/// What the compiler makes of `tea`, more or less.
enum Tea {
    Start,
    Boiling(Boil),
    Steeping { water: u32, leaves: Boil },
    Over,
}

impl Future for Tea {
    type Output = u32;

    fn poll(mut self: Pin<&mut Self>, context: &mut Context<'_>) -> Poll<u32> {
        loop {
            *self = match &mut *self {
                Tea::Start => Tea::Boiling(Boil(2)),
                Tea::Boiling(boil) => match Pin::new(boil).poll(context) {
                    Poll::Pending => return Poll::Pending,
                    Poll::Ready(water) => Tea::Steeping { water, leaves: Boil(1) },
                },
                Tea::Steeping { water, leaves } => {
                    match Pin::new(leaves).poll(context) {
                        Poll::Pending => return Poll::Pending,
                        Poll::Ready(leaves) => {
                            let cups = *water + leaves;
                            *self = Tea::Over;
                            return Poll::Ready(cups);
                        }
                    }
                }
                Tea::Over => panic!("asked again after the answer"),
            };
        }
    }
}
// ANCHOR_END: enum

fn main() {
    println!("(cups, questions)");
    println!("async fn: {:?}", ask(tea()));
    println!("enum:     {:?}", ask(Tea::Start));
    let made_and_dropped = tea();
    drop(made_and_dropped);
    println!("a future that is dropped unasked has done nothing");
}
