//! A server that sends back what it gets, and its clients in a process of their own.
//!
//! anyrt has no sockets yet, so the server takes tokio's own on tokio, and those of async-io on every other
//! executor, as smol's and async-std's own do. The clients are blocking threads, the same for all.

use std::future::Future;
use std::hint::black_box;
use std::io::{self, BufRead, BufReader, Read, Write};
use std::net::{Ipv4Addr, SocketAddr, TcpListener, TcpStream};
use std::process::{Command, Stdio};
use std::sync::{Barrier, OnceLock};
use std::thread;
use std::time::{Duration, Instant};

use anyrt::prelude::*;
use async_io::Async;
use futures_lite::{AsyncReadExt, AsyncWriteExt};
use serde::{Deserialize, Serialize};

use super::{Info, Workload, time};
use crate::measure::{Clock, Job, Latencies, Outcome, Spent, nanos, system};

const NEED: &str = "a network server";

/// Bytes of a request, and of its answer.
const MESSAGE: usize = 64;

/// Clients of most workloads; each is a thread, and waits for one answer at a time.
const CLIENTS: u32 = 32;

/// Connections that a client of a storm makes at most: the ports of a machine are not endless.
const CONNECTIONS: u64 = 100;

/// What differs between the two kinds of sockets.
trait Sockets: 'static {
    type Listener: Send + 'static;
    type Stream: Send + 'static;

    fn listen() -> io::Result<(Self::Listener, SocketAddr)>;
    fn accept(listener: &Self::Listener) -> impl Future<Output = io::Result<Self::Stream>> + Send;
    fn read(
        stream: &mut Self::Stream,
        into: &mut [u8],
    ) -> impl Future<Output = io::Result<usize>> + Send;
    fn write(stream: &mut Self::Stream, all: &[u8]) -> impl Future<Output = io::Result<()>> + Send;
}

fn listener() -> io::Result<(TcpListener, SocketAddr)> {
    let listener = TcpListener::bind((Ipv4Addr::LOCALHOST, 0))?;
    let address = listener.local_addr()?;
    Ok((listener, address))
}

struct Tokios;

impl Sockets for Tokios {
    type Listener = tokio::net::TcpListener;
    type Stream = tokio::net::TcpStream;

    fn listen() -> io::Result<(Self::Listener, SocketAddr)> {
        let (listener, address) = listener()?;
        listener.set_nonblocking(true)?;
        Ok((Self::Listener::from_std(listener)?, address))
    }

    async fn accept(listener: &Self::Listener) -> io::Result<Self::Stream> {
        let (stream, _) = listener.accept().await?;
        stream.set_nodelay(true)?;
        Ok(stream)
    }

    async fn read(stream: &mut Self::Stream, into: &mut [u8]) -> io::Result<usize> {
        tokio::io::AsyncReadExt::read(stream, into).await
    }

    async fn write(stream: &mut Self::Stream, all: &[u8]) -> io::Result<()> {
        tokio::io::AsyncWriteExt::write_all(stream, all).await
    }
}

struct AsyncIos;

impl Sockets for AsyncIos {
    type Listener = Async<TcpListener>;
    type Stream = Async<TcpStream>;

    fn listen() -> io::Result<(Self::Listener, SocketAddr)> {
        let (listener, address) = listener()?;
        Ok((Async::new(listener)?, address))
    }

    async fn accept(listener: &Self::Listener) -> io::Result<Self::Stream> {
        let (stream, _) = listener.accept().await?;
        stream.get_ref().set_nodelay(true)?;
        Ok(stream)
    }

    async fn read(stream: &mut Self::Stream, into: &mut [u8]) -> io::Result<usize> {
        stream.read(into).await
    }

    async fn write(stream: &mut Self::Stream, all: &[u8]) -> io::Result<()> {
        stream.write_all(all).await
    }
}

/// A task for each connection, until it ends.
async fn serve<R: Runtime, S: Sockets>(rt: R, listener: S::Listener) {
    while let Ok(mut stream) = S::accept(&listener).await {
        rt.spawn(async move {
            let mut buffer = [0; 1024];
            while let Ok(read @ 1..) = S::read(&mut stream, &mut buffer).await {
                if S::write(&mut stream, &buffer[..read]).await.is_err() {
                    break; // the client has gone
                }
            }
        })
        .detach();
    }
}

/// Serves while the clients of `load` run.
async fn under_load<R: Runtime>(rt: R, job: &Job, load: Load) -> (Told, Spent) {
    // By name: the executors on tokio bring tokio's reactor with them, the others don't.
    if job.executor.starts_with("tokio") {
        with_sockets::<R, Tokios>(rt, job, load).await
    } else {
        with_sockets::<R, AsyncIos>(rt, job, load).await
    }
}

