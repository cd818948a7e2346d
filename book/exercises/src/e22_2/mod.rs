//! A future that is kept, not asked, and holds a lock.

use std::pin::Pin;
use std::sync::Arc;
use std::time::Duration;

use anyrt::Sim;
use anyrt::prelude::*;
use anyrt::sync::Lock;

use crate::Exercise;
use crate::schedules::in_many_schedules;

mod solution;
mod yours;

pub(crate) const EXERCISE: Exercise = Exercise {
    id: "22.2",
    title: "the future that nobody asks",
    file: "e22_2/yours.rs",
    hint: "what `transfer` has locked stays locked as long as `transfer` is there, and it goes on only \
           while it is asked: ask it beside the rest (as a task, say), or drop it before you lock",
    yours: || check(|rt, office| Box::pin(yours::book(rt, office))),
    solution: || check(|rt, office| Box::pin(solution::book(rt, office))),
};

/// Two accounts and a list of complaints, each under its own lock.
#[derive(Debug)]
pub(crate) struct Office {
    from: Lock<i32>,
    to: Lock<i32>,
    complaints: Lock<u32>,
}

impl Office {
    /// Ten from one account to the other.
    pub(crate) async fn transfer(&self) {
        let mut from = self.from.lock().await;
        let mut to = self.to.lock().await;
        *from -= 10;
        *to += 10;
    }

    /// Notes how much there was when it took too long.
    pub(crate) async fn complain(&self) {
        let from = self.from.lock().await;
        assert!(*from == 100 || *from == 90, "there are {from}");
        *self.complaints.lock().await += 1;
    }
}

type Book = fn(Sim, Arc<Office>) -> Pin<Box<dyn Future<Output = ()> + Send>>;

/// Somebody has the second account for a while: longer than the patience, or not.
fn check(book: Book) {
    for (busy, complaints) in [(1, 0), (60, 1)] {
        in_many_schedules(move |rt| async move {
            let office = Office {
                from: Lock::new(100),
                to: Lock::new(100),
                complaints: Lock::new(0),
            };
            let office = Arc::new(office);
            let (clock, theirs) = (rt.clone(), Arc::clone(&office));
            let auditor = rt.spawn_named("auditor", async move {
                let _to = theirs.to.lock().await;
                clock.sleep(Duration::from_secs(busy)).await;
            });
            rt.sleep(Duration::from_millis(1)).await; // it has it now
            let book = book(rt.clone(), Arc::clone(&office));
            rt.spawn_named("yours", book).await.expect("no panic");
            auditor.await.expect("no panic");
            let balances = (*office.from.lock().await, *office.to.lock().await);
            assert!(
                balances == (90, 110),
                "ten from one to the other, once: {balances:?}"
            );
            let noted = *office.complaints.lock().await;
            assert!(
                noted == complaints,
                "the account was busy for {busy} s: {complaints} complaints, not {noted}"
            );
        });
    }
}
