//! Jobs and the crew that runs them: what `executor` is made of.

use super::{both, join, written};
use crate::engine::{
    Call, Closing, Crew, Detail, Extra, Lane, List, Me, Next, Outcome, Phase, Ready, Reason, Role,
    Task, Ticket, job, promise,
};
use crate::harness::Model;
use crate::wakers::{Bell, Token, block_on};
use loom::thread::{self, JoinHandle};
use std::future::poll_fn;
use std::panic::Location;
use std::sync::atomic::{AtomicUsize, Ordering::Relaxed};
use std::sync::{Arc, Mutex};
use std::time::Duration;

pub(super) const JOB_MODELS: &[Model] = written! { "job":
    value_reaches_its_ticket "what a job returns, and did before, reaches who waits; nothing leaks";
    seen_as_over "who only looks, and finds it over, sees what it did";
    last_side_frees "whichever side goes last frees it, after all that the other one did to it";
    dropped_task_cancels "a task that is dropped tells its ticket";
    dropped_ticket_detaches "a job whose ticket is dropped runs, and frees itself and its result once";
    cancel_against_run "cancelled or run, never both; the ticket says which";
    cancel_is_told_once "of two that cancel one is told so; the closure is dropped once";
    run_here_against_run "run by a worker or by who waits, once";
    waiter_takes_part "who waits runs it, or sleeps until it was run";
    waker_changes "polled again with another waker, that one is woken";
    polled_again "polled again while it ends, the value comes out once";
    given_up_while_it_ends "a ticket dropped after a poll leaves neither waker nor value";
    waker_that_polls "a waker that takes the value inline may free the job";
    deadline_against_cancel "refused or cancelled, once, and the reason is one of them";
    promise_is_kept "a settled promise reaches its ticket, and what was done before is seen";
    promise_is_broken @ 2 "a promise that is dropped, begun or not, tells its ticket";
    listen_while_it_ends "a job that ends while it is listened to is in the list once";
    completed_each_once @ 2 "of two jobs on two threads each comes out once, the finished ones first";
    then_is_run_once @ 2 "what comes after a job is run once, by who ends that or by who waits, with its value";
    then_against_cancel @ 2 "what comes after a job is run or cancelled; the job and both closures go";
    completed_then_dropped "a list that is dropped while its jobs end harms nobody";
};

pub(super) const CREW_MODELS: &[Model] = written! { "crew":
    idle_against_push @ 2 "a thread that goes to sleep while a task is pushed runs it";
    push_twice @ 2 "a task behind another one is run, though only one thread was woken";
    dependent_tasks @ 1 "a task that waits for one behind it does not keep it from a sleeping thread";
    two_pushers @ 1 "two that push at once: both tasks run, once each";
    two_threads_two_tasks @ 0 "with two threads and two shards each task runs once";
    submit_against_shutdown @ 2 "a task pushed while all is closed runs, or comes back";
    submit_against_cancel @ 2 "a task pushed while all is cancelled runs, is told so, or comes back";
    shutdown_cut_short "a shutdown that runs what is queued, and then cancels the rest: each task is over, once";
    shutdown_wakes_all @ 1 "every thread ends, sleeping, searching or starting";
    blocked_is_replaced @ 1 "a thread that waits for another job is replaced, and that job runs";
    pushed_at_once @ 2 "of two tasks that are pushed in one step both run, or come back";
    lanes_all_run @ 2 "tasks of each lane run";
    failed_start @ 1 "a thread that can't be started leaves its tasks to who asked for it";
    cancelled_in_queue @ 1 "a cancelled task in the queue costs nothing but its place";
    stuck_crew_grows @ 1 "with all threads stuck another one is started for what is queued";
    sleeper_is_called @ 0 "a thread that slept while another searched is called when that one is stuck";
    idle_too_long @ 2 "a thread that ends as it was idle for long leaves no task behind";
};

