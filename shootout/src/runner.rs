//! One child process for every sample: nothing that one executor leaves behind disturbs another, and
//! one that hangs or crashes loses its own cell only.

use std::error::Error;
use std::fmt;
use std::io::{self, BufRead, BufReader, IsTerminal, Read, Write};
use std::process::{Child, Command, ExitStatus, Stdio};
use std::sync::atomic::{AtomicBool, Ordering};
use std::sync::{Arc, mpsc};
use std::thread;
use std::time::{Duration, Instant};

use indicatif::{ProgressBar, ProgressStyle};
use serde::{Deserialize, Serialize};
use wait_timeout::ChildExt;

use crate::cli::Plan;
use crate::executors::{self, Class, Executor};
use crate::machine::Ticks;
use crate::measure::{Job, Mode, Outcome, system};
use crate::workloads::{Entry, Info, echo};

/// One sample, or why there is none.
#[derive(Debug, Clone, Serialize, Deserialize)]
pub(crate) struct Sample {
    pub(crate) workload: String,
    pub(crate) executor: String,
    pub(crate) repetition: u32,
    pub(crate) role: Role,
    /// The share of all processors that other programs used meanwhile.
    pub(crate) foreign_load: Option<f64>,
    #[serde(flatten)]
    pub(crate) result: Taken,
}

/// What a sample counts for.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Serialize, Deserialize)]
#[serde(rename_all = "snake_case")]
pub(crate) enum Role {
    /// The executor's own figures.
    Figure,
    /// The noise: the first executor of a class once more, as if it were another.
    Twin,
    /// Allocations only.
    Allocations,
    /// Instructions only.
    Instructions,
    /// A figure with another number of workers than the run's.
    Workers(usize),
}

#[derive(Debug, Clone, Serialize, Deserialize)]
#[serde(rename_all = "snake_case")]
pub(crate) enum Taken {
    Outcome(Outcome),
    /// Instructions of each operation.
    Instructions(f64),
    Failure(Failure),
}

/// Why a child gave no sample.
#[derive(Debug, Clone, PartialEq, Serialize, Deserialize)]
pub(crate) struct Failure {
    pub(crate) kind: Kind,
    /// What it said, in short.
    pub(crate) message: String,
}

#[derive(Debug, Clone, Copy, PartialEq, Eq, Serialize, Deserialize)]
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
pub(crate) fn run(plan: &Plan) -> io::Result<Run> {
    let mut runner = Runner {
        plan,
        progress: Progress::new(plan.samples()),
        random: fastrand::Rng::with_seed(plan.seed),
        saturation: None,
        samples: Vec::new(),
        stopped: Arc::default(),
    };
    stop_when_told(&runner.stopped)?;
    if plan.workloads.iter().any(|workload| workload.info.rate.is_some()) {
        runner.saturate()?;
    }
    for repetition in 1..=plan.repeat {
        let mut workloads = plan.workloads.clone();
        runner.random.shuffle(&mut workloads);
        for workload in workloads {
            if runner.stopped.load(Ordering::Relaxed) {
                break;
            }
            runner.progress.workload(&workload.info, &format!("{repetition} of {}", plan.repeat));
            let mut turns: Vec<_> =
                plan.executors.iter().map(|executor| (*executor, Role::Figure)).collect();
            turns.extend(Class::ALL.iter().filter_map(|class| {
                let first = plan.executors.iter().find(|e| e.class == *class)?;
                Some((*first, Role::Twin))
            }));
            let several = plan.executors.iter().filter(|e| e.class == Class::Several);
            turns.extend(several.flat_map(|executor| {
                plan.fewer_workers(&workload).map(|fewer| (*executor, Role::Workers(fewer)))
            }));
            runner.random.shuffle(&mut turns);
            for (executor, role) in turns {
                runner.sample(&workload, executor, repetition, role)?;
            }
        }
    }
    runner.count()?;
    runner.progress.bar.finish_and_clear();
    Ok(Run {
        samples: runner.samples,
        saturation: runner.saturation,
        interrupted: runner.stopped.load(Ordering::Relaxed),
    })
}

