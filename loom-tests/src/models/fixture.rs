//! The slot of the self-check: what holds of it, and what must be found.

use super::written;
use crate::fixture::{Defect, Generated, Slot};
use crate::harness::{BOUND, Check, Model};
use crate::linear;
use crate::wakers::{Bell, Token, block_on};
use loom::{sync::Arc, thread};

pub(super) const MODELS: &[Model] = written! { "fixture":
    a_value_goes_across "what was pushed is popped by a waiting thread, once";
};

pub(super) const GENERATED: &[Model] = &[Model {
    name: "fixture::generated",
    proves: "the generator passes a correct queue",
    bound: 2,
    check: Check::Generated(linear::all::<Generated<0>>),
}];

/// These fail.
pub(super) const PLANTED: &[Model] = &[
    planted("planted::one_execution", Check::Written(|| ())),
    planted("planted::leaked_token", Check::Written(|| std::mem::forget(Token::new()))),
    planted("planted::leaked_waker", Check::Written(|| std::mem::forget(Bell::new().waker()))),
    planted("planted::race", Check::Written(race)),
    planted("planted::no_wake", Check::Written(no_wake)),
    planted("planted::generated_race", Check::Generated(linear::all::<Generated<1>>)),
    planted("planted::generated_no_wake", Check::Generated(linear::all::<Generated<2>>)),
    planted("planted::generated_late_wake", Check::Generated(linear::all::<Generated<3>>)),
];

const fn planted(name: &'static str, check: Check) -> Model {
    Model { name, proves: "", bound: BOUND, check }
}

fn a_value_goes_across() {
    across(Defect::None);
}

fn no_wake() {
    across(Defect::Silent);
}

fn across(defect: Defect) {
    let slot = Arc::new(Slot::new(defect));
    let other = Arc::clone(&slot);
    let thread = thread::spawn(move || block_on(other.pop()));
    assert!(slot.try_push(5));
    assert_eq!(thread.join().unwrap(), 5);
    assert_eq!(slot.try_pop(), None);
    assert!(slot.try_push(6));
}

fn race() {
    let slot = Arc::new(Slot::new(Defect::Hasty));
    let other = Arc::clone(&slot);
    let thread = thread::spawn(move || other.try_push(1));
    slot.try_push(2);
    thread.join().unwrap();
}
