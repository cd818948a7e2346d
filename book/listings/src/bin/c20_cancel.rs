//! Futures that are dropped before they are done.

use std::future::Future;
use std::pin::pin;
use std::sync::Arc;
use std::task::{Context, Waker};
use std::time::Duration;

use anyrt::SimOwner;
use anyrt::prelude::*;
use anyrt::queue::Fifo;
use anyrt::sync::{Event, Lock};

fn main() {
    too_late();
    println!("take, then sign:");
    cut_everywhere(&take_then_sign);
    println!("sign, then take:");
    cut_everywhere(&sign_then_take);
    passed_on();
    aborted();
    left_to_itself();
}

// ANCHOR: timeout
fn too_late() {
    SimOwner::new(1).run(|rt| async move {
        let letters = Fifo::unbounded();
        let nothing = rt.timeout(Duration::from_secs(60), letters.get()).await;
        println!("after a minute: {}", nothing.expect_err("nobody writes"));
        letters.try_put("a letter").expect("there is always room");
        println!("then: {}", letters.get().await.expect("open"));
    });
}
// ANCHOR_END: timeout

type Letters = Fifo<&'static str>;
type Book = Lock<Vec<&'static str>>;

// ANCHOR: take
async fn take_then_sign(letters: &Letters, book: &Book) -> &'static str {
    let letter = letters.get().await.expect("open");
    book.lock().await.push(letter);
    letter
}
// ANCHOR_END: take

// ANCHOR: sign
async fn sign_then_take(letters: &Letters, book: &Book) -> &'static str {
    let mut book = book.lock().await;
    let letter = letters.get().await.expect("open"); // the last await
    book.push(letter);
    letter
}
// ANCHOR_END: sign

// ANCHOR: cut
/// Asks the function so many times and drops it, for each number of times.
fn cut_everywhere(fetch: &impl AsyncFn(&Letters, &Book) -> &'static str) {
    for polls in 0..=3 {
        let (letters, book) = (Letters::unbounded(), Book::new(Vec::new()));
        let mut others = book.try_lock(); // somebody else is signing
        let mut answer = None;
        {
            let mut future = pin!(fetch(&letters, &book));
            for poll in 1..=polls {
                match poll {
                    1 => {}
                    2 => letters.try_put("a letter").expect("there is always room"),
                    _ => drop(others.take()), // has signed
                }
                answer = ask(future.as_mut());
            }
        } // dropped
        drop(others);
        if polls < 2 {
            letters.try_put("a letter").expect("there is always room");
        }
        println!(
            "  {polls} polls: {}",
            match (answer, letters.try_get()) {
                (Some(_), _) => "fetched",
                (None, Ok(_)) => "in the box",
                (None, Err(_)) => "nowhere",
            }
        );
    }
}
// ANCHOR_END: cut

fn ask<F: Future>(future: std::pin::Pin<&mut F>) -> Option<F::Output> {
    match future.poll(&mut Context::from_waker(Waker::noop())) {
        std::task::Poll::Ready(answer) => Some(answer),
        std::task::Poll::Pending => None,
    }
}

// ANCHOR: passed_on
fn passed_on() {
    let lock = Lock::new(());
    let held = lock.try_lock();
    let mut bo = pin!(lock.lock());
    {
        let mut ann = pin!(lock.lock());
        assert!(ask(ann.as_mut()).is_none() && ask(bo.as_mut()).is_none());
        drop(held); // wakes Ann, who was first
    } // and Ann has left
    println!("Bo has it: {}", ask(bo).is_some());
}
// ANCHOR_END: passed_on

// ANCHOR: abort
struct Apron;

impl Drop for Apron {
    fn drop(&mut self) {
        println!("hangs up the apron");
    }
}

fn aborted() {
    SimOwner::new(1).run(|rt| async move {
        let began = Arc::new(Event::new());
        let begins = Arc::clone(&began);
        let mut cook = rt.spawn(async move {
            let _apron = Apron;
            begins.set();
            std::future::pending::<()>().await;
            println!("never here");
        });
        began.wait().await;
        cook.abort(); // asks for it
        let error = cook.await.expect_err("it had no end"); // now it is gone
        println!("{}", if error.is_cancelled() { "cancelled" } else { "panicked" });
    });
}
// ANCHOR_END: abort

// ANCHOR: shield
fn left_to_itself() {
    SimOwner::new(1).run(|rt| async move {
        let (second, done) = (Duration::from_secs(1), Arc::new(Event::new()));
        let (clock, tells) = (rt.clone(), Arc::clone(&done));
        let payment = rt.spawn(async move {
            clock.sleep(5 * second).await; // must not be cut in half
            tells.set();
        });
        let paid = rt.timeout(second, payment).await; // drops the handle only
        println!("paid within a second: {}", paid.is_ok());
        done.wait().await;
        println!("paid");
    });
}
// ANCHOR_END: shield