async fn with_sockets<R: Runtime, S: Sockets>(rt: R, job: &Job, load: Load) -> (Told, Spent) {
    system::open_many_files();
    let (listener, address) = S::listen().expect("a port of this machine is free");
    let mut server = rt.spawn(serve::<R, S>(rt.clone(), listener));
    let (load, job) = (Load { address, ..load }, job.clone());
    let told = rt.spawn_blocking(move || be_asked(&load, &job)).await;
    server.abort();
    let told = told.expect("it neither panics nor is aborted");
    told.unwrap_or_else(|error| panic!("the clients failed: {error}"))
}

/// Starts the clients and waits for what they say. What the server spends counts once all are connected.
fn be_asked(load: &Load, job: &Job) -> io::Result<(Told, Spent)> {
    let mut command = Command::new(std::env::current_exe()?);
    command.arg("clients").arg(serde_json::to_string(load)?);
    let mut clients = command.stdin(Stdio::null()).stdout(Stdio::piped()).spawn()?;
    let mut said = BufReader::new(clients.stdout.take().expect("it is a pipe"));
    let mut line = String::new();
    said.read_line(&mut line)?;
    let clock = Clock::start(job);
    line.clear();
    said.read_line(&mut line)?;
    let spent = clock.stop();
    let status = clients.wait()?;
    if !status.success() {
        return Err(io::Error::other(status.to_string()));
    }
    Ok((serde_json::from_str(&line)?, spent))
}

/// What the clients do.
#[derive(Debug, Clone, Serialize, Deserialize)]
pub(crate) struct Load {
    address: SocketAddr,
    kind: Kind,
    clients: u32,
    length: Duration,
}

#[derive(Debug, Clone, Copy, Serialize, Deserialize)]
enum Kind {
    /// Each asks again when it has its answer.
    Closed,
    /// Each asks at its times, so many requests per second of all together. A late answer delays
    /// the next request, but that counts as late then: from when it should have been sent.
    Open(f64),
    /// Each connects anew for every request.
    Storm,
}

impl Load {
    fn new(kind: Kind, clients: u32, job: &Job) -> Self {
        let length = if job.quick { job.budget * 8 } else { job.budget * 12 };
        Self { address: SocketAddr::from(([0, 0, 0, 0], 0)), kind, clients, length }
    }
}

/// What they found.
#[derive(Debug, Serialize, Deserialize)]
struct Told {
    took_ns: f64,
    latencies: Latencies,
}

/// In a process of their own: runs the clients; says when all are connected, and then what they found.
///
/// # Errors
///
/// If the load is none, or the server does not answer.
pub(crate) fn be_clients(load: &str) -> Result<(), Box<dyn std::error::Error>> {
    /// A thousand of them should not take a gigabyte.
    const STACK: usize = 256 << 10;
    let load: Load = serde_json::from_str(load)?;
    system::open_many_files();
    system::ordinary_timers();
    let streams = (0..load.clients).map(|_| connect(&load)).collect::<io::Result<Vec<_>>>()?;
    let (all_are_there, start) = (Barrier::new(streams.len() + 1), OnceLock::new());
    let told = thread::scope(|scope| -> Result<Told, Box<dyn std::error::Error>> {
        let mut clients = Vec::new();
        for (number, stream) in (0..).zip(streams) {
            let (load, all_are_there, start) = (&load, &all_are_there, &start);
            let client = move || {
                all_are_there.wait();
                client(load, number, stream, *start.get_or_init(Instant::now))
            };
            let thread = thread::Builder::new().stack_size(STACK);
            // Those that wait for all would wait forever.
            let client = thread.spawn_scoped(scope, client).unwrap_or_else(|error| {
                eprintln!("no thread for client {number}: {error}");
                std::process::exit(1)
            });
            clients.push(client);
        }
        all_are_there.wait();
        println!("connected");
        let mut latencies = Latencies::default();
        for client in clients {
            latencies.merge(&client.join().map_err(|_| "a client panicked")??);
        }
        Ok(Told { took_ns: nanos(start.get_or_init(Instant::now).elapsed()), latencies })
    })?;
    serde_json::to_writer(io::stdout().lock(), &told)?;
    Ok(())
}

/// Connected, and served: a first request was answered.
fn connect(load: &Load) -> io::Result<TcpStream> {
    let mut stream = TcpStream::connect(load.address)?;
    stream.set_nodelay(true)?;
    ask(&mut stream)?;
    Ok(stream)
}

