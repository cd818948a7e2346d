use super::*;

use std::io::{Read, Write};
use std::net::{Ipv4Addr, SocketAddr, TcpListener, TcpStream};

use async_io::Async;
use futures_lite::{AsyncReadExt, AsyncWriteExt};

fn in_reactor(n: usize) -> ThreadsBuilder {
    ThreadsOwner::builder().workers(n).drive_async_io()
}

fn listener() -> (Async<TcpListener>, SocketAddr) {
    let listener = Async::<TcpListener>::bind((Ipv4Addr::LOCALHOST, 0)).unwrap();
    let address = listener.get_ref().local_addr().unwrap();
    (listener, address)
}

/// Sends back what it gets, until the clients have gone.
async fn echo(rt: Threads, listener: Async<TcpListener>, clients: usize) {
    let mut served = Vec::new();
    for _ in 0..clients {
        let (mut stream, _) = listener.accept().await.unwrap();
        served.push(rt.spawn(async move {
            let mut buffer = [0; 64];
            while let Ok(read @ 1..) = stream.read(&mut buffer).await {
                stream.write_all(&buffer[..read]).await.unwrap();
            }
        }));
    }
    for served in served {
        served.await.unwrap();
    }
}

#[test]
fn workers_in_the_reactor_serve_sockets_sleeps_and_wakes_at_once() {
    const CLIENTS: usize = 8;
    const REQUESTS: u32 = 300;
    for workers in [1, 3] {
        watched(move || {
            let owner = in_reactor(workers).build().unwrap();
            let (listener, address) = listener();
            let clients = (0..CLIENTS).map(|_| {
                thread::spawn(move || {
                    let mut stream = TcpStream::connect(address).unwrap();
                    for request in 0..REQUESTS {
                        let (sent, mut got) = (request.to_be_bytes(), [0; 4]);
                        stream.write_all(&sent).unwrap();
                        stream.read_exact(&mut got).unwrap();
                        assert_eq!(got, sent);
                    }
                })
            });
            let clients: Vec<_> = clients.collect();
            owner.run(|rt| async move {
                let server = rt.spawn(echo(rt.clone(), listener, CLIENTS));
                let ticks = rt.clone();
                let ticks = rt.spawn(async move {
                    for _ in 0..50 {
                        ticks.sleep(Duration::from_micros(300)).await;
                    }
                });
                for n in 0..200 {
                    assert_eq!(rt.spawn_blocking(move || n).await.unwrap(), n);
                }
                ticks.await.unwrap();
                server.await.unwrap();
            });
            for client in clients {
                client.join().unwrap();
            }
        });
    }
}

#[test]
fn the_thread_that_sees_a_socket_is_the_worker_of_its_task() {
    /// Notes on which thread a task is woken.
    struct Notes(Waker, Arc<Mutex<Option<String>>>);

    impl Wake for Notes {
        fn wake(self: Arc<Self>) {
            *self.1.lock().unwrap() = thread::current().name().map(String::from);
            self.0.wake_by_ref();
        }
    }

    watched(|| {
        let owner = in_reactor(1).thread_name("in-reactor").build().unwrap();
        let (listener, address) = listener();
        let client = thread::spawn(move || {
            let mut stream = TcpStream::connect(address).unwrap();
            while let (Ok(()), Ok(())) = (stream.write_all(&[1]), stream.read_exact(&mut [0])) {}
        });
        owner.run(|rt| async move {
            let served = rt.spawn(async move {
                let (mut stream, _) = listener.accept().await.unwrap();
                let (last, mut buffer) = (Arc::new(Mutex::new(None::<String>)), [0]);
                // async-io's own thread takes part, but not forever.
                while last.lock().unwrap().take() != Some("in-reactor-0".into()) {
                    let mut read = pin!(stream.read_exact(&mut buffer));
                    let read = poll_fn(|cx| {
                        let notes = Notes(cx.waker().clone(), last.clone());
                        let waker = Waker::from(Arc::new(notes));
                        read.as_mut().poll(&mut Context::from_waker(&waker))
                    });
                    read.await.unwrap();
                    stream.write_all(&buffer).await.unwrap();
                }
            });
            served.await.unwrap();
        });
        client.join().unwrap();
    });
}

#[test]
fn a_worker_that_waits_in_the_reactor_can_be_stopped() {
    watched(|| {
        for _ in 0..200 {
            let owner = in_reactor(2).build().unwrap();
            let (listener, _) = listener();
            let dropped = Arc::new(AtomicUsize::new(0));
            let counted = Counted(dropped.clone());
            owner
                .handle()
                .spawn(async move {
                    let _counted = counted;
                    let _never = listener.accept().await;
                })
                .detach();
            drop(owner);
            assert_eq!(dropped.load(SeqCst), 1);
        }
    });
}