/// All samples of a plan.
pub(crate) struct Run {
    pub(crate) samples: Vec<Sample>,
    /// Requests per second that the slowest executor can take, if clients asked at a share of it.
    pub(crate) saturation: Option<f64>,
    /// Not all were taken.
    pub(crate) interrupted: bool,
}

struct Runner<'a> {
    plan: &'a Plan,
    progress: Progress,
    random: fastrand::Rng,
    saturation: Option<f64>,
    samples: Vec<Sample>,
    /// No more samples are taken.
    stopped: Arc<AtomicBool>,
}

/// Ctrl-C ends the run, whose report then is of what there is; the second time it ends at once.
fn stop_when_told(stopped: &Arc<AtomicBool>) -> io::Result<()> {
    const INTERRUPTED: i32 = 130;
    let stopped = stopped.clone();
    let told = move || {
        if stopped.swap(true, Ordering::Relaxed) {
            std::process::exit(INTERRUPTED);
        }
    };
    ctrlc::set_handler(told).map_err(io::Error::other)
}

impl Runner<'_> {
    /// Finds the rate that no executor fails to keep up with.
    fn saturate(&mut self) -> io::Result<()> {
        let workload =
            crate::workloads::ALL.iter().find(|entry| entry.info.name == echo::SATURATION);
        let workload = workload.expect("it is in the list");
        self.progress.workload(&workload.info, "to find the rate");
        let mut slowest: f64 = 0.0;
        for executor in &self.plan.executors {
            if self.stopped.load(Ordering::Relaxed) {
                break;
            }
            let threads = self.plan.threads;
            if let Taken::Outcome(outcome) = self.take(workload, executor, threads, Mode::Time)? {
                slowest = slowest.max(outcome.values[0]);
            }
        }
        self.saturation = (slowest > 0.0).then_some(1e9 / slowest);
        Ok(())
    }

    /// Once for each cell, after all times were taken: what is counted does not vary as time does.
    fn count(&mut self) -> io::Result<()> {
        for workload in &self.plan.workloads {
            if self.stopped.load(Ordering::Relaxed) {
                break;
            }
            self.progress.workload(&workload.info, "to count");
            for executor in &self.plan.executors {
                let failed = |s: &Sample| {
                    let here = s.workload == workload.info.name && s.executor == executor.name;
                    here && matches!(s.result, Taken::Failure(_))
                };
                if self.samples.iter().any(failed) {
                    continue; // it would hang, or crash, again
                }
                self.sample(workload, executor, 1, Role::Allocations)?;
                // With several threads it depends on who gets to run; with one it repeats.
                let is_exact = executor.class == Class::One && workload.info.countable;
                if self.plan.instructions && is_exact {
                    self.sample(workload, executor, 1, Role::Instructions)?;
                }
            }
        }
        Ok(())
    }

    fn sample(
        &mut self,
        workload: &Entry,
        executor: &Executor,
        repetition: u32,
        role: Role,
    ) -> io::Result<()> {
        if self.stopped.load(Ordering::Relaxed) {
            return Ok(());
        }
        self.progress.executor(&workload.info, executor);
        if !workload.info.suits(executor) {
            return Ok(());
        }
        let load = ForeignLoad::start();
        let threads = self.plan.threads;
        let result = match role {
            Role::Figure | Role::Twin => self.take(workload, executor, threads, Mode::Time)?,
            Role::Workers(fewer) => self.take(workload, executor, fewer, Mode::Time)?,
            Role::Allocations => self.take(workload, executor, threads, Mode::Allocations)?,
            Role::Instructions => self.instructions(workload, executor)?,
        };
        if self.stopped.load(Ordering::Relaxed) {
            return Ok(()); // the child was told as well
        }
        if let Taken::Failure(failure) = &result {
            self.progress.failure(&workload.info, executor, failure);
        }
        self.samples.push(Sample {
            workload: workload.info.name.to_owned(),
            executor: executor.name.to_owned(),
            repetition,
            role,
            foreign_load: load.stop(self.plan.cores),
            result,
        });
        Ok(())
    }

    fn command(
        &self,
        workload: &Info,
        executor: &Executor,
        threads: usize,
        mode: Mode,
    ) -> io::Result<Command> {
        let threads = executor.threads(threads);
        let job = Job {
            workload: workload.name.to_owned(),
            executor: executor.name.to_owned(),
            threads,
            budget: self.plan.budget,
            quick: self.plan.quick,
            input: self.plan.input.clone(),
            rate: workload.rate.zip(self.saturation).map(|(of, most)| f64::from(of) / 100.0 * most),
            mode,
        };
        let program = std::env::current_exe()?;
        let mut command = if let Mode::Exactly(_) = mode {
            let mut valgrind = Command::new("valgrind");
            valgrind.args(["--tool=callgrind", "--callgrind-out-file=/dev/null"]).arg(program);
            valgrind
        } else {
            Command::new(program)
        };
        command.arg("sample").arg(serde_json::to_string(&job)?).envs(executor.environment(threads));
        command.env("RUST_BACKTRACE", "0");
        command.stdin(Stdio::null()).stdout(Stdio::piped()).stderr(Stdio::piped());
        Ok(command)
    }

    fn take(
        &self,
        workload: &Entry,
        executor: &Executor,
        threads: usize,
        mode: Mode,
    ) -> io::Result<Taken> {
        let child = self.command(&workload.info, executor, threads, mode)?.spawn()?;
        let ended = self.watch(child, self.plan.limit)?;
        Ok(match ended.outcome(self.plan.limit) {
            Ok(outcome) => Taken::Outcome(outcome),
            Err(failure) => Taken::Failure(failure),
        })
    }

    fn watch(&self, child: Child, limit: Duration) -> io::Result<Ended> {
        let ended = watch(child, limit)?;
        if ended.status.is_some_and(system::was_interrupted) {
            // Ctrl-C goes to all processes of a terminal, and this one may notice later than its child.
            let start = Instant::now();
            while !self.stopped.load(Ordering::Relaxed) && start.elapsed() < Duration::from_secs(1)
            {
                thread::sleep(Duration::from_millis(5));
            }
        }
        Ok(ended)
    }

    /// The difference of two numbers of operations, so that start and end cancel.
    fn instructions(&self, workload: &Entry, executor: &Executor) -> io::Result<Taken> {
        const FEW: u64 = 200;
        const MANY: u64 = 1_200;
        let mut counts = Vec::new();
        for n in [FEW, MANY] {
            let mode = Mode::Exactly(n);
            let child = self.command(&workload.info, executor, self.plan.threads, mode)?.spawn()?;
            let ended = self.watch(child, self.plan.limit * 10)?; // valgrind is slow
            let outcome = match ended.outcome(self.plan.limit * 10) {
                Ok(outcome) => outcome,
                Err(failure) => return Ok(Taken::Failure(failure)),
            };
            let collected = ended.errors.lines().find_map(|line| line.split_once("Collected :"));
            let Some(count) = collected.and_then(|(_, count)| count.trim().parse::<f64>().ok())
            else {
                let message = "callgrind reported no count".to_owned();
                return Ok(Taken::Failure(Failure { kind: Kind::Crash, message }));
            };
            // Its operations may be many of ours: 200 tasks yield at once.
            counts.push((count, outcome.operations as f64));
        }
        let [(few, few_operations), (many, many_operations)] = counts[..] else { unreachable!() };
        Ok(Taken::Instructions((many - few) / (many_operations - few_operations)))
    }
}