/// A job in a model: `anyone` may run it.
fn made<T: Send + 'static>(f: impl FnOnce() -> T + Send + 'static) -> (Task, Ticket<T>) {
    job(f, (), true, Location::caller())
}

fn wait<T>(ticket: &mut Ticket<T>) -> Outcome<T> {
    block_on(poll_fn(|cx| ticket.poll(cx.waker())))
}

fn value<T>(outcome: Outcome<T>) -> T {
    let Outcome::Value(value) = outcome else { panic!("it has no value") };
    value
}

fn is_cancelled<T>(outcome: &Outcome<T>) -> bool {
    matches!(outcome, Outcome::NotRun(Reason::Cancelled))
}

/// Something written without any ordering, to be seen through what the model is about.
struct Note(loom::cell::UnsafeCell<u32>);

// SAFETY: the models show that it is written before it is read; loom sees it if that is wrong.
unsafe impl Send for Note {}
// SAFETY: as above.
unsafe impl Sync for Note {}

impl Note {
    fn new() -> Arc<Self> {
        Arc::new(Self(loom::cell::UnsafeCell::new(0)))
    }

    fn write(&self) {
        // SAFETY: as above.
        self.0.with_mut(|note| unsafe { *note += 7 });
    }

    fn read(&self) {
        // SAFETY: as above.
        assert_eq!(self.0.with(|note| unsafe { *note }), 7);
    }
}

fn value_reaches_its_ticket() {
    let (note, token) = (Note::new(), Token::new());
    let (inside, kept) = (Arc::clone(&note), token.clone());
    let (task, mut ticket) = made(move || {
        inside.write();
        kept
    });
    let ran = both(
        move || task.run().is_some(),
        || {
            let _value = value(wait(&mut ticket));
            note.read();
        },
    );
    assert!(ran.0 && token.count() == 1);
}

fn seen_as_over() {
    let note = Note::new();
    let inside = Arc::clone(&note);
    let (task, ticket) = made(move || inside.write());
    both(
        move || task.run().is_some(),
        || {
            if ticket.is_over() {
                note.read();
            }
        },
    );
}

