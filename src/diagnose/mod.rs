//! Why does it hang? Who waits for what, where, and who holds it, asked of a running program.
//!
//! With the feature `diagnose`, everything of this crate's can be looked at: tasks, blocking jobs, the jobs
//! of executors, and threads on any runtime, what they wait for, where that call is, and who holds it. Nobody looks before
//! [`start`]; what was locked and spawned before is not known, so call it first of all. Without the feature
//! nothing of it is there. It costs a look-up per lock and unlock, so it is for finding a bug, not for
//! every day.
//!
//! # My service hangs: how do I see why?
//!
//! 1. Turn the feature on: `anyrt = { version = "0.1", features = ["diagnose"] }`.
//! 2. First in `main`, start the [watchdog](watchdog()):
//!
//!    ```
//!    use std::time::Duration;
//!
//!    # fn main() -> std::io::Result<()> {
//!    let _watchdog = anyrt::diagnose::watchdog(Duration::from_secs(5), |seen| eprintln!("{seen}"))?;
//!    // ... and what the program does
//!    # Ok(())
//!    # }
//!    ```
//!
//!    It speaks up when a circle has lasted for five seconds, or a waiter whose turn has come is not polled by
//!    its own task ("futurelock").
//! 3. For all other hangs, print a [`snapshot`] when you like: on a signal, behind an HTTP path of the
//!    service, or from a test's timeout.
//! 4. Give names to what matters: [`Lock::named`](crate::sync::Lock::named) and its kin,
//!    [`spawn_named`](crate::Spawn::spawn_named).
//!
//! The report reads like this:
//!
//! ```text
//! 2 of 4 wait for something of anyrt's; some of them in a circle
//!   task 2 'transfer' (spawned at src/main.rs:10:12)
//!     waits for Lock<i32> 'theirs' at src/main.rs:13:17, for 5.2s, held by task 3 'transfer'
//!   task 3 'transfer' (spawned at src/main.rs:10:12)
//!     waits for Lock<i32> 'ours' at src/main.rs:13:17, for 5.2s, held by task 2 'transfer'
//!   cycle: task 2 'transfer' -> task 3 'transfer' -> task 2 'transfer'
//! ```
//!
//! How to read it:
//!
//! | it says | so |
//! |---|---|
//! | `cycle: ...` | a deadlock: take these locks in one order everywhere, or both at once |
//! | `held by task 3`, and task 3 waits for nothing | task 3 is in IO, a sleep or somebody else's primitive with the lock held: take less under the lock, or put a deadline on it |
//! | `held by ..., which has ended` | a guard was forgotten, or was put where nobody drops it |
//! | `... without a pause for others` | it does not let go of its thread: move the work into `spawn_blocking` |
//! | `was woken ... and was not polled since` | its executor has no thread for it: see who is running |
//! | `futurelock` | a future was polled once and then left aside, in a `select` in a loop for instance: drop it or go on polling it |
//! | nothing waits | the program waits for what is not this crate's |

mod cycles;
mod snapshot;
mod watchdog;

pub use self::snapshot::{Blocked, Snapshot, Stage, Target, Wait};
pub use self::watchdog::{Watchdog, watchdog};
pub use crate::primitives::diagnosis::{Object, Party};
pub use crate::primitives::role::Role;

use crate::primitives::diagnosis::Observer;

/// From now on, and to the end of the process, it is noted who waits and who holds. More calls change nothing.
///
/// # Examples
///
/// ```standalone_crate
/// anyrt::diagnose::start();
/// assert_eq!(anyrt::diagnose::snapshot().blocked().count(), 0);
/// ```
pub fn start() {
    Observer::start();
}

/// Who waits for what, and who holds it, just now. Empty before [`start`].
///
/// Simulations are not in it: they report by themselves when they are stuck.
///
/// Takes time in proportion to everything that lives and waits, and holds up whoever begins or ends a wait
/// for a part of it.
pub fn snapshot() -> Snapshot {
    match Observer::process() {
        Some(process) => Snapshot::of(process, false),
        None => Snapshot::empty(),
    }
}
