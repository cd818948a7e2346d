//! Loom runs a transfer there and a transfer back, on two threads.

use super::Account;

pub(super) fn transfer(from: &Account, to: &Account, amount: u32) {
    let mut source = from.balance.lock().expect("not poisoned");
    let mut target = to.balance.lock().expect("not poisoned");
    *source -= amount;
    *target += amount;
    let _ = (from.number, to.number); // these may help
}
