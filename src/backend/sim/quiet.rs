//! Panics that are looked for: told by whoever looks, not printed each time.

use std::cell::{Cell, RefCell};
use std::panic::{self, PanicHookInfo};
use std::sync::Once;

thread_local! {
    static QUIET: Cell<bool> = const { Cell::new(false) };
    /// Where and how this thread panicked first since it became quiet.
    static FIRST: RefCell<Option<String>> = const { RefCell::new(None) };
}

/// While it lives, panics of this thread are kept and not printed.
pub(super) struct Quiet {
    before: bool,
}

impl Quiet {
    pub(super) fn new() -> Self {
        static HOOK: Once = Once::new();
        HOOK.call_once(|| {
            let loud = panic::take_hook();
            panic::set_hook(Box::new(move |info| {
                if QUIET.try_with(Cell::get) == Ok(true) {
                    keep(info);
                } else {
                    loud(info);
                }
            }));
        });
        Self { before: QUIET.replace(true) }
    }

    /// Ends the quiet, and tells its first panic.
    pub(super) fn end(self) -> Option<String> {
        drop(self);
        FIRST.take()
    }
}

impl Drop for Quiet {
    fn drop(&mut self) {
        QUIET.set(self.before);
    }
}

fn keep(info: &PanicHookInfo<'_>) {
    let text = info.payload().downcast_ref::<&str>().copied();
    let text = text.or_else(|| info.payload().downcast_ref::<String>().map(String::as_str));
    let text = text.unwrap_or("<not a string>");
    let at = info.location().map(ToString::to_string).unwrap_or_default();
    let _ = FIRST.try_with(|first| {
        first.borrow_mut().get_or_insert_with(|| format!("panicked at {at}: {text}"));
    });
}
