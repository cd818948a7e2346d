//! Two runtimes in one process: blocking on the one inside the other, and ending it there. Whatever
//! happens must be clear, and nothing may hang.

use std::panic::{AssertUnwindSafe, catch_unwind};
use std::sync::mpsc;
use std::thread;
use std::time::Duration;

use anyrt::prelude::*;
use anyrt::{AsyncStd, SmolGlobal, SmolOwner, ThreadsOwner, TokioOwner};

/// Fails if `test` is not done in a minute.
fn within_a_minute(what: &str, test: impl FnOnce() + Send + 'static) {
    let (alive, end) = mpsc::channel::<()>();
    let thread = thread::spawn(move || {
        let _alive = alive;
        test();
    });
    let hangs = end.recv_timeout(Duration::from_secs(60)) == Err(mpsc::RecvTimeoutError::Timeout);
    assert!(!hangs, "{what}: it hangs");
    thread.join().unwrap_or_else(|_| panic!("{what}"));
}

fn message_of(f: impl FnOnce()) -> Option<String> {
    let payload = catch_unwind(AssertUnwindSafe(f)).err()?;
    let text = payload.downcast_ref::<&str>().map(|text| String::from(*text));
    Some(text.or_else(|| payload.downcast_ref::<String>().cloned()).unwrap_or_default())
}

/// In a task and in the root of `outer`, blocks on `inner`: it works, or says what is wrong.
fn blocks_inside<A: BlockOn, B: BlockOn + Send + 'static>(outer: &A, inner: fn() -> B) {
    let block = move || {
        // Made outside: an owner's end is another test.
        let inner = thread::spawn(inner).join().unwrap();
        let mut value = None;
        let refused = message_of(|| {
            value = Some(inner.run(|rt| async move {
                rt.sleep(Duration::from_millis(1)).await;
                rt.spawn(async { 42 }).await.unwrap()
            }));
        });
        match refused {
            Some(message) => assert!(message.contains("block_on"), "{message}"),
            None => assert_eq!(value, Some(42)),
        }
        thread::spawn(|| drop(inner)).join().unwrap();
    };
    outer.run(async |rt: A::Handle| {
        block();
        rt.spawn(async move { block() }).await.unwrap();
        assert_eq!(rt.spawn(async { 42 }).await.unwrap(), 42);
    });
}

/// In a task and in the root of `outer`, drops and blocks on the end of `inner`: it works or says what
/// is wrong, and `inner` ends all the same, as a handle of it shows.
fn ends_inside<A: BlockOn, B: Shutdown + Send + 'static>(outer: &A, inner: fn() -> B) {
    let (end, ended) = mpsc::channel();
    let end_it = move |end: &mpsc::Sender<_>, blocking: bool| {
        let inner = inner();
        let rt = inner.handle();
        // A task of a runtime that is not told by us who polls can't be known: there it just blocks.
        let end_inner = move || if blocking { inner.shutdown_blocking() } else { drop(inner) };
        if let Some(message) = message_of(end_inner) {
            assert!(message.contains("dropped inside a task"), "{message}");
        }
        end.send(rt).unwrap();
    };
    outer.run(async |rt: A::Handle| {
        for blocking in [false, true] {
            end_it(&end, blocking);
            let end = end.clone();
            rt.spawn(async move { end_it(&end, blocking) }).await.unwrap();
        }
    });
    drop(end);
    for rt in ended {
        while !rt.spawn(std::future::pending::<()>()).is_finished() {
            thread::sleep(Duration::from_millis(1));
        }
    }
}

macro_rules! pairs {
    ($($outer:ident: $make_outer:expr;)*) => {$(
        mod $outer {
            use super::*;

            #[test]
            fn blocks_on_another_inside() {
                within_a_minute(stringify!($outer), || {
                    let outer = $make_outer;
                    blocks_inside(&outer, || TokioOwner::with_workers(1).unwrap());
                    blocks_inside(&outer, || TokioOwner::current_thread().unwrap());
                    blocks_inside(&outer, || SmolOwner::with_workers(1).unwrap());
                    blocks_inside(&outer, || SmolGlobal);
                    blocks_inside(&outer, || AsyncStd);
                    blocks_inside(&outer, || ThreadsOwner::builder().workers(1).build().unwrap());
                });
            }

            #[test]
            fn ends_another_inside() {
                within_a_minute(stringify!($outer), || {
                    let outer = $make_outer;
                    ends_inside(&outer, || TokioOwner::with_workers(1).unwrap());
                    ends_inside(&outer, || TokioOwner::current_thread().unwrap());
                    ends_inside(&outer, || SmolOwner::with_workers(1).unwrap());
                    ends_inside(&outer, || ThreadsOwner::builder().workers(1).build().unwrap());
                });
            }
        }
    )*};
}

pairs! {
    in_tokio: TokioOwner::with_workers(1).unwrap();
    in_tokio_current: TokioOwner::current_thread().unwrap();
    in_smol: SmolOwner::with_workers(1).unwrap();
    in_smol_global: SmolGlobal;
    in_async_std: AsyncStd;
    in_threads: ThreadsOwner::builder().workers(1).build().unwrap();
}