fn client(
    load: &Load,
    number: u32,
    mut stream: TcpStream,
    start: Instant,
) -> io::Result<Latencies> {
    let mut latencies = Latencies::default();
    let between = match load.kind {
        Kind::Open(rate) => Duration::from_secs_f64(f64::from(load.clients) / rate),
        Kind::Closed | Kind::Storm => Duration::ZERO,
    };
    // Not all at once: evenly over the time between two requests of one.
    let mut due = start + between * number / load.clients;
    let end = start + load.length;
    thread::sleep(due.saturating_duration_since(Instant::now()));
    loop {
        let now = Instant::now();
        let from = match load.kind {
            Kind::Open(_) => {
                thread::sleep(due.saturating_duration_since(now));
                due
            }
            Kind::Closed | Kind::Storm => now,
        };
        let is_enough = matches!(load.kind, Kind::Storm) && latencies.len() == CONNECTIONS;
        if from >= end || is_enough {
            return Ok(latencies);
        }
        match load.kind {
            Kind::Storm => stream = connect(load)?,
            Kind::Open(_) | Kind::Closed => ask(&mut stream)?,
        }
        latencies.add(nanos(from.elapsed()));
        due += between;
    }
}

fn ask(stream: &mut TcpStream) -> io::Result<()> {
    let request = [black_box(7); MESSAGE];
    let mut answer = [0; MESSAGE];
    stream.write_all(&request)?;
    stream.read_exact(&mut answer)?;
    if request == answer { Ok(()) } else { Err(io::Error::other("another answer than asked for")) }
}

/// Time and processor time of the server for each request.
async fn per_request<R: Runtime>(rt: R, job: Job, kind: Kind, clients: u32) -> Outcome {
    let (told, spent) = under_load(rt, &job, Load::new(kind, clients, &job)).await;
    let requests = told.latencies.len() as f64;
    let cpu = spent.cpu_ns.map_or(f64::NAN, |cpu| cpu / requests);
    let outcome = Outcome::new(vec![told.took_ns / requests, cpu], told.latencies.len(), spent);
    Outcome { curve: told.latencies.curve(), ..outcome }
}

pub(super) struct One;

impl Workload for One {
    const INFO: Info = Info::new(
        NEED,
        "echo_one",
        "1 client, asks again at once: time per request, processor time of the server",
        &[time("echo, 1 client"), time("1 client: CPU each")],
    );

    async fn run<R: Runtime>(rt: R, job: Job) -> Outcome {
        per_request(rt, job, Kind::Closed, 1).await
    }
}

/// Name of the workload whose result tells at which rate the clients of the others may ask.
pub(crate) const SATURATION: &str = "echo";

pub(super) struct Closed;

impl Workload for Closed {
    const INFO: Info = Info::new(
        NEED,
        SATURATION,
        "32 clients, each asks again at once: time per request, processor time of the server",
        &[time("echo, 32 busy clients"), time("echo: CPU per request")],
    )
    .scales();

    async fn run<R: Runtime>(rt: R, job: Job) -> Outcome {
        per_request(rt, job, Kind::Closed, CLIENTS).await
    }
}

pub(super) struct Thousand;

impl Workload for Thousand {
    const INFO: Info = Info::new(
        NEED,
        "echo_many",
        "1,000 clients, each asks again at once: time per request, processor time of the server",
        &[time("echo, 1000 clients"), time("1000 clients: CPU")],
    );

    async fn run<R: Runtime>(rt: R, job: Job) -> Outcome {
        per_request(rt, job, Kind::Closed, 1_000).await
    }
}

/// At so many per cent of what the slowest executor can take.
pub(super) struct AtRate<const PERCENT: u32>;

macro_rules! at_rates {
    ($($percent:literal)+) => { $(
        impl Workload for AtRate<$percent> {
            const INFO: Info = Info {
                rate: Some($percent),
                ..Info::new(
                    NEED,
                    concat!("echo_", $percent),
                    concat!(
                        "32 clients ask at ", $percent,
                        " % of what the slowest executor can take: time to the answer"
                    ),
                    &[
                        time(concat!("echo at ", $percent, " %: p50")),
                        time(concat!("echo at ", $percent, " %: p99")),
                    ],
                )
            };

            async fn run<R: Runtime>(rt: R, job: Job) -> Outcome {
                latency(rt, job).await
            }
        }
    )+ };
}

at_rates!(25 50 75 90);

async fn latency<R: Runtime>(rt: R, job: Job) -> Outcome {
    let rate = job.rate.expect("the parent knows what the slowest can take");
    let (told, spent) = under_load(rt, &job, Load::new(Kind::Open(rate), CLIENTS, &job)).await;
    told.latencies.outcome(&[50.0, 99.0], spent)
}

pub(super) struct Storm;

impl Workload for Storm {
    const INFO: Info = Info::new(
        NEED,
        "connect",
        "32 clients connect anew for every request: time per connection, processor time",
        &[time("connect, ask, close"), time("connect: CPU of each")],
    );

    async fn run<R: Runtime>(rt: R, job: Job) -> Outcome {
        per_request(rt, job, Kind::Storm, CLIENTS).await
    }
}
