//! The suite itself under test: backends with one fault each, which the clause's test must find.

use std::future::{Future, ready};
use std::panic::{AssertUnwindSafe, catch_unwind};
use std::pin::Pin;
use std::task::{Context, Poll, Waker};
use std::thread;
use std::time::{Duration, Instant};

use anyrt::family::Portable;
use anyrt::prelude::*;
use anyrt::testing::{check, check_within, conformance as suite};
use anyrt::{JoinError, TaskHandle, Threads, ThreadsOwner};
use smol::channel::{Sender, bounded};

#[derive(Debug, Clone, Copy, PartialEq)]
enum Fault {
    /// The control: the same backend as it should be.
    Faultless,
    SpawnNeedsContext,
    StartsWhenAwaited,
    DropAborts,
    DropLeaks,
    AwaitUnwinds,
    AbortResolvesAtOnce,
    AbortBeatsTheValue,
    AbortNeedsAnAwait,
    NeverFinished,
    FinishedWhenAborted,
    FirstWakerOnly,
    BlocksTheWorker,
    NeverIsNow,
    SleepsShort,
    SleepKeepsFirstWaker,
    PassedDeadlinesWait,
    NoTurns,
    NestedBlockOn,
    SwallowsPanics,
    ShutdownResolvesAtOnce,
    CancelledHangs,
}
use Fault::*;

struct Owner(ThreadsOwner, Fault);

impl Owner {
    fn with(fault: Fault) -> Self {
        Self(ThreadsOwner::builder().workers(1).build().unwrap(), fault)
    }
}

#[derive(Debug, Clone)]
struct Handle(Threads, Fault);

impl Spawn for Handle {
    type JoinHandle<T: Send + 'static> = Join<T>;

    fn spawn<F>(&self, future: F) -> Join<F::Output>
    where
        F: Future + Send + 'static,
        F::Output: Send + 'static,
    {
        let has_context = thread::current().name().is_some();
        assert!(self.1 != SpawnNeedsContext || has_context, "no runtime on this thread");
        if self.1 == StartsWhenAwaited {
            let (open, opened) = bounded::<()>(1);
            let task = self.0.spawn(async move {
                let _open_or_dropped = opened.recv().await;
                future.await
            });
            let mut join = Join::new(task, self.1);
            join.start = Some(open);
            return join;
        }
        Join::new(self.0.spawn(future), self.1)
    }
}

impl SpawnBlocking for Handle {
    type BlockingHandle<T: Send + 'static> = Join<T>;

    fn spawn_blocking<F, T>(&self, f: F) -> Join<T>
    where
        F: FnOnce() -> T + Send + 'static,
        T: Send + 'static,
    {
        let job = match self.1 {
            BlocksTheWorker => Box::new(self.0.spawn(async { f() })) as Task<T>,
            _ => Box::new(self.0.spawn_blocking(f)),
        };
        Join::boxed(job, self.1)
    }
}

impl Timer for Handle {
    type Sleep = Pin<Box<dyn Future<Output = ()> + Send + Sync>>;

    fn now(&self) -> Instant {
        self.0.now()
    }

    fn sleep_until(&self, at: Option<Instant>) -> Self::Sleep {
        let passed = at.is_some_and(|at| at <= self.now());
        match self.1 {
            NeverIsNow if at.is_none() => Box::pin(ready(())),
            SleepsShort => {
                let short = at.and_then(|at| at.checked_sub(Duration::from_micros(300)));
                Box::pin(self.0.sleep_until(short))
            }
            PassedDeadlinesWait if passed => Box::pin(self.0.sleep(Duration::from_secs(3600))),
            NoTurns if passed => Box::pin(ready(())),
            SleepKeepsFirstWaker => {
                Box::pin(FirstWaker { future: Box::pin(self.0.sleep_until(at)), waker: None })
            }
            _ => Box::pin(self.0.sleep_until(at)),
        }
    }
}

impl Runtime for Handle {
    type Sync = Portable;

