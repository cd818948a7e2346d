//! A crew of four workers, and those who submit to it.

use crate::engine::{
    Call, Closing, Crew, Lane, Me, Next, Outcome, Ready, Reason, Role, Task, Ticket, job,
};
use crate::sample;
use shuttle::future::block_on;
use shuttle::sync::atomic::{AtomicUsize, Ordering::SeqCst};
use shuttle::thread::{self, JoinHandle};
use std::future::poll_fn;
use std::panic::Location;
use std::sync::{Arc, Mutex};
use std::time::Duration;

struct Pool {
    crew: Crew,
    threads: Mutex<Vec<JoinHandle<()>>>,
    ran: AtomicUsize,
}

impl Pool {
    fn new(keep_alive: Duration) -> Arc<Self> {
        let crew = Crew::new(4, 4, 4, keep_alive);
        Arc::new(Self { crew, threads: Mutex::default(), ran: AtomicUsize::new(0) })
    }

    fn start(self: &Arc<Self>, role: Role) {
        let pool = Arc::clone(self);
        let index = self.threads.lock().unwrap().len();
        let thread = thread::spawn(move || {
            let mut me = Me::new(index, role);
            while let Next::Run(task) = pool.crew.next(&mut me, &|role| pool.start(role)) {
                task.run();
            }
        });
        self.threads.lock().unwrap().push(thread);
    }

    fn push(self: &Arc<Self>, task: Task, hint: usize) -> Result<(), Task> {
        let lane = [Lane::Normal, Lane::Normal, Lane::High, Lane::Low][hint % 4];
        if let Call::Start(role) = self.crew.push(task, lane, hint)? {
            self.start(role);
        }
        Ok(())
    }

    fn submit(self: &Arc<Self>, hint: usize) -> Ticket<usize> {
        let pool = Arc::clone(self);
        let run = move || {
            pool.ran.fetch_add(1, SeqCst);
            hint
        };
        let (task, ticket) = job(run, (), false, Location::caller());
        drop(self.push(task, hint)); // cancelled, if it comes back
        ticket
    }

    fn end(&self, how: Closing) {
        drop(self.crew.close(how));
        loop {
            let thread = self.threads.lock().unwrap().pop();
            let Some(thread) = thread else { break };
            thread.join().unwrap();
        }
        assert_eq!((self.crew.threads(), self.crew.queued()), ((0, 0), 0));
    }
}

fn wait(mut ticket: Ticket<usize>) -> Outcome<usize> {
    block_on(poll_fn(|cx| ticket.poll(cx.waker())))
}

fn submitters(
    pool: &Arc<Pool>,
    count: usize,
    each: impl Fn(&Arc<Pool>, usize) + Send + Copy + 'static,
) {
    let threads: Vec<_> = (0..count)
        .map(|at| {
            let pool = Arc::clone(pool);
            thread::spawn(move || each(&pool, at))
        })
        .collect();
    for thread in threads {
        thread.join().unwrap();
    }
}

#[test]
fn four_submit_to_four_workers() {
    sample(|| {
        let pool = Pool::new(Duration::MAX);
        submitters(&pool, 4, |pool, at| {
            for turn in 0..3 {
                let hint = 3 * at + turn;
                assert!(matches!(wait(pool.submit(hint)), Outcome::Value(value) if value == hint));
            }
        });
        pool.end(Closing::Drain);
        assert_eq!(pool.ran.load(SeqCst), 12);
    });
}

#[test]
fn four_submit_to_workers_that_come_and_go() {
    sample(|| {
        let pool = Pool::new(Duration::from_secs(1)); // passes by chance
        submitters(&pool, 4, |pool, at| {
            let tickets = [pool.submit(at), pool.submit(at + 1)];
            for ticket in tickets {
                assert!(matches!(wait(ticket), Outcome::Value(_)));
            }
        });
        pool.end(Closing::Drain);
        assert_eq!(pool.ran.load(SeqCst), 8);
    });
}

#[test]
fn four_submit_and_cancel_while_all_is_closed() {
    sample(|| {
        let pool = Pool::new(Duration::MAX);
        let told = Arc::new(AtomicUsize::new(0));
        let values = Arc::clone(&told);
        let threads: Vec<_> = (0..4)
            .map(|at| {
                let (pool, values) = (Arc::clone(&pool), Arc::clone(&values));
                thread::spawn(move || {
                    for turn in 0..3 {
                        let ticket = pool.submit(at + turn);
                        let cancelled = turn == 1 && ticket.cancel();
                        match wait(ticket) {
                            Outcome::Value(_) => {
                                assert!(!cancelled);
                                values.fetch_add(1, SeqCst);
                            }
                            outcome => {
                                assert!(matches!(outcome, Outcome::NotRun(Reason::Cancelled)));
                            }
                        }
                    }
                })
            })
            .collect();
        drop(pool.crew.close(Closing::Cancel));
        for thread in threads {
            thread.join().unwrap();
        }
        pool.end(Closing::Drain);
        assert_eq!(pool.ran.load(SeqCst), told.load(SeqCst), "ran, and was not told");
    });
}

#[test]
fn eight_jobs_come_as_completed() {
    sample(|| {
        let pool = Pool::new(Duration::MAX);
        let ready = Arc::new(Ready::new());
        let mut tickets: Vec<_> = (0..8).map(|at| pool.submit(at)).collect();
        for (key, ticket) in (0..).zip(&mut tickets) {
            ticket.listen(&ready, key);
        }
        let (mut seen, mut keys) = ([0; 8], Vec::new());
        while seen.iter().sum::<usize>() < 8 {
            ready.take_blocking(&mut keys);
            for key in keys.drain(..) {
                let key = key as usize;
                seen[key] += 1;
                let outcome = tickets[key].try_take().expect("it is over");
                assert!(matches!(outcome, Outcome::Value(value) if value == key));
            }
        }
        assert_eq!(seen, [1; 8]);
        pool.end(Closing::Drain);
    });
}
