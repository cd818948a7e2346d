//! What the phrasebook says in Rust is Rust: each of its phrases stands here, is compiled, and is run.

use std::collections::VecDeque;
use std::sync::mpsc;
use std::thread;
use std::time::Duration;

use anyrt::executor::{
    Executor, Handle, Progress, Shutdown, SubmitAsync, ThreadPool, When,
    as_completed, wait_blocking, wait_within_blocking,
};
use anyrt::prelude::*;
use anyrt::queue::{Fifo, Lifo, Priority};
use anyrt::sim::{Explore, explore};
use anyrt::sync::{
    Barrier, BoundedSemaphore, Condition, Event, Latch, Lock, OnceCell, Owner,
    ReentrantLock, RwLock, Semaphore,
};
use anyrt::time::call_later;
use anyrt::{Sim, SimOwner, Threads, ThreadsOwner, task_local};
use listings::files;

#[test]
fn every_phrase_of_the_phrasebook_is_compiled() {
    let here = squeezed(include_str!("phrasebook.rs"));
    for edition in ["en", "zh"] {
        let page = files::book().join(edition).join("src/phrasebook.md");
        let page = std::fs::read_to_string(page).expect("text").replace("\\|", "¦");
        let rows: Vec<_> =
            page.lines().filter(|line| line.starts_with("| ")).collect();
        assert!(rows.len() >= 80, "rows are missing: {}", rows.len());
        for row in rows {
            let rust = row.split('|').nth(2).expect("three columns");
            for phrase in rust.split('`').skip(1).step_by(2) {
                let phrase = squeezed(&phrase.replace('¦', "|"));
                assert!(
                    here.contains(&phrase),
                    "{edition}: not compiled: {phrase}\n{row}"
                );
            }
        }
    }
}

fn squeezed(text: &str) -> String {
    text.chars().filter(|c| !c.is_whitespace()).collect()
}

const MOMENT: Duration = Duration::from_millis(1);
/// So long that it never passes here.
const LONG: Duration = Duration::from_secs(3600);

#[test]
fn tasks_and_threads() {
    let f = || 1;
    let handle = thread::spawn(f);
    _ = handle.is_finished();
    assert_eq!(handle.join().expect("no panic"), 1);
    let named = thread::Builder::new().name("n".into()).spawn(|| {
        assert_eq!(thread::current().name(), Some("n"));
    });
    named.expect("a thread").join().expect("no panic");
    assert!(thread::available_parallelism().is_ok());
    let second = MOMENT;
    thread::sleep(second);
    thread::scope(|scope| {
        scope.spawn(|| ());
    });
    thread_local! {
        static MINE: u32 = const { 7 };
    }
    assert_eq!(MINE.with(|mine| *mine), 7);

    let owner = ThreadsOwner::new().expect("threads");
    async fn on<R: Runtime>(rt: R) -> u32 {
        rt.spawn(async { 1 }).await.expect("no panic")
    }
    let main = on::<Threads>;
    assert_eq!(owner.run(main), 1);
    let rt = owner.handle();
    let main = || on(rt.clone());
    assert_eq!(owner.block_on(main()), 1);
    owner.block_on(tasks(rt.clone()));

    assert!(!rt.in_task()());
    let f = || async { 42 };
    assert_eq!(rt.submit_async(f()).join_blocking().expect("no panic"), 42);
}

task_local! {
    static KEY: u32;
}

/// What is dropped with a task.
struct Cleanup;

impl Drop for Cleanup {
    fn drop(&mut self) {}
}

async fn tasks(rt: Threads) {
    let (limit, second, period) = (LONG, MOMENT, MOMENT);
    let f = async || drop(Cleanup);
    let mut handle = rt.spawn(f());
    rt.timeout(limit, &mut handle).await.expect("in time").expect("no panic");
    rt.spawn_named("n", f()).await.expect("no panic");
    let f = async { 1 };
    assert_eq!(rt.timeout(limit, f).await, Ok(1));
    let f = async { 2 };
    assert_eq!(rt.spawn(f).await.expect("no panic"), 2);
    let mut handle = rt.spawn(std::future::pending::<()>());
    handle.abort();
    assert!(handle.await.is_err());
    let f = || 3;
    assert_eq!(rt.spawn_blocking(f).await.expect("no panic"), 3);
    let pool = ThreadPool::with_workers(1);
    assert_eq!(pool.submit(f).await.expect("no panic"), 3);

    rt.sleep(second).await;
    let at = rt.now();
    rt.sleep_until(Some(at)).await;
    call_later(&rt, second, f).await.expect("it is called");
    let call = call_later(&rt, limit, f);
    assert!(call.cancel());
    let mut ticks = rt.interval(period);
    std::future::poll_fn(|cx| ticks.poll_tick(cx)).await;

    let value = 7;
    let f = async { KEY.with(|value| *value) };
    assert_eq!(KEY.scope(value, f).await, 7);
}