/// What others use of the machine while a sample is taken.
struct ForeignLoad {
    ticks: Option<Ticks>,
    children: Option<f64>,
    start: Instant,
}

impl ForeignLoad {
    fn start() -> Self {
        Self { ticks: Ticks::now(), children: system::children_cpu(), start: Instant::now() }
    }

    /// What was used, less what the children used. Of a very short sample nothing can be said.
    fn stop(&self, cores: usize) -> Option<f64> {
        let took = self.start.elapsed().as_secs_f64();
        let ours = (system::children_cpu()? - self.children?) / took / cores as f64;
        (took > 0.05).then_some((self.ticks?.busy_since()? - ours).clamp(0.0, 1.0))
    }
}

/// How a child ended: `None` if it was killed.
struct Ended {
    status: Option<ExitStatus>,
    output: String,
    errors: String,
}

impl Ended {
    fn outcome(&self, limit: Duration) -> Result<Outcome, Failure> {
        let failure = |kind, message| Err(Failure { kind, message });
        match self.status {
            None => failure(Kind::Hung, format!("killed after {} s", limit.as_secs())),
            // The program may print, too.
            Some(status) if status.success() => {
                let mut lines = self.output.lines().rev();
                let sample = lines.find_map(|line| serde_json::from_str(line).ok());
                sample.map_or_else(
                    || failure(Kind::Crash, "it ended its process before the sample".to_owned()),
                    Ok,
                )
            }
            Some(status) if status.code() == Some(PANICKED) => {
                failure(Kind::Panic, gist(&self.errors))
            }
            Some(status) if self.errors.is_empty() => failure(Kind::Crash, status.to_string()),
            Some(status) => failure(Kind::Crash, format!("{status}: {}", gist(&self.errors))),
        }
    }
}

