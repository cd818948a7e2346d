//! Futures given to runtimes from anywhere, and blocking jobs from futures.

use std::sync::Arc;
use std::sync::atomic::{AtomicBool, Ordering::SeqCst};
use std::time::Duration;

use anyrt::executor::{Executor, SubmitAsync, ThreadPool, as_completed};
use anyrt::prelude::*;
use futures_lite::future::yield_now;

use crate::support::{LONG, until};

macro_rules! on_each {
    ($($test:ident)*) => {$(
        #[test]
        fn $test() {
            on_each::$test(&anyrt::ThreadsOwner::new().unwrap());
            on_each::$test(&anyrt::TokioOwner::with_workers(2).unwrap());
            on_each::$test(&anyrt::SmolOwner::with_workers(2).unwrap());
            on_each::$test(&anyrt::AsyncStd);
        }
    )*};
}

on_each! {
    a_thread_waits_for_a_future
    a_future_waits_for_a_blocking_pool
    panics_are_values
    a_future_that_was_not_polled_is_cancelled
    mixed_sources_come_as_completed
    a_limit_for_a_future
}

mod on_each {
    use super::*;

    pub(super) fn a_thread_waits_for_a_future<O: BlockOn>(owner: &O) {
        let rt = owner.handle();
        let waits = std::thread::spawn(move || {
            let inner = rt.clone();
            let handle = rt.submit_async(async move {
                inner.sleep(Duration::from_millis(1)).await;
                5
            });
            handle.join_blocking().unwrap()
        });
        assert_eq!(waits.join().unwrap(), 5);
    }

    pub(super) fn a_future_waits_for_a_blocking_pool<O: BlockOn>(owner: &O) {
        let pool = Arc::new(ThreadPool::with_workers(1));
        let inner = Arc::clone(&pool);
        let sum = owner.run(|rt| async move {
            let task = rt.spawn(async move {
                let mut sum = 0;
                for n in 0..100 {
                    sum += inner.submit(move || n).await.unwrap();
                }
                sum
            });
            task.await.unwrap()
        });
        assert_eq!(sum, 4950);
    }

    pub(super) fn panics_are_values<O: BlockOn>(owner: &O) {
        let handle = owner.handle().submit_async(async {
            yield_now().await;
            std::panic::resume_unwind(Box::new("quiet"));
        });
        let error: anyrt::executor::JobError = handle.join_blocking().map(|(): ()| ()).unwrap_err();
        assert_eq!(error.message(), Some("quiet"));
    }

    pub(super) fn a_future_that_was_not_polled_is_cancelled<O: BlockOn>(owner: &O) {
        let polled = Arc::new(AtomicBool::new(false));
        let inside = Arc::clone(&polled);
        let rt = owner.handle();
        let handle = rt.submit_async(async move { inside.store(true, SeqCst) });
        if handle.cancel() {
            assert!(handle.is_cancelled());
            assert!(handle.join_blocking().unwrap_err().is_cancelled());
            until("the future goes", || Arc::strong_count(&polled) == 1);
            assert!(!polled.load(SeqCst));
        } else {
            handle.join_blocking().unwrap();
            assert!(polled.load(SeqCst));
        }
    }

    pub(super) fn mixed_sources_come_as_completed<O: BlockOn>(owner: &O) {
        let rt = owner.handle();
        let pool = ThreadPool::with_workers(1);
        let other = anyrt::ThreadsOwner::new().unwrap();
        let handles = [
            ("pool", pool.submit(|| 1)),
            ("blocking", rt.submit(|| 2)),
            ("future", rt.submit_async(async { 3 })),
            ("elsewhere", other.handle().submit_async(async { 4 })),
        ];
        let mut seen: Vec<_> = as_completed(handles).map(|(_, value)| value.unwrap()).collect();
        seen.sort_unstable();
        assert_eq!(seen, [1, 2, 3, 4]);
    }

    pub(super) fn a_limit_for_a_future<O: BlockOn>(owner: &O) {
        let rt = owner.handle();
        let (open, gate) = async_gate();
        let mut handle = rt.submit_async(gate);
        assert!(handle.result(Duration::from_millis(2)).is_err());
        open();
        handle.result(LONG).unwrap().unwrap();
    }

    fn async_gate() -> (impl FnOnce(), impl Future<Output = ()> + Send) {
        let event = Arc::new(anyrt::sync::Event::new());
        let opens = Arc::clone(&event);
        (move || opens.set(), async move { event.wait().await })
    }
}

/// A runtime that ends takes its futures along, and says so.
#[test]
fn the_end_of_a_runtime_cancels() {
    let owner = anyrt::ThreadsOwner::new().unwrap();
    let handle = owner.handle().submit_async(std::future::pending::<()>());
    let rt = owner.handle();
    drop(owner);
    assert!(handle.join_blocking().unwrap_err().is_cancelled());
    assert!(rt.submit_async(async {}).join_blocking().unwrap_err().is_cancelled());
    assert!(rt.submit(|| ()).join_blocking().unwrap_err().is_cancelled());
}

/// On the threads of a pool, which drives it itself.
#[test]
fn a_pool_drives_futures() {
    let pool = Arc::new(ThreadPool::with_workers(1));
    let event = Arc::new(anyrt::sync::Event::new());
    let (inner, waits) = (Arc::clone(&pool), Arc::clone(&event));
    let handle = pool.submit_async(async move {
        waits.wait().await;
        yield_now().await;
        inner.submit(|| 4).await.unwrap() + inner.submit(|| 1).join_blocking().unwrap()
    });
    let panics = pool.submit_async(async { std::panic::resume_unwind(Box::new("quiet")) });
    event.set();
    assert_eq!(handle.join_blocking().unwrap(), 5);
    let error: anyrt::executor::JobError = panics.join_blocking().map(|(): ()| ()).unwrap_err();
    assert_eq!(error.message(), Some("quiet"));
}

#[test]
fn a_future_of_a_pool_that_waits_for_itself_is_an_error() {
    let pool = ThreadPool::with_workers(1);
    let (send, receive) = std::sync::mpsc::channel::<anyrt::executor::Handle<()>>();
    let (tell, told) = std::sync::mpsc::channel();
    let itself = pool.submit_async(async move {
        let error = receive.recv().unwrap().join_blocking().unwrap_err();
        tell.send(error.is_deadlock()).unwrap();
    });
    send.send(itself).unwrap();
    assert_eq!(told.recv_timeout(LONG), Ok(true));
}

/// What is woken after the end is cancelled, and so is what nobody can wake.
#[test]
fn the_end_of_a_pool_cancels_its_futures() {
    let pool = ThreadPool::with_workers(1);
    let event = Arc::new(anyrt::sync::Event::new());
    let (waits, begun) = (Arc::clone(&event), Arc::new(anyrt::sync::Event::new()));
    let begins = Arc::clone(&begun);
    let woken = pool.submit_async(async move {
        begins.set();
        waits.wait().await;
    });
    let forgotten = pool.submit_async(std::future::pending::<()>());
    begun.wait_blocking();
    drop(pool);
    event.set();
    assert!(woken.join_blocking().unwrap_err().is_cancelled());
    assert!(forgotten.join_blocking().unwrap_err().is_cancelled());
    let closed = ThreadPool::new();
    closed.close(anyrt::executor::Shutdown::Wait);
    assert!(closed.submit_async(async {}).join_blocking().unwrap_err().is_cancelled());
}