    fn name(&self) -> &'static str {
        "faulty"
    }
}

/// Registers no waker but the first.
struct FirstWaker<F> {
    future: F,
    waker: Option<Waker>,
}

impl<F: Future + Unpin> Future for FirstWaker<F> {
    type Output = F::Output;

    fn poll(mut self: Pin<&mut Self>, cx: &mut Context<'_>) -> Poll<F::Output> {
        let waker = self.waker.get_or_insert_with(|| cx.waker().clone()).clone();
        Pin::new(&mut self.future).poll(&mut Context::from_waker(&waker))
    }
}

/// A task or a blocking job.
type Task<T> = Box<dyn JoinHandle<T> + Send + Sync>;

struct Join<T: Send + 'static> {
    task: Option<FirstWaker<Task<T>>>,
    fault: Fault,
    aborted: bool,
    start: Option<Sender<()>>,
}

impl<T: Send + 'static> Join<T> {
    fn new(task: TaskHandle<T>, fault: Fault) -> Self {
        Self::boxed(Box::new(task), fault)
    }

    fn boxed(task: Task<T>, fault: Fault) -> Self {
        let task = Some(FirstWaker { future: task, waker: None });
        Self { task, fault, aborted: false, start: None }
    }

    fn task(&mut self) -> &mut FirstWaker<Task<T>> {
        self.task.as_mut().unwrap()
    }
}

impl<T: Send + 'static> Future for Join<T> {
    type Output = Result<T, JoinError>;

    fn poll(mut self: Pin<&mut Self>, cx: &mut Context<'_>) -> Poll<Self::Output> {
        drop(self.start.take());
        let (fault, aborted) = (self.fault, self.aborted);
        let task = self.task();
        match fault {
            AbortResolvesAtOnce if aborted => return Poll::Ready(Err(JoinError::Cancelled)),
            AbortNeedsAnAwait if aborted => task.future.abort(),
            _ => {}
        }
        let polled = match fault {
            FirstWakerOnly => Pin::new(task).poll(cx),
            _ => Pin::new(&mut task.future).poll(cx),
        };
        match polled {
            Poll::Ready(Ok(_)) if fault == AbortBeatsTheValue && aborted => {
                Poll::Ready(Err(JoinError::Cancelled))
            }
            Poll::Ready(Err(error)) if fault == AwaitUnwinds => error.resume(),
            Poll::Ready(Err(JoinError::Cancelled)) if fault == CancelledHangs => Poll::Pending,
            polled => polled,
        }
    }
}

impl<T: Send + 'static> JoinHandle<T> for Join<T> {
    fn abort(&mut self) {
        self.aborted = true;
        if self.fault != AbortNeedsAnAwait {
            self.task().future.abort();
        }
    }

    fn is_finished(&self) -> bool {
        match self.fault {
            NeverFinished => false,
            FinishedWhenAborted if self.aborted => true,
            _ => self.task.as_ref().unwrap().future.is_finished(),
        }
    }
}

impl<T: Send + 'static> Drop for Join<T> {
    fn drop(&mut self) {
        match self.fault {
            DropAborts => self.task().future.abort(),
            DropLeaks => std::mem::forget(self.task.take()),
            _ => {}
        }
    }
}

impl BlockOn for Owner {
    type Handle = Handle;

    fn handle(&self) -> Handle {
        Handle(self.0.handle(), self.1)
    }

    fn block_on<F: Future>(&self, future: F) -> F::Output {
        match self.1 {
            NestedBlockOn => smol::future::block_on(future),
            SwallowsPanics => catch_unwind(AssertUnwindSafe(|| self.0.block_on(future)))
                .unwrap_or_else(|_| panic!("something went wrong")),
            _ => self.0.block_on(future),
        }
    }
}

impl Shutdown for Owner {
    type Done = Pin<Box<dyn Future<Output = ()> + Send>>;

    fn shutdown(self) -> Self::Done {
        match self.1 {
            ShutdownResolvesAtOnce => {
                drop(self.0.shutdown());
                Box::pin(ready(()))
            }
            _ => Box::pin(self.0.shutdown()),
        }
    }

