//! A server that sends back what it gets, and its clients in a process of their own.
//!
//! anyrt has no sockets yet, so the server takes tokio's own on tokio, and those of async-io on every other
//! executor, as smol's and async-std's own do. The clients are blocking threads, the same for all.

use std::future::Future;
use std::hint::black_box;
use std::io::{self, Read, Write};
use std::net::{Ipv4Addr, SocketAddr, TcpListener, TcpStream};
use std::process::{Command, Stdio};
use std::thread;
use std::time::{Duration, Instant};

use anyrt::prelude::*;
use async_io::Async;
use futures_lite::{AsyncReadExt, AsyncWriteExt};
use serde::{Deserialize, Serialize};

use super::{Info, Workload, time};
use crate::measure::{Clock, Job, Latencies, Outcome, nanos};

const NEED: &str = "a network server";

/// Bytes of a request, and of its answer.
const MESSAGE: usize = 64;

/// Clients of the workloads; each is a thread, and waits for one answer at a time.
const CLIENTS: usize = 32;

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
async fn under_load<R: Runtime>(rt: R, job: &Job, load: Load) -> (Told, crate::measure::Spent) {
    // By name: the executors on tokio bring tokio's reactor with them, the others don't.
    if job.executor.starts_with("tokio") {
        with_sockets::<R, Tokios>(rt, job, load).await
    } else {
        with_sockets::<R, AsyncIos>(rt, job, load).await
    }
}

async fn with_sockets<R: Runtime, S: Sockets>(
    rt: R,
    job: &Job,
    load: Load,
) -> (Told, crate::measure::Spent) {
    let (listener, address) = S::listen().expect("a port of this machine is free");
    let mut server = rt.spawn(serve::<R, S>(rt.clone(), listener));
    let clock = Clock::start(job);
    let load = Load { address, ..load };
    let told = rt.spawn_blocking(move || be_asked(&load)).await;
    let spent = clock.stop();
    server.abort();
    let told = told.expect("it neither panics nor is aborted");
    (told.unwrap_or_else(|error| panic!("the clients failed: {error}")), spent)
}

/// Starts the clients and waits for what they say.
fn be_asked(load: &Load) -> io::Result<Told> {
    let mut command = Command::new(std::env::current_exe()?);
    command.arg("clients").arg(serde_json::to_string(load)?);
    let output = command.stdin(Stdio::null()).stderr(Stdio::inherit()).output()?;
    if !output.status.success() {
        return Err(io::Error::other(output.status.to_string()));
    }
    Ok(serde_json::from_slice(&output.stdout)?)
}

/// What the clients do.
#[derive(Debug, Clone, Serialize, Deserialize)]
pub(crate) struct Load {
    address: SocketAddr,
    kind: Kind,
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
    fn new(kind: Kind, job: &Job) -> Self {
        let length = if job.quick { job.budget * 8 } else { job.budget * 12 };
        Self { address: SocketAddr::from(([0, 0, 0, 0], 0)), kind, length }
    }
}

/// What they found.
#[derive(Debug, Serialize, Deserialize)]
struct Told {
    took_ns: f64,
    latencies: Latencies,
}

/// In a process of their own: runs the clients, prints what they found.
///
/// # Errors
///
/// If the load is none, or the server does not answer.
pub(crate) fn be_clients(load: &str) -> Result<(), Box<dyn std::error::Error>> {
    let load: Load = serde_json::from_str(load)?;
    let start = Instant::now() + Duration::from_millis(30); // all are connected by then
    let clients: Vec<_> = (0..CLIENTS)
        .map(|number| {
            let load = load.clone();
            thread::spawn(move || client(&load, number, start))
        })
        .collect();
    let mut latencies = Latencies::default();
    for client in clients {
        latencies.merge(&client.join().map_err(|_| "a client panicked")??);
    }
    let told = Told { took_ns: nanos(start.elapsed()), latencies };
    serde_json::to_writer(io::stdout().lock(), &told)?;
    Ok(())
}

fn client(load: &Load, number: usize, start: Instant) -> io::Result<Latencies> {
    let connect = || {
        let stream = TcpStream::connect(load.address)?;
        stream.set_nodelay(true)?;
        io::Result::Ok(stream)
    };
    let mut stream = connect()?;
    ask(&mut stream)?;
    let mut latencies = Latencies::default();
    let between = match load.kind {
        Kind::Open(rate) => Duration::from_secs_f64(CLIENTS as f64 / rate),
        Kind::Closed | Kind::Storm => Duration::ZERO,
    };
    // Not all at once: evenly over the time between two requests of one.
    let mut due = start + between.mul_f64(number as f64 / CLIENTS as f64);
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
        if matches!(load.kind, Kind::Storm) {
            stream = connect()?;
        }
        ask(&mut stream)?;
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
async fn per_request<R: Runtime>(rt: R, job: Job, kind: Kind) -> Outcome {
    let (told, spent) = under_load(rt, &job, Load::new(kind, &job)).await;
    let requests = told.latencies.len() as f64;
    let cpu = spent.cpu_ns.map_or(f64::NAN, |cpu| cpu / requests);
    let outcome = Outcome::new(vec![told.took_ns / requests, cpu], told.latencies.len(), spent);
    Outcome { curve: told.latencies.curve(), ..outcome }
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
    );

    async fn run<R: Runtime>(rt: R, job: Job) -> Outcome {
        per_request(rt, job, Kind::Closed).await
    }
}

async fn latency<R: Runtime>(rt: R, job: Job) -> Outcome {
    let rate = job.rate.expect("the parent knows what the slowest can take");
    let (told, spent) = under_load(rt, &job, Load::new(Kind::Open(rate), &job)).await;
    told.latencies.outcome(&[50.0, 99.0], spent)
}

const fn at_rate(share: f64, info: Info) -> Info {
    Info { rate: Some(share), ..info }
}

pub(super) struct Quarter;

impl Workload for Quarter {
    const INFO: Info = at_rate(
        0.25,
        Info::new(
            NEED,
            "echo_25",
            "32 clients ask at 25 % of what the slowest executor can take: time to the answer",
            &[time("echo at 25 %: p50"), time("echo at 25 %: p99")],
        ),
    );

    async fn run<R: Runtime>(rt: R, job: Job) -> Outcome {
        latency(rt, job).await
    }
}

pub(super) struct Half;

impl Workload for Half {
    const INFO: Info = at_rate(
        0.5,
        Info::new(
            NEED,
            "echo_50",
            "32 clients ask at 50 % of what the slowest executor can take: time to the answer",
            &[time("echo at 50 %: p50"), time("echo at 50 %: p99")],
        ),
    );

    async fn run<R: Runtime>(rt: R, job: Job) -> Outcome {
        latency(rt, job).await
    }
}

pub(super) struct ThreeQuarters;

impl Workload for ThreeQuarters {
    const INFO: Info = at_rate(
        0.75,
        Info::new(
            NEED,
            "echo_75",
            "32 clients ask at 75 % of what the slowest executor can take: time to the answer",
            &[time("echo at 75 %: p50"), time("echo at 75 %: p99")],
        ),
    );

    async fn run<R: Runtime>(rt: R, job: Job) -> Outcome {
        latency(rt, job).await
    }
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
        per_request(rt, job, Kind::Storm).await
    }
}
