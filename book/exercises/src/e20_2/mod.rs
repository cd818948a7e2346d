//! From one queue into another, and dropped on the way.

use std::pin::pin;
use std::task::{Context, Waker};

use anyrt::queue::Fifo;

use crate::Exercise;

mod solution;
mod yours;

pub(crate) const EXERCISE: Exercise = Exercise {
    id: "20.2",
    title: "nothing is lost on the way",
    file: "e20_2/yours.rs",
    hint: "between the await that takes the item and the call that hands it on there may be no other await: \
           `reserve` waits for room without having an item yet",
    yours: || check(&yours::forward),
    solution: || check(&solution::forward),
};

/// Dropped after each number of polls, with the item and the room coming in either order.
fn check(forward: &impl AsyncFn(&Fifo<u32>, &Fifo<u32>)) {
    for item_first in [true, false] {
        for polls in 0..=3 {
            let (from, to) = (Fifo::unbounded(), Fifo::bounded(1));
            to.try_put(0).expect("there is room for one");
            let comes = |item: bool| {
                if item {
                    from.try_put(7).expect("there is always room");
                } else {
                    to.try_get().expect("it is there");
                }
            };
            let mut done = false;
            {
                let mut future = pin!(forward(&from, &to));
                for poll in 1..=polls {
                    match poll {
                        1 => {}
                        2 => comes(item_first),
                        _ => comes(!item_first),
                    }
                    done = future
                        .as_mut()
                        .poll(&mut Context::from_waker(Waker::noop()))
                        .is_ready();
                }
            }
            // Whatever has not come yet, comes now.
            if polls < 2 {
                comes(item_first);
            }
            if polls < 3 {
                comes(!item_first);
            }
            let (before, behind) = (from.try_get(), to.try_get());
            let order =
                if item_first { "item, then room" } else { "room, then item" };
            assert!(
                (before.is_ok() && !done) || behind.is_ok(),
                "{order}, dropped after {polls} polls: the item is in neither queue"
            );
            assert!(
                polls < 3 || (done && behind == Ok(7)),
                "{order}: it should be done after {polls} polls, with the item in `to`"
            );
        }
    }
}
