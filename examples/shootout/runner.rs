//! One child process for every sample: nothing that one executor leaves behind disturbs another, and
//! one that hangs or crashes loses its own cell only.

use std::error::Error;
use std::fmt;
use std::io::{self, IsTerminal, Read, Write};
use std::process::{Child, Command, ExitStatus, Stdio};
use std::sync::mpsc;
use std::thread;
use std::time::Duration;

use indicatif::{ProgressBar, ProgressStyle};
use serde::Serialize;

use crate::cli::Plan;
use crate::executors::{self, Executor};
use crate::measure::{Job, Outcome};
use crate::workloads::Info;

/// One sample, or why there is none.
#[derive(Debug, Serialize)]
pub(crate) struct Sample {
    pub(crate) workload: &'static str,
    pub(crate) executor: &'static str,
    pub(crate) repetition: u32,
    #[serde(flatten)]
    pub(crate) result: Taken,
}

#[derive(Debug, Serialize)]
#[serde(rename_all = "snake_case")]
pub(crate) enum Taken {
    Outcome(Outcome),
    Failure(Failure),
}

/// Why a child gave no sample.
#[derive(Debug, Clone, Serialize)]
pub(crate) struct Failure {
    pub(crate) kind: Kind,
    /// What it said, in short.
    pub(crate) message: String,
}

#[derive(Debug, Clone, Copy, PartialEq, Eq, Serialize)]
#[serde(rename_all = "snake_case")]
pub(crate) enum Kind {
    /// Killed by the watchdog.
    Hung,
    Panic,
    /// Killed by a signal, or ended in a way of its own.
    Crash,
}

impl fmt::Display for Kind {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.pad(match self {
            Self::Hung => "hung",
            Self::Panic => "panic",
            Self::Crash => "crash",
        })
    }
}

/// Takes all samples of the plan. Within a repetition the workloads come in random order, and the
/// executors of a workload one right after the other, in random order as well: what disturbs the
/// machine for a while hits all of them alike.
///
/// # Errors
///
/// If no child can be started at all.
pub(crate) fn run(plan: &Plan) -> io::Result<Vec<Sample>> {
    let mut random = fastrand::Rng::with_seed(plan.seed);
    let progress = Progress::new(plan);
    let mut samples = Vec::new();
    for repetition in 1..=plan.repeat {
        let mut workloads = plan.workloads.clone();
        random.shuffle(&mut workloads);
        for workload in workloads {
            progress.workload(workload, repetition, plan.repeat);
            let mut executors = plan.executors.clone();
            random.shuffle(&mut executors);
            for executor in executors {
                progress.executor(workload, executor);
                let result = take(plan, workload, executor)?;
                if let Taken::Failure(failure) = &result {
                    progress.failure(workload, executor, failure);
                }
                samples.push(Sample {
                    workload: workload.name,
                    executor: executor.name,
                    repetition,
                    result,
                });
            }
        }
    }
    progress.bar.finish_and_clear();
    Ok(samples)
}

fn take(plan: &Plan, workload: &Info, executor: &Executor) -> io::Result<Taken> {
    let threads = executor.threads(plan.threads);
    let job = Job {
        workload: workload.name.to_owned(),
        executor: executor.name.to_owned(),
        threads,
        budget: plan.budget,
        quick: plan.quick,
        input: plan.input.clone(),
    };
    let mut command = Command::new(std::env::current_exe()?);
    command.arg("sample").arg(serde_json::to_string(&job)?).envs(executor.environment(threads));
    command.env("RUST_BACKTRACE", "0");
    let child =
        command.stdin(Stdio::null()).stdout(Stdio::piped()).stderr(Stdio::piped()).spawn()?;
    let (ended, output, errors) = watch(child, plan.limit)?;
    let failure = |kind, message| Taken::Failure(Failure { kind, message });
    Ok(match ended {
        None => failure(Kind::Hung, format!("killed after {} s", plan.limit.as_secs())),
        Some(status) if status.success() => match serde_json::from_str(&output) {
            Ok(outcome) => Taken::Outcome(outcome),
            Err(error) => failure(Kind::Crash, format!("printed no sample: {error}")),
        },
        Some(status) if status.code() == Some(PANICKED) => failure(Kind::Panic, gist(&errors)),
        Some(status) if errors.is_empty() => failure(Kind::Crash, status.to_string()),
        Some(status) => failure(Kind::Crash, format!("{status}: {}", gist(&errors))),
    })
}