    fn shutdown_blocking(self) {
        self.0.shutdown_blocking();
    }
}

/// For each fault the tests that must find it; without the fault they must pass.
macro_rules! bites {
    ($($fault:ident { $($group:ident :: $test:ident)* })*) => {$(
        #[allow(non_snake_case, reason = "named after the fault")]
        mod $fault {
            use super::*;
            $(#[test]
            fn $test() {
                let (name, test) = (stringify!($test), suite::$group::$test);
                check(name, || Owner::with(Fault::Faultless), test);
                // Patience for what is found by a hang; a fault that is not found fails us at once.
                let patience = Duration::from_millis(1_500);
                let found = catch_unwind(|| {
                    check_within(patience, name, || Owner::with(Fault::$fault), test);
                });
                assert!(found.is_err(), "`{name}` does not find {:?}", Fault::$fault);
            })*
        }
    )*};
}

bites! {
    SpawnNeedsContext { spawn::spawn_1_from_a_plain_thread }
    StartsWhenAwaited { spawn::spawn_2_runs_without_an_await spawn::spawn_2_runs_without_block_on }
    DropAborts {
        join::join_1_a_dropped_handle_detaches
        join::join_1_detach_detaches
        blocking::block_1_a_thousand_dropped_handles_all_run
    }
    DropLeaks { handle::join_8_a_detached_task_leaks_nothing blocking::join_8_a_detached_job_leaks_nothing }
    AwaitUnwinds {
        join::join_2_a_panic_is_a_value
        join::join_2_an_awaiting_task_does_not_unwind
        blocking::block_2_a_panic_is_a_value
    }
    AbortResolvesAtOnce {
        join::join_3_when_the_drop_is_slow
        join::join_3_abort_during_a_poll
        join::join_4_a_finished_body_beats_a_late_abort
        blocking::block_4_abort_of_a_running_job
    }
    AbortBeatsTheValue {
        join::join_4_a_finished_body_beats_a_late_abort
        blocking::block_4_a_finished_job_beats_a_late_abort
    }
    AbortNeedsAnAwait {
        handle::join_5_abort_and_drop_the_handle
        handle::join_5_abort_and_keep_the_handle
        handle::join_6_its_drop_aborts
        flow::flow_1_an_aborted_task_drops_its_half
        flow::flow_2_an_aborted_task_gives_its_slot_back
        flow::flow_5_join_when_consumers_fail
    }
    NeverFinished { handle::join_7_becomes_true_and_stays_true handle::join_7_of_a_panicked_task }
    FinishedWhenAborted { handle::join_7_false_until_the_drop }
    FirstWakerOnly {
        handle::join_9_wakes_the_waker_of_its_last_poll
        handle::join_9_moves_between_executors
        blocking::join_9_a_jobs_handle_moves_between_executors
    }
    BlocksTheWorker { blocking::block_3_slow_jobs_do_not_stall_tasks }
    NeverIsNow { time::time_2_the_longest_sleeps_pend time::time_2_the_longest_timeout }
    SleepsShort {
        time::time_3_a_sleep_is_never_early
        time::time_3_sleeps_side_by_side_are_never_early
        interval::time_3_a_tick_is_never_early
    }
    SleepKeepsFirstWaker { time::time_1_a_sleep_moves_between_executors }
    PassedDeadlinesWait {
        time::time_4_a_passed_deadline_is_ready
        interval::time_5_the_first_tick_is_immediate
    }
    NoTurns { coop::coop_1_sleeps_of_zero coop::coop_1_sleeps_until_the_past }
    NestedBlockOn { enter::enter_1_inside_block_on }
    SwallowsPanics { enter::enter_3_a_panic_unwinds_into_the_caller }
    ShutdownResolvesAtOnce { shutdown::shut_2_waits_for_blocking_jobs_that_run }
    CancelledHangs { shutdown::shut_3_a_spawn_after_the_end_is_cancelled }
}