/// The exit code of a Rust program whose main thread panicked.
const PANICKED: i32 = 101;

/// Waits for the end of `child`, `limit` long; kills it then.
fn watch(mut child: Child, limit: Duration) -> io::Result<Ended> {
    let errors = read_all(child.stderr.take());
    let output = read_all(child.stdout.take());
    let status = child.wait_timeout(limit)?;
    if status.is_none() {
        child.kill()?;
        child.wait()?;
        // Children of its own may still hold the pipes: what it said does not matter any more.
        return Ok(Ended { status, output: String::new(), errors: String::new() });
    }
    // Nor do they hold up the report of what it said.
    let until = Instant::now() + limit;
    let text = |lines: mpsc::Receiver<Vec<u8>>| {
        let mut text = String::new();
        while let Ok(line) = lines.recv_timeout(until.saturating_duration_since(Instant::now())) {
            text += &String::from_utf8_lossy(&line);
            text.push('\n');
        }
        text
    };
    Ok(Ended { status, output: text(output), errors: text(errors) })
}

/// The lines, as they come.
fn read_all(pipe: Option<impl Read + Send + 'static>) -> mpsc::Receiver<Vec<u8>> {
    let (sender, receiver) = mpsc::channel();
    thread::spawn(move || {
        let lines = pipe.into_iter().flat_map(|pipe| BufReader::new(pipe).split(b'\n'));
        lines.map_while(Result::ok).try_for_each(|line| sender.send(line))
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

/// In a child: takes the sample and prints it, on a line of its own.
///
/// # Errors
///
/// If the job is not one, or the runtime can't be built.
pub(crate) fn be_child(job: &str, entries: &[Entry]) -> Result<(), Box<dyn Error>> {
    let job: Job = serde_json::from_str(job)?;
    let executor = executors::named(&job.executor).ok_or("no such executor")?;
    let workload = entries.iter().find(|entry| entry.info.name == job.workload);
    let workload = workload.ok_or_else(|| format!("no workload is named {:?}", job.workload))?;
    let mut outcome = (workload.measure)(executor, &job)?;
    outcome.peak_rss = system::peak_rss();
    let mut stdout = io::stdout().lock();
    writeln!(stdout)?;
    serde_json::to_writer(&mut stdout, &outcome)?;
    writeln!(stdout)?;
    std::process::exit(0) // the runtime is still there, and nobody waits for its end
}

/// A bar on a terminal, plain lines elsewhere; on stderr, so that the table can be piped.
struct Progress {
    bar: ProgressBar,
    plain: bool,
}

impl Progress {
    fn new(samples: usize) -> Self {
        let style = "{bar:24} {pos}/{len} samples, {eta} left: {msg}";
        let style = ProgressStyle::with_template(style).expect("the template is well formed");
        let bar = ProgressBar::new(samples as u64).with_style(style); // draws on a terminal only
        Self { bar, plain: !io::stderr().is_terminal() }
    }

    fn workload(&self, workload: &Info, repetition: &str) {
        if self.plain {
            let (done, all) = (self.bar.position(), self.bar.length().unwrap_or(0));
            eprintln!("[{done:3}/{all}] repetition {repetition}: {}", workload.name);
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
