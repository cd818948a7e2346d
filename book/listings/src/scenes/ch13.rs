//! Who asks whom.

use std::cell::RefCell;
use std::future::Future;
use std::pin::{Pin, pin};
use std::rc::Rc;
use std::task::{Context, Poll, Waker};

use crate::picture::{Panel, Picture};
use crate::stage::{Lane, Record, Span, State};

pub(crate) fn ladder() -> Picture {
    Picture {
        name: "13-ladder",
        alt: "Each question goes down from block_on to the innermost future that is not ready; its answer comes back up",
        unit: "steps",
        panels: vec![Panel { title: "", record: run() }],
    }
}

/// Not ready for so many questions.
struct Boil(u32);

impl Future for Boil {
    type Output = u32;

    fn poll(mut self: Pin<&mut Self>, _: &mut Context<'_>) -> Poll<u32> {
        if self.0 == 0 {
            return Poll::Ready(1);
        }
        self.0 -= 1;
        Poll::Pending
    }
}

/// Counts steps, one per question and one per answer, and notes who was being asked.
#[derive(Clone, Default)]
struct Notes(Rc<RefCell<(u64, Vec<Lane>)>>);

impl Notes {
    /// `future`, with a note of each question.
    fn of<F: Future>(
        &self,
        name: &'static str,
        future: F,
    ) -> impl Future<Output = F::Output> {
        let lane = self.0.borrow().1.len();
        let new =
            Lane { thread: name, task: name, spans: Vec::new(), marks: Vec::new() };
        self.0.borrow_mut().1.push(new);
        let (notes, mut future) = (self.clone(), Box::pin(future));
        std::future::poll_fn(move |cx| {
            let from = notes.step();
            let answer = future.as_mut().poll(cx);
            let to = notes.step();
            let label = if answer.is_ready() { "Ready" } else { "Pending" };
            let state =
                if answer.is_ready() { State::Running } else { State::Waiting };
            notes.0.borrow_mut().1[lane].spans.push(Span {
                from,
                to,
                state,
                label,
            });
            answer
        })
    }

    fn step(&self) -> u64 {
        let mut notes = self.0.borrow_mut();
        notes.0 += 1;
        notes.0
    }
}

fn run() -> Record {
    let notes = Notes::default();
    let inner = notes.clone();
    let tea = notes.of("tea()", async move {
        let water = inner.of("boil", Boil(2)).await;
        let leaves = inner.of("steep", Boil(1)).await;
        water + leaves
    });
    let mut tea = pin!(tea);
    while tea.as_mut().poll(&mut Context::from_waker(Waker::noop())).is_pending() {
        notes.step(); // between two questions the thread is free
    }
    let (end, lanes) = notes.0.take();
    Record { lanes, end, stuck: Vec::new(), depths: Vec::new() }
}
