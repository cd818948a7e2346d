//! A reactor by hand: who waits for sockets and for the clock, and one sleep for all of them.

use std::collections::BTreeMap;
use std::future::{Future, poll_fn};
use std::io::{self, ErrorKind, Read, Write};
use std::net::{Ipv4Addr, TcpListener, TcpStream};
use std::pin::Pin;
use std::sync::{Arc, mpsc};
use std::task::{Context, Poll, Wake, Waker};
use std::time::{Duration, Instant};

use anyrt::queue::Fifo;
use anyrt::sync::Lock;
use rustix::event::{PollFd, PollFlags, Timespec, poll};
use rustix::io::retry_on_intr;

// ANCHOR: would_block
/// A non-blocking look: the answer comes with the return, and it is "not yet".
fn would_block() -> io::Result<()> {
    let (mut near, _far) = pair()?;
    near.set_nonblocking(true)?;
    let answer = near.read(&mut [0; 64]);
    println!("nothing was sent: {:?}", answer.map_err(|error| error.kind()));
    Ok(())
}
// ANCHOR_END: would_block

// ANCHOR: reactor
/// Who waits for what that comes from outside of the program.
#[derive(Default)]
struct Reactor {
    readers: Lock<Vec<(Arc<TcpStream>, Waker)>>,
    timers: Lock<BTreeMap<(Instant, usize), Waker>>,
}

impl Reactor {
    /// Sleeps until a socket has something or a timer is due; wakes who waits for it.
    fn sleep(&self) -> io::Result<()> {
        let mut readers = self.readers.lock_blocking();
        let mut timers = self.timers.lock_blocking();
        let next = timers.first_key_value().map(|((at, _), _)| *at);
        let limit = next.map(|at| at.saturating_duration_since(Instant::now()));
        let limit =
            limit.map(|limit| Timespec::try_from(limit).expect("not that long"));
        let mut sockets: Vec<_> = readers
            .iter()
            .map(|(socket, _)| PollFd::new(socket, PollFlags::IN))
            .collect();

        // The only line in which the thread sleeps.
        retry_on_intr(|| poll(&mut sockets, limit.as_ref()))?;

        let ready: Vec<_> =
            sockets.iter().map(|it| !it.revents().is_empty()).collect();
        let mut ready = ready.into_iter();
        let readable = readers.extract_if(.., |_| ready.next() == Some(true));
        let mut awake: Vec<Waker> = readable.map(|(_, waker)| waker).collect();
        let now = Instant::now();
        while let Some(timer) = timers.first_entry().filter(|it| it.key().0 <= now)
        {
            awake.push(timer.remove());
        }
        drop((readers, timers)); // a waker is foreign code: not under our locks
        awake.into_iter().for_each(Waker::wake);
        Ok(())
    }
}
// ANCHOR_END: reactor

// ANCHOR: futures
/// Reads when there is something to be read.
async fn read(
    reactor: &Reactor,
    socket: &Arc<TcpStream>,
    into: &mut [u8],
) -> io::Result<usize> {
    poll_fn(|cx| match socket.as_ref().read(into) {
        Err(error) if error.kind() == ErrorKind::WouldBlock => {
            let reader = (Arc::clone(socket), cx.waker().clone());
            reactor.readers.lock_blocking().push(reader);
            Poll::Pending
        }
        answer => Poll::Ready(answer),
    })
    .await
}

/// `number` tells sleeps apart that end at the same instant.
async fn sleep_until(reactor: &Reactor, at: Instant, number: usize) {
    poll_fn(|cx| {
        if Instant::now() >= at {
            return Poll::Ready(());
        }
        let waker = cx.waker().clone();
        reactor.timers.lock_blocking().insert((at, number), waker);
        Poll::Pending
    })
    .await;
}
// ANCHOR_END: futures

// ANCHOR: run
/// The executor of chapter 15, on one thread; it sleeps in the reactor.
fn run(ready: &Fifo<Arc<Task>>, reactor: &Reactor, tasks: usize) -> io::Result<()> {
    let mut over = 0;
    while over < tasks {
        while let Ok(task) = ready.try_get() {
            let waker = Waker::from(Arc::clone(&task));
            let mut future = task.future.lock_blocking();
            if future.as_mut().poll(&mut Context::from_waker(&waker)).is_ready() {
                over += 1;
            }
        }
        if over < tasks {
            reactor.sleep()?;
        }
    }
    Ok(())
}
// ANCHOR_END: run

struct Task {
    future: Lock<Pin<Box<dyn Future<Output = ()> + Send>>>,
    ready: Arc<Fifo<Arc<Task>>>,
}

impl Wake for Task {
    fn wake(self: Arc<Self>) {
        let ready = Arc::clone(&self.ready);
        _ = ready.try_put(self);
    }
}

/// Two ends of a connection.
fn pair() -> io::Result<(TcpStream, TcpStream)> {
    let listener = TcpListener::bind((Ipv4Addr::LOCALHOST, 0))?;
    let near = TcpStream::connect(listener.local_addr()?)?;
    let (far, _) = listener.accept()?;
    Ok((near, far))
}

// ANCHOR: main
/// Three who answer, three who sleep and then ask: six tasks, one thread.
fn main() -> io::Result<()> {
    would_block()?;
    let (reactor, ready) =
        (Arc::new(Reactor::default()), Arc::new(Fifo::unbounded()));
    let (tell, told) = mpsc::channel();
    let start = Instant::now();
    for (number, name) in ["Ann", "Bo", "Cy"].into_iter().enumerate() {
        let (near, far) = pair()?;
        near.set_nonblocking(true)?;
        far.set_nonblocking(true)?;
        let (near, far) = (Arc::new(near), Arc::new(far));
        let (here, there) = (Arc::clone(&reactor), Arc::clone(&reactor));
        spawn(&ready, async move {
            let mut heard = [0; 64];
            let bytes = read(&there, &far, &mut heard).await.expect("a connection");
            far.as_ref().write_all(&heard[..bytes]).expect("room for a few bytes");
        });
        let tell = tell.clone();
        spawn(&ready, async move {
            let at = start + Duration::from_millis(30 - 10 * number as u64);
            sleep_until(&here, at, number).await;
            tell.send(name).expect("somebody listens");
            near.as_ref().write_all(name.as_bytes()).expect("room for a few bytes");
            let mut heard = [0; 64];
            let bytes = read(&here, &near, &mut heard).await.expect("a connection");
            assert_eq!(&heard[..bytes], name.as_bytes());
        });
    }
    run(&ready, &reactor, 6)?;
    println!("awake in this order: {:?}", told.try_iter().collect::<Vec<_>>());
    Ok(())
}
// ANCHOR_END: main

fn spawn(
    ready: &Arc<Fifo<Arc<Task>>>,
    future: impl Future<Output = ()> + Send + 'static,
) {
    let future = Lock::new(Box::pin(future) as Pin<Box<_>>);
    Arc::new(Task { future, ready: Arc::clone(ready) }).wake();
}