/// A detail that both sides look at, and that the end of the job changes.
struct Watched(Note, #[expect(dead_code, reason = "counted")] Token);

impl Detail for Watched {
    const IS_EXTRA: bool = true;

    fn extra(&self) -> Option<&Extra> {
        self.0.0.with(|_| None)
    }
}

impl Drop for Watched {
    fn drop(&mut self) {
        self.0.write();
    }
}

fn last_side_frees() {
    let token = Token::new();
    let detail = Watched(Note(loom::cell::UnsafeCell::new(0)), token.clone());
    let (task, mut ticket) = job(|| 5, detail, true, Location::caller());
    both(
        move || {
            assert!(task.extra().is_none());
            task.run().is_some()
        },
        || {
            ticket.run_here();
            assert!(ticket.extra().is_none());
            ticket.try_take().map(value);
            drop(ticket);
        },
    );
    assert_eq!(token.count(), 1, "it was not freed");
}

fn dropped_task_cancels() {
    let token = Token::new();
    let inside = token.clone();
    let (task, mut ticket) = made(move || drop(inside));
    both(move || drop(task), || assert!(is_cancelled(&wait(&mut ticket))));
    assert_eq!(token.count(), 1);
}

fn dropped_ticket_detaches() {
    let (note, token) = (Note::new(), Token::new());
    let (inside, kept) = (Arc::clone(&note), token.clone());
    let (task, ticket) = made(move || {
        inside.write();
        kept
    });
    assert!(both(move || task.run().is_some(), || drop(ticket)).0);
    note.read();
    assert_eq!(token.count(), 1);
}

fn cancel_against_run() {
    let (note, token) = (Note::new(), Token::new());
    let (inside, kept) = (Arc::clone(&note), token.clone());
    let (task, mut ticket) = made(move || {
        inside.write();
        drop(kept);
    });
    let (ran, cancelled) = both(
        move || task.run().is_some(),
        || {
            let cancelled = ticket.cancel();
            let outcome = wait(&mut ticket);
            assert_eq!(cancelled, is_cancelled(&outcome));
            if !cancelled {
                note.read();
            }
            cancelled
        },
    );
    assert!(ran != cancelled && token.count() == 1);
}

fn cancel_is_told_once() {
    let token = Token::new();
    let inside = token.clone();
    let (task, ticket) = made(move || drop(inside));
    let ticket = Arc::new(ticket);
    let other = Arc::clone(&ticket);
    let (a, b) = both(move || other.cancel(), || ticket.cancel());
    assert!(a != b && token.count() == 1);
    assert_eq!(ticket.phase(), Phase::Cancelled);
    drop(task);
}

fn run_here_against_run() {
    let (note, token) = (Note::new(), Token::new());
    let (inside, kept) = (Arc::clone(&note), token.clone());
    let (task, mut ticket) = made(move || {
        inside.write();
        kept
    });
    let (ran, here) = both(
        move || task.run().is_some(),
        || {
            let here = ticket.run_here();
            if let Some(outcome) = ticket.try_take() {
                drop(value(outcome));
                note.read();
            }
            here
        },
    );
    assert!(ran != here);
    drop(ticket);
    assert_eq!(token.count(), 1);
}

fn waiter_takes_part() {
    let note = Note::new();
    let inside = Arc::clone(&note);
    let (task, mut ticket) = made(move || inside.write());
    both(
        move || task.run().is_some(),
        || {
            ticket.run_here();
            value(wait(&mut ticket));
            note.read();
        },
    );
}

fn waker_changes() {
    let (task, mut ticket) = made(|| 5);
    let (old, new) = (Bell::new(), Bell::new());
    assert!(ticket.poll(&old.waker()).is_pending());
    let ready = both(move || task.run().is_some(), || ticket.poll(&new.waker()).is_ready()).1;
    assert!(ready || new.rung() == 1, "the waker of the last poll was not woken");
    assert!(ready || ticket.poll(&new.waker()).is_ready());
}

fn polled_again() {
    let (task, mut ticket) = made(|| 5);
    let bell = Bell::new();
    let mut taken = Vec::new();
    let polls = || {
        for _ in 0..2 {
            if taken.is_empty()
                && let std::task::Poll::Ready(outcome) = ticket.poll(&bell.waker())
            {
                taken.push(value(outcome));
            }
        }
    };
    both(move || task.run().is_some(), polls);
    assert!(!taken.is_empty() || bell.rung() == 1);
}

fn given_up_while_it_ends() {
    let token = Token::new();
    let kept = token.clone();
    let (task, mut ticket) = made(move || kept);
    let bell = Bell::new();
    let gives_up = || {
        let _ = ticket.poll(&bell.waker()).is_ready();
        drop(ticket);
    };
    both(move || task.run().is_some(), gives_up);
    assert_eq!((token.count(), Arc::strong_count(&bell)), (1, 1));
}

fn waker_that_polls() {
    let token = Token::new();
    let kept = token.clone();
    let (task, ticket) = made(move || kept);
    let ticket = Arc::new(Mutex::new(Some(ticket)));
    let inline = Arc::clone(&ticket);
    let bell = Bell::with(move || {
        let mut ticket = inline.lock().unwrap().take().expect("it is woken once");
        drop(value(ticket.try_take().expect("it is over")));
    });
    let mut waiting = ticket.lock().unwrap();
    if waiting.as_mut().unwrap().poll(&bell.waker()).is_ready() {
        unreachable!("nobody has run it");
    }
    drop(waiting);
    // Another thread looks meanwhile, as one that waits for all of them does.
    let looks = thread::spawn(move || task.run().is_some());
    assert!(join(looks));
    assert!(ticket.lock().unwrap().is_none() && token.count() == 1);
    let (task, mut ticket) = made(|| 5);
    both(move || task.run().is_some(), || value(wait(&mut ticket)));
}

fn deadline_against_cancel() {
    let token = Token::new();
    let inside = token.clone();
    let (task, mut ticket) = made(move || drop(inside));
    let (expired, cancelled) = both(
        move || task.refuse(Reason::Expired),
        || {
            let cancelled = ticket.cancel();
            let outcome = wait(&mut ticket);
            assert_eq!(cancelled, is_cancelled(&outcome));
            assert_eq!(!cancelled, matches!(outcome, Outcome::NotRun(Reason::Expired)));
            cancelled
        },
    );
    assert!(expired != cancelled && token.count() == 1);
}

fn promise_is_kept() {
    let (note, token) = (Note::new(), Token::new());
    let (inside, kept) = (Arc::clone(&note), token.clone());
    let (promise, mut ticket) = promise((), Location::caller());
    both(
        move || {
            let begun = promise.begin().expect("nobody cancels it");
            inside.write();
            begun.settle(Ok(kept));
        },
        || {
            drop(value(wait(&mut ticket)));
            note.read();
        },
    );
    assert_eq!(token.count(), 1);
}

fn promise_is_broken() {
    let (first, mut ticket) = promise::<Token, ()>((), Location::caller());
    both(move || drop(first), || assert!(is_cancelled(&wait(&mut ticket))));
    let (second, mut ticket) = promise::<Token, ()>((), Location::caller());
    let breaks = move || second.begin().is_some();
    let (begun, cancelled) = both(breaks, || {
        let cancelled = ticket.cancel();
        assert!(is_cancelled(&wait(&mut ticket)));
        cancelled
    });
    assert!(begun != cancelled);
}

/// Takes the keys that have come.
fn taken(ready: &Ready) -> Vec<u32> {
    let mut keys = Vec::new();
    ready.take_blocking(&mut keys);
    keys
}

fn listen_while_it_ends() {
    let note = Note::new();
    let inside = Arc::clone(&note);
    let (task, mut ticket) = made(move || inside.write());
    let ready = Arc::new(Ready::new());
    both(
        move || task.run().is_some(),
        || {
            ticket.listen(&ready, 3);
            assert_eq!(taken(&ready), [3]);
            value(ticket.try_take().expect("it is over"));
            note.read();
        },
    );
    let mut none = Vec::new();
    assert!(!ready.take_within_blocking(&mut none, Duration::ZERO));
}

fn completed_each_once() {
    let ready = Arc::new(Ready::new());
    ready.reserve(2);
    let mut tickets = Vec::new();
    let mut threads = Vec::new();
    for key in 0..2 {
        let (task, mut ticket) = made(move || key);
        ticket.listen(&ready, key);
        tickets.push(ticket);
        threads.push(thread::spawn(move || task.run().is_some()));
    }
    let mut seen = Vec::new();
    while seen.len() < 2 {
        for key in taken(&ready) {
            let ticket: &mut Ticket<u32> = &mut tickets[key as usize];
            assert_eq!(value(ticket.try_take().expect("it is over")), key);
            seen.push(key);
        }
    }
    threads.into_iter().for_each(|thread| assert!(join(thread)));
    seen.sort_unstable();
    assert_eq!(seen, [0, 1]);
}

fn then_is_run_once() {
    let (note, token) = (Note::new(), Token::new());
    let (inside, kept) = (Arc::clone(&note), token.clone());
    let (task, ticket) = made(move || inside.write());
    let seen = Arc::clone(&note);
    let after = move |mut before: Ticket<()>| {
        value(wait(&mut before));
        seen.read();
        kept
    };
    both(
        move || task.run().is_some(),
        || {
            let mut after = ticket.then(after, ());
            after.run_here();
            drop(value(wait(&mut after)));
            note.read();
        },
    );
    assert_eq!(token.count(), 1);
}

fn then_against_cancel() {
    let token = Token::new();
    let (inside, kept) = (token.clone(), token.clone());
    let (task, ticket) = made(move || inside);
    let mut after = ticket.then(move |mut before| drop((value(wait(&mut before)), kept)), ());
    let (ran, cancelled) = both(
        move || task.run().is_some(),
        || {
            let cancelled = after.cancel();
            assert_eq!(cancelled, is_cancelled(&wait(&mut after)));
            cancelled
        },
    );
    assert!(ran || cancelled);
    assert_eq!(token.count(), 1);
}

fn completed_then_dropped() {
    let token = Token::new();
    let kept = token.clone();
    let (task, mut ticket) = made(move || kept);
    let ready = Arc::new(Ready::new());
    ticket.listen(&ready, 0);
    both(
        move || task.run().is_some(),
        || {
            drop(ready);
            drop(ticket);
        },
    );
    assert_eq!(token.count(), 1);
}

// The crew.

/// A crew with the threads that it has started.
struct Pool {
    crew: Crew,
    threads: Mutex<Vec<JoinHandle<()>>>,
    started: AtomicUsize,
    /// Starts that fail.
    refuses: usize,
}

impl Pool {
    fn new(shards: usize, base: u32, max: u32) -> Arc<Self> {
        Self::with(shards, base, max, 0)
    }

    fn with(shards: usize, base: u32, max: u32, refuses: usize) -> Arc<Self> {
        let crew = Crew::new(shards, base, max, Duration::MAX);
        Arc::new(Self { crew, threads: Mutex::default(), started: AtomicUsize::new(0), refuses })
    }

    fn start(self: &Arc<Self>, role: Role) {
        let index = self.started.fetch_add(1, Relaxed);
        if index < self.refuses {
            if self.crew.not_started(role) {
                while let Some(task) = self.crew.take_any() {
                    task.run();
                }
            }
            return;
        }
        let pool = Arc::clone(self);
        let thread = thread::spawn(move || {
            let mut me = Me::new(index, role);
            while let Next::Run(task) = pool.crew.next(&mut me, &|role| pool.start(role)) {
                task.run();
            }
        });
        self.threads.lock().unwrap().push(thread);
    }

    fn push(self: &Arc<Self>, task: Task, lane: Lane, hint: usize) -> Result<(), Task> {
        if let Call::Start(role) = self.crew.push(task, lane, hint)? {
            self.start(role);
        }
        Ok(())
    }

    fn submit<T: Send + 'static>(
        self: &Arc<Self>,
        f: impl FnOnce() -> T + Send + 'static,
    ) -> Ticket<T> {
        let (task, ticket) = job(f, (), false, Location::caller());
        self.push(task, Lane::Normal, 0).expect("it is open");
        ticket
    }

    /// Ends it, and waits for its threads.
    fn end(&self, how: Closing) -> usize {
        let left: usize = self.crew.close(how).into_iter().map(Iterator::count).sum();
        loop {
            let thread = self.threads.lock().unwrap().pop();
            let Some(thread) = thread else { break };
            join(thread);
        }
        assert_eq!((self.crew.threads(), self.crew.queued()), ((0, 0), 0));
        left
    }
}

