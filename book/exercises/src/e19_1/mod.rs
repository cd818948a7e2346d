//! A load generator that hides what it should show, in the simulator's time.

use std::future::Future;
use std::sync::Arc;
use std::time::{Duration, Instant};

use anyrt::prelude::*;
use anyrt::sync::Lock;
use anyrt::{Sim, SimOwner};

use crate::Exercise;

mod solution;
mod yours;

pub(crate) const EXERCISE: Exercise = Exercise {
    id: "19.1",
    title: "a benchmark that lies",
    file: "e19_1/yours.rs",
    hint: "the clients of a server don't wait for each other. Request n is due at the start and n periods, \
           whatever became of those before; its latency counts from then",
    yours: || check(yours::latencies),
    solution: || check(solution::latencies),
};

/// How many requests are to be sent.
pub(crate) const REQUESTS: u32 = 500;
/// One in each.
pub(crate) const PERIOD: Duration = Duration::from_millis(10);

const WORK: Duration = Duration::from_millis(1);
const STALL: Duration = Duration::from_secs(1);

/// Answers one request at a time, in a millisecond; and once, after three tenths of a second, it stalls
/// for a second: a garbage collection, a task that blocks, a full disk.
pub(crate) struct Server {
    rt: Sim,
    start: Instant,
    busy: Lock<()>,
}

impl Server {
    fn new(rt: Sim) -> Self {
        Self { start: rt.now(), rt, busy: Lock::fair(()) }
    }

    /// Sends a request, and waits for its answer.
    pub(crate) async fn ask(&self) {
        let _one_at_a_time = self.busy.lock().await;
        let stall = self.start + Duration::from_millis(300);
        if (stall..stall + STALL).contains(&self.rt.now()) {
            self.rt.sleep_until(Some(stall + STALL)).await;
        }
        self.rt.sleep(WORK).await;
    }
}

fn check<F, Fut>(latencies: F)
where
    F: FnOnce(Sim, Arc<Server>) -> Fut,
    Fut: Future<Output = Vec<Duration>>,
{
    let sim = SimOwner::new(1);
    let rt = sim.handle();
    let server = Arc::new(Server::new(rt.clone()));
    let mut took = sim.block_on(latencies(rt, server));
    assert!(
        took.len() == REQUESTS as usize,
        "{} latencies of {REQUESTS} requests",
        took.len()
    );
    took.sort_unstable();
    let [p50, p99] = [50, 99].map(|percent| took[took.len() * percent / 100]);
    let slow =
        took.iter().filter(|took| **took > Duration::from_millis(100)).count();
    let said = format!(
        "you report: p50 {p50:?}, p99 {p99:?}, and {slow} requests that took more than 100ms"
    );
    assert!(
        slow >= 90,
        "{said}. The server stood still for a second, in which a hundred clients came. Where are \
         they?"
    );
    assert!(
        slow <= 110 && took[took.len() - 1] <= STALL + 2 * WORK,
        "{said}. That is too bad: nobody has waited for longer than {STALL:?}, and only who came \
         in that second waited for long"
    );
    println!("{said}");
}
