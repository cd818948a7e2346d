//! Tasks of two runtimes and threads, all at once, and waits that are given up at any moment.

use std::future::Future;
use std::pin::Pin;
use std::task::{Context, Poll};

/// Runs `task(n)` as a thread, on tokio and on smol, several times each.
pub(crate) fn everywhere<F: Future<Output = ()> + Send + 'static>(task: impl Fn(u32) -> F) {
    let tokio = tokio::runtime::Builder::new_multi_thread().worker_threads(2).build().unwrap();
    let mut threads = Vec::new();
    let (mut tokios, mut smols) = (Vec::new(), Vec::new());
    for n in 0..3 {
        let on_thread = task(3 * n);
        threads.push(std::thread::spawn(move || futures_lite::future::block_on(on_thread)));
        tokios.push(tokio.spawn(task(3 * n + 1)));
        smols.push(smol::spawn(task(3 * n + 2)));
    }
    for thread in threads {
        thread.join().unwrap();
    }
    tokio.block_on(async {
        for task in tokios {
            task.await.unwrap();
        }
    });
    futures_lite::future::block_on(async {
        for task in smols {
            task.await;
        }
    });
}

/// Polls a future so often at most, each time after a yield.
pub(crate) struct Impatient<F> {
    future: Option<Pin<Box<F>>>,
    patience: u32,
}

impl<F: Future> Future for Impatient<F> {
    type Output = Option<F::Output>;

    fn poll(mut self: Pin<&mut Self>, cx: &mut Context<'_>) -> Poll<Self::Output> {
        let future = self.future.as_mut().expect("not ready yet");
        if let Poll::Ready(output) = future.as_mut().poll(cx) {
            return Poll::Ready(Some(output));
        }
        if self.patience == 0 {
            self.future = None;
            return Poll::Ready(None);
        }
        self.patience -= 1;
        cx.waker().wake_by_ref();
        Poll::Pending
    }
}

pub(crate) fn impatient<F: Future>(patience: u32, future: F) -> Impatient<F> {
    Impatient { future: Some(Box::pin(future)), patience }
}