fn idle_against_push() {
    let pool = Pool::new(1, 1, 1);
    value(wait(&mut pool.submit(|| 1)));
    // Its thread is on its way to sleep.
    value(wait(&mut pool.submit(|| 2)));
    pool.end(Closing::Drain);
}

fn push_twice() {
    let pool = Pool::new(1, 1, 1);
    let mut tickets = [pool.submit(|| 1), pool.submit(|| 2)];
    tickets.iter_mut().for_each(|ticket| assert!(matches!(wait(ticket), Outcome::Value(_))));
    pool.end(Closing::Drain);
}

fn dependent_tasks() {
    let pool = Pool::new(1, 2, 2);
    let (last, mut result) = made(|| 3);
    let mut first = pool.submit(move || value(wait(&mut result)));
    pool.push(last, Lane::Normal, 0).expect("it is open");
    assert_eq!(value(wait(&mut first)), 3);
    pool.end(Closing::Drain);
}

fn two_pushers() {
    let pool = Pool::new(1, 1, 1);
    let other = Arc::clone(&pool);
    let (a, b) =
        both(move || value(wait(&mut other.submit(|| 1))), || value(wait(&mut pool.submit(|| 2))));
    assert_eq!((a, b), (1, 2));
    pool.end(Closing::Drain);
}