/// With the feature `diagnose`.
#[cfg(feature = "diagnose")]
#[test]
fn who_waits_for_what() {
    use anyrt::diagnose;
    diagnose::start();
    assert!(diagnose::snapshot().cycles().is_empty());
}

#[test]
fn synchronisation() {
    let (value, limit) = (1, LONG);
    let lock = Lock::new(value);
    {
        let guard = lock.lock_blocking();
        assert!(lock.try_lock().is_none() && lock.is_locked());
        drop(guard);
        assert!(lock.lock_within_blocking(limit).is_ok());
    }
    futures_lite::future::block_on(async {
        let guard = lock.lock().await;
        drop(guard);
    });
    let reentrant = ReentrantLock::new(value);
    let first = reentrant.lock_blocking(Owner::thread());
    let again = reentrant.lock_blocking(Owner::thread());
    assert_eq!(*first, *again);

    let semaphore = Semaphore::new(3);
    let one = semaphore.acquire_blocking().expect("open");
    let two = semaphore.try_acquire().expect("free");
    let three = semaphore.acquire_within_blocking(1, limit).expect("free");
    drop((one, two, three));
    semaphore.add(2).expect("not too many");
    assert_eq!(semaphore.available(), 5);
    let bounded = BoundedSemaphore::new(3);
    drop(bounded.acquire_blocking().expect("open"));
    assert!(bounded.release(1).is_err());

    let event = Event::new();
    event.set();
    event.wait_blocking();
    event.wait_within_blocking(limit).expect("it is set");
    futures_lite::future::block_on(async { event.wait().await });
    event.clear();
    assert!(!event.is_set());

    let condition = Condition::new();
    let guard = lock.lock_blocking();
    let p = |value: &mut i32| *value == 1;
    let guard = condition.wait_for_blocking(guard, p);
    let limit = MOMENT;
    let (guard, notified) = condition.wait_within_blocking(guard, limit);
    assert!(notified.is_err());
    let n = 1;
    assert_eq!(condition.notify(n) + condition.notify_all(), 0);
    thread::scope(|scope| {
        scope.spawn(|| {
            let _after_the_wait = lock.lock_blocking();
            condition.notify_all();
        });
        drop(condition.wait_blocking(guard));
    });
    barriers();
}

fn barriers() {
    let (limit, value) = (LONG, 1);
    let f = || ();
    let barrier = Barrier::with_action(3, f);
    thread::scope(|scope| {
        scope.spawn(|| barrier.wait_blocking().expect("whole"));
        scope.spawn(|| barrier.wait_within_blocking(limit).expect("whole"));
        let arrival = barrier.wait_blocking().expect("whole");
        assert_eq!(arrival.is_leader(), arrival.index() == 2);
    });
    assert_eq!((barrier.waiting(), barrier.parties()), (0, 3));
    barrier.abort();
    assert!(barrier.is_broken());
    barrier.reset();

    let latch = Latch::new(3);
    (0..3).for_each(|_| latch.count_down(1));
    latch.wait_blocking();
    let cell = OnceCell::new();
    let f = || 7;
    assert_eq!(*cell.get_or_init_blocking(f), 7);
    let shared = RwLock::new(value);
    assert_eq!(*shared.read_blocking(), 1);
    *shared.write_blocking() += 1;
}

#[test]
fn queues() {
    let (x, limit) = (1, LONG);
    let (stack, heap): (Lifo<u32>, Priority<u32>) =
        (Lifo::unbounded(), Priority::unbounded());
    let endless: Fifo<u32> = Fifo::unbounded();
    assert!(stack.is_empty() && heap.is_empty() && endless.capacity().is_none());
    let queue = Fifo::bounded(9);
    queue.put_blocking(x).expect("open");
    queue.try_put(x).expect("room");
    queue.put_within_blocking(x, limit).expect("room");
    assert!(queue.len() == 3 && !queue.is_empty() && !queue.is_full());
    queue.get_blocking().expect("an item");
    queue.task_done().expect("one was put");
    queue.try_get().expect("an item");
    drop(queue.done_on_drop());
    queue.get_within_blocking(limit).expect("an item");
    drop(queue.done_on_drop());
    queue.join_blocking();
    queue.close();
    assert_eq!(queue.iter_blocking().count(), 0);
    assert!(queue.close_now().is_empty());
    several_at_once();
}

