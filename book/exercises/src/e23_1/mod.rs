//! A store that is too weak.

use loom::sync::Arc;
use loom::thread;

use crate::Exercise;
use crate::steps;

mod solution;
mod yours;

pub(crate) const EXERCISE: Exercise = Exercise {
    id: "23.1",
    title: "the relaxed store",
    file: "e23_1/yours.rs",
    hint: "four stores are relaxed, and one of them has to say \"what I wrote before this is to be seen by \
           who sees this\"; which one is it that another looks at first?",
    yours: || check::<yours::Letterbox>(),
    solution: || check::<solution::Letterbox>(),
};

/// A box for one letter, of two words.
trait Letterboxes: Send + Sync + 'static {
    fn new() -> Self;
    fn put(&self, letter: (u32, u32));
    /// The letter, if there is one.
    fn take(&self) -> Option<(u32, u32)>;
}

/// Every execution of one who puts and one who looks.
fn check<L: Letterboxes>() {
    steps::model(None, || {
        let letters = Arc::new(L::new());
        let theirs = Arc::clone(&letters);
        let postman = thread::spawn(move || theirs.put((7, 8)));
        let taken = letters.take();
        assert!(
            matches!(taken, None | Some((7, 8))),
            "(7, 8) was put, and {:?} was taken: whoever saw that it is full saw older words",
            taken.expect("it is not none")
        );
        postman.join().expect("no panic");
        let taken = taken.or_else(|| letters.take());
        assert!(taken == Some((7, 8)), "it was put, and can't be had");
    });
}
