//! A solution: the account with the lower number is locked first, whichever way the money goes.

use super::Account;

pub(super) fn transfer(from: &Account, to: &Account, amount: u32) {
    let (mut source, mut target);
    if from.number < to.number {
        source = from.balance.lock().expect("not poisoned");
        target = to.balance.lock().expect("not poisoned");
    } else {
        target = to.balance.lock().expect("not poisoned");
        source = from.balance.lock().expect("not poisoned");
    }
    *source -= amount;
    *target += amount;
}