fn two_threads_two_tasks() {
    let pool = Pool::new(2, 2, 2);
    let mut tickets = Vec::new();
    for hint in 0..2 {
        let (task, ticket) = made(move || hint);
        pool.push(task, Lane::Normal, hint).expect("it is open");
        tickets.push(ticket);
    }
    for (at, ticket) in tickets.iter_mut().enumerate() {
        assert_eq!(value(wait(ticket)), at);
    }
    pool.end(Closing::Drain);
}

fn submit_against_shutdown() {
    let pool = Pool::new(1, 1, 1);
    let other = Arc::clone(&pool);
    let token = Token::new();
    let kept = token.clone();
    let (task, mut ticket) = made(move || drop(kept));
    let (refused, _) = both(
        move || other.push(task, Lane::Normal, 0).is_err(),
        || pool.crew.close(Closing::Drain).len(),
    );
    assert_eq!(refused, is_cancelled(&wait(&mut ticket)));
    assert_eq!(pool.end(Closing::Drain), 0);
    assert_eq!(token.count(), 1);
}

fn submit_against_cancel() {
    let pool = Pool::new(1, 1, 1);
    let other = Arc::clone(&pool);
    let (task, mut ticket) = made(|| ());
    let (refused, left) = both(
        move || other.push(task, Lane::Normal, 0).is_err(),
        || pool.crew.close(Closing::Cancel).into_iter().map(Iterator::count).sum::<usize>(),
    );
    let cancelled = is_cancelled(&wait(&mut ticket));
    assert_eq!(cancelled, refused || left == 1);
    pool.end(Closing::Drain);
}

