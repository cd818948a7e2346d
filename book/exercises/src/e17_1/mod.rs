//! A waiter that gives up, at every point at which it can.

use std::cell::RefCell;
use std::collections::BTreeMap;
use std::future::Future;
use std::pin::Pin;
use std::rc::Rc;
use std::sync::Arc;
use std::sync::atomic::{AtomicBool, Ordering};
use std::task::{Context, Poll, Wake, Waker};

use crate::Exercise;

mod solution;
mod yours;

pub(crate) const EXERCISE: Exercise = Exercise {
    id: "17.1",
    title: "a waiter that gives up",
    file: "e17_1/yours.rs",
    hint: "if the gate was reserved for the one who gives up, it is reserved for nobody now, and \
           `hand_over` finds the next. If it was not, nobody is to be woken",
    yours: || check(yours::give_up),
    solution: || check(solution::give_up),
};

/// A gate with strict hand-off: what the chapter's `Gate` keeps.
#[derive(Default)]
pub(crate) struct Line {
    /// Somebody is inside.
    pub(crate) taken: bool,
    /// Those who wait, by number, the order in which they came.
    pub(crate) waiting: BTreeMap<u64, Waker>,
    /// Who was told that the gate is his, and has not come yet. He is still among the waiting.
    pub(crate) reserved: Option<u64>,
    came: u64,
}

impl Line {
    /// Reserves the gate for the first in line; the waker is to be called.
    pub(crate) fn hand_over(&mut self) -> Option<Waker> {
        let (place, waker) = self.waiting.first_key_value()?;
        self.reserved = Some(*place);
        Some(waker.clone())
    }
}

/// What is done when a wait is dropped that has the number `place`; gives whom to wake.
type GiveUp = fn(line: &mut Line, place: u64) -> Option<Waker>;

struct Enter {
    line: Rc<RefCell<Line>>,
    place: Option<u64>,
    give_up: GiveUp,
}

impl Future for Enter {
    type Output = ();

    fn poll(mut self: Pin<&mut Self>, cx: &mut Context<'_>) -> Poll<()> {
        let line = Rc::clone(&self.line);
        let mut line = line.borrow_mut();
        let for_another = line.reserved.is_some() && line.reserved != self.place;
        if line.taken || for_another {
            let place = self.place.unwrap_or(line.came);
            line.came = line.came.max(place + 1);
            line.waiting.insert(place, cx.waker().clone());
            self.place = Some(place);
            return Poll::Pending;
        }
        if let Some(place) = self.place.take() {
            line.waiting.remove(&place);
        }
        line.taken = true;
        line.reserved = None;
        Poll::Ready(())
    }
}

impl Drop for Enter {
    fn drop(&mut self) {
        if let Some(place) = self.place {
            let waker = (self.give_up)(&mut self.line.borrow_mut(), place);
            waker.into_iter().for_each(Waker::wake);
        }
    }
}

#[derive(Default)]
struct Flag(AtomicBool);

impl Wake for Flag {
    fn wake(self: Arc<Self>) {
        self.0.store(true, Ordering::Relaxed);
    }
}

/// Three who want to go through the gate while somebody is inside.
struct Play {
    line: Rc<RefCell<Line>>,
    waits: Vec<Option<Enter>>,
    woken: Vec<Arc<Flag>>,
    /// Who is inside.
    inside: Option<&'static str>,
    told: Vec<String>,
}

const NAMES: [&str; 3] = ["Ann", "Bo", "Cy"];

#[derive(Clone, Copy)]
enum Step {
    Leave,
    Poll(usize),
    GiveUp(usize),
}

impl Play {
    fn new(give_up: GiveUp) -> Self {
        let line = Rc::new(RefCell::new(Line { taken: true, ..Line::default() }));
        let wait = |_| Some(Enter { line: Rc::clone(&line), place: None, give_up });
        let mut play = Self {
            waits: NAMES.map(wait).into(),
            woken: NAMES.map(|_| Arc::default()).into(),
            inside: Some("Di"),
            told: Vec::new(),
            line,
        };
        (0..NAMES.len()).for_each(|who| play.take(Step::Poll(who)));
        play.told = vec!["Di is inside, and Ann, Bo and Cy wait".into()];
        play
    }

    /// Everything that can happen next.
    fn steps(&self) -> Vec<Step> {
        let waiting = |who: &usize| self.waits[*who].is_some();
        let woken = |who: &usize| self.woken[*who].0.load(Ordering::Relaxed);
        let leave = self.inside.map(|_| Step::Leave);
        let polls = (0..NAMES.len()).filter(waiting).filter(woken).map(Step::Poll);
        let drops = (0..NAMES.len()).filter(waiting).map(Step::GiveUp);
        leave.into_iter().chain(polls).chain(drops).collect()
    }

    fn take(&mut self, step: Step) {
        match step {
            Step::Leave => {
                let who = self.inside.take().expect("somebody is inside");
                self.told.push(format!("{who} leaves"));
                self.line.borrow_mut().taken = false;
                let waker = self.line.borrow_mut().hand_over();
                waker.into_iter().for_each(Waker::wake);
            }
            Step::Poll(who) => {
                self.woken[who].0.store(false, Ordering::Relaxed);
                let waker = Waker::from(Arc::clone(&self.woken[who]));
                let wait = self.waits[who].as_mut().expect("it waits");
                let ready = Pin::new(wait).poll(&mut Context::from_waker(&waker));
                if ready.is_ready() {
                    self.waits[who] = None;
                    self.told.push(format!("{} goes in", NAMES[who]));
                    let other = self.inside.replace(NAMES[who]);
                    assert!(
                        other.is_none(),
                        "{}: and now two are inside",
                        self.told.join("; ")
                    );
                } else {
                    self.told.push(format!("{} was woken in vain", NAMES[who]));
                }
            }
            Step::GiveUp(who) => {
                self.told.push(format!("{} gives up", NAMES[who]));
                self.waits[who] = None; // drops the wait
            }
        }
    }

    /// Whoever waits is going to be served.
    fn check(&self) {
        let told = || self.told.join("; ");
        let woken = self.woken.iter().zip(&self.waits);
        let coming = woken
            .filter(|(flag, wait)| wait.is_some() && flag.0.load(Ordering::Relaxed))
            .count();
        let waiting: Vec<_> =
            (0..NAMES.len()).filter(|who| self.waits[*who].is_some()).collect();
        if self.inside.is_none() && coming == 0 {
            assert!(
                waiting.is_empty(),
                "{}: and now the gate is free, and {} waits for ever",
                told(),
                NAMES[waiting[0]]
            );
        }
        assert!(
            self.inside.is_none() || coming == 0,
            "{}: and now somebody was woken, while {} is inside",
            told(),
            self.inside.unwrap_or_default()
        );
    }
}

/// Everything that can happen, in every order.
fn check(give_up: GiveUp) {
    let mut choices: Vec<(usize, usize)> = Vec::new();
    loop {
        let mut play = Play::new(give_up);
        for depth in 0.. {
            let steps = play.steps();
            if steps.is_empty() {
                break;
            }
            if depth == choices.len() {
                choices.push((0, steps.len()));
            }
            play.take(steps[choices[depth].0]);
            play.check();
        }
        while choices.pop_if(|(chosen, of)| *chosen + 1 == *of).is_some() {}
        let Some(last) = choices.last_mut() else { return };
        last.0 += 1;
    }
}
