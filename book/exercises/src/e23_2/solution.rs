//! A solution: it looks before the join, too.

use loom::sync::Arc;
use loom::thread;

use super::Promise;

pub(super) fn model(promise: fn() -> Promise) {
    loom::model(move || {
        let promise = Arc::new(promise());
        let theirs = Arc::clone(&promise);
        let keeps = thread::spawn(move || theirs.keep(42));
        let early = promise.get(); // at any time
        assert!(matches!(early, None | Some(42)), "{early:?}");
        keeps.join().expect("no panic");
        assert_eq!(promise.get(), Some(42));
    });
}
