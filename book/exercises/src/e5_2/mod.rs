//! Two accounts, two transfers, and a deadlock that loom finds.

use loom::sync::Arc;
use loom::thread;

use crate::Exercise;
use crate::steps::{self, Mutex};

mod solution;
mod yours;

pub(crate) const EXERCISE: Exercise = Exercise {
    id: "5.2",
    title: "two locks",
    file: "e5_2/yours.rs",
    hint: "all threads have to take the locks in one order; the accounts have numbers",
    yours: || check(yours::transfer),
    solution: || check(solution::transfer),
};

/// Its number, and what is on it.
#[derive(Debug)]
pub(crate) struct Account {
    number: u32,
    balance: Mutex<u32>,
}

/// Every interleaving of a transfer there and a transfer back.
fn check(transfer: fn(&Account, &Account, u32)) {
    steps::model(Some(2), move || {
        let accounts = [1, 2]
            .map(|number| Arc::new(Account { number, balance: Mutex::new(100) }));
        let [a, b] = accounts.clone();
        let thread = thread::spawn(move || transfer(&a, &b, 10));
        let [a, b] = &accounts;
        transfer(b, a, 30);
        thread.join().expect("no panic");
        let balances = (
            *a.balance.lock().expect("not poisoned"),
            *b.balance.lock().expect("not poisoned"),
        );
        assert!(
            balances == (120, 80),
            "10 there and 30 back: the balances are {balances:?}"
        );
    });
}