fn several_at_once() {
    let (queue, x) = (Fifo::bounded(9), 3);
    let mut xs = VecDeque::from([1, 2]);
    queue.put_many_blocking(&mut xs).expect("open");
    let slot = queue.reserve_blocking().expect("open");
    slot.put(x).expect("open");
    let mut taken = Vec::new();
    assert_eq!(queue.get_many_blocking(&mut taken, 9), Ok(3));
    drop(queue.sink());
    let (sender, receiver) = queue.split();
    sender.put_blocking(x).expect("open");
    drop(sender);
    assert_eq!(receiver.iter_blocking().count(), 1);
}

#[test]
fn pools() {
    assert_eq!(ThreadPool::new().statistics().queued, 0);
    let g = |worker: usize| worker;
    let own = ThreadPool::builder().initializer(g).build().expect("a pool");
    own.submit_with(|worker| *worker).join_blocking().expect("no panic");
    let named = ThreadPool::builder().name("n").max_jobs_per_worker(9).build();
    drop(named.expect("a pool"));

    let (pool, limit) = (ThreadPool::with_workers(4), LONG);
    let (f, x) = (|x: u32| x + 1, 1);
    assert_eq!(pool.submit(move || f(x)).join_blocking().expect("no panic"), 2);
    let jobs = [1, 2].map(|x| move || f(x));
    assert_eq!(pool.submit_many(jobs).len(), 2);
    let xs = [1, 2];
    assert_eq!(pool.map(f, xs).map(Result::unwrap).sum::<u32>(), 5);
    let mut results = pool.map(f, xs).chunks(9).ahead(9);
    assert!(results.next_within_blocking(limit).expect("in time").is_some());
    assert_eq!(pool.map_unordered(f, xs).count(), 2);
    let (f, pairs) = (|a: u32, b: u32| a + b, [(1, 2)]);
    assert_eq!(pool.starmap(f, pairs).map(Result::unwrap).sum::<u32>(), 3);

    let f = || 1;
    assert_eq!(pool.submit(f).join_blocking().expect("no panic"), 1);
    let (tell, told) = mpsc::channel();
    let g = move |value| tell.send(value).expect("somebody listens");
    let h = |error| panic!("{error}");
    pool.submit(f).on_done_or(g, h);
    assert_eq!(told.recv(), Ok(1));
    handles(&pool);

    let seen = Lock::new(0);
    let f = || *seen.lock_blocking() += 1;
    pool.scope(|jobs| jobs.submit(f).join_blocking()).expect("no panic");
    assert_eq!(seen.into_inner(), 1);
    assert!(pool.shutdown(Shutdown::Wait).is_empty());
    let pool = ThreadPool::new();
    assert!(pool.shutdown(Shutdown::CancelPending).is_empty());
}

fn handles(pool: &ThreadPool) {
    let limit = LONG;
    let mut handle = pool.submit(|| 1);
    assert_eq!(handle.result(limit).expect("in time").expect("no panic"), 1);
    assert!(handle.is_finished() && !handle.is_running() && !handle.is_cancelled());
    assert!(!handle.cancel());
    let handle = pool.submit(|| 1);
    futures_lite::future::block_on(async {
        assert_eq!(handle.await.expect("no panic"), 1);
    });
    let handle = pool.submit(|| 1);
    assert_eq!(handle.join_blocking().expect("no panic"), 1);
    let f = |result: Result<u32, _>| assert_eq!(result.expect("no panic"), 1);
    let handle = pool.submit(|| 1);
    handle.on_done(f);

    let pairs = [("a", pool.submit(|| 1)), ("b", pool.submit(|| 2))];
    let mut completed = as_completed(pairs);
    assert!(completed.next_within_blocking(limit).expect("in time").is_some());
    assert!(completed.done() >= 1 && completed.len() == 1);
    let progress = Progress::new(9);
    progress.advance(1);
    assert_eq!(progress.watch().now().done, 1);
    let mut handles: [Handle<u32>; 2] = [pool.submit(|| 1), pool.submit(|| 2)];
    let waited = wait_blocking(&mut handles, When::FirstCompleted);
    assert!(!waited.expect("no circle").done.is_empty());
    let all = wait_within_blocking(&mut handles, When::AllCompleted, limit);
    assert!(all.expect("in time").pending.is_empty());
    let bomb: Handle<()> = pool.submit(|| std::panic::resume_unwind(Box::new(1)));
    match bomb.join_blocking() {
        Err(error) => assert!(error.is_panic() && !error.is_broken()),
        Ok(()) => unreachable!("it panics"),
    }
}

#[test]
fn tests_in_the_simulator() {
    async fn test(rt: Sim) {
        rt.sleep(LONG).await;
    }
    let seed = 7;
    SimOwner::new(seed).run(test);
    assert_eq!(explore(Explore::random(1000), test).schedules(), 1000);
}
