//! Somebody who has waited at the gate does not wait any more: what has to be done?

use std::task::Waker;

use super::Line;

pub(super) fn give_up(line: &mut Line, place: u64) -> Option<Waker> {
    line.waiting.remove(&place);
    None // whom to wake
}
