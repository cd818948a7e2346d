//! An async fn as an enum.

use std::future::Future;
use std::pin::pin;
use std::task::{Context, Poll, Waker};

use crate::Exercise;

mod solution;
mod yours;

pub(crate) const EXERCISE: Exercise = Exercise {
    id: "13.1",
    title: "an async fn as an enum",
    file: "e13_1/yours.rs",
    hint: "a state for each await, with what has to be remembered until then; go on with the next state \
           in the same poll when the answer is there at once",
    yours: || check(yours::sum),
    solution: || check(solution::sum),
};

/// Not ready for so many questions; then it gives its number.
#[derive(Debug)]
pub(crate) struct After {
    questions: u32,
    number: u32,
}

impl Future for After {
    type Output = u32;

    fn poll(mut self: std::pin::Pin<&mut Self>, _: &mut Context<'_>) -> Poll<u32> {
        if self.questions == 0 {
            return Poll::Ready(self.number);
        }
        self.questions -= 1;
        Poll::Pending
    }
}

fn check<F: Future<Output = u32>>(sum: fn(After, After) -> F) {
    for (first, second) in [(0, 0), (2, 0), (0, 3), (2, 1)] {
        let a = After { questions: first, number: 40 };
        let b = After { questions: second, number: 2 };
        let mut future = pin!(sum(a, b));
        let mut context = Context::from_waker(Waker::noop());
        let expected = first + second + 1;
        let mut asked = 0;
        let value = loop {
            asked += 1;
            assert!(asked <= 10, "asked ten times, and it is still pending");
            if let Poll::Ready(value) = future.as_mut().poll(&mut context) {
                break value;
            }
        };
        assert!(value == 42, "40 and 2 make 42, not {value}");
        assert!(
            asked == expected,
            "pending {first} and {second} times: {expected} questions are needed, yours took {asked}"
        );
    }
}