fn shutdown_cut_short() {
    let pool = Pool::new(1, 1, 1);
    let tickets = [pool.submit(|| 1), pool.submit(|| 2)];
    assert!(pool.crew.close(Closing::Drain).is_empty());
    let left = pool.end(Closing::Cancel);
    let cancelled = tickets.iter().filter(|ticket| ticket.phase() == Phase::Cancelled).count();
    assert_eq!(cancelled, left);
    assert!(tickets.iter().all(Ticket::is_over));
}

fn shutdown_wakes_all() {
    let pool = Pool::new(1, 2, 2);
    let tickets = [pool.submit(|| 1), pool.submit(|| 2)];
    pool.end(Closing::Drain);
    for ticket in tickets {
        assert_eq!(ticket.phase(), Phase::Value);
    }
}

fn blocked_is_replaced() {
    let pool = Pool::new(1, 1, 1);
    let inside = Arc::clone(&pool);
    let mut outer = pool.submit(move || {
        let mut inner = inside.submit(|| 4);
        assert!(inside.crew.block(&|role| inside.start(role)));
        let inner = value(wait(&mut inner));
        inside.crew.unblock();
        inner
    });
    assert_eq!(value(wait(&mut outer)), 4);
    pool.end(Closing::Drain);
}

fn pushed_at_once() {
    let pool = Pool::new(1, 1, 1);
    let other = Arc::clone(&pool);
    let (mut list, mut tickets) = (List::new(), Vec::new());
    for n in 0..2 {
        let (task, ticket) = made(move || n);
        list.push_back(task);
        tickets.push(ticket);
    }
    let push = move || match other.crew.push_all(list, Lane::Normal, 0) {
        Ok(call) => {
            if let Call::Start(role) = call {
                other.start(role);
            }
            true
        }
        Err(_refused) => false,
    };
    let (taken, _) = both(push, || pool.crew.close(Closing::Drain).len());
    for ticket in &mut tickets {
        assert_eq!(taken, !is_cancelled(&wait(ticket)));
    }
    pool.end(Closing::Drain);
}

