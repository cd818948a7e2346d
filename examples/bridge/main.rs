//! An async server whose work blocks: connections are tasks of whatever runtime, computations go to a
//! pool of threads; and plain threads ask it, and the runtime, for answers.
//!
//! ```sh
//! cargo run --release --example bridge -- --help
//! ```

use std::io::{BufRead, BufReader, Write};
use std::net::{Ipv4Addr, SocketAddr, TcpStream};
use std::process::ExitCode;
use std::sync::Arc;
use std::time::Duration;

use anyrt::executor::{SubmitAsync, ThreadPool};
use anyrt::prelude::*;
use anyrt::sync::Semaphore;
use clap::{Parser, ValueEnum};
use smol::io::{AsyncBufReadExt, AsyncWriteExt};
use smol::net as async_net;

/// Serves the prime factors of numbers, one per line, on 127.0.0.1; then asks itself.
#[derive(Parser)]
struct Options {
    /// The runtime of the connections.
    #[arg(long, value_enum, default_value_t = Which::Threads)]
    runtime: Which,

    /// The port; any that is free for 0.
    #[arg(long, default_value_t = 0)]
    port: u16,

    /// Threads that ask, at the same time.
    #[arg(long, default_value_t = 4)]
    clients: u64,

    /// Questions of each.
    #[arg(long, default_value_t = 8)]
    questions: u64,

    /// Goes on serving when all have asked.
    #[arg(long)]
    serve: bool,
}

#[derive(Clone, Copy, ValueEnum)]
enum Which {
    Threads,
    Tokio,
    Smol,
    AsyncStd,
}

type Failure = Box<dyn std::error::Error + Send + Sync>;

fn main() -> ExitCode {
    let options = Options::parse();
    let done = match options.runtime {
        Which::Threads => {
            anyrt::ThreadsOwner::new().map_err(Failure::from).and_then(|rt| run(&rt, &options))
        }
        Which::Tokio => {
            anyrt::TokioOwner::new().map_err(Failure::from).and_then(|rt| run(&rt, &options))
        }
        Which::Smol => {
            anyrt::SmolOwner::new().map_err(Failure::from).and_then(|rt| run(&rt, &options))
        }
        Which::AsyncStd => run(&anyrt::AsyncStd, &options),
    };
    match done {
        Ok(()) => ExitCode::SUCCESS,
        Err(error) => {
            eprintln!("{error}");
            ExitCode::FAILURE
        }
    }
}

fn run<O: BlockOn>(owner: &O, options: &Options) -> Result<(), Failure> {
    let rt = owner.handle();
    let pool = Arc::new(ThreadPool::builder().name("factors").max_queued(64).build()?);

    // From this thread into the runtime: a future, and its handle to wait for.
    let port = options.port;
    let listen = rt.submit_async(async_net::TcpListener::bind((Ipv4Addr::LOCALHOST, port)));
    let listener = listen.join_blocking()??;
    let address = listener.local_addr()?;
    println!("listening on {address}, on {}", rt.name());
    let server = rt.submit_async(serve(rt.clone(), listener, Arc::clone(&pool)));

    let clients: Vec<_> = (0..options.clients)
        .map(|client| {
            let questions = options.questions;
            std::thread::spawn(move || ask(address, client, questions))
        })
        .collect();
    let mut answered = 0;
    for client in clients {
        answered += client.join().map_err(|_| "a client panicked")??;
    }
    println!("{answered} answers; {:?}", pool.statistics());
    if options.serve {
        server.join_blocking()??;
    }
    Ok(())
}

/// Accepts connections, a task for each.
async fn serve<R: Runtime>(
    rt: R,
    listener: async_net::TcpListener,
    pool: Arc<ThreadPool>,
) -> std::io::Result<()> {
    let connections = Arc::new(Semaphore::new(100));
    loop {
        let permit = Arc::clone(&connections).acquire_owned(1).await.expect("it is never closed");
        let (stream, _) = listener.accept().await?;
        let pool = Arc::clone(&pool);
        rt.spawn(async move {
            if let Err(error) = answer(stream, &pool).await {
                eprintln!("a connection: {error}");
            }
            drop(permit);
        })
        .detach();
    }
}

/// From a task to threads that may block: a job, and its handle to await.
async fn answer(stream: async_net::TcpStream, pool: &ThreadPool) -> Result<(), Failure> {
    let mut lines = smol::io::BufReader::new(stream.clone());
    let (mut stream, mut line) = (stream, String::new());
    while lines.read_line(&mut line).await? > 0 {
        let reply = match line.trim().parse() {
            Ok(number) => {
                // Waits for room in the pool's queue first: the connection is held back, not the pool.
                let job = pool.submit_when_free(move || factors(number)).await?;
                format!("{:?}\n", job.await?)
            }
            Err(error) => format!("{error}\n"),
        };
        stream.write_all(reply.as_bytes()).await?;
        line.clear();
    }
    Ok(())
}

/// Slow, on purpose.
fn factors(mut number: u64) -> Vec<u64> {
    let (mut factors, mut divisor) = (Vec::new(), 2);
    while divisor <= number / divisor {
        while number.is_multiple_of(divisor) {
            factors.push(divisor);
            number /= divisor;
        }
        divisor += 1;
    }
    factors.extend((number > 1).then_some(number));
    factors
}

/// A client that knows no runtime; checks what it is told.
fn ask(address: SocketAddr, client: u64, questions: u64) -> Result<u64, Failure> {
    let mut stream = TcpStream::connect(address)?;
    stream.set_read_timeout(Some(Duration::from_secs(60)))?;
    let mut replies = BufReader::new(stream.try_clone()?);
    for question in 0..questions {
        let number = 1_000_000_007 * (client + 2) + question;
        writeln!(stream, "{number}")?;
        let mut reply = String::new();
        replies.read_line(&mut reply)?;
        let product: u64 = reply
            .trim_matches(|letter: char| !letter.is_ascii_digit())
            .split(", ")
            .map(str::parse::<u64>)
            .product::<Result<_, _>>()?;
        if product != number {
            return Err(format!("{number} is not the product of {reply}").into());
        }
    }
    Ok(questions)
}