/// The exit code of a Rust program whose main thread panicked.
const PANICKED: i32 = 101;

/// Waits for the end of `child`, `limit` long; kills it then, and returns no status.
fn watch(mut child: Child, limit: Duration) -> io::Result<(Option<ExitStatus>, String, String)> {
    let errors = read_all(child.stderr.take());
    let output = read_all(child.stdout.take());
    // The output ends when the child does.
    let (status, output) = if let Ok(output) = output.recv_timeout(limit) {
        (Some(child.wait()?), output)
    } else {
        child.kill()?;
        child.wait()?;
        (None, String::new())
    };
    Ok((status, output, errors.recv().unwrap_or_default()))
}

fn read_all(pipe: Option<impl Read + Send + 'static>) -> mpsc::Receiver<String> {
    let (sender, receiver) = mpsc::channel();
    thread::spawn(move || {
        let mut bytes = Vec::new();
        if let Some(mut pipe) = pipe {
            let _ = pipe.read_to_end(&mut bytes); // what came before an error will do
        }
        let _ = sender.send(String::from_utf8_lossy(&bytes).into_owned());
    });
    receiver
}

/// The message of a panic, without where it was and how to see more.
fn gist(errors: &str) -> String {
    let telling = |line: &&str| !line.is_empty() && !line.starts_with("note: ");
    let panicked = errors.lines().position(|line| line.contains(" panicked at "));
    let from = panicked.map_or(0, |line| line + 1);
    errors.lines().skip(from).find(telling).unwrap_or("it said nothing").to_owned()
}

/// In a child: takes the sample and prints it.
///
/// # Errors
///
/// If the job is not one, or the runtime can't be built.
pub(crate) fn be_child(job: &str) -> Result<(), Box<dyn Error>> {
    let job: Job = serde_json::from_str(job)?;
    let executor = executors::named(&job.executor).ok_or("no such executor")?;
    let outcome = executor.measure(&job)?;
    let mut stdout = io::stdout().lock();
    serde_json::to_writer(&mut stdout, &outcome)?;
    stdout.flush()?;
    std::process::exit(0) // the runtime is still there, and nobody waits for its end
}

/// A bar on a terminal, plain lines elsewhere; on stderr, so that the table can be piped.
struct Progress {
    bar: ProgressBar,
    plain: bool,
}

impl Progress {
    fn new(plan: &Plan) -> Self {
        let samples = plan.workloads.len() * plan.executors.len() * plan.repeat as usize;
        let style = "{bar:24} {pos}/{len} samples, {eta} left: {msg}";
        let style = ProgressStyle::with_template(style).expect("the template is well formed");
        let bar = ProgressBar::new(samples as u64).with_style(style); // draws on a terminal only
        Self { bar, plain: !io::stderr().is_terminal() }
    }

    fn workload(&self, workload: &Info, repetition: u32, of: u32) {
        if self.plain {
            let (done, all) = (self.bar.position(), self.bar.length().unwrap_or(0));
            eprintln!("[{done:3}/{all}] repetition {repetition} of {of}: {}", workload.name);
        }
    }

    fn executor(&self, workload: &Info, executor: &Executor) {
        self.bar.set_message(format!("{} on {}", workload.name, executor.name));
        self.bar.inc(1);
    }

    fn failure(&self, workload: &Info, executor: &Executor, failure: &Failure) {
        let Failure { kind, message } = failure;
        let line = format!("{kind}: {} on {}: {message}", workload.name, executor.name);
        if self.plain { eprintln!("{line}") } else { self.bar.println(line) }
    }
}
