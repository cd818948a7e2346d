//! The watchdog: a backend that breaks a clause often hangs, and a hang tells nobody anything.

use std::panic::resume_unwind;
use std::sync::mpsc::{self, RecvTimeoutError};
use std::thread;
use std::time::Duration;

use super::Clause;

/// Runs one test of the suite by hand; [`conformance!`](crate::conformance) does it for all.
///
/// `name` tells the clause, `make` makes the owner. Both `make` and `test` run on a thread of their
/// own, so that a test that hangs fails, after 60 seconds or what `ANYRT_TEST_TIMEOUT_SECS` says.
///
/// # Panics
///
/// If the test fails, with its panic, or hangs, with the text of the clause. What hangs is left
/// behind.
///
/// # Examples
///
/// ```
/// use anyrt::testing::{check, conformance::join};
///
/// check(
///     "join_3_abort_resolves_after_the_drop",
///     || anyrt::TokioOwner::new().unwrap(),
///     join::join_3_abort_resolves_after_the_drop,
/// );
/// ```
pub fn check<O: 'static>(name: &str, make: fn() -> O, test: fn(O)) {
    check_within(limit(), name, make, test);
}

/// [`check`] with a patience of one's own.
///
/// # Panics
///
/// As `check`.
#[track_caller]
pub fn check_within<O: 'static>(limit: Duration, name: &str, make: fn() -> O, test: fn(O)) {
    watch(limit, name, Box::new(move || test(make())));
}

/// Runs `test` with the default patience.
#[track_caller]
pub(super) fn watched(name: &str, test: impl FnOnce() + Send + 'static) {
    watch(limit(), name, Box::new(test));
}

/// Not generic: it is compiled once, and not for each owner.
#[track_caller]
fn watch(limit: Duration, name: &str, test: Box<dyn FnOnce() + Send>) {
    let clause = Clause::of_test(name).map_or_else(String::new, |clause| clause.to_string());
    let (alive, end) = mpsc::channel::<()>();
    let thread = thread::Builder::new().name(name.into());
    let thread = thread.spawn(move || {
        let _alive = alive; // dropped at the end, whichever it is
        test();
    });
    let thread = thread.expect("a thread for the test");
    let hangs = end.recv_timeout(limit) == Err(RecvTimeoutError::Timeout);
    assert!(!hangs, "`{name}` hangs: no end after {limit:?}. It holds the clause\n  {clause}");
    if let Err(payload) = thread.join() {
        eprintln!("`{name}` holds the clause\n  {clause}");
        resume_unwind(payload);
    }
}

fn limit() -> Duration {
    let seconds = std::env::var("ANYRT_TEST_TIMEOUT_SECS").ok().and_then(|text| text.parse().ok());
    Duration::from_secs(seconds.unwrap_or(60))
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::testing::kit::{Tally, message_of};

    #[test]
    fn a_failing_test_fails_with_its_own_panic() {
        let message = message_of(|| check("join_1_x", || (), |()| panic!("as it should")));
        assert_eq!(message, "as it should");
    }

    #[test]
    fn a_test_that_hangs_fails_with_its_clause() {
        let (limit, hangs) = (Duration::from_millis(20), |tally: Tally| tally.reach_blocking(1));
        let message = message_of(|| check_within(limit, "join_1_x", Tally::new, hangs));
        assert!(message.contains("hangs") && message.contains("RT-JOIN-1"), "{message}");
    }

    #[test]
    fn a_test_that_passes_passes() {
        check("join_1_x", || 42, |owner| assert_eq!(owner, 42));
    }
}
