//! A whistle that may come too early.

use loom::sync::Arc;
use loom::thread;

use crate::Exercise;
use crate::steps;

mod solution;
mod yours;

pub(crate) const EXERCISE: Exercise = Exercise {
    id: "14.1",
    title: "a whistle that comes too early",
    file: "e14_1/yours.rs",
    hint: "between your look and your sleep the whistle can blow; look under the lock, and go to sleep \
           with it: `wait` takes the guard",
    yours: || check::<yours::Whistle>(),
    solution: || check::<solution::Whistle>(),
};

/// What `block_on` sleeps on.
trait Whistles: Send + Sync + 'static {
    fn new() -> Self;
    /// Sleeps until it has blown since the last time.
    fn sleep(&self);
    fn blow(&self);
}

/// Every interleaving of one who sleeps and one who blows.
fn check<W: Whistles>() {
    steps::model(None, || {
        let whistle = Arc::new(W::new());
        let other = Arc::clone(&whistle);
        let thread = thread::spawn(move || other.blow());
        whistle.sleep();
        thread.join().expect("no panic");
    });
}