fn lanes_all_run() {
    let pool = Pool::new(1, 1, 1);
    let mut tickets = Vec::new();
    for lane in [Lane::Low, Lane::High] {
        let (task, ticket) = made(move || lane);
        pool.push(task, lane, 0).expect("it is open");
        tickets.push(ticket);
    }
    tickets.iter_mut().for_each(|ticket| assert!(matches!(wait(ticket), Outcome::Value(_))));
    pool.end(Closing::Drain);
}

fn failed_start() {
    let pool = Pool::with(1, 1, 1, 1);
    let other = Arc::clone(&pool);
    let (a, b) =
        both(move || value(wait(&mut other.submit(|| 1))), || value(wait(&mut pool.submit(|| 2))));
    assert_eq!((a, b), (1, 2));
    pool.end(Closing::Drain);
}

fn cancelled_in_queue() {
    let pool = Pool::new(1, 1, 1);
    let mut cancelled = pool.submit(|| 1);
    let mut runs = pool.submit(|| 2);
    if cancelled.cancel() {
        assert!(is_cancelled(&wait(&mut cancelled)));
    } else {
        assert_eq!(value(wait(&mut cancelled)), 1);
    }
    assert_eq!(value(wait(&mut runs)), 2);
    pool.end(Closing::Drain);
}

fn stuck_crew_grows() {
    let pool = Pool::new(1, 1, 3);
    let (last, mut result) = made(|| 3);
    // It does not say that it waits: only the watcher can see it.
    let mut first = pool.submit(move || value(wait(&mut result)));
    pool.push(last, Lane::Normal, 0).expect("it is open");
    assert_eq!(value(wait(&mut first)), 3);
    pool.end(Closing::Drain);
}

/// A job that is stuck until another one is run.
struct Stuck {
    entered: Ticket<()>,
    leave: Task,
    ticket: Ticket<()>,
}

impl Stuck {
    fn submit(pool: &Arc<Pool>) -> Self {
        let ((enter, entered), (leave, mut left)) = (made(|| ()), made(|| ()));
        let ticket = pool.submit(move || {
            enter.run();
            value(wait(&mut left));
        });
        Self { entered, leave, ticket }
    }
}

fn sleeper_is_called() {
    let pool = Pool::new(1, 2, 2);
    let mut first = Stuck::submit(&pool);
    value(wait(&mut first.entered));
    // Somebody is to search, but is not there yet when the first thread finds nothing more.
    let (task, mut second) = made(|| ());
    let call = pool.crew.push(task, Lane::Normal, 0).expect("it is open");
    first.leave.run();
    value(wait(&mut second));
    // It finds this, and no more.
    let mut third = Stuck::submit(&pool);
    if let Call::Start(role) = call {
        pool.start(role);
    }
    value(wait(&mut third.entered));
    let mut fourth = pool.submit(|| ());
    value(wait(&mut fourth));
    third.leave.run();
    value(wait(&mut first.ticket));
    value(wait(&mut third.ticket));
    pool.end(Closing::Drain);
}

fn idle_too_long() {
    let crew = Crew::new(1, 1, 1, Duration::ZERO);
    let pool = Arc::new(Pool {
        crew,
        threads: Mutex::default(),
        started: AtomicUsize::new(0),
        refuses: 0,
    });
    value(wait(&mut pool.submit(|| 1)));
    value(wait(&mut pool.submit(|| 2)));
    pool.end(Closing::Drain);
}
