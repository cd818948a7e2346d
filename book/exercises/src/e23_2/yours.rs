//! Loom runs this with three promises, of which two are broken. It notices neither.

use loom::sync::Arc;
use loom::thread;

use super::Promise;

pub(super) fn model(promise: fn() -> Promise) {
    loom::model(move || {
        let promise = Arc::new(promise());
        let theirs = Arc::clone(&promise);
        thread::spawn(move || theirs.keep(42)).join().expect("no panic");
        assert_eq!(promise.get(), Some(42));
    });
}
